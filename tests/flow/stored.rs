//! A small table against the provider's stored encoding, in a copy and in buckets; and the plan of a run.

use super::people::id;
use super::world::World;
use std::fmt::Write as _;

const QUERY: [&str; 9] = [
    "psi",
    "query",
    "--contract",
    "county/contracts/psi.toml",
    "--input",
    "keys.csv",
    "--column",
    "id",
    "--out",
];

/// The province prepares its table, with a payload each, and both agree on the key of the encoding.
fn prepared() -> World {
    let world = World::new();
    let mut text = "id,amount\n".to_owned();
    for n in 0..40 {
        let _ = writeln!(text, "{},{n}", id(n));
    }
    world.write("province/data/keys.csv", text);
    world.resign("psi.toml", &["province", "county"], |text| {
        text.replace("protocol = \"auto\"", "protocol = \"unbalanced\"")
    });
    let prepare =
        ["psi", "prepare", "--store", "province/store", "--contract", "province/contracts/psi.toml"];
    let table = ["--input", "province/data/keys.csv", "--label", "amount"];
    let made = world.of("province", &[&prepare[..], &table].concat()).exits(0).json();
    let key = made["stats"]["key"].as_str().expect("a key").to_owned();
    world.resign("psi.toml", &["province", "county"], |text| {
        text.replace(
            "protocol = \"unbalanced\"",
            &format!("protocol = \"unbalanced\"\nencoding_key = \"{key}\""),
        )
    });
    world.replace(
        "province/yinshu.toml",
        "scenarios = [\"psi\"]",
        "scenarios = [\"psi\"]\nencoding = \"store\"",
    );
    world
}

fn query(world: &World, out: &str, how: &[&str]) -> serde_json::Value {
    world.of("county", &[&QUERY[..], &[out], how].concat()).exits(0).json()
}

#[test]
fn a_copy_and_buckets_find_the_same_with_payloads() {
    let world = prepared();
    let _province = world.serve();
    let copied = query(&world, "copy.csv", &["--copy", "county/copy"]);
    let asked = query(&world, "buckets.csv", &["--buckets"]);
    for json in [&copied, &asked] {
        assert_eq!((&json["shared"]["exactly"], &json["peer"]), (&20.into(), &40.into()), "{json}");
    }
    assert_eq!(world.read("copy.csv"), world.read("buckets.csv"));
    let text = world.read("copy.csv");
    let mut lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.remove(0), "id,payload");
    lines.sort_unstable();
    let mut expected: Vec<String> = (20..40).map(|n| format!("{},{n}", id(n))).collect();
    expected.sort_unstable();
    assert_eq!(lines, expected);
    let record = world.recorded_soon("province", "session.ask", "ok");
    assert!(record.content.contains("commitment"), "{}", record.content);
}

#[test]
fn an_update_reaches_the_copy() {
    let world = prepared();
    let province = world.serve();
    query(&world, "o.csv", &["--copy", "county/copy"]);
    drop(province);
    world.write("more.csv", format!("id,amount\n{},45\n", id(45)));
    world.write("fewer.csv", format!("id\n{}\n", id(20)));
    for (option, file, label) in [("--insert", "more.csv", true), ("--delete", "fewer.csv", false)] {
        let contract = "province/contracts/psi.toml";
        let args = [
            "psi",
            "prepare",
            "--store",
            "province/store",
            "--contract",
            contract,
            option,
            file,
            "--label",
            "amount",
        ];
        let args = if label { &args[..] } else { &args[..args.len() - 2] };
        world.of("province", args).exits(0);
    }
    let _province = world.serve();
    query(&world, "o.csv", &["--copy", "county/copy"]);
    let text = world.read("o.csv");
    assert!(text.contains(&format!("{},45", id(45))) && !text.contains(&id(20)), "{text}");
}

#[test]
fn another_key_than_the_contracts_is_refused() {
    let world = prepared();
    let contract = "province/contracts/psi.toml";
    let rotate = ["psi", "prepare", "--store", "province/store", "--contract", contract, "--rotate"];
    let table = ["--input", "province/data/keys.csv", "--label", "amount"];
    world.of("province", &[&rotate[..], &table].concat()).exits(0);
    let _province = world.serve();
    world.of("county", &[&QUERY[..], &["o.csv", "--buckets"]].concat()).fails(4, 4160);
    assert!(!world.path("o.csv").exists());
}

#[test]
fn a_plan_says_what_would_be_chosen_and_learnt() {
    let world = World::new();
    let sizes = ["--own", "1000000", "--peer", "1000000", "--bandwidth", "100mbit", "--latency", "20ms"];
    let json = world.of("county", &[&["psi", "plan"], &sizes[..]].concat()).exits(0).json();
    assert_eq!(json["estimates"].as_array().map(Vec::len), Some(4), "{json}");
    assert!(json["chosen"].as_str().is_some_and(|way| way.starts_with("rr22")), "{json}");
    let shown = world.run(&[&["--lang", "en", "psi", "plan"], &sizes[..]].concat()).exits(0);
    assert!(
        shown.out.contains("Chosen: rr22") && shown.out.contains("The provider will learn"),
        "{}",
        shown.out
    );
    world.of("county", &["psi", "plan", "--own", "5"]).fails(2, 1003);
}

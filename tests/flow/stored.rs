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
        let terms = "protocol = \"unbalanced\"\nmax_total_keys = 1000\npayload = \"amount\"";
        let columns = "required = true }, { name = \"amount\", kind = \"text\" }]";
        text.replace("protocol = \"auto\"", terms).replace("required = true }]", columns)
    });
    let prepare =
        ["psi", "prepare", "--store", "province/store", "--contract", "province/contracts/psi.toml"];
    let table = ["--input", "province/data/keys.csv"];
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

/// The text without the lines of these keys.
fn without(text: &str, keys: &[&str]) -> String {
    let kept = text.lines().filter(|line| !keys.iter().any(|key| line.starts_with(key)));
    kept.map(|line| format!("{line}\n")).collect()
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
    let record = world.recorded_soon("province", "session.copy", "ok");
    for part in ["epoch", "version", "after", "rows", "width"] {
        assert!(record.content.contains(part), "{}", record.content);
    }
}

/// 40 keys each time: the third run would make 120.
#[test]
fn what_is_asked_in_all_has_a_limit() {
    let world = prepared();
    world.resign("psi.toml", &["province", "county"], |text| {
        text.replace("max_total_keys = 1000", "max_total_keys = 100")
    });
    let _province = world.serve();
    query(&world, "a.csv", &["--copy", "county/copy"]);
    query(&world, "b.csv", &["--buckets"]);
    world.of("county", &[&QUERY[..], &["c.csv", "--buckets"]].concat()).fails(4, 4010);
    assert!(!world.path("c.csv").exists());
    let record = world.recorded_soon("province", "session.ask", "refused 4169");
    assert!(record.content.contains("commitment"), "{}", record.content);
}

#[test]
fn an_update_reaches_the_copy() {
    let world = prepared();
    let province = world.serve();
    query(&world, "o.csv", &["--copy", "county/copy"]);
    drop(province);
    // The payload may have another header here.
    world.write("more.csv", format!("id,sum\n{},45\n", id(45)));
    world.write("fewer.csv", format!("id\n{}\n", id(20)));
    let prepare =
        ["psi", "prepare", "--store", "province/store", "--contract", "province/contracts/psi.toml"];
    world.of("province", &[&prepare[..], &["--insert", "more.csv"]].concat()).fails(3, 2101);
    for options in [&["--insert", "more.csv", "--label", "sum"][..], &["--delete", "fewer.csv"]] {
        world.of("province", &[&prepare[..], options].concat()).exits(0);
    }
    let _province = world.serve();
    query(&world, "o.csv", &["--copy", "county/copy"]);
    let text = world.read("o.csv");
    assert!(text.contains(&format!("{},45", id(45))) && !text.contains(&id(20)), "{text}");
}

/// The encoding gives another column, or was cleaned otherwise, than the contract says.
#[test]
fn an_encoding_of_something_else_is_refused() {
    let world = prepared();
    let prepare =
        ["psi", "prepare", "--store", "province/store", "--contract", "province/contracts/psi.toml"];
    world.resign("psi.toml", &["province", "county"], |text| without(&text, &["payload"]));
    let _province = world.serve();
    world.of("county", &[&QUERY[..], &["o.csv", "--buckets"]].concat()).exits(5);
    world.recorded_soon("province", "session.answer", "refused 4159");
    world.of("province", &[&prepare[..], &["--insert", "province/data/keys.csv"]].concat()).fails(6, 4159);
    // A column that the contract's table does not have, and one that the catalogue does not list.
    let file = "county/contracts/psi.toml";
    let unsigned = world.read(file).split("[[signature]]").next().expect("something").to_owned();
    let named = |column: &str| {
        unsigned.replace("\nmax_total_keys", &format!("\npayload = \"{column}\"\nmax_total_keys"))
    };
    world.write("other.toml", named("salary"));
    world.of("province", &["contract", "show", "other.toml"]).fails(2, 6006);
    world.resign("psi.toml", &["province", "county"], |text| {
        let text = text.replace("\nmax_total_keys", "\npayload = \"salary\"\nmax_total_keys");
        text.replace("name = \"amount\"", "name = \"salary\"")
    });
    world.of("county", &[&QUERY[..], &["o.csv", "--buckets"]].concat()).exits(5);
    world.recorded_soon("province", "contract.approve", "refused 6112");
}

#[test]
fn another_key_than_the_contracts_is_refused() {
    let world = prepared();
    let contract = "province/contracts/psi.toml";
    let rotate = ["psi", "prepare", "--store", "province/store", "--contract", contract, "--rotate"];
    let table = ["--input", "province/data/keys.csv"];
    world.of("province", &[&rotate[..], &table].concat()).exits(0);
    let _province = world.serve();
    world.of("county", &[&QUERY[..], &["o.csv", "--buckets"]].concat()).fails(4, 4160);
    assert!(!world.path("o.csv").exists());
}

#[test]
fn a_stored_encoding_is_asked_and_not_run_against() {
    let world = prepared();
    let run =
        ["psi", "run", "--contract", "county/contracts/psi.toml", "--input", "keys.csv", "--column", "id"];
    world.of("county", &[&run[..], &["--out", "o.csv"]].concat()).fails(5, 6124);
    world.of("county", &[&run[..], &["--out", "o.csv", "--protocol", "ecdh"]].concat()).fails(5, 6124);
    world.of("county", &[&run[..], &["--out", "o.csv", "--protocol", "copy"]].concat()).fails(2, 1003);
    assert!(!world.path("o.csv").exists());
    let plan =
        ["psi", "plan", "--contract", "county/contracts/psi.toml", "--own", "1000", "--peer", "1000000"];
    let json = world.of("county", &plan).exits(0).json();
    for one in json["estimates"].as_array().expect("a list") {
        let stored = ["copy", "buckets"].iter().any(|way| one["way"] == *way);
        assert_eq!(one["allowed"], stored, "{one}");
    }
    assert!(json["chosen"] == "buckets" || json["chosen"] == "copy", "{json}");
    // And a contract of another protocol is not asked.
    world.resign("psi.toml", &["province", "county"], |text| {
        let text = text.replace("\"unbalanced\"", "\"auto\"");
        without(&text, &["encoding_key", "max_total_keys", "payload"])
    });
    world.of("county", &[&QUERY[..], &["o.csv", "--buckets"]].concat()).fails(5, 6122);
}

#[test]
fn a_plan_says_what_would_be_chosen_and_learnt() {
    let world = World::new();
    let sizes = ["--own", "1000000", "--peer", "1000000", "--bandwidth", "100mbit", "--latency", "20ms"];
    let json = world.of("county", &[&["psi", "plan"], &sizes[..]].concat()).exits(0).json();
    assert_eq!(json["estimates"].as_array().map(Vec::len), Some(6), "{json}");
    assert!(json["chosen"].as_str().is_some_and(|way| way.starts_with("rr22")), "{json}");
    let shown = world.run(&[&["--lang", "en", "psi", "plan"], &sizes[..]].concat()).exits(0);
    assert!(
        shown.out.contains("Chosen: rr22") && shown.out.contains("The provider will learn"),
        "{}",
        shown.out
    );
    world.of("county", &["psi", "plan", "--own", "5"]).fails(2, 1003);
}

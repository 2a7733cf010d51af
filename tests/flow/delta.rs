//! `psi update` between two nodes: a base, and what changed since; in packages that come late, twice, in any order
//! or cut short; killed at any moment.

use super::people::{id, keys};
use super::world::{Ran, World, command};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

const CONTRACT: &str = "county/contracts/psi.toml";

fn world() -> World {
    let world = World::new();
    for party in ["province", "county"] {
        world.edit(&format!("{party}/yinshu.toml"), |text| text + "\n[limits]\npeer_timeout_seconds = 2\n");
    }
    world.resign("psi.toml", &["province", "county"], |text| {
        text.replace(
            "learn = \"recipient\"",
            "learn = \"recipient\"\nincremental = true\nmax_total_keys = 5000000",
        )
    });
    world
}

fn args<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["psi", "update", "--contract", CONTRACT, "--column", "id"], more].concat()
}

fn update(world: &World, more: &[&str]) -> Ran {
    let _ = std::fs::remove_file(world.path("county/changes.csv"));
    world.of("county", &args(&[more, &["--out", "county/changes.csv"]].concat()))
}

fn whole(world: &World) -> Value {
    update(world, &["--input", "keys.csv"]).exits(0).json()
}

/// Runs again until the provider has given up the sessions that were killed.
fn patiently(world: &World, more: &[&str]) -> Value {
    let mut ran = update(world, more);
    for _ in 0..60 {
        if ran.code == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(500));
        ran = update(world, more);
    }
    ran.exits(0).json()
}

/// A package: person, what became of it, the second of the day.
fn package(world: &World, name: &str, rows: &[(u32, &str, u32)]) {
    let mut text = "id,change,gxsj\n".to_owned();
    for (person, change, second) in rows {
        let time = format!("2026-11-22 08:{:02}:{:02}", second / 60, second % 60);
        let _ = writeln!(text, "{},{change},{time}", id(*person));
    }
    world.write(name, text);
}

fn rows(people: std::ops::Range<u32>, change: &str, second: u32) -> Vec<(u32, &str, u32)> {
    people.map(|person| (person, change, second)).collect()
}

fn told(world: &World, name: &str) -> BTreeMap<String, String> {
    let text = world.read(name);
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    assert_eq!(lines.next(), Some("id,change"));
    let pair = |line: &str| {
        let (key, change) = line.split_once(',').expect("two columns");
        (key.to_owned(), change.to_owned())
    };
    lines.map(pair).collect()
}

fn expected(people: std::ops::Range<u32>, change: &str) -> BTreeMap<String, String> {
    people.map(|person| (id(person), change.to_owned())).collect()
}

#[test]
fn changes_of_both_sides_are_told_and_small_groups_wait() {
    let world = world();
    let _province = world.serve();
    let json = whole(&world);
    assert_eq!((&json["changed"]["exactly"], &json["appeared"]), (&20.into(), &20.into()), "{json}");
    assert_eq!(told(&world, "county/changes.csv"), expected(20..40, "appeared"));
    // The province loses 20 to 24: five are too few.
    world.write("province/data/keys.csv", keys("id", (0..20).chain(25..40).map(id)));
    let json = whole(&world);
    assert_eq!(json["changed"]["fewer-than"], 10, "{json}");
    assert!(json.get("appeared").is_none() && !world.path("county/changes.csv").exists());
    // The county gains 10 to 19: with the five they are fifteen.
    world.write("keys.csv", keys("id", (10..60).map(id)));
    let json = whole(&world);
    assert_eq!((&json["changed"]["exactly"], &json["appeared"]), (&15.into(), &10.into()), "{json}");
    let mut all = expected(10..20, "appeared");
    all.extend(expected(20..25, "vanished"));
    assert_eq!(told(&world, "county/changes.csv"), all);
    // Nothing changed, and nothing is written; what is there is not written over.
    let json = whole(&world);
    assert_eq!((&json["changed"]["exactly"], &json["out"]), (&0.into(), &Value::Null), "{json}");
    world.write("county/changes.csv", "kept");
    let more = ["--input", "keys.csv", "--out", "county/changes.csv"];
    world.of("county", &args(&more)).fails(2, 1031);
    world.recorded_soon("province", "session.ask", "ok");
    world.recorded("county", "result.release", "ok");
}

#[test]
fn packages_come_late_twice_out_of_order_and_cut_short() {
    let world = world();
    let _province = world.serve();
    whole(&world);
    // Out of order in one update: 20 to 29 go, and come back before that was written down.
    package(&world, "b.csv", &rows(20..30, "delete", 20));
    package(&world, "a.csv", &rows(20..30, "insert", 10));
    let timed = ["--time-column", "gxsj"];
    let json = update(&world, &[&timed[..], &["--changes", "b.csv", "a.csv"]].concat()).exits(0).json();
    assert_eq!((&json["deleted"], &json["late"]), (&10.into(), &10.into()), "{json}");
    assert_eq!(told(&world, "county/changes.csv"), expected(20..30, "vanished"));
    // Late, in an update of its own; and the same package again.
    for name in ["a.csv", "b.csv"] {
        let json = update(&world, &[&timed[..], &["--changes", name]].concat()).exits(0).json();
        assert_eq!((&json["inserted"], &json["deleted"]), (&0.into(), &0.into()), "{name}: {json}");
        assert_eq!(json["changed"]["exactly"], 0, "{name}: {json}");
    }
    // Later than all of it.
    package(&world, "c.csv", &rows(20..35, "新增", 30));
    let json = update(&world, &[&timed[..], &["--changes", "c.csv"]].concat()).exits(0).json();
    assert_eq!((&json["inserted"], &json["appeared"]), (&10.into(), &10.into()), "{json}");

    // Half-written: in the middle of a line, or not what the digest beside it says.
    package(&world, "d.csv", &rows(30..45, "delete", 40));
    let text = world.read("d.csv");
    world.write("d.csv", &text[..text.len() - 9]);
    update(&world, &[&timed[..], &["--changes", "d.csv"]].concat()).fails(3, 1911);
    world.write("d.csv.sha256", format!("{}  d.csv\n", "0".repeat(64)));
    world.write("d.csv", &text);
    update(&world, &[&timed[..], &["--changes", "d.csv"]].concat()).fails(3, 1911);
    std::fs::remove_file(world.path("d.csv.sha256")).expect("it is there");
    // A word that says nothing: nothing of the package is taken in.
    package(&world, "e.csv", &[rows(30..45, "delete", 40), vec![(45, "maybe", 40)]].concat());
    let error = update(&world, &[&timed[..], &["--changes", "e.csv"]].concat()).fails(3, 1912);
    assert_eq!(error["fields"]["row"], 17, "{error}");
    let json = update(&world, &[]).exits(0).json();
    assert_eq!((&json["rows"], &json["deleted"]), (&0.into(), &0.into()), "{json}");
    let json = update(&world, &[&timed[..], &["--changes", "d.csv"]].concat()).exits(0).json();
    assert_eq!((&json["deleted"], &json["changed"]["exactly"]), (&15.into(), &10.into()), "{json}");
    assert_eq!(told(&world, "county/changes.csv"), expected(30..40, "vanished"));
}

#[test]
fn killed_at_any_moment_every_change_is_told_once() {
    let world = world();
    for party in ["province", "county"] {
        world.edit(&format!("{party}/yinshu.toml"), |text| text + "runs_per_day = 1000\n");
    }
    let _province = world.serve();
    whole(&world);
    let mut seen = told(&world, "county/changes.csv");
    let mut killed = 0;
    for round in 0..6u32 {
        let (from, name) = (if round % 2 == 0 { "delete" } else { "insert" }, format!("p{round}.csv"));
        package(&world, &name, &rows(25..40, from, round));
        let out = format!("county/out{round}.csv");
        let more = ["--time-column", "gxsj", "--changes", name.as_str(), "--out", out.as_str()];
        let args = [&["-C", "county"], &args(&more)[..]].concat();
        let mut child = command(&world.path(""), &args);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
        std::thread::sleep(Duration::from_millis(60 * u64::from(round)));
        child.kill().expect("a child that was not waited for");
        killed += u32::from(!child.wait().expect("it ended").success());
        // What was broken off is finished without its package.
        let again = patiently(&world, &[]);
        for name in [out.as_str(), "county/changes.csv"] {
            if world.path(name).exists() {
                for (key, change) in told(&world, name) {
                    let before = seen.insert(key.clone(), change.clone());
                    assert_ne!(
                        before.as_ref(),
                        Some(&change),
                        "round {round}: {key} was told twice: {again}"
                    );
                }
            }
        }
    }
    assert!(killed > 0, "nothing was killed");
    // The last package inserted: whatever was killed before it was noted is repeated.
    let last = patiently(&world, &["--time-column", "gxsj", "--changes", "p5.csv"]);
    if world.path("county/changes.csv").exists() {
        seen.extend(told(&world, "county/changes.csv"));
    }
    assert_eq!(seen, expected(20..40, "appeared"), "{last}");
    world.log_holds("county");
}

#[test]
fn an_incremental_contract_is_run_by_update_alone() {
    let world = world();
    world.intersect(&[]).fails(5, 6130);
    let query = ["psi", "query", "--contract", CONTRACT, "--input", "keys.csv", "--column", "id"];
    let more = ["--out", "county/shared.csv", "--buckets"];
    world.of("county", &[&query[..], &more].concat()).fails(5, 6130);
    assert!(world.log("county").iter().all(|record| record.action != "session.open"));
    world.resign("psi.toml", &["province", "county"], |text| {
        text.replace("incremental = true\nmax_total_keys = 5000000", "")
    });
    update(&world, &["--input", "keys.csv"]).fails(5, 6131);
    for (key, value) in [
        ("learn", "\"both\""),
        ("result", "\"size\""),
        ("protocol", "\"rr22\""),
        ("security", "\"malicious\""),
    ] {
        let lines = world.read(CONTRACT).split("[[signature]]").next().expect("text").to_owned();
        let lines: String = lines
            .lines()
            .map(|line| match line.starts_with(key) {
                true => format!("{key} = {value}\n"),
                false => format!("{line}\n"),
            })
            .collect();
        world.write("bad.toml", lines + "incremental = true\nmax_total_keys = 9\n");
        let show = world.of("county", &["contract", "show", "bad.toml"]);
        assert_eq!(show.fails(2, 6006)["fields"]["place"], "psi.incremental", "{key}");
    }
}

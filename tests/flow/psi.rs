//! `psi run` between two nodes: the right keys and no others, on the side the contract names.

use super::people::{id, keys, old_id};
use super::world::{Ran, World};
use std::collections::BTreeSet;
use std::fs;

const FILE: &str = "county/contracts/psi.toml";

fn set(text: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.first(), Some(&"id"));
    let set: BTreeSet<String> = lines[1..].iter().map(ToString::to_string).collect();
    assert_eq!(set.len(), lines.len() - 1, "no key twice");
    set
}

/// What the province wrote, if anything.
fn theirs(world: &World) -> Option<String> {
    let mut files = fs::read_dir(world.path("province/results")).into_iter().flatten().flatten();
    let found = files.next().map(|e| fs::read_to_string(e.path()).expect("text"));
    assert!(files.next().is_none(), "one file at most");
    found
}

fn both_learn(world: &World) {
    world.resign("psi.toml", &["province", "county"], |text| {
        text.replace("learn = \"recipient\"", "learn = \"both\"")
    });
}

fn shared() -> BTreeSet<String> {
    (20..40).map(id).collect()
}

#[test]
fn the_recipient_learns_what_is_shared_and_the_provider_does_not() {
    let world = World::new();
    let _province = world.serve();
    let json = world.intersect(&[]).exits(0).json();
    assert_eq!(set(&world.read("county/shared.csv")), shared());
    assert_eq!((&json["own"], &json["peer"]), (&40.into(), &40.into()), "{json}");
    assert_eq!(json["shared"]["exactly"], 20, "{json}");
    world.recorded_soon("province", "session.answer", "ok");
    world.recorded("county", "result.release", "ok");
    assert_eq!(theirs(&world), None);
    assert!(world.log("province").iter().all(|r| r.action != "result.release"));
}

#[test]
fn both_learn_where_the_contract_says_so() {
    let world = World::new();
    both_learn(&world);
    let _province = world.serve();
    world.intersect(&[]).exits(0);
    assert_eq!(set(&world.read("county/shared.csv")), shared());
    world.recorded_soon("province", "session.answer", "ok");
    world.recorded("province", "result.release", "ok");
    assert_eq!(set(&theirs(&world).expect("a file")), shared());
}

#[test]
fn keys_match_however_they_are_written() {
    let world = World::new();
    both_learn(&world);
    let wide = |text: String| -> String {
        text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).expect("a wide one")).collect()
    };
    let written = (20..60).flat_map(|n| match n % 4 {
        0 => vec![wide(id(n)), id(n)],
        1 => vec![old_id(n)],
        2 => vec![format!("  {} ", id(n).to_lowercase()), id(n)],
        _ => vec![id(n), format!("{}0", &id(n)[..17])],
    });
    world.write("keys.csv", keys("身份证号", written));
    world.write("province/data/keys.csv", keys("id", (0..40).chain(30..40).map(id)));
    let _province = world.serve();
    let args =
        ["psi", "run", "--contract", FILE, "--input", "keys.csv", "--column", "身份证号", "--out", "o.csv"];
    let json = world.of("county", &args).exits(0).json();
    assert_eq!(set(&world.read("o.csv")), shared());
    assert_eq!((&json["own"], &json["peer"]), (&40.into(), &40.into()), "{json}");
    assert!(json["unusable"].as_u64().is_some_and(|n| n > 0), "a wrong check digit is not used: {json}");
    world.recorded_soon("province", "session.answer", "ok");
    assert_eq!(set(&theirs(&world).expect("a file")), shared());
}

#[test]
fn a_group_that_is_too_small_is_withheld_from_both() {
    let world = World::new();
    both_learn(&world);
    world.write("keys.csv", keys("id", (31..70).map(id)));
    let _province = world.serve();
    let json = world.intersect(&[]).exits(0).json();
    assert_eq!(json["shared"], serde_json::json!({ "fewer-than": 10 }), "{json}");
    assert!(json["out"].is_null() && !world.path("county/shared.csv").exists());
    let record = world.recorded_soon("province", "session.answer", "ok");
    assert!(
        record.content.contains("fewer-than") && !record.content.contains("exactly"),
        "{}",
        record.content
    );
    assert_eq!(theirs(&world), None);
    let release = world.recorded("county", "result.release", "ok");
    assert!(!release.content.contains("exactly"), "{}", release.content);
}

#[track_caller]
fn nothing_came(world: &World, ran: Ran, exit: i32, code: u16) {
    ran.fails(exit, code);
    world.recorded("county", "run.end", &format!("refused {code}"));
    assert!(!world.path("county/shared.csv").exists());
}

#[test]
fn input_that_cannot_be_used_is_said_before_anybody_is_met() {
    let world = World::new();
    let args = [
        "psi",
        "run",
        "--contract",
        FILE,
        "--input",
        "keys.csv",
        "--column",
        "nr",
        "--out",
        "county/shared.csv",
    ];
    world.write("keys.csv", keys("number", (0..3).map(id)));
    nothing_came(&world, world.of("county", &args), 3, 2101);
    world.write("keys.csv", "");
    nothing_came(&world, world.intersect(&[]), 3, 2004);
    world.write("keys.csv", [0u8, 1, 2, 255, 0, 0, 7, 254]);
    nothing_came(&world, world.intersect(&[]), 3, 2005);
    assert!(world.log("county").iter().all(|r| r.action != "session.open"));
}

#[test]
fn a_provider_whose_table_cannot_be_used_says_so() {
    let world = World::new();
    world.write("province/data/keys.csv", keys("number", (0..3).map(id)));
    let _province = world.serve();
    nothing_came(&world, world.intersect(&[]), 5, 3010);
    world.recorded_soon("province", "session.answer", "refused 2101");
}

#[test]
fn more_keys_than_the_contract_allows_are_refused() {
    let world = World::new();
    world.resign("psi.toml", &["province", "county"], |text| {
        text.replace("max_recipient_keys = 10000000", "max_recipient_keys = 39")
    });
    let _province = world.serve();
    let ran = world.intersect(&[]).exits(4);
    assert!(ran.err.contains("\"code\":40") || ran.err.contains("\"code\":41"), "{}", ran.err);
    assert!(!world.path("county/shared.csv").exists());
}

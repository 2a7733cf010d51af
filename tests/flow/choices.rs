//! What an intersection tells is the contract's choice: keys, a size, a noisy size, sums; and so is the protocol.

use super::people::{id, keys};
use super::world::World;
use std::fmt::Write as _;

const BOTH: [&str; 2] = ["province", "county"];

fn agree(world: &World, lines: &str) {
    world.resign("psi.toml", &BOTH, |text| {
        text.replace("result = \"keys\"", "").replace("learn = \"recipient\"", lines)
    });
}

#[test]
fn the_size_alone_is_told_where_the_contract_says_so() {
    let world = World::new();
    agree(&world, "learn = \"both\"\nresult = \"size\"");
    let _province = world.serve();
    let json = world.intersect(&[]).exits(0).json();
    assert_eq!(json["shared"]["exactly"], 20, "{json}");
    assert!(json["out"].is_null() && !world.path("county/shared.csv").exists(), "{json}");
    let record = world.recorded_soon("province", "session.answer", "ok");
    assert!(record.content.contains("\"exactly\":20"), "{}", record.content);
}

#[test]
fn a_size_below_the_smallest_group_is_withheld() {
    let world = World::new();
    agree(&world, "learn = \"recipient\"\nresult = \"size\"");
    world.write("keys.csv", keys("id", (31..70).map(id)));
    let _province = world.serve();
    let json = world.intersect(&[]).exits(0).json();
    assert_eq!(json["shared"]["fewer-than"], 10, "{json}");
}

/// Near the size and not always the size: at ε = 1/100 three runs without noise come once in eight million. And the
/// contract's runs are counted: there is no fourth.
#[test]
fn a_noisy_size_is_near_the_size() {
    let world = World::new();
    let noise = "max_runs = 3\nnoise = { numerator = 1, denominator = 100, delta_bits = 40 }";
    agree(&world, &format!("learn = \"recipient\"\nresult = \"size\"\n{noise}"));
    let _province = world.serve();
    let abouts = [(); 3].map(|()| {
        let json = world.intersect(&[]).exits(0).json();
        json["shared"]["about"].as_i64().expect("a size")
    });
    // At most delta_bits · ln 2 / ε = 2,773 either way.
    assert!(abouts.iter().all(|about| (20 - 2_773..=20 + 2_773).contains(about)), "{abouts:?}");
    assert!(abouts.iter().any(|&about| about != 20), "{abouts:?}");
    world.intersect(&[]).refused_by_province(6126);
}

/// A data set's ε is for all runs of a contract together.
#[test]
fn noise_beyond_the_data_sets_budget_is_refused() {
    let world = World::new();
    let noise = "max_runs = 101\nnoise = { numerator = 1, denominator = 100, delta_bits = 40 }";
    agree(&world, &format!("learn = \"recipient\"\nresult = \"size\"\n{noise}"));
    let _province = world.serve();
    world.intersect(&[]).refused_by_province(6127);
}

fn amounts(world: &World) {
    let mut text = "id,amount\n".to_owned();
    for n in 0..40u32 {
        let _ = writeln!(text, "{},{}.{:02}", id(n), n * 1000, n);
    }
    // A second row of one person.
    let _ = writeln!(text, "{},0.50", id(20));
    world.write("province/data/keys.csv", text);
    world.resign("psi.toml", &BOTH, |text| {
        let columns = "columns = [{ name = \"amount\", kind = \"decimal\" }, ";
        let psi = "learn = \"recipient\"\nresult = \"sums\"\nmax_runs = 2\n\
                   values = [{ name = \"amount\", bits = 32, decimals = 2 }]";
        let text = text.replace("result = \"keys\"", "");
        text.replace("columns = [", columns).replace("learn = \"recipient\"", psi)
    });
}

#[test]
fn sums_are_exact_and_name_nobody() {
    let world = World::new();
    amounts(&world);
    let _province = world.serve();
    let json = world.intersect(&[]).exits(0).json();
    assert_eq!(json["shared"]["exactly"], 20, "{json}");
    let fen: u32 = (20..40).map(|n| n * 100_000 + n).sum::<u32>() + 50;
    let expected = format!("{}.{:02}", fen / 100, fen % 100);
    assert_eq!(json["sums"], serde_json::json!([{ "column": "amount", "sum": expected }]), "{json}");
    assert!(!world.path("county/shared.csv").exists());
}

#[test]
fn sums_over_a_small_group_are_not_opened() {
    let world = World::new();
    amounts(&world);
    world.write("keys.csv", keys("id", (31..70).map(id)));
    let _province = world.serve();
    let json = world.intersect(&[]).exits(0).json();
    assert_eq!(json["shared"]["fewer-than"], 10, "{json}");
    assert!(json.get("sums").is_none(), "{json}");
}

#[test]
fn a_value_that_does_not_fit_is_named() {
    let world = World::new();
    amounts(&world);
    world.replace("province/data/keys.csv", "3000.03", "3000.031");
    let _province = world.serve();
    world.intersect(&[]).fails(5, 3010);
    let record = world.recorded_soon("province", "session.answer", "refused 6010");
    assert!(!record.content.contains("3000"), "{}", record.content);
}

/// An absent amount is not a zero: nothing is summed, and how many there are is the provider's to know.
#[test]
fn absent_values_are_refused_and_not_zeros() {
    let world = World::new();
    amounts(&world);
    world.replace("province/data/keys.csv", "3000.03", "");
    let _province = world.serve();
    let error = world.intersect(&[]).fails(5, 3010);
    assert!(!error.to_string().contains("amount"), "{error}");
    world.recorded_soon("province", "session.answer", "refused 6012");
    // What failed before anything was asked is no run of the two.
    world.replace("province/data/keys.csv", &format!("{},\n", id(3)), "");
    for _ in 0..2 {
        world.intersect(&[]).exits(0);
    }
    world.intersect(&[]).refused_by_province(6126);
}

#[test]
fn a_protocol_that_the_contract_does_not_allow_is_refused() {
    let world = World::new();
    world.resign("psi.toml", &BOTH, |text| text.replace("protocol = \"auto\"", "protocol = \"rr22\""));
    let _province = world.serve();
    world.intersect(&["--protocol", "ecdh"]).fails(5, 3010);
    world.recorded_soon("province", "session.answer", "refused 6122");
    assert!(!world.path("county/shared.csv").exists());
}

#[test]
fn whole_rows_are_written_on_request() {
    let world = World::new();
    let mut text = "姓名,id,镇\n".to_owned();
    for n in 30..50u32 {
        let _ = write!(text, "甲{n},{},柳河\n甲{n},{},白塔\n", id(n), id(n));
    }
    world.write("keys.csv", text);
    let _province = world.serve();
    let json = world.intersect(&["--columns", "镇,姓名"]).exits(0).json();
    assert_eq!(json["shared"]["exactly"], 10, "{json}");
    let written = world.read("county/shared.csv");
    let lines: Vec<&str> = written.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!((lines[0], lines.len()), ("镇,姓名", 21), "{written}");
    assert_eq!((lines[1], lines[20]), ("柳河,甲30", "白塔,甲39"));
    world.intersect(&["--columns", "镇,电话"]).fails(3, 2101);
}

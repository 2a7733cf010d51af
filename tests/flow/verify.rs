//! A verification that goes well, and the options around it.

use super::people;
use super::world::World;
use std::collections::BTreeMap;
use std::fs;

/// Defects by kind in a result.
fn kinds(world: &World) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for line in world.read("county/results/out/defects.jsonl").lines() {
        let defect: serde_json::Value = serde_json::from_str(line).expect("a defect");
        *kinds.entry(defect["kind"].as_str().expect("a kind").to_owned()).or_default() += 1;
    }
    kinds
}

#[test]
fn each_difference_is_found_and_nothing_else() {
    let world = World::new();
    let _province = world.serve();
    let json = world.verify(&[]).exits(0).json();
    world.published();
    let expected = [("field-differs-source", 1), ("gone-from-source", 1), ("missing-resident", 2)];
    assert_eq!(kinds(&world), expected.into_iter().map(|(kind, n)| (kind.to_owned(), n)).collect());
    assert_eq!((&json["defects"], &json["objections"]), (&4.into(), &4.into()), "{json}");
    let defects = world.read("county/results/out/defects.jsonl");
    for key in people::MISSING.map(people::id) {
        assert!(defects.contains(&key), "{defects}");
    }
    assert!(defects.contains(&people::id(people::GONE)) && defects.contains(&people::id(people::DIFFERS)));
    world.recorded("county", "session.open", "ok");
    world.recorded("county", "result.release", "ok");
    world.recorded_soon("province", "session.answer", "ok");
}

#[test]
fn offline_does_the_half_that_needs_nobody() {
    let world = World::new();
    let json = world.verify(&["--offline"]).exits(0).json();
    world.published();
    assert_eq!(json["defects"], 0, "{json}");
    assert!(json["report"]["private"].is_null(), "{json}");
    assert!(world.log("county").iter().all(|r| r.action != "session.open"));
}

#[test]
fn what_is_there_is_not_written_over() {
    let world = World::new();
    world.verify(&["--offline"]).exits(0);
    let before = world.read("county/results/out/report.json");
    world.verify(&["--offline"]).fails(2, 1031);
    assert_eq!(world.read("county/results/out/report.json"), before);
    let left = fs::read_dir(world.path("county/results")).expect("a folder").count();
    assert_eq!(left, 1, "nothing is left beside the first result");
}

#[test]
fn defects_can_be_an_exit_code() {
    let world = World::new();
    let _province = world.serve();
    world.verify(&["--fail-on-defects"]).exits(1).json();
    world.published();
    fs::remove_dir_all(world.path("county/results/out")).expect("removed");
    world.verify(&["--offline", "--fail-on-defects"]).exits(0);
}

#[test]
fn the_index_of_the_batch_before_gives_what_changed() {
    let world = World::new();
    world.verify(&["--offline"]).exits(0);
    fs::rename(world.path("county/results/out"), world.path("county/first")).expect("moved");
    // In the next batch two more are left out, one is new, and one changed.
    world.edit("returned.csv", |text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.drain(10..12);
        lines[20] = lines[20].replace("在职", "退休");
        let (source, key) = (people::source(10), people::id(people::MISSING[0]));
        lines.push(source.lines().find(|line| line.starts_with(&key)).expect("a row").to_owned());
        lines.join("\n") + "\n"
    });
    world.repack();
    let report = world.verify(&["--offline", "--previous", "county/first/batch.index"]).exits(0).json();
    let delta = &report["report"]["timeliness"]["delta"];
    assert_eq!(
        *delta,
        serde_json::json!({
            "before": 49, "inserted": 1, "updated": 1, "deleted": 2, "unchanged": 46,
        }),
        "{delta}"
    );
}

#[test]
fn an_index_that_is_not_ours_is_refused() {
    let (world, other) = (World::new(), World::new());
    other.verify(&["--offline"]).exits(0);
    fs::copy(other.result("batch.index"), world.path("theirs.index")).expect("a copy");
    let error = world.verify(&["--offline", "--previous", "theirs.index"]).fails(3, 5122);
    assert!(error["message"].as_str().is_some_and(|m| m.contains("theirs.index")), "{error}");
    world.nothing_left();
    world.recorded("county", "run.end", "refused 5122");
}

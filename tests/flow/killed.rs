//! Processes killed in the middle: the other side ends in order, nothing half-written stays, no log
//! breaks.

use super::people;
use super::world::{PROVINCE, World, command, finished};
use std::process::{Child, Stdio};
use std::time::Duration;

/// A table that takes the province seconds to work through.
const MANY: u32 = 150_000;

fn slow() -> World {
    let world = World::new();
    world.write("province/data/source.csv", people::source(MANY));
    for party in ["province", "county"] {
        world.edit(&format!("{party}/yinshu.toml"), |text| text + "\n[limits]\npeer_timeout_seconds = 2\n");
    }
    world
}

fn started(world: &World) -> Child {
    let child = world.verifying().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    child.expect("the program starts")
}

/// Waits until the session is welcomed on both sides and the matching is under way.
fn under_way(world: &World) {
    for party in ["province", "county"] {
        world.recorded_soon(party, "session.open", "ok");
    }
    std::thread::sleep(Duration::from_millis(200));
}

#[test]
fn a_provider_that_dies_is_a_timeout_that_names_it() {
    let world = slow();
    let mut province = world.serve();
    let county = started(&world);
    under_way(&world);
    province.kill();
    let ran = finished(&county.wait_with_output().expect("it ends"));
    let error = ran.fails(4, 5132);
    assert_eq!(error["fault"], "network", "{error}");
    let said = error["message"].as_str().expect("a message");
    assert!(said.contains("nothing was heard from hr-province"), "{said}");
    world.recorded("county", "run.end", "refused 5132");
    world.nothing_left();
    world.log_holds("province");

    // Both stand up again and finish the job.
    world.write("province/data/source.csv", people::source(10));
    let _province = world.serve();
    world.verify(&[]).exits(0);
    world.published();
}

#[test]
fn a_county_that_dies_does_not_stop_the_provider() {
    let world = slow();
    let mut province = world.serve();
    let mut county = started(&world);
    under_way(&world);
    county.kill().expect("it runs");
    county.wait().expect("it ended");
    world.log_holds("county");

    world.write("province/data/source.csv", people::source(10));
    let results = world.path("county/results");
    let left: Vec<_> =
        std::fs::read_dir(&results).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().starts_with(".verify-")), "{left:?}");
    assert_eq!(left.len(), 1, "it was in the middle");
    world.verify(&[]).exits(0);
    world.published();
    let after = std::fs::read_dir(&results).expect("a folder").count();
    assert_eq!(after, 1, "what the killed run left names people, and is gone with the next run");
    assert!(province.runs());
    // What became of the broken session is on record too.
    world.wait_for("the end of the broken session", || {
        let log = world.log("province");
        log.iter().any(|r| r.action == "session.answer" && r.result.starts_with("refused"))
    });
    world.log_holds("province");
}

#[test]
fn a_log_survives_a_kill_at_any_moment() {
    let world = World::new();
    let before = world.log("county").len();
    let args = ["-C", "county", "origin", "open", "package"];
    for delay in 0..24 {
        let mut child = command(&world.path(""), &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.as_mut().expect("the program starts");
        std::thread::sleep(Duration::from_millis(2 * delay));
        child.kill().expect("a child that was not waited for");
        child.wait().expect("it ended");
    }
    world.run(&args).exits(0);
    world.log_holds("county");
    assert!(world.log("county").len() > before);
}

#[test]
fn nobody_there_is_said_with_the_address() {
    let world = World::new();
    world.edit("county/yinshu.toml", |text| text + "\n[limits]\npeer_timeout_seconds = 1\n");
    drop(world.serve());
    let error = world.verify(&[]).fails(4, 3016);
    assert_eq!(error["fields"]["peer"], PROVINCE, "{error}");
    assert_eq!(error["fields"]["address"], world.address(), "{error}");
    world.recorded("county", "session.open", "refused 3016");
    world.nothing_left();
}

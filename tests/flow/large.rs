//! Sets larger than the memory given: the same result part by part, after a kill too.

use super::people::keys;
use super::world::{Ran, World, command, copy, finished};
use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

const TINY: &str = "100kib";
const BOTH: [&str; 2] = ["province", "county"];

pub(super) fn lines(text: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().skip(1).collect();
    let set: BTreeSet<String> = lines.iter().map(ToString::to_string).collect();
    assert_eq!(set.len(), lines.len(), "no key twice");
    set
}

fn text(from: u32, to: u32) -> String {
    // Every third key stands twice, the second time far from the first.
    let all = || (from..to).map(number);
    keys("id", all().chain(all().step_by(3)))
}

/// A citizen number of its own for each `n`.
fn number(n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("990101{:04}{:02}{:02}{:03}", 1940 + n / 1000 % 60, 1 + n / 60_000, 1, n % 1000);
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum as usize % 11]))
}

pub(super) fn large() -> World {
    let world = World::new();
    world.write("province/data/keys.csv", text(0, 4_000));
    world.write("keys.csv", text(3_000, 6_000));
    world.edit("province/yinshu.toml", |text| {
        text + "\n[limits]\npsi_memory = 102400\npeer_timeout_seconds = 2\nruns_per_day = 100\n"
    });
    world.edit("county/yinshu.toml", |text| text + "\n[limits]\npeer_timeout_seconds = 2\n");
    world
}

pub(super) fn shared() -> BTreeSet<String> {
    (3_000..4_000).map(number).collect()
}

pub(super) fn run(world: &World, more: &[&str]) -> Ran {
    world.intersect(&[&["--memory", TINY], more].concat())
}

/// What is left of runs.
pub(super) fn work(world: &World, party: &str) -> usize {
    let left = fs::read_dir(world.path(&format!("{party}/work"))).into_iter().flatten().flatten();
    left.filter(|left| left.path().is_dir()).count()
}

#[test]
fn the_result_is_that_of_a_run_in_memory() {
    let world = large();
    let _province = world.serve();
    let json = run(&world, &[]).exits(0).json();
    assert_eq!(lines(&world.read("county/shared.csv")), shared());
    assert_eq!(json["shared"]["exactly"], 1_000, "{json}");
    let answer = world.recorded_soon("province", "session.answer", "ok");
    let told: serde_json::Value = serde_json::from_str(&answer.content).expect("JSON");
    let parts = told["answered"]["partitions"].as_u64().expect("partitions");
    assert!(parts > 3, "{told}");
    world.recorded("province", "session.ask", "ok");
    world.recorded("county", "result.release", "ok");
    assert_eq!((work(&world, "province"), work(&world, "county")), (0, 0), "nothing is left");

    // Whole rows, repeats included, and by every protocol.
    for way in ["ecdh", "rr22-compact", "rr22-malicious"] {
        run(&world, &["--protocol", way, "--columns", "id"]).exits(0);
        let rows = world.read("county/shared.csv").lines().count();
        assert_eq!(rows, 1 + 1_000 + 334, "{way}");
    }
}

#[test]
fn both_learn_part_by_part() {
    let world = large();
    world.resign("psi.toml", &BOTH, |text| {
        text.replace("learn = \"recipient\"", "learn = \"both\"\npartitioned = true")
    });
    let _province = world.serve();
    // The contract asks for it, whatever memory there is.
    world.intersect(&[]).exits(0);
    assert_eq!(lines(&world.read("county/shared.csv")), shared());
    world.recorded_soon("province", "session.answer", "ok");
    world.recorded("province", "result.release", "ok");
    let mut files = fs::read_dir(world.path("province/results")).expect("a folder").flatten();
    let theirs = fs::read_to_string(files.next().expect("a file").path()).expect("text");
    assert_eq!(lines(&theirs), shared());
}

#[test]
fn few_shared_keys_are_withheld() {
    let world = large();
    world.write("keys.csv", text(3_995, 6_000));
    let _province = world.serve();
    let json = run(&world, &[]).exits(0).json();
    assert_eq!(json["shared"]["fewer-than"], 10, "{json}");
    assert!(!world.path("county/shared.csv").exists());
}

/// The command of [`run`], not yet run.
pub(super) fn running(world: &World) -> Command {
    let args = ["--json", "-C", "county", "psi", "run", "--contract", "county/contracts/psi.toml"];
    let mut command = command(&world.path(""), &args);
    command.args(["--input", "keys.csv", "--column", "id", "--out", "county/shared.csv"]);
    command.args(["--memory", TINY, "--protocol", "ecdh"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Waits until some parts are complete and most are not.
pub(super) fn half_way(world: &World) {
    let begun = || {
        let folders = fs::read_dir(world.path("county/work")).into_iter().flatten().flatten();
        let files = folders.flat_map(|work| fs::read_dir(work.path().join("spill")).into_iter().flatten());
        files.flatten().filter(|file| file.file_name().to_string_lossy().starts_with("match-")).count()
    };
    world.wait_for("some parts", || begun() > 2);
}

/// A run that was killed with some of its parts complete.
fn killed(world: &World) {
    let mut county = running(world).spawn().expect("the program starts");
    half_way(world);
    county.kill().expect("it runs");
    county.wait().expect("it ended");
    assert_eq!(work(world, "county"), 1);
}

#[test]
fn a_run_that_was_killed_is_resumed() {
    let world = large();
    let mut province = world.serve();
    killed(&world);
    assert!(!world.path("county/shared.csv").exists());
    // The provider stops as well, and both stand up again.
    province.kill();
    let _province = world.serve();

    // Not with another table.
    world.write("keys.csv", text(3_001, 6_000));
    run(&world, &["--protocol", "ecdh"]).fails(4, 4082);
    world.write("keys.csv", text(3_000, 6_000));
    run(&world, &["--protocol", "rr22"]).fails(4, 4082);

    let ran = finished(&running(&world).output().expect("the program starts"));
    assert_eq!(ran.exits(0).json()["shared"]["exactly"], 1_000);
    assert_eq!(lines(&world.read("county/shared.csv")), shared());
    let answer = world.recorded_soon("province", "session.answer", "ok");
    let told: serde_json::Value = serde_json::from_str(&answer.content).expect("JSON");
    some_were_complete(&told);
    assert_eq!((work(&world, "province"), work(&world, "county")), (0, 0));
}

pub(super) fn some_were_complete(told: &serde_json::Value) {
    let of = |name: &str| told["answered"][name].as_u64().expect("a number");
    assert!(of("run") < of("partitions"), "some parts were complete: {told}");
}

#[test]
fn a_provider_that_restarts_costs_what_was_under_way() {
    let world = large();
    world.edit("county/yinshu.toml", |text| {
        text.replace("peer_timeout_seconds = 2", "peer_timeout_seconds = 30")
    });
    let mut province = world.serve();
    let listen = format!("listen = \"{}\"", world.address());
    world.replace("province/yinshu.toml", "listen = \"127.0.0.1:0\"", &listen);
    let county = running(&world).spawn().expect("the program starts");
    half_way(&world);
    province.kill();
    // It comes back under the same address before the county has given up, and knows nothing of the session.
    world.edit("county/yinshu.toml", |text| text.replace(&world.address(), "127.0.0.1:1"));
    let _province = world.serve();
    let ran = finished(&county.wait_with_output().expect("it ends"));
    ran.fails(4, 3017);
    assert_eq!((work(&world, "province"), work(&world, "county")), (1, 1), "both keep what they have");
    let ran = finished(&running(&world).output().expect("the program starts"));
    assert_eq!(ran.exits(0).json()["shared"]["exactly"], 1_000);
    let answer = world.recorded_soon("province", "session.answer", "ok");
    some_were_complete(&serde_json::from_str(&answer.content).expect("JSON"));
}

#[test]
#[cfg(unix)]
fn what_a_run_keeps_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = large();
    let _province = world.serve();
    killed(&world);
    for party in BOTH {
        let folders = fs::read_dir(world.path(&format!("{party}/work"))).expect("a folder").flatten();
        let mut folders: Vec<_> = folders.map(|e| e.path()).filter(|path| path.is_dir()).collect();
        folders.push(folders[0].join("spill"));
        folders.push(world.path(&format!("{party}/work")));
        for folder in folders {
            let mode = fs::metadata(&folder).expect("its mode").permissions().mode() & 0o777;
            assert_eq!(mode, 0o700, "{}", folder.display());
        }
    }
}

#[test]
fn runs_begun_together_leave_each_other_alone() {
    let world = large();
    let _province = world.serve();
    let both = [(); 2].map(|()| running(&world).spawn().expect("the program starts"));
    let ran = both.map(|county| finished(&county.wait_with_output().expect("it ends")));
    let done = ran.iter().filter(|ran| ran.code == 0).count();
    assert!(done > 0, "{}{}", ran[0].err, ran[1].err);
    for ran in ran.into_iter().filter(|ran| ran.code != 0) {
        ran.fails(4, 4086);
    }
    assert_eq!(lines(&world.read("county/shared.csv")), shared());
    assert_eq!(work(&world, "county"), 0);
}

#[test]
fn a_provider_whose_table_changed_is_told_that_its_result_is_lost() {
    let world = large();
    world.resign("psi.toml", &BOTH, |text| {
        text.replace("learn = \"recipient\"", "learn = \"both\"\npartitioned = true")
    });
    let mut province = world.serve();
    killed(&world);
    province.kill();
    copy(&world.path("province/work"), &world.path("kept"));

    // The recipient completes its run, and stops before it writes what it found.
    let state = world.path("county/audit/peers/hr-province.checkpoint");
    fs::create_dir_all(state.parent().expect("a folder")).expect("a folder");
    fs::write(&state, "no checkpoint").expect("a file");
    let mut province = world.serve();
    assert_ne!(run(&world, &["--protocol", "ecdh"]).code, 0);
    assert_eq!(work(&world, "county"), 1);
    fs::remove_file(&state).expect("a file");
    world.recorded_soon("province", "session.answer", "ok");
    province.kill();

    // The provider stands where it stood before, and its table has changed since.
    fs::remove_dir_all(world.path("province/work")).expect("a folder");
    copy(&world.path("kept"), &world.path("province/work"));
    world.write("province/data/keys.csv", text(1, 4_000));
    let _province = world.serve();
    let json = run(&world, &["--protocol", "ecdh"]).exits(0).json();
    assert_eq!(json["shared"]["exactly"], 1_000, "{json}");
    world.recorded_soon("province", "result.release", "refused 4082");
    world.wait_for("a word to the operator", || world.read("province.err").contains("4082"));
    assert_eq!((work(&world, "province"), work(&world, "county")), (0, 0), "nothing is left");
}

#[test]
fn a_run_that_was_killed_is_discarded_on_request() {
    let world = large();
    let _province = world.serve();
    killed(&world);
    world.write("keys.csv", text(3_500, 6_000));
    let json = run(&world, &["--fresh"]).exits(0).json();
    assert_eq!(json["shared"]["exactly"], 500, "{json}");
    assert_eq!(work(&world, "county"), 0);
}

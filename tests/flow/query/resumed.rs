//! A question whose run was killed, asked again.

use super::*;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use yinshu_crypto::hash::Digest;

/// Under a contract of one run in all; nobody waits long for who is gone.
fn world(parties: Parties, security: &str) -> World {
    let mut world = World::of(parties);
    for [party, _] in parties {
        let file = world.path(party).join("yinshu.toml");
        let text = fs::read_to_string(&file).expect("a configuration");
        fs::write(&file, text.replace("peer_timeout_seconds = 60", "peer_timeout_seconds = 10"))
            .expect("a configuration");
    }
    let contract = contract(world.dir.path(), parties, security);
    world.sign("s5", &contract.replace("max_runs = 3", "max_runs = 1"));
    world.serve(&["joint"; 3][..parties.len() - 1]);
    world
}

/// The folder of what a party keeps, where there is one.
fn kept(world: &World, party: &str) -> Option<PathBuf> {
    let all = fs::read_dir(world.path(party).join("work")).into_iter().flatten().flatten();
    all.map(|entry| entry.path()).find(|path| path.is_dir())
}

/// What a party keeps after so many joins.
fn stop(world: &World, party: &str, joins: u32) -> Option<PathBuf> {
    let all = fs::read_dir(kept(world, party)?).ok()?.flatten().map(|entry| entry.path());
    let end = format!("-{joins}.stop");
    all.into_iter().find(|path| path.to_string_lossy().ends_with(&end))
}

/// Who computes.
const THREE: [&str; 3] = ["bureau", "tax", "social"];

/// Asks, and kills a party once the three have kept what there is after the join; a provider is started again.
fn killed(world: &mut World, party: usize) {
    let mut asking = world.asking("s5", "sql", "joint", &["--out", "out"]);
    let mut asking = asking.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let name = world.parties[party][0];
    let until = Instant::now() + Duration::from_secs(120);
    // A stop counts once it stands in the list.
    let has = |party: &&str| {
        let told = kept(world, party).and_then(|folder| fs::read_to_string(folder.join("run.json")).ok());
        told.is_some_and(|told| told.contains("\"joins\":1"))
    };
    while !THREE.iter().all(has) {
        assert!(Instant::now() < until && asking.try_wait().expect("its state").is_none(), "no stop");
        std::thread::sleep(Duration::from_millis(1));
    }
    if party == 0 {
        asking.kill().expect("it runs");
        asking.wait().expect("it ended");
        return;
    }
    let daemon = &mut world.serving[party - 1];
    daemon.kill().expect("it runs");
    daemon.wait().expect("it ended");
    let ended = finished(&asking.wait_with_output().expect("it ends"));
    assert_eq!(ended.code, 4, "{} {}", ended.out, ended.err);
    assert!(ended.err.contains(name), "who is gone is named: {}", ended.err);
    assert!(!world.path("out").exists());
    world.serving[party - 1] = world.daemon(name, "joint");
}

/// What a party's log says that was asked.
fn asked(world: &World, party: &str) -> Vec<Value> {
    let log = world.log(party);
    let asked = log.iter().filter(|record| record.action == "session.ask");
    asked
        .map(|record| serde_json::from_str::<Value>(&record.content).expect("JSON")["asked"].clone())
        .collect()
}

fn released(world: &World, party: &str) -> usize {
    world.log(party).iter().filter(|record| record.action == "result.release").count()
}

#[test]
fn a_run_of_which_one_party_was_killed_goes_on_and_counts_once() {
    for (security, party) in [("semi-honest", 1), ("malicious", 2), ("malicious", 0)] {
        let mut world = world(PARTIES, security);
        killed(&mut world, party);
        assert_eq!(released(&world, "bureau"), 0);
        let found = world.ask("sql", "joint", &["--out", "out"]).exits(0).json();
        as_in_the_clear(&found);
        assert_eq!(found["resumed"]["joins"], 1, "{found}");
        for party in THREE {
            let asked = asked(&world, party);
            assert_eq!(asked.len(), 2, "{party}");
            assert_eq!(
                (&asked[0]["resumes"], &asked[1]["resumes"]),
                (&Value::Null, &found["resumed"]["run"])
            );
            assert_eq!(asked[0]["rows"], asked[1]["rows"]);
            assert_eq!(released(&world, party), 1, "{party}");
            assert_eq!(kept(&world, party), None, "{party}");
        }
        // One run in all was agreed on, and this was one.
        world.ask("sql", "joint", &["--out", "more"]).fails(5, 6126);
    }
}

#[test]
fn who_does_not_compute_need_not_share_again() {
    let mut world = world(FOUR, "malicious");
    killed(&mut world, 2);
    let found = world.ask("sql", "joint", &["--out", "out"]).exits(0).json();
    as_in_the_clear(&found);
    assert_eq!(found["resumed"]["joins"], 1, "{found}");
    let asked = asked(&world, "medical");
    assert_eq!(asked[1]["resumes"], found["resumed"]["run"], "{asked:?}");
    assert_eq!(kept(&world, "medical"), None);
}

#[test]
#[cfg(unix)]
fn what_is_kept_is_its_owners_alone() {
    let mut world = world(PARTIES, "semi-honest");
    killed(&mut world, 1);
    let mode = |path: &Path| fs::metadata(path).expect("its mode").permissions().mode() & 0o777;
    for party in THREE {
        let folder = kept(&world, party).expect("a folder");
        assert_eq!((mode(&folder), mode(folder.parent().expect("work"))), (0o700, 0o700), "{party}");
        for file in fs::read_dir(&folder).expect("a folder").flatten() {
            assert_eq!(mode(&file.path()), 0o600, "{}", file.path().display());
        }
    }
}

#[test]
fn another_table_or_the_wish_to_begin_anew_has_all_begin_anew() {
    let mut world = world(PARTIES, "semi-honest");
    killed(&mut world, 1);
    // It was the one run that the contract has: what was kept stays to be gone on with.
    world.ask("sql", "joint", &["--out", "out", "--fresh"]).fails(5, 6126);
    let ids = |to: i64| (0..to).map(|n| format!("id{n}")).collect();
    let (table, aside) = (world.path("incomes.arrow"), world.path("aside"));
    fs::copy(&table, &aside).expect("a copy");
    world.table("incomes", ids(200), &[(0..200).collect()]);
    world.ask("sql", "joint", &["--out", "out"]).fails(5, 6126);
    fs::copy(&aside, &table).expect("a copy");
    let found = world.ask("sql", "joint", &["--out", "out"]).exits(0).json();
    as_in_the_clear(&found);
    assert_eq!(found["resumed"]["joins"], 1, "{found}");
}

#[test]
fn what_was_altered_on_disk_is_found_out() {
    let mut world = world(PARTIES, "malicious");
    killed(&mut world, 1);
    // As a disk errs: the one before is taken.
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).expect("a stop");
        let at = bytes.len() - 5;
        bytes[at] ^= 1;
        fs::write(path, &bytes).expect("a stop");
        Digest::sha256(&bytes)
    };
    let last = stop(&world, "tax", 1).expect("a stop");
    let before = stop(&world, "tax", 0).expect("a stop");
    flip(&last);
    // As somebody does who knows how: with its digest.
    let digest = flip(&before);
    let told = before.with_file_name("run.json");
    let mut begun: Value = serde_json::from_slice(&fs::read(&told).expect("run.json")).expect("JSON");
    let held = begun["held"].as_array_mut().expect("a list");
    held.iter_mut().find(|held| held["joins"] == 0).expect("a stop")["digest"] = json!(digest);
    fs::write(&told, begun.to_string()).expect("run.json");
    world.ask("sql", "joint", &["--out", "out"]).fails(4, 9436);
    let until = Instant::now() + Duration::from_secs(20);
    for party in THREE {
        // A provider ends on its own.
        while kept(&world, party).is_some() {
            assert!(Instant::now() < until, "{party} keeps what is of no use");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(released(&world, party), 0, "{party}");
    }
}

//! Our two ends over loopback.

use super::party::{Place, failed, good, people};
use std::collections::BTreeSet;
use std::process::Command;

fn shared(range: std::ops::Range<u32>) -> BTreeSet<String> {
    people(range).into_iter().collect()
}

#[test]
fn every_profile_and_who_learns() {
    for profile in ["secretflow", "spu", "ppca"] {
        for (goes, learns) in [("0", [true, false]), ("1", [false, true]), ("both", [true, true])] {
            let place = Place::new();
            place.table("a.csv", "id", &people(0..300));
            place.table("b.csv", "id", &people(200..900));
            let options = ["--profile", profile, "--result-rank", goes];
            let zero = place.ours(0, "a.csv", &["id"], &options);
            let one = place.ours(1, "b.csv", &["id"], &options);
            good(zero);
            good(one);
            for (rank, learns) in learns.into_iter().enumerate() {
                let expected = learns.then(|| shared(200..300));
                assert_eq!(place.rows(&format!("ours-{rank}.csv")), expected, "{profile} {goes} {rank}");
            }
        }
    }
}

#[test]
fn several_columns_whole_rows_and_repeats() {
    let place = Place::new();
    let row = |text: &str| text.to_owned();
    place.table("a.csv", "name,id,note", &[row("张三,1,x"), row(" 李四 ,2,y"), row("张三,1,z"), row(",,w")]);
    place.table("b.csv", "number,who", &[row("1,张三"), row("2,李四"), row("3,王五"), row(",")]);
    let zero = place.ours(0, "a.csv", &["name", "id"], &[]);
    let one = place.ours(1, "b.csv", &["who", "number"], &[]);
    let json: serde_json::Value = serde_json::from_slice(&good(zero).stdout).expect("JSON");
    good(one);
    assert_eq!(
        (&json["rows"], &json["empty"], &json["own"], &json["peer"]),
        (&4.into(), &1.into(), &2.into(), &3.into())
    );
    let rows = place.rows("ours-0.csv").expect("a file");
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!(place.rows("ours-1.csv").expect("a file").len(), 2);
}

#[test]
fn suites_that_do_not_meet() {
    let place = Place::new();
    place.table("a.csv", "id", &people(0..10));
    let zero = place.ours(0, "a.csv", &["id"], &["--suite", "sm2"]);
    let one = place.ours(1, "a.csv", &["id"], &["--suite", "curve25519"]);
    let (zero, one) = (failed(zero), failed(one));
    assert_eq!((&zero["code"], &zero["fault"]), (&4205.into(), &"rank-1".into()), "{zero}");
    assert_eq!((&one["code"], &one["fault"]), (&4201.into(), &"rank-0".into()), "{one}");
    assert_eq!(one["fields"]["number"], 31_100_200);
    assert_eq!((place.rows("ours-0.csv"), place.rows("ours-1.csv")), (None, None));
}

#[test]
fn a_peer_of_another_profile_is_told_apart() {
    let place = Place::new();
    place.table("a.csv", "id", &people(0..10));
    let zero = place.ours(0, "a.csv", &["id"], &["--no-handshake"]);
    let one = place.ours(1, "a.csv", &["id"], &["--profile", "spu"]);
    // Both notice; who is slower may find the other gone already.
    let codes = [failed(zero), failed(one)].map(|error| error["code"].as_u64());
    assert!(codes.contains(&Some(4208)), "{codes:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(4208 | 3025 | 3004))), "{codes:?}");
}

#[test]
fn a_column_that_is_not_there_is_said_before_anybody_is_met() {
    let place = Place::new();
    place.table("a.csv", "id", &people(0..10));
    let error = failed(place.ours(0, "a.csv", &["di"], &[]));
    assert_eq!(error["kind"], "missing-column", "{error}");
}

#[test]
fn a_node_records_start_and_end() {
    let place = Place::new();
    place.table("a.csv", "id", &people(0..10));
    let mut init = Command::new(env!("CARGO_BIN_EXE_yinshu"));
    init.args([
        "-C",
        "node",
        "init",
        "--name",
        "county",
        "--administrator",
        "a",
        "--auditor",
        "b",
        "--operator",
        "c",
    ]);
    let output = init.current_dir(&place.folder).env("LC_ALL", "C").output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let zero = place.ours(0, "a.csv", &["id"], &["-C", "node"]);
    good(place.ours(1, "a.csv", &["id"], &[]));
    good(zero);
    let zero = place.ours(0, "a.csv", &["id"], &["-C", "node", "--suite", "sm2"]);
    failed(place.ours(1, "a.csv", &["id"], &["--suite", "curve25519"]));
    failed(zero);
    let log = std::fs::read_to_string(place.path("node/audit/log.jsonl")).expect("a log");
    let count = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    assert_eq!((count("interconn.start"), count("interconn.end"), count("refused 4205")), (2, 1, 1), "{log}");
}

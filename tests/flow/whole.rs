//! Scenario S1, whole: every planted defect is found and nothing that is not there is reported.

use super::world::finished;
use std::fs;
use std::path::Path;
use std::process::Command;
use yinshu::config::{Folder, read_key};
use yinshu_audit::{Checkpoint, Record};
use yinshu_crypto::hash::Digest;
use yinshu_origin::ledger::read_defects;
use yinshu_origin::truth::{Truth, score};

fn demo(profile: &str) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let root = place.path().join("demo");
    let mut command = Command::new(env!("CARGO_BIN_EXE_yinshu"));
    command.args(["--json", "--lang", "en", "demo", "--profile", profile, "--out"]).arg(&root);
    let json = finished(&command.output().expect("the program starts")).exits(0).json();
    assert_eq!(json["perfect"], true, "{json}");

    let result = root.join("county-990100/results/batch-1");
    every_defect(&result, &root.join("data/truth.json"));
    the_folder_is_whole(&result);
    for (party, other) in [("county-990100", "hr-province"), ("hr-province", "county-990100")] {
        log_holds(&root, party, other);
    }
    the_digest_is_on_record(&root, &result);
}

fn every_defect(result: &Path, truth: &Path) {
    let truth: Truth = serde_json::from_slice(&fs::read(truth).expect("the truth")).expect("the truth");
    let defects: Vec<_> = read_defects(&result.join("defects.jsonl"))
        .expect("defects")
        .collect::<Result<_, _>>()
        .expect("defects");
    let score = score(&defects, &truth);
    assert!(score.kinds.len() >= 12, "{:?}", score.kinds.keys());
    for (kind, found) in &score.kinds {
        assert!(found.is_perfect(), "{kind:?}: precision {}, recall {}", found.precision(), found.recall());
    }
}

fn the_folder_is_whole(result: &Path) {
    for part in
        ["report.json", "report.html", "provenance.json", "batch.index", "cleaning.json", "opening.secret"]
    {
        assert!(fs::metadata(result.join(part)).is_ok_and(|m| m.len() > 0), "no {part}");
    }
    let defects = fs::read_to_string(result.join("defects.jsonl")).expect("defects").lines().count();
    assert_eq!(fs::read_dir(result.join("objections")).expect("objections").count(), defects);
    let html = fs::read_to_string(result.join("report.html")).expect("a page");
    for outside in ["src=", "href=\"http", "url(", "@import", "<script src", "<link"] {
        assert!(!html.contains(outside), "the page needs {outside}");
    }
    // Names of formats are no addresses.
    let addresses = html.replace("http://www.w3.org/2000/svg", "");
    assert!(!addresses.contains("http://") && !addresses.contains("https://"));
}

fn log_holds(root: &Path, party: &str, other: &str) {
    let folder = Folder(root.join(party));
    let key = read_key(&folder.node_key()).expect("a key").public();
    let handed = Checkpoint::load(&Folder(root.join(other)).peer_checkpoint(party)).expect("a checkpoint");
    yinshu_audit::verify(&folder.audit_log(), &key, Some(&handed)).expect("a log that holds");
    // Any one byte changed is found.
    let whole = fs::read(folder.audit_log()).expect("a log");
    let copy = root.join("changed.jsonl");
    for at in (0..whole.len()).step_by(whole.len() / 23) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&copy, changed).expect("written");
        assert!(yinshu_audit::verify(&copy, &key, Some(&handed)).is_err(), "byte {at} of {party}");
    }
}

fn the_digest_is_on_record(root: &Path, result: &Path) {
    let digest = Digest::sha256(&fs::read(result.join("report.json")).expect("a report")).to_string();
    let log = fs::read(root.join("county-990100/audit/log.jsonl")).expect("a log");
    let records: Vec<Record> =
        log.split(|b| *b == b'\n').filter_map(|line| Record::from_line(line).ok()).collect();
    let release = records.iter().find(|r| r.action == "result.release").expect("a release");
    assert!(release.content.contains(&digest), "{}", release.content);
    assert!(records.iter().any(|r| r.object.contains(&digest)), "provenance is bound to the report");
    let provenance = fs::read_to_string(result.join("provenance.json")).expect("provenance");
    assert!(provenance.contains(&digest), "{provenance}");
    let html = fs::read_to_string(result.join("report.html")).expect("a page");
    assert!(html.contains(&digest), "the page names the report it shows");
}

#[test]
fn one_per_cent_of_a_city() {
    demo("small");
}

#[test]
#[ignore = "two minutes; a bench"]
fn a_county() {
    demo("county");
}

//! `yinshu audit`: the log checked with the public key alone.

use super::Place;
use jiff::Timestamp;
use std::net::{IpAddr, Ipv4Addr};
use yinshu_audit::{Account, Amount, Charge, Entry, Log, Price, Stage, budget};
use yinshu_crypto::sign::SigningKey;

/// A node with a log of `records` records, and its public key.
fn node(place: &Place, records: u32) -> String {
    place.run(&["init", "-C", "n", "--name", "county"]).exits(0);
    let key: SigningKey = place.read("n/keys/node.key").parse().expect("a key");
    let public = key.public().to_string();
    let mut log = Log::open(&place.path("n/audit/log.jsonl"), key).expect("a log");
    for i in 0..records {
        let entry = Entry {
            user: "王一".into(),
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            object: format!("合同-{i}"),
            content: "=1+1".into(),
            action: "contract.sign".into(),
            result: "ok".into(),
            stage: Stage::Exchange,
        };
        let now = Timestamp::from_second(1_790_000_000 + i64::from(i)).expect("a time");
        log.append(&entry, now).expect("an append");
    }
    public
}

#[test]
fn a_whole_log_holds() {
    let place = Place::new();
    let key = node(&place, 5);
    let ran = place.run(&["audit", "verify", "n/audit/log.jsonl", "--key", &key]).exits(0);
    assert!(ran.out.contains("all 5 records hold"), "{}", ran.out);
    place.write("key.txt", format!("{key}\n"));
    let json =
        place.run(&["--json", "audit", "verify", "n/audit/log.jsonl", "--key", "key.txt"]).exits(0).json();
    assert_eq!(json["verified"]["records"], 5);
    let quiet = place.run(&["-q", "audit", "verify", "n/audit/log.jsonl", "--key", &key]).exits(0);
    assert!(quiet.out.is_empty() && quiet.err.is_empty());
}

#[test]
fn one_changed_byte_is_found_wherever_it_is() {
    let place = Place::new();
    let key = node(&place, 3);
    let whole = std::fs::read(place.path("n/audit/log.jsonl")).expect("the log");
    for at in [20, whole.len() / 2, whole.len() - 20] {
        let mut changed = whole.clone();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        place.write("changed.jsonl", &changed);
        let ran = place.run(&["--json", "audit", "verify", "changed.jsonl", "--key", &key]).exits(1);
        let code = ran.error()["code"].as_u64().expect("a code");
        assert!((7000..8000).contains(&code), "byte {at}: {}", ran.err);
        let zh = place.run(&["--lang=zh", "audit", "verify", "changed.jsonl", "--key", &key]).exits(1);
        assert!(zh.err.contains("条记录") && zh.err.contains("审计员"), "byte {at}: {}", zh.err);
    }
}

#[test]
fn a_tail_cut_off_is_found_against_a_checkpoint() {
    let place = Place::new();
    let key = node(&place, 4);
    place.run(&["-C", "n", "audit", "checkpoint", "--out", "kept.txt"]).exits(0);
    let log = place.read("n/audit/log.jsonl");
    let kept: String = log.lines().take(3).map(|l| format!("{l}\n")).collect();
    place.write("short.jsonl", kept);
    place.run(&["audit", "verify", "short.jsonl", "--key", &key]).exits(0);
    let ran =
        place.run(&["audit", "verify", "short.jsonl", "--key", &key, "--checkpoint", "kept.txt"]).exits(1);
    assert!(ran.err.contains("error[7201]"), "{}", ran.err);
    let whole = ["audit", "verify", "n/audit/log.jsonl", "--key", &key, "--checkpoint", "kept.txt"];
    assert!(place.run(&whole).exits(0).out.contains("checkpoint of 4 records"));
}

#[test]
fn exports_are_checked_first_and_written_whole() {
    let place = Place::new();
    let key = node(&place, 3);
    let csv = place.run(&["audit", "export", "n/audit/log.jsonl", "-C", "n", "--out", "log.csv"]).exits(0);
    assert!(csv.out.contains('3'), "{}", csv.out);
    assert_eq!(place.read("log.csv").lines().count(), 4);
    assert!(!place.read("log.csv").contains(",=1+1"), "a formula must not reach a spreadsheet");
    place
        .run(&[
            "audit",
            "export",
            "n/audit/log.jsonl",
            "--key",
            &key,
            "--format",
            "jsonl",
            "--out",
            "log.out",
        ])
        .exits(0);
    assert_eq!(place.read("log.out").lines().count(), 3);
    let broken = place.read("n/audit/log.jsonl").replace("合同-1", "合同-9");
    place.write("broken.jsonl", broken);
    let args = ["audit", "export", "broken.jsonl", "--key", &key, "--out", "broken.csv"];
    place.run(&args).exits(1);
    assert!(!place.path("broken.csv").exists(), "nothing is written of a log that breaks");
    let same = place
        .run(&["audit", "export", "n/audit/log.jsonl", "--key", &key, "--out", "n/audit/log.jsonl"])
        .exits(6);
    assert!(same.err.contains("error[1064]"), "{}", same.err);
}

#[test]
fn a_key_that_is_none_is_said_to_be_none() {
    let place = Place::new();
    place.write("log.jsonl", "");
    let ran = place.run(&["audit", "verify", "log.jsonl", "--key", "ed25519:12"]).exits(2);
    assert!(ran.err.contains("error[1034]"), "{}", ran.err);
    let missing = place.run(&["audit", "verify", "log.jsonl", "--key", "nokey.txt"]).exits(2);
    assert!(missing.err.contains("error[1034]"), "{}", missing.err);
}

#[test]
fn privacy_budgets_are_counted_from_the_log() {
    let place = Place::new();
    node(&place, 2);
    let none = place.run(&["-C", "n", "audit", "budget"]).exits(0).out;
    assert!(none.contains("privacy_budget"), "{none}");
    let config = place.read("n/yinshu.toml");
    place.write(
        "n/yinshu.toml",
        format!(
            "{config}\n[[dataset]]\ncatalogue = \"wages\"\ntitle = \"t\"\nsource_system = \"s\"\nshare = \"conditional\"\n\
             scenarios = [\"stats\"]\nparties = []\ncolumns = []\nmin_group_size = 1\nprivacy_budget = \"0.5\"\n\
             available_until = \"2099-12-31\"\n[dataset.source]\npath = \"data/table.csv\"\n"
        ),
    );
    let key: SigningKey = place.read("n/keys/node.key").parse().expect("a key");
    let mut log = Log::open(&place.path("n/audit/log.jsonl"), key).expect("a log");
    let account = Account { owner: "county".to_owned(), catalogue: "wages".to_owned() };
    let epsilon: Amount = "0.5".parse().expect("an amount");
    let price = Price::of(&[epsilon], Amount::ZERO).expect("a price");
    let (user, ip) = ("王一".to_owned(), IpAddr::V4(Ipv4Addr::LOCALHOST));
    let charge = Charge { account: &account, price, what: "a run".into(), user, ip };
    let total: Amount = "0.5".parse().expect("an amount");
    let now = Timestamp::from_second(1_790_001_000).expect("a time");
    budget::charge(&mut log, &charge, total, now).expect("enough");
    budget::charge(&mut log, &charge, total, now).expect("enough");
    drop(log);
    let json = place.run(&["--json", "-C", "n", "audit", "budget"]).exits(0).json();
    let wages = &json["budgets"][0];
    assert_eq!((&wages["catalogue"], &wages["left"]), (&"wages".into(), &"0.25".into()), "{json}");
    assert_eq!(wages["budget"]["spent"]["rho"], "0.25", "{json}");
    // All of it is purely private, and that is the least.
    assert_eq!(wages["epsilon_at_delta"], 1.0, "{json}");
    let said = place.run(&["-C", "n", "audit", "budget", "--delta", "1e-9"]).exits(0).out;
    let line = said.lines().find(|line| line.contains("wages")).expect("a line");
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(cells, ["wages", "0.5", "0.25", "0.25", "2", "1.0000"], "{said}");
    place.run(&["-C", "n", "audit", "budget", "--delta", "0"]).exits(2);
    // A log in which a charge was made less does not hold, and is not counted.
    let log = place.read("n/audit/log.jsonl");
    place.write("n/audit/log.jsonl", log.replace("0.125", "0.001"));
    assert_ne!(log, place.read("n/audit/log.jsonl"));
    let changed = place.run(&["-C", "n", "audit", "budget"]).exits(1);
    assert!(changed.out.is_empty() && !changed.err.is_empty(), "{}", changed.out);
    place.write("n/audit/log.jsonl", &log);
    place.write("n/yinshu.toml", place.read("n/yinshu.toml").replace("\"0.5\"", "0.5"));
    place.run(&["-C", "n", "audit", "budget"]).exits(2);
}

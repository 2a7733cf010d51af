//! Statistics with a fourth department, which brings rows and does not compute.

use super::people;
use super::world::{command, ran};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use yinshu_audit::Record;

const PARTIES: [&str; 4] = ["bureau", "tax", "social", "water"];
const PEOPLE: u32 = 400;
const TOWNS: [&str; 2] = ["990101", "990102"];

/// A person's department and town; the fourth has the greatest wages.
fn holder(n: u32) -> (usize, usize) {
    ((n % 4) as usize, (n / 4 % 2) as usize)
}

fn wage(n: u32) -> u32 {
    100 + n * 37 % 900 + if holder(n).0 == 3 { 1000 } else { 0 }
}

/// Daemons that end with the test.
struct Serving(Vec<Child>);

impl Drop for Serving {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // It may have ended; then there is nothing to end.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Four nodes that know each other, and a contract that all have signed.
fn agreed(dir: &Path) {
    let run = |args: &[&str]| drop(ran(dir, args).exits(0));
    let ports: Vec<TcpListener> =
        PARTIES.iter().map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    for (at, name) in PARTIES.into_iter().enumerate() {
        let listen = ports[at].local_addr().expect("an address").to_string();
        run(&["-C", name, "init", "--name", name, "--title", name, "--listen", &listen]);
        let folder = dir.join(name);
        fs::create_dir_all(folder.join("data")).expect("a folder");
        let mut table = "id,xzqh,wage\n".to_owned();
        for n in (0..PEOPLE).filter(|n| holder(*n).0 == at) {
            let _ = writeln!(table, "{},{},{}", people::id_of_many(n), TOWNS[holder(n).1], wage(n));
        }
        fs::write(folder.join("data/table.csv"), table).expect("a table");
        let others: Vec<&str> = PARTIES.into_iter().filter(|other| *other != name).collect();
        let mut text = fs::read_to_string(folder.join("yinshu.toml")).expect("a configuration");
        let _ = write!(
            text,
            "\n[[dataset]]\ncatalogue = \"R-1\"\ntitle = \"t\"\nsource_system = \"s\"\nshare = \"conditional\"\n\
             scenarios = [\"stats\"]\nparties = {others:?}\ncolumns = [\"id\", \"xzqh\", \"wage\"]\n\
             min_group_size = 1\navailable_until = \"2099-12-31\"\n[dataset.source]\npath = \"data/table.csv\"\n"
        );
        fs::write(folder.join("yinshu.toml"), text).expect("a configuration");
    }
    for (name, other) in PARTIES.iter().flat_map(|a| PARTIES.iter().map(move |b| (a, b))) {
        if name != other {
            run(&["-C", name, "peer", "add", &format!("{other}/card.toml")]);
        }
    }
    let args =
        ["-C", "bureau", "contract", "new", "--from", "stats", "--role", "recipient", "--catalogue", "R-1"];
    run(&[&args[..], &["--peer", "tax,social,water", "--test-region", "--out", "c.toml"]].concat());
    let text = fs::read_to_string(dir.join("c.toml")).expect("a contract");
    assert!(text.contains("outside = [\"water\"]"), "{text}");
    let (head, tail) = text.split_once("[[stats.group_by]]\nage_on").expect("two cuts");
    let measure = tail.split_once("[[stats.measure]]").expect("a measure").1;
    let text = format!("{head}[[stats.measure]]{measure}")
        .replace("\"990101\", \"990102\", \"990104\", \"990105\", \"990106\"", "\"990101\", \"990102\"")
        .replace("security = \"semi-honest\"", "security = \"malicious\"")
        .replace("# dominance_percent = 80", "dominance_percent = 80");
    fs::write(dir.join("c.toml"), text).expect("written");
    for name in PARTIES {
        run(&["-C", name, "contract", "sign", "c.toml"]);
    }
    for name in PARTIES {
        fs::copy(dir.join("c.toml"), dir.join(name).join("contracts/c.toml")).expect("a copy");
    }
}

#[test]
fn a_department_that_does_not_compute_counts_too() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    agreed(dir.path());
    let mut serving = Serving(Vec::new());
    for name in &PARTIES[1..] {
        let mut child = command(dir.path(), &["-C", name, "node"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it was piped")).read_line(&mut line).expect("a line");
        serving.0.push(child);
    }
    let run = ["--json", "-C", "bureau", "stats", "run", "--contract", "bureau/contracts/c.toml"];
    let done =
        ran(dir.path(), &[&run[..], &["--input", "bureau/data/table.csv", "--out", "out.json"]].concat());
    done.exits(0);
    let found = fs::read_to_string(dir.path().join("out.json")).expect("a result");
    let found: Value = serde_json::from_str(&found).expect("JSON");
    let lines = found["table"].as_array().expect("lines");
    assert_eq!(lines.len(), 3, "two towns and both together");
    for (at, line) in lines.iter().enumerate() {
        let all = (0..PEOPLE).filter(|&n| at == 2 || holder(n).1 == at);
        assert_eq!(line["count"], all.clone().count(), "{line}");
        let sum = format!("{}.00", all.map(wage).sum::<u32>());
        assert_eq!(line["figures"]["wage.sum"], sum, "{line}");
    }
    let log = fs::read(dir.path().join("water/audit/log.jsonl")).expect("a log");
    let log: Vec<Record> =
        log.split(|byte| *byte == b'\n').filter_map(|line| Record::from_line(line).ok()).collect();
    let done = |action: &str| log.iter().any(|r| r.action == action && r.result.starts_with("ok"));
    assert!(done("session.ask"), "that it gave is on record there");
    assert!(!done("result.release"), "and it learns nothing of the result");
}

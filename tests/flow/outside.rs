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
fn agreed(dir: &Path, change: impl Fn(String) -> String) {
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
             min_group_size = 1\nprivacy_budget = \"0.6\"\navailable_until = \"2099-12-31\"\n[dataset.source]\npath = \"data/table.csv\"\n\
             encoding = \"utf-8\"\n"
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
        .replace("security = \"semi-honest\"", "security = \"malicious\"");
    fs::write(dir.join("c.toml"), change(text)).expect("written");
    for name in PARTIES {
        run(&["-C", name, "contract", "sign", "c.toml"]);
    }
    for name in PARTIES {
        fs::copy(dir.join("c.toml"), dir.join(name).join("contracts/c.toml")).expect("a copy");
    }
}

/// The daemons of all but the recipient.
fn serve(dir: &Path) -> Serving {
    let mut serving = Serving(Vec::new());
    for name in &PARTIES[1..] {
        let mut child = command(dir, &["-C", name, "node"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it was piped")).read_line(&mut line).expect("a line");
        serving.0.push(child);
    }
    serving
}

/// Runs, and what is written.
fn computed(dir: &Path) -> Value {
    let run = ["--json", "-C", "bureau", "stats", "run", "--contract", "bureau/contracts/c.toml"];
    ran(dir, &[&run[..], &["--input", "bureau/data/table.csv", "--out", "out.json"]].concat()).exits(0);
    let found = fs::read_to_string(dir.join("out.json")).expect("a result");
    serde_json::from_str(&found).expect("JSON")
}

/// What the fourth's log says was done.
fn log(dir: &Path) -> Vec<Record> {
    let log = fs::read(dir.join("water/audit/log.jsonl")).expect("a log");
    log.split(|byte| *byte == b'\n').filter_map(|line| Record::from_line(line).ok()).collect()
}

/// Whether something was done, and ended well.
fn done(log: &[Record], action: &str) -> bool {
    log.iter().any(|r| r.action == action && r.result.starts_with("ok"))
}

#[test]
fn a_department_that_does_not_compute_counts_too() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    agreed(dir.path(), |text| text.replace("# dominance_percent = 80", "dominance_percent = 80"));
    let _serving = serve(dir.path());
    let found = computed(dir.path());
    let lines = found["table"].as_array().expect("lines");
    assert_eq!(lines.len(), 3, "two towns and both together");
    for (at, line) in lines.iter().enumerate() {
        let all = (0..PEOPLE).filter(|&n| at == 2 || holder(n).1 == at);
        assert_eq!(line["count"], all.clone().count(), "{line}");
        let sum = format!("{}.00", all.map(wage).sum::<u32>());
        assert_eq!(line["figures"]["wage.sum"], sum, "{line}");
    }
    let log = log(dir.path());
    assert!(done(&log, "session.ask"), "that it gave is on record there");
    assert!(!done(&log, "result.release"), "and it learns nothing of the result");
    assert!(!done(&log, "budget.charge"), "nothing is charged without noise");
}

#[test]
fn a_department_that_does_not_compute_pays_for_noise_before_it_shares() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    // As the template has it, without the signs of a comment.
    agreed(dir.path(), |text| {
        let noise = ["[stats.noise]", "epsilon = \"1\"", "weights = {"];
        let text = text.replace("unusable = \"refuse\"", "unusable = \"leave-out\"");
        noise.iter().fold(text, |text, line| {
            assert!(text.contains(&format!("# {line}")), "{line}: {text}");
            text.replace(&format!("# {line}"), line)
        })
    });
    let _serving = serve(dir.path());
    let found = computed(dir.path());
    let lines = found["table"].as_array().expect("lines");
    for (at, line) in lines.iter().enumerate() {
        let truth = (0..PEOPLE).filter(|&n| at == 2 || holder(n).1 == at).count() as f64;
        let width: f64 = line["half_widths"]["count"].as_str().expect("text").parse().expect("a number");
        let off = line["count"].as_f64().expect("a number") - truth;
        assert!(off.abs() <= 10.0 * width && width < 30.0, "{line}");
        assert_eq!(line["protection"], "noised");
    }
    // A third of ε 1 for counts, two thirds for sums, each rounded down; half of the squares.
    assert_eq!(found["noise"]["price"]["rho"], "0.277777777222222223", "{found}");
    let log = log(dir.path());
    let at = |action: &str| log.iter().position(|r| r.action == action && r.result == "ok").expect(action);
    assert!(at("session.ask") < at("budget.charge") && at("budget.charge") < at("session.answer"));
    assert!(!done(&log, "result.release"), "it learns nothing of the result");
}

//! A cluster of processes on this machine: the same set as in one process, whoever dies on the way.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use yinshu_data::prepared::Prepared;
use yinshu_data::{ColumnKind, ColumnSpec, TableSpec};

/// Killed when dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yinshu-joint"));
    command.args(["--json", "--lang", "en"]).args(args);
    command
}

/// Starts a part of a cluster, and waits until it says where it listens.
fn start(args: &[&str]) -> (Process, String) {
    let mut child = command(args).stdout(Stdio::piped()).spawn().expect("as the test set it up");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("as the test set it up"))
        .read_line(&mut line)
        .expect("as the test set it up");
    let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{args:?} said {line:?}"));
    (Process(child), told["listening"].as_str().expect("as the test set it up").to_owned())
}

struct Cluster {
    folder: TempDir,
    place: String,
    executors: Vec<Process>,
    _scheduler: Process,
}

impl Cluster {
    fn new(executors: usize) -> Self {
        let folder = tempfile::tempdir().expect("as the test set it up");
        let (scheduler, place) = start(&["scheduler", "--listen", "127.0.0.1:0", "--patience", "4"]);
        let work = folder.path().join("work").display().to_string();
        let executor = |_| start(&["executor", "--scheduler", &place, "--cores", "1", "--work", &work]).0;
        Self { executors: (0..executors).map(executor).collect(), folder, place, _scheduler: scheduler }
    }

    fn tables(&self, files: u32, rows: u32) -> PathBuf {
        let tables = self.folder.path().join("tables");
        fs::create_dir(&tables).expect("as the test set it up");
        for file in 0..files {
            // Each file shares half of its keys with the next.
            let keys = (0..rows).map(|row| format!("K{:08}\n", file * rows / 2 + row));
            fs::write(tables.join(format!("{file:02}.csv")), format!("key\n{}", keys.collect::<String>()))
                .expect("as the test set it up");
        }
        tables
    }

    fn prepare(&self, tables: &Path, out: &str, on_cluster: bool) -> Command {
        let (tables, out) =
            (tables.display().to_string(), self.folder.path().join(out).display().to_string());
        let args = ["prepare", "--input", &tables, "--column", "key", "--kind", "code", "--parts", "6"];
        let mut command = command(&args);
        command.args(["--out", &out]);
        if on_cluster {
            command.args(["--cluster", &format!("df://{}", self.place)]);
        }
        command
    }

    fn keys(&self, out: &str) -> BTreeSet<String> {
        let rules = TableSpec::new(vec![ColumnSpec::new("key", ColumnKind::Code).required()]);
        let mut set =
            Prepared::open(&self.folder.path().join(out), &rules, "key").expect("as the test set it up");
        let mut keys = BTreeSet::new();
        while let Some(batch) = set.next_batch().expect("as the test set it up") {
            let column = batch.batch.column(0);
            let column = datafusion::arrow::array::AsArray::as_string::<i32>(column);
            for key in column.iter().flatten() {
                assert!(keys.insert(key.to_owned()), "{key} stands twice");
            }
        }
        keys
    }
}

/// What a command that succeeded told.
#[track_caller]
fn told(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).expect("as the test set it up")
}

#[track_caller]
fn fails(output: &Output, exit: i32, code: u16) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{errors}");
    let last = errors.lines().last().unwrap_or_default();
    let told: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{errors}"));
    assert_eq!(told["error"]["code"], code, "{told}");
    assert!(told["error"]["try"].is_string(), "{told}");
    told
}

#[test]
fn a_cluster_prepares_the_same_set() {
    let cluster = Cluster::new(2);
    let tables = cluster.tables(5, 400);
    fs::write(tables.join("last.csv"), "key\n k1 \nＫ２\n\nK1\n").expect("as the test set it up");
    let here = told(&cluster.prepare(&tables, "here", false).output().expect("as the test set it up"));
    let there = told(&cluster.prepare(&tables, "there", true).output().expect("as the test set it up"));
    assert_eq!((&here["keys"], &here["cleaning"]), (&there["keys"], &there["cleaning"]), "{here} {there}");
    assert_eq!(
        (&here["rows"], &here["rejected"], &here["tables"]),
        (&2003.into(), &0.into(), &6.into()),
        "{here}"
    );
    assert_eq!(cluster.keys("here"), cluster.keys("there"));
    assert_eq!(cluster.keys("here").len(), 400 + 4 * 200 + 2);
    let unfinished = cluster.folder.path().join("there/unfinished");
    assert!(!unfinished.exists(), "nothing else is left");

    // A table that cannot be used keeps its code over the cluster.
    fs::write(tables.join("03.csv"), "other\nK1\n").expect("as the test set it up");
    fails(&cluster.prepare(&tables, "bad", true).output().expect("as the test set it up"), 3, 2101);
    assert_eq!(fs::read_dir(cluster.folder.path().join("bad")).expect("as the test set it up").count(), 0);
}

#[test]
fn what_a_dead_executor_was_doing_is_done_by_another() {
    let mut cluster = Cluster::new(2);
    let tables = cluster.tables(12, 40_000);
    let mut running = cluster
        .prepare(&tables, "out", true)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("as the test set it up");
    // Amid the reading: some tables are read, and not all.
    let unfinished = cluster.folder.path().join("out/unfinished");
    let begun = Instant::now();
    let read = || {
        let names = fs::read_dir(&unfinished).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().starts_with("table-")).count()
    };
    while read() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is read");
        assert!(
            running.try_wait().expect("as the test set it up").is_none(),
            "it ended before anybody was killed"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    let seen = read();
    cluster.executors.pop();
    let output = running.wait_with_output().expect("as the test set it up");
    assert!(seen < 12, "all {seen} tables were read before the kill: give the test more rows");
    assert_eq!(told(&output)["keys"], 40_000 + 11 * 20_000);
    assert_eq!(cluster.keys("out").len(), 40_000 + 11 * 20_000);

    // With nobody left the run ends, and says so.
    cluster.executors.clear();
    let begun = Instant::now();
    let failed =
        fails(&cluster.prepare(&tables, "alone", true).output().expect("as the test set it up"), 4, 9011);
    assert!(begun.elapsed() < Duration::from_secs(60), "{failed}");
}

#[test]
fn a_scheduler_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("as the test set it up");
    let (table, out) = (folder.path().join("a.csv"), folder.path().join("out"));
    fs::write(&table, "key\nK1\n").expect("as the test set it up");
    let (table, out) = (table.display().to_string(), out.display().to_string());
    let args = ["prepare", "--input", &table, "--column", "key", "--kind", "code", "--out", &out];
    let nobody = ["--cluster", "127.0.0.1:1"];
    let told =
        fails(&command(&[&args[..], &nobody].concat()).output().expect("as the test set it up"), 4, 9010);
    assert!(told["error"]["message"].as_str().is_some_and(|text| text.contains("127.0.0.1:1")), "{told}");
    fails(&command(&["prepare"]).output().expect("as the test set it up"), 2, 9001);
}

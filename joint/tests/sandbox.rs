//! Questions to a sandbox on a cluster of processes on this machine: the same answers, the same history and the same sums for noise
//! as by the embedded engine, whoever dies or lies on the way.
//!
//! This program is worker, courier and executor's program at once, as `yinshu-sandbox` is: it is called again for each.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test")]

use rand::SeedableRng as _;
use serde_json::Value;
use std::future::Future;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use yinshu_sandbox::answer::Answer;
use yinshu_sandbox::approval::{self, approvers};
use yinshu_sandbox::dataset::Dataset;
use yinshu_sandbox::demo::county;
use yinshu_sandbox::engine::register;
use yinshu_sandbox::error::SandboxError;
use yinshu_sandbox::program::approved;
use yinshu_sandbox::room::Room;
use yinshu_sandbox::session::{ask, submit};
use yinshu_sandbox::worker;

const JOINT: &str = env!("CARGO_BIN_EXE_yinshu-joint");

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/questions.md");

/// Into how many parts questions are divided: more than there are executors.
const PARTS: usize = 5;

/// A policy with noise over residents and their visits.
const NOISE: &str = r#"
    [policy]
    name = "noise"
    dataset = "county"
    purpose = "民生保障政策评估"
    users = ["li"]
    expires = "2099-12-31"
    mode = "dp"
    [dp]
    budget = "0.5"
    price = "0.02"
    [[grant]]
    table = "residents"
    columns = { id = "join-key", town = ["group-key", "compare"], insured = ["compare", "aggregate"] }
    [[grant]]
    table = "visits"
    columns = { patient = "join-key", cost = "aggregate" }
"#;

type Case = (&'static str, fn() -> Pin<Box<dyn Future<Output = ()>>>);

/// Runs the cases whose names have a word in them that was typed, or all.
fn main() -> ExitCode {
    if let Some(ended) = worker::called() {
        return ended;
    }
    let cases: [Case; 4] = [
        ("a_cluster_answers_as_one_machine_does", || Box::pin(a_cluster_answers_as_one_machine_does())),
        ("what_a_dead_executor_was_doing", || Box::pin(what_a_dead_executor_was_doing_is_done_by_another())),
        ("a_lie_is_held_against_the_question", || Box::pin(a_lie_is_held_against_the_question())),
        ("a_cluster_that_is_not_there_has_a_code", || Box::pin(a_cluster_that_is_not_there_has_a_code())),
    ];
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if std::env::args().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    for (name, case) in cases {
        if words.is_empty() || words.iter().any(|word| name.contains(&**word)) {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            let began = Instant::now();
            runtime.block_on(case());
            println!("test {name} ... ok ({:.1} s)", began.elapsed().as_secs_f64());
        }
    }
    ExitCode::SUCCESS
}

/// Killed when dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a part of a cluster, and waits until it says where it listens.
fn start(args: &[&str]) -> (Process, String) {
    let mut command = Command::new(JOINT);
    let mut child =
        command.args(["--json", "--lang", "en"]).args(args).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{args:?} said {line:?}"));
    (Process(child), told["listening"].as_str().unwrap().to_owned())
}

struct Cluster {
    folder: TempDir,
    place: String,
    executors: Vec<Process>,
    _scheduler: Process,
}

impl Cluster {
    /// Whose scheduler takes an executor for dead after so many seconds of silence.
    fn new(patience: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (scheduler, place) = start(&["scheduler", "--listen", "127.0.0.1:0", "--patience", patience]);
        Self { folder, place, executors: Vec::new(), _scheduler: scheduler }
    }

    /// With one more executor, whose parts this program does.
    fn executor(&mut self, program: &Path) {
        let work = self.folder.path().join("work").display().to_string();
        let program = program.display().to_string();
        let args = ["--scheduler", &self.place, "--cores", "1", "--work", &work, "--sandbox", &program];
        self.executors.push(start(&[&["executor"], &args[..]].concat()).0);
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A script that is a program.
    fn script(&self, name: &str, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.file(name);
        let place = self.folder.path().display();
        std::fs::write(&path, format!("#!/bin/sh\nplace={place}\nself={}\n{script}\n", own().display()))
            .unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    /// A room whose questions run on it, and keeps what its own worker says last.
    async fn room(&self, name: &str) -> Room {
        let settings = format!(
            "engine = \"ballista\"\n[cluster]\nscheduler = \"{}\"\nparts = {PARTS}\nprogram = \"{JOINT}\"\n",
            self.place
        );
        self.settled(name, &settings).await
    }

    /// A room with these settings: its key, its secrets and its tables are those of every other here.
    async fn settled(&self, name: &str, settings: &str) -> Room {
        let folder = self.file(name);
        county::write(&folder_made(&folder), 1500, 1).unwrap();
        let path = folder.join("county.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let budget = "catalogue = \"DEMO-2026-01\"\nprivacy_budget = \"1\"";
        std::fs::write(&path, text.replace("catalogue = \"DEMO-2026-01\"", budget)).unwrap();
        let dataset = Dataset::read(&path).unwrap();
        let root = folder.join("room");
        Room::make(&root, &mut rand_chacha::ChaCha20Rng::seed_from_u64(1)).unwrap();
        std::fs::write(root.join("room.toml"), settings).unwrap();
        let reply =
            format!("[ \"$1\" = worker ] || exec $self \"$@\"\n$self worker | tee $place/{name}-reply");
        let program = self.script(&format!("{name}-worker"), &reply);
        let room = Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
        let room = room.with_worker(&program);
        register(&dataset, room.root(), room.secret().unwrap()).await.unwrap();
        room.describe(&dataset).unwrap();
        // Time enough where the machine does much else.
        let patient = county::POLICY.replace("[limits]\n", "[limits]\nseconds = 300\n");
        let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(2);
        let (holder, _) = approvers::first(&room, "holder", &mut dice).unwrap();
        for text in [&*patient, NOISE] {
            approval::approve(&room, text, &holder).unwrap();
        }
        let (policy, dataset) = room.policy("livelihood").unwrap();
        approved::add(&room, "li", (&policy, &dataset), county::NEED, county::MANIFEST).unwrap();
        let digest = approved::of(&room, "livelihood", "need").unwrap().approval.component;
        approved::approve(&room, &holder, &policy, ("need", &digest)).unwrap();
        room
    }

    /// What the worker of a room said last. It is passed on before it is kept.
    fn reply(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.file(&format!("{name}-reply"))).unwrap()
    }
}

fn folder_made(path: &Path) -> PathBuf {
    std::fs::create_dir(path).unwrap();
    path.to_owned()
}

fn own() -> PathBuf {
    std::env::current_exe().unwrap()
}

async fn asked(room: &Room, sql: &str) -> Result<Answer, SandboxError> {
    ask(room, "livelihood", "li", sql).await
}

/// What the operator sees of how the last question ended.
fn reason(room: &Room) -> String {
    let log = std::fs::read_to_string(room.root().join("audit/log.jsonl")).unwrap();
    let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    let content: Value = serde_json::from_str(last["content"].as_str().unwrap()).unwrap();
    content["reason"].as_str().unwrap_or_else(|| panic!("{last}")).to_owned()
}

async fn a_cluster_answers_as_one_machine_does() {
    let mut cluster = Cluster::new("60");
    cluster.executor(&own());
    cluster.executor(&own());
    let (here, there) = (cluster.settled("here", "").await, cluster.room("there").await);
    let page = std::fs::read_to_string(PAGE).unwrap();
    let questions: Vec<&str> =
        page.split("```sql\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
    // One table and two, conditions, texts, dates, quantiles, variances, what is missing; some are refused, too.
    let mut answered = 0;
    for sql in questions.into_iter().step_by(4) {
        let (one, other) = (asked(&here, sql).await, asked(&there, sql).await);
        assert_eq!(one, other, "{sql}");
        answered += usize::from(one.is_ok_and(|answer| !answer.rows.is_empty()));
    }
    assert!(answered >= 12, "{answered} questions are answered");
    // Where a program scores rows, too, person by person.
    let scored = "SELECT need, COUNT(*), SUM(insured) FROM residents GROUP BY need";
    let one = submit(&here, ("livelihood", "li"), "need", scored, None).await.unwrap();
    assert!(one.rows.len() > 5);
    assert_eq!(submit(&there, ("livelihood", "li"), "need", scored, None).await.as_ref(), Ok(&one));
    let history = |room: &Room| std::fs::read(room.root().join("data/county/released")).unwrap();
    assert_eq!(history(&here), history(&there));
    // With noise what it is put on is the same, byte by byte, and depends on a secret of the room.
    let noisy = [
        "SELECT town, COUNT(*), SUM(insured) FROM residents GROUP BY town",
        "SELECT r.town, COUNT(*), SUM(v.cost) FROM residents r JOIN visits v ON r.id = v.patient GROUP BY r.town",
    ];
    for sql in noisy {
        for room in [&here, &there] {
            assert!(!ask(room, "noise", "li", sql).await.unwrap().rows.is_empty(), "{sql}");
        }
        let began = Instant::now();
        while cluster.reply("here") != cluster.reply("there") {
            assert!(began.elapsed() < Duration::from_secs(10), "{sql}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(cluster.reply("here").len() > 100);
    }
    // Folders of workers are gone.
    let left = std::fs::read_dir(there.root().join("work")).unwrap();
    assert_eq!(left.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count(), 0);
}

async fn what_a_dead_executor_was_doing_is_done_by_another() {
    let sql = "SELECT town, COUNT(*), SUM(wage) FROM residents GROUP BY town";
    let mut cluster = Cluster::new("6");
    let hangs = cluster.script("hangs", ": > $place/begun\nexec sleep 20");
    cluster.executor(&hangs);
    cluster.executor(&own());
    let (here, there) = (cluster.settled("here", "").await, cluster.room("there").await);
    let expected = asked(&here, sql).await.unwrap();
    let question = tokio::spawn(async move { (asked(&there, sql).await, there) });
    let began = Instant::now();
    while !cluster.file("begun").exists() {
        assert!(began.elapsed() < Duration::from_secs(30), "it was given nothing to do");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(cluster.executors.remove(0));
    let (answer, there) = question.await.unwrap();
    assert_eq!(answer, Ok(expected));
    // With nobody left it ends, in the words for whatever ends a question.
    cluster.executors.clear();
    let error = asked(&there, "SELECT sex, COUNT(*) FROM residents GROUP BY sex").await.unwrap_err();
    assert_eq!(error.code(), 9723);
    assert!(!reason(&there).is_empty());
}

async fn a_lie_is_held_against_the_question() {
    let mut cluster = Cluster::new("60");
    let lies = "case $(cat $place/lie) in\n\
        swap) exec $self task 0 \"$3\" ;;\n\
        noise) head -c 5000 /dev/urandom ;;\n\
        nothing) ;;\n\
        half) $self task \"$2\" \"$3\" | head -c 100 ;;\n\
        replay) cat $place/part-$2 ;;\n\
        fail) echo 'a table of secrets' >&2; exit 1 ;;\n\
        *) $self task \"$2\" \"$3\" | tee $place/part-$2 ;;\nesac";
    let program = cluster.script("executor", lies);
    cluster.executor(&program);
    cluster.executor(&program);
    let room = cluster.room("there").await;
    let lie = |how: &str| std::fs::write(cluster.file("lie"), how).unwrap();
    // The same groups and as many figures, of values that are far larger.
    let (wages, ages) = (
        "SELECT sex, SUM(wage) FROM residents GROUP BY sex",
        "SELECT sex, SUM(age) FROM residents GROUP BY sex",
    );
    lie("none");
    assert!(asked(&room, wages).await.is_ok());
    let mut told = Vec::new();
    let cases = [
        ("swap", "other persons"),
        ("noise", ""),
        ("nothing", "nothing came of part"),
        ("half", ""),
        ("replay", "bounds"),
        ("fail", "a table of secrets"),
    ];
    for (how, known) in cases {
        lie(how);
        let error = asked(&room, ages).await.unwrap_err();
        assert_eq!(error.code(), 9723, "{how}");
        assert!(reason(&room).contains(known), "{how}: {}", reason(&room));
        told.push((error.to_string(), serde_json::to_string(&error).unwrap()));
    }
    // Nothing that a lie says or leads to is seen by whoever asked.
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    lie("none");
    assert!(asked(&room, ages).await.is_ok());
}

async fn a_cluster_that_is_not_there_has_a_code() {
    let sql = "SELECT sex, COUNT(*) FROM residents GROUP BY sex";
    let mut cluster = Cluster::new("6");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = |scheduler: &str, program: &str| {
        format!(
            "engine = \"ballista\"\n[cluster]\nscheduler = \"{scheduler}\"\nparts = 3\nprogram = \"{program}\"\n"
        )
    };
    let room = cluster.settled("away", &settings(&free.to_string(), JOINT)).await;
    let error = asked(&room, sql).await.unwrap_err();
    assert_eq!(error.code(), 9724);
    assert!(reason(&room).contains(&free.to_string()) && !error.to_string().contains(&free.to_string()));
    // Without the program that speaks with it nothing is called.
    let none = cluster.settled("none", &settings(&cluster.place, "/nowhere/yinshu-joint")).await;
    assert_eq!(asked(&none, sql).await.unwrap_err().code(), 9761);
    // Executors that were not started for it do none of it; one that was does all of it.
    let (place, work) = (cluster.place.clone(), cluster.file("work").display().to_string());
    let plain = start(&["executor", "--scheduler", &place, "--cores", "1", "--work", &work]).0;
    let room = cluster.room("there").await;
    assert_eq!(asked(&room, sql).await.unwrap_err().code(), 9723);
    assert!(reason(&room).contains("--sandbox"), "{}", reason(&room));
    drop(plain);
    cluster.executor(&own());
    // The one that is gone may be counted on for a while.
    let began = Instant::now();
    while asked(&room, sql).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", reason(&room));
    }
}

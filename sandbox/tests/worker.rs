//! Questions in a worker that is a process of its own: how it starts, what it says, and every way in which it ends.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use rand::SeedableRng as _;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use yinshu_sandbox::answer::{Answer, Field};
use yinshu_sandbox::approval::{self, Signer, approvers, signer};
use yinshu_sandbox::dataset::Dataset;
use yinshu_sandbox::demo::county;
use yinshu_sandbox::engine::register;
use yinshu_sandbox::error::SandboxError;
use yinshu_sandbox::policy::Policy;
use yinshu_sandbox::room::Room;
use yinshu_sandbox::session::ask;

const PROGRAM: &str = env!("CARGO_BIN_EXE_yinshu-sandbox");

const DATASET: &str = r#"
    [dataset]
    name = "pay"
    title = "工资"
    owner = "990100"
    catalogue = "GZ-1"
    privacy_budget = "1"
    [[table]]
    name = "people"
    source = { path = "people.csv", encoding = "utf-8", delimiter = ",", header_row = 1 }
    entity = "id"
    single = true
    columns = [
      { name = "id", kind = "code" },
      { name = "town", kind = "text", values = ["east", "west"] },
      { name = "wage", kind = "integer", min = 0, max = 100000 },
    ]
    [[table]]
    name = "homes"
    source = { path = "homes.csv", encoding = "utf-8", delimiter = ",", header_row = 1 }
    entity = "owner"
    columns = [{ name = "owner", kind = "code" }, { name = "area", kind = "integer", min = 0, max = 1000 }]
    [[join]]
    left = "people.id"
    right = "homes.owner"
"#;

const POLICY: &str = r#"
    [policy]
    name = "study"
    dataset = "pay"
    purpose = "研究"
    users = ["li"]
    expires = "2099-12-31"
    [limits]
    seconds = SECONDS
    memory_mib = MEMORY
    [[grant]]
    table = "people"
    columns = { id = "join-key", town = ["group-key", "compare"], wage = ["aggregate", "compare"] }
    [[grant]]
    table = "homes"
    columns = { owner = "join-key", area = ["aggregate", "compare"] }
"#;

const BY_TOWN: &str = "SELECT town, COUNT(*), SUM(wage) FROM people GROUP BY town";
const JOINED: &str =
    "SELECT town, COUNT(*), SUM(area) FROM people JOIN homes ON id = owner WHERE area > 10 GROUP BY town";

/// A room with a registered data set.
struct World {
    folder: tempfile::TempDir,
    room: Room,
}

/// Has a policy signed and put in force.
fn approve(room: &Room, policy: &str) {
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(2);
    let there = signer::read(&signer::place(room.root(), "holder"));
    let holder = match there {
        Ok(key) => Signer::of(room, "holder", key),
        Err(_) => approvers::first(room, "holder", &mut dice).map(|(holder, _)| holder),
    };
    approval::approve(room, policy, &holder.unwrap()).unwrap();
}

impl World {
    async fn new(seconds: u64, memory_mib: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut people = "id,town,wage\n".to_owned();
        let mut homes = "owner,area\n".to_owned();
        for n in 0..2000 {
            writeln!(people, "P{n},{},{}", ["east", "west"][n % 2], n * 7 % 5000).unwrap();
            writeln!(homes, "P{n},{}\nP{n},{}", n % 90, n % 70).unwrap();
        }
        for (name, text) in [("people.csv", &*people), ("homes.csv", &*homes), ("dataset.toml", DATASET)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let root = folder.path().join("room");
        Room::make(&root, &mut rand_chacha::ChaCha20Rng::seed_from_u64(1)).unwrap();
        let clock = || "2026-11-22T00:00:00Z".parse().unwrap();
        let room = Room::open(&root, clock).unwrap().with_worker(Path::new(PROGRAM));
        let dataset = Dataset::read(&folder.path().join("dataset.toml")).unwrap();
        register(&dataset, room.root(), room.secret().unwrap()).await.unwrap();
        room.describe(&dataset).unwrap();
        let policy = POLICY.replace("SECONDS", &seconds.to_string());
        let policy = policy.replace("MEMORY", &memory_mib.to_string());
        Policy::parse(&policy).unwrap().check(&dataset).unwrap();
        approve(&room, &policy);
        let noisy = policy.replace("name = \"study\"", "name = \"noisy\"\n    mode = \"dp\"");
        Policy::parse(&noisy).unwrap().check(&dataset).unwrap();
        approve(&room, &noisy);
        Self { folder, room }
    }

    /// The same, with a script in place of the worker.
    fn with_script(&self, script: &str) -> Room {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.file("script");
        std::fs::write(&path, format!("#!/bin/sh\ncd {}\n{script}\n", self.folder.path().display())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        self.room.clone().with_worker(&path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the operator sees of how the last question ended.
    fn reason(&self) -> String {
        let log = std::fs::read_to_string(self.room.root().join("audit/log.jsonl")).unwrap();
        let last: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!(last["result"], "failed");
        let content: serde_json::Value = serde_json::from_str(last["content"].as_str().unwrap()).unwrap();
        content["reason"].as_str().unwrap().to_owned()
    }

    /// Folders of workers that are left.
    fn left(&self) -> usize {
        let all = std::fs::read_dir(self.room.root().join("work")).unwrap();
        all.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count()
    }
}

async fn asked(room: &Room, sql: &str) -> Result<Answer, SandboxError> {
    ask(room, "study", "li", sql).await
}

fn numbers(answer: &Answer, column: usize) -> Vec<f64> {
    let number = |row: &Vec<Field>| match &row[column] {
        Field::Number(number) => *number,
        other => panic!("{other:?}"),
    };
    answer.rows.iter().map(number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered_by_workers_one_after_another_and_at_once() {
    let world = World::new(60, 256).await;
    let wages = |odd: usize| (0..2000).filter(|n| n % 2 == odd).map(|n| (n * 7 % 5000) as f64).sum::<f64>();
    let first = asked(&world.room, BY_TOWN).await.unwrap();
    assert_eq!(numbers(&first, 1), [1000.0, 1000.0]);
    assert_eq!(numbers(&first, 2), [wages(0), wages(1)]);
    let (again, joined) = tokio::join!(asked(&world.room, BY_TOWN), asked(&world.room, JOINED));
    assert_eq!(again.unwrap(), first);
    let homes = |odd: usize| (0..2000usize).filter(move |n| n % 2 == odd).flat_map(|n| [n % 90, n % 70]);
    let large = |odd: usize| homes(odd).filter(|area| *area > 10).sum::<usize>() as f64;
    assert_eq!(numbers(&joined.unwrap(), 2), [large(0), large(1)]);
    assert_eq!(world.left(), 0);
}

/// Under differential privacy, too, and what a worker is told of it is no secret of the room.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_adds_up_what_noise_is_put_on() {
    let world = World::new(20, 256).await;
    let room = world.with_script(&format!("tee job | {PROGRAM} worker | tee reply"));
    let sql = "SELECT town, COUNT(*) FROM people JOIN homes ON id = owner GROUP BY town";
    let answer = ask(&room, "noisy", "li", sql).await.unwrap();
    // Of each person one row counts; the deviation of the noise is about 7.
    let counts = numbers(&answer, 1);
    assert!(counts.len() == 2 && counts.iter().all(|count| (count - 1000.0).abs() < 100.0), "{counts:?}");
    let job = String::from_utf8_lossy(&std::fs::read(world.file("job")).unwrap()).into_owned();
    let secret = std::fs::read_to_string(room.root().join("secret")).unwrap();
    let numbers = format!("{:?}", room.secret().unwrap()).replace(' ', "");
    assert!(job.contains("\"salt\":[") && !job.contains(&numbers) && !job.contains(secret.trim()));
    // One person too many in a group: more than all of them.
    let mut reply = std::fs::read(world.file("reply")).unwrap();
    let last = reply.len() - 16;
    reply[last..].copy_from_slice(&2001i128.to_le_bytes());
    std::fs::write(world.file("reply"), &reply).unwrap();
    let error = ask(&world.with_script("cat reply"), "noisy", "li", sql).await.unwrap_err();
    assert_eq!(error.code(), 9723);
    assert!(world.reason().contains("bounds"), "{}", world.reason());
    reply[last..].copy_from_slice(&2000i128.to_le_bytes());
    std::fs::write(world.file("reply"), &reply).unwrap();
    assert!(ask(&world.with_script("cat reply"), "noisy", "li", sql).await.is_ok());
}

/// What each of these does is told in one code and in the same words; what it was stands in the log.
#[tokio::test(flavor = "multi_thread")]
async fn however_a_worker_ends_whoever_asked_is_told_the_same() {
    let world = World::new(2, 256).await;
    let ends = [
        ("exec sleep 600", "the time was up"),
        ("exit 3", "exit status: 3"),
        ("echo broken >&2; exit 0", "broken"),
        ("kill -SEGV $$", "signal: 11"),
        ("kill -SYS $$", "signal: 31"),
        ("kill -KILL $$", "signal: 9"),
        ("printf '\\001\\000\\000\\000S\\004\\000\\000\\000Fbad'", "bad"),
        ("printf '\\001\\000\\000\\000S\\001\\000\\000\\000X'", "neither"),
        ("printf '\\001\\000\\000\\000S\\004\\000\\000\\000Obad'", "neither"),
        ("printf '\\001\\000\\000\\000D'", "shut in"),
        ("printf '\\377\\377\\377\\377\\000'", "4294967295 bytes"),
        ("yes", "bytes, where"),
        ("exec 1>&-; exec sleep 600", "before all was there"),
    ];
    let mut told = Vec::new();
    for (script, reason) in ends {
        let began = Instant::now();
        let error = asked(&world.with_script(script), BY_TOWN).await.unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(4), "{script}");
        assert_eq!(error.code(), 9723, "{script}");
        told.push((error.to_string(), serde_json::to_string(&error).unwrap()));
        assert!(world.reason().contains(reason), "{script}: {}", world.reason());
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    assert_eq!(world.left(), 0);
    // And it is not that nothing works here.
    assert!(asked(&world.room, BY_TOWN).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_needs_too_much_memory_is_ended() {
    let world = World::new(60, 1).await;
    let error = asked(&world.room, JOINED).await.unwrap_err();
    assert_eq!(error.code(), 9723);
    assert!(!world.reason().is_empty());
    let enough = World::new(60, 256).await;
    assert!(asked(&enough.room, JOINED).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_given_up_stops_within_a_second() {
    let world = World::new(600, 256).await;
    let room = world.with_script("echo $$ > pid; exec sleep 600");
    let given_up = tokio::time::timeout(Duration::from_millis(500), asked(&room, BY_TOWN)).await;
    assert!(given_up.is_err());
    let pid = std::fs::read_to_string(world.file("pid")).unwrap();
    let process = PathBuf::from(format!("/proc/{}", pid.trim()));
    let began = Instant::now();
    while process.exists() {
        assert!(began.elapsed() < Duration::from_secs(1), "it is still there");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("gone after {:?}", began.elapsed());
    assert_eq!(world.left(), 0);
}

/// What a worker said, and the same with something done to it.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_was_tampered_with_is_refused() {
    let world = World::new(20, 256).await;
    let room = world.with_script(&format!("tee job | {PROGRAM} worker | tee reply"));
    assert_eq!(asked(&room, BY_TOWN).await.unwrap().rows.len(), 2);
    let reply = std::fs::read(world.file("reply")).unwrap();
    let mut frames: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < reply.len() {
        let size = u32::from_le_bytes(reply[at..at + 4].try_into().unwrap()) as usize;
        frames.push((at, size));
        at += 4 + size;
    }
    assert_eq!(frames.len(), 5, "that it is shut in, that it is done, how many groups, and two");
    let room = world.with_script("cat reply; exec sleep 600");
    assert!(asked(&room, BY_TOWN).await.is_ok(), "as it was");
    let mut cases: Vec<(String, Vec<u8>)> = Vec::new();
    for (n, (at, size)) in frames.iter().enumerate() {
        let mut longer = reply.clone();
        longer[at + 3] = 0x7f;
        cases.push((format!("frame {n} is longer than all"), longer));
        let mut flipped = reply.clone();
        flipped[at + 4] ^= 0x80;
        cases.push((format!("frame {n} begins otherwise"), flipped));
        let mut short = reply.clone();
        short[*at..at + 4].copy_from_slice(&u32::try_from(size - 1).unwrap().to_le_bytes());
        short.remove(at + 4 + size - 1);
        cases.push((format!("frame {n} lacks a byte"), short));
        let mut without = reply.clone();
        without.drain(*at..at + 4 + size);
        cases.push((format!("there is no frame {n}"), without));
    }
    for (name, bytes) in cases {
        std::fs::write(world.file("reply"), bytes).unwrap();
        let room = world.with_script("cat reply");
        let error = asked(&room, BY_TOWN).await.unwrap_err();
        assert_eq!(error.code(), 9723, "{name}");
        let reason = world.reason();
        assert!(reason.contains("exit status: 0") && !reason.contains("time was up"), "{name}: {reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_says_nothing_that_a_worker_need_not_know() {
    let world = World::new(20, 256).await;
    let room = world.with_script(&format!("env > environment; pwd > place; tee job | {PROGRAM} worker"));
    asked(&room, JOINED).await.unwrap();
    let job = std::fs::read(world.file("job")).unwrap();
    let job = String::from_utf8_lossy(&job[4..]).into_owned();
    let key = std::fs::read_to_string(room.root().join("key")).unwrap();
    let secret = std::fs::read_to_string(room.root().join("secret")).unwrap();
    for word in
        [key.trim(), secret.trim(), "wage", "east", "csv", "study", "研究", "工资", "released", "lines"]
    {
        assert!(!job.contains(word), "{word}: {job}");
    }
    let environment = std::fs::read_to_string(world.file("environment")).unwrap();
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    assert!(environment.lines().all(|line| own.contains(&line.split('=').next().unwrap())), "{environment}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_has_walls_as_it_says() {
    let world = World::new(20, 256).await;
    let settings = world.room.root().join("room.toml");
    let open = || Room::open(world.room.root(), || "2026-11-22T00:00:00Z".parse().unwrap());
    // The approvers stand below.
    let approvers = std::fs::read_to_string(&settings).unwrap();
    let write = |first: &str| std::fs::write(&settings, format!("{first}\n{approvers}")).unwrap();
    write("walls = \"where-there-are\"");
    assert!(asked(&open().unwrap().with_worker(Path::new(PROGRAM)), BY_TOWN).await.is_ok());
    for wrong in ["walls = \"none\"", "wall = \"all\""] {
        write(wrong);
        assert_eq!(open().unwrap_err().code(), 9740);
    }
    write("walls = \"all\"");
    // A program that is none cannot be called; one that cannot be shut in says so.
    let none = open().unwrap().with_worker(Path::new("/nowhere"));
    assert_eq!(asked(&none, BY_TOWN).await.unwrap_err().code(), 9761);
    let bare = world.with_script("printf '\\007\\000\\000\\000Ono one'");
    assert_eq!(asked(&bare, BY_TOWN).await.unwrap_err().code(), 9760);
}

/// No wall is in the way of what researchers ordinarily ask.
#[tokio::test(flavor = "multi_thread")]
async fn ordinary_questions_run_within_the_walls() {
    let folder = tempfile::tempdir().unwrap();
    county::write(folder.path(), 2000, 1).unwrap();
    let (dataset, policy) = county::read(folder.path()).unwrap();
    let root = folder.path().join("room");
    Room::make(&root, &mut rand_chacha::ChaCha20Rng::seed_from_u64(1)).unwrap();
    let clock = || "2026-11-22T00:00:00Z".parse().unwrap();
    let room = Room::open(&root, clock).unwrap().with_worker(Path::new(PROGRAM));
    register(&dataset, room.root(), room.secret().unwrap()).await.unwrap();
    room.describe(&dataset).unwrap();
    approve(&room, &toml::to_string(&policy).unwrap());
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/questions.md")).unwrap();
    let questions: Vec<&str> =
        page.split("```sql\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
    assert!(questions.len() >= 60);
    // What is tried here are walls, and not what was released before.
    let history = root.join("data/county/released");
    let nothing = std::fs::read(&history).unwrap();
    for sql in questions {
        // Another file, and not one that became shorter.
        let other = folder.path().join("released");
        std::fs::write(&other, &nothing).unwrap();
        std::fs::rename(&other, &history).unwrap();
        let answer = ask(&room, "livelihood", "li", sql).await;
        let log = || std::fs::read_to_string(room.root().join("audit/log.jsonl")).unwrap();
        answer.unwrap_or_else(|error| panic!("{sql}: {error}: {:?}", log().lines().last()));
    }
}

/// How long a question takes of which nearly all is starting a worker; in release it is far below what is allowed here.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_starts_at_once() {
    let world = World::new(20, 256).await;
    asked(&world.room, BY_TOWN).await.unwrap();
    let mut took = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        asked(&world.room, BY_TOWN).await.unwrap();
        took.push(began.elapsed());
    }
    println!("a question from being asked to being answered: {took:?}");
    assert!(took.iter().min().unwrap() < &Duration::from_secs(2));
}

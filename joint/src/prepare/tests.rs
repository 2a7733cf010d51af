use super::*;
use datafusion::arrow::array::AsArray as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use yinshu_data::prepared::{MANIFEST, Prepared};
use yinshu_data::{Cleaner, ColumnKind, ColumnSpec};

/// A valid citizen number for each `n`.
fn number(n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("110105{:04}{:02}{:02}{:03}", 1940 + n / 1000 % 60, 1 + n / 60_000 % 12, 1, n % 1000);
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum as usize % 11]))
}

fn rules() -> TableSpec {
    let mut key = ColumnSpec::new("aac002", ColumnKind::CitizenId).required();
    key.aliases.push("号码".into());
    TableSpec::new(vec![key])
}

fn job(folder: &Path, files: &[&str], out: &str) -> Job {
    Job {
        sources: files.iter().map(|file| Source::file(folder.join(file))).collect(),
        rules: rules(),
        column: "aac002".into(),
        out: folder.join(out),
        parts: 5,
    }
}

fn here() -> Engine {
    Engine::Here { cores: 3, memory: 64 << 20 }
}

fn run(job: &Job, engine: &Engine) -> Result<Manifest, JointError> {
    tokio::runtime::Runtime::new().unwrap().block_on(prepare(job, engine))
}

/// What the tables give when each is read by itself, as `yinshu psi run` reads one.
fn direct(job: &Job) -> (BTreeSet<String>, CleanReport) {
    let (mut keys, mut all) = (BTreeSet::new(), None::<CleanReport>);
    for source in &job.sources {
        let mut reader = yinshu_data::open(source).unwrap();
        let mut cleaner = Cleaner::new(&job.rules, reader.columns()).unwrap();
        while let Some(raw) = reader.next_batch().unwrap() {
            let batch = cleaner.clean(&raw).unwrap().batch;
            let column = batch.column_by_name(&job.column).unwrap();
            keys.extend(column.as_string::<i32>().iter().flatten().map(str::to_owned));
        }
        match &mut all {
            Some(all) => all.merge(cleaner.report()),
            none => *none = Some(cleaner.report().clone()),
        }
    }
    (keys, all.unwrap())
}

/// The keys of a prepared set, each of which stands there once.
fn prepared(job: &Job) -> BTreeSet<String> {
    let mut set = Prepared::open(&job.out, &job.rules, &job.column).unwrap();
    let mut keys = BTreeSet::new();
    while let Some(batch) = set.next_batch().unwrap() {
        for key in batch.batch.column(0).as_string::<i32>().iter().flatten() {
            assert!(keys.insert(key.to_owned()), "{key} stands twice");
        }
    }
    keys
}

/// Rows as they come: repeats, the old form, full width, blanks, wrong digits, nothing.
fn dirty(rng: &mut ChaCha20Rng, rows: usize) -> Vec<String> {
    let wide = |text: &str| text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    let row = |_| {
        let id = number(rng.random_range(0..4_000));
        match rng.random_range(0..12) {
            0 => wide(&id),
            1 => format!("{}{}", &id[..6], &id[8..17]),
            2 => format!("  {} ", id.to_lowercase()),
            3 => format!("{}{}", &id[..17], if id.ends_with('0') { 1 } else { 0 }),
            4 => "无".to_owned(),
            5 => String::new(),
            _ => id,
        }
    };
    (0..rows).map(row).collect()
}

fn csv(header: &str, rows: &[String]) -> String {
    let lines = rows.iter().enumerate().map(|(at, row)| format!("{at},\"{row}\"\r\n"));
    format!("序号,{header}\r\n{}", lines.collect::<String>())
}

#[test]
fn the_keys_and_the_report_are_those_of_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for seed in 0..6u64 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let rows = [0, 1, 7, 900, 9_000, 20_000][seed as usize];
        fs::write(at.join("a.csv"), csv("身份证号", &dirty(&mut rng, rows))).unwrap();
        fs::write(at.join("b.csv"), csv("号码", &dirty(&mut rng, rows / 2))).unwrap();
        // A title above the header, and another delimiter.
        let rows: String = dirty(&mut rng, 50).iter().map(|row| format!("甲\t{row}\n")).collect();
        fs::write(at.join("c.txt"), format!("名册\n姓名\t公民身份号码\n{rows}")).unwrap();
        let job = job(at, &["a.csv", "b.csv", "c.txt"], &format!("out-{seed}"));
        let made = run(&job, &here()).unwrap();
        let (keys, report) = direct(&job);
        assert_eq!(prepared(&job), keys, "seed {seed}");
        assert_eq!((made.keys, &made.report), (keys.len() as u64, &report), "seed {seed}");
        assert_eq!(Manifest::read(&job.out).unwrap(), made);
        assert!(made.parts.len() <= 5 && (keys.len() < 100 || made.parts.len() == 5));
        assert_eq!(fs::read_dir(&job.out).unwrap().count(), made.parts.len() + 1, "nothing else is left");
    }
}

#[test]
fn a_column_is_judged_in_the_order_of_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    // Ids that end in 000 and pass, then the proof that the column lost digits, then more of them.
    let plenty = || (1..9_000).map(number).filter(|id| !id.ends_with("000"));
    let suspects: Vec<String> = (0..60_000).map(number).filter(|id| id.ends_with("000")).collect();
    assert!(suspects.len() >= 2);
    let (early, late) = (suspects[0].clone(), suspects[1].clone());
    let rows: Vec<String> = std::iter::once(early.clone())
        .chain(plenty())
        .chain(["1.10105E+17".to_owned()])
        .chain(plenty())
        .chain([late.clone()])
        .collect();
    fs::write(folder.path().join("a.csv"), csv("号码", &rows)).unwrap();
    let job = job(folder.path(), &["a.csv"], "out");
    run(&job, &here()).unwrap();
    let (keys, _) = direct(&job);
    assert!(keys.contains(&early) && !keys.contains(&late), "what the test is about");
    assert_eq!(prepared(&job), keys);
}

#[test]
fn little_memory_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..150_000).map(number).collect();
    fs::write(folder.path().join("a.csv"), csv("号码", &rows)).unwrap();
    let job = job(folder.path(), &["a.csv"], "out");
    run(&job, &Engine::Here { cores: 2, memory: 8 << 20 }).unwrap();
    assert_eq!(prepared(&job), rows.into_iter().collect());
}

#[test]
fn what_cannot_be_used_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("good.csv"), csv("号码", &[number(1)])).unwrap();
    fs::write(at.join("bad.csv"), csv("别的", &[number(1)])).unwrap();
    let bad = job(at, &["good.csv", "bad.csv"], "out");
    let error = run(&bad, &here()).unwrap_err();
    assert_eq!((error.shown_code(), error.exit()), (2101, 3), "{error}");
    assert_eq!(fs::read_dir(&bad.out).unwrap().count(), 0);
    assert_eq!(run(&job(at, &["none.csv"], "out"), &here()).unwrap_err().shown_code(), 2001);
    // A run that was killed left this.
    fs::create_dir_all(at.join("out/unfinished")).unwrap();
    fs::write(at.join("out/unfinished/part-x"), "").unwrap();
    let good = job(at, &["good.csv"], "out");
    assert_eq!(run(&good, &here()).unwrap().keys, 1);
    assert_eq!(run(&good, &here()).unwrap_err().code(), 9002, "a finished set is not written over");
    assert!(at.join("out").join(MANIFEST).is_file());
    let mut other = job(at, &["good.csv"], "other");
    other.column = "aac003".into();
    assert_eq!(run(&other, &here()).unwrap_err().code(), 9001);
    let mut database = job(at, &["good.csv"], "other");
    database.sources = vec![toml::from_str("postgres = \"host=/x dbname=y\"\nquery = \"SELECT 1\"").unwrap()];
    let error = run(&database, &Engine::Cluster("127.0.0.1:1".into())).unwrap_err();
    assert_eq!(error.code(), 9007);
}

#[test]
fn folders_hold_only_their_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), csv("号码", &[number(1)])).unwrap();
    let job = job(folder.path(), &["a.csv"], "out");
    run(&job, &here()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&job.out), 0o700);
    for entry in fs::read_dir(&job.out).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn tables_are_shared_out_by_size() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, size) in [("a.csv", 10), ("b.csv", 90), ("c.csv", 50), ("d.csv", 40), ("e.md", 1)] {
        fs::write(at.join(name), vec![b'1'; size]).unwrap();
    }
    let sources = named(at).unwrap();
    assert_eq!(sources.len(), 4, "what is no table is left out");
    let located = sources::located(&sources, &here()).unwrap();
    let numbers = |most| -> Vec<Vec<usize>> {
        let groups = sources::groups(&located, most);
        groups.iter().map(|group| group.iter().map(|table| table.number).collect()).collect()
    };
    assert_eq!(numbers(2), [vec![1, 0], vec![2, 3]]);
    assert_eq!(numbers(9).len(), 4, "no task without a table");
    assert_eq!(named(&at.join("none")).unwrap().len(), 1);
    fs::create_dir(at.join("empty")).unwrap();
    assert_eq!(named(&at.join("empty")).unwrap_err().code(), 9003);
}

//! Scores in a worker that is a process of its own and shut in: compiled there, run there, ended there.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use rand::SeedableRng as _;
use std::fmt::Write as _;
use std::path::Path;
use yinshu_sandbox::answer::Field;
use yinshu_sandbox::approval::{self, approvers};
use yinshu_sandbox::dataset::Dataset;
use yinshu_sandbox::engine::register;
use yinshu_sandbox::program::approved;
use yinshu_sandbox::room::Room;
use yinshu_sandbox::session::submit;

const DATASET: &str = r#"
    [dataset]
    name = "pay"
    title = "工资"
    owner = "990100"
    catalogue = "GZ-1"
    [[table]]
    name = "people"
    source = { path = "people.csv" }
    entity = "id"
    single = true
    columns = [{ name = "id", kind = "code" }, { name = "wage", kind = "integer", min = 0, max = 100000 }]
"#;

const POLICY: &str = r#"
    [policy]
    name = "study"
    dataset = "pay"
    purpose = "研究"
    users = ["li"]
    expires = "2099-12-31"
    [[grant]]
    table = "people"
    programs = true
    columns = { id = "join-key", wage = ["aggregate", "compare"] }
"#;

const MANIFEST: &str = r#"
    [program]
    name = "NAME"
    kind = "score"
    table = "people"
    reads = ["wage"]
    [[column]]
    name = "given"
    kind = "integer"
    min = 0
    max = 9
"#;

fn score(inside: &str, score: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
          (import "yinshu:program/person@0.1.0" (instance $person
            (export "value" (func (param "row" u32) (param "column" u32) (result s64)))))
          (core func $value (canon lower (func $person "value")))
          (core module $m
            (import "person" "value" (func $value (param i32 i32) (result i64)))
            {inside}
            (func $wage (param $row i32) (result i64) (call $value (local.get $row) (i32.const 0)))
            (func (export "score") (param $row i32) (param $output i32) (result i64) {score}))
          (core instance $i (instantiate $m (with "person" (instance (export "value" (func $value))))))
          (func (export "score") (param "row" u32) (param "output" u32) (result s64)
            (canon lift (core func $i "score"))))"#
    );
    wat::parse_str(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_run_behind_walls() {
    let folder = tempfile::tempdir().unwrap();
    let mut people = "id,wage\n".to_owned();
    for n in 0..300 {
        writeln!(people, "P{n},{}", n % 5 * 10).unwrap();
    }
    for (name, text) in [("people.csv", &*people), ("dataset.toml", DATASET)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let root = folder.path().join("room");
    Room::make(&root, &mut rand_chacha::ChaCha20Rng::seed_from_u64(1)).unwrap();
    let room = Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    let room = room.with_worker(Path::new(env!("CARGO_BIN_EXE_yinshu-sandbox")));
    let dataset = Dataset::read(&folder.path().join("dataset.toml")).unwrap();
    register(&dataset, room.root(), room.secret().unwrap()).await.unwrap();
    room.describe(&dataset).unwrap();
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(2);
    let (holder, _) = approvers::first(&room, "holder", &mut dice).unwrap();
    approval::approve(&room, POLICY, &holder).unwrap();
    let (policy, dataset) = room.policy("study").unwrap();
    let tens = "(i64.div_s (call $wage (local.get $row)) (i64.const 10))";
    let programs = [
        ("quick", score("", tens), 5, 60.0),
        (
            "slow",
            score("(memory 1)", &format!("(i64.store (i32.const 0) {tens}) (i64.load (i32.const 0))")),
            5,
            60.0,
        ),
        // What the machine catches by a signal, and what it counts.
        ("stack", score("(func $deep (call $deep))", &format!("(call $deep) {tens}")), 1, 300.0),
        (
            "beyond",
            score("(memory 1)", &format!("(i64.store (i32.const 70000) {tens}) (i64.const 1)")),
            1,
            300.0,
        ),
        ("endless", score("", "(loop $on (br $on)) (i64.const 1)"), 1, 300.0),
    ];
    for (name, component, lines, persons) in programs {
        let manifest = MANIFEST.replace("NAME", name);
        approved::add(&room, "li", (&policy, &dataset), &component, &manifest).unwrap();
        let digest = approved::of(&room, "study", name).unwrap().approval.component;
        approved::approve(&room, &holder, &policy, (name, &digest)).unwrap();
        let sql = "SELECT given, COUNT(*) FROM people GROUP BY given";
        let answer = submit(&room, ("study", "li"), name, sql, None).await.unwrap();
        assert_eq!(answer.rows.len(), lines, "{name}: {answer:?}");
        assert!(answer.rows.iter().all(|row| row[1] == Field::Number(persons)), "{name}: {answer:?}");
        assert_eq!(answer.rows[0][0] == Field::Missing, lines == 1, "{name}");
    }
}

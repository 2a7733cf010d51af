//! Ordinary questions get ordinary answers: those of docs/questions.md, one after another in one room.
//!
//! With `YINSHU_BLESS=1` the releases in that file are written anew, to be read before they are committed.

use crate::answer::{Answer, Field};
use crate::demo::county;
use crate::engine::{self, Registered, tests::clear};
use crate::question;
use crate::room::Room;
use rand::SeedableRng as _;
use std::path::Path;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/questions.md");

/// The page with what was released behind every question.
async fn page(text: &str, room: &Room, registered: &Registered, clears: &mut u32) -> String {
    let (policy, dataset) = room.policy("livelihood").unwrap();
    let mut out = String::new();
    let mut parts = text.split("```sql\n");
    out.push_str(parts.next().unwrap());
    for part in parts {
        let (sql, rest) = part.split_once("\n```\n").unwrap();
        // What was written there before is left out.
        let rest = match rest.trim_start().strip_prefix("```text\n") {
            Some(old) => old.split_once("```\n").map_or("", |(_, rest)| rest),
            None => rest,
        };
        let answer = super::super::ask(room, "livelihood", "li", sql).await;
        let answer = answer.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let question = question::read(sql, &dataset, &policy).unwrap();
        let means = engine::Means { memory_mib: 1024, folder: registered.folder(), spill_mib: 1024 };
        let computed = engine::run(&question, &dataset, registered, &means, 2).await.unwrap();
        let all = Answer::of(&question, &clear(&question, &computed.cells));
        *clears += u32::from(as_in_the_clear(sql, &answer, &all));
        let table = crate::cli::table(&answer);
        out.push_str(&format!("```sql\n{sql}\n```\n\n```text\n{table}\n```\n"));
        let rest = rest.trim_start_matches('\n');
        if !rest.is_empty() {
            out.push('\n');
        }
        out.push_str(rest);
    }
    out
}

/// Whether all is released; whatever is, is as in the clear.
fn as_in_the_clear(sql: &str, answer: &Answer, all: &Answer) -> bool {
    for row in &answer.rows {
        let texts =
            |row: &[Field]| row.iter().filter(|f| matches!(f, Field::Text(_))).cloned().collect::<Vec<_>>();
        let same = |other: &&Vec<Field>| {
            texts(other) == texts(row)
                && row.iter().zip(*other).all(|pair| match pair {
                    (Field::Number(a), Field::Number(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
                    (Field::Missing, _) => true,
                    (a, b) => a == b,
                })
        };
        assert!(all.rows.iter().find(same).is_some(), "{sql}: {row:?} is not in {:?}", all.rows);
    }
    let missing = |answer: &Answer| answer.rows.iter().flatten().filter(|f| **f == Field::Missing).count();
    answer.rows.len() == all.rows.len() && missing(answer) == missing(all)
}

#[tokio::test(flavor = "multi_thread")]
async fn ordinary_questions_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    county::write(folder.path(), 8000, 1).unwrap();
    let (dataset, policy) = county::read(folder.path()).unwrap();
    let root = folder.path().join("room");
    Room::make(&root, &mut rand_chacha::ChaCha20Rng::seed_from_u64(1)).unwrap();
    let room = Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    engine::register(&dataset, room.root(), room.secret().unwrap()).await.unwrap();
    room.describe(&dataset).unwrap();
    crate::world::approve_policy(&room, &policy);
    let registered = Registered::open(&dataset, room.root()).unwrap();

    let text = std::fs::read_to_string(Path::new(PAGE)).unwrap();
    let questions = text.matches("```sql\n").count();
    assert!(questions >= 60, "{questions} questions");
    let mut clears = 0;
    let now = page(&text, &room, &registered, &mut clears).await;
    println!("{clears} of {questions} are released whole");
    if std::env::var_os("YINSHU_BLESS").is_some() {
        std::fs::write(PAGE, &now).unwrap();
        return;
    }
    for (now, then) in now.split("### ").zip(text.split("### ")) {
        assert_eq!(now, then);
    }
    assert_eq!(now, text);
    // Rules that hide too much are as wrong as rules that hide too little.
    assert!(clears >= 50, "{clears} of {questions} are released whole");
}

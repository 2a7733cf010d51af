//! Questions from the room: who may ask, what comes out, what is written down.

mod aggregates;
mod amounts;
mod attacks;
mod conditions;
mod granted;
mod large;
mod masked;
mod near;
mod neighbours;
mod noise;
mod ordinary;
mod presence;
mod programs;
mod quantiles;
mod registered;

use super::ask;
use crate::answer::{Answer, Field};
use crate::engine::register;
use crate::error::SandboxError;
use crate::room::Room;
use crate::world::{World, approve_policy, id, tables};
use rand::SeedableRng as _;

async fn room(world: &World) -> Room {
    let root = world.folder.path().join("room");
    Room::make(&root, &mut rand_chacha::ChaCha20Rng::seed_from_u64(1)).unwrap();
    let room = Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    register(&world.dataset, room.root(), room.secret().unwrap()).await.unwrap();
    room.describe(&world.dataset).unwrap();
    approve_policy(&room, &world.policy);
    room
}

async fn asked(room: &Room, sql: &str) -> Result<Answer, SandboxError> {
    ask(room, "study", "li", sql).await
}

fn number(answer: &Answer, row: usize, column: usize) -> Option<f64> {
    match answer.rows.get(row).map(|row| &row[column]) {
        Some(Field::Number(number)) => Some(*number),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_few_is_not_there() {
    let [mut residents, homes] = tables(3);
    // Three people of 111 years.
    for n in 700..703 {
        residents.push_str(&format!("{},城东,111,1000.00,1915-01-01,1\n", id(n)));
    }
    let world = World::of([residents, homes]);
    let room = room(&world).await;
    let all = asked(&room, "SELECT COUNT(*) FROM residents").await.unwrap();
    assert!(number(&all, 0, 0).unwrap() > 500.0);
    let few = asked(&room, "SELECT COUNT(*) FROM residents WHERE age = 111").await.unwrap();
    assert_eq!(few.rows, Vec::<Vec<Field>>::new());
    // Nor by what is left without them: it differs from all by three.
    let rest = asked(&room, "SELECT COUNT(*) FROM residents WHERE age <> 111").await.unwrap();
    assert_eq!(rest.rows, Vec::<Vec<Field>>::new());
    // In other words, too, and in a sum of which the whole is known.
    let whole = asked(&room, "SELECT SUM(wage) FROM residents").await.unwrap();
    assert!(number(&whole, 0, 0).unwrap() > 0.0);
    for sql in [
        "SELECT COUNT(*) FROM residents WHERE NOT (age > 110)",
        "SELECT SUM(wage) FROM residents WHERE age BETWEEN 0 AND 110",
        "SELECT COUNT(*) FILTER (WHERE age < 111) FROM residents",
        "SELECT AVG(CASE WHEN age = 111 THEN wage ELSE 0 END) FROM residents",
    ] {
        let answer = asked(&room, sql).await.unwrap();
        assert_eq!(number(&answer, 0, 0), None, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_has_the_same_answer() {
    let world = World::new(4);
    let room = room(&world).await;
    let sql = "SELECT town, COUNT(*), AVG(wage) FROM residents GROUP BY town";
    let first = asked(&room, sql).await.unwrap();
    assert!(first.rows.len() >= 4, "{first:?}");
    assert_eq!(first, asked(&room, sql).await.unwrap());
    let other = "SELECT town, COUNT(*), AVG(wage) FROM residents WHERE age >= 0 GROUP BY town";
    assert_eq!(first, asked(&room, other).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_ask_is_told_the_same_whatever_there_is() {
    let world = World::new(5);
    let room = room(&world).await;
    let code = |asked: Result<Answer, SandboxError>| asked.unwrap_err().code();
    let sql = "SELECT COUNT(*) FROM residents";
    assert_eq!(code(ask(&room, "study", "wang", sql).await), 9720);
    assert_eq!(code(ask(&room, "other", "li", sql).await), 9720);
    let mut ended = world.policy.clone();
    ended.policy.name = "ended".to_owned();
    ended.policy.expires = "2020-01-01".parse().unwrap();
    approve_policy(&room, &ended);
    assert_eq!(code(ask(&room, "ended", "li", sql).await), 9721);
    let mut short = world.policy.clone();
    short.policy.name = "short".to_owned();
    short.limits.questions_a_day = 2;
    approve_policy(&room, &short);
    // A refusal counts, too.
    assert_eq!(code(ask(&room, "short", "li", "SELECT * FROM residents").await), 9701);
    assert!(ask(&room, "short", "li", sql).await.is_ok());
    assert_eq!(code(ask(&room, "short", "li", sql).await), 9722);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_in_the_log_and_no_value_of_anybody() {
    let world = World::new(6);
    let room = room(&world).await;
    let _ = asked(&room, "SELECT COUNT(*) FROM residents").await.unwrap();
    let _ = asked(&room, "SELECT secret FROM residents").await.unwrap_err();
    let log = std::fs::read_to_string(room.root().join("audit/log.jsonl")).unwrap();
    let actions: Vec<_> = log
        .lines()
        .map(|line| {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            (record["action"].as_str().unwrap().to_owned(), record["result"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [
        ("sandbox.approver.first", "ok"),
        ("sandbox.policy.sign", "ok"),
        ("sandbox.approve", "ok"),
        ("sandbox.ask", "ok"),
        ("sandbox.release", "ok"),
        ("sandbox.ask", "refused"),
    ];
    assert_eq!(actions, expected.map(|(a, r)| (a.to_owned(), r.to_owned())));
    assert!((0..600).all(|n| !log.contains(&id(n))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_questions_at_once_no_more_than_the_days_are_answered() {
    let world = World::new(7);
    let room = room(&world).await;
    let mut short = world.policy.clone();
    short.policy.name = "short".to_owned();
    short.limits.questions_a_day = 3;
    approve_policy(&room, &short);
    let asked = (0..8).map(|_| {
        let room = room.clone();
        tokio::spawn(async move { ask(&room, "short", "li", "SELECT COUNT(*) FROM residents").await })
    });
    let asked = futures::future::join_all(asked.collect::<Vec<_>>()).await;
    let mut codes: Vec<u16> =
        asked.into_iter().map(|asked| asked.unwrap().map_or_else(|e| e.code(), |_| 0)).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 0, 9722, 9722, 9722, 9722, 9722]);
    let log = std::fs::read_to_string(room.root().join("audit/log.jsonl")).unwrap();
    assert_eq!(log.lines().filter(|line| line.contains("9722")).count(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_known_before_anything_runs() {
    let world = World::new(8);
    let room = room(&world).await;
    let sql = "SELECT town, COUNT(*) AS n FROM residents GROUP BY town";
    let columns = super::columns(&room, ("study", "li"), sql, None, None).unwrap();
    assert_eq!(columns, [("town".to_owned(), false), ("n".to_owned(), true)]);
    assert_eq!(columns, asked(&room, sql).await.unwrap().columns);
    let none = "SELECT town, COUNT(*) AS n FROM residents WHERE age > 119 GROUP BY town";
    assert_eq!(columns, asked(&room, none).await.unwrap().columns);
    assert_eq!(super::columns(&room, ("study", "wang"), sql, None, None).unwrap_err().code(), 9720);
    assert_eq!(
        super::columns(&room, ("study", "li"), "SELECT id FROM residents", None, None).unwrap_err().code(),
        9701
    );
}

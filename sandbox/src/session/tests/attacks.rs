//! Sessions that would single out three people of 111 years, by what they are asked together: one piece is always missing.

use super::{asked, room};
use crate::answer::Field;
use crate::world::{World, id, tables};

/// Questions that show the three if all of their figures are released.
const SESSIONS: &[(&str, &[&str])] = &[
    ("a pair", &["SELECT COUNT(*) FROM residents", "SELECT COUNT(*) FROM residents WHERE age <> 111"]),
    (
        "three of a kind",
        &[
            "SELECT COUNT(*) FROM residents",
            "SELECT COUNT(*) FROM residents WHERE age < 60",
            "SELECT COUNT(*) FROM residents WHERE age >= 60 AND age <> 111",
        ],
    ),
    (
        "bands that are shifted",
        &[
            "SELECT COUNT(*) FROM residents WHERE age BETWEEN 20 AND 110",
            "SELECT COUNT(*) FROM residents WHERE age BETWEEN 20 AND 112",
        ],
    ),
    (
        "bands that overlap",
        &[
            "SELECT COUNT(*) FROM residents WHERE age BETWEEN 0 AND 70",
            "SELECT COUNT(*) FROM residents WHERE age BETWEEN 50 AND 120",
            "SELECT COUNT(*) FROM residents WHERE age BETWEEN 50 AND 70",
            "SELECT COUNT(*) FROM residents WHERE age <= 110",
        ],
    ),
    (
        "tables by town",
        &[
            "SELECT town, COUNT(*) FROM residents WHERE town IS NOT NULL GROUP BY town",
            "SELECT town, COUNT(*) FROM residents WHERE age <> 111 AND town IS NOT NULL GROUP BY town",
        ],
    ),
    (
        "a table and its margin",
        &[
            "SELECT COUNT(*) FROM residents WHERE town = '城东'",
            "SELECT age > 100 AS old, COUNT(*) FROM residents WHERE town = '城东' GROUP BY 1",
        ],
    ),
    (
        "other words",
        &[
            "SELECT COUNT(*) FROM residents",
            "SELECT COUNT(*) FROM residents WHERE NOT (age = 111 OR age = 112)",
        ],
    ),
    ("conditions inside figures", &["SELECT COUNT(*), COUNT(*) FILTER (WHERE age < 111) FROM residents"]),
    (
        "a weight in a sum",
        &["SELECT SUM(wage), SUM(wage * CASE WHEN age = 111 THEN 2 ELSE 1 END) FROM residents"],
    ),
    (
        "two weights whose product is one of few",
        &["SELECT SUM(wage), SUM(wage * (1 + CASE WHEN age > 90 THEN 1 ELSE 0 END \
             * CASE WHEN age < 112 AND age > 110 THEN 1 ELSE 0 END)) FROM residents"],
    ),
    (
        "something added where few are",
        &["SELECT SUM(wage), SUM(wage + CASE WHEN age = 111 THEN 1 ELSE 0 END) FROM residents"],
    ),
    (
        "a way each in which a value comes about",
        &[
            "SELECT SUM(CASE WHEN age < 20 THEN wage + 1 WHEN age < 40 THEN wage + 2 WHEN age < 60 THEN wage + 3 \
             WHEN age < 70 THEN wage + 4 WHEN age < 80 THEN wage + 5 WHEN age = 111 THEN wage + 7 \
             ELSE wage + 6 END) FROM residents",
        ],
    ),
    (
        "what is one above and one below",
        &["SELECT SUM(GREATEST(age, 110)), SUM(ABS(age - 110)) FROM residents"],
    ),
    (
        "zeros and ones times two",
        &[
            "SELECT COUNT(*) FROM residents WHERE insured = 1",
            "SELECT SUM(insured * 2) FROM residents WHERE age <> 111",
        ],
    ),
    (
        "moments of few values",
        &["SELECT COUNT(*), SUM(age), VAR_SAMP(age) FROM residents WHERE age IN (30, 31, 111)"],
    ),
    ("groups without figures", &["SELECT age FROM residents WHERE age > 105 GROUP BY age"]),
    (
        "a mean",
        &[
            "SELECT AVG(age), COUNT(*) FROM residents",
            "SELECT AVG(age), COUNT(*) FROM residents WHERE age < 111",
        ],
    ),
    ("a rate", &["SELECT AVG(CASE WHEN age = 111 THEN 1 ELSE 0 END) FROM residents"]),
    ("a complement of a rate", &["SELECT AVG(CASE WHEN age = 111 THEN 0 ELSE 1 END) FROM residents"]),
    (
        "a join",
        &[
            "SELECT COUNT(DISTINCT id) FROM residents LEFT JOIN homes ON id = owner",
            "SELECT COUNT(DISTINCT id) FROM residents LEFT JOIN homes ON id = owner WHERE age <> 111",
        ],
    ),
    ("having", &["SELECT age, COUNT(*) FROM residents WHERE age > 105 GROUP BY age HAVING COUNT(*) < 5"]),
    ("order", &["SELECT age, SUM(wage) FROM residents WHERE age > 105 GROUP BY age ORDER BY 2 DESC LIMIT 1"]),
];

/// The sessions of which every figure is released where so many people are 111 years old.
async fn whole_sessions(old: usize) -> Vec<&'static str> {
    let [mut residents, homes] = tables(9);
    for n in 700..700 + old {
        residents.push_str(&format!("{},城东,111,{}.00,1915-01-01,1\n", id(n), n));
    }
    let world = World::of([residents, homes]);
    let mut found = Vec::new();
    for (name, questions) in SESSIONS {
        std::fs::remove_dir_all(world.folder.path().join("room")).ok();
        let room = room(&world).await;
        let mut whole = true;
        for sql in *questions {
            let answer = asked(&room, sql).await.unwrap_or_else(|error| panic!("{name}: {sql}: {error}"));
            let missing = answer.rows.iter().flatten().any(|field| *field == Field::Missing);
            // Towns are four; a margin of two lines that has one line lacks a piece, too.
            let lines = match *sql {
                _ if sql.contains("GROUP BY town") => 4,
                _ if sql.contains("GROUP BY 1") => 2,
                _ => 1,
            };
            whole &= answer.rows.len() >= lines && !missing;
        }
        if whole {
            found.push(*name);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_is_missing() {
    assert_eq!(whole_sessions(3).await, Vec::<&str>::new());
}

/// Of sixty people the same sessions single out nobody; few are of 30 years, and nobody of 112 or more.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_nothing_is_missing() {
    let hidden = [
        "having",
        "moments of few values",
        "what is one above and one below",
        "bands that are shifted",
        "other words",
        "two weights whose product is one of few",
    ];
    let all: Vec<&str> =
        SESSIONS.iter().map(|(name, _)| *name).filter(|name| !hidden.contains(name)).collect();
    assert_eq!(whole_sessions(60).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_users_and_two_projects_are_one() {
    let [mut residents, homes] = tables(10);
    for n in 700..703 {
        residents.push_str(&format!("{},城西,111,100.00,1915-01-01,1\n", id(n)));
    }
    let world = World::of([residents, homes]);
    let room = room(&world).await;
    let mut other = world.policy.clone();
    (other.policy.name, other.policy.users) = ("other".to_owned(), ["wang".to_owned()].into());
    crate::world::approve_policy(&room, &other);
    let first = asked(&room, "SELECT SUM(wage) FROM residents").await.unwrap();
    assert!(matches!(first.rows[0][0], Field::Number(_)));
    let sql = "SELECT SUM(wage) FROM residents WHERE age < 111";
    let second = super::ask(&room, "other", "wang", sql).await.unwrap();
    assert!(second.rows.is_empty() || second.rows[0][0] == Field::Missing, "{second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn registered_again_what_was_released_still_counts() {
    let [mut residents, homes] = tables(11);
    let world = World::of([residents.clone(), homes.clone()]);
    let room = room(&world).await;
    let first = asked(&room, "SELECT COUNT(*) FROM residents").await.unwrap();
    assert!(matches!(first.rows[0][0], Field::Number(_)));
    // Three move in.
    for n in 700..703 {
        residents.push_str(&format!("{},城西,30,100.00,1995-01-01,1\n", id(n)));
    }
    std::fs::write(world.folder.path().join("residents.csv"), residents).unwrap();
    crate::engine::register(&world.dataset, room.root(), room.secret().unwrap()).await.unwrap();
    let second = asked(&room, "SELECT COUNT(*) FROM residents").await.unwrap();
    assert_eq!(second.rows, Vec::<Vec<Field>>::new());
}

//! What a policy does not grant is not there: rows below every condition, columns in every disguise.

use super::{asked, room};
use crate::answer::Field;
use crate::world::{World, tables};

/// The lines of a table that pass, its header with them.
fn kept(table: &str, passes: &dyn Fn(&[&str]) -> bool) -> String {
    let line = |(at, line): (usize, &str)| {
        let fields: Vec<&str> = line.split(',').collect();
        (at == 0 || passes(&fields)).then(|| format!("{line}\n"))
    };
    table.lines().enumerate().filter_map(line).collect()
}

const QUESTIONS: &[&str] = &[
    "SELECT COUNT(*), SUM(wage), AVG(age) FROM residents",
    "SELECT COUNT(*) FROM residents WHERE TRUE",
    "SELECT COUNT(*) FROM residents WHERE age > 30 OR TRUE",
    "SELECT COUNT(*) FROM residents WHERE NOT (age < 25)",
    "SELECT COUNT(*) FROM residents WHERE age >= 25 OR age >= 20",
    "SELECT age >= 25 AS old, COUNT(*) FROM residents GROUP BY 1",
    "SELECT town, COUNT(*) FILTER (WHERE age >= 25 OR insured = 1) FROM residents GROUP BY town",
    "SELECT town, SUM(CASE WHEN age >= 25 THEN wage ELSE 0 END), COUNT(*) FROM residents GROUP BY town",
    "SELECT town, COUNT(*) FROM residents GROUP BY town HAVING COUNT(*) > 10 OR 1 = 1 ORDER BY 2",
    "SELECT COUNT(*), SUM(h.area) FROM residents r JOIN homes h ON r.id = h.owner",
    "SELECT COUNT(*) FROM residents r JOIN homes h ON r.id = h.owner WHERE r.age >= 25 OR h.area > 1 OR TRUE",
    "SELECT r.insured, COUNT(*), COUNT(h.area), SUM(h.area) FROM residents r LEFT JOIN homes h ON r.id = h.owner GROUP BY r.insured",
    "SELECT COUNT(*) FROM residents r LEFT JOIN homes h ON r.id = h.owner WHERE h.area IS NULL OR TRUE",
    "SELECT use_of, COUNT(*) FROM homes GROUP BY use_of",
    "SELECT use_of = '出租' AS let, COUNT(*) FROM homes WHERE use_of <> '自住' OR TRUE GROUP BY 1",
];

/// What is answered to all of them, one after another.
async fn session(world: &World) -> Vec<Vec<Vec<Field>>> {
    let room = room(world).await;
    let mut all = Vec::new();
    for sql in QUESTIONS {
        all.push(asked(&room, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}")).rows);
    }
    all
}

/// A policy that leaves rows out is as if they had never been registered.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_not_granted_are_not_there() {
    let [residents, homes] = tables(41);
    let mut granted = World::of([residents.clone(), homes.clone()]);
    granted.policy.grants[0].rows = Some("age < 50 AND (town IS NULL OR town <> '城东')".to_owned());
    granted.policy.grants[1].rows = Some("use_of = '自住' OR area > 700".to_owned());
    let fewer = World::of([
        kept(&residents, &|fields| fields[2].parse::<u32>().unwrap() < 50 && fields[1] != "城东"),
        kept(&homes, &|fields| fields[2] == "自住" || fields[1].parse::<f64>().unwrap() > 700.0),
    ]);
    let (granted, fewer) = (session(&granted).await, session(&fewer).await);
    for ((sql, granted), fewer) in QUESTIONS.iter().zip(&granted).zip(&fewer) {
        assert_eq!(granted, fewer, "{sql}");
    }
    assert!(granted.iter().filter(|rows| !rows.is_empty()).count() > 10, "{granted:?}");
    // Without the policy's conditions the same questions have other answers.
    let all = session(&World::of([residents, homes])).await;
    assert!(all.iter().zip(&granted).filter(|(all, granted)| all != granted).count() > 10);
}

/// What may be added up alone is compared nowhere, and in nothing that is a comparison in other words.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_added_up_alone_is_not_compared() {
    let compared = [
        "SELECT COUNT(*) FROM residents WHERE wage > 4000",
        "SELECT COUNT(*) FILTER (WHERE wage = 4321) FROM residents",
        "SELECT SUM(CASE WHEN wage > 4000 THEN 1 ELSE 0 END) FROM residents",
        "SELECT SUM(CASE wage WHEN 4000 THEN age ELSE 0 END) FROM residents",
        "SELECT COUNT(*) FROM residents WHERE wage IN (1, 2, 3)",
        "SELECT COUNT(*) FROM residents WHERE wage BETWEEN 1 AND 3",
        "SELECT COUNT(*) FROM residents WHERE wage IS NULL",
        "SELECT COUNT(NULLIF(wage, 4321)) FROM residents",
        "SELECT SUM(NULLIF(wage, 4321)) FROM residents",
        "SELECT SUM(GREATEST(wage, 4000)) FROM residents",
        "SELECT SUM(LEAST(age, wage)) FROM residents",
        "SELECT SUM(ABS(wage - 4000)) FROM residents",
        "SELECT wage > 4000 AS much, COUNT(*) FROM residents GROUP BY 1",
        "SELECT width_bucket(wage, 0, 9000, 9), COUNT(*) FROM residents GROUP BY 1",
        "SELECT SUM(wage > 4000) FROM residents",
    ];
    let mut world = World::new(42);
    {
        let room = room(&world).await;
        for sql in compared {
            let answer = asked(&room, sql).await;
            assert!(answer.is_ok(), "granted, it is answered: {sql}: {answer:?}");
        }
    }
    std::fs::remove_dir_all(world.folder.path().join("room")).unwrap();
    let uses = crate::policy::Uses([crate::policy::Use::Aggregate].into());
    world.policy.grants[0].columns.insert("wage".to_owned(), uses);
    let room = room(&world).await;
    for sql in compared {
        assert_eq!(asked(&room, sql).await.unwrap_err().code(), 9704, "{sql}");
    }
    let sums = "SELECT town, SUM(wage), AVG(wage * 2), STDDEV(wage), COUNT(wage) FROM residents GROUP BY town ORDER BY 2";
    assert!(asked(&room, sums).await.is_ok());
}

/// Questions that would be over the same rows as one before, and so free, unless somebody's wage is 4321.
const NO_OPS: &[&str] = &[
    "SELECT COUNT(*) FROM residents WHERE age < 80",
    "SELECT COUNT(CASE WHEN age = 111 THEN 1 / (wage / 4321) ELSE 1 END) FROM residents WHERE age > 100 OR age < 80",
    "SELECT COUNT(1 / (wage - 4321)) FROM residents WHERE age > 100 OR age < 80",
    "SELECT COUNT(wage / (wage - 4321)) FILTER (WHERE age = 111 OR age < 80) FROM residents",
    "SELECT COUNT(*) FROM residents WHERE (age > 100 OR age < 80) AND wage / (wage - 4321) IS NOT NULL",
    "SELECT COUNT(*) FROM residents WHERE (age > 100 OR age < 80) AND wage <> 4321",
    "SELECT SUM(CASE WHEN wage = 4321 THEN 0 ELSE age END) FROM residents",
    "SELECT SUM(age + 0 * (1 / (wage - 4321))) FROM residents",
    "SELECT AVG(CASE WHEN age = 111 THEN wage - 4321 ELSE 1 END) FROM residents",
    "SELECT SUM(wage - 4321) FILTER (WHERE age = 111) FROM residents",
    "SELECT COUNT(NULLIF(wage, 4321)), SUM(ABS(wage - 4321)) FROM residents",
    "SELECT wage / 4321 AS times, COUNT(*) FROM residents GROUP BY 1",
];

/// What is seen of each: which fields there are, or the words of a refusal.
async fn shapes(wage: &str) -> Vec<Result<Vec<Vec<bool>>, String>> {
    let [mut residents, homes] = tables(43);
    residents.push_str(&format!("{},城东,111,{wage},1915-01-01,1\n", crate::world::id(700)));
    let mut world = World::of([residents, homes]);
    let uses = crate::policy::Uses([crate::policy::Use::Aggregate].into());
    world.policy.grants[0].columns.insert("wage".to_owned(), uses);
    let room = room(&world).await;
    let mut all = Vec::new();
    for sql in NO_OPS {
        let there = |row: &Vec<Field>| row.iter().map(|field| *field != Field::Missing).collect();
        let answer = asked(&room, sql).await.map(|answer| answer.rows.iter().map(there).collect());
        all.push(answer.map_err(|error| error.to_string()));
    }
    all
}

/// What is hidden and what is free says nothing of a value that may be added up alone.
#[tokio::test(flavor = "multi_thread")]
async fn questions_that_change_nothing_say_nothing_of_what_is_added_up_alone() {
    let (hit, miss) = (shapes("4321.00").await, shapes("4322.00").await);
    for ((sql, hit), miss) in NO_OPS.iter().zip(&hit).zip(&miss) {
        assert_eq!(hit, miss, "{sql}");
    }
    assert_eq!(hit[0], Ok(vec![vec![true]]), "the first is answered");
}

//! A whole session over a data set and over the same without one person: what is seen differs by what the person adds to
//! large groups, and by nothing else.

use super::{asked, room};
use crate::answer::Field;
use crate::world::{World, id, tables};

/// Some that are answered, some that are refused, some of which every group is small.
const SESSION: &[&str] = &[
    "SELECT COUNT(*), SUM(wage), AVG(wage) FROM residents",
    "SELECT town, COUNT(*), SUM(wage) FROM residents GROUP BY town",
    "SELECT insured, COUNT(*) FROM residents WHERE age < 60 GROUP BY insured ORDER BY 2 DESC",
    "SELECT age, COUNT(*), SUM(wage) FROM residents WHERE age > 105 GROUP BY age",
    "SELECT town, age > 105 AS old, COUNT(*) FROM residents GROUP BY town, age > 105 ORDER BY town, old",
    "SELECT SUM(wage) FROM residents WHERE age = 111 AND wage / (age - 111) > 0",
    "SELECT COUNT(*) FROM residents WHERE wage / (age - 111) > 0",
    "SELECT COUNT(*) FROM residents WHERE age / 0 = 1",
    "SELECT wage FROM residents",
    "SELECT COUNT(*) FROM residents WHERE CAST(town AS INT) = 1",
    "SELECT SUM(wage * wage * wage) FROM residents",
    "SELECT COUNT(*) FROM nobodys",
    "SELECT use_of, COUNT(*) FROM residents JOIN homes ON id = owner WHERE age = 111 GROUP BY use_of",
    "SELECT COUNT(*) FROM residents HAVING COUNT(*) > 590",
];

/// What is seen of a session: names and types of columns and fields, or the words of a refusal.
async fn seen(world: &World) -> Vec<Result<(Vec<(String, bool)>, Vec<Vec<Field>>), String>> {
    let room = room(world).await;
    let mut all = Vec::new();
    for sql in SESSION {
        let answer = asked(&room, sql).await;
        all.push(answer.map(|answer| (answer.columns, answer.rows)).map_err(|error| error.to_string()));
    }
    all
}

/// Three of 111 years, of whom one may be left out.
fn world(without_one: bool) -> World {
    let [mut residents, mut homes] = tables(12);
    for n in 700..703 - usize::from(without_one) {
        residents.push_str(&format!("{},城东,111,100.00,1915-01-01,1\n", id(n)));
        homes.push_str(&format!("{},50.0,自住\n", id(n)));
    }
    World::of([residents, homes])
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_more_or_less_shows_in_large_groups_alone() {
    let (with, without) = (seen(&world(false)).await, seen(&world(true)).await);
    let person = [1.0, 100.0];
    for ((sql, with), without) in SESSION.iter().zip(&with).zip(&without) {
        let (with, without) = match (with, without) {
            (Ok(with), Ok(without)) => (with, without),
            (with, without) => {
                assert_eq!(with, without, "{sql}");
                continue;
            }
        };
        assert_eq!(with.0, without.0, "{sql}: columns");
        assert_eq!(with.1.len(), without.1.len(), "{sql}: lines");
        for (with, without) in with.1.iter().flatten().zip(without.1.iter().flatten()) {
            match (with, without) {
                (Field::Number(with), Field::Number(without)) => {
                    let apart = (with - without).abs();
                    let mean = sql.contains("AVG") && apart < 10.0;
                    let allowed = apart < 1e-6 || person.iter().any(|person| (apart - person).abs() < 1e-6);
                    assert!(allowed || mean, "{sql}: {with} {without}");
                }
                (with, without) => assert_eq!(with, without, "{sql}"),
            }
        }
    }
}

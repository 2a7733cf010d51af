//! That somebody has a row in a table that is joined is asked of nobody, and in no words.

use super::{asked, number, room};
use crate::answer::Field;
use crate::world::{World, id, tables};

/// Residents of the old town, of whom so many have no home; of the other towns every third has none.
fn world(without: usize) -> World {
    let mut residents = "id,town,age,wage,born,insured\n".to_owned();
    let mut homes = "owner,area,use_of\n".to_owned();
    for n in 0..400 {
        let town = ["Old Town", "城西", "城东", "new town"][n / 100];
        residents.push_str(&format!("{},{town},{},{}.00,1980-01-01,{}\n", id(n), n % 90, 1000 + n, n % 2));
        let has = if n < 100 { n >= without } else { n % 3 > 0 };
        if has {
            homes.push_str(&format!("{},{}.0,{}\n", id(n), 40 + n % 60, ["自住", "出租"][n % 5 / 4]));
        }
    }
    World::of([residents, homes])
}

/// Questions that take out whoever has no home, or has one.
const QUESTIONS: &[&str] = &[
    "SELECT town, COUNT(*) FROM residents JOIN homes ON id = owner GROUP BY town",
    "SELECT town, COUNT(*) FROM homes JOIN residents ON owner = id GROUP BY town",
    "SELECT town, COUNT(*) FROM residents LEFT JOIN homes ON id = owner WHERE owner IS NOT NULL GROUP BY town",
    "SELECT town, COUNT(*) FROM residents LEFT JOIN homes ON id = owner WHERE area >= 0 GROUP BY town",
    "SELECT town, SUM(area) FROM residents JOIN homes ON id = owner WHERE area < 0 OR age >= 0 GROUP BY town",
];

/// A condition that leaves nobody in a group says no more of it than one that leaves few.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_left_empty_is_hidden_as_one_of_few() {
    let sql = "SELECT town, COUNT(*) FROM residents LEFT JOIN homes ON id = owner WHERE owner IS NULL GROUP BY town";
    let mut seen = Vec::new();
    for few in [0, 1, 3, 30] {
        let rows = asked(&room(&world(few)).await, sql).await.unwrap().rows;
        seen.push(rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>());
    }
    assert_eq!(seen[0].len(), 2, "{seen:?}");
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    assert_eq!(seen[3].len(), 4, "{seen:?}");
}

/// Which towns are shown by each question, after their numbers were.
async fn towns(without: usize) -> Vec<Vec<Field>> {
    let world = world(without);
    let mut all = Vec::new();
    for sql in QUESTIONS {
        std::fs::remove_dir_all(world.folder.path().join("room")).ok();
        let room = room(&world).await;
        let sizes = asked(&room, "SELECT town, COUNT(*) FROM residents GROUP BY town").await.unwrap();
        assert_eq!(sizes.rows.len(), 4);
        let answer = asked(&room, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let there = answer.rows.iter().filter(|row| row[1] != Field::Missing);
        all.push(there.map(|row| row[0].clone()).collect());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn that_all_of_a_town_have_a_row_is_not_shown() {
    let old = Field::Text("Old Town".to_owned());
    let (none, one, three) = (towns(0).await, towns(1).await, towns(3).await);
    for (at, sql) in QUESTIONS.iter().enumerate() {
        assert!(!none[at].contains(&old), "{sql}: {:?}", none[at]);
        assert_eq!(none[at], one[at], "{sql}");
        assert_eq!(none[at], three[at], "{sql}");
    }
    // Where thirty have none, all is shown.
    for (sql, shown) in QUESTIONS.iter().zip(towns(30).await) {
        assert_eq!(shown.len(), 4, "{sql}");
    }
}

/// Every home is somebody's who is registered: that is no condition on anybody.
#[tokio::test(flavor = "multi_thread")]
async fn what_all_rows_have_takes_nobody_out() {
    let world = World::new(4);
    let room = room(&world).await;
    let all = asked(&room, "SELECT COUNT(*) FROM homes").await.unwrap();
    let joined = asked(&room, "SELECT COUNT(*) FROM homes JOIN residents ON owner = id").await.unwrap();
    assert!(number(&all, 0, 0).is_some());
    assert_eq!(number(&all, 0, 0), number(&joined, 0, 0));
}

/// Whether a column is missing is a condition, and so is arithmetic that cuts something out of the middle.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_and_what_is_multiplied_is_looked_at() {
    let [mut residents, homes] = tables(9);
    for n in 700..760 {
        residents.push_str(&format!("{},城东,105,{n}.00,1915-01-01,1\n", id(n)));
    }
    let whole = "SELECT COUNT(*) FROM residents WHERE age > 100";
    let there = "SELECT COUNT(*) FROM residents WHERE age > 100 AND wage IS NOT NULL";
    let either = "SELECT COUNT(*) FROM residents WHERE age > 100 AND (wage IS NULL OR wage > -1)";
    for missing in [0, 1, 3] {
        let mut residents = residents.clone();
        for n in 760..760 + missing {
            residents.push_str(&format!("{},城东,105,,1915-01-01,1\n", id(n)));
        }
        let world = World::of([residents, homes.clone()]);
        let room = room(&world).await;
        assert!(!asked(&room, whole).await.unwrap().rows.is_empty());
        for sql in [there, either] {
            assert!(asked(&room, sql).await.unwrap().rows.is_empty(), "{sql}: {missing}");
        }
    }
    let world = World::new(9);
    let room = room(&world).await;
    for (sql, shown) in [
        ("SELECT COUNT(*) FROM residents WHERE wage IS NOT NULL", true),
        ("SELECT COUNT(*) FROM residents WHERE COALESCE(wage, 0) > 3000", true),
        ("SELECT COUNT(*) FROM residents WHERE ABS(age - 50) <= 20", true),
        ("SELECT COUNT(*) FROM residents WHERE age * (age + 1) > 900", true),
        ("SELECT COUNT(*) FROM residents WHERE wage > 40 * age + 2000", true),
        ("SELECT COUNT(*) FROM residents WHERE age / 5 * 5 >= 50", true),
        ("SELECT COUNT(*) FROM residents WHERE MOD(age, 2) = 0", true),
        ("SELECT COUNT(*) FROM residents WHERE EXTRACT(YEAR FROM born) + age > 2020", true),
    ] {
        let answer = asked(&room, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(!answer.rows.is_empty(), shown, "{sql}");
    }
    for sql in [
        "SELECT COUNT(*) FROM residents WHERE (age - 30) * (age - 41) * (age - 41) > 0",
        "SELECT COUNT(*) FROM residents WHERE wage - 100000 * (age / 41 - age / 42) > 0",
        "SELECT COUNT(*) FROM residents WHERE wage / (age - 41) > 0",
        "SELECT COUNT(*) FILTER (WHERE wage * MOD(age, 41) > 0) FROM residents",
        "SELECT SUM(CASE WHEN (age - 41) * (age - 41) + insured > 0 THEN 1 ELSE 0 END) FROM residents",
        "SELECT COUNT(1 / ((age - 41) * (age - 60))) FROM residents",
    ] {
        assert_eq!(asked(&room, sql).await.unwrap_err().code(), 9701, "{sql}");
    }
}

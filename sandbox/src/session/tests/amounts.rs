//! Amounts of few who have most: hidden in every disguise, and beside what is hidden.

use super::{asked, room};
use crate::answer::Field;
use crate::room::Room;
use crate::world::{World, id};

/// Towns of thirty and more with wages of about this much, and in the old town somebody who has so much.
fn world(most: u32) -> World {
    let mut residents = "id,town,age,wage,born,insured\n".to_owned();
    let towns = [("城东", 40, 30_000), ("城西", 34, 100), ("new town", 45, 25_000), ("Old Town", 35, 100)];
    let mut n = 0;
    for (town, persons, each) in towns {
        for at in 0..persons {
            let wage = if town == "Old Town" && at == 0 { most } else { each + 2 * (n % 31) as u32 };
            residents.push_str(&format!("{},{town},{},{wage}.00,1980-01-01,{}\n", id(n), 20 + n % 40, n % 2));
            n += 1;
        }
    }
    World::of([residents, "owner,area,use_of\n".to_owned()])
}

async fn shown(room: &Room, sql: &str) -> bool {
    let answer = asked(room, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    answer.rows.iter().flatten().any(|field| matches!(field, Field::Number(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_mostly_one_persons_is_hidden_however_it_is_written() {
    const SUMS: &[&str] = &[
        "SUM(wage)",
        "AVG(wage)",
        "SUM(wage + 1000)",
        "SUM(1000 - wage)",
        "SUM(-wage)",
        "SUM(3 * wage)",
        "SUM(CASE WHEN age >= 0 THEN wage ELSE 0 END)",
        "SUM(wage) FILTER (WHERE age < 200)",
        "VAR_SAMP(wage)",
        "STDDEV(wage * 2 - 5)",
    ];
    for (most, expected) in [(90_000, false), (310, true)] {
        let world = world(most);
        for sum in SUMS {
            std::fs::remove_dir_all(world.folder.path().join("room")).ok();
            let room = room(&world).await;
            let sql = format!("SELECT {sum} FROM residents WHERE town = 'Old Town'");
            // A condition that holds for all is a class of its own.
            let expected = expected && !sum.contains("CASE") && !sum.contains("FILTER");
            assert_eq!(shown(&room, &sql).await, expected, "{sum} with {most}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn towns_that_are_hidden_together_hide_the_one() {
    let by_town = "SELECT town, SUM(wage) FROM residents GROUP BY town ORDER BY town";
    let (one, all) = (world(90_000), world(310));
    assert_eq!(asked(&room(&all).await, by_town).await.unwrap().rows.len(), 4);
    let answer = asked(&room(&one).await, by_town).await.unwrap();
    let towns: Vec<&Field> = answer.rows.iter().map(|row| &row[0]).collect();
    // The old town with the small one beside it would still be mostly the one.
    assert_eq!(
        towns,
        ["new town", "城西"].map(|town| Field::Text(town.to_owned())).iter().collect::<Vec<_>>(),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variance_of_one_far_off_is_hidden_where_the_sum_is_not() {
    let sql = |figure: &str| format!("SELECT {figure} FROM residents WHERE town = '城西'");
    for (far, variance) in [(3_000u32, false), (480, true)] {
        let mut residents = "id,town,age,wage,born,insured\n".to_owned();
        for n in 0..80 {
            let wage = if n == 0 { far } else { 300 + 7 * (n % 31) as u32 };
            let town = if n < 60 { "城西" } else { "城东" };
            residents.push_str(&format!("{},{town},{},{wage}.00,1980-01-01,{}\n", id(n), 20 + n, n % 2));
        }
        let world = World::of([residents, "owner,area,use_of\n".to_owned()]);
        let room = room(&world).await;
        assert!(shown(&room, &sql("SUM(wage)")).await);
        assert!(shown(&room, &sql("AVG(wage)")).await);
        assert_eq!(shown(&room, &sql("VAR_SAMP(wage)")).await, variance, "{far}");
        assert_eq!(shown(&room, &sql("STDDEV(wage)")).await, variance, "{far}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_and_a_day_add_so_many_sets_and_no_more() {
    let mut world = world(310);
    (world.policy.limits.new_sets_a_question, world.policy.limits.new_sets_a_day) = (6, 8);
    let room = room(&world).await;
    let by = |key: &str| format!("SELECT {key}, COUNT(*) FROM residents GROUP BY {key}");
    // A count is one of persons and one of rows: two sets. Four towns are too many for one question, and nothing is
    // remembered of them.
    assert!(!shown(&room, &by("town")).await);
    assert!(shown(&room, &by("insured")).await);
    assert!(shown(&room, "SELECT COUNT(*) FROM residents WHERE age < 40").await);
    // Six of the day's eight are gone, and four would be new.
    assert!(!shown(&room, &by("age < 35")).await);
    assert!(shown(&room, &by("insured")).await, "what is known is free");
    assert!(shown(&room, "SELECT COUNT(*) FROM residents WHERE age < 30").await);
    assert!(!shown(&room, "SELECT COUNT(*) FROM residents WHERE age < 25").await);
    assert!(shown(&room, "SELECT COUNT(*) FROM residents WHERE age < 30").await);
}

/// Wages are a hundred times ages here, but for so many of 51, who have none.
fn proportional(old: usize, declared: bool) -> World {
    let mut residents = "id,town,age,wage,born,insured\n".to_owned();
    for n in 0..300 + old {
        let age = if n < 300 { 20 + n % 30 } else { 51 };
        let wage = if n < 300 { 100 * age } else { 0 };
        residents.push_str(&format!("{},城东,{age},{wage}.00,1980-01-01,1\n", id(n)));
    }
    // Others, so that both conditions decide on many.
    for n in 400..500 {
        residents.push_str(&format!("{},城西,{},7000.00,1950-01-01,0\n", id(n), 70));
    }
    let mut world = World::of([residents, "owner,area,use_of\n".to_owned()]);
    for column in &mut world.dataset.tables[0].columns {
        column.amounts = (declared && ["age", "wage"].contains(&&*column.name)).then(|| "pay".to_owned());
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_that_are_multiples_of_others_are_compared_with_them_where_that_is_declared() {
    for (old, declared, expected) in [(3, false, true), (3, true, false), (60, true, true)] {
        let world = proportional(old, declared);
        let room = room(&world).await;
        assert!(shown(&room, "SELECT SUM(wage) FROM residents WHERE age <= 52").await);
        let other = shown(&room, "SELECT SUM(age) FROM residents WHERE age <= 52").await;
        assert_eq!(other, expected, "{old} {declared}");
    }
}

//! Values near each other: a sum of them is a number of persons, and what is apart from most of them is a few persons'.

use super::{asked, number, room};
use crate::answer::{Answer, Field};
use crate::world::{World, id};

/// Three towns, of whom `of` says age and wage; all have a home, or two or three.
fn world(of: impl Fn(usize) -> (usize, String), area: impl Fn(usize) -> usize) -> World {
    let mut residents = "id,town,age,wage,born,insured\n".to_owned();
    let mut homes = "owner,area,use_of\n".to_owned();
    for n in 0..300 {
        let town = ["Old Town", "城西", "城东"][n / 100];
        let (age, wage) = of(n);
        residents.push_str(&format!("{},{town},{age},{wage},1980-01-01,{}\n", id(n), n % 2));
        for _ in 0..=n % 3 {
            homes.push_str(&format!("{},{}.0,{}\n", id(n), area(n), ["自住", "出租"][n % 2]));
        }
    }
    World::of([residents, homes])
}

/// Of each town seventy with wages of 5,000 to 5,100, some with less and some with more; of the seventy in the old town so many of
/// 50 years, of the other towns every fourth.
fn band(fifty: usize) -> World {
    let age = |n: usize| match n {
        _ if n < fifty || n >= 100 && n.is_multiple_of(4) => 50,
        _ => 20 + n % 30,
    };
    let wage = |n: usize| match n % 100 {
        0..70 => 5000 + n % 97,
        70..85 => 2000 + n,
        _ => 8000 + n,
    };
    world(|n| (age(n), format!("{}.{:02}", wage(n), n % 89)), |_| 60)
}

fn old_town(answer: &Answer) -> Option<&Vec<Field>> {
    answer.rows.iter().find(|row| row[0] == Field::Text("Old Town".to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_is_no_number_of_persons_by_another_name() {
    let by = |figures: &str, condition: &str| {
        format!(
            "SELECT town, {figures} FROM residents WHERE wage BETWEEN 5000 AND 5100{condition} GROUP BY town"
        )
    };
    for (fifty, shown) in [(1, false), (3, false), (9, false), (30, true)] {
        let world = band(fifty);
        for figures in ["SUM(wage)", "SUM(2 * wage)", "COUNT(*), SUM(wage)"] {
            std::fs::remove_dir_all(world.folder.path().join("room")).ok();
            let room = room(&world).await;
            let sizes = asked(&room, &by("COUNT(*)", "")).await.unwrap();
            assert_eq!(sizes.rows.len(), 3, "{sizes:?}");
            let sql = by(figures, " AND age <> 50");
            let answer = asked(&room, &sql).await.unwrap();
            assert_eq!(old_town(&answer).is_some(), shown, "{fifty}: {sql}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_of_those_who_have_something() {
    let of_all = "SELECT COUNT(*), AVG(insured) FROM residents WHERE town = 'Old Town'";
    let sum = "SELECT SUM(wage) FROM residents WHERE town = 'Old Town'";
    for (nothing, apart, shown) in [(3, 1, false), (30, 1, true), (3, 80, true)] {
        let wage = |n: usize| if n % 100 < nothing { 0 } else { 2000 + apart * (n % 100) };
        let world = world(|n| (20 + n % 60, format!("{}.00", wage(n))), |_| 60);
        let room = room(&world).await;
        assert_eq!(number(&asked(&room, of_all).await.unwrap(), 0, 0), Some(100.0));
        let answer = asked(&room, sum).await.unwrap();
        assert_eq!(number(&answer, 0, 0).is_some(), shown, "{nothing} {apart}");
        // Asked again it is answered the same way.
        assert_eq!(asked(&room, sum).await.unwrap().rows, answer.rows);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_who_are_apart_from_most_are_not_summed_up() {
    for (others, shown) in [(8, false), (9, false), (10, true), (40, true)] {
        // Half of the others have less, half more, and each something else.
        let apart = |n: usize, most: usize| match n % 100 {
            at if at >= others => most,
            at if at.is_multiple_of(2) => most - 10 - at,
            at => most + 10 + 2 * at,
        };
        let world = world(|n| (20 + n % 60, format!("{}.00", apart(n, 600))), |n| apart(n, 200));
        for figure in ["SUM(wage)", "AVG(wage)", "STDDEV(wage)"] {
            let room = room(&world).await;
            let sql = format!("SELECT {figure} FROM residents WHERE town = 'Old Town'");
            let answer = asked(&room, &sql).await.unwrap();
            assert_eq!(number(&answer, 0, 0).is_some(), shown, "{others}: {sql}");
            std::fs::remove_dir_all(world.folder.path().join("room")).ok();
        }
        // Of whom everybody has one row, two or three: what they have together is not alike, and the rows are.
        let room = room(&world).await;
        let sql =
            "SELECT SUM(area), COUNT(*) FROM homes JOIN residents ON owner = id WHERE town = 'Old Town'";
        let answer = asked(&room, sql).await.unwrap();
        assert_eq!(number(&answer, 0, 0).is_some(), shown, "{others}: {answer:?}");
    }
}

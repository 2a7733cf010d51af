//! A condition that decides on few people is answered as one that decides on none.

use super::{asked, room};
use crate::world::{World, id, tables};

/// Conditions on those of 111 years, each beside one that was asked without it.
const PAIRS: &[[&str; 2]] = &[
    [
        "SELECT COUNT(*) FROM residents WHERE town = '城东'",
        "SELECT COUNT(*) FROM residents WHERE town = '城东' AND NOT (age = 111)",
    ],
    [
        "SELECT COUNT(*) FROM residents WHERE town = '城东'",
        "SELECT COUNT(*) FROM residents WHERE town = '城东' AND age <= 110",
    ],
    [
        "SELECT COUNT(*) FROM residents WHERE town = '城东' AND age >= 20",
        "SELECT COUNT(CASE WHEN age = 111 THEN 1 / (wage - 7.00) WHEN age < 20 THEN NULL ELSE 1 END) FROM residents \
         WHERE town = '城东'",
    ],
    [
        "SELECT COUNT(*) FROM residents WHERE town = '城东'",
        "SELECT COUNT(*) FILTER (WHERE age <> 111), COUNT(*) FROM residents WHERE town = '城东'",
    ],
    [
        "SELECT insured, COUNT(*) FROM residents GROUP BY insured",
        "SELECT CASE WHEN age = 111 THEN 2 ELSE insured END AS k, COUNT(*) FROM residents GROUP BY 1",
    ],
    [
        "SELECT COUNT(*) FROM residents WHERE town = '城东'",
        "SELECT COUNT(*) FROM residents WHERE town = '城东' OR (town = '城西' AND age = 111 AND wage > 50)",
    ],
];

async fn second(old: usize) -> Vec<bool> {
    let [mut residents, homes] = tables(12);
    for n in 700..700 + old {
        residents.push_str(&format!("{},城东,111,{}.00,1915-01-01,{}\n", id(n), n, n % 2));
    }
    let mut shown = Vec::new();
    for [first, second] in PAIRS {
        let world = World::of([residents.clone(), homes.clone()]);
        let room = room(&world).await;
        assert!(!asked(&room, first).await.unwrap().rows.is_empty(), "{first}");
        shown.push(!asked(&room, second).await.unwrap().rows.is_empty());
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_few() {
    assert_eq!(second(0).await, [false; 6]);
    assert_eq!(second(1).await, [false; 6]);
    assert_eq!(second(3).await, [false; 6]);
}

/// Of sixty, thirty of them insured, most is shown: but nobody in the west is so old, and nobody earns just that.
#[tokio::test(flavor = "multi_thread")]
async fn many_are_asked_about() {
    assert_eq!(second(60).await, [true, true, false, true, true, false]);
}

//! What is large is answered or refused: the process that reads, plans and judges goes on.

use super::{asked, room};
use crate::world::World;

/// The deepest and longest that are read are run, too, with no more stack than a thread has.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_is_run() {
    let world = World::new(31);
    let room = room(&world).await;
    let numbers: Vec<String> = (0..600).map(|n| (2 * n).to_string()).collect();
    let sums = ["age"; 60].join(" + ");
    let products = ["age - 1"; 12].join(") - (");
    let divided = (2..8).fold("age".to_owned(), |inner, n| format!("({inner} / {n})"));
    let cases =
        (0..18).fold("age".to_owned(), |inner, n| format!("CASE WHEN wage > {n} THEN {inner} ELSE 0 END"));
    for condition in [
        format!("age IN ({})", numbers.join(", ")),
        ["age <> 300"; 1000].join(" AND "),
        format!("{sums} > 3"),
        format!("({products}) < 3"),
        format!("{divided} = 3"),
        format!("{cases} >= 0"),
        "GREATEST(age, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) > 30".to_owned(),
    ] {
        let sql = format!("SELECT town, COUNT(*), SUM(wage) FROM residents WHERE {condition} GROUP BY town");
        let answer = asked(&room, &sql).await;
        assert!(answer.is_ok(), "{}: {answer:?}", &condition[..40]);
    }
}

/// What would take forever or leave the stack is refused within a moment.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused() {
    let world = World::new(32);
    let room = room(&world).await;
    let greatest =
        (0..8).fold("age".to_owned(), |inner, n| format!("GREATEST({inner}, wage + {n}, age * {n})"));
    let abs = (0..11).fold("wage".to_owned(), |inner, n| format!("ABS({inner} - {n})"));
    let divided = (0..6).fold("age".to_owned(), |inner, n| format!("({inner} / (age + {n}))"));
    for sql in [
        format!("SELECT COUNT(*) FROM residents WHERE {divided} = 3"),
        format!("SELECT COUNT(*) FROM residents WHERE {greatest} > 3"),
        format!("SELECT COUNT(*) FROM residents WHERE {abs} > 3"),
        format!("SELECT COUNT(*) FROM residents WHERE {} > 3", ["age"; 4000].join(" + ")),
        format!("SELECT COUNT(*) FROM residents HAVING {} > 3", ["1"; 4000].join(" + ")),
        format!("SELECT COUNT(*) FROM residents WHERE {} > 3", ["1"; 30_000].join("+")),
    ] {
        let began = std::time::Instant::now();
        let error = asked(&room, &sql).await.unwrap_err();
        assert_eq!(error.code(), 9701, "{}", &sql[..60]);
        assert!(began.elapsed().as_secs() < 20, "{}", &sql[..60]);
    }
}

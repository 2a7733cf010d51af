//! Columns that a policy shows more coarsely: nothing that is asked tells apart what a label does not.

use super::*;
use crate::policy::Policy;
use crate::world::POLICY;

/// Three people of an age among the others; with a policy that shows ages in bands of forty years, or as they are.
async fn aged(age: u32, masked: bool) -> (World, Room) {
    let [mut residents, homes] = tables(3);
    for n in 700..703 {
        residents.push_str(&format!("{},城东,{age},1000.00,1915-01-01,1\n", id(n)));
    }
    let mut world = World::of([residents, homes]);
    if masked {
        let policy = POLICY.replacen(
            "age = [\"group-key\", \"compare\", \"aggregate\"]",
            "age = [\"group-key\", \"compare\"]",
            1,
        );
        let policy = policy.replacen(
            "    [[grant]]\n    table = \"homes\"",
            "[grant.masks]\nage = { band = 40 }\n[[grant]]\ntable = \"homes\"",
            1,
        );
        assert!(policy.contains("band"));
        world.policy = Policy::parse(&policy).unwrap();
        world.policy.check(&world.dataset).unwrap();
    }
    let room = room(&world).await;
    (world, room)
}

const ASKED: [&str; 12] = [
    "SELECT age, COUNT(*), AVG(wage) FROM residents GROUP BY age",
    "SELECT FLOOR(age / 10), COUNT(*) FROM residents GROUP BY FLOOR(age / 10)",
    "SELECT age % 2, COUNT(*) FROM residents GROUP BY age % 2",
    "SELECT WIDTH_BUCKET(age, 0, 120, 12), COUNT(*) FROM residents GROUP BY WIDTH_BUCKET(age, 0, 120, 12)",
    "SELECT COUNT(*) FROM residents WHERE age = 111",
    "SELECT COUNT(*) FROM residents WHERE age <> 111",
    "SELECT COUNT(*) FROM residents WHERE age BETWEEN 90 AND 120",
    "SELECT COUNT(*) FROM residents WHERE COALESCE(age, 0) > 105",
    "SELECT COUNT(*) FILTER (WHERE age > 105) FROM residents",
    "SELECT SUM(CASE WHEN age > 105 THEN wage ELSE 0 END) FROM residents",
    "SELECT town, COUNT(*) FROM residents WHERE NULLIF(age, 111) IS NULL GROUP BY town",
    "SELECT use_of, COUNT(*) FROM residents JOIN homes ON id = owner WHERE GREATEST(age, 100) > 105 GROUP BY use_of",
];

#[tokio::test(flavor = "multi_thread")]
async fn two_ages_of_one_band_are_the_same_whatever_is_asked() {
    let mut differ = 0;
    for masked in [true, false] {
        let [one, other] = [aged(111, masked).await, aged(95, masked).await];
        for sql in ASKED {
            let mut seen = Vec::new();
            for (_, room) in [&one, &other] {
                seen.push(asked(room, sql).await.map(|answer| (answer.columns, answer.rows)));
            }
            let (a, b) = (&seen[0], &seen[1]);
            match masked {
                true => assert_eq!(a, b, "{sql}"),
                false => differ += usize::from(a != b),
            }
        }
    }
    assert!(differ > 0, "without the mask something shows which it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_judged_as_they_are_shown() {
    let (_world, room) = aged(111, true).await;
    let bands = asked(&room, ASKED[0]).await.unwrap();
    let labels: Vec<_> = bands.rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!(labels, [0.0, 40.0, 80.0].map(Field::Number));
    let all = asked(&room, "SELECT COUNT(*) FROM residents").await.unwrap();
    let sum: f64 = (0..3).map(|row| number(&bands, row, 1).unwrap()).sum();
    assert_eq!(Some(sum), number(&all, 0, 0));
    // A condition that takes out nobody of those that are told apart is answered as one that takes out few.
    assert_eq!(asked(&room, ASKED[5]).await.unwrap().rows, Vec::<Vec<Field>>::new());
    assert!(matches!(
        asked(&room, "SELECT AVG(age) FROM residents").await,
        Err(SandboxError::NotGranted { .. })
    ));
}

//! What a question with noise needs follows from the question, and whether there is room for it is no answer about rows.

use super::*;
use crate::engine::{Counting, Means, Registered, totals};
use crate::policy::Policy;
use crate::private::{Kind, Measured};
use crate::question;

fn measured(world: &World, sql: &str) -> (question::Question, Measured) {
    let mut policy: Policy = world.policy.clone();
    policy.policy.mode = Mode::Dp;
    let question = question::read(sql, &world.dataset, &policy).unwrap();
    let measured = Measured::of(&question, &world.dataset, &Terms::default());
    (question, measured)
}

/// Tables of any length are joined in the room of some rows: neither of them is held in memory, or put down beside.
#[tokio::test(flavor = "multi_thread")]
async fn tables_are_joined_in_little_room_however_long_they_are() {
    let [residents, mut homes] = tables(38);
    for n in 0..60_000 {
        homes.push_str(&format!("{},1.0,自住\n", id(n % 600)));
    }
    let world = world([residents, homes], plenty());
    let room = noisy(&world, other).await;
    let registered = Registered::open(&world.dataset, room.root()).unwrap();
    let secret = room.secret().unwrap();
    let mut found = Vec::new();
    for sql in [
        "SELECT town, COUNT(*), SUM(area) FROM homes JOIN residents ON owner = id GROUP BY town",
        "SELECT town, COUNT(*), SUM(area) FROM residents LEFT JOIN homes ON id = owner GROUP BY town",
    ] {
        let (question, measured) = measured(&world, sql);
        let counting = Counting::of(&measured, &secret);
        let folder = room.root().join("work");
        std::fs::create_dir_all(&folder).unwrap();
        let of = async |memory_mib, spill_mib| {
            let means = Means { memory_mib, folder: &folder, spill_mib };
            totals(&question, &world.dataset, &registered, &means, &counting).await
        };
        let little = of(2, 0).await.unwrap();
        assert_eq!(little, of(1024, 1024).await.unwrap(), "{sql}");
        found.push(little.groups.len());
    }
    assert_eq!(found, [5, 5]);
}

/// What is known of quantiles does not grow with rows, and all of it is held against the policy's memory before it is charged.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_room_is_refused_before_it_is_charged() {
    let mut world = world(tables(39), plenty());
    let of = |sql: &str| {
        let (question, measured) = measured(&world, sql);
        let levels = measured.measurements.iter().filter_map(|measurement| match measurement.kind {
            Kind::Ranges { levels, .. } => Some(levels),
            _ => None,
        });
        (question.groups(), levels.collect::<Vec<u32>>())
    };
    assert_eq!(of("SELECT MEDIAN(wage) FROM residents"), (1, vec![16]));
    assert_eq!(of("SELECT age, MEDIAN(wage) FROM residents GROUP BY age"), (122, vec![15]));
    // Two trees, and quantiles of the same values in one.
    let wide = "SELECT age, EXTRACT(YEAR FROM born), MEDIAN(wage), PERCENTILE_CONT(0.1) WITHIN GROUP (ORDER BY wage), \
                MEDIAN(insured) FROM residents GROUP BY age, EXTRACT(YEAR FROM born)";
    assert_eq!(of(wide), (122 * 128, vec![7, 1]));
    world.policy.limits.memory_mib = 64;
    let room = noisy(&world, other).await;
    let refused = ask(&room, "study", "li", wide).await.unwrap_err();
    assert!(matches!(refused, SandboxError::NoRoom { memory_mib: 64, needs_mib: 65.. }), "{refused}");
    assert_eq!(quote(&room, "study", "li", wide, None).unwrap_err(), refused);
    assert_eq!(room.spent().unwrap()[0].budget.charges, 0);
    ask(&room, "study", "li", "SELECT MEDIAN(wage) FROM residents").await.unwrap();
}

//! Quantiles under disclosure control: ordinary ones are shown, and none tells of few persons, however filters are shifted.

use super::{asked, number, room};
use crate::room::Room;
use crate::world::{World, id, tables};

/// Wages in cents that are in the table, rising.
fn wages(world: &World) -> Vec<i64> {
    let residents = std::fs::read_to_string(world.folder.path().join("residents.csv")).unwrap();
    let wage = |line: &str| line.split(',').nth(3).and_then(|wage| wage.replace('.', "").parse().ok());
    let mut all: Vec<i64> = residents.lines().skip(1).filter_map(wage).collect();
    all.sort_unstable();
    all
}

fn residents(old: usize) -> World {
    let [mut residents, homes] = tables(41);
    for n in 700..700 + old {
        residents.push_str(&format!("{},城东,111,{}.00,1915-01-01,1\n", id(n), 1000 + 100 * (n - 700)));
    }
    World::of([residents, homes])
}

#[tokio::test(flavor = "multi_thread")]
async fn ordinary_quantiles_are_shown_and_near_the_truth() {
    let world = residents(0);
    let room = room(&world).await;
    let all = wages(&world);
    for (q, sql) in [
        (0.5, "SELECT MEDIAN(wage) FROM residents"),
        (0.25, "SELECT PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY wage) FROM residents"),
        (0.75, "SELECT PERCENTILE_DISC(0.75) WITHIN GROUP (ORDER BY wage ASC) FROM residents"),
        (0.9, "SELECT APPROX_PERCENTILE_CONT(wage, 0.9) FROM residents"),
    ] {
        let found = number(&asked(&room, sql).await.unwrap(), 0, 0).unwrap();
        let exact = all[(q * all.len() as f64) as usize] as f64 / 100.0;
        // A block of eleven among five hundred.
        assert!((found - exact).abs() < 200.0, "{sql}: {found} {exact}");
        assert!(
            !all.contains(&((found * 100.0).round() as i64)) || found.fract() != 0.0,
            "{sql}: somebody's"
        );
    }
    let by_town =
        "SELECT town, COUNT(*), MEDIAN(wage), MEDIAN(insured), MEDIAN(age) FROM residents GROUP BY town";
    let answer = asked(&room, by_town).await.unwrap();
    assert_eq!(answer.rows.len(), 5);
    for row in 0..5 {
        assert!(matches!(number(&answer, row, 3), Some(0.0 | 1.0)), "of many the value itself: {answer:?}");
        for (column, near, far) in [(2, 4500.0, 2000.0), (4, 50.0, 15.0)] {
            let found = number(&answer, row, column).unwrap();
            assert!((found - near).abs() < far, "{found} {near}");
        }
    }
    // The same words have the same answer.
    assert_eq!(asked(&room, by_town).await.unwrap().rows, answer.rows);
}

/// Which of some questions, asked one after the other, are answered.
async fn answered(world: &World, questions: &[&str]) -> Vec<bool> {
    std::fs::remove_dir_all(world.folder.path().join("room")).ok();
    let room = room(world).await;
    let mut all = Vec::new();
    for sql in questions {
        let answer = asked(&room, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        all.push(number(&answer, 0, 0).is_some());
    }
    all
}

/// Whose filters differ by three persons: the second tells on which side of the first they are.
#[tokio::test(flavor = "multi_thread")]
async fn filters_that_differ_by_few_are_not_both_answered() {
    let sessions: &[[&str; 2]] = &[
        ["SELECT MEDIAN(wage) FROM residents", "SELECT MEDIAN(wage) FROM residents WHERE age <> 111"],
        ["SELECT MEDIAN(wage) FROM residents", "SELECT MEDIAN(wage) FILTER (WHERE age < 111) FROM residents"],
        [
            "SELECT COUNT(wage) FROM residents",
            "SELECT PERCENTILE_CONT(0.3) WITHIN GROUP (ORDER BY wage) FROM residents WHERE age < 111",
        ],
        ["SELECT AVG(wage) FROM residents", "SELECT MEDIAN(wage) FROM residents WHERE age < 111"],
        ["SELECT MEDIAN(wage + 1) FROM residents", "SELECT MEDIAN(wage * 2) FROM residents WHERE age <= 110"],
        ["SELECT MEDIAN(insured) FROM residents", "SELECT MEDIAN(insured) FROM residents WHERE age <> 111"],
    ];
    let (few, many) = (residents(3), residents(60));
    for session in sessions {
        assert_eq!(answered(&few, session).await, [true, false], "{session:?}");
        assert_eq!(answered(&many, session).await, [true, true], "{session:?}");
    }
}

/// Windows that differ by few persons are not both shown, and neither is a sum beside one.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_around_a_quantile_is_not_taken_apart() {
    let world = residents(0);
    let all = wages(&world);
    let at =
        |part: f64| format!("SELECT PERCENTILE_CONT({part}) WITHIN GROUP (ORDER BY wage) FROM residents");
    let (half, next, apart) = (at(0.5), at(0.502), at(0.55));
    assert_eq!(answered(&world, &[&half, &next, &apart]).await, [true; 3]);
    // The eleven around the median and one more.
    let middle = all.len().div_ceil(2) - 1;
    let around = (middle / 11 * 11, middle / 11 * 11 + 11);
    let written = |cents: i64| crate::answer::written(cents.into(), 2);
    let sum = |from: usize, to: usize| {
        format!(
            "SELECT SUM(wage) FROM residents WHERE wage BETWEEN {} AND {}",
            written(all[from]),
            written(all[to])
        )
    };
    let (twelve, thirty) = (sum(around.0, around.1), sum(around.0 - 10, around.1 + 9));
    assert_eq!(answered(&world, &[&half, &twelve, &thirty]).await, [true, false, true]);
    assert_eq!(answered(&world, &[&twelve]).await, [true], "alone it is shown");
    // A search by cutting few off at a time.
    let cut = |from: usize| format!("SELECT MEDIAN(wage) FROM residents WHERE wage > {}", written(all[from]));
    let (first, few, many) = (cut(100), cut(102), cut(144));
    assert_eq!(answered(&world, &[&first, &few, &many]).await, [true, false, true]);
}

/// At the ends there is somebody's value, and beyond it few persons.
#[tokio::test(flavor = "multi_thread")]
async fn extremes_are_no_quantiles() {
    let world = residents(0);
    for (part, shown) in
        [("0", false), ("1", false), ("0.001", false), ("0.99", false), ("0.97", true), ("0.03", true)]
    {
        let sql = format!("SELECT PERCENTILE_CONT({part}) WITHIN GROUP (ORDER BY wage) FROM residents");
        assert_eq!(answered(&world, &[&sql]).await, [shown], "{part}");
    }
    // All are insured: nine of ten say so, and nobody is told of the tenth.
    let of = |sql: &'static str| async { answered(&residents(0), &[sql]).await[0] };
    assert!(!of("SELECT MEDIAN(wage) FROM residents WHERE age = 30 AND town = '城东'").await, "few");
    assert!(of("SELECT MEDIAN(insured) FROM residents").await);
}

/// Ages of which most have many, and between two of them one that so many have.
fn levels(between: usize) -> World {
    let mut residents = "id,town,age,wage,born,insured\n".to_owned();
    for n in 0..300 {
        let age = match n {
            0..50 => 0,
            50..100 => 1,
            _ if n < 100 + between => 2,
            100..200 => 3,
            200..250 => 4,
            _ => 5,
        };
        residents.push_str(&format!("{},城东,{age},{}.00,1980-01-01,{}\n", id(n), 2000 + 7 * n, n % 2));
    }
    World::of([residents, "owner,area,use_of\n".to_owned()])
}

/// What is shown of quantiles at so many places from this rank on, one rank after the other.
async fn swept(room: &Room, column: &str, ranks: std::ops::Range<usize>, of: usize) -> Vec<Option<f64>> {
    let mut all = Vec::new();
    for part in ranks.collect::<Vec<_>>().chunks(20) {
        // Half a rank below, so that rounding to six digits is of no matter.
        let place = |rank: &usize| (*rank as f64 - 0.5) / of as f64;
        let places = part.iter().map(|rank| {
            format!("PERCENTILE_CONT({:.6}) WITHIN GROUP (ORDER BY {column}) AS q{rank}", place(rank))
        });
        let sql = format!("SELECT {} FROM residents", places.collect::<Vec<_>>().join(", "));
        let answer = asked(room, &sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        all.extend((0..part.len()).map(|column| number(&answer, 0, column)));
    }
    all
}

/// Where one value follows another says how many have at most the one, and at most the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_the_place_where_one_value_follows_another_counts_no_few() {
    let sweeps =
        [vec![90..101, 101..112], vec![108..112, 90..112], vec![90..94, 90..112], vec![101..112, 90..101]];
    for (between, apart) in [(1, false), (3, false), (9, false), (30, true)] {
        let world = levels(between);
        for (at, sweep) in sweeps.iter().enumerate() {
            std::fs::remove_dir_all(world.folder.path().join("room")).ok();
            let room = room(&world).await;
            let mut seen = std::collections::BTreeSet::new();
            for ranks in sweep.iter().cloned().chain((between == 30).then_some(140..144)) {
                seen.extend(
                    swept(&room, "age", ranks, 300).await.into_iter().flatten().map(|age| age as i64),
                );
            }
            assert!(!seen.is_empty(), "{between} {at}");
            assert_eq!(seen.is_superset(&[1, 3].into()), apart, "{between} {at}: {seen:?}");
            assert_eq!(seen.contains(&2), apart, "{between} {at}: {seen:?}");
        }
        // Beside a count of those below.
        std::fs::remove_dir_all(world.folder.path().join("room")).ok();
        let room = room(&world).await;
        assert!(
            number(&asked(&room, "SELECT COUNT(*) FROM residents WHERE age <= 1").await.unwrap(), 0, 0)
                .is_some()
        );
        let seen = swept(&room, "age", 140..150, 300).await;
        assert_eq!(seen.contains(&Some(3.0)), apart, "{between}: {seen:?}");
    }
}

/// Places next to each other have the same answer, until enough rows further they have another.
#[tokio::test(flavor = "multi_thread")]
async fn answers_change_from_one_block_to_the_next() {
    let world = levels(0);
    let room = room(&world).await;
    let seen = swept(&room, "wage", 120..180, 300).await;
    let runs: Vec<usize> = seen.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
    assert!(seen.iter().all(Option::is_some), "{seen:?}");
    assert!(runs.len() >= 4 && runs[1..runs.len() - 1].iter().all(|run| *run >= 10), "{runs:?}");
    // A count that ends a few rows beside a block's end is not shown, and one that ends at it or far off is.
    let end = 120 + runs[0] + runs[1];
    for (rank, shown) in [(end - 1, true), (end + 2, false), (end - 4, false), (240, true)] {
        let sql = format!("SELECT COUNT(*) FROM residents WHERE wage < {}", 2000 + 7 * rank);
        let count = number(&asked(&room, &sql).await.unwrap(), 0, 0);
        assert_eq!(count.is_some(), shown, "{rank}: {count:?}");
    }
}

/// Where counts are rounded, the place at which one value follows another would say what they are rounded from.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_does_not_undo_rounding() {
    let mut world = levels(30);
    let at =
        |place: &str| format!("SELECT PERCENTILE_CONT({place}) WITHIN GROUP (ORDER BY age) FROM residents");
    let exact = room(&world).await;
    for place in ["0.168", "0.169"] {
        assert!(number(&asked(&exact, &at(place)).await.unwrap(), 0, 0).is_some(), "{place}");
    }
    std::fs::remove_dir_all(world.folder.path().join("room")).ok();
    world.policy.policy.release = crate::disclosure::Profile::Opensafely75.rules();
    let rounded = room(&world).await;
    for place in ["0.168", "0.169", "0.166666", "0.150001", "0.000001"] {
        assert_eq!(asked(&rounded, &at(place)).await.unwrap_err().code(), 9701, "{place}");
        let sql = at(place).replace("PERCENTILE_CONT(", "APPROX_PERCENTILE_CONT(age, ");
        let sql = sql.replace(" WITHIN GROUP (ORDER BY age)", "");
        assert_eq!(asked(&rounded, &sql).await.unwrap_err().code(), 9701, "{sql}");
    }
    for (place, age) in [("0.25", 1.0), ("0.2", 1.0), ("0.50", 3.0)] {
        assert_eq!(number(&asked(&rounded, &at(place)).await.unwrap(), 0, 0), Some(age), "{place}");
    }
}

use super::*;
use crate::engine::{self, register};
use crate::private::{Bounding, Kind, Measurement};
use crate::question;
use crate::world::World;

/// Every kind of figure; one table and two; texts, dates and what is missing.
const QUESTIONS: &[&str] = &[
    "SELECT COUNT(*), COUNT(DISTINCT id) FROM residents",
    "SELECT town, insured, COUNT(*), SUM(wage), AVG(wage), VAR_SAMP(age) FROM residents GROUP BY town, insured",
    "SELECT MEDIAN(age), STDDEV(wage) FROM residents WHERE wage IS NOT NULL",
    "SELECT upper(town) AS t, EXTRACT(YEAR FROM born) AS y, COUNT(*) FILTER (WHERE age % 7 = 1 OR wage IS NULL) \
     FROM residents WHERE NOT (age BETWEEN 3 AND 5) GROUP BY 1, 2",
    "SELECT r.town, h.use_of, COUNT(*), SUM(h.area), COUNT(DISTINCT r.id), VAR_SAMP(h.area) FROM residents r \
     LEFT JOIN homes h ON r.id = h.owner WHERE h.area IS NULL OR h.area > 20 GROUP BY r.town, h.use_of",
];

/// Frames with the persons that they are of.
type Frames = Vec<([u64; 2], Vec<u8>)>;

/// Frames of so many parts.
async fn frames(
    parts: u64,
    asked: &Question,
    world: &World,
    registered: &Registered,
    figured: Figured<'_>,
) -> Frames {
    let means = Means { memory_mib: 64, folder: world.folder.path(), spill_mib: 64 };
    let mut all = Vec::new();
    for at in 0..parts {
        let persons = [registered.persons * at / parts, registered.persons * (at + 1) / parts];
        let some = registered.clone().only(persons);
        let part = part(asked, &world.dataset, &some, &means, figured).await.unwrap();
        all.extend(part.frames().map(|frame| (persons, frame.unwrap())));
    }
    all
}

fn table(asked: &Question, world: &World, frames: &[([u64; 2], Vec<u8>)]) -> Run<Computed> {
    let frames = frames.iter().cloned().map(Ok);
    match together(asked, &world.dataset, Figured::Table(2), frames)? {
        Whole::Table(computed) => Ok(computed),
        Whole::Totals(_) => panic!("a table was asked for"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_divided_table_is_the_undivided_one() {
    let world = World::new(31);
    let registered = register(&world.dataset, world.folder.path(), [7; 32]).await.unwrap();
    let means = Means { memory_mib: 64, folder: world.folder.path(), spill_mib: 64 };
    for sql in QUESTIONS {
        let asked = question::read(sql, &world.dataset, &world.policy).unwrap();
        let whole = engine::run(&asked, &world.dataset, &registered, &means, 2).await.unwrap();
        assert!(!whole.cells.is_empty(), "{sql}");
        for parts in [1, 3, 64] {
            let frames = frames(parts, &asked, &world, &registered, Figured::Table(2)).await;
            let divided = table(&asked, &world, &frames).unwrap();
            assert_eq!(format!("{whole:?}"), format!("{divided:?}"), "{sql} in {parts}");
        }
        // Without one of its parts it is another: what is compared is not compared with itself.
        let mut frames = frames(3, &asked, &world, &registered, Figured::Table(2)).await;
        frames.pop();
        let less = table(&asked, &world, &frames).unwrap();
        assert_ne!(format!("{whole:?}"), format!("{less:?}"), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn divided_sums_for_noise_are_the_undivided_ones() {
    let world = World::new(32);
    let registered = register(&world.dataset, world.folder.path(), [7; 32]).await.unwrap();
    let means = Means { memory_mib: 64, folder: world.folder.path(), spill_mib: 64 };
    let sql = "SELECT r.town, COUNT(*), SUM(h.area) FROM residents r JOIN homes h ON r.id = h.owner GROUP BY r.town";
    let asked = question::read(sql, &world.dataset, &world.policy).unwrap();
    let column = asked.figures.iter().position(|asked| asked.value.is_some());
    let measurement = |kind, column| Measurement { column, kind, least: 0, greatest: 10_000 };
    let counting = Counting {
        measurements: vec![
            measurement(Kind::Rows, None),
            measurement(Kind::Persons, None),
            measurement(Kind::Sum(3), column),
        ],
        bounding: Bounding { single: false, groups: 1, rows: 1 },
        salt: [9; 32],
    };
    let whole = totals(&asked, &world.dataset, &registered, &means, &counting).await.unwrap();
    assert!(whole.groups.len() > 1);
    for parts in [1, 3, 64] {
        let frames = frames(parts, &asked, &world, &registered, Figured::Totals(&counting)).await;
        let frames = frames.into_iter().map(Ok);
        let divided = together(&asked, &world.dataset, Figured::Totals(&counting), frames).unwrap();
        assert!(matches!(divided, Whole::Totals(divided) if divided == whole), "in {parts}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_cannot_be_end_it() {
    let world = World::new(33);
    let registered = register(&world.dataset, world.folder.path(), [7; 32]).await.unwrap();
    let read = |sql| question::read(sql, &world.dataset, &world.policy).unwrap();
    let asked = read("SELECT town, COUNT(*), SUM(wage) FROM residents GROUP BY town");
    let honest = frames(2, &asked, &world, &registered, Figured::Table(2)).await;
    assert!(table(&asked, &world, &honest).is_ok());
    let altered = |alter: &dyn Fn(&mut Frames)| {
        let mut frames = honest.clone();
        alter(&mut frames);
        table(&asked, &world, &frames).map(drop).unwrap_err().reason().unwrap().to_owned()
    };
    // What one part says stands for another.
    let swapped = altered(&|frames| {
        let last = frames.len() - 1;
        let (first, other) = (frames[0].1.clone(), frames[last].1.clone());
        (frames[0].1, frames[last].1) = (other, first);
    });
    assert!(swapped.contains("other persons"), "{swapped}");
    let twice = altered(&|frames| frames.push(frames[0].clone()));
    assert!(twice.contains("twice"), "{twice}");
    altered(&|frames| frames[0].1.truncate(40));
    altered(&|frames| frames[0].1 = vec![0xff; 64]);
    // Of a question with more figures, or more groups.
    let wider = read("SELECT town, COUNT(*), SUM(wage), AVG(age) FROM residents GROUP BY town");
    let wider = frames(2, &wider, &world, &registered, Figured::Table(2)).await;
    altered(&|frames| frames[0] = wider[0].clone());
    let finer = read("SELECT age, COUNT(*), SUM(wage) FROM residents GROUP BY age");
    let finer = frames(2, &finer, &world, &registered, Figured::Table(2)).await;
    altered(&|frames| *frames = finer.clone());
}

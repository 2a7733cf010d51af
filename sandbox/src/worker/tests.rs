//! Jobs and replies as bytes, and the walls from inside.

mod mutated;
mod replies;
#[cfg(target_os = "linux")]
mod shut_in;

use super::job::Order;
use super::*;
use crate::engine::{Means, register, run};
use crate::question::{self, Comparison, Part, Value};
use crate::world::World;

/// Questions of every kind: keys, conditions, two tables, texts, dates.
pub(super) const QUESTIONS: &[&str] = &[
    "SELECT COUNT(*) FROM residents",
    "SELECT town, insured, COUNT(*), SUM(wage), AVG(wage), VAR_SAMP(age) FROM residents GROUP BY town, insured",
    "SELECT upper(town) AS t, EXTRACT(YEAR FROM born) AS y, COUNT(*) FILTER (WHERE age % 7 = 1 OR wage IS NULL) \
     FROM residents WHERE NOT (age BETWEEN 3 AND 5) GROUP BY 1, 2",
    "SELECT r.town, h.use_of, COUNT(*), SUM(h.area), COUNT(DISTINCT r.id) FROM residents r \
     LEFT JOIN homes h ON r.id = h.owner WHERE h.area IS NULL OR h.area > 20 GROUP BY r.town, h.use_of",
    "SELECT SUM(CASE WHEN age > 50 THEN wage ELSE 2 END), COUNT(wage) FROM residents WHERE town LIKE '%own'",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_computes_is_what_is_computed_here() {
    let world = World::new(21);
    let registered = register(&world.dataset, world.folder.path(), [7; 32]).await.unwrap();
    let workers = Workers::new(world.folder.path(), walls::Strictness::All);
    let limits = &world.policy.limits;
    for sql in QUESTIONS {
        let asked = question::read(sql, &world.dataset, &world.policy).unwrap();
        let means = Means { memory_mib: 64, folder: world.folder.path(), spill_mib: 64 };
        let mut here = run(&asked, &world.dataset, &registered, &means, 2).await.unwrap();
        here = here.owned(registered.owners(&world.dataset).unwrap());
        let there = compute(&workers, &asked, &world.dataset, &registered, limits, 2).await.unwrap();
        assert!(!here.cells.is_empty(), "{sql}");
        assert_eq!(format!("{here:?}"), format!("{there:?}"), "{sql}");
    }
    // Folders of workers are gone; their lock stays.
    let left = std::fs::read_dir(world.folder.path().join("work")).unwrap();
    assert_eq!(left.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_and_no_secret_is_in_a_job() {
    let world = World::new(22);
    let registered = register(&world.dataset, world.folder.path(), [7; 32]).await.unwrap();
    let sql = "SELECT town AS shown, SUM(wage) FROM residents WHERE town <> '城东' GROUP BY town";
    let asked = question::read(sql, &world.dataset, &world.policy).unwrap();
    let wanted = Wanted::of(&asked, &world.dataset, &registered, 2).unwrap();
    let text = serde_json::to_string(&wanted).unwrap();
    for word in ["wage", "shown", "town", "城东", "csv", "990100", "住房", "study", "li", "owner\""] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    // Of the files of the data set, those of its tables in the question alone.
    let folder = registered.folder();
    assert_eq!(wanted.files(), [folder.join("residents.parquet")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_what_is_not_there_is_refused() {
    let world = World::new(23);
    let registered = register(&world.dataset, world.folder.path(), [7; 32]).await.unwrap();
    let asked = question::read(QUESTIONS[3], &world.dataset, &world.policy).unwrap();
    let read = |change: &dyn Fn(&mut serde_json::Value)| {
        let wanted = Wanted::of(&asked, &world.dataset, &registered, 2).unwrap();
        let order = Order {
            job: Job::Question(wanted),
            files: Vec::new(),
            folder: "/".into(),
            bounds: Bounds::of(&world.policy.limits),
            walls: walls::Strictness::All,
        };
        let mut job = serde_json::to_value(order).unwrap();
        change(&mut job);
        let mut sent = Vec::new();
        frames::send(&mut sent, &serde_json::to_vec(&job).unwrap()).unwrap();
        Order::read(&mut &sent[..]).map(drop)
    };
    assert_eq!(read(&|_| {}), Ok(()));
    let column = |source: usize, column: usize| serde_json::json!([{ "Column": [source, column] }]);
    type Change = Box<dyn Fn(&mut serde_json::Value)>;
    let changes: Vec<(&str, Change)> = vec![
        ("an unknown field", Box::new(|job| job["key"] = 1.into())),
        ("a table", Box::new(|job| job["job"]["question"]["sources"][0]["table"] = 9.into())),
        ("a column", Box::new(move |job| job["job"]["question"]["filter"] = column(0, 6))),
        ("whom it is about", Box::new(move |job| job["job"]["question"]["filter"] = column(0, 0))),
        ("a source", Box::new(move |job| job["job"]["question"]["filter"] = column(2, 1))),
        ("groups", Box::new(|job| job["job"]["question"]["keys"][0][1] = (1u64 << 41).into())),
        ("no source", Box::new(|job| job["job"]["question"]["sources"] = serde_json::json!([]))),
        ("a way out", Box::new(|job| job["job"]["question"]["tables"][0]["name"] = "../secret".into())),
        ("no value", Box::new(|job| job["job"]["question"]["filter"] = serde_json::json!([]))),
        ("half a value", Box::new(|job| job["job"]["question"]["filter"] = serde_json::json!(["Add"]))),
        (
            "two values",
            Box::new(|job| job["job"]["question"]["filter"] = serde_json::json!(["Missing", "Missing"])),
        ),
        (
            "a case of many",
            Box::new(|job| job["job"]["question"]["filter"] = serde_json::json!([{ "Case": usize::MAX }])),
        ),
    ];
    for (name, change) in changes {
        assert!(read(&change).is_err(), "{name}");
    }
    // A question is divided, and nothing that is divided already.
    let part = |of: serde_json::Value, at: u64, parts: u64| serde_json::json!({ "part": { "of": of, "at": at, "parts": parts } });
    let divided =
        |at, parts| move |job: &mut serde_json::Value| job["job"] = part(job["job"].take(), at, parts);
    assert_eq!(read(&divided(2, 3)), Ok(()));
    for (at, parts) in [(3, 3), (0, 0), (0, MOST_DIVIDED as u64 + 1)] {
        assert!(read(&divided(at, parts)).is_err(), "{at} of {parts}");
    }
    assert!(read(&|job| job["job"] = part(part(job["job"].take(), 0, 2), 0, 2)).is_err());
    assert!(
        read(&|job| {
            job["job"]["question"]["sources"] = serde_json::json!([]);
            job["job"] = part(job["job"].take(), 0, 2);
        })
        .is_err()
    );
    let mut long = u32::MAX.to_le_bytes().to_vec();
    long.push(0);
    assert!(Order::read(&mut &long[..]).is_err());
}

#[test]
fn a_value_is_the_same_after_it_was_written() {
    let number = |number| Box::new(Value::Number(number));
    let mut deep = Value::Column(0, 1);
    for n in 0..2000 {
        deep = Value::Add(Box::new(deep), number(n));
    }
    let compare = Value::Compare(Comparison::AtMost, number(1), number(2));
    let all = [
        deep,
        Value::Subtract(number(1), Box::new(Value::Multiply(number(2), number(3)))),
        Value::Case(
            vec![(compare.clone(), Value::Missing), (Value::Unknown, Value::Person(1))],
            Box::new(Value::Lookup(number(4), vec![None, Some(5)].into())),
        ),
        Value::Case(Vec::new(), number(1)),
        Value::Not(Box::new(Value::Or(
            Box::new(Value::And(Box::new(compare), Box::new(Value::Truth(true)))),
            Box::new(Value::IsMissing(Box::new(Value::Calendar(Part::Quarter, number(6))))),
        ))),
        Value::Divide(number(7), number(0)),
    ];
    for value in all {
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}

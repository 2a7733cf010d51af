//! One person more or less: over all small tables no sum moves further than noise is drawn for, and no more groups do.

use super::*;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Rows of (person, group, value) as a batch.
fn batch(rows: &[(i64, i64, Option<i64>)]) -> RecordBatch {
    let field = |name| Field::new(name, DataType::Int64, true);
    let schema = Arc::new(Schema::new(vec![field(PERSON), field("k0"), field("f0")]));
    let persons = Int64Array::from_iter_values(rows.iter().map(|row| row.0));
    let groups = Int64Array::from_iter_values(rows.iter().map(|row| row.1));
    let values = Int64Array::from_iter(rows.iter().map(|row| row.2));
    RecordBatch::try_new(schema, vec![Arc::new(persons), Arc::new(groups), Arc::new(values)]).unwrap()
}

fn shape(rows: u64, groups: u64) -> Arc<Shape> {
    let of = |kind, least, greatest| Measurement { column: Some(0), kind, least, greatest };
    let measurements = vec![
        Measurement { column: None, kind: Kind::Rows, least: 0, greatest: 1 },
        of(Kind::Rows, 0, 1),
        of(Kind::Persons, 0, 1),
        of(Kind::Sum(0), -2, 5),
        of(Kind::Sum(1), -2, 5),
        of(Kind::Squares { from: 1, step: 1, middle: 4 }, -2, 5),
    ];
    let of_column = measurements.iter().map(|m| m.column).collect();
    let bounding = Bounding { rows, groups, single: false };
    Arc::new(Shape { keys: vec![3], measurements, bounding, columns: vec![0], of_column, salt: [5; 32] })
}

/// Sums of rows that come in parts of these sizes.
fn totals(shape: &Arc<Shape>, rows: &[(i64, i64, Option<i64>)], size: usize) -> Totals {
    static PERSONS: OnceLock<TempDir> = OnceLock::new();
    let folder = PERSONS.get_or_init(|| persons(&(0..5000).collect::<Vec<u64>>()));
    of_persons(shape, rows, size, folder)
}

/// Sums of rows of persons whose digests are made of these.
fn numbered(shape: &Arc<Shape>, rows: &[(i64, i64, Option<i64>)], size: usize, who: &[u64]) -> Totals {
    of_persons(shape, rows, size, &persons(who))
}

fn persons(who: &[u64]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let entry = |person: &u64| [&Sha256::digest(person.to_le_bytes())[..16], &[0; 4]].concat();
    std::fs::write(folder.path().join("persons"), who.iter().flat_map(entry).collect::<Vec<u8>>()).unwrap();
    folder
}

fn of_persons(shape: &Arc<Shape>, rows: &[(i64, i64, Option<i64>)], size: usize, folder: &TempDir) -> Totals {
    let whose = Whose::open(&folder.path().join("persons")).unwrap();
    let mut folding = Bounded::new(Arc::clone(shape), Some(whose));
    for part in rows.chunks(size.max(1)) {
        folding.add(&batch(part)).unwrap();
    }
    Bounded::totals(vec![folding]).unwrap()
}

/// How far apart two tables of sums are, group by group.
fn apart(a: &Totals, b: &Totals, at: usize) -> Vec<u128> {
    let of = |totals: &Totals, place: u64| {
        totals.groups.iter().find(|group| group.place == place).map_or(0, |group| group.sums[at])
    };
    (0..4).map(|place| of(a, place).abs_diff(of(b, place))).collect()
}

/// All tables of so many rows of two persons.
fn tables(rows: usize) -> Vec<Vec<(i64, i64, Option<i64>)>> {
    let mut all = vec![Vec::new()];
    for _ in 0..rows {
        let longer = all.iter().flat_map(|table: &Vec<_>| {
            let start = table.last().map_or(0, |row: &(i64, i64, Option<i64>)| row.0);
            let persons = start..2;
            let cells = persons.flat_map(|p| {
                (0..3).flat_map(move |g| [Some(9), Some(-9), Some(1), None].map(|v| (p, g, v)))
            });
            cells.map(|row| [&table[..], &[row]].concat()).collect::<Vec<_>>()
        });
        all = longer.collect();
    }
    all
}

#[test]
fn a_person_moves_no_sum_further_than_is_said() {
    let mut reached = false;
    for (most_rows, most_groups) in [(1, 1), (2, 1), (1, 2), (2, 2)] {
        let shape = shape(most_rows, most_groups);
        for table in (1..4).flat_map(tables) {
            let all = totals(&shape, &table, 2);
            for person in 0..2 {
                let rest: Vec<_> = table.iter().copied().filter(|row| row.0 != person).collect();
                let without = totals(&shape, &rest, 3);
                for (at, measurement) in shape.measurements.iter().enumerate() {
                    let apart = apart(&all, &without, at);
                    let most = measurement.most(most_rows);
                    let moved = apart.iter().filter(|apart| **apart > 0).count() as u64;
                    assert!(apart.iter().all(|apart| *apart <= most), "{table:?}: {measurement:?} {apart:?}");
                    assert!(moved <= most_groups, "{table:?}: {moved} groups");
                    // In the Euclidean norm.
                    let square: u128 = apart.iter().map(|apart| apart * apart).sum();
                    assert!(square <= u128::from(most_groups) * most * most);
                    reached |= most_groups == 2 && square == 2 * most * most;
                }
            }
        }
    }
    // Somebody moves as much as is said.
    assert!(reached);
}

/// Without bounds the same persons move sums further: the test above can fail.
#[test]
fn without_bounds_somebody_moves_more() {
    let (bounded, free) = (shape(1, 1), shape(100, 100));
    let table = [(0, 0, Some(5)), (1, 0, Some(5)), (1, 0, Some(4)), (1, 1, Some(5))];
    let without = totals(&bounded, &table[..1], 1);
    let moved = |shape| apart(&totals(shape, &table, 4), &without, 3);
    assert_eq!(moved(&free), [9, 5, 0, 0]);
    assert_eq!(moved(&bounded).iter().filter(|apart| **apart > 0).count(), 1);
}

/// What counts of a person does not follow from the order of rows, from where batches end, or from who else there is.
#[test]
fn what_counts_is_the_same_however_rows_come() {
    let shape = shape(2, 2);
    let own: Vec<_> = (0..12).map(|n| (7, n % 3, Some(n / 3 - 1))).collect();
    let first = totals(&shape, &own, 12);
    let mut turned = own.clone();
    for turn in 0..12 {
        turned.rotate_left(1);
        if turn % 2 == 0 {
            turned.reverse();
        }
        assert_eq!(totals(&shape, &turned, 1 + turn), first);
        let others: Vec<_> = (0..turn as i64).map(|n| (n % 5, n % 3, Some(1))).collect();
        let mut others = others;
        others.sort_unstable();
        let with = totals(&shape, &[&others[..], &turned[..]].concat(), 5);
        let alone = totals(&shape, &others, 5);
        for at in 0..shape.measurements.len() {
            assert_eq!(apart(&with, &alone, at), apart(&first, &Totals::default(), at));
        }
    }
}

/// Somebody with more rows than wait is bounded as somebody with few, and the choice is not by their order.
#[test]
fn a_heavy_person_counts_as_others_do() {
    let shape = shape(3, 2);
    let mut rows: Vec<_> = (0..200_000).map(|n| (3, n % 3, Some(n % 5))).collect();
    let found = totals(&shape, &rows, 8192);
    assert_eq!(found.groups.len(), 2);
    assert!(found.groups.iter().all(|group| group.sums[0] == 3), "{found:?}");
    rows.reverse();
    assert_eq!(totals(&shape, &rows, 8191), found);
}

/// Over many persons every group is chosen about as often.
#[test]
fn no_group_is_preferred() {
    let shape = shape(1, 1);
    let rows: Vec<_> =
        (0..3000).flat_map(|person| (0..3).map(move |group| (person, group, Some(1)))).collect();
    let found = totals(&shape, &rows, 1000);
    assert!(found.groups.iter().all(|group| (900..1100).contains(&group.sums[0])), "{found:?}");
}

/// What counts follows from who somebody is, and not from how many were registered before.
#[test]
fn what_counts_does_not_follow_from_the_order_of_registering() {
    let shape = shape(1, 1);
    let own =
        |person: i64| (0..3).flat_map(move |group| (0..3).map(move |n| (person, group, Some(n + group))));
    let mut moved = 0;
    for who in 0..40 {
        let first = numbered(&shape, &own(0).collect::<Vec<_>>(), 9, &[who, 900]);
        let second = numbered(&shape, &own(1).collect::<Vec<_>>(), 9, &[900, who]);
        assert_eq!(first, second, "{who}");
        moved += usize::from(first != numbered(&shape, &own(0).collect::<Vec<_>>(), 9, &[who + 1]));
    }
    assert!(moved > 20, "somebody else counts otherwise");
}

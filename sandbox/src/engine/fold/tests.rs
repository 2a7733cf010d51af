use super::{Fold as _, Folding, Layout};
use crate::engine::stored::{LINE, PERSON};
use crate::question;
use crate::worker::reply;
use crate::world::World;
use datafusion::arrow::array::{ArrayRef, Int64Array};
use datafusion::arrow::record_batch::RecordBatch;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::Arc;

/// A row: whose it is, its number, and a value that may be missing.
type Row = (i64, i64, Option<i64>);

fn batch(rows: &[Row]) -> RecordBatch {
    let persons: Int64Array = rows.iter().map(|row| Some(row.0)).collect();
    let lines: Int64Array = rows.iter().map(|row| Some(row.1)).collect();
    let values: Int64Array = rows.iter().map(|row| row.2).collect();
    let columns = [(PERSON, persons), (LINE, lines), ("f1", values)];
    RecordBatch::try_from_iter(columns.map(|(name, column)| (name, Arc::new(column) as ArrayRef))).unwrap()
}

/// What rows come to, read in so many parts and in batches of so many.
fn computed(question: &question::Question, rows: &[Row], parts: usize, batches: usize) -> Vec<u8> {
    let layout = Arc::new(Layout::of(question, 3, true).unwrap());
    let mut folded = Vec::new();
    let mut left = rows;
    for part in (1..=parts).rev() {
        // No person is in two parts.
        let mut end = left.len() / part;
        while end > 0 && end < left.len() && left[end].0 == left[end - 1].0 {
            end += 1;
        }
        let (own, others) = left.split_at(end);
        left = others;
        let mut folding = Folding::new(Arc::clone(&layout));
        for rows in own.chunks(batches) {
            folding.add(&batch(rows)).unwrap();
        }
        folded.push(folding);
    }
    let mut bytes = Vec::new();
    let all = Folding::together(folded).computed(question);
    reply::written(&all, &[], |frame| {
        bytes.extend_from_slice(frame);
        Ok(())
    })
    .unwrap();
    bytes
}

#[test]
fn it_is_the_same_in_however_many_parts_rows_come() {
    let world = World::new(1);
    let asked = "SELECT COUNT(*) AS n, SUM(area) AS s, AVG(area) AS m FROM homes";
    let question = question::read(asked, &world.dataset, &world.policy).unwrap();
    assert_eq!(
        Layout::of(&question, 3, true).unwrap().sums.len(),
        2,
        "a sum and a mean are of the same values"
    );
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(3);
    for round in 0..200 {
        let (mut rows, mut person): (Vec<Row>, i64) = (Vec::new(), 0);
        for line in 0..dice.random_range(0..40) {
            person += dice.random_range(0..2);
            // Rounds in which all values are there, none is nought, or few are.
            let value = match dice.random_range(0..4) {
                0 if round % 2 == 0 => None,
                1 if round % 3 == 0 => Some(0),
                _ => Some(dice.random_range(1..5)),
            };
            rows.push((person, line, value));
        }
        let whole = computed(&question, &rows, 1, 64);
        for (parts, batches) in [(1, 1), (2, 64), (3, 2)] {
            assert_eq!(computed(&question, &rows, parts, batches), whole, "{parts} parts of {rows:?}");
        }
    }
}

#[test]
fn who_is_in_a_figure_is_who_has_a_value() {
    let world = World::new(1);
    let asked = "SELECT COUNT(*) AS n, SUM(area) AS s FROM homes";
    let question = question::read(asked, &world.dataset, &world.policy).unwrap();
    let layout = Arc::new(Layout::of(&question, 3, true).unwrap());
    let rows =
        [(0, 0, Some(5)), (0, 4, Some(-5)), (1, 1, None), (2, 2, Some(0)), (2, 3, Some(7)), (3, 5, None)];
    let mut folding = Folding::new(layout);
    folding.add(&batch(&rows)).unwrap();
    let all = Folding::together(vec![folding]).computed(&question);
    let cell = &all.cells[0];
    let [count, sum] = &cell.parts[..] else { panic!("two figures") };
    let of = |set: &roaring::RoaringBitmap| set.iter().collect::<Vec<_>>();
    assert_eq!(of(&cell.persons), [0, 1, 2, 3]);
    assert_eq!((of(&count.persons), of(&count.lines)), (vec![0, 1, 2, 3], vec![0, 1, 2, 3, 4, 5]));
    assert_eq!((of(&count.telling), of(&count.telling_lines)), (of(&count.persons), of(&count.lines)));
    assert_eq!((of(&sum.persons), of(&sum.lines)), (vec![0, 2], vec![0, 2, 3, 4]));
    // The first person's values come to nought, and one row of the third is nought.
    assert_eq!((of(&sum.telling), of(&sum.telling_lines)), (vec![2], vec![0, 3, 4]));
    assert_eq!((sum.rows, sum.sum), (4, 7));
}

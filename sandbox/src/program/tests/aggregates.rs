//! Aggregates come to what they say, and to no more than may be said.

use super::written::{aggregate_of, limits, number, rows, soon};
use crate::program::aggregate::Aggregate;
use crate::program::{Failed, Limits, MISSING, Machine, Output, Rows};

/// Adds up the first column.
const SUM: (&str, &str, &str) = (
    "(global $sum (mut i64) (i64.const 0))",
    r"(local $next i32)
      (block $done (loop $more
        (br_if $done (i32.ge_u (local.get $next) (local.get $rows)))
        (global.set $sum (i64.add (global.get $sum)
          (i64.load (i32.add (local.get $at) (i32.shl (local.get $next) (i32.const 3))))))
        (local.set $next (i32.add (local.get $next) (i32.const 1)))
        (br $more)))",
    r"(i64.store (i32.const 16) (global.get $sum))
      (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 1)) (i32.const 0)",
);

type Table = Result<Vec<Vec<Option<i64>>>, Failed>;

fn run(bytes: &[u8], outputs: &[Output], limits: &Limits, all: &[Rows]) -> Table {
    let machine = Machine::new().unwrap();
    let mut running = Aggregate::start(&machine, bytes, outputs, limits, soon())?;
    for rows in all {
        running.take(rows)?;
    }
    running.finish()
}

/// A table of so many cells, each as its place.
fn table(cells: usize) -> Vec<u8> {
    let fill = format!(
        r"(local $next i32)
          (loop $more
            (i64.store offset=16 (i32.shl (local.get $next) (i32.const 3)) (i64.extend_i32_u (local.get $next)))
            (local.set $next (i32.add (local.get $next) (i32.const 1)))
            (br_if $more (i32.lt_u (local.get $next) (i32.const {cells}))))
          (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const {cells})) (i32.const 0)"
    );
    aggregate_of("", "", &fill)
}

#[test]
fn batches_are_of_one_table() {
    let sum = aggregate_of(SUM.0, SUM.1, SUM.2);
    let batches = [rows(&[&[1, 2], &[3]]), rows(&[]), rows(&[&[4]])];
    assert_eq!(run(&sum, &[number()], &limits(), &batches), Ok(vec![vec![Some(10)]]));
}

#[test]
fn a_table_has_so_many_rows_and_cells() {
    let limits = Limits { rows: 3, cells: 6, ..limits() };
    let two = [number(), number()];
    let row = |row: i64| vec![Some(2 * row), Some(2 * row + 1)];
    assert_eq!(run(&table(6), &two, &limits, &[]), Ok(vec![row(0), row(1), row(2)]));
    for cells in [8, 5, 7] {
        assert!(matches!(run(&table(cells), &two, &limits, &[]), Err(Failed::Output(_))), "{cells}");
    }
    assert!(matches!(run(&table(4), &two[..1], &limits, &[]), Err(Failed::Output(_))));
}

#[test]
fn numbers_have_so_many_digits_and_stay_within_bounds() {
    let sum = aggregate_of(SUM.0, SUM.1, SUM.2);
    let of = |value: i64, digits: u32| {
        let limits = Limits { digits, ..limits() };
        run(&sum, &[number()], &limits, &[rows(&[&[value]])]).unwrap()[0][0]
    };
    assert_eq!(of(123_456, 4), Some(123_400));
    assert_eq!(of(123_456, 6), Some(123_456));
    assert_eq!(of(999, 1), Some(900));
    assert_eq!(of(7, 1), Some(7));
    assert_eq!(of(1_000_001, 7), None);
    assert_eq!(of(-1, 4), None);
    assert_eq!(of(MISSING, 4), None);
}

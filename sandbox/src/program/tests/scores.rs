//! Scores come to what they say, alone or together.

use super::written::{limits, number, rows, score_of, scored, soon};
use crate::dataset::Domain;
use crate::program::score::Score;
use crate::program::{MISSING, Machine, Output, Rows};

/// Twice the wage.
const TWICE: &str = "(i64.mul (call $value (local.get $row) (i32.const 0)) (i64.const 2))";

#[test]
fn each_row_has_its_value() {
    let (quick, values) = scored(&score_of("", TWICE), true, &rows(&[&[1, 2], &[3], &[], &[4, 5, 6]]));
    assert!(quick);
    assert_eq!(values, [[2, 4, 6, 8, 10, 12].map(Some).to_vec()]);
}

#[test]
fn each_person_has_a_value_of_all_rows() {
    let most = r"(local $at i32) (local $sum i64)
        (loop $next
          (local.set $sum (i64.add (local.get $sum) (call $value (local.get $at) (i32.const 0))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $at) (call $rows))))
        (local.get $sum)";
    let (quick, values) = scored(&score_of("", most), false, &rows(&[&[1, 2], &[3], &[4, 5, 6]]));
    assert!(quick);
    assert_eq!(values, [[3, 3, 3, 15, 15, 15].map(Some).to_vec()]);
}

#[test]
fn what_was_not_declared_is_missing() {
    let same = "(call $value (local.get $row) (i32.const 0))";
    let (_, values) = scored(&score_of("", same), true, &rows(&[&[1_000_000, 1_000_001, -1, MISSING]]));
    assert_eq!(values, [vec![Some(1_000_000), None, None, None]]);
    let machine = Machine::new().unwrap();
    let labels = Domain::Text(vec!["low".to_owned(), "high".to_owned()]);
    let score = Score::new(&machine, &score_of("", same), &[Output::of(&labels)], true, &limits()).unwrap();
    let values = score.running().values(&rows(&[&[0, 1, 2, -1]]), soon()).unwrap();
    assert_eq!(values, [vec![Some(0), Some(1), None, None]]);
}

#[test]
fn outputs_are_asked_for_one_by_one() {
    let either = "(select (call $value (local.get $row) (i32.const 0)) (i64.const 7) (local.get $output))";
    let machine = Machine::new().unwrap();
    let score = Score::new(&machine, &score_of("", either), &[number(), number()], true, &limits()).unwrap();
    let values = score.running().values(&rows(&[&[1], &[2, 3]]), soon()).unwrap();
    assert_eq!(values, [vec![Some(7); 3], vec![Some(1), Some(2), Some(3)]]);
}

#[test]
fn of_nobody_there_is_nothing() {
    let (_, values) = scored(&score_of("", TWICE), true, &rows(&[]));
    assert_eq!(values, [Vec::new()]);
}

#[test]
fn many_persons_are_more_than_one_batch() {
    let wages: Vec<i64> = (0..10_000).collect();
    let persons: Vec<i64> = (0..10_000).map(|row| row / 3).collect();
    let all = Rows::of(&persons, &[&wages]).unwrap();
    let (_, values) = scored(&score_of("", TWICE), true, &all);
    assert_eq!(values[0], wages.iter().map(|wage| Some(wage * 2)).collect::<Vec<_>>());
}

#[test]
fn one_who_needs_all_the_fuel_there_is_takes_nobody_elses() {
    // Turns as many times as the wage says.
    let turns = r"(local $left i64)
        (local.set $left (call $value (local.get $row) (i32.const 0)))
        (loop $turn
          (local.set $left (i64.sub (local.get $left) (i64.const 1)))
          (br_if $turn (i64.gt_s (local.get $left) (i64.const 0))))
        (i64.const 1)";
    let mut wages = vec![5i64; 3000];
    (wages[10], wages[1500], wages[2999]) = (1_000_000, 50_000, 1_000_000);
    let persons: Vec<i64> = (0..3000).collect();
    let (quick, values) = scored(&score_of("", turns), true, &Rows::of(&persons, &[&wages]).unwrap());
    assert!(quick);
    let failed: Vec<usize> = (0..3000).filter(|at| values[0][*at].is_none()).collect();
    assert_eq!(failed, [10, 2999]);
}

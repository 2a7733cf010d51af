//! Programs for tests.

use crate::dataset::Domain;
use crate::program::score::{Score, Values};
use crate::program::{Limits, Machine, Output, Rows};
use std::time::{Duration, Instant};

/// A score whose module has these functions and `score`, with `rows` and `value` to call.
pub(crate) fn score_of(inside: &str, score: &str) -> Vec<u8> {
    score_with("", "", inside, score)
}

/// The same with imports of its own: of the component, and of the module.
pub(crate) fn score_with(imports: &str, lowered: &str, inside: &str, score: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
          (import "yinshu:program/person@0.1.0" (instance $person
            (export "rows" (func (result u32)))
            (export "value" (func (param "row" u32) (param "column" u32) (result s64)))))
          {imports}
          (core func $rows (canon lower (func $person "rows")))
          (core func $value (canon lower (func $person "value")))
          {lowered}
          (core module $m
            (import "person" "rows" (func $rows (result i32)))
            (import "person" "value" (func $value (param i32 i32) (result i64)))
            {inside}
            (func (export "score") (param $row i32) (param $output i32) (result i64) {score}))
          (core instance $i (instantiate $m
            (with "person" (instance (export "rows" (func $rows)) (export "value" (func $value))))))
          (func (export "score") (param "row" u32) (param "output" u32) (result s64)
            (canon lift (core func $i "score"))))"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// An aggregate whose module has this, the locals of `batch` and `finish` first.
pub(crate) fn aggregate_of(inside: &str, batch: &str, finish: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
          (core module $m
            (memory (export "memory") 2)
            (global $end (mut i32) (i32.const 4096))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
              (local $more i32)
              (local.set $more (i32.sub
                (i32.shr_u (i32.add (local.get 3) (i32.const 135167)) (i32.const 16)) (memory.size)))
              (if (i32.gt_s (local.get $more) (i32.const 0))
                (then (if (i32.eq (memory.grow (local.get $more)) (i32.const -1)) (then unreachable))))
              (i32.const 65536))
            {inside}
            (func (export "batch") (param $rows i32) (param $at i32) (param $length i32) {batch})
            (func (export "finish") (result i32) {finish}))
          (core instance $i (instantiate $m))
          (func (export "batch") (param "rows" u32) (param "values" (list s64))
            (canon lift (core func $i "batch") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
          (func (export "finish") (result (list s64))
            (canon lift (core func $i "finish") (memory (core memory $i "memory")))))"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Numbers from nothing to a million.
pub(crate) fn number() -> Output {
    Output::of(&Domain::Number { decimals: 0, min: 0, max: 1_000_000 })
}

pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

pub(crate) fn limits() -> Limits {
    Limits { memory_mib: 4, fuel_in_all: 100_000_000, ..Limits::default() }
}

/// Wages of persons, each with as many rows as there are.
pub(crate) fn rows(persons: &[&[i64]]) -> Rows {
    let of = |(person, values): (i64, &&[i64])| vec![person; values.len()];
    let names: Vec<i64> = (0..).zip(persons).flat_map(of).collect();
    Rows::of(&names, &[&persons.concat()]).unwrap()
}

/// What a score comes to, in both ways, which are one.
pub(crate) fn scored(bytes: &[u8], each: bool, rows: &Rows) -> (bool, Vec<Values>) {
    let machine = Machine::new().unwrap();
    let score = Score::new(&machine, bytes, &[number()], each, &limits()).unwrap();
    let values = score.running().values(rows, soon()).unwrap();
    let quick = score.is_quick();
    let slowly = score.slowly().running().values(rows, soon()).unwrap();
    assert_eq!(values, slowly, "together and alone");
    (quick, values)
}

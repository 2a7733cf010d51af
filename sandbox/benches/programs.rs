//! Programs over a million rows, beside the same loop as the compiler of this machine makes it.
//!
//! ```text
//! cargo bench -p yinshu-sandbox --bench programs
//! ```
//!
//! The score is a logistic regression of five terms with its exponential worked out by hand, the same in both; the aggregate is a
//! histogram and a sum. Times are processor time, the mean of several runs.

use std::hint::black_box;
use std::time::{Duration, Instant};
use yinshu_sandbox::dataset::Domain;
use yinshu_sandbox::program::aggregate::Aggregate;
use yinshu_sandbox::program::score::Score;
use yinshu_sandbox::program::{Limits, MISSING, Machine, Output, Rows};

const ROWS: usize = 1_000_000;
const BATCH: usize = 8192;

/// A wage and an age of every row, of one person each.
fn table() -> (Vec<i64>, Vec<i64>) {
    let next = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *state >> 33
    };
    let mut state = 7;
    let wages = (0..ROWS).map(|_| (next(&mut state) % 1_000_000) as i64).collect();
    let mut ages: Vec<i64> = (0..ROWS).map(|_| (next(&mut state) % 100) as i64).collect();
    for missing in ages.iter_mut().step_by(97) {
        *missing = MISSING;
    }
    (wages, ages)
}

/// e to the power of x: 2 to the power of a whole number times a polynomial.
fn exp(x: f64) -> f64 {
    let turns = (x * std::f64::consts::LOG2_E).round_ties_even();
    let rest = x - turns * std::f64::consts::LN_2;
    let polynomial = POLYNOMIAL.iter().fold(0.0, |sum, factor| sum * rest + factor);
    polynomial * f64::from_bits(((turns as i64 + 1023) << 52) as u64)
}

const POLYNOMIAL: [f64; 8] = [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];

fn risk(wage: i64, age: i64) -> i64 {
    if wage == MISSING || age == MISSING {
        return MISSING;
    }
    let (wage, age) = (wage as f64, age as f64);
    let logit = -3.0 + 0.04 * age - 0.000_004 * wage + 0.000_2 * age * age - 0.000_000_01 * wage * age;
    (100.0 / (1.0 + exp(-logit))) as i64
}

fn score() -> Vec<u8> {
    let factor = |sum: String, factor: &f64| {
        format!("(f64.add (f64.mul {sum} (local.get $rest)) (f64.const {factor:?}))")
    };
    let polynomial = POLYNOMIAL.iter().fold("(f64.const 0)".to_owned(), factor);
    let text = format!(
        r#"(component
          (import "yinshu:program/person@0.1.0" (instance $person
            (export "value" (func (param "row" u32) (param "column" u32) (result s64)))))
          (core func $value (canon lower (func $person "value")))
          (core module $m
            (import "person" "value" (func $value (param i32 i32) (result i64)))
            (func $exp (param $x f64) (result f64) (local $turns f64) (local $rest f64)
              (local.set $turns (f64.nearest (f64.mul (local.get $x) (f64.const {log2e:?}))))
              (local.set $rest (f64.sub (local.get $x) (f64.mul (local.get $turns) (f64.const {ln2:?}))))
              (f64.mul {polynomial} (f64.reinterpret_i64 (i64.shl
                (i64.add (i64.trunc_sat_f64_s (local.get $turns)) (i64.const 1023)) (i64.const 52)))))
            (func (export "score") (param $row i32) (param $output i32) (result i64)
              (local $w i64) (local $a i64) (local $wage f64) (local $age f64)
              (local.set $w (call $value (local.get $row) (i32.const 0)))
              (local.set $a (call $value (local.get $row) (i32.const 1)))
              (if (i32.or (i64.eq (local.get $w) (i64.const {MISSING})) (i64.eq (local.get $a) (i64.const {MISSING})))
                (then (return (i64.const {MISSING}))))
              (local.set $wage (f64.convert_i64_s (local.get $w)))
              (local.set $age (f64.convert_i64_s (local.get $a)))
              (i64.trunc_sat_f64_s (f64.div (f64.const 100) (f64.add (f64.const 1) (call $exp (f64.neg
                (f64.sub (f64.add (f64.sub (f64.add (f64.const -3) (f64.mul (f64.const 0.04) (local.get $age)))
                    (f64.mul (f64.const 0.000004) (local.get $wage)))
                  (f64.mul (f64.mul (f64.const 0.0002) (local.get $age)) (local.get $age)))
                  (f64.mul (f64.mul (f64.const 0.00000001) (local.get $wage)) (local.get $age))))))))))
          (core instance $i (instantiate $m (with "person" (instance (export "value" (func $value))))))
          (func (export "score") (param "row" u32) (param "output" u32) (result s64)
            (canon lift (core func $i "score"))))"#,
        log2e = std::f64::consts::LOG2_E,
        ln2 = std::f64::consts::LN_2,
    );
    wat::parse_str(text).expect("it is a component")
}

/// The same with a memory that it writes into, so that every person has an instance.
fn writing() -> Vec<u8> {
    let text = r#"(component
      (import "yinshu:program/person@0.1.0" (instance $person
        (export "value" (func (param "row" u32) (param "column" u32) (result s64)))))
      (core func $value (canon lower (func $person "value")))
      (core module $m
        (import "person" "value" (func $value (param i32 i32) (result i64)))
        (memory 17)
        (func (export "score") (param $row i32) (param $output i32) (result i64)
          (i64.store (i32.const 1048000) (call $value (local.get $row) (i32.const 0)))
          (i64.rem_s (i64.load (i32.const 1048000)) (i64.const 100))))
      (core instance $i (instantiate $m (with "person" (instance (export "value" (func $value))))))
      (func (export "score") (param "row" u32) (param "output" u32) (result s64)
        (canon lift (core func $i "score"))))"#;
    wat::parse_str(text).expect("it is a component")
}

/// Wages by age, counted and added up.
fn histogram(wages: &[i64], ages: &[i64], bins: &mut [i64; 256]) {
    for (wage, age) in wages.iter().zip(ages) {
        if *wage != MISSING && *age != MISSING {
            let bin = (*age as u64 & 127) as usize;
            bins[2 * bin] += 1;
            bins[2 * bin + 1] += wage;
        }
    }
}

fn aggregate() -> Vec<u8> {
    let text = format!(
        r#"(component
          (core module $m
            (memory (export "memory") 8)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
            (func (export "batch") (param $rows i32) (param $at i32) (param $length i32)
              (local $end i32) (local $apart i32) (local $w i64) (local $a i64) (local $bin i32)
              (local.set $apart (i32.shl (local.get $rows) (i32.const 3)))
              (local.set $end (i32.add (local.get $at) (local.get $apart)))
              (loop $next
                (local.set $w (i64.load (local.get $at)))
                (local.set $a (i64.load (i32.add (local.get $at) (local.get $apart))))
                (if (i32.and (i64.ne (local.get $w) (i64.const {MISSING})) (i64.ne (local.get $a) (i64.const {MISSING})))
                  (then
                    (local.set $bin (i32.shl (i32.and (i32.wrap_i64 (local.get $a)) (i32.const 127)) (i32.const 4)))
                    (i64.store offset=16 (local.get $bin)
                      (i64.add (i64.load offset=16 (local.get $bin)) (i64.const 1)))
                    (i64.store offset=24 (local.get $bin)
                      (i64.add (i64.load offset=24 (local.get $bin)) (local.get $w)))))
                (local.set $at (i32.add (local.get $at) (i32.const 8)))
                (br_if $next (i32.lt_u (local.get $at) (local.get $end)))))
            (func (export "finish") (result i32)
              (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 256)) (i32.const 0)))
          (core instance $i (instantiate $m))
          (func (export "batch") (param "rows" u32) (param "values" (list s64))
            (canon lift (core func $i "batch") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
          (func (export "finish") (result (list s64))
            (canon lift (core func $i "finish") (memory (core memory $i "memory")))))"#
    );
    wat::parse_str(text).expect("it is a component")
}

/// Processor time of this thread, where the system tells it; else the time of day, which other work on the machine is in.
fn spent() -> Duration {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| BEGAN.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// The time of one of so many runs: the system counts processor time too coarsely for a single one.
fn mean(times: u32, mut run: impl FnMut()) -> Duration {
    let began = spent();
    (0..times).for_each(|_| run());
    spent().saturating_sub(began) / times
}

#[allow(clippy::print_stdout, reason = "it says how long things took")]
fn main() {
    let (wages, ages) = table();
    let persons: Vec<i64> = (0..ROWS as i64).collect();
    let machine = Machine::new().expect("it runs here");
    let number = |max| Output::of(&Domain::Number { decimals: 0, min: 0, max });
    let limits = Limits { cells: 256, digits: 18, ..Limits::default() };
    let until = || Instant::now() + Duration::from_secs(600);
    let batches: Vec<Rows> = (0..ROWS)
        .step_by(BATCH)
        .map(|at| at..(at + BATCH).min(ROWS))
        .map(|part| Rows::of(&persons[part.clone()], &[&wages[part.clone()], &ages[part]]).expect("alike"))
        .collect();

    let compiled = Instant::now();
    let score = Score::new(&machine, &score(), &[number(100)], true, &limits).expect("it is a score");
    println!("score: compiled in {:?}, quick: {}", compiled.elapsed(), score.is_quick());
    let native = mean(100, || {
        for (wages, ages) in wages.chunks(BATCH).zip(ages.chunks(BATCH)) {
            let values = wages.iter().zip(ages).map(|(wage, age)| risk(*wage, *age));
            let values: Vec<Option<i64>> =
                values.map(|value| if (0..=100).contains(&value) { Some(value) } else { None }).collect();
            black_box(values);
        }
    });
    let mut found = Vec::new();
    let program = mean(10, || {
        let mut running = score.running();
        found.clear();
        for rows in &batches {
            found.extend(running.values(rows, until()).expect("it ends").remove(0));
        }
    });
    let expected = wages.iter().zip(&ages).map(|(wage, age)| risk(*wage, *age));
    assert!(found.iter().zip(expected).all(|(found, value)| found.unwrap_or(MISSING) == value));
    told("score", native, program);

    let slow = Score::new(&machine, &writing(), &[number(100)], true, &limits).expect("it is a score");
    let some = &batches[..2];
    let took = mean(3, || {
        let mut running = slow.running();
        for rows in some {
            black_box(running.values(rows, until()).expect("it ends"));
        }
    });
    println!("score that writes: {:?} for each person", took / (2 * BATCH) as u32);

    let native = mean(500, || {
        let mut bins = [0; 256];
        for (wages, ages) in wages.chunks(BATCH).zip(ages.chunks(BATCH)) {
            histogram(black_box(wages), ages, &mut bins);
        }
        black_box(bins);
    });
    let bytes = aggregate();
    let outputs = [number(i64::MAX), number(i64::MAX)];
    let (mut running, runs) = (Vec::new(), 50);
    for _ in 0..runs {
        running.push(
            Aggregate::start(&machine, &bytes, &outputs, &limits, until()).expect("it is an aggregate"),
        );
    }
    let began = spent();
    for running in &mut running {
        for rows in &batches {
            running.take(rows).expect("it goes on");
        }
    }
    let program = spent().saturating_sub(began) / runs;
    let mut bins = [0; 256];
    histogram(&wages, &ages, &mut bins);
    for running in running {
        let found = running.finish().expect("it ends");
        assert!(found.iter().flatten().zip(bins).all(|(found, value)| *found == Some(value)));
    }
    told("aggregate", native, program);
}

#[allow(clippy::print_stdout, reason = "it says how long things took")]
fn told(what: &str, native: Duration, program: Duration) {
    let ratio = program.as_secs_f64() / native.as_secs_f64();
    println!("{what}: {ROWS} rows, native {native:?}, program {program:?}: {ratio:.2} times as long");
}

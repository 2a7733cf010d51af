//! What programs may try (class J), each beside a control that shows the test could fail.

use super::written::{aggregate_of, limits, number, rows, score_of, score_with, scored, soon};
use crate::program::aggregate::Aggregate;
use crate::program::score::Score;
use crate::program::{Failed, Kind, Limits, Machine, Makeup, Rows};
use std::time::{Duration, Instant};

const WAGE: &str = "(call $value (local.get $row) (i32.const 0))";

/// Says the last person's wage and keeps this one's, in a place that is read and written so.
fn carrying(inside: &str, read: &str, write: &str) -> Vec<u8> {
    let write = write.replace("WAGE", WAGE);
    score_of(inside, &format!("(local $last i64) (local.set $last {read}) {write} (local.get $last)"))
}

/// Ways to carry something from one person to the next.
fn carriers() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (
            "a global",
            carrying("(global $g (mut i64) (i64.const 0))", "(global.get $g)", "(global.set $g WAGE)"),
        ),
        ("memory", carrying("(memory 1)", "(i64.load (i32.const 8))", "(i64.store (i32.const 8) WAGE)")),
        (
            "the size of memory",
            carrying(
                "(memory 1 60)",
                "(i64.extend_i32_u (i32.sub (memory.size) (i32.const 1)))",
                "(drop (memory.grow (i32.wrap_i64 WAGE)))",
            ),
        ),
        (
            "a table",
            carrying(
                "(table $t 4 funcref) (elem declare func $f) (func $f)",
                "(i64.extend_i32_u (i32.eqz (ref.is_null (table.get $t (i32.const 1)))))",
                "(table.set $t (i32.const 1) (ref.func $f))",
            ),
        ),
        (
            "the size of a table",
            carrying(
                "(table $t 1 90 funcref)",
                "(i64.extend_i32_u (i32.sub (table.size $t) (i32.const 1)))",
                "(drop (table.grow $t (ref.null func) (i32.wrap_i64 WAGE)))",
            ),
        ),
        (
            "a segment that was dropped",
            carrying(
                "(memory 1) (data $d \"\\01\")",
                "(i64.const 0)",
                "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop $d) (local.set $last (i64.load (i32.const 0)))",
            ),
        ),
    ]
}

#[test]
fn nothing_is_carried_from_one_person_to_the_next() {
    let all = rows(&[&[7], &[11], &[13]]);
    for (name, bytes) in carriers() {
        let (quick, values) = scored(&bytes, true, &all);
        assert!(!quick, "{name}: it can write, and is not to be trusted with two persons");
        let alone: Vec<_> =
            [7, 11, 13].iter().map(|wage| scored(&bytes, true, &rows(&[&[*wage]])).1[0][0]).collect();
        assert_eq!(values[0], alone, "{name}");
    }
}

/// The control: over the rows of one person the same programs do carry, so there is something to be carried.
#[test]
fn within_a_person_it_is() {
    for (name, bytes) in carriers() {
        let values = scored(&bytes, true, &rows(&[&[7, 11, 13]])).1;
        match name {
            "a global" | "memory" => assert_eq!(values[0], [Some(0), Some(7), Some(11)], "{name}"),
            "the size of memory" | "the size of a table" => {
                assert_eq!(values[0], [Some(0), Some(7), Some(18)], "{name}");
            }
            "a table" => assert_eq!(values[0], [Some(0), Some(1), Some(1)], "{name}"),
            // The second time there is nothing to read, and the person has no values.
            _ => assert_eq!(values[0], [None, None, None], "{name}"),
        }
    }
}

/// Everybody's values are the same whether somebody else is there or not.
#[test]
fn one_person_more_or_less_changes_nobody_elses_values() {
    let trap = format!("(if (i64.gt_s {WAGE} (i64.const 900)) (then unreachable)) {WAGE}");
    let burn = format!("(if (i64.gt_s {WAGE} (i64.const 900)) (then (loop $on (br $on)))) {WAGE}");
    let deep = format!("(if (i64.gt_s {WAGE} (i64.const 900)) (then (call $deep))) {WAGE}");
    let mut programs = carriers();
    programs.push(("a trap", score_of("", &trap)));
    programs.push(("all fuel", score_of("", &burn)));
    programs.push(("all stack", score_of("(func $deep (call $deep))", &deep)));
    let wages: Vec<i64> = (0..40).map(|n| if n == 20 { 999 } else { n % 50 }).collect();
    let table = |left_out: Option<usize>| {
        let there: Vec<usize> = (0..wages.len()).filter(|n| Some(*n) != left_out).collect();
        let persons: Vec<i64> = there.iter().map(|n| *n as i64).collect();
        let column: Vec<i64> = there.iter().map(|n| wages[*n]).collect();
        Rows::of(&persons, &[&column]).unwrap()
    };
    for (name, bytes) in programs {
        let with = scored(&bytes, true, &table(None)).1.remove(0);
        let without = scored(&bytes, true, &table(Some(20))).1.remove(0);
        let mut expected = with.clone();
        let own = expected.remove(20);
        assert_eq!(expected, without, "{name}");
        // The control: to the person it does something.
        if name.contains("trap") || name.contains("all ") {
            assert_eq!((own, with[19]), (None, Some(19)), "{name}");
        }
    }
}

#[test]
fn a_loop_without_end_ends() {
    let endless = score_of("", "(loop $on (br $on)) (i64.const 1)");
    let (_, values) = scored(&endless, true, &rows(&[&[1], &[2]]));
    assert_eq!(values[0], [None, None]);
    let endless = aggregate_of("", "(loop $on (br $on))", "unreachable");
    assert!(matches!(aggregated(&endless, &limits()), Err(Failed::Trapped(_))));
    // The control: one that ends.
    let ends = score_of("", "(i64.const 1)");
    assert_eq!(scored(&ends, true, &rows(&[&[1], &[2]])).1[0], [Some(1), Some(1)]);
}

#[test]
fn time_ends_what_fuel_does_not() {
    let endless = aggregate_of("", "(loop $on (br $on))", "unreachable");
    let plenty = Limits { fuel_in_all: u64::MAX / 2, fuel: u64::MAX / 2, ..limits() };
    let machine = Machine::new().unwrap();
    let until = |seconds| Instant::now() + Duration::from_secs(seconds);
    let began = Instant::now();
    let mut running = Aggregate::start(&machine, &endless, &[number()], &plenty, until(4)).unwrap();
    assert_eq!(running.take(&rows(&[&[1]])), Err(Failed::Time));
    let endless = score_of("", "(loop $on (br $on)) (i64.const 1)");
    let score = Score::new(&machine, &endless, &[number()], true, &plenty).unwrap();
    assert_eq!(score.running().values(&rows(&[&[1]]), until(1)), Err(Failed::Time));
    assert_eq!(score.slowly().running().values(&rows(&[&[1]]), until(1)), Err(Failed::Time));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

fn aggregated(bytes: &[u8], limits: &Limits) -> Result<Vec<Vec<Option<i64>>>, Failed> {
    let machine = Machine::new().unwrap();
    let mut running = Aggregate::start(&machine, bytes, &[number()], limits, soon())?;
    running.take(&rows(&[&[1], &[2]]))?;
    running.finish()
}

const ONE: &str = "(i64.store (i32.const 16) (i64.const 1)) (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 1)) (i32.const 0)";

#[test]
fn memory_ends_somewhere() {
    let grow = |pages: u32| {
        let grow =
            format!("(if (i32.eq (memory.grow (i32.const {pages})) (i32.const -1)) (then unreachable))");
        aggregate_of("", &grow, ONE)
    };
    assert!(matches!(aggregated(&grow(1000), &limits()), Err(Failed::Trapped(_))));
    assert_eq!(aggregated(&grow(10), &limits()), Ok(vec![vec![Some(1)]]));
    let score = |pages: u32| {
        score_of(&format!("(memory {pages})"), "(i64.store (i32.const 0) (i64.const 1)) (i64.const 1)")
    };
    assert_eq!(scored(&score(65_000), true, &rows(&[&[1]])).1[0], [None]);
    assert_eq!(scored(&score(10), true, &rows(&[&[1]])).1[0], [Some(1)]);
    // Bytes that are written count as instructions do.
    let fill = format!(
        "(local $n i32) (loop $on (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536))
          (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $on (i32.lt_u (local.get $n) (i32.const {})))) {WAGE}",
        1000
    );
    assert_eq!(scored(&score_of("(memory 1)", &fill), true, &rows(&[&[1]])).1[0], [None]);
    let less = fill.replace("1000", "2");
    assert_eq!(scored(&score_of("(memory 1)", &less), true, &rows(&[&[1]])).1[0], [Some(1)]);
}

#[test]
fn tables_and_stacks_end_somewhere() {
    let table = |entries: u32| score_of(&format!("(table {entries} funcref)"), WAGE);
    assert_eq!(scored(&table(10_000_000), true, &rows(&[&[1]])).1[0], [None]);
    assert_eq!(scored(&table(100), true, &rows(&[&[1]])).1[0], [Some(1)]);
    let down = r"(func $down (param i64) (result i64)
        (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
          (else (i64.add (i64.const 0) (call $down (i64.sub (local.get 0) (i64.const 1)))))))";
    let (_, values) =
        scored(&score_of(down, &format!("(call $down {WAGE})")), true, &rows(&[&[10], &[1_000_000]]));
    assert_eq!(values[0], [Some(1), None]);
}

/// Clock, randomness and files are imported by whatever was built against a system interface, and are not there.
#[test]
fn what_is_not_there_is_a_trap() {
    for name in
        ["wasi:clocks/monotonic-clock@0.2.0", "wasi:random/random@0.2.0", "wasi:filesystem/preopens@0.2.0"]
    {
        let imports = format!(r#"(import "{name}" (instance $system (export "ask" (func (result u64)))))"#);
        let lowered = r#"(core func $ask (canon lower (func $system "ask")))"#;
        let with = |score: &str| {
            let text = wat_with(&imports, lowered, score);
            wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
        };
        let asks = with("(call $ask)");
        assert_eq!(scored(&asks, true, &rows(&[&[1], &[2]])), (false, vec![vec![None, None]]), "{name}");
        // The control: it is there and not asked.
        let does_not = with(WAGE);
        assert_eq!(
            scored(&does_not, true, &rows(&[&[1], &[2]])),
            (false, vec![vec![Some(1), Some(2)]]),
            "{name}"
        );
    }
}

fn wat_with(imports: &str, lowered: &str, score: &str) -> String {
    format!(
        r#"(component
          (import "yinshu:program/person@0.1.0" (instance $person
            (export "value" (func (param "row" u32) (param "column" u32) (result s64)))))
          {imports}
          (core func $value (canon lower (func $person "value")))
          {lowered}
          (core module $m
            (import "o" "value" (func $value (param i32 i32) (result i64)))
            (import "o" "ask" (func $ask (result i64)))
            (func (export "score") (param $row i32) (param $output i32) (result i64) {score}))
          (core instance $i (instantiate $m
            (with "o" (instance (export "value" (func $value)) (export "ask" (func $ask))))))
          (func (export "score") (param "row" u32) (param "output" u32) (result s64)
            (canon lift (core func $i "score"))))"#
    )
}

/// The functions by which the loop moves from person to person are not for programs.
#[test]
fn nobody_else_is_turned_to() {
    let turns = |call: &str| {
        let text = format!(
            r#"(component
              (import "yinshu:program/person@0.1.0" (instance $person
                (export "person" (func (param "first" u32) (param "count" u32)))
                (export "value" (func (param "row" u32) (param "column" u32) (result s64)))))
              (core func $value (canon lower (func $person "value")))
              (core func $turn (canon lower (func $person "person")))
              (core module $m
                (import "o" "value" (func $value (param i32 i32) (result i64)))
                (import "o" "turn" (func $turn (param i32 i32)))
                (func (export "score") (param $row i32) (param $output i32) (result i64)
                  {call} (call $value (local.get $row) (i32.const 0))))
              (core instance $i (instantiate $m
                (with "o" (instance (export "value" (func $value)) (export "turn" (func $turn))))))
              (func (export "score") (param "row" u32) (param "output" u32) (result s64)
                (canon lift (core func $i "score"))))"#
        );
        scored(&wat::parse_str(&text).unwrap(), true, &rows(&[&[1], &[2]]))
    };
    assert_eq!(turns("(call $turn (i32.const 0) (i32.const 2))"), (false, vec![vec![None, None]]));
    assert_eq!(turns(""), (false, vec![vec![Some(1), Some(2)]]));
    // Rows and columns that the person has not.
    for (row, column) in
        [(1, 0), (u32::MAX, 0), (0, 1), (0, u32::MAX), (u32::MAX, u32::MAX), (0x2000_0000, 0x2000_0000)]
    {
        let beyond = format!(
            "(i64.eq (call $value (i32.const {row}) (i32.const {column})) (i64.const -9223372036854775808)) i64.extend_i32_u"
        );
        let (quick, values) = scored(&score_of("", &beyond), true, &rows(&[&[1], &[2]]));
        assert_eq!((quick, &values[0]), (true, &vec![Some(1), Some(1)]), "{row} {column}");
    }
}

#[test]
fn what_runs_before_it_is_asked_is_alone_too() {
    let start = score_of(
        "(global $g (mut i64) (i64.const 0)) (func $s (global.set $g (i64.const 5))) (start $s)",
        "(global.get $g)",
    );
    assert_eq!(scored(&start, true, &rows(&[&[1], &[2]])), (false, vec![vec![Some(5), Some(5)]]));
    // It sees nobody: the rows of the person are asked for there and the program is ended by its own fuel.
    let endless = score_of("(func $s (loop $on (br $on))) (start $s)", "(i64.const 1)");
    assert_eq!(scored(&endless, true, &rows(&[&[1], &[2]])), (false, vec![vec![None, None]]));
}

/// What is no number has many patterns of bits, and a program sees one.
#[test]
fn no_number_is_one_pattern() {
    let bits = |how: &str| format!("(i64.and (i64.reinterpret_f64 {how}) (i64.const 0xFFFFF))");
    for how in [
        "(f64.add (f64.reinterpret_i64 (i64.const 0x7FF8000000012345)) (f64.const 1))",
        "(f64.mul (f64.reinterpret_i64 (i64.const 0xFFF8000000054321)) (f64.convert_i64_s (call $value (local.get $row) (i32.const 0))))",
        "(f64.div (f64.const 0) (f64.convert_i64_s (call $value (local.get $row) (i32.const 0))))",
        "(f64.sqrt (f64.const -1))",
    ] {
        assert_eq!(scored(&score_of("", &bits(how)), true, &rows(&[&[0]])).1[0], [Some(0)], "{how}");
    }
    // The control: what was not calculated with keeps its bits.
    let same = bits("(f64.reinterpret_i64 (i64.const 0x7FF8000000012345))");
    assert_eq!(scored(&score_of("", &same), true, &rows(&[&[0]])).1[0], [Some(0x12345)]);
}

#[test]
fn what_is_no_program_is_told_so() {
    let unfit = |bytes: &[u8], kind: Kind| matches!(Makeup::of(bytes, kind), Err(Failed::Unfit(_)));
    let score = score_of("", WAGE);
    assert!(!unfit(&score, Kind::Score));
    assert!(unfit(&score, Kind::Aggregate));
    assert!(unfit(b"", Kind::Score));
    assert!(unfit(&wat::parse_str("(module (func (export \"score\")))").unwrap(), Kind::Score));
    assert!(unfit(&score[..score.len() - 1], Kind::Score));
    let many: String = (0..70).map(|n| format!("(import \"f{n}\" (func))")).collect();
    assert!(unfit(&score_with(&many, "", "", WAGE), Kind::Score));
    let some: String = (0..20).map(|n| format!("(import \"f{n}\" (func))")).collect();
    assert!(!unfit(&score_with(&some, "", "", WAGE), Kind::Score));
    for more in ["(memory 1) (memory 1)", "(memory i64 1)", "(tag $t)", "(memory 1 1 shared)"] {
        let bytes = score_of(more, WAGE);
        assert!(unfit(&bytes, Kind::Score), "{more}");
    }
    // The right name and another type.
    let machine = Machine::new().unwrap();
    let other = wat::parse_str(
        r#"(component (core module $m (func (export "score") (result i64) (i64.const 1)))
          (core instance $i (instantiate $m))
          (func (export "score") (result s64) (canon lift (core func $i "score"))))"#,
    );
    let score = Score::new(&machine, &other.unwrap(), &[number()], true, &limits()).unwrap();
    assert!(matches!(score.running().values(&rows(&[&[1]]), soon()), Err(Failed::Unfit(_))));
}

/// A list that says it is elsewhere, or longer than there is memory.
#[test]
fn a_list_that_is_none_is_a_failure() {
    for (at, length) in [(0xFFFF_FF00u32, 1000u32), (16, 0xFFFF_FFFF), (17, 1), (131_064, 2)] {
        let finish = format!(
            "(i32.store (i32.const 0) (i32.const {at})) (i32.store (i32.const 4) (i32.const {length})) (i32.const 0)"
        );
        assert!(aggregated(&aggregate_of("", "", &finish), &limits()).is_err(), "{at} {length}");
    }
    assert_eq!(aggregated(&aggregate_of("", "", ONE), &limits()), Ok(vec![vec![Some(1)]]));
}

//! Modules with the imports and exports that the SDK gives them become components that run.

use super::written::{limits, number, rows, score_of, scored, soon};
use crate::program::aggregate::Aggregate;
use crate::program::{Failed, Kind, Machine, Makeup, PERSON, component};
use wit_component::{StringEncoding, metadata};
use wit_parser::Resolve;

/// What stands in a module for it to become a component of this world.
fn described(world: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("yinshu.wit", include_str!("../../../../guest/wit/yinshu.wit")).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    metadata::encode(&resolve, world, StringEncoding::UTF8, None, false).unwrap()
}

/// Writes them anew where `YINSHU_ASSEMBLE` is set.
#[test]
fn worlds_are_described_as_they_are_written() {
    for (world, known) in
        [("score", &yinshu_guest::abi::SCORE[..]), ("aggregate", &yinshu_guest::abi::AGGREGATE[..])]
    {
        let bytes = described(world);
        if std::env::var_os("YINSHU_ASSEMBLE").is_some() {
            let path = format!("{}/../guest/wit/{world}.component-type", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, &bytes).unwrap();
        }
        assert!(bytes == known, "{world}: YINSHU_ASSEMBLE=1 writes it anew");
    }
}

/// A module with a description in a section of its own, as a linker puts it there.
fn made(module: &str, section: &str, described: &[u8]) -> Vec<u8> {
    let mut bytes = wat::parse_str(module).unwrap();
    let number = |mut number: usize| {
        let mut all = Vec::new();
        loop {
            let more = number > 0x7F;
            all.push((number & 0x7F) as u8 | if more { 0x80 } else { 0 });
            number >>= 7;
            if !more {
                return all;
            }
        }
    };
    let name = [number(section.len()), section.as_bytes().to_vec()].concat();
    bytes.push(0);
    bytes.extend(number(name.len() + described.len()));
    bytes.extend(name);
    bytes.extend(described);
    component(bytes).unwrap()
}

/// A module as the compiler makes it: with a memory and a stack in it that a score has no use for.
#[test]
fn a_score_of_the_sdk_runs() {
    let module = format!(
        r#"(module
          (import "{PERSON}" "value" (func $value (param i32 i32) (result i64)))
          (memory (export "memory") 17)
          (global $stack (mut i32) (i32.const 1048576))
          (data (i32.const 1048576) "\07\00\00\00\00\00\00\00")
          (func (export "score") (param i32 i32) (result i64)
            (i64.add (i64.load (i32.const 1048576)) (call $value (local.get 0) (i32.const 0)))))"#
    );
    let bytes = made(&module, "component-type:yinshu-score", &yinshu_guest::abi::SCORE);
    let (quick, values) = scored(&bytes, true, &rows(&[&[1, 2], &[3]]));
    assert_eq!((quick, values), (true, vec![vec![Some(8), Some(9), Some(10)]]));
}

#[test]
fn an_aggregate_of_the_sdk_runs() {
    let module = r#"(module
      (memory (export "memory") 2)
      (global $sum (mut i64) (i64.const 0))
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
      (func (export "batch") (param i32 i32 i32)
        (global.set $sum (i64.add (global.get $sum) (i64.load (local.get 1)))))
      (func (export "finish") (result i32)
        (i64.store (i32.const 16) (global.get $sum))
        (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 1)) (i32.const 0)))"#;
    let bytes = made(module, "component-type:yinshu-aggregate", &yinshu_guest::abi::AGGREGATE);
    let machine = Machine::new().unwrap();
    let mut running = Aggregate::start(&machine, &bytes, &[number()], &limits(), soon()).unwrap();
    running.take(&rows(&[&[4], &[5]])).unwrap();
    running.take(&rows(&[&[3]])).unwrap();
    assert_eq!(running.finish(), Ok(vec![vec![Some(7)]]));
}

#[test]
fn a_module_that_does_not_say_what_it_is_becomes_nothing() {
    let bytes =
        wat::parse_str(r#"(module (func (export "score") (param i32 i32) (result i64) (i64.const 1)))"#);
    let fits = component(bytes.unwrap()).and_then(|bytes| Makeup::of(&bytes, Kind::Score));
    assert!(matches!(fits, Err(Failed::Unfit(_))), "{fits:?}");
    let whole = score_of("", "(i64.const 1)");
    assert_eq!(component(whole.clone()), Ok(whole));
}

//! The assembled loop is the loop as it is written.

use crate::program::driver;

/// Assembles it anew where `YINSHU_ASSEMBLE` is set.
#[test]
fn what_is_assembled_is_what_is_written() {
    let bytes = wat::parse_str(include_str!("../driver.wat")).unwrap();
    if std::env::var_os("YINSHU_ASSEMBLE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/program/driver.wasm");
        std::fs::write(path, &bytes).unwrap();
    }
    assert!(bytes == include_bytes!("../driver.wasm"), "YINSHU_ASSEMBLE=1 assembles it anew");
}

#[test]
fn a_program_is_put_in_its_place() {
    let place = wat::parse_str("(component (core module (func (export \"here\"))))").unwrap();
    let all = driver::around(&place);
    let at = all.windows(place.len()).filter(|window| *window == place).count();
    assert_eq!(at, 1);
}

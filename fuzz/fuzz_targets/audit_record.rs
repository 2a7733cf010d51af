#![no_main]
//! A line that reads as a record is written back byte for byte.
use libfuzzer_sys::fuzz_target;
use yinshu_audit::Record;

fuzz_target!(|line: &[u8]| {
    if let Ok(record) = Record::from_line(line) {
        assert_eq!(record.to_line().as_bytes().strip_suffix(b"\n"), Some(line));
    }
});

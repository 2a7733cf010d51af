#![no_main]
//! The file that makes a folder a spill, and a record.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::partition::{Record, spill::Manifest};

fuzz_target!(|bytes: &[u8]| {
    let _ = Manifest::decode(bytes);
    if let Some(record) = bytes.first_chunk() {
        assert_eq!(Record::decode(record).encode(), *record);
    }
});

//! Any bytes as a CSV file: an error or a table, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = yinshu_data::reader::csv::scan(bytes);
});

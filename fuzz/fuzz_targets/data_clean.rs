#![no_main]
use libfuzzer_sys::fuzz_target;

// Lines of text as cells of one column of each kind: every rule, the batch filter and the report.
fuzz_target!(|bytes: &[u8]| {
    let _ = yinshu_data::clean::clean_bytes(bytes);
});

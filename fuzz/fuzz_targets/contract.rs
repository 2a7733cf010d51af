//! Any text as a contract: an error or a draft, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = yinshu::contract::Draft::parse(text, "fuzz");
    }
});

#![no_main]
//! A refusal.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::wire::refusal;

fuzz_target!(|frame: &[u8]| {
    let _ = refusal(frame);
});

#![no_main]
//! The plan of a divided set.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::partition::Plan;

fuzz_target!(|bytes: &[u8]| {
    let _ = Plan::decode(bytes);
});

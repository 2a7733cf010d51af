#![no_main]
//! A sign of life or the number of tokens.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::ecdh::msg::WhileWorking;

fuzz_target!(|frame: &[u8]| {
    let _ = WhileWorking::decode(frame);
});

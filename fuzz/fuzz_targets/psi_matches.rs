#![no_main]
//! Positions of matches as differences.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::ecdh::msg::MatchesPackage;

fuzz_target!(|frame: &[u8]| {
    let _ = MatchesPackage::decode(frame, 5, 0, 0, 1 << 20);
});

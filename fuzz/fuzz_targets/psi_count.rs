#![no_main]
//! The number of matches.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::ecdh::msg::{CountPackage, Kind};

fuzz_target!(|frame: &[u8]| {
    let _ = CountPackage::decode(frame, Kind::MatchCount);
});

#![no_main]
//! Key shares, outcomes and sums of a private join and compute.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::sum::msg::{OutcomePackage, SharesPackage, SumsPackage};

fuzz_target!(|frame: &[u8]| {
    let _ = SharesPackage::decode(frame, 2);
    let _ = OutcomePackage::decode(frame, 2);
    let _ = SumsPackage::decode(frame, 2);
});

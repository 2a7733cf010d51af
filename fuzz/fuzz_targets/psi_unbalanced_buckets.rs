#![no_main]
//! A division into buckets, their numbers, and their entries.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::unbalanced::msg::{BucketsPackage, Kind, NumbersPackage, RowsPackage};

fuzz_target!(|frame: &[u8]| {
    let _ = BucketsPackage::decode(frame, 1_000);
    let _ = NumbersPackage::decode(frame, Kind::Numbers, 3);
    let _ = RowsPackage::decode(frame, 3, 9);
});

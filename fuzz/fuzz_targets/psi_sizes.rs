#![no_main]
//! The sizes that a receiver tells.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::size::msg::SizesPackage;

fuzz_target!(|frame: &[u8]| {
    let _ = SizesPackage::decode(frame, 1);
    let _ = SizesPackage::decode(frame, 5);
});

#![no_main]
//! The sizes that a comparer opens to several parties.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::several::msg::SizesPackage;

fuzz_target!(|frame: &[u8]| {
    let _ = SizesPackage::decode(frame, 7);
    let _ = SizesPackage::decode(frame, 31);
});

#![no_main]
//! The opening of an intersection, as the sender reads it.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::ecdh::msg::OpenPackage;
use yinshu_psi::{Learns, Terms};

fuzz_target!(|frame: &[u8]| {
    let _ = OpenPackage::decode(frame, &Terms::single(Learns::Both, 1_000));
});

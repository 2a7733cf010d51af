#![no_main]
//! What a holder says of its encoding.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::unbalanced::msg::StatePackage;
use yinshu_psi::{Learns, Terms};

fuzz_target!(|frame: &[u8]| {
    let _ = StatePackage::decode(frame, &Terms::single(Learns::Receiver, 1_000));
});

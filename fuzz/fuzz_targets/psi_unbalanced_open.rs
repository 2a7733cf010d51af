#![no_main]
//! The opening of a run against a stored encoding, as its holder reads it.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::unbalanced::msg::OpenPackage;
use yinshu_psi::{Learns, Terms};

fuzz_target!(|frame: &[u8]| {
    let _ = OpenPackage::decode(frame, &Terms::single(Learns::Receiver, 1_000));
});

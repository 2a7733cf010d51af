#![no_main]
//! The opening of an intersection by key-value store, as the sender reads it.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::rr22::{Security, Settings, Wire, msg::OpenPackage};
use yinshu_psi::{Learns, Terms};

fuzz_target!(|frame: &[u8]| {
    let settings = Settings { security: Security::SemiHonest, wire: Wire::Fast };
    let _ = OpenPackage::decode(frame, &Terms::single(Learns::Both, 1_000), settings);
});

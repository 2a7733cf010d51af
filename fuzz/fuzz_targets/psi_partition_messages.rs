#![no_main]
//! What travels beside the partitions.

use libfuzzer_sys::fuzz_target;
use yinshu_crypto::hash::Digest;
use yinshu_psi::partition::msg::{Answer, End, Greet, Ready, Reveal};

fuzz_target!(|bytes: &[u8]| {
    let _ = Greet::decode(bytes, Digest::ZERO, 2);
    let _ = Answer::decode(bytes, Digest::ZERO);
    let _ = Reveal::decode(bytes, Digest::ZERO);
    let _ = Ready::decode(bytes, Digest::ZERO, 20, 1);
    let _ = End::decode(bytes, Digest::ZERO);
});

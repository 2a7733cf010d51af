#![no_main]
//! What is exchanged to copy an encoding; packed rows have one encoding only.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::unbalanced::copying::{FetchPackage, Frames, OfferPackage, PackedPackage};
use yinshu_crypto::hash::Digest;
use yinshu_psi::{Learns, Terms};

fuzz_target!(|frame: &[u8]| {
    let terms = Terms::single(Learns::Receiver, 1_000);
    let fetch = FetchPackage { items: 10, epoch: 1, version: 3, width: 8, lineage: Digest::ZERO };
    let _ = FetchPackage::decode(frame, &terms);
    let _ = OfferPackage::decode(frame, &terms, &fetch);
    for label in [0, 40] {
        let frames = Frames::new(8, 5, label);
        if let Ok(package) = PackedPackage::decode(frame, &frames, 5, None, 0) {
            assert_eq!(package.encode(&frames, None).as_deref(), Some(frame));
        }
    }
});

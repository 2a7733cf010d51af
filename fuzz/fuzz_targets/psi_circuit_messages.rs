#![no_main]
//! Every message of a circuit intersection.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::circuit::msg::{
    AcceptPackage, ChoicesPackage, HintPackage, OpenPackage, TablesPackage, WordsPackage,
};
use yinshu_psi::{Learns, Terms};

fuzz_target!(|frame: &[u8]| {
    let _ = OpenPackage::decode(frame, &Terms::single(Learns::Receiver, 10));
    let _ = AcceptPackage::decode(frame);
    let _ = WordsPackage::decode(frame, 3);
    let _ = HintPackage::decode(frame, 2, 15);
    let _ = TablesPackage::decode(frame, 2);
    let _ = ChoicesPackage::decode(frame, 2);
});

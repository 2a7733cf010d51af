#![no_main]
//! The sender's answer, a coin, and words.

use libfuzzer_sys::fuzz_target;
use yinshu_crypto::field::{F64, F128};
use yinshu_psi::rr22::{Security, msg::{AcceptPackage, CoinPackage, Kind, WordsPackage}};

fuzz_target!(|frame: &[u8]| {
    let _ = AcceptPackage::decode(frame, Security::SemiHonest);
    let _ = AcceptPackage::decode(frame, Security::Malicious);
    let _ = CoinPackage::decode(frame, Kind::SenderCoin);
    let _ = WordsPackage::<F64>::decode(frame, 4);
    let _ = WordsPackage::<F128>::decode(frame, 2);
});

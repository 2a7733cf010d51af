#![no_main]
//! Tokens, strictly ascending.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::ecdh::msg::TokensPackage;

fuzz_target!(|frame: &[u8]| {
    let _ = TokensPackage::decode(frame, 5, 10, 0, None);
});

#![no_main]
//! The sender's public keys.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::ecdh::msg::KeysPackage;

fuzz_target!(|frame: &[u8]| {
    if let Ok(package) = KeysPackage::decode(frame, 2) {
        assert_eq!(package.encode(), frame);
    }
});

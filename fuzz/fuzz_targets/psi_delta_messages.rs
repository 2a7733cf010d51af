#![no_main]
//! What travels in an update of a base.

use libfuzzer_sys::fuzz_target;
use yinshu_crypto::hash::Digest;
use yinshu_psi::delta::msg::{Ask, Counts, Kind, Meet, Prepared, decode_parts, decode_tokens};

fuzz_target!(|bytes: &[u8]| {
    let _ = Meet::decode(bytes, Digest::ZERO);
    let _ = Ask::decode(bytes, 2);
    let _ = Counts::decode(bytes, Counts::TOKENS);
    let _ = Prepared::decode(bytes, Digest::ZERO);
    let _ = decode_parts::<32>(bytes, Kind::Blinded, 3);
    let _ = decode_tokens(bytes, Kind::Added, 4, 0, None);
});

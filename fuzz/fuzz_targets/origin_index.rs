//! The index of the last batch, whatever its bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinshu_origin::here::index::{Index, IndexSecret};

fuzz_target!(|bytes: &[u8]| {
    let _ = Index::decode(bytes, &IndexSecret::new([0; 32]));
});

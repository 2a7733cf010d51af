#![no_main]
//! The manifest of a stored encoding; what is read writes itself.

use libfuzzer_sys::fuzz_target;
use yinshu_crypto::hash::Digest;
use yinshu_psi::unbalanced::store::Manifest;

fuzz_target!(|frame: &[u8]| {
    let _ = Manifest::decode(frame);
    // Past the digest, which no fuzzer finds.
    let mut file = format!("yinshu encoding 1 sha256 {}\n", Digest::sha256(frame)).into_bytes();
    file.extend(frame);
    if let Ok(manifest) = Manifest::decode(&file) {
        assert_eq!(Manifest::decode(&manifest.encode()), Ok(manifest));
    }
});

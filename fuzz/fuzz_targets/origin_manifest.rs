#![no_main]
//! Bytes that read as a manifest are written back byte for byte.
use libfuzzer_sys::fuzz_target;
use yinshu_origin::package::Manifest;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = Manifest::from_bytes(bytes) {
        assert_eq!(manifest.to_bytes(), bytes);
    }
});

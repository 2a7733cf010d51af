#![no_main]
//! Bytes that read as an objection are written back byte for byte.
use libfuzzer_sys::fuzz_target;
use yinshu_origin::objection::Objection;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(objection) = Objection::from_bytes(bytes) {
        assert_eq!(objection.to_bytes(), bytes);
    }
});

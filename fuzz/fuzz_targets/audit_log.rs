#![no_main]
//! No file makes offline verification panic, and none verifies but an empty one.
use libfuzzer_sys::fuzz_target;
use yinshu_audit::verify::verify_bytes;
use yinshu_crypto::sign::SigningKey;

fuzz_target!(|log: &[u8]| {
    let key: SigningKey = format!("yinshu-secret-ed25519:{}", "07".repeat(32)).parse().expect("a key");
    assert!(verify_bytes(log, &key.public(), None).is_err() || log.is_empty());
});

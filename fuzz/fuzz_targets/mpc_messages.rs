//! What another party sends: greetings, offers, elements, ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::{Z64, msg};

fuzz_target!(|data: &[u8]| {
    if let Ok(hello) = msg::decode_hello(data) {
        assert_eq!(msg::encode_hello(&hello), data);
    }
    let terms = Digest(data.get(1..33).map_or([0; 32], |terms| terms.try_into().expect("32 bytes")));
    for keys in 1..=2 {
        if let Ok(offer) = msg::decode_offer(data, keys, &terms) {
            assert_eq!(msg::encode_offer(&offer), data);
        }
    }
    if msg::decode_done(data).is_ok() {
        assert_eq!(msg::encode_done(), data);
    }
    let len = data.len().saturating_sub(msg::DATA_HEAD) / msg::ELEMENT_BYTES;
    let mut elements = vec![Z64(0); len];
    let step = data.get(1..5).map_or(0, |step| u32::from_le_bytes(step.try_into().expect("four bytes")));
    if msg::decode_data(data, step, &mut elements).is_ok() {
        assert_eq!(msg::encode_data(step, &elements), data);
    }
    if let Some((reason, culprit)) = msg::decode_refusal(data) {
        assert_eq!(msg::encode_refusal(reason, culprit), data);
    }
});

#![no_main]
//! Tokens in the Golomb–Rice code and in whole bytes.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::rr22::{Wire, coding::Coding};

fuzz_target!(|frame: &[u8]| {
    let Some((&[bits, log, count], body)) = frame.split_first_chunk() else { return };
    let coding = Coding::new(Wire::Compact, 40 + u32::from(bits) % 89, 1 << (log % 33));
    if let Ok(tokens) = coding.decode(body, usize::from(count), 0, None) {
        let mut again = Vec::new();
        coding.encode(&tokens, None, &mut again);
        assert_eq!(again, body, "one encoding for one list");
    }
    let _ = Coding::new(Wire::Fast, 80, 5).decode(body, 5, 0, None);
});

#![no_main]
//! The state and the journal of a base.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::delta::{Journal, State};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(state) = State::decode(bytes) {
        assert_eq!(State::decode(&state.encode()), Ok(state));
    }
    let _ = Journal::decode(bytes);
});

#![no_main]
//! The checkpoint of a run over partitions.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::partition::Checkpoint;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(checkpoint) = Checkpoint::decode(bytes) {
        assert_eq!(Checkpoint::decode(&checkpoint.encode()), Ok(checkpoint));
    }
});

#![no_main]
//! A text that reads as a checkpoint is written back byte for byte.
use libfuzzer_sys::fuzz_target;
use yinshu_audit::Checkpoint;

fuzz_target!(|text: &str| {
    if let Ok(checkpoint) = text.parse::<Checkpoint>() {
        assert_eq!(checkpoint.to_string(), text);
    }
});

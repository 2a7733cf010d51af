#![no_main]
//! A segment of a stored encoding.

use libfuzzer_sys::fuzz_target;
use yinshu_psi::unbalanced::store::check_segment;

fuzz_target!(|frame: &[u8]| {
    if let Some(([label, rows, gone], bytes)) = frame.split_first_chunk() {
        let _ = check_segment(bytes.to_vec(), u16::from(*label), u64::from(*rows), u64::from(*gone));
    }
});

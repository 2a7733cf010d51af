#![no_main]
use libfuzzer_sys::fuzz_target;

// One cell through each kind: what comes out canonical must stay as it is.
fuzz_target!(|bytes: &[u8]| {
    assert_eq!(yinshu_data::ident::probe::unstable_kind(bytes), None);
});

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = yinshu_net::session::Reply::decode(bytes);
});

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = yinshu_net::grpc::codec::check_envelope(bytes);
});

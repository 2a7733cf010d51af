//! What reporters and the other aggregator send, and what an aggregator keeps on disk.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinshu_reports::{Kind, decoders};

fuzz_target!(|data: &[u8]| {
    let Some((&shape, data)) = data.split_first() else { return };
    let size = u32::from(shape >> 2);
    let kind = match shape & 3 {
        0 => Kind::Count,
        1 => Kind::Sum { max: u64::from(size) },
        2 => Kind::Histogram { buckets: size },
        _ => Kind::Vector { length: size >> 2, bits: 1 + (size & 3) },
    };
    decoders(kind, data);
});

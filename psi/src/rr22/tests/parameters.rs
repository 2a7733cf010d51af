//! Security parameters: a test fails when someone lowers them.

use super::*;
use crate::okvs::STATISTICAL_BITS;

#[test]
fn statistical() {
    assert_eq!(STATISTICAL_BITS, 40);
    for settings in [FAST, COMPACT] {
        for (x, y) in [(0, 0), (1, 1), (3, 1 << 20), (1 << 20, (1 << 20) + 1), (1 << 24, 1 << 24)] {
            let pairs = (x.max(1) as f64).log2() + (y.max(1) as f64).log2();
            assert!(f64::from(settings.token_bits(x, y, 1)) >= 40.0 + pairs, "{x} by {y}");
        }
        assert!(settings.store(1 << 20).security() >= 40.0);
        // 64 bits of a value against 2^24 entries leave 40.
        assert!(settings.small_values(1 << 24, 1));
        assert!(!settings.small_values((1 << 24) + 1, 1));
    }
    assert_eq!(COMPACT.token_bits(1 << 20, 1 << 20, 1), 80);
    // In one of 65 partitions the bounds are those of all of them.
    assert_eq!(COMPACT.token_bits(1 << 20, 1 << 20, 65), 87);
    assert!(FAST.small_values(1 << 17, 1 << 7) && !FAST.small_values(1 << 17, (1 << 7) + 1));
    assert_eq!(COMPACT.token_bits(1 << 20, (1 << 20) + 1, 1), 81);
    assert_eq!(FAST.token_bits(1 << 20, (1 << 20) + 1, 1), 88);
}

#[test]
fn malicious() {
    for settings in [MALICIOUS, MALICIOUS_COMPACT] {
        assert_eq!(settings.token_bits(1, 1, 1), 128);
        assert!(!settings.small_values(1, 1));
    }
}

use super::*;

/// Fails when someone lowers the target, the rate, or how many trees there are.
#[test]
fn every_size_is_secure() {
    const { assert!(COMPUTATIONAL >= 128.0) };
    let sizes = [
        1,
        100,
        16_385,
        17_000,
        23_456,
        16_384,
        20_000,
        65_536,
        100_003,
        1 << 18,
        1_000_000,
        1_300_000,
        LARGEST,
    ];
    for noise in [Noise::Bits, Noise::Field] {
        for n in sizes {
            let shape = Shape::new(n, noise);
            assert!(shape.security_bits(noise) >= 128.0, "{n} {noise:?} {shape:?}");
            // Every block of the code that entries come out of is full.
            assert!(
                shape.places() / 2 >= n.next_multiple_of(code::SIGMA) && shape.places().is_multiple_of(2)
            );
            assert!((17..=32).contains(&shape.tops) && shape.height >= 1, "{shape:?}");
            // Not by a lucky formula: a tenth fewer trees are too few.
            let fewer = Shape { trees: shape.trees * 8 / 10, ..shape };
            assert!(fewer.security_bits(noise) < 128.0, "{n} {noise:?} {shape:?}");
        }
    }
}

#[test]
fn at_full_size() {
    let (bits, field) = (Shape::new(1_300_000, Noise::Bits), Shape::new(1_300_000, Noise::Field));
    assert!(bits.trees >= 214 && field.trees >= 477, "{bits:?} {field:?}");
    assert!(bits.trees < 235 && field.trees < 510, "{bits:?} {field:?}");
    assert!(field.places() < 2_700_000, "{field:?}");
}

/// One word of the pseudo-distance, given to the attacker, leaves 128 bits.
#[test]
fn light_words_are_counted() {
    const { assert!(LIGHTEST <= 0.17 && LEAST >= 1 << 14) };
    for (noise, least) in [(Noise::Bits, 214), (Noise::Field, 477)] {
        let shape = Shape::new(1 << 20, noise);
        let at = |trees| Shape { trees, ..shape }.security_bits(noise);
        assert!(at(least) >= 128.0 && at(least - 1) < 128.0, "{noise:?}");
    }
}

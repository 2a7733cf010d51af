//! Probabilities of bits, in whole numbers.
//!
//! Bit i is one with the probability q / (1 + q) for q = exp(-z), z = 2^i / t. Numbers have 126 bits after the point and are
//! rounded down. Where z < 1, q is 36 terms of the series 1 - z (1 - z/2 (1 - z/3 …)): the next is below 2^-140, and each step is
//! off by two units, of which the steps after it leave a z/j-th, six in all and one for z. Beyond, q is the square of the
//! one before, which doubles what it is off; after 8 squares q is below exp(-128). So q is off by less than
//! 2^11 units, 2^-115, and a probability by less than that.

use super::{FRACTION, Scale};

/// One.
const ONE: u128 = 1 << POINT;
const POINT: u32 = 126;

/// Terms of the series.
const TERMS: u128 = 36;

/// For each bit of a geometric number, the lowest first: 2^80 times the probability that it is one.
pub(super) fn thresholds(scale: &Scale) -> Vec<u128> {
    let mut q = 0;
    let each = (0..scale.bits).map(|bit| {
        // Below 2^117, as the next bit is left out at the latest where this is 45 times the numerator.
        let upper = scale.denominator << bit;
        q = match upper < scale.numerator {
            true => exp_minus(ratio(upper, scale.numerator, POINT)),
            false if bit == 0 => of_more(scale),
            false => product(q, q),
        };
        probability(q)
    });
    each.collect()
}

/// exp(-1/t) where t is at most one: of a fraction that is below one, squared.
fn of_more(scale: &Scale) -> u128 {
    let (mut whole, mut halvings) = (scale.numerator, 0);
    while scale.denominator >= whole {
        whole <<= 1;
        halvings += 1;
    }
    (0..halvings).fold(exp_minus(ratio(scale.denominator, whole, POINT)), |q, _| product(q, q))
}

/// exp(-z) for z below one.
fn exp_minus(z: u128) -> u128 {
    (1..=TERMS).rev().fold(ONE, |sum, term| ONE - product(z, sum) / term)
}

/// q / (1 + q) in units of 2^-80, the nearest.
fn probability(q: u128) -> u128 {
    (ratio(q, ONE + q, FRACTION as u32 + 1) + 1) >> 1
}

/// ⌊a 2^bits / b⌋ for a < b < 2^127.
fn ratio(a: u128, b: u128, bits: u32) -> u128 {
    let (mut rest, mut quotient) = (a, 0);
    for _ in 0..bits {
        rest <<= 1;
        quotient <<= 1;
        if rest >= b {
            rest -= b;
            quotient |= 1;
        }
    }
    quotient
}

/// ⌊a b⌋ for numbers of at most one.
fn product(a: u128, b: u128) -> u128 {
    let low = |x: u128| x & u128::from(u64::MAX);
    let [(a1, a0), (b1, b0)] = [a, b].map(|x| (x >> 64, low(x)));
    // (a1 2^64 + a0) (b1 2^64 + b0), of which a1 and b1 have 63 bits: nothing overflows.
    let middle = a1 * b0 + ((a0 * b0) >> 64);
    let other = a0 * b1 + low(middle);
    let high = a1 * b1 + (middle >> 64) + (other >> 64);
    let bottom = (other << 64) | low(a0 * b0);
    high << (u128::BITS - POINT) | bottom >> POINT
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out with 80 decimal digits: scale, how many bits, the first threshold, the one in the middle and the last.
    const KNOWN: [((u128, u128), usize, [u128; 3]); 4] = [
        ((2, 1), 7, [456418662464653225806451, 21743993620182345125619, 15310036716]),
        ((1, 4), 4, [21743993620182345125619, 136046663022920828, 15310036716]),
        ((1_000_003, 7), 23, [604460794193477111903189, 600130206872530209671684, 214534097399]),
        ((1_000_000_000, 1), 36, [604462909505083132449431, 604383681645254032834938, 1445955343]),
    ];

    #[test]
    fn thresholds_are_those_of_long_arithmetic() {
        for ((numerator, denominator), bits, known) in KNOWN {
            let all = thresholds(&Scale::new(numerator, denominator).unwrap());
            assert_eq!(
                (all.len(), [all[0], all[bits / 2], all[bits - 1]]),
                (bits, known),
                "{numerator}/{denominator}"
            );
            assert!(all.is_sorted_by(|a, b| a > b));
        }
    }

    #[test]
    fn products_are_those_of_long_multiplication() {
        assert_eq!(product(ONE, ONE), ONE);
        assert_eq!(product(ONE, 12345), 12345);
        assert_eq!(product(ONE - 1, ONE - 1), ONE - 2);
        assert_eq!(product(ONE / 3, 3 << 40), (1 << 40) - 1);
        assert_eq!(ratio(1, 3, POINT), ONE / 3);
        let (a, b) = (0x123456789abcdef01122334455667788, 0x2fedcba9876543210123456789abcdef);
        assert_eq!(product(a, b), 0xda2133f033dcc80960302c88772bd99);
    }
}

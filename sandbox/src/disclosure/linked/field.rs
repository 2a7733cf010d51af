//! Arithmetic modulo a prime of 61 bits.
//!
//! The prime is drawn from the secret: whoever knew it could choose questions whose sets are independent, yet
//! dependent modulo that prime.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The field of a prime. Values are kept in Montgomery's form (1985): a stands for a·2⁻⁶⁴.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    prime: u64,
    /// Minus the inverse of the prime modulo 2^64.
    minus_inverse: u64,
    one: u64,
    minus_one: u64,
    seed: u64,
}

impl Field {
    /// The field of the first prime above a number drawn from the secret.
    pub(crate) fn drawn(secret: &[u8; 32]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
        mac.update(b"yinshu sandbox prime\0");
        let drawn: [u8; 32] = mac.finalize().into_bytes().into();
        let word = |i: usize| u64::from_le_bytes(drawn[i..i + 8].try_into().expect("eight of 32 bytes"));
        let mut prime = (word(0) >> 4) | (1 << 60) | 1;
        while !is_prime(prime) {
            prime += 2;
        }
        // Newton's iteration: each step doubles how many low bits are right.
        let inverse = (0..6).fold(prime, |x, _| x.wrapping_mul(2u64.wrapping_sub(prime.wrapping_mul(x))));
        let one = u64::try_from((1u128 << 64) % u128::from(prime)).expect("less than the prime");
        let minus_one = prime - one;
        Field { prime, minus_inverse: inverse.wrapping_neg(), one, minus_one, seed: word(8) }
    }

    pub(crate) fn one(self) -> u64 {
        self.one
    }

    /// A value that nobody foresees without the secret, by number.
    pub(crate) fn random(self, number: u64) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        let mut z = self.seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % self.prime
    }

    pub(crate) fn add(self, a: u64, b: u64) -> u64 {
        let sum = a + b;
        if sum >= self.prime { sum - self.prime } else { sum }
    }

    pub(crate) fn neg(self, a: u64) -> u64 {
        if a == 0 { 0 } else { self.prime - a }
    }

    pub(crate) fn mul(self, a: u64, b: u64) -> u64 {
        // Most factors are one or minus one.
        if b == self.one {
            return a;
        }
        if b == self.minus_one {
            return self.neg(a);
        }
        let product = u128::from(a) * u128::from(b);
        let m = (product as u64).wrapping_mul(self.minus_inverse);
        let reduced = ((product + u128::from(m) * u128::from(self.prime)) >> 64) as u64;
        if reduced >= self.prime { reduced - self.prime } else { reduced }
    }

    /// The inverse of what is not nought.
    pub(crate) fn inverse(self, a: u64) -> u64 {
        if a == self.one || a == self.minus_one {
            return a;
        }
        let (mut value, mut base, mut exponent) = (self.one, a, self.prime - 2);
        while exponent > 0 {
            if exponent & 1 == 1 {
                value = self.mul(value, base);
            }
            base = self.mul(base, base);
            exponent >>= 1;
        }
        value
    }
}

fn times(a: u64, b: u64, n: u64) -> u64 {
    u64::try_from(u128::from(a) * u128::from(b) % u128::from(n)).expect("less than n")
}

fn power(mut base: u64, mut exponent: u64, n: u64) -> u64 {
    let mut value = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            value = times(value, base, n);
        }
        base = times(base, base, n);
        exponent >>= 1;
    }
    value
}

/// The test of Miller and Rabin; the first twelve primes as bases leave no doubt below 2^64 (Sorenson, Webster 2015).
fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if BASES.iter().any(|b| n.is_multiple_of(*b)) {
        return BASES.contains(&n);
    }
    let twos = (n - 1).trailing_zeros();
    BASES.iter().all(|base| {
        let mut value = power(*base, (n - 1) >> twos, n);
        value == 1
            || (0..twos).any(|_| {
                let met = value == n - 1;
                value = times(value, value, n);
                met
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primes_are_told_from_products() {
        for n in 2..2000u64 {
            assert_eq!(is_prime(n), (2..n).all(|d| n % d != 0), "{n}");
        }
        assert!(is_prime((1 << 61) - 1));
        assert!(!is_prime(3_825_123_056_546_413_051), "a strong pseudoprime to the first nine primes");
    }

    #[test]
    fn the_field_of_a_secret_has_61_bits_and_inverses() {
        let field = Field::drawn(&[7; 32]);
        assert_eq!(64 - field.prime.leading_zeros(), 61);
        for a in [1, 2, 3, 1 << 40, field.prime - 1, field.prime - 2] {
            assert_eq!(field.mul(a, field.inverse(a)), field.one());
            assert_eq!(field.mul(a, field.one()), a);
            let tenfold = (0..9).fold(a, |sum, _| field.add(sum, a));
            let ten = (0..9).fold(field.one(), |sum, _| field.add(sum, field.one()));
            assert_eq!(field.mul(a, ten), tenfold);
            assert_eq!(field.add(a, field.neg(a)), 0);
        }
        assert_ne!(field.prime, Field::drawn(&[8; 32]).prime);
    }
}

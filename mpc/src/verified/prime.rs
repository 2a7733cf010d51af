//! Integers modulo a prime that is drawn when it is needed.

use super::field::Field;
use yinshu_crypto::keystream::KeyStream;
pub(super) use yinshu_crypto::residue::Residue;
use yinshu_crypto::residue::{self, Modulus};

/// Primes lie between 2^[`BITS`] and twice that, so that eight of their residues are multiplied at a time where the
/// processor can. There are more than 2^45 of them, and what a proof about integers is wrong by has at most
/// [`super::integers::TOTAL_BITS`] / `BITS` such factors.
pub(super) const BITS: u32 = residue::BITS - 1;

/// A prime p, and arithmetic modulo it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prime(Modulus);

impl Prime {
    /// The first prime that the stream gives.
    pub(super) fn random(stream: &KeyStream, nonce: u64) -> Self {
        let mut words = [0; 64];
        let mut at = 0;
        loop {
            stream.words(nonce, at, &mut words);
            at += words.len() as u64;
            let found =
                words.iter().map(|word| word >> (64 - BITS) | 1 << BITS | 1).find(|&odd| is_prime(odd));
            if let Some(p) = found {
                return Self(Modulus::new(p));
            }
        }
    }

    /// An integer of 64 bits.
    pub(super) fn of(&self, word: u64) -> Residue {
        self.0.of(word)
    }

    /// Integers of 64 bits as elements.
    pub(super) fn of_each(&self, out: &mut [Residue], words: &[u64]) {
        self.0.of_each(out, words);
    }

    /// Integers of 64 bits times elements.
    pub(super) fn weigh_each(&self, out: &mut [Residue], words: &[u64], by: &[Residue]) {
        self.0.weigh_each(out, words, by);
    }

    /// 2^64.
    fn shift(&self) -> Residue {
        self.add(self.0.of(u64::MAX), self.one())
    }

    /// An integer in two's complement, its lowest word first.
    pub(super) fn of_words(&self, words: &[u64]) -> Residue {
        let shift = self.shift();
        let zero = Residue::default();
        let value =
            words.iter().rev().fold(zero, |sum, &word| self.add(self.mul(sum, shift), self.0.of(word)));
        let negative = words.last().is_some_and(|&word| word >> 63 == 1);
        let modulus = words.iter().fold(self.one(), |power, _| self.mul(power, shift));
        if negative { self.sub(value, modulus) } else { value }
    }
}

impl Field for Prime {
    type Element = Residue;

    fn one(&self) -> Residue {
        self.0.one()
    }

    fn add(&self, a: Residue, b: Residue) -> Residue {
        self.0.add(a, b)
    }

    fn sub(&self, a: Residue, b: Residue) -> Residue {
        self.0.sub(a, b)
    }

    fn mul(&self, a: Residue, b: Residue) -> Residue {
        self.0.mul(a, b)
    }

    fn draw(&self, words: [u64; 2]) -> Residue {
        // high·2^64 + low, uniform of 128 bits.
        self.add(self.mul(self.0.of(words[1]), self.shift()), self.0.of(words[0]))
    }

    fn word(&self, element: Residue) -> u64 {
        element.word()
    }

    fn read(&self, word: u64) -> Residue {
        self.0.read(word)
    }

    fn dot(&self, a: &[Residue], b: &[Residue]) -> Residue {
        self.0.dot(a, b)
    }

    fn combine(&self, out: &mut [Residue], rows: &[&[Residue]], by: &[Residue]) {
        self.0.combine(out, rows, by);
    }

    fn cube(&self, a: &[Residue], b: &[Residue]) -> Option<[Residue; 27]> {
        self.0.cube(a, b)
    }

    fn subtract(&self, out: &mut [Residue], a: &[Residue], b: &[Residue]) {
        self.0.subtract(out, a, b);
    }
}

/// G. L. Miller, M. O. Rabin: with the first twelve primes as bases no composite below 3.3·10^24 passes (J. Sorenson, J.
/// Webster, Mathematics of Computation 86 (2017)). For odd numbers of `BITS + 1` bits.
fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if BASES.iter().any(|base| n.is_multiple_of(*base)) {
        return false;
    }
    let ring = Modulus::new(n);
    let (one, minus_one) = (ring.one(), ring.sub(Residue::default(), ring.one()));
    let twos = (n - 1).trailing_zeros();
    BASES.iter().all(|&base| {
        let mut power = one;
        for bit in (twos..64).rev() {
            power = ring.mul(power, power);
            if (n - 1) >> bit & 1 == 1 {
                power = ring.mul(power, ring.of(base));
            }
        }
        let mut passed = power == one;
        for _ in 0..twos {
            passed |= power == minus_one;
            power = ring.mul(power, power);
        }
        passed
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use yinshu_crypto::secret::Secret;

    #[test]
    fn primes_are_told_from_composites() {
        let small = |n: u64| (2..n).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
        let mut primes = 0;
        // A product of two primes of 26 bits, and neighbours of 2^51.
        assert!(!is_prime(47_453_137 * 47_453_141));
        for odd in ((1 << BITS) + 1..(1u64 << BITS) + 400).step_by(2) {
            let divisor = (3..1 << 20).step_by(2).any(|d| odd.is_multiple_of(d));
            if is_prime(odd) {
                primes += 1;
                assert!(!divisor, "{odd}");
            }
        }
        assert!((1..20).contains(&primes), "{primes}");
        assert!(small(268_435_459));
    }

    #[test]
    fn integers_are_taken_modulo_the_prime() {
        let stream = KeyStream::new(&Secret::new([1; 16]));
        let mut words = [0; 200];
        stream.words(9, 0, &mut words);
        for nonce in 0..5 {
            let field = Prime::random(&stream, nonce);
            let p = u128::from(field.0.value());
            assert!(p >> BITS == 1);
            for pair in words.chunks(2) {
                let x = field.0.of(pair[0]);
                let both = u128::from(pair[0]) | u128::from(pair[1]) << 64;
                let expected = field.0.of((both % p) as u64);
                assert_eq!(field.draw([pair[0], pair[1]]), expected);
                assert_eq!(field.of_words(&[pair[0], pair[1], 0]), expected);
                let minus = field.of_words(&[pair[0].wrapping_neg(), u64::MAX]);
                assert_eq!(field.add(minus, x), Residue::default(), "{}", pair[0]);
            }
        }
    }
}

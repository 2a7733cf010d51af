//! Integers modulo a prime that is drawn when it is needed.

use super::field::Field;
use yinshu_crypto::keystream::KeyStream;
use zeroize::DefaultIsZeroes;

/// Primes lie between 2^[`BITS`] and twice that. There are more than 2^50 of them, and what a proof about integers is
/// wrong by has fewer than [`super::integers::TOTAL_BITS`] / `BITS` such factors.
pub(super) const BITS: u32 = 56;

/// Products added before they are reduced: each is below 2^114, and what is reduced is below p·2^64.
const TOGETHER: usize = 64;

/// A prime p, and elements a as a·2^64 mod p: P. L. Montgomery, "Modular Multiplication Without Trial Division",
/// Mathematics of Computation 44 (1985).
#[derive(Clone, Copy, Debug)]
pub(super) struct Prime {
    p: u64,
    /// -1/p modulo 2^64.
    inverse: u64,
    /// 2^64, 2^128 and 2^192 modulo p.
    powers: [u64; 3],
}

/// a·2^64 mod p.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct Residue(u64);

impl DefaultIsZeroes for Residue {}

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
                return Self::new(p);
            }
        }
    }

    /// Arithmetic modulo an odd number of `BITS + 1` bits.
    fn new(p: u64) -> Self {
        // Newton's iteration doubles the right bits: p·p = 1 modulo 8.
        let inverse = (0..5).fold(p, |x: u64, _| x.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(x))));
        let r = (1u128 << 64) % u128::from(p);
        let square = r * r % u128::from(p);
        let cube = square * r % u128::from(p);
        Self { p, inverse: inverse.wrapping_neg(), powers: [r as u64, square as u64, cube as u64] }
    }

    /// t / 2^64 mod p, for t below p·2^64.
    #[inline]
    fn reduce(&self, t: u128) -> u64 {
        let m = (t as u64).wrapping_mul(self.inverse);
        let reduced = ((t + u128::from(m) * u128::from(self.p)) >> 64) as u64;
        reduced.min(reduced.wrapping_sub(self.p))
    }

    #[inline]
    fn times(&self, a: u64, b: u64) -> u64 {
        self.reduce(u128::from(a) * u128::from(b))
    }

    /// An integer of 64 bits as an element.
    #[inline]
    pub(super) fn of(&self, word: u64) -> Residue {
        Residue(self.times(word, self.powers[1]))
    }

    /// A factor for [`Self::weigh`].
    #[inline]
    pub(super) fn weight(&self, word: u64) -> u64 {
        self.times(word, self.powers[2])
    }

    /// The product of an integer of 64 bits and that of a [`Self::weight`].
    #[inline]
    pub(super) fn weigh(&self, word: u64, weight: u64) -> Residue {
        Residue(self.times(word, weight))
    }

    /// An integer in two's complement, its lowest word first.
    pub(super) fn of_words(&self, words: &[u64]) -> Residue {
        let shift = Residue(self.powers[1]);
        let value =
            words.iter().rev().fold(Residue(0), |sum, &word| self.add(self.mul(sum, shift), self.of(word)));
        let negative = words.last().is_some_and(|&word| word >> 63 == 1);
        let modulus = words.iter().fold(self.one(), |power, _| self.mul(power, shift));
        if negative { self.sub(value, modulus) } else { value }
    }
}

impl Field for Prime {
    type Element = Residue;

    fn one(&self) -> Residue {
        Residue(self.powers[0])
    }

    #[inline]
    fn add(&self, a: Residue, b: Residue) -> Residue {
        let sum = a.0 + b.0;
        Residue(sum.min(sum.wrapping_sub(self.p)))
    }

    #[inline]
    fn sub(&self, a: Residue, b: Residue) -> Residue {
        let difference = a.0.wrapping_sub(b.0);
        Residue(difference.min(difference.wrapping_add(self.p)))
    }

    fn mul(&self, a: Residue, b: Residue) -> Residue {
        Residue(self.times(a.0, b.0))
    }

    fn draw(&self, words: [u64; 2]) -> Residue {
        // high·2^64 + low, uniform of 128 bits.
        let high = self.mul(self.of(words[1]), Residue(self.powers[1]));
        self.add(high, self.of(words[0]))
    }

    fn word(&self, element: Residue) -> u64 {
        element.0
    }

    fn read(&self, word: u64) -> Residue {
        Residue(word % self.p)
    }

    fn dot(&self, a: &[Residue], b: &[Residue]) -> Residue {
        a.chunks(TOGETHER).zip(b.chunks(TOGETHER)).fold(Residue(0), |sum, (a, b)| {
            let products = a.iter().zip(b).fold(0, |sum, (a, b)| sum + u128::from(a.0) * u128::from(b.0));
            self.add(sum, Residue(self.reduce(products)))
        })
    }

    fn combine(&self, out: &mut [Residue], rows: &[&[Residue]], by: &[Residue]) {
        debug_assert!(rows.len() <= TOGETHER, "the sum is reduced once");
        // Eight at a time: a line of the cache.
        for (chunk, out) in out.chunks_mut(8).enumerate() {
            let mut sums = [0u128; 8];
            for (row, by) in rows.iter().zip(by) {
                for (sum, element) in sums.iter_mut().zip(&row[8 * chunk..][..out.len()]) {
                    *sum += u128::from(element.0) * u128::from(by.0);
                }
            }
            out.iter_mut().zip(sums).for_each(|(out, sum)| *out = Residue(self.reduce(sum)));
        }
    }

    fn subtract(&self, out: &mut [Residue], a: &[Residue], b: &[Residue]) {
        out.iter_mut().zip(a).zip(b).for_each(|((out, &a), &b)| *out = self.sub(a, b));
    }
}

/// G. L. Miller, M. O. Rabin: with the first twelve primes as bases no composite below 3.3·10^24 passes (J. Sorenson, J.
/// Webster, Mathematics of Computation 86 (2017)). For odd numbers of `BITS + 1` bits.
fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if BASES.iter().any(|base| n.is_multiple_of(*base)) {
        return false;
    }
    let ring = Prime::new(n);
    let (one, minus_one) = (ring.one(), ring.sub(Residue(0), ring.one()));
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
        // Products of two numbers of 28 bits and more, and neighbours of 2^56.
        assert!(!is_prime(268_435_459 * 268_435_463));
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
    fn arithmetic_is_that_of_residues() {
        let stream = KeyStream::new(&Secret::new([1; 16]));
        let mut words = [0; 200];
        stream.words(9, 0, &mut words);
        for nonce in 0..5 {
            let field = Prime::random(&stream, nonce);
            let p = u128::from(field.p);
            assert!(field.p >> BITS == 1);
            let value = |r: Residue| u128::from(field.reduce(u128::from(r.0)));
            for pair in words.chunks(2) {
                let (a, b) = (u128::from(pair[0]), u128::from(pair[1]));
                let (x, y) = (field.of(pair[0]), field.of(pair[1]));
                assert_eq!(value(x), a % p);
                assert_eq!(value(field.mul(x, y)), (a % p) * (b % p) % p);
                assert_eq!(value(field.add(x, y)), (a + b) % p);
                assert_eq!(value(field.sub(x, y)), (a % p + p - b % p) % p);
                assert_eq!(field.weigh(pair[0], field.weight(pair[1])), field.mul(x, y));
                assert_eq!(value(field.draw([pair[0], pair[1]])), (a | b << 64) % p);
                let minus = field.of_words(&[pair[0].wrapping_neg(), u64::MAX]);
                assert_eq!(field.add(minus, x), Residue(0), "{}", pair[0]);
            }
            let x: Vec<Residue> = words.iter().map(|&word| field.of(word)).collect();
            let expected =
                x.iter().zip(x.iter().rev()).fold(Residue(0), |s, (&a, &b)| field.add(s, field.mul(a, b)));
            let reversed: Vec<Residue> = x.iter().rev().copied().collect();
            assert_eq!(field.dot(&x, &reversed), expected);
        }
    }
}

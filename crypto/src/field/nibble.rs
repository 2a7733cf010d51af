//! GF(2^4), four bits in a byte of their own, inside GF(2^64).
//!
//! F16 is GF(2)\[y\]/(y^4 + y + 1); its y is ω = 19^((2^64 − 1)/15) of [`F64`](super::F64) (19 as a number, x^4 + x + 1 as
//! a polynomial), a root of the same polynomial: [`POWERS`].

use super::{F128, Subfield};
use rand_core::Rng;
use std::fmt;
use std::ops::{Add, AddAssign, Mul};
use zeroize::DefaultIsZeroes;

/// 1, ω, ω², ω³: where the basis of F16 lies in the larger fields.
const POWERS: [F128; 4] =
    [F128(1), F128(0xa181_e7d6_6f5f_f795), F128(0xb848_d149_48d5_2b97), F128(0xe5f0_921e_86ad_769e)];

/// An element of GF(2^4): bit i is the coefficient of y^i.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct F16(u8);

impl F16 {
    /// The lowest four bits of a number.
    #[inline]
    pub const fn new(bits: u8) -> Self {
        Self(bits & 15)
    }

    /// The coefficients, at most 15.
    #[inline]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// All sixteen multiples of an element, in the order of the factors' bits.
    pub fn multiples(of: F128) -> [F128; 16] {
        let basis = POWERS.map(|power| power * of);
        std::array::from_fn(|factor| {
            let parts = basis.iter().enumerate().filter(|(bit, _)| factor >> bit & 1 == 1);
            parts.fold(F128::ZERO, |sum, (_, part)| sum + *part)
        })
    }
}

impl fmt::Debug for F16 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F16({:#x})", self.0)
    }
}

impl Add for F16 {
    type Output = Self;
    #[inline]
    #[expect(clippy::suspicious_arithmetic_impl, reason = "characteristic 2")]
    fn add(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }
}

impl AddAssign for F16 {
    #[inline]
    #[expect(clippy::suspicious_op_assign_impl, reason = "characteristic 2")]
    fn add_assign(&mut self, other: Self) {
        self.0 ^= other.0;
    }
}

impl Mul for F16 {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        let product = (0..4).fold(0, |sum, bit| sum ^ (self.0 << bit & (other.0 >> bit & 1).wrapping_neg()));
        // y^4 = y + 1, y^5 = y^2 + y, y^6 = y^3 + y^2.
        let high = product >> 4;
        Self((product ^ high ^ high << 1) & 15)
    }
}

impl From<F16> for F128 {
    #[inline]
    fn from(element: F16) -> Self {
        combine(element, &POWERS)
    }
}

impl DefaultIsZeroes for F16 {}

/// The sum of those of four elements that the bits say, without a branch.
#[inline]
fn combine(element: F16, basis: &[F128; 4]) -> F128 {
    let part = |bit: usize| basis[bit].0 & u128::from(element.0 >> bit & 1).wrapping_neg();
    F128(part(0) ^ part(1) ^ part(2) ^ part(3))
}

impl Subfield for F16 {
    const BYTES: usize = 1;
    const BITS: usize = 4;
    const ZERO: Self = Self(0);
    const ONE: Self = Self(1);

    fn random(rng: &mut (impl Rng + ?Sized)) -> Self {
        Self::new(rng.next_u32() as u8)
    }

    fn write(self, to: &mut Vec<u8>) {
        to.push(self.0);
    }

    fn read(bytes: &[u8]) -> Self {
        let [byte] = bytes.try_into().expect("the caller gives one byte");
        Self::new(byte)
    }

    fn mul_add_each(out: &mut [F128], a: &[Self], by: F128) {
        assert_eq!(out.len(), a.len(), "as many products as places");
        let basis = POWERS.map(|power| power * by);
        out.iter_mut().zip(a).for_each(|(out, &a)| *out += combine(a, &basis));
    }

    fn inner_product(a: &[Self], b: &[F128]) -> F128 {
        assert_eq!(a.len(), b.len(), "as many factors on both sides");
        let mut sums = [0; 4];
        for (a, b) in a.iter().zip(b) {
            for (bit, sum) in sums.iter_mut().enumerate() {
                *sum ^= b.0 & u128::from(a.0 >> bit & 1).wrapping_neg();
            }
        }
        POWERS.iter().zip(sums).fold(F128::ZERO, |sum, (&power, part)| sum + power * F128(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::F64;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    /// The map into GF(2^128) keeps sums and products, and nothing but zero becomes zero.
    #[test]
    fn a_subfield() {
        assert_eq!(F64(19).power(u64::MAX / 15), F64(POWERS[1].0 as u64));
        let all: Vec<F16> = (0..16).map(F16::new).collect();
        for &a in &all {
            assert_eq!(F128::from(a) == F128::ZERO, a == F16::ZERO);
            for &b in &all {
                assert_eq!(F128::from(a * b), F128::from(a) * F128::from(b));
                assert_eq!(F128::from(a + b), F128::from(a) + F128::from(b));
            }
        }
    }

    #[test]
    fn loops_multiply() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let a: Vec<F16> = (0..40).map(|_| F16::random(&mut rng)).collect();
        let b: Vec<F128> = (0..40).map(|_| F128::random(&mut rng)).collect();
        let by = F128::random(&mut rng);
        let mut out = b.clone();
        F16::mul_add_each(&mut out, &a, by);
        let multiples = F16::multiples(by);
        for ((out, a), b) in out.iter().zip(&a).zip(&b) {
            assert_eq!(*out, *b + F128::from(*a) * by);
            assert_eq!(*out, *b + multiples[usize::from(a.bits())]);
        }
        let sum = a.iter().zip(&b).fold(F128::ZERO, |sum, (&a, &b)| sum + F128::from(a) * b);
        assert_eq!(F16::inner_product(&a, &b), sum);
        let mut bytes = Vec::new();
        a[0].write(&mut bytes);
        assert_eq!(F16::read(&bytes), a[0]);
    }
}

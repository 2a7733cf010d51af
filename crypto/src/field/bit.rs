//! GF(2): one bit, in a byte of its own.

use super::{F128, Subfield};
use rand_core::Rng;
use std::ops::{Add, AddAssign, Mul};
use zeroize::DefaultIsZeroes;

/// An element of GF(2): 0 or 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct F2(u8);

impl F2 {
    /// The lowest bit of a number.
    #[inline]
    pub const fn new(bit: u8) -> Self {
        Self(bit & 1)
    }

    /// 0 or 1.
    #[inline]
    pub const fn bit(self) -> u8 {
        self.0
    }
}

impl Add for F2 {
    type Output = Self;
    #[inline]
    #[expect(clippy::suspicious_arithmetic_impl, reason = "characteristic 2")]
    fn add(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }
}

impl AddAssign for F2 {
    #[inline]
    #[expect(clippy::suspicious_op_assign_impl, reason = "characteristic 2")]
    fn add_assign(&mut self, other: Self) {
        self.0 ^= other.0;
    }
}

impl Mul for F2 {
    type Output = Self;
    #[inline]
    #[expect(clippy::suspicious_arithmetic_impl, reason = "one bit")]
    fn mul(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl From<F2> for F128 {
    #[inline]
    fn from(bit: F2) -> Self {
        Self(bit.0.into())
    }
}

impl DefaultIsZeroes for F2 {}

impl F2 {
    /// All ones for 1.
    #[inline]
    fn mask(self) -> u128 {
        u128::from(self.0).wrapping_neg()
    }
}

impl Subfield for F2 {
    const BYTES: usize = 1;
    const BITS: usize = 1;
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
        out.iter_mut().zip(a).for_each(|(out, a)| out.0 ^= by.0 & a.mask());
    }

    fn inner_product(a: &[Self], b: &[F128]) -> F128 {
        assert_eq!(a.len(), b.len(), "as many factors on both sides");
        F128(a.iter().zip(b).fold(0, |sum, (a, b)| sum ^ b.0 & a.mask()))
    }
}

//! What is shared: elements of Z_2^64, and 64 bits at a time.

use std::fmt::Debug;
use std::ops::{Add, Mul, Neg, Sub};
use zeroize::DefaultIsZeroes;

/// A commutative ring whose elements are words of 64 bits.
pub trait Ring:
    Copy
    + Default
    + Debug
    + Eq
    + Send
    + Sync
    + DefaultIsZeroes
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// Whether a product of two words is taken as one of integers, of which the upper half is left out.
    const INTEGERS: bool;

    /// The neutral element of addition.
    const ZERO: Self;
    /// The neutral element of multiplication.
    const ONE: Self;

    /// The element of a word: every word is one.
    fn of(word: u64) -> Self;

    /// The word of an element.
    fn word(self) -> u64;
}

macro_rules! ring {
    ($ring:ident, $integers:expr, $one:expr, |$a:ident, $b:ident| $add:expr, $sub:expr, $mul:expr) => {
        impl Ring for $ring {
            const INTEGERS: bool = $integers;
            const ZERO: Self = Self(0);
            const ONE: Self = Self($one);

            #[inline]
            fn of(word: u64) -> Self {
                Self(word)
            }

            #[inline]
            fn word(self) -> u64 {
                self.0
            }
        }

        impl DefaultIsZeroes for $ring {}

        #[allow(clippy::suspicious_arithmetic_impl, reason = "bits add by exclusive-or")]
        impl Add for $ring {
            type Output = Self;
            #[inline]
            fn add(self, other: Self) -> Self {
                let ($a, $b) = (self.0, other.0);
                Self($add)
            }
        }

        #[allow(clippy::suspicious_arithmetic_impl, reason = "bits add by exclusive-or")]
        impl Sub for $ring {
            type Output = Self;
            #[inline]
            fn sub(self, other: Self) -> Self {
                let ($a, $b) = (self.0, other.0);
                Self($sub)
            }
        }

        #[allow(clippy::suspicious_arithmetic_impl, reason = "bits multiply by and")]
        impl Mul for $ring {
            type Output = Self;
            #[inline]
            fn mul(self, other: Self) -> Self {
                let ($a, $b) = (self.0, other.0);
                Self($mul)
            }
        }

        impl Neg for $ring {
            type Output = Self;
            #[inline]
            fn neg(self) -> Self {
                Self::ZERO - self
            }
        }
    };
}

/// An integer modulo 2^64; signed ones are in two's complement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Z64(pub u64);

ring!(Z64, true, 1, |a, b| a.wrapping_add(b), a.wrapping_sub(b), a.wrapping_mul(b));

impl Z64 {
    /// As a signed integer.
    pub fn signed(self) -> i64 {
        self.0.cast_signed()
    }
}

impl From<i64> for Z64 {
    fn from(integer: i64) -> Self {
        Self(integer.cast_unsigned())
    }
}

/// 64 bits, each modulo 2: addition is exclusive-or, multiplication is and.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct B64(pub u64);

ring!(B64, false, u64::MAX, |a, b| a ^ b, a ^ b, a & b);

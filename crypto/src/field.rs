//! The binary fields GF(2^64) and GF(2^128), the smaller one inside the larger.
//!
//! [`F64`] is GF(2)\[x\]/(x^64 + x^4 + x^3 + x + 1): G. Seroussi, "Table of Low-Weight Binary Irreducible
//! Polynomials", HPL-98-135, 1998. [`F128`] is the tower F64\[X\]/(X^2 + X + x^61). That is a field because
//! x^61 has trace 1 in F64: by Newton's identities the power sums of the 64 conjugates of x satisfy
//! p_61 = 61·(coefficient of x^3) = 1, and X^2 + X + c is irreducible over F64 exactly when c has trace 1 (Lidl,
//! Niederreiter, *Finite Fields*, corollary 3.79).
//!
//! So an F64 is an F128 without any work (the lower half), and F64 · F128 is two carry-less products of 64
//! bits instead of three or four.
//!
//! Addition is exclusive-or. Products are constant-time. Loops over many products ([`mul_add_each`] and the
//! others) run in one of several kernels chosen when the program runs: VPCLMULQDQ with AVX2 or PCLMULQDQ on
//! x86-64, and a portable one everywhere else. A single `*` pays for the choice each time: prefer the loops.

mod bit;
mod four;
mod nibble;
mod portable;
pub mod rows;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use bit::F2;
pub use four::F128x4;
pub use nibble::F16;

use rand_core::Rng;
use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub, SubAssign};
use zeroize::DefaultIsZeroes;

/// An element of GF(2^64): bit i is the coefficient of x^i.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct F64(pub u64);

/// An element `low + high·X` of GF(2^128): the lower 64 bits are `low`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct F128(pub u128);

macro_rules! field {
    ($field:ident, $bits:ident, $bytes:literal) => {
        impl $field {
            /// The neutral element of addition.
            pub const ZERO: Self = Self(0);
            /// The neutral element of multiplication.
            pub const ONE: Self = Self(1);
            /// Length of [`Self::to_bytes`].
            pub const BYTES: usize = $bytes;

            /// The coefficients, lowest first.
            pub fn to_bytes(self) -> [u8; $bytes] {
                self.0.to_le_bytes()
            }

            /// Inverse of [`Self::to_bytes`]; every string of bytes is an element.
            pub fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self($bits::from_le_bytes(bytes))
            }

            /// A uniform element.
            pub fn random(rng: &mut (impl Rng + ?Sized)) -> Self {
                let mut bytes = [0; $bytes];
                rng.fill_bytes(&mut bytes);
                Self::from_bytes(bytes)
            }

            /// This element to a power, in time that depends on the exponent only.
            pub fn power(self, mut exponent: $bits) -> Self {
                let (mut result, mut square) = (Self::ONE, self);
                while exponent != 0 {
                    if exponent & 1 == 1 {
                        result = result * square;
                    }
                    square = square * square;
                    exponent >>= 1;
                }
                result
            }

            /// The inverse; that of zero is zero. By Fermat: for the few times that it is needed.
            pub fn inverse(self) -> Self {
                self.power($bits::MAX - 1)
            }
        }

        impl Add for $field {
            type Output = Self;
            #[inline]
            #[expect(clippy::suspicious_arithmetic_impl, reason = "characteristic 2")]
            fn add(self, other: Self) -> Self {
                Self(self.0 ^ other.0)
            }
        }

        impl AddAssign for $field {
            #[inline]
            #[expect(clippy::suspicious_op_assign_impl, reason = "characteristic 2")]
            fn add_assign(&mut self, other: Self) {
                self.0 ^= other.0;
            }
        }

        impl Sub for $field {
            type Output = Self;
            #[inline]
            #[expect(clippy::suspicious_arithmetic_impl, reason = "characteristic 2")]
            fn sub(self, other: Self) -> Self {
                Self(self.0 ^ other.0)
            }
        }

        impl SubAssign for $field {
            #[inline]
            #[expect(clippy::suspicious_op_assign_impl, reason = "characteristic 2")]
            fn sub_assign(&mut self, other: Self) {
                self.0 ^= other.0;
            }
        }

        impl DefaultIsZeroes for $field {}

        impl fmt::Debug for $field {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:#x})", stringify!($field), self.0)
            }
        }
    };
}

field!(F64, u64, 8);
field!(F128, u128, 16);

impl F128 {
    /// The element `low + high·X`.
    #[inline]
    pub const fn new(low: F64, high: F64) -> Self {
        Self((high.0 as u128) << 64 | low.0 as u128)
    }

    /// The part in the subfield.
    #[inline]
    pub const fn low(self) -> F64 {
        F64(self.0 as u64)
    }

    /// The coefficient of X.
    #[inline]
    pub const fn high(self) -> F64 {
        F64((self.0 >> 64) as u64)
    }
}

impl From<F64> for F128 {
    #[inline]
    fn from(low: F64) -> Self {
        Self(u128::from(low.0))
    }
}

impl Mul for F64 {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let mut out = [F128::ZERO];
        F64::mul_add_each(&mut out, &[self], other.into());
        out[0].low()
    }
}

impl Mul<F128> for F64 {
    type Output = F128;
    fn mul(self, other: F128) -> F128 {
        let mut out = [F128::ZERO];
        F64::mul_add_each(&mut out, &[self], other);
        out[0]
    }
}

impl Mul for F128 {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let mut out = [Self::ZERO];
        F128::mul_add_each(&mut out, &[self], other);
        out[0]
    }
}

/// [`F2`], [`F16`], [`F64`] or [`F128`]: what the values of a subfield VOLE are taken from.
pub trait Subfield:
    Copy
    + Default
    + PartialEq
    + fmt::Debug
    + Add<Output = Self>
    + AddAssign
    + Mul<Output = Self>
    + Into<F128>
    + DefaultIsZeroes
    + Send
    + Sync
    + 'static
{
    /// Length of an element in bytes.
    const BYTES: usize;
    /// How many bits of them tell elements apart, the lowest ones.
    const BITS: usize;
    /// The neutral element of addition.
    const ZERO: Self;
    /// The neutral element of multiplication.
    const ONE: Self;

    /// A uniform element.
    fn random(rng: &mut (impl Rng + ?Sized)) -> Self;

    /// Appends the [`Self::BYTES`] bytes of the element, lowest coefficients first.
    fn write(self, to: &mut Vec<u8>);

    /// Reads one element from exactly [`Self::BYTES`] bytes.
    ///
    /// # Panics
    /// If there are fewer or more bytes.
    fn read(bytes: &[u8]) -> Self;

    /// `out[i] += a[i]·by` for every i.
    ///
    /// # Panics
    /// If the lengths differ.
    fn mul_add_each(out: &mut [F128], a: &[Self], by: F128);

    /// The sum of all `a[i]·b[i]`.
    ///
    /// # Panics
    /// If the lengths differ.
    fn inner_product(a: &[Self], b: &[F128]) -> F128;
}

macro_rules! subfield {
    ($field:ident, $mul_add_each:ident, $inner_product:ident) => {
        impl Subfield for $field {
            const BYTES: usize = $field::BYTES;
            const BITS: usize = 8 * $field::BYTES;
            const ZERO: Self = Self(0);
            const ONE: Self = Self(1);

            fn random(rng: &mut (impl Rng + ?Sized)) -> Self {
                $field::random(rng)
            }

            fn write(self, to: &mut Vec<u8>) {
                to.extend_from_slice(&self.to_bytes());
            }

            fn read(bytes: &[u8]) -> Self {
                Self::from_bytes(bytes.try_into().expect("the caller gives as many bytes as an element has"))
            }

            fn mul_add_each(out: &mut [F128], a: &[Self], by: F128) {
                assert_eq!(out.len(), a.len(), "as many products as places");
                #[cfg(target_arch = "x86_64")]
                if x86::$mul_add_each(out, a, by) {
                    return;
                }
                portable::$mul_add_each(out, a, by);
            }

            fn inner_product(a: &[Self], b: &[F128]) -> F128 {
                assert_eq!(a.len(), b.len(), "as many factors on both sides");
                #[cfg(target_arch = "x86_64")]
                if let Some(sum) = x86::$inner_product(a, b) {
                    return sum;
                }
                portable::$inner_product(a, b)
            }
        }
    };
}

subfield!(F64, mul_add_each_64, inner_product_64);
subfield!(F128, mul_add_each_128, inner_product_128);

/// `out[i] += a[i]·by` for every i.
///
/// # Panics
/// If the lengths differ.
pub fn mul_add_each<A: Subfield>(out: &mut [F128], a: &[A], by: F128) {
    A::mul_add_each(out, a, by);
}

/// The sum of all `a[i]·b[i]`.
///
/// # Panics
/// If the lengths differ.
pub fn inner_product<A: Subfield>(a: &[A], b: &[F128]) -> F128 {
    A::inner_product(a, b)
}

/// `1, by, by², …`: as many powers as asked for.
pub fn powers(by: F128, count: usize) -> Vec<F128> {
    let mut powers = Vec::with_capacity(count);
    powers.extend((count > 0).then_some(F128::ONE));
    // Doubling keeps the loop in a kernel: the second half is the first times a power.
    while powers.len() < count {
        let have = powers.len();
        let more = have.min(count - have);
        let step = powers[have - 1] * by;
        powers.resize(have + more, F128::ZERO);
        let (first, second) = powers.split_at_mut(have);
        F128::mul_add_each(second, &first[..more], step);
    }
    powers
}

#[cfg(test)]
mod tests;

//! Four elements of GF(2^128) side by side.

use super::F128;
use std::fmt;
use std::ops::{Add, AddAssign};
use zeroize::DefaultIsZeroes;

/// Four elements in one line of the cache: they are moved and added together.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct F128x4(pub(crate) [u64; 8]);

impl F128x4 {
    /// How many elements there are.
    pub const LANES: usize = 4;

    /// The same element four times.
    pub fn splat(element: F128) -> Self {
        Self::from([element; 4])
    }

    /// One of the four.
    #[inline]
    pub fn lane(&self, lane: usize) -> F128 {
        F128(u128::from(self.0[2 * lane + 1]) << 64 | u128::from(self.0[2 * lane]))
    }

    /// Puts another in the place of one of the four.
    #[inline]
    pub fn set_lane(&mut self, lane: usize, element: F128) {
        self.0[2 * lane] = element.0 as u64;
        self.0[2 * lane + 1] = (element.0 >> 64) as u64;
    }
}

impl From<[F128; 4]> for F128x4 {
    #[inline]
    fn from(elements: [F128; 4]) -> Self {
        let mut four = Self::default();
        elements.into_iter().enumerate().for_each(|(lane, element)| four.set_lane(lane, element));
        four
    }
}

impl From<F128x4> for [F128; 4] {
    #[inline]
    fn from(four: F128x4) -> Self {
        std::array::from_fn(|lane| four.lane(lane))
    }
}

impl Add for F128x4 {
    type Output = Self;
    #[inline]
    fn add(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word ^= other);
        self
    }
}

impl AddAssign for F128x4 {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl DefaultIsZeroes for F128x4 {}

impl fmt::Debug for F128x4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(<[F128; 4]>::from(*self)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lane_by_lane() {
        let one = [1, 2, 3 << 100, u128::MAX].map(F128);
        let two = [5, 9, 1 << 90, 4].map(F128);
        let sum = F128x4::from(one) + F128x4::from(two);
        for lane in 0..F128x4::LANES {
            assert_eq!(sum.lane(lane), one[lane] + two[lane]);
        }
        assert_eq!(<[F128; 4]>::from(F128x4::splat(one[3])), [one[3]; 4]);
        assert_eq!(align_of::<F128x4>(), 64);
    }
}

//! One expansion, or four side by side: their trees grow together, lane by lane, and one pass through the code moves
//! whole lines of the cache.

use crate::code::Element;
use std::ops::{Add, AddAssign};
use yinshu_crypto::field::{F128, F128x4, Subfield};
use yinshu_crypto::permutation::Permutation;
use zeroize::DefaultIsZeroes;

/// Elements of GF(2^128), one of each expansion.
pub(crate) trait Lanes: Element + AddAssign + Send + Sync {
    /// How many expansions.
    const COUNT: usize;
    /// As many elements of the subfield.
    type Side<A: Subfield>: Element + Send + Sync;

    fn splat(element: F128) -> Self;
    fn lane(&self, lane: usize) -> F128;
    fn set_lane(&mut self, lane: usize, element: F128);
    fn set_side<A: Subfield>(side: &mut Self::Side<A>, lane: usize, element: A);
    /// [`Permutation::grow`] in every lane.
    fn grow(hash: &Permutation, parents: &[Self], children: &mut [Self]) -> Self;
    /// [`Permutation::leaves`] in every lane.
    fn leaves(hash: &Permutation, parents: &[Self], children: &mut [Self]) -> [Self; 2];
    /// [`Permutation::hash`] in every lane: for few.
    fn hash(hash: &Permutation, x: Self) -> Self;

    /// Elements from lanes, one tree after the other.
    fn gather(elements: &[F128]) -> Vec<Self> {
        let lines = elements.chunks_exact(Self::COUNT);
        lines.map(|line| line_of(line.iter().copied())).collect()
    }

    /// Inverse of [`Self::gather`].
    fn spread(lines: &[Self]) -> Vec<F128> {
        lines.iter().flat_map(|line| (0..Self::COUNT).map(|lane| line.lane(lane))).collect()
    }
}

/// A line from its elements.
pub(crate) fn line_of<E: Lanes>(elements: impl Iterator<Item = F128>) -> E {
    let mut line = E::default();
    elements.enumerate().for_each(|(lane, element)| line.set_lane(lane, element));
    line
}

impl Lanes for F128 {
    const COUNT: usize = 1;
    type Side<A: Subfield> = A;

    fn splat(element: F128) -> Self {
        element
    }

    #[inline]
    fn lane(&self, _: usize) -> F128 {
        *self
    }

    #[inline]
    fn set_lane(&mut self, _: usize, element: F128) {
        *self = element;
    }

    fn set_side<A: Subfield>(side: &mut A, _: usize, element: A) {
        *side = element;
    }

    fn grow(hash: &Permutation, parents: &[Self], children: &mut [Self]) -> Self {
        hash.grow(parents, children)
    }

    fn leaves(hash: &Permutation, parents: &[Self], children: &mut [Self]) -> [Self; 2] {
        hash.leaves(parents, children)
    }

    fn hash(hash: &Permutation, x: Self) -> Self {
        hash.hash(x)
    }
}

impl Lanes for F128x4 {
    const COUNT: usize = Self::LANES;
    type Side<A: Subfield> = Four<A>;

    fn splat(element: F128) -> Self {
        Self::splat(element)
    }

    #[inline]
    fn lane(&self, lane: usize) -> F128 {
        self.lane(lane)
    }

    #[inline]
    fn set_lane(&mut self, lane: usize, element: F128) {
        self.set_lane(lane, element);
    }

    fn set_side<A: Subfield>(side: &mut Four<A>, lane: usize, element: A) {
        side.0[lane] = element;
    }

    fn grow(hash: &Permutation, parents: &[Self], children: &mut [Self]) -> Self {
        hash.grow_four(parents, children)
    }

    fn leaves(hash: &Permutation, parents: &[Self], children: &mut [Self]) -> [Self; 2] {
        hash.leaves_four(parents, children)
    }

    fn hash(hash: &Permutation, x: Self) -> Self {
        let mut blocks = <[F128; 4]>::from(x);
        hash.hash_each(&mut blocks);
        blocks.into()
    }
}

/// Four elements of a subfield.
#[derive(Clone, Copy, Default)]
pub(crate) struct Four<A>(pub(crate) [A; 4]);

impl<A: Subfield> Add for Four<A> {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a + e, b + f, c + g, d + h])
    }
}

impl<A: Subfield> DefaultIsZeroes for Four<A> {}

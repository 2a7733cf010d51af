//! Shared bits, plane after plane.

use super::transpose::{planes_of, values_of};
use crate::context::Context;
use crate::error::MpcError;
use crate::pool;
use crate::products::Products;
use crate::ring::{B64, Ring};
use crate::role::Role;
use crate::shares::Shares;
use crate::verified::record::Parts;
use std::ops::Range;
use yinshu_crypto::widest::{Work, run};

/// `count` bits of each of `lanes` values.
#[derive(Clone)]
pub struct Planes {
    lanes: usize,
    count: usize,
    /// Plane after plane, each of ⌈lanes / 64⌉ words. Bits beyond the last lane mean nothing.
    pub(super) bits: Shares<B64>,
}

/// One plane, of which nothing is copied.
#[derive(Clone, Copy)]
pub(super) struct Plane<'a> {
    own: &'a [B64],
    next: &'a [B64],
}

impl Planes {
    pub(super) fn new(lanes: usize, count: usize, bits: Shares<B64>) -> Self {
        debug_assert_eq!(bits.len(), count * lanes.div_ceil(64), "planes of one length");
        Self { lanes, count, bits }
    }

    /// Zeros, which all know.
    pub(super) fn zeros(lanes: usize, count: usize) -> Self {
        Self::new(lanes, count, Shares::zeros(count * lanes.div_ceil(64)))
    }

    /// The lowest `count` bits of the words of both parts.
    pub(crate) fn of_parts<R: Ring>(own: &[R], next: &[R], count: usize) -> Self {
        Self::new(own.len(), count, Shares::new(planes_of(own, count), planes_of(next, count)))
    }

    /// For each pair of planes of so many lanes, their exclusive-or.
    pub(super) fn sums(lanes: usize, pairs: &[(Plane<'_>, Plane<'_>)]) -> Self {
        let part = |of: fn(Plane<'_>) -> &[B64]| {
            let mut out = pool::empty(pairs.len() * lanes.div_ceil(64));
            pairs.iter().for_each(|&(x, y)| out.extend(of(x).iter().zip(of(y)).map(|(&x, &y)| x + y)));
            out
        };
        Self::new(lanes, pairs.len(), Shares::new(part(|plane| plane.own), part(|plane| plane.next)))
    }

    /// Adds to a plane.
    pub(super) fn add_plane(&mut self, at: usize, plane: Plane<'_>) {
        let words = self.words();
        for (to, from) in [(&mut self.bits.own, plane.own), (&mut self.bits.next, plane.next)] {
            to[at * words..(at + 1) * words].iter_mut().zip(from).for_each(|(to, &from)| *to = *to + from);
        }
    }

    /// Replaces a plane.
    pub(super) fn set_plane(&mut self, at: usize, plane: Plane<'_>) {
        let words = self.words();
        self.bits.own[at * words..(at + 1) * words].copy_from_slice(plane.own);
        self.bits.next[at * words..(at + 1) * words].copy_from_slice(plane.next);
    }

    /// Replaces lanes, from so many words on.
    pub(super) fn set_lanes(&mut self, from: usize, lanes: &Self) {
        let (words, width) = (self.words(), lanes.words());
        for at in 0..self.count {
            let (to, plane) = (at * words + from, lanes.view(at));
            self.bits.own[to..to + width].copy_from_slice(plane.own);
            self.bits.next[to..to + width].copy_from_slice(plane.next);
        }
    }

    /// The lowest `count` bits of words that are shared bit by bit.
    pub fn of_words(words: &Shares<B64>, count: usize) -> Self {
        Self::of_parts(&words.own, &words.next, count)
    }

    /// A single plane of so many lanes.
    pub(crate) fn of_plane(lanes: usize, plane: Shares<B64>) -> Self {
        Self::new(lanes, 1, plane)
    }

    /// Back to words, one for each lane.
    pub fn to_words(&self) -> Shares<B64> {
        let words = |bits: &[B64]| values_of(bits, self.lanes);
        Shares::new(words(&self.bits.own), words(&self.bits.next))
    }

    /// Bits that all know.
    pub fn public(role: Role, values: &[u64], count: usize) -> Self {
        let values: Vec<B64> = values.iter().map(|&value| B64(value)).collect();
        Self::of_words(&Shares::public(role, &values), count)
    }

    /// How many values.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// How many bits of each.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Words of a plane.
    pub(super) fn words(&self) -> usize {
        self.lanes.div_ceil(64)
    }

    /// Bit `at` of all values, as words of 64 of them.
    #[must_use]
    pub fn plane(&self, at: usize) -> Shares<B64> {
        let words = self.words();
        self.bits.slice(at * words..(at + 1) * words)
    }

    pub(super) fn view(&self, at: usize) -> Plane<'_> {
        let words = self.words();
        let range = at * words..(at + 1) * words;
        Plane { own: &self.bits.own[range.clone()], next: &self.bits.next[range] }
    }

    /// Some of the bits of each value.
    #[must_use]
    pub fn some(&self, range: Range<usize>) -> Self {
        let words = self.words();
        Self::new(self.lanes, range.len(), self.bits.slice(range.start * words..range.end * words))
    }

    /// These planes, and then those of the same lanes.
    #[must_use]
    pub fn and_then(&self, higher: &Self) -> Self {
        Self::new(self.lanes, self.count + higher.count, Shares::concat([&self.bits, &higher.bits]))
    }

    /// Exclusive-or, bit by bit.
    #[must_use]
    pub fn xor(&self, other: &Self) -> Self {
        Self::new(self.lanes, self.count, self.bits.plus(&other.bits))
    }

    /// All bits inverted.
    #[must_use]
    pub fn not(&self, role: Role) -> Self {
        Self::new(self.lanes, self.count, self.bits.clone().not(role))
    }
}

/// The products of pairs of planes of `lanes` values, all in one round.
pub(super) fn and_each(
    context: &mut Context,
    lanes: usize,
    pairs: &[(Plane<'_>, Plane<'_>)],
) -> Result<Planes, MpcError> {
    let bits = context.reshare(&Ands { words: lanes.div_ceil(64), pairs })?;
    Ok(Planes::new(lanes, pairs.len(), bits))
}

/// Products of planes of so many words.
struct Ands<'a> {
    words: usize,
    pairs: &'a [(Plane<'a>, Plane<'a>)],
}

impl<'a> Ands<'a> {
    /// Pairs of planes, and which of their words some of the outputs are.
    fn over(&self, mut range: Range<usize>, mut each: impl FnMut((Plane<'a>, Plane<'a>), Range<usize>)) {
        while !range.is_empty() {
            let (pair, from) = (range.start / self.words, range.start % self.words);
            let len = range.len().min(self.words - from);
            each(self.pairs[pair], from..from + len);
            range.start += len;
        }
    }
}

impl Products<B64> for Ands<'_> {
    fn outputs(&self) -> usize {
        self.pairs.len() * self.words
    }

    fn summands(&self, range: Range<usize>, mut out: &mut [B64]) {
        self.over(range, |(x, y), words| {
            let (now, later) = std::mem::take(&mut out).split_at_mut(words.len());
            let [x, y] = [x, y].map(|plane| [&plane.own[words.clone()], &plane.next[words.clone()]]);
            run(And { x, y, out: now });
            out = later;
        });
    }

    fn factors(&self, range: Range<usize>, left: &mut Parts, right: &mut Parts) {
        self.over(range, |(x, y), words| {
            left.push(&x.own[words.clone()], &x.next[words.clone()]);
            right.push(&y.own[words.clone()], &y.next[words]);
        });
    }
}

/// This party's summand x0 y0 + x0 y1 + x1 y0.
struct And<'a> {
    x: [&'a [B64]; 2],
    y: [&'a [B64]; 2],
    out: &'a mut [B64],
}

impl Work for And<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let [x, y] = [self.x, self.y].map(|[own, next]| own.iter().zip(next));
        for ((out, (&x0, &x1)), (&y0, &y1)) in self.out.iter_mut().zip(x).zip(y) {
            *out = x0 * (y0 + y1) + x1 * y0;
        }
    }
}

/// For each lane, the majority of the three parts of its word, bit by bit: party i knows x_i x_(i+1), and these add up.
pub(super) fn majorities(context: &mut Context, parts: &Planes, count: usize) -> Result<Planes, MpcError> {
    let bits = context.reshare(&Majorities { parts: &parts.bits, len: count * parts.words() })?;
    Ok(Planes::new(parts.lanes, count, bits))
}

/// The majorities of the parts of all planes.
pub(crate) fn majority(context: &mut Context, parts: &Planes) -> Result<Planes, MpcError> {
    majorities(context, parts, parts.count)
}

/// Products of the two parts that a party holds.
struct Majorities<'a> {
    parts: &'a Shares<B64>,
    len: usize,
}

impl Products<B64> for Majorities<'_> {
    const INNER: bool = true;

    fn outputs(&self) -> usize {
        self.len
    }

    fn summands(&self, range: Range<usize>, out: &mut [B64]) {
        let both = self.parts.own[range.clone()].iter().zip(&self.parts.next[range]);
        out.iter_mut().zip(both).for_each(|(out, (&own, &next))| *out = own * next);
    }

    fn factors(&self, range: Range<usize>, x: &mut Parts, _: &mut Parts) {
        x.push(&self.parts.own[range.clone()], &self.parts.next[range]);
    }
}

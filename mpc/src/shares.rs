//! One party's part of shared vectors, and what it can do with them alone.

use crate::pool;
use crate::ring::{B64, Ring};
use crate::role::Role;
use std::ops::Range;

/// A vector x = x0 + x1 + x2, of which party i holds `x_i` (own) and `x_(i+1)` (next): T. Araki, J. Furukawa,
/// Y. Lindell, A. Nof, K. Ohara, CCS 2016, in the replicated form of its section 2.3. Any two parties know x, one
/// knows nothing of it. Wiped on drop.
#[derive(PartialEq, Eq, Default)]
pub struct Shares<R: Ring> {
    pub(crate) own: Vec<R>,
    pub(crate) next: Vec<R>,
}

impl<R: Ring> Clone for Shares<R> {
    fn clone(&self) -> Self {
        self.slice(0..self.len())
    }
}

impl<R: Ring> Drop for Shares<R> {
    fn drop(&mut self) {
        pool::give(std::mem::take(&mut self.own));
        pool::give(std::mem::take(&mut self.next));
    }
}

impl<R: Ring> Shares<R> {
    /// Both parts, of one length.
    pub(crate) fn new(own: Vec<R>, next: Vec<R>) -> Self {
        debug_assert_eq!(own.len(), next.len(), "a sharing has two parts of one length");
        Self { own, next }
    }

    /// `len` zeros, which all know.
    pub fn zeros(len: usize) -> Self {
        Self { own: pool::zeros(len), next: pool::zeros(len) }
    }

    /// Values that all know, as a sharing: the first part of them, the others zero.
    pub fn public(role: Role, values: &[R]) -> Self {
        let part = |holds: bool| if holds { pool::copied(values) } else { pool::zeros(values.len()) };
        Self { own: part(role == Role::First), next: part(role == Role::Third) }
    }

    /// A sharing of the part with this number alone, which two parties know: the other parts are zero.
    #[must_use]
    pub fn part(&self, role: Role, part: Role) -> Self {
        let keep =
            |values: &[R], holds: bool| if holds { pool::copied(values) } else { pool::zeros(values.len()) };
        Self { own: keep(&self.own, role == part), next: keep(&self.next, role.next() == part) }
    }

    /// How many elements.
    pub fn len(&self) -> usize {
        self.own.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    fn map2(&self, other: &Self, f: impl Fn(R, R) -> R) -> Self {
        assert_eq!(self.len(), other.len(), "vectors of one length");
        let both = |a: &[R], b: &[R]| pool::filled(a.iter().zip(b).map(|(&a, &b)| f(a, b)));
        Self { own: both(&self.own, &other.own), next: both(&self.next, &other.next) }
    }

    /// Of each element, a function that maps sums to sums.
    #[must_use]
    pub fn linear(&self, f: impl Fn(R) -> R) -> Self {
        let each = |values: &[R]| pool::filled(values.iter().map(|&value| f(value)));
        Self { own: each(&self.own), next: each(&self.next) }
    }

    /// Element by element.
    ///
    /// # Panics
    /// Unless both have one length, as with all functions of two vectors.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.map2(other, |a, b| a + b)
    }

    /// Element by element.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.map2(other, |a, b| a - b)
    }

    /// All elements times one that all know.
    #[must_use]
    pub fn times(&self, factor: R) -> Self {
        self.linear(|value| value * factor)
    }

    /// All elements plus one that all know.
    #[must_use]
    pub fn plus_public(mut self, role: Role, summand: R) -> Self {
        match role {
            Role::First => self.own.iter_mut().for_each(|value| *value = *value + summand),
            Role::Third => self.next.iter_mut().for_each(|value| *value = *value + summand),
            Role::Second => {}
        }
        self
    }

    /// Some of the elements.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        Self { own: pool::copied(&self.own[range.clone()]), next: pool::copied(&self.next[range]) }
    }

    /// The elements at these places, in this order.
    #[must_use]
    pub fn gather(&self, places: &[usize]) -> Self {
        let each = |values: &[R]| pool::filled(places.iter().map(|&place| values[place]));
        Self { own: each(&self.own), next: each(&self.next) }
    }

    /// One vector after the other.
    pub fn concat<'a>(parts: impl IntoIterator<Item = &'a Self> + Clone) -> Self {
        let len = parts.clone().into_iter().map(Self::len).sum();
        let mut all = Self { own: pool::empty(len), next: pool::empty(len) };
        for part in parts {
            all.own.extend_from_slice(&part.own);
            all.next.extend_from_slice(&part.next);
        }
        all
    }

    /// Adds to the elements from `at` on.
    pub(crate) fn add_at(&mut self, at: usize, other: &Self) {
        let add = |to: &mut [R], from: &[R]| to.iter_mut().zip(from).for_each(|(to, &from)| *to = *to + from);
        add(&mut self.own[at..], &other.own);
        add(&mut self.next[at..], &other.next);
    }

    /// Replaces the elements from `at` on.
    pub(crate) fn set_at(&mut self, at: usize, other: &Self) {
        self.own[at..at + other.len()].copy_from_slice(&other.own);
        self.next[at..at + other.len()].copy_from_slice(&other.next);
    }

    /// Cut into vectors of these lengths.
    ///
    /// # Panics
    /// If the lengths do not add up.
    pub fn split(&self, lengths: impl IntoIterator<Item = usize>) -> Vec<Self> {
        let mut from = 0;
        let mut cut = |len| {
            let range = from..from + len;
            from = range.end;
            self.slice(range)
        };
        let parts = lengths.into_iter().map(&mut cut).collect();
        assert_eq!(from, self.len(), "the lengths add up");
        parts
    }

    /// The sum of all elements, as a vector of one.
    #[must_use]
    pub fn sum(&self) -> Self {
        let sum = |values: &[R]| vec![values.iter().fold(R::ZERO, |sum, &value| sum + value)];
        Self { own: sum(&self.own), next: sum(&self.next) }
    }

    /// The sums of the first 1, 2, … elements.
    #[must_use]
    pub fn prefix_sums(&self) -> Self {
        let sums = |values: &[R]| {
            let running = values.iter().scan(R::ZERO, |sum, &value| {
                *sum = *sum + value;
                Some(*sum)
            });
            running.collect()
        };
        Self { own: sums(&self.own), next: sums(&self.next) }
    }
}

impl Shares<B64> {
    /// Every bit inverted.
    #[must_use]
    pub fn not(self, role: Role) -> Self {
        self.plus_public(role, B64(u64::MAX))
    }
}

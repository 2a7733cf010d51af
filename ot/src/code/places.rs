//! Going through the outcome of the second permutation.

use super::pieces::Pieces;
use super::{BUCKETS, Element, wipe};
use std::ops::Range;
use yinshu_crypto::prefetch::prefetch;

/// Where buckets begin, and the last one ends.
type Starts = [usize; BUCKETS + 1];

/// Where the elements of the second permutation lie, bucket by bucket.
pub(super) trait Store<E> {
    /// Makes the first bucket quick to reach, which lies in `range`.
    fn begin(&self, range: Range<usize>);
    /// Asks for one of the elements that would come after a bucket if all lay side by side.
    fn ask(&self, at: usize);
    /// Makes the elements of a bucket, which would lie in `range` if all lay side by side, quick to reach.
    fn enter(&self, bucket: usize, range: Range<usize>, entered: &mut Vec<E>);
    /// One element of the bucket that was entered, which begins at `start`.
    fn at(&self, start: usize, entered: &[E], local: usize) -> E;
}

impl<E: Element> Store<E> for [E] {
    #[inline(always)]
    fn begin(&self, range: Range<usize>) {
        touch(&self[range]);
    }

    #[inline(always)]
    fn ask(&self, at: usize) {
        prefetch(self, at);
    }

    #[inline(always)]
    fn enter(&self, _: usize, _: Range<usize>, _: &mut Vec<E>) {
        // Was asked for while the bucket before it was read.
    }

    #[inline(always)]
    fn at(&self, start: usize, _: &[E], local: usize) -> E {
        self[start + local]
    }
}

impl<E: Element> Store<E> for Pieces<E> {
    #[inline(always)]
    fn begin(&self, _: Range<usize>) {}

    #[inline(always)]
    fn ask(&self, _: usize) {}

    #[inline(always)]
    fn enter(&self, bucket: usize, range: Range<usize>, entered: &mut Vec<E>) {
        self.read(bucket, range.len(), entered);
    }

    #[inline(always)]
    fn at(&self, _: usize, entered: &[E], local: usize) -> E {
        entered[local]
    }
}

/// Runs through the places of the second permutation.
pub(super) struct Places<'a, E: Element, S: ?Sized> {
    starts: &'a Starts,
    locals: &'a [u16],
    store: &'a S,
    bucket: usize,
    at: usize,
    /// The element to be asked for next.
    ahead: usize,
    entered: Vec<E>,
}

impl<'a, E: Element, S: Store<E> + ?Sized> Places<'a, E, S> {
    /// From the place `start` on.
    #[inline(always)]
    pub(super) fn from(start: usize, (starts, locals): (&'a Starts, &'a [u16]), store: &'a S) -> Self {
        let bucket = starts.partition_point(|&bucket| bucket <= start) - 1;
        let mut places = Self { starts, locals, store, bucket, at: start, ahead: 0, entered: Vec::new() };
        store.begin(starts[bucket]..starts[bucket + 1]);
        places.enter(bucket);
        places
    }

    #[inline(always)]
    fn enter(&mut self, bucket: usize) {
        self.bucket = bucket;
        self.ahead = self.starts[bucket + 1];
        self.store.enter(bucket, self.starts[bucket]..self.starts[bucket + 1], &mut self.entered);
    }

    #[inline(always)]
    pub(super) fn next(&mut self) -> E {
        while self.at >= self.starts[self.bucket + 1] {
            self.enter(self.bucket + 1);
        }
        self.store.ask(self.ahead);
        self.ahead += 1;
        let local = usize::from(self.locals[self.at]);
        self.at += 1;
        self.store.at(self.starts[self.bucket], &self.entered, local)
    }
}

impl<E: Element, S: ?Sized> Drop for Places<'_, E, S> {
    fn drop(&mut self) {
        wipe(&mut self.entered);
    }
}

/// Reads once through what will be read at random: the processor fetches ahead and the cache then has it.
#[inline(always)]
pub(super) fn touch<E: Element>(elements: &[E]) {
    let step = (64 / size_of::<E>()).max(1);
    let sum = elements.iter().step_by(step).fold(E::default(), |sum, &element| sum + element);
    std::hint::black_box(sum);
}

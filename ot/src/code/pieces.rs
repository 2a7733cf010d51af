//! A vector between its two permutations in the room of one: what is long is tens of megabytes.

use super::{BUCKETS, Element, wipe};
use std::ops::Range;

/// Elements of a piece.
const PIECE: usize = 64;

/// Room for `places` elements, and at its end for the first piece of each bucket of the second permutation.
pub(super) fn room(places: usize) -> usize {
    places.next_multiple_of(PIECE) + BUCKETS * PIECE
}

/// The buckets of the second permutation, in pieces that lie where the elements of the first were.
///
/// Each bucket begins with a piece of its own in the additional room. When w elements are in the buckets, w_b in
/// bucket b, those have begun ⌊w_b / PIECE⌋ pieces more each, ⌊w / PIECE⌋ at most in all, and w elements or more of
/// the first permutation were read, from the start on: the pieces that are begun in, in ascending order, are free.
pub(super) struct Pieces<E: Element> {
    room: Vec<E>,
    /// Where the next element of each bucket comes to.
    next: [usize; BUCKETS],
    /// The pieces of all buckets, bucket by bucket.
    pieces: Vec<u32>,
    /// Where in them each bucket's first piece is, and where its next one is noted.
    firsts: [usize; BUCKETS],
    noted: [usize; BUCKETS],
    /// The next piece that is begun.
    fresh: usize,
}

impl<E: Element> Pieces<E> {
    /// In a vector of [`room`]'s length, with the elements of the first permutation in front.
    pub(super) fn new(room: Vec<E>, starts: &[usize; BUCKETS + 1]) -> Self {
        let own = room.len() / PIECE - BUCKETS;
        let (mut firsts, mut count) = ([0; BUCKETS], 0);
        for (first, ends) in firsts.iter_mut().zip(starts.windows(2)) {
            *first = count;
            count += (ends[1] - ends[0]) / PIECE + 1;
        }
        let mut pieces = vec![0; count];
        for (bucket, &first) in firsts.iter().enumerate() {
            pieces[first] = u32::try_from(own + bucket).expect("a vector has fewer than 2^32 elements");
        }
        let next = std::array::from_fn(|bucket| (own + bucket) * PIECE);
        Self { room, next, pieces, firsts, noted: firsts.map(|first| first + 1), fresh: 0 }
    }

    /// Elements of the first permutation that were not overwritten: none before those read last.
    #[inline(always)]
    pub(super) fn unread(&self, range: Range<usize>) -> &[E] {
        &self.room[range]
    }

    /// Appends to a bucket.
    #[inline(always)]
    pub(super) fn put(&mut self, bucket: usize, element: E) {
        let at = &mut self.next[bucket];
        self.room[*at] = element;
        *at += 1;
        if at.is_multiple_of(PIECE) {
            self.begin(bucket);
        }
    }

    /// Begins the next piece of a bucket.
    #[inline(always)]
    fn begin(&mut self, bucket: usize) {
        self.next[bucket] = self.fresh * PIECE;
        self.pieces[self.noted[bucket]] = self.fresh as u32;
        self.noted[bucket] += 1;
        self.fresh += 1;
    }

    /// All `count` elements of a bucket, into one piece.
    #[inline(always)]
    pub(super) fn read(&self, bucket: usize, count: usize, to: &mut Vec<E>) {
        to.clear();
        let mut left = count;
        for &piece in &self.pieces[self.firsts[bucket]..] {
            if left == 0 {
                return;
            }
            let (from, some) = (piece as usize * PIECE, left.min(PIECE));
            to.extend_from_slice(&self.room[from..from + some]);
            left -= some;
        }
    }
}

impl<E: Element> Drop for Pieces<E> {
    fn drop(&mut self) {
        wipe(&mut self.room);
    }
}

//! What parties have claimed since the last check, kept by each as far as it knows it.
//!
//! A claim of prover i is that a number sent was made as it should be. Written as an equation it is: the sum of products
//! u·v equals L + r, where the party before i (the *left* verifier) knows u and L, the party after it (the *right* verifier)
//! knows v and r, and the prover knows all but needs only u and v. Each party is prover of its own claims, left verifier of
//! those of the party after it, and right verifier of those of the party before it.

use crate::pool::{self, wipe};
use crate::ring::Ring;
use crate::shares::Shares;
use std::ops::Range;
use std::sync::Arc;

/// Products that are recorded before they are checked without being asked: it bounds memory, at 48 bytes for each. An
/// output that is the sum of more is checked as a whole.
pub(crate) const BLOCK: usize = 1 << 19;

/// Words of both parts of shares.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) own: Vec<u64>,
    pub(crate) next: Vec<u64>,
}

impl Drop for Parts {
    fn drop(&mut self) {
        [&mut self.own, &mut self.next].into_iter().for_each(wipe_all);
    }
}

/// Overwrites what a vector holds and what it held before it was cleared.
fn wipe_all(words: &mut Vec<u64>) {
    words.clear();
    words.resize(words.capacity(), 0);
    wipe(words);
}

impl Parts {
    /// Appends elements.
    pub(crate) fn push<R: Ring>(&mut self, own: &[R], next: &[R]) {
        self.own.extend(own.iter().map(|value| value.word()));
        self.next.extend(next.iter().map(|value| value.word()));
    }

    /// Some of both.
    pub(crate) fn part(&self, range: Range<usize>) -> [&[u64]; 2] {
        // Where there are no right factors there are none of any output.
        [&self.own, &self.next].map(|words| words.get(range.clone()).unwrap_or_default())
    }

    /// Appends a whole sharing.
    pub(crate) fn push_shares<R: Ring>(&mut self, shares: &Shares<R>) {
        self.push(&shares.own, &shares.next);
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        [&mut self.left, &mut self.right].into_iter().for_each(wipe_all);
    }
}

/// Claims about products of shares: for each output, `width` of them.
#[derive(Default)]
pub(crate) struct Bank {
    pub(crate) x: Parts,
    /// Empty where claims are about the products of a party's own two parts alone.
    pub(crate) y: Parts,
    /// Outputs of one width, one after the other.
    pub(crate) runs: Vec<(usize, usize)>,
    /// L of the party after this one, and r of the one before it.
    pub(crate) left: Vec<u64>,
    pub(crate) right: Vec<u64>,
}

/// Claims about the sums of the products of every two of some vectors ([`crate::products::pairs`]).
pub(crate) struct Gram {
    /// Of one length.
    pub(crate) vectors: Vec<Parts>,
    /// L of the party after this one, and r of the one before it, for each pair.
    pub(crate) left: Vec<u64>,
    pub(crate) right: Vec<u64>,
}

impl Gram {
    /// The vectors' parts on a side, as this party knows them in this seat.
    pub(crate) fn factors(&self, seat: Seat, side: Side) -> Vec<&[u64]> {
        let next = matches!((seat, side), (Seat::Left, _) | (Seat::Prover, Side::Right));
        self.vectors.iter().map(|parts| if next { &parts.next[..] } else { &parts.own[..] }).collect()
    }

    /// Of how many elements the vectors are together.
    fn size(&self) -> usize {
        self.vectors.iter().map(|parts| parts.own.len()).sum()
    }
}

/// What a party is in a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    /// It claims.
    Prover,
    /// It checks the party after it.
    Left,
    /// It checks the party before it.
    Right,
}

impl Seat {
    pub(crate) const ALL: [Self; 3] = [Self::Prover, Self::Left, Self::Right];
}

/// A side of the products: u or v.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl Bank {
    /// The factors of all products on a side, as this party knows them in this seat: vectors of one length, each product
    /// of u and v having its factors at the same place.
    pub(crate) fn factors(&self, seat: Seat, side: Side) -> Vec<&[u64]> {
        let both = match (seat, side) {
            (Seat::Prover, Side::Left) => [&self.x.own, &self.y.own],
            (Seat::Left, _) => [&self.x.next, &self.y.next],
            (Seat::Prover, Side::Right) if self.y.own.is_empty() => [&self.x.next, &self.y.next],
            (Seat::Prover, Side::Right) => [&self.y.next, &self.x.next],
            (Seat::Right, _) if self.y.own.is_empty() => [&self.x.own, &self.y.own],
            (Seat::Right, _) => [&self.y.own, &self.x.own],
        };
        both.into_iter().filter(|words| !words.is_empty()).map(|words| &words[..]).collect()
    }

    /// How many claims.
    pub(crate) fn outputs(&self) -> usize {
        self.left.len()
    }

    /// L or r, as a verifier.
    pub(crate) fn known(&self, seat: Seat) -> Option<&[u64]> {
        match seat {
            Seat::Prover => None,
            Seat::Left => Some(&self.left),
            Seat::Right => Some(&self.right),
        }
    }
}

/// An order of rows, and whether row i comes from it or goes to it.
#[derive(Clone)]
pub(crate) struct Moves {
    pub(crate) order: Arc<[u32]>,
    pub(crate) inverse: bool,
}

impl Moves {
    /// Rows in the new order.
    pub(crate) fn apply<T: Copy + Default + 'static>(&self, rows: &[T]) -> Vec<T> {
        if self.inverse { scatter(&self.order, rows) } else { gather(&self.order, rows) }
    }

    /// Where rows stood before.
    pub(crate) fn undo<T: Copy + Default + 'static>(&self, rows: &[T]) -> Vec<T> {
        if self.inverse { gather(&self.order, rows) } else { scatter(&self.order, rows) }
    }
}

fn gather<T: Copy + 'static>(order: &[u32], rows: &[T]) -> Vec<T> {
    pool::filled(order.iter().map(|&from| rows[from as usize]))
}

fn scatter<T: Copy + Default + 'static>(order: &[u32], rows: &[T]) -> Vec<T> {
    let mut out = pool::zeros(rows.len());
    order.iter().zip(rows).for_each(|(&to, &row)| out[to as usize] = row);
    out
}

/// Claims that rows were moved as an order says: that is known to one verifier, the rows to the other.
pub(crate) struct Moved {
    /// Which verifier knows the rows.
    pub(crate) rows_on: Side,
    pub(crate) moves: Option<Moves>,
    pub(crate) rows: Option<Vec<u64>>,
    /// L or r, but for the prover.
    pub(crate) known: Vec<u64>,
    pub(crate) len: usize,
}

impl Drop for Moved {
    fn drop(&mut self) {
        self.rows.take().into_iter().for_each(pool::give);
        pool::give(std::mem::take(&mut self.known));
    }
}

/// All claims over one ring.
#[derive(Default)]
pub(crate) struct Record {
    /// Products of two sharings.
    pub(crate) products: Bank,
    /// Products of a party's two parts of one sharing.
    pub(crate) inner: Bank,
    /// For integers alone.
    pub(crate) grams: Vec<Gram>,
    /// By [`Seat`].
    pub(crate) moved: [Vec<Moved>; 3],
}

impl Record {
    /// Forgets all claims and keeps the room that they took, which the next ones overwrite; it is wiped when it is dropped.
    pub(crate) fn clear(&mut self) {
        for bank in [&mut self.products, &mut self.inner] {
            let Bank { x, y, runs, left, right } = bank;
            runs.clear();
            [&mut x.own, &mut x.next, &mut y.own, &mut y.next, left, right].into_iter().for_each(Vec::clear);
        }
        self.grams.clear();
        self.moved.iter_mut().for_each(Vec::clear);
    }

    pub(crate) fn banks(&self) -> [&Bank; 2] {
        [&self.products, &self.inner]
    }

    /// How much there is to check: products, of which every output has at least one; of products of every two of some vectors,
    /// the elements of these.
    pub(crate) fn size(&self) -> usize {
        let moved: usize = self.moved[0].iter().map(|moved| moved.len).sum();
        let grams: usize = self.grams.iter().map(Gram::size).sum();
        self.products.x.own.len() + self.inner.x.own.len() + grams + moved
    }
}

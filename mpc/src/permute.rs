//! Shuffles that nobody knows, and their inverses.
//!
//! Three permutations are applied one after the other, each known to two parties, so that each party lacks one: S. Laur,
//! J. Willemson, B. Zhang, "Round-Efficient Oblivious Database Manipulation", ISC 2011. The form with four messages in
//! two rounds, in which the rows lie with two parties in the meantime, is that of T. Araki et al., "Secure Graph Analysis
//! at Scale", CCS 2021; G. Asharov et al., "Efficient Secure Three-Party Sorting with Applications to Data Analysis and
//! Heavy Hitters", CCS 2022, use it to sort.
//!
//! # Steps of [`Permutation::shuffle`]
//!
//! Parts of the rows are A (known to parties 0 and 1... see [`Shares`]): party 0 holds A and B, party 1 B and C, party 2 C
//! and A. π is known to 0 and 1, ρ to 2 and 0, σ to 1 and 2. Y and Z are masks known to 0 and 1, and to 2 and 0.
//!
//! | # | from | to | what |
//! |---|---|---|---|
//! | 1 | 0 | 1 | ρ(π(A + B + Y) + Z) |
//! | 1 | 1 | 2 | π(C - Y) |
//! | 2 | 1 | 2 | σ(what came) - B′ |
//! | 2 | 2 | 1 | σ(ρ(what came) - … Z) - A′ |
//!
//! New parts: A′ and B′ random, from the keys of their holders, and C′ the sum of the two messages of round 2. The inverse
//! is the same with party 2 in the place of 0, as it knows the last two permutations.
//!
//! *Cost.* Where all follow the protocol: for each element 8 bytes from party 0, 16 from party 1, 8 from party 2; two rounds. *Learnt:* nothing.
//! Where a party may cheat, another form is used, of which every message is checked ([`crate::verified`]): three rounds,
//! and 16 bytes from each party.

use crate::araki16::same_length;
use crate::context::Context;
use crate::error::MpcError;
use crate::pool;
use crate::ring::Ring;
use crate::role::Role;
use crate::shares::Shares;
use crate::verified::moved;
use crate::verified::record::Moves;
use std::sync::Arc;

/// What one party knows of a random permutation of rows. Row i of the shuffled is row `order[i]` of the rows before.
pub struct Permutation {
    len: usize,
    /// Known to this party and the one before it, and to this one and the one after it.
    with_previous: Arc<[u32]>,
    with_next: Arc<[u32]>,
}

/// The parties of a pass, by what they do in it.
struct Pass {
    /// Knows the first two permutations.
    starts: Role,
    /// Knows the first and the last.
    first_and_last: Role,
    /// Knows the last two.
    ends: Role,
}

impl Permutation {
    /// A random permutation of `len` rows: no messages.
    ///
    /// # Errors
    /// [`MpcError::TooMany`]: 2^32 rows or more.
    pub fn random(context: &mut Context, len: usize) -> Result<Self, MpcError> {
        let max = u32::MAX as usize;
        if len > max {
            return Err(MpcError::TooMany { found: len, max });
        }
        let step = context.advance().into();
        let with_previous = shuffled(len, |at, out| context.prss().with_previous_words(step, at, out));
        let with_next = shuffled(len, |at, out| context.prss().with_next_words(step, at, out));
        Ok(Self { len, with_previous: with_previous.into(), with_next: with_next.into() })
    }

    /// The rows in a new order.
    ///
    /// # Errors
    /// [`MpcError::Lengths`]; else a failure of a channel or a misstep of a peer.
    pub fn shuffle<R: Ring>(&self, context: &mut Context, rows: &Shares<R>) -> Result<Shares<R>, MpcError> {
        if context.checked() {
            return self.checked_pass(context, rows, [Role::Second, Role::First, Role::Third], false);
        }
        let pass = Pass { starts: Role::First, first_and_last: Role::Second, ends: Role::Third };
        self.pass(context, rows, &pass, false)
    }

    /// The rows in the order before [`Self::shuffle`].
    ///
    /// # Errors
    /// As [`Self::shuffle`].
    pub fn unshuffle<R: Ring>(&self, context: &mut Context, rows: &Shares<R>) -> Result<Shares<R>, MpcError> {
        if context.checked() {
            return self.checked_pass(context, rows, [Role::Third, Role::First, Role::Second], true);
        }
        let pass = Pass { starts: Role::Third, first_and_last: Role::Second, ends: Role::First };
        self.pass(context, rows, &pass, true)
    }

    /// The permutation that this party has with another.
    fn with(&self, role: Role, other: Role, inverse: bool) -> Moves {
        let order = if other == role.next() { &self.with_next } else { &self.with_previous };
        Moves { order: Arc::clone(order), inverse }
    }

    /// The three permutations one after the other, in a form of which every message can be checked: the one that parties
    /// a and b = a + 1 know moves the parts that a and b have, each alone, of what c = a - 1 gets anew. So it takes three
    /// rounds.
    fn checked_pass<R: Ring>(
        &self,
        context: &mut Context,
        rows: &Shares<R>,
        with: [Role; 3],
        inverse: bool,
    ) -> Result<Shares<R>, MpcError> {
        same_length("the rows of a permutation", rows.len(), self.len)?;
        let mut rows = rows.clone();
        for second in with {
            let moves = match context.role() {
                role if role == second => Some(self.with(role, role.previous(), inverse)),
                role if role.next() == second => Some(self.with(role, role.next(), inverse)),
                _ => None,
            };
            rows = moved::step(context, &rows, second, moves)?;
        }
        moved::check_if_many(context, R::INTEGERS)?;
        Ok(rows)
    }

    fn pass<R: Ring>(
        &self,
        context: &mut Context,
        rows: &Shares<R>,
        pass: &Pass,
        inverse: bool,
    ) -> Result<Shares<R>, MpcError> {
        same_length("the rows of a permutation", rows.len(), self.len)?;
        let (len, role) = (rows.len(), context.role());
        let steps = [context.advance().into(), context.advance().into()];
        let (first, last) = (context.advance(), context.advance());
        let mask = |context: &Context, with: Role, step| -> Vec<R> {
            if with == role.next() {
                context.prss().with_next(step, len)
            } else {
                context.prss().with_previous(step, len)
            }
        };
        // Both masks of a pair come from one key and two steps: what hides a message, and what is the new part.
        let [hiding, fresh] = steps;
        let apply = |other, values: &[R]| self.with(role, other, inverse).apply(values);
        let &Pass { starts, first_and_last, ends } = pass;
        if role == starts {
            let (y, z) = (mask(context, first_and_last, hiding), mask(context, ends, hiding));
            let both = each([&rows.own, &rows.next, &y], |[a, b, y]| a + b + y);
            let once = apply(first_and_last, &both);
            let twice = apply(ends, &each([&once, &z], |[row, z]| row + z));
            context.send(first_and_last, first, &twice)?;
            let new = [mask(context, first_and_last, fresh), mask(context, ends, fresh)];
            let [with_first, with_ends] = new;
            return Ok(parts(role, first_and_last, with_first, with_ends));
        }
        // The part of the rows that the starting party lacks lies with both others.
        let missing = if role.next() == starts { &rows.own } else { &rows.next };
        if role == first_and_last {
            let y = mask(context, starts, hiding);
            let once = apply(starts, &each([missing, &y], |[row, y]| row - y));
            context.send(ends, first, &once)?;
            let came: Vec<R> = context.recv(starts, first, len)?;
            let done = apply(ends, &came);
            let new = mask(context, starts, fresh);
            let ours = each([&done, &new], |[row, new]| row - new);
            let theirs = context.exchange_at(last, ends, &ours, ends)?;
            let sum = each([&ours, &theirs], |[a, b]| a + b);
            Ok(parts(role, starts, new, sum))
        } else {
            let z = mask(context, starts, hiding);
            let came: Vec<R> = context.recv(first_and_last, first, len)?;
            let twice = apply(starts, &each([&came, &z], |[row, z]| row - z));
            let done = apply(first_and_last, &twice);
            let new = mask(context, starts, fresh);
            let ours = each([&done, &new], |[row, new]| row - new);
            let theirs = context.exchange_at(last, first_and_last, &ours, first_and_last)?;
            let sum = each([&ours, &theirs], |[a, b]| a + b);
            Ok(parts(role, starts, new, sum))
        }
    }
}

/// A party's two parts: one known to it and `other`, one to it and the third.
fn parts<R: Ring>(role: Role, other: Role, with_other: Vec<R>, with_third: Vec<R>) -> Shares<R> {
    if other == role.next() {
        Shares::new(with_third, with_other)
    } else {
        Shares::new(with_other, with_third)
    }
}

fn each<R: Ring, const N: usize>(vectors: [&Vec<R>; N], f: impl Fn([R; N]) -> R) -> Vec<R> {
    let len = vectors.first().map_or(0, |vector| vector.len());
    pool::filled((0..len).map(|at| f(vectors.map(|vector| vector[at]))))
}

/// A uniformly random order of `len` rows (R. A. Fisher, F. Yates; D. E. Knuth, *The Art of Computer Programming*,
/// volume 2, algorithm P), from the words that `words` gives from a position on. Indices are drawn without bias (D. Lemire,
/// ACM TOMACS 2019: a word is drawn again if its product's lower half is below 2^64 mod n).
fn shuffled(len: usize, words: impl Fn(u64, &mut [u64])) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len as u32).collect();
    let mut random = [0; 1024];
    let mut used = random.len();
    let mut position = 0;
    for left in (2..=len as u64).rev() {
        let chosen = loop {
            if used == random.len() {
                words(position, &mut random);
                position += random.len() as u64;
                used = 0;
            }
            let product = u128::from(random[used]) * u128::from(left);
            used += 1;
            if (product as u64) >= left || (product as u64) >= left.wrapping_neg() % left {
                break (product >> 64) as usize;
            }
        };
        order.swap(left as usize - 1, chosen);
    }
    order
}

//! Input, products and opening on replicated shares.
//!
//! T. Araki, J. Furukawa, Y. Lindell, A. Nof, K. Ohara, "High-Throughput Semi-Honest Secure Three-Party Computation with
//! an Honest Majority", CCS 2016, sections 2.2 and 2.3, over Z_2^64 and over Z_2 alike.
//!
//! # Cost
//!
//! | what | elements sent | by | rounds |
//! |---|---|---|---|
//! | [`input`] | 1 a value | its owner | 1 |
//! | [`multiply`], [`dot`], [`gram`] | 1 an output, however many products are in it | each party | 1 |
//! | [`open`] | 1 a value | each party | 1 |
//! | [`open_to`] | 1 a value | one party | 1 |
//!
//! An element has 8 bytes: an integer, or 64 bits. A frame of 65,536 elements has 5 bytes more.
//!
//! # Security
//!
//! *Adversary.* One of the three parties looks at all it receives and follows the protocol. What it receives is masked by
//! keys that it does not have (AES as a pseudorandom function), but for what is opened to it. *Learnt:* the lengths of
//! vectors, and what is opened.

use crate::context::Context;
use crate::error::MpcError;
use crate::ring::Ring;
use crate::role::Role;
use crate::shares::Shares;
use crate::verified::Verified;
use std::ops::Range;

/// Shares a vector of `len` values that `owner` has: `values` at the owner, `None` at the others.
///
/// One part is zero, one comes from the key that the owner has with the party after it, and the third is sent to the
/// party before it.
///
/// # Errors
/// [`MpcError::Lengths`] at the owner; else a failure of a channel or a misstep of the owner.
pub fn input<R: Ring>(
    context: &mut Context,
    owner: Role,
    values: Option<&[R]>,
    len: usize,
) -> Result<Shares<R>, MpcError> {
    let step = context.advance();
    let zeros = || vec![R::ZERO; len];
    if context.role() == owner {
        let values = values.unwrap_or_default();
        same_length("an owner's input", values.len(), len)?;
        let masks: Vec<R> = context.prss().with_next(step.into(), len);
        let rest: Vec<R> = values.iter().zip(&masks).map(|(&value, &mask)| value - mask).collect();
        context.send(owner.previous(), step, &rest)?;
        Ok(Shares::new(rest, masks))
    } else if context.role() == owner.next() {
        Ok(Shares::new(context.prss().with_previous(step.into(), len), zeros()))
    } else {
        Ok(Shares::new(zeros(), context.recv(owner, step, len)?))
    }
}

/// This party's summand of a product of two sharings: x0 y0 + x0 y1 + x1 y0 with its parts 0 and 1.
#[inline]
fn summand<R: Ring>(x: (R, R), y: (R, R)) -> R {
    (x.0 + x.1) * (y.0 + y.1) - x.1 * y.1
}

/// Products, element by element.
///
/// # Errors
/// [`MpcError::Lengths`]; else a failure of a channel or a misstep of a peer.
pub fn multiply<R: Ring>(context: &mut Context, x: &Shares<R>, y: &Shares<R>) -> Result<Shares<R>, MpcError> {
    same_length("the factors of products", y.len(), x.len())?;
    context.reshare(x.len(), |range, out| products(x, y, range, out))
}

fn products<R: Ring>(x: &Shares<R>, y: &Shares<R>, range: Range<usize>, out: &mut [R]) {
    let left = x.own[range.clone()].iter().zip(&x.next[range.clone()]);
    let right = y.own[range.clone()].iter().zip(&y.next[range]);
    for ((out, (&x0, &x1)), (&y0, &y1)) in out.iter_mut().zip(left).zip(right) {
        *out = summand((x0, x1), (y0, y1));
    }
}

/// For each `width` elements of both, the sum of their products.
///
/// # Errors
/// As [`multiply`].
///
/// # Panics
/// If `width` is zero.
pub fn dot<R: Ring>(
    context: &mut Context,
    x: &Shares<R>,
    y: &Shares<R>,
    width: usize,
) -> Result<Shares<R>, MpcError> {
    same_length("the factors of dot products", y.len(), x.len())?;
    same_length("the last dot product", x.len() % width, 0)?;
    context.reshare(x.len() / width, |range, out| {
        for (out, row) in out.iter_mut().zip(range) {
            *out = inner(x, y, row * width..(row + 1) * width);
        }
    })
}

/// This party's summand of one dot product.
fn inner<R: Ring>(x: &Shares<R>, y: &Shares<R>, range: Range<usize>) -> R {
    let left = x.own[range.clone()].iter().zip(&x.next[range.clone()]);
    let right = y.own[range.clone()].iter().zip(&y.next[range]);
    left.zip(right).fold(R::ZERO, |sum, ((&x0, &x1), (&y0, &y1))| sum + summand((x0, x1), (y0, y1)))
}

/// The dot products of every two of these vectors, (0, 0), (0, 1), … (1, 1), …: the upper half of a matrix
/// of products.
///
/// # Errors
/// As [`multiply`].
pub fn gram<R: Ring>(context: &mut Context, vectors: &[&Shares<R>]) -> Result<Shares<R>, MpcError> {
    let len = vectors.first().map_or(0, |vector| vector.len());
    vectors.iter().try_for_each(|vector| same_length("the vectors of a matrix", vector.len(), len))?;
    let pairs: Vec<_> = (0..vectors.len()).flat_map(|i| (i..vectors.len()).map(move |j| (i, j))).collect();
    context.reshare(pairs.len(), |range, out| {
        for (out, &(i, j)) in out.iter_mut().zip(&pairs[range]) {
            *out = inner(vectors[i], vectors[j], 0..len);
        }
    })
}

/// The product of an n × m matrix and an m × p matrix, both row by row.
///
/// # Errors
/// As [`multiply`].
pub fn matrix<R: Ring>(
    context: &mut Context,
    (x, n): (&Shares<R>, usize),
    (y, p): (&Shares<R>, usize),
) -> Result<Shares<R>, MpcError> {
    let m = x.len().checked_div(n).unwrap_or(0);
    same_length("a matrix", n * m, x.len())?;
    same_length("the other matrix", y.len(), m * p)?;
    context.reshare(n * p, |range, out| {
        for (out, at) in out.iter_mut().zip(range) {
            let (row, column) = (at / p, at % p);
            *out = (0..m).fold(R::ZERO, |sum, k| {
                let (a, b) = (row * m + k, k * p + column);
                sum + summand((x.own[a], x.next[a]), (y.own[b], y.next[b]))
            });
        }
    })
}

/// Opens values to all: each party gets the part that it lacks from the party before it.
///
/// # Errors
/// A failure of a channel or a misstep of a peer.
pub fn open<R: Ring>(context: &mut Context, values: &Verified<R>) -> Result<Vec<R>, MpcError> {
    let shares = values.shares();
    let (to, from) = (context.role().next(), context.role().previous());
    let missing = context.exchange(to, &shares.own, from)?;
    Ok(sum(shares, missing))
}

/// Opens values to one party alone: `None` at the others.
///
/// # Errors
/// As [`open`].
pub fn open_to<R: Ring>(
    context: &mut Context,
    receiver: Role,
    values: &Verified<R>,
) -> Result<Option<Vec<R>>, MpcError> {
    let (step, shares) = (context.advance(), values.shares());
    if context.role() == receiver {
        let missing = context.recv(receiver.previous(), step, shares.len())?;
        Ok(Some(sum(shares, missing)))
    } else {
        if context.role() == receiver.previous() {
            context.send(receiver, step, &shares.own)?;
        }
        Ok(None)
    }
}

fn sum<R: Ring>(shares: &Shares<R>, mut missing: Vec<R>) -> Vec<R> {
    for ((value, &own), &next) in missing.iter_mut().zip(&shares.own).zip(&shares.next) {
        *value = *value + own + next;
    }
    missing
}

pub(crate) fn same_length(what: &'static str, found: usize, expected: usize) -> Result<(), MpcError> {
    if found == expected { Ok(()) } else { Err(MpcError::Lengths { what, found, expected }) }
}

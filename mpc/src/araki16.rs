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
//! *Adversary.* One of the three parties looks at all it receives and follows the protocol; what holds against one that does
//! not is said in [`crate::verified`]. What it receives is masked by
//! keys that it does not have (AES as a pseudorandom function), but for what is opened to it. *Learnt:* the lengths of
//! vectors, and what is opened.

use crate::context::{Context, digest_of, words_of};
use crate::error::MpcError;
use crate::pool;
use crate::products::{Each, Matrix, Pairs, Rows};
use crate::ring::{B64, Ring};
use crate::role::Role;
use crate::shares::Shares;
use crate::verified::{Place, Verified};

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
    if context.role() == owner {
        let values = values.unwrap_or_default();
        same_length("an owner's input", values.len(), len)?;
        let masks: Vec<R> = context.prss().with_next(step.into(), len);
        let mut rest: Vec<R> = pool::filled(values.iter().zip(&masks).map(|(&value, &mask)| value - mask));
        context.note_input(&rest, &[]);
        context.twist(Place::Input, &mut rest);
        context.send(owner.previous(), step, &rest)?;
        Ok(Shares::new(rest, masks))
    } else if context.role() == owner.next() {
        context.note_input::<R>(&[], &[]);
        Ok(Shares::new(context.prss().with_previous(step.into(), len), pool::zeros(len)))
    } else {
        let came = context.recv(owner, step, len)?;
        context.note_input(&[], &came);
        Ok(Shares::new(pool::zeros(len), came))
    }
}

/// Products, element by element.
///
/// # Errors
/// [`MpcError::Lengths`]; else a failure of a channel or a misstep of a peer.
pub fn multiply<R: Ring>(context: &mut Context, x: &Shares<R>, y: &Shares<R>) -> Result<Shares<R>, MpcError> {
    same_length("the factors of products", y.len(), x.len())?;
    context.reshare(&Each(x, y))
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
    context.reshare(&Rows { x, y, width })
}

/// The dot products of every two of these vectors, (0, 0), (0, 1), … (1, 1), …: the upper half of a matrix
/// of products.
///
/// # Errors
/// As [`multiply`].
pub fn gram<R: Ring>(context: &mut Context, vectors: &[&Shares<R>]) -> Result<Shares<R>, MpcError> {
    let len = vectors.first().map_or(0, |vector| vector.len());
    vectors.iter().try_for_each(|vector| same_length("the vectors of a matrix", vector.len(), len))?;
    context.reshare(&Pairs::new(vectors))
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
    let by_columns: Vec<usize> = (0..p).flat_map(|column| (0..m).map(move |row| row * p + column)).collect();
    context.reshare(&Matrix { rows: x, columns: &y.gather(&by_columns), n, m, p })
}

/// Opens values to all: each party gets the part that it lacks from the party before it, and where others may cheat, a
/// digest of it from the party after it.
///
/// # Errors
/// [`MpcError::Cheated`] if the two differ; else a failure of a channel or a misstep of a peer.
pub fn open<R: Ring>(context: &mut Context, values: &Verified<R>) -> Result<Vec<R>, MpcError> {
    let (shares, role) = (values.shares(), context.role());
    let mut ours = pool::copied(&shares.own);
    context.twist(Place::Opening, &mut ours);
    let missing = context.exchange(role.next(), &ours, role.previous())?;
    pool::give(ours);
    if context.checked() {
        let mut digest = words_of(&digest_of(&shares.next));
        context.twist(Place::Digest, &mut digest);
        let told = context.exchange(role.previous(), &digest, role.next())?;
        compare(context, &missing, &told)?;
    }
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
    let (step, shares, role) = (context.advance(), values.shares(), context.role());
    if role == receiver {
        let missing = context.recv(receiver.previous(), step, shares.len())?;
        if context.checked() {
            let told = context.recv(receiver.next(), step, 4)?;
            compare(context, &missing, &told)?;
        }
        return Ok(Some(sum(shares, missing)));
    }
    if role == receiver.previous() {
        let mut ours = shares.own.clone();
        context.twist(Place::Opening, &mut ours);
        context.send(receiver, step, &ours)?;
    } else if context.checked() {
        let mut digest = words_of(&digest_of(&shares.next));
        context.twist(Place::Digest, &mut digest);
        context.send(receiver, step, &digest)?;
    }
    Ok(None)
}

/// Whether what came from the party before is what the party after says.
fn compare<R: Ring>(context: &mut Context, missing: &[R], told: &[B64]) -> Result<(), MpcError> {
    let role = context.role();
    if told == words_of(&digest_of(missing)) {
        return Ok(());
    }
    Err(context.suspect("parts of what is opened", role.previous(), role.next()))
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

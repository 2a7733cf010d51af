//! From bits to integers.

use super::planes::Planes;
use crate::araki16::multiply;
use crate::context::Context;
use crate::error::MpcError;
use crate::ring::{B64, Ring, Z64};
use crate::role::Role;
use crate::shares::Shares;

/// The first `len` bits of a plane as integers 0 or 1.
///
/// A bit is b0 ⊕ b1 ⊕ b2, of which each summand is known to two parties: as an integer it is a sharing with two parts of
/// zero, for nothing. The exclusive-or of integers 0 and 1 is a + b - 2ab: two products, one after the other. Everything is
/// a product of shares, so that what checks products checks this.
///
/// # Cost
/// 2 rounds; 16 bytes a bit from each party.
///
/// # Errors
/// [`MpcError`]: a failure of a channel or a misstep of a peer.
pub fn compose(context: &mut Context, bits: &Shares<B64>, len: usize) -> Result<Shares<Z64>, MpcError> {
    join(context, &Shares::new(spread(&bits.own, len), spread(&bits.next, len)))
}

/// All planes as integers 0 or 1: those of plane 0 for all lanes, then those of plane 1, and so on.
///
/// # Cost
/// 2 rounds; 16 bytes a bit from each party.
///
/// # Errors
/// As [`compose`].
pub fn compose_planes(context: &mut Context, planes: &Planes) -> Result<Shares<Z64>, MpcError> {
    let each = |part: &[B64]| -> Vec<Z64> {
        let words = planes.words().max(1);
        part.chunks(words).flat_map(|plane| spread(plane, planes.lanes())).collect()
    };
    join(context, &Shares::new(each(&planes.bits.own), each(&planes.bits.next)))
}

fn spread(words: &[B64], len: usize) -> Vec<Z64> {
    (0..len).map(|at| Z64(words[at / 64].0 >> (at % 64) & 1)).collect()
}

/// Of parts that are bits, their exclusive-or.
fn join(context: &mut Context, parts: &Shares<Z64>) -> Result<Shares<Z64>, MpcError> {
    let role = context.role();
    let [first, second, third] = Role::ALL.map(|part| parts.part(role, part));
    let pair = either(context, &first, &second)?;
    either(context, &pair, &third)
}

/// Exclusive-or of integers 0 or 1.
///
/// # Cost
/// That of [`multiply`].
///
/// # Errors
/// As [`multiply`].
pub fn either(context: &mut Context, a: &Shares<Z64>, b: &Shares<Z64>) -> Result<Shares<Z64>, MpcError> {
    let both = multiply(context, a, b)?;
    Ok(a.plus(b).minus(&both.linear(|value| value + value)))
}

/// Where a bit is 1 the element of `yes`, else that of `no`: bits as integers 0 or 1.
///
/// # Cost
/// That of [`multiply`].
///
/// # Errors
/// As [`multiply`].
pub fn select<R: Ring>(
    context: &mut Context,
    bits: &Shares<R>,
    yes: &Shares<R>,
    no: &Shares<R>,
) -> Result<Shares<R>, MpcError> {
    Ok(multiply(context, bits, &yes.minus(no))?.plus(no))
}

/// Some bits of shared integers, as integers without sign: x / 2^start modulo 2^length, exactly.
///
/// # Cost
/// That of [`super::decompose`] up to the last bit, and 16 bytes from each party for each bit kept.
///
/// # Errors
/// As [`compose`].
pub fn bits_of_integers(
    context: &mut Context,
    x: &Shares<Z64>,
    range: std::ops::Range<usize>,
) -> Result<Shares<Z64>, MpcError> {
    let planes = super::decompose(context, x, range.end)?.some(range.clone());
    let ones = compose_planes(context, &planes)?.split(vec![x.len(); range.len()]);
    let zero = Shares::zeros(x.len());
    Ok((0..).zip(&ones).fold(zero, |sum, (bit, one)| sum.plus(&one.times(Z64(1 << bit)))))
}

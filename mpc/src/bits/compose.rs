//! From bits to integers.

use crate::araki16::multiply;
use crate::context::Context;
use crate::error::MpcError;
use crate::ring::{B64, Ring, Z64};
use crate::role::Role;
use crate::shares::Shares;

/// The first `len` bits of a plane as integers 0 or 1.
///
/// A bit is b0 ⊕ b1 ⊕ b2, of which the first party knows b0 ⊕ b1: it shares that as an integer d. The third bit is known
/// to two, so that d + b2 - 2·d·b2 takes one product.
///
/// # Cost
/// 2 rounds; 16 bytes a bit from the first party, 8 from each other one.
///
/// # Errors
/// [`MpcError`]: a failure of a channel or a misstep of a peer.
pub fn compose(context: &mut Context, bits: &Shares<B64>, len: usize) -> Result<Shares<Z64>, MpcError> {
    let role = context.role();
    let spread = |part: &[B64]| (0..len).map(|at| Z64(part[at / 64].0 >> (at % 64) & 1)).collect::<Vec<_>>();
    let (own, next) = (spread(&bits.own), spread(&bits.next));
    let known: Option<Vec<Z64>> =
        (role == Role::First).then(|| own.iter().zip(&next).map(|(a, b)| Z64(a.0 ^ b.0)).collect());
    let pair = crate::araki16::input(context, Role::First, known.as_deref(), len)?;
    let third = Shares::new(own, next).part(role, Role::Third);
    let both = multiply(context, &pair, &third)?;
    Ok(pair.plus(&third).minus(&both.linear(|value| value + value)))
}

/// Where a bit is 1 the element of `yes`, else that of `no`: bits as integers 0 or 1.
///
/// # Errors
/// As [`compose`].
pub fn select<R: Ring>(
    context: &mut Context,
    bits: &Shares<R>,
    yes: &Shares<R>,
    no: &Shares<R>,
) -> Result<Shares<R>, MpcError> {
    Ok(multiply(context, bits, &yes.minus(no))?.plus(no))
}

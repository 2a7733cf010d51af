//! Whether what each party shared is what the rows that it may have can come to: checked on shares.
//!
//! A party that shares a count of -5 makes a group look small, one that shares 1,000 opens a small group. Of a party that
//! holds to its bounds no difference that is checked here is negative, so that nothing is learnt of it: what opens is for each
//! party how many of its differences are, which is none. Of one that does not, this many follow from what it shared itself.
//! What a party says within its bounds is for nobody to check.

use crate::araki16::open;
use crate::bits::{compose, sign};
use crate::context::Context;
use crate::error::{Misstep, MpcError};
use crate::ring::Z64;
use crate::role::Role;
use crate::shares::Shares;
use crate::verified::verify;
use yinshu_net::PartyId;

/// [`not_negative`] of what a provider that does not compute shared: looked at in semi-honest runs, too, since the provider
/// is none of those that were agreed to be trusted.
///
/// # Errors
/// [`Misstep::Undeclared`] of the provider; else a failure of a channel or a misstep of a peer.
pub fn not_negative_of(
    context: &mut Context,
    provider: &PartyId,
    differences: &Shares<Z64>,
) -> Result<(), MpcError> {
    if differences.is_empty() {
        return Ok(());
    }
    let negative = sign(context, differences, 64)?;
    let negative = compose(context, &negative, differences.len())?.sum();
    let negative = verify(context, negative)?;
    match open(context, &negative)?[..] {
        [Z64(0)] => Ok(()),
        _ => Err(context.end(Misstep::Undeclared.by(provider))),
    }
}

/// Where parties may cheat, ends the run where some element of a party's vector is not within 0 … 2^63 - 1. To check low ≤ x ≤ high of any 64-bit word
/// x, give x - low and high - x, where high - low is below 2^63.
///
/// # Cost
/// A comparison of 64 bits and a composition for each element, and three words.
///
/// # Errors
/// [`Misstep::Undeclared`] of the first party of which one is negative, [`MpcError::OutOfRange`] at this party itself; else a
/// failure of a channel or a misstep of a peer.
pub fn not_negative(context: &mut Context, differences: [&Shares<Z64>; 3]) -> Result<(), MpcError> {
    let all = Shares::concat(differences);
    if all.is_empty() || !context.checked() {
        return Ok(());
    }
    let negative = sign(context, &all, 64)?;
    let negative = compose(context, &negative, all.len())?;
    let each = negative.split(differences.map(Shares::len));
    let each: Vec<_> = each.iter().map(Shares::sum).collect();
    let each = verify(context, Shares::concat(&each))?;
    let opened = open(context, &each)?;
    match Role::ALL.into_iter().zip(opened).find(|(_, negative)| *negative != Z64(0)) {
        None => Ok(()),
        Some((role, _)) if role == context.role() => {
            Err(MpcError::OutOfRange { what: "a figure of one's own rows", row: 0 })
        }
        Some((role, _)) => Err(context.blame(role, Misstep::Undeclared)),
    }
}

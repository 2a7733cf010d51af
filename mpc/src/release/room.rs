//! Whether what would be known of a table leaves room for every hidden cell: decided on shares, opened as one bit.

use super::open_bits;
use super::pattern::{Pattern, Room, Shape};
use crate::araki16::{multiply, open};
use crate::bits::{compose, less};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{bits_of, within};
use crate::ring::Z64;
use crate::shares::Shares;
use crate::verified::verify;

/// Whether the cells withheld have the room for all moves of a pattern ([`Pattern::rooms`]); only whether all of them do is
/// opened. Withheld cells are known to have `floor` rows at least, no count is above `rows`. Where this says no, nothing
/// but the states may open.
///
/// # Cost
/// A comparison for each cell withheld and one more.
///
/// # Errors
/// [`MpcError::TooLarge`]; else a failure of a channel or a misstep of a peer.
pub fn holds(
    context: &mut Context,
    (pattern, shape): (&Pattern, Shape),
    counts: &Shares<Z64>,
    (minimum, floor): (u64, u64),
    rows: usize,
) -> Result<bool, MpcError> {
    let rooms = pattern.rooms(shape, minimum, floor);
    if rooms.is_empty() {
        return Ok(true);
    }
    let sum = |room: &Room| {
        room.terms.iter().fold(Shares::zeros(1), |sum, &(at, against)| {
            let count = counts.slice(at..at + 1);
            if against { sum.minus(&count) } else { sum.plus(&count) }
        })
    };
    let sums: Vec<_> = rooms.iter().map(sum).collect();
    let limits: Vec<Z64> = rooms.iter().map(|room| Z64::from(room.least)).collect();
    let limits = Shares::public(context.role(), &limits);
    let most = rows.max(floor as usize).max(minimum as usize).saturating_mul(2 + counts.len());
    let bits = bits_of(most) + 3;
    within("the room of a table", bits, 61)?;
    let lacking = less(context, &Shares::concat(&sums), &limits, bits as usize)?;
    let lacking = compose(context, &lacking, rooms.len())?.sum();
    let one = Shares::public(context.role(), &[Z64(1)]);
    let none = less(context, &lacking, &one, bits_of(rooms.len() + 1) as usize + 2)?;
    Ok(open_bits(context, &none, 1)?[0])
}

/// How many cells are hidden, and the least and the most rows that all states together allow.
pub(super) struct Allowed {
    /// Cells hidden.
    pub(super) hidden: Shares<Z64>,
    /// The least rows.
    pub(super) least: Shares<Z64>,
    /// The most rows.
    pub(super) most: Shares<Z64>,
    /// Nothing is above this.
    pub(super) bound: u64,
}

/// Whether somebody who knows the states of all cells and how many rows there are, and nothing else, must reckon with each
/// count of 1 to `minimum` - 1 in each hidden cell (true where none is hidden): sums at least
/// `minimum` - 1 above the least and `minimum` - 2 below the most.
pub(super) fn unsettled(
    context: &mut Context,
    grand: &Shares<Z64>,
    allowed: &Allowed,
    minimum: u64,
) -> Result<bool, MpcError> {
    let role = context.role();
    let bits = u64::BITS - allowed.bound.leading_zeros() + 3;
    within("the room of a table", bits, 61)?;
    let found = Shares::concat([&grand.minus(&allowed.least), &allowed.most.minus(grand), &allowed.hidden]);
    let limits = Shares::public(role, &[Z64(minimum - 1), Z64(minimum - 2), Z64(1)]);
    let below = less(context, &found, &limits, bits as usize)?;
    let below = compose(context, &below, 3)?;
    let (low, high) = (below.slice(0..1), below.slice(1..2));
    let settled = low.plus(&high).minus(&multiply(context, &low, &high)?);
    let some = below.slice(2..3).linear(|bit| -bit).plus_public(role, Z64(1));
    let settled = multiply(context, &settled, &some)?;
    let settled = verify(context, settled)?;
    Ok(open(context, &settled)?[0] == Z64(0))
}

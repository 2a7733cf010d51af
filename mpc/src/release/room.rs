//! Whether what would be known of a table leaves room for every hidden cell: decided on shares, opened as one bit.

use super::pattern::{Pattern, Room, Shape};
use super::{Rule, Seen, none, open_bits};
use crate::araki16::{multiply, open};
use crate::bits::{compose, less};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{bits_of, within};
use crate::ring::Z64;
use crate::shares::Shares;
use crate::verified::verify;

/// Whether the cells withheld have the room for all moves of a pattern ([`Pattern::rooms`]), for every reader of `groups`
/// ([`super::states`]); only whether all of them do is opened. Withheld cells are known to have `floor` rows at least for
/// every reader, no count is above `rows`. Where this says no, nothing but the states may open.
///
/// # Cost
/// A comparison for each cell withheld and reader, and one more.
///
/// # Errors
/// [`MpcError::TooLarge`]; else a failure of a channel or a misstep of a peer.
pub fn holds(
    context: &mut Context,
    (pattern, shape): (&Pattern, Shape),
    (groups, spread): Seen<'_>,
    (minimum, floor): (u64, u64),
    rows: usize,
) -> Result<bool, MpcError> {
    let rooms = pattern.rooms(shape, minimum, spread * floor);
    if rooms.is_empty() {
        return Ok(true);
    }
    let sum = |(counts, room): (&&Shares<Z64>, &Room)| {
        room.terms.iter().fold(Shares::zeros(1), |sum, &(at, against)| {
            let count = counts.slice(at..at + 1);
            if against { sum.minus(&count) } else { sum.plus(&count) }
        })
    };
    let each: Vec<_> =
        groups.iter().flat_map(|counts| rooms.iter().map(move |room| (counts, room))).collect();
    let sums: Vec<_> = each.iter().copied().map(sum).collect();
    let limits: Vec<Z64> = each.iter().map(|(_, room)| Z64::from(room.least)).collect();
    let limits = Shares::public(context.role(), &limits);
    let cells = shape.rows * shape.columns;
    let most = rows.max(floor as usize).max(minimum as usize).saturating_mul(2 + cells);
    let bits = bits_of(most) + 3;
    within("the room of a table", bits, 61)?;
    let lacking = less(context, &Shares::concat(&sums), &limits, bits as usize)?;
    let lacking = compose(context, &lacking, each.len())?.sum();
    let one = Shares::public(context.role(), &[Z64(1)]);
    let none = less(context, &lacking, &one, bits_of(each.len() + 1) as usize + 2)?;
    Ok(open_bits(context, &none, 1)?[0])
}

/// How many cells are hidden, and the least and the most rows that all states together allow a reader.
pub(super) struct Allowed {
    /// Cells hidden.
    hidden: Shares<Z64>,
    /// The least rows.
    least: Shares<Z64>,
    /// The most rows.
    most: Shares<Z64>,
    /// Nothing is above this.
    bound: u64,
}

impl Allowed {
    /// Of the bits of each state, for so many readers, who may see so many times the least of a state. Where readers subtract rows of their own, a hidden cell can be a large
    /// one for some, so that only cells shown count for the most.
    pub(super) fn of(
        states: [&Shares<Z64>; 3],
        (readers, spread): (usize, u64),
        rule: &Rule,
        rows: usize,
    ) -> Self {
        let (minimum, floor) = (rule.minimum.max(1), rule.floor());
        let cells = states[0].len() as u64;
        let [hidden, tight, shown] = states.map(Shares::sum);
        let no_end = rows as u64 + 2 * floor;
        let (most, most_tight) = match (readers, rule.percent) {
            (1, None) => (minimum - 1, floor - 1),
            (1, Some(_)) => (no_end, floor - 1),
            _ => (0, 0),
        };
        let weighed = |a: u64, b: u64, c: u64| {
            hidden.times(Z64(a)).plus(&tight.times(Z64(b))).plus(&shown.times(Z64(c)))
        };
        Self {
            least: weighed(1, spread * minimum, spread * floor),
            most: weighed(most, most_tight, no_end),
            hidden: hidden.clone(),
            bound: no_end.saturating_mul(1 + cells),
        }
    }
}

/// Whether somebody who knows the states of all cells and how many rows there are, and nothing else, must reckon with each
/// count of 1 to `minimum` - 1 in each hidden cell (true where none is hidden): sums at least
/// `minimum` - 1 above the least and `minimum` - 2 below the most. Of several readers, each with its own number of rows,
/// whether all must.
pub(super) fn unsettled(
    context: &mut Context,
    grands: &Shares<Z64>,
    allowed: &Allowed,
    minimum: u64,
) -> Result<bool, MpcError> {
    let (role, readers) = (context.role(), grands.len());
    let bits = u64::BITS - allowed.bound.leading_zeros() + 3;
    within("the room of a table", bits, 61)?;
    let of_each = |one: &Shares<Z64>| one.gather(&vec![0; readers]);
    let low = grands.minus(&of_each(&allowed.least));
    let high = of_each(&allowed.most).minus(grands);
    let found = Shares::concat([&low, &high, &allowed.hidden]);
    let limit = |least: u64| vec![Z64(least); readers];
    let limits = [limit(minimum - 1), limit(minimum - 2), vec![Z64(1)]].concat();
    let below = less(context, &found, &Shares::public(role, &limits), bits as usize)?;
    let below = compose(context, &below, 2 * readers + 1)?;
    let room = none(context, &below.slice(0..2 * readers), 1)?;
    let settled = room.linear(|bit| -bit).plus_public(role, Z64(1));
    let some = below.slice(2 * readers..2 * readers + 1).linear(|bit| -bit).plus_public(role, Z64(1));
    let settled = multiply(context, &settled, &some)?;
    let settled = verify(context, settled)?;
    Ok(open(context, &settled)?[0] == Z64(0))
}

//! What may be shown of groups by secret keys.
//!
//! Groups are shuffled first, so that the place of a hidden one says nothing of its key. How many rows there are in all is
//! known to everybody: so where a group would be hidden another one is withheld, too, of those with the room for it; its
//! key opens, its figures do not. Which one follows from the keys, so that the same question hides the same groups again.
//! Where no group withheld leaves enough in doubt, no figure of any group opens, and only the keys of those that are large
//! enough; where not even they may open, all groups count as hidden.

use super::pattern::{Shape, State};
use super::{Contributions, Rule, settle, states};
use crate::araki16::open;
use crate::context::Context;
use crate::error::MpcError;
use crate::group::Groups;
use crate::permute::Permutation;
use crate::ring::Z64;
use crate::shares::Shares;
use crate::verified::verify;

/// A group that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its key.
    pub key: u64,
    /// How many rows it has.
    pub count: u64,
    /// The sums of its columns.
    pub sums: Vec<i64>,
}

/// The groups that may be shown, in the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasedGroups {
    /// Those shown.
    pub groups: Vec<Group>,
    /// How many are hidden with their keys: too small, or dominated.
    pub hidden: usize,
    /// The keys of those that could be shown and are hidden for the others' sake.
    pub withheld: Vec<u64>,
    /// The sums over all groups; `None` where they would give away a hidden one.
    pub totals: Option<Vec<i64>>,
}

/// Opens keys, counts and sums of the groups that the rule shows, of `rows` rows in all. Where the rule looks at the greatest
/// contribution, `dominated` is the column of which it is one, with the bits of its sums.
///
/// # Cost
/// For each column a shuffle of the groups; two or three comparisons a group; 8 bytes a figure shown.
///
/// *Learnt:* how many groups there are and how many of them are small; the figures shown.
///
/// # Errors
/// [`MpcError::Undefined`] where the greatest contributions are needed and were not asked for; else as [`states`].
pub fn groups(
    context: &mut Context,
    groups: &Groups,
    dominated: Option<(usize, u32)>,
    (rule, rows): (&Rule, usize),
) -> Result<ReleasedGroups, MpcError> {
    let shuffle = Permutation::random(context, groups.len())?;
    let counts = shuffle.shuffle(context, &groups.counts)?;
    let keys = shuffle.shuffle(context, &groups.keys)?;
    let mut sums = Vec::with_capacity(groups.sums.len());
    for column in &groups.sums {
        sums.push(shuffle.shuffle(context, column)?);
    }
    let greatest = groups.greatest.as_ref().map(|column| shuffle.shuffle(context, column)).transpose()?;
    let contributions = match (rule.percent, dominated, &greatest) {
        (Some(_), Some((column, bits)), Some(greatest)) if column < sums.len() => {
            Some(Contributions { greatest, totals: &sums[column], bits })
        }
        (Some(_), ..) => return Err(MpcError::Undefined { what: "dominance in groups" }),
        (None, ..) => None,
    };
    let Some(states) = states(context, (&[&counts], 1), contributions.as_slice(), rule, rows)? else {
        let hidden = groups.len();
        return Ok(ReleasedGroups { groups: Vec::new(), hidden, withheld: Vec::new(), totals: None });
    };
    // Those that may be shown by their keys, then the others.
    let (open_places, closed): (Vec<usize>, Vec<usize>) =
        (0..groups.len()).partition(|&at| matches!(states[at], State::Shown | State::Tight));
    let opened = verify(context, keys.gather(&open_places))?;
    let mut named: Vec<(u64, usize)> =
        open(context, &opened)?.into_iter().map(|key| key.0).zip(open_places).collect();
    named.sort_unstable();
    let order: Vec<usize> = named.iter().map(|&(_, at)| at).chain(closed.iter().copied()).collect();
    let ordered: Vec<State> = order.iter().map(|&at| states[at]).collect();
    let shape = Shape { rows: 1, columns: groups.len() };
    let pattern = settle(context, shape, (&[&counts.gather(&order)], 1), Some(&ordered), (rule, rows))?;
    let is_shown = |number: usize| !pattern.hidden[number];
    let withheld =
        named.iter().enumerate().filter(|(at, _)| !is_shown(*at)).map(|(_, named)| named.0).collect();
    let named: Vec<_> =
        named.iter().enumerate().filter(|(at, _)| is_shown(*at)).map(|(_, named)| *named).collect();
    let shown: Vec<usize> = named.iter().map(|&(_, at)| at).collect();
    // The total stands after the groups where there are two and more; of a single one it says what the group says.
    let with_total = match pattern.hidden.get(groups.len()) {
        Some(hidden) => !hidden,
        None => !shown.is_empty(),
    };
    let figures: Vec<Shares<Z64>> =
        std::iter::once(&counts).chain(&sums).map(|column| column.gather(&shown)).collect();
    let totals: Vec<Shares<Z64>> =
        if with_total { sums.iter().map(Shares::sum).collect() } else { Vec::new() };
    let all: Vec<Shares<Z64>> = figures.into_iter().chain(totals).collect();
    let all = verify(context, Shares::concat(&all))?;
    let all: Vec<i64> = open(context, &all)?.into_iter().map(Z64::signed).collect();
    let (figures, totals) = all.split_at(shown.len() * (1 + sums.len()));
    let figure = |column: usize, at: usize| figures[column * shown.len() + at];
    let groups = named.iter().enumerate().map(|(at, &(key, _))| Group {
        key,
        count: figure(0, at).cast_unsigned(),
        sums: (1..=sums.len()).map(|column| figure(column, at)).collect(),
    });
    let groups = groups.collect();
    Ok(ReleasedGroups { groups, hidden: closed.len(), withheld, totals: with_total.then(|| totals.to_vec()) })
}

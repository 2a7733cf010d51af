//! What of the groups may be told, decided on shares, and the telling.
//!
//! As [`crate::release::groups`], with some differences. No key opens to the compute parties: which groups are withheld for
//! others' sake follows from their order, of which only the ranks of those that may be shown open. A group is hidden also where
//! figures divide it into parts of which one is of some persons and too few ([`super::cells`]). A receiver who owns some
//! of the rows, or is in league with owners that do not compute and have some, subtracts them: for it, too, what is left is a large enough group in such parts, and no sum of it mostly
//! of one row; a group in which nobody else has rows is not told. And figures open to the receivers alone. The room of hidden
//! groups is reckoned in rows, not in persons.
//!
//! *Learnt by the compute parties:* how many groups are empty (of few possible ones), hidden, withheld and told, and how
//! many of those shown by the rule fail the condition on groups, which is evaluated for these only.

use super::cells::Cells;
use super::groups::Grouped;
use super::run::Told;
use super::values::not;
use crate::araki16::{open, open_to};
use crate::bits::{compose, less};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::permute::Permutation;
use crate::release::pattern::{Shape, State};
use crate::release::{Contributions, Rule, settle, states_but};
use crate::ring::Z64;
use crate::role::Role;
use crate::shares::Shares;
use crate::stats::Wide;
use crate::verified::verify;

/// Which sums, by their place, open; several parts of one sum together.
pub(super) struct Opened {
    pub(super) parts: Vec<Vec<usize>>,
    /// Bits between the parts of a sum.
    pub(super) width: u32,
}

/// What is checked besides the number of rows.
pub(super) struct Checks<'a> {
    /// What must be of nobody or of enough.
    pub(super) cells: Option<&'a Cells>,
    /// The place of its first column: those before it are sums that are told or asked about.
    pub(super) first: usize,
    /// For each column of greatest contributions, the sum that it is a part of, with its bits.
    pub(super) dominated: &'a [(usize, u32)],
    /// How many times the least of a state a reader may see ([`crate::release::readers`]).
    pub(super) spread: u64,
}

/// The truth of a condition for each group.
pub(super) type Condition<'a> = &'a dyn Fn(&mut Context, &Grouped) -> Result<Shares<Z64>, MpcError>;

/// Number, rows and sums of a group.
pub(super) type Shown = (u64, u64, Vec<i128>);

/// Is told what opens before it does.
pub type Note<'a> = &'a mut dyn FnMut(Told) -> Result<(), MpcError>;

/// What opened.
pub(super) struct Opening {
    /// Groups hidden by the rule.
    pub(super) hidden: usize,
    /// Groups hidden for others' sake.
    pub(super) withheld: usize,
    /// Groups that fail the condition.
    pub(super) failed: usize,
    /// The groups told, at receivers.
    pub(super) told: Option<Vec<Shown>>,
}

/// Whether groups are hidden for another reason than the number of their rows: 0 or 1.
fn also(
    context: &mut Context,
    groups: &Grouped,
    checks: &Checks<'_>,
    (rule, rows): (&Rule, usize),
) -> Result<Option<Shares<Z64>>, MpcError> {
    let Some(cells) = checks.cells else { return Ok(None) };
    let (faults, most) = cells.faults(context, &groups.sums, (rule.minimum, rows))?;
    let len = faults.len();
    let ones = Shares::public(context.role(), &vec![Z64(1); len]);
    let none = less(context, &faults, &ones, bits_of(most + 1) as usize + 2)?;
    let none = compose(context, &none, len)?;
    Ok(Some(not(context, &none)))
}

/// The groups in an order that nobody knows.
fn shuffled(context: &mut Context, shuffle: &Permutation, groups: &Grouped) -> Result<Grouped, MpcError> {
    let mut each = |columns: &[Shares<Z64>]| -> Result<Vec<_>, MpcError> {
        columns.iter().map(|column| shuffle.shuffle(context, column)).collect()
    };
    let (sums, greatest) = (each(&groups.sums)?, each(&groups.greatest)?);
    let rests = each(&groups.rests)?;
    let mut both = each(&[groups.keys.clone(), groups.counts.clone()])?.into_iter();
    let (keys, counts) = (both.next().unwrap_or_default(), both.next().unwrap_or_default());
    Ok(Grouped { keys, counts, rests, sums, greatest })
}

/// Places of those that may be shown, in the order of their keys; then all others.
fn in_order(context: &mut Context, shuffle: &Permutation, states: &[State]) -> Result<Vec<usize>, MpcError> {
    let may = |state: &State| matches!(state, State::Shown | State::Tight);
    let flags: Vec<Z64> = states.iter().map(|state| Z64(u64::from(may(state)))).collect();
    let flags = Shares::public(context.role(), &flags);
    let flags = shuffle.unshuffle(context, &flags)?;
    let ranks = shuffle.shuffle(context, &flags.prefix_sums())?;
    let (places, others): (Vec<usize>, Vec<usize>) = (0..states.len()).partition(|&at| may(&states[at]));
    let ranks = verify(context, ranks.gather(&places))?;
    let ranks = open(context, &ranks)?;
    let mut ranked: Vec<(u64, usize)> = ranks.iter().map(|rank| rank.0).zip(places).collect();
    ranked.sort_unstable();
    Ok(ranked.into_iter().map(|(_, place)| place).chain(others).collect())
}

/// Tells receivers what the rule shows of the groups; of a condition, the truth for each of the groups at given places.
pub(super) fn tell(
    context: &mut Context,
    mut groups: Grouped,
    (checks, opened, note): (&Checks<'_>, &Opened, Note<'_>),
    having: Option<Condition<'_>>,
    (rule, rows, receivers): (&Rule, usize, &[Role]),
) -> Result<Opening, MpcError> {
    let also = also(context, &groups, checks, (rule, rows))?;
    if let Some(cells) = checks.cells {
        groups.rests = cells.rests().into_iter().map(|at| groups.sums[at].clone()).collect();
    }
    groups.sums.truncate(checks.first);
    let shuffle = Permutation::random(context, groups.counts.len())?;
    let also = also.map(|also| shuffle.shuffle(context, &also)).transpose()?;
    let groups = shuffled(context, &shuffle, &groups)?;
    let len = groups.counts.len();
    let receives = receivers.contains(&context.role());
    let contributed = groups.greatest.iter().zip(checks.dominated);
    let contributions: Vec<_> = contributed
        .map(|(greatest, &(total, bits))| Contributions { greatest, totals: &groups.sums[total], bits })
        .collect();
    // As all see them, and as those do who subtract rows of their own.
    let seen: Vec<&Shares<Z64>> = std::iter::once(&groups.counts).chain(&groups.rests).collect();
    let Some(states) =
        states_but(context, (&seen, checks.spread), (&contributions, also.as_ref()), rule, rows)?
    else {
        note(Told { hidden: len, ..Told::default() })?;
        return Ok(Opening { hidden: len, withheld: 0, failed: 0, told: receives.then(Vec::new) });
    };
    let order = in_order(context, &shuffle, &states)?;
    let ordered: Vec<State> = order.iter().map(|&at| states[at]).collect();
    let shape = Shape { rows: 1, columns: len };
    let seen: Vec<_> = seen.into_iter().map(|counts| counts.gather(&order)).collect();
    let seen: Vec<&Shares<Z64>> = seen.iter().collect();
    let pattern = settle(context, shape, (&seen, checks.spread), Some(&ordered), (rule, rows))?;
    let may = |at: usize| matches!(ordered[at], State::Shown | State::Tight);
    let mut shown: Vec<usize> =
        (0..len).filter(|&at| may(at) && !pattern.hidden[at]).map(|at| order[at]).collect();
    let withheld = (0..len).filter(|&at| may(at) && pattern.hidden[at]).count();
    let hidden = states.iter().filter(|state| **state == State::Hidden).count();
    let mut failed = 0;
    if let Some(having) = having.filter(|_| !shown.is_empty()) {
        let some = some(&groups, &shown);
        let truths = having(context, &some)?;
        let truths = verify(context, truths)?;
        let truths = open(context, &truths)?;
        let passed: Vec<usize> =
            shown.iter().zip(&truths).filter(|(_, truth)| truth.0 == 1).map(|(&at, _)| at).collect();
        failed = shown.len() - passed.len();
        shown = passed;
    }
    note(Told { groups: shown.len(), hidden, withheld, failed })?;
    let told = open_groups(context, &some(&groups, &shown), opened, receivers)?;
    Ok(Opening { hidden, withheld, failed, told })
}

/// The groups at these places.
fn some(groups: &Grouped, places: &[usize]) -> Grouped {
    Grouped {
        keys: groups.keys.gather(places),
        counts: groups.counts.gather(places),
        rests: Vec::new(),
        sums: groups.sums.iter().map(|column| column.gather(places)).collect(),
        greatest: Vec::new(),
    }
}

/// Opens them to receivers alone; `None` at the others.
fn open_groups(
    context: &mut Context,
    groups: &Grouped,
    opened: &Opened,
    receivers: &[Role],
) -> Result<Option<Vec<Shown>>, MpcError> {
    let len = groups.keys.len();
    let mut wides = Vec::with_capacity(opened.parts.len());
    for parts in &opened.parts {
        let parts: Vec<_> = parts.iter().map(|&at| groups.sums[at].clone()).collect();
        wides.push(Wide::of(context, &parts, opened.width)?);
    }
    let heads = verify(context, Shares::concat([&groups.keys, &groups.counts]))?;
    let mut told = None;
    for &receiver in receivers {
        let heads = open_to(context, receiver, &heads)?;
        let mut sums = Vec::with_capacity(wides.len());
        for wide in &wides {
            sums.extend(wide.open_to(context, receiver)?);
        }
        told = told.or(heads.map(|heads| (heads, sums)));
    }
    let group = |heads: &[Z64], sums: &[Vec<i128>], at: usize| {
        (heads[at].0, heads[len + at].0, sums.iter().map(|column| column[at]).collect())
    };
    Ok(told.map(|(heads, sums)| (0..len).map(|at| group(&heads, &sums, at)).collect()))
}

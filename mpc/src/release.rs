//! What may be shown, decided on shares before anything opens.
//!
//! A cell is *small* with 1 to `minimum` - 1 rows, and *dominated* where its greatest contributor has more than `percent`
//! of its total. [`states`] decides both on shares and opens for each cell only which of four it is: empty, hidden,
//! tight (`minimum` to 2·`minimum` - 2 rows: shown, but never withheld for another), or shown. From these states, and nothing
//! else, complementary suppression ([`pattern`]) works out which further cells and totals must stay hidden so that no
//! hidden cell follows by subtraction. [`table`] then opens the rest; what is hidden is never opened, to nobody.
//!
//! *What a reader cannot tell.* To somebody who knows the rule, how many rows there are, the states and all that is shown,
//! each hidden small cell can have each count from 1 to `minimum` - 1. Two bits see to that, each opened alone: before
//! the states, whether the number of rows leaves that much room at all; before the figures, whether the cells withheld
//! do ([`room`]). Where the first says no, nothing opens; where the second says no, nothing but the states.
//!
//! *Readers with rows of their own.* Who receives the table and has rows in it subtracts them. [`states`] and [`settle`]
//! take the counts as each such reader sees them beside those of all rows: a cell is hidden where it is small for any of
//! them, and both bits say that there is room for all of them. What is said above then holds for each reader, of the counts of
//! the others' rows where these are few (tried for small tables in full: `tests/readers.rs`). The moves of [`pattern`] can be made
//! of each party's rows alone, so that they change no reader's sums; where all three parties read, one without rows in a
//! cell that is shown sees that each of the others has enough, for which twice the least is reckoned. Dominance is decided
//! on what is left without a reader's own, too. Owners that do not compute may be in league with a reader: it is looked at
//! with the rows of each set of them subtracted, too ([`readers`]).
//!
//! *Learnt:* the two bits, the states and the figures shown.
//!
//! *Not covered:* parties that compute and pool their rows; a party that does not receive the figures, but has rows and sees the states;
//! several tables of the same rows, which are not looked at together; and how closely a hidden cell's sums (as against its
//! count) can be bounded, beyond that no sum of one cell follows exactly from others.

pub mod declared;
pub mod groups;
pub mod pattern;
pub mod readers;
pub mod room;

use crate::araki16::{multiply, open, same_length};
use crate::bits::{compose, less};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{bits_of, within};
use crate::ring::{B64, Z64};
use crate::shares::Shares;
use crate::verified::verify;
use pattern::{Pattern, Shape, State};

/// The least group that may be shown, and how much of a total one contributor may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Groups of fewer rows are hidden. Tables refuse 2, which would say of a hidden cell that it has exactly 1, and 0 and 1
    /// (which hide nothing) together with a per cent.
    pub minimum: u64,
    /// A cell is hidden where its greatest contributor has more than this many per cent of its total.
    pub percent: Option<u64>,
}

impl Rule {
    /// Groups from this many rows on may be shown.
    pub fn at_least(minimum: u64) -> Self {
        Self { minimum, percent: None }
    }

    /// The least rows of a cell that may be withheld for another's sake.
    fn floor(&self) -> u64 {
        (2 * self.minimum.max(1)) - 1
    }

    /// A minimum of 2 hides groups of exactly 1, so that "hidden" says how many there are.
    pub(crate) fn checked(&self) -> Result<(), MpcError> {
        within("a least group", u64::BITS - self.minimum.leading_zeros(), 40)?;
        match (self.minimum, self.percent) {
            (0 | 1, None) | (3.., _) => Ok(()),
            _ => Err(MpcError::Exposing { what: "a table with a least group below 3" }),
        }
    }
}

/// The contributions to a cell's total: none is negative, all have at most `bits` bits.
#[derive(Clone, Copy)]
pub struct Contributions<'a> {
    /// The greatest of each cell.
    pub greatest: &'a Shares<Z64>,
    /// Their sum.
    pub totals: &'a Shares<Z64>,
    /// Bits of a total.
    pub bits: u32,
}

/// Counts as each reader sees them, first of all rows, and how many times the least of a state a reader may see
/// ([`Readers::spread`](readers::Readers::spread)).
pub type Seen<'a> = (&'a [&'a Shares<Z64>], u64);

/// Whether groups of shared sizes, at most `rows`, may be shown; each answer is opened. Empty groups may not.
///
/// # Errors
/// A failure of a channel or a misstep of a peer.
pub fn enough(
    context: &mut Context,
    counts: &Shares<Z64>,
    rule: &Rule,
    rows: usize,
) -> Result<Vec<bool>, MpcError> {
    let minimum = rule.minimum.max(1);
    if minimum > rows as u64 {
        return Ok(vec![false; counts.len()]);
    }
    let minimum = Shares::public(context.role(), &vec![Z64(minimum); counts.len()]);
    let small = less(context, counts, &minimum, bits_of(rows + 1) as usize + 2)?;
    let small = open_bits(context, &small, counts.len())?;
    Ok(small.into_iter().map(|small| !small).collect())
}

/// Whether a group of shared size may be shown beside all `rows`: it is large enough, and so are the others, which follow by
/// subtraction, unless there are none. The answer is opened as one bit.
///
/// # Errors
/// A failure of a channel or a misstep of a peer.
pub fn enough_and_rest(
    context: &mut Context,
    count: &Shares<Z64>,
    rule: &Rule,
    rows: usize,
) -> Result<bool, MpcError> {
    let (role, minimum) = (context.role(), rule.minimum.max(1));
    if minimum > rows as u64 {
        return Ok(false);
    }
    let rest = count.linear(|count| -count).plus_public(role, Z64(rows as u64));
    let counts = Shares::concat([count, &rest, &rest]);
    let limits = Shares::public(role, &[Z64(minimum), Z64(minimum), Z64(1)]);
    let small = less(context, &counts, &limits, bits_of(rows + 1) as usize + 2)?;
    let bit = |at: usize| small.linear(|word| B64(word.0 >> at & 1));
    // None is fewer than any minimum: of the last two, one alone says that there are few.
    let (few, rest) = (bit(0), bit(1).plus(&bit(2)));
    let either = multiply(context, &few, &rest)?.plus(&few).plus(&rest);
    Ok(!open_bits(context, &either, 1)?[0])
}

/// The first bits of planes, opened; what lies beyond them is not.
pub(crate) fn open_bits(
    context: &mut Context,
    bits: &Shares<B64>,
    len: usize,
) -> Result<Vec<bool>, MpcError> {
    let words: Vec<_> = (0..bits.len())
        .map(|at| {
            let left = len.saturating_sub(64 * at).min(64);
            let mask = if left == 0 { 0 } else { u64::MAX >> (64 - left) };
            bits.gather(&[at]).linear(|word| B64(word.0 & mask))
        })
        .collect();
    let bits = verify(context, Shares::concat(&words))?;
    let words = open(context, &bits)?;
    Ok((0..len).map(|at| words[at / 64].0 >> (at % 64) & 1 == 1).collect())
}

/// Of each cell, whether it is empty, must be hidden, or may be shown; `None`, and nothing is opened but this, where the
/// states and the number of all rows would say too much of a hidden cell. No count is above `rows`.
///
/// `groups` are the counts as each reader sees them: first of all rows, then for each reader who has rows of its own and
/// subtracts them, of the rest. A cell is hidden where it is small for any of them; empty where it is not hidden and some
/// of them sees nobody in it; tight where it is shown, with little room for some of them. `contributions` are looked
/// at where the rule has a per cent: those of all rows, and for each such reader those of the rest, of whose total it
/// knows how much is not its own.
///
/// # Errors
/// [`MpcError::Lengths`]; [`MpcError::Exposing`]: a minimum that hides nothing; [`MpcError::TooLarge`]: totals of more
/// than 53 bits, a minimum of more than 40; else a failure of a channel or a misstep of a peer.
pub fn states(
    context: &mut Context,
    groups: Seen<'_>,
    contributions: &[Contributions<'_>],
    rule: &Rule,
    rows: usize,
) -> Result<Option<Vec<State>>, MpcError> {
    states_but(context, groups, (contributions, None), rule, rows)
}

/// As [`states`], where cells are also hidden for what is 1 (shared integers 0 or 1; never for an empty cell).
pub(crate) fn states_but(
    context: &mut Context,
    (groups, spread): Seen<'_>,
    (contributions, also): (&[Contributions<'_>], Option<&Shares<Z64>>),
    rule: &Rule,
    rows: usize,
) -> Result<Option<Vec<State>>, MpcError> {
    rule.checked()?;
    let role = context.role();
    let cells = groups.first().map_or(0, |counts| counts.len());
    groups.iter().try_for_each(|counts| same_length("the cells of a table", counts.len(), cells))?;
    let (minimum, floor) = (rule.minimum.max(1), rule.floor());
    let all = Shares::concat(groups.iter().copied());
    let bits = bits_of(rows.max(floor as usize) + 1) as usize + 2;
    let least = |value: u64| Shares::public(role, &vec![Z64(value); all.len()]);
    let limits = Shares::concat([&least(1), &least(minimum), &least(floor)]);
    let outcomes = less(context, &Shares::concat([&all, &all, &all]), &limits, bits)?;
    let outcomes = compose(context, &outcomes, 3 * all.len())?;
    let part = |number: usize| outcomes.slice(number * all.len()..(number + 1) * all.len());
    let (nobody, few, scarce) = (part(0), part(1), part(2));
    let mut reasons = few.minus(&nobody);
    if let Some(percent) = rule.percent {
        let dominated = dominated(context, contributions, percent, cells)?;
        reasons = Shares::concat([&reasons, &dominated]);
    }
    if let Some(also) = also {
        reasons = Shares::concat([&reasons, also]);
    }
    let open_to_all = none(context, &reasons, cells)?;
    let peopled = none(context, &nobody, cells)?;
    let ample = none(context, &scarce, cells)?;
    // What is ample is peopled.
    let both = multiply(
        context,
        &Shares::concat([&open_to_all, &open_to_all]),
        &Shares::concat([&peopled, &ample]),
    )?;
    let (peopled, shown) = (both.slice(0..cells), both.slice(cells..2 * cells));
    let hidden = open_to_all.linear(|bit| -bit).plus_public(role, Z64(1));
    let (empty, tight) = (open_to_all.minus(&peopled), peopled.minus(&shown));
    if minimum > 1 {
        let grands: Vec<_> = groups.iter().map(|counts| counts.sum()).collect();
        // What is hidden for another reason than few rows can have any number of them.
        let any = Rule { percent: rule.percent.or(also.map(|_| 100)), ..*rule };
        let allowed = room::Allowed::of([&hidden, &tight, &shown], (groups.len(), spread), &any, rows);
        if !room::unsettled(context, &Shares::concat(&grands), &allowed, minimum)? {
            return Ok(None);
        }
    }
    let state = hidden.plus(&empty.times(Z64(2))).plus(&tight.times(Z64(3)));
    let state = verify(context, state)?;
    let opened = open(context, &state)?;
    let state = |word: Z64| match word.0 {
        0 => State::Shown,
        1 => State::Hidden,
        2 => State::Empty,
        _ => State::Tight,
    };
    Ok(Some(opened.into_iter().map(state).collect()))
}

/// For each cell, of bits that stand `cells` apart: whether none of them is set.
fn none(context: &mut Context, bits: &Shares<Z64>, cells: usize) -> Result<Shares<Z64>, MpcError> {
    let mut not = bits.linear(|bit| -bit).plus_public(context.role(), Z64(1));
    while not.len() > cells {
        let half = not.len() / cells / 2 * cells;
        let product = multiply(context, &not.slice(0..half), &not.slice(half..2 * half))?;
        not = Shares::concat([&product, &not.slice(2 * half..not.len())]);
    }
    Ok(not)
}

/// Of each cell of each contributions, one after the other, whether percent · total < 100 · greatest.
fn dominated(
    context: &mut Context,
    contributions: &[Contributions<'_>],
    percent: u64,
    cells: usize,
) -> Result<Shares<Z64>, MpcError> {
    for of in contributions {
        same_length("the greatest contributions", of.greatest.len(), cells)?;
        same_length("the totals", of.totals.len(), cells)?;
        within("a total to compare", of.bits + 8, 61)?;
    }
    let Some(bits) = contributions.iter().map(|of| of.bits).max() else { return Ok(Shares::zeros(0)) };
    let totals: Vec<_> = contributions.iter().map(|of| of.totals.times(Z64(percent.min(100)))).collect();
    let greatest: Vec<_> = contributions.iter().map(|of| of.greatest.times(Z64(100))).collect();
    let [totals, greatest] = [Shares::concat(&totals), Shares::concat(&greatest)];
    let dominated = less(context, &totals, &greatest, bits as usize + 9)?;
    compose(context, &dominated, totals.len())
}

/// What may be shown of a table of which everybody knows, or is to know, the total; `None` for the states where not even
/// they open. The groups are as [`states`] has them.
///
/// # Errors
/// As [`states`].
pub fn settle(
    context: &mut Context,
    shape: Shape,
    groups: Seen<'_>,
    states: Option<&[State]>,
    (rule, rows): (&Rule, usize),
) -> Result<Pattern, MpcError> {
    let Some(states) = states else { return Ok(Pattern::everything(shape)) };
    let pattern = Pattern::under_known_total(shape, states);
    let holds = room::holds(context, (&pattern, shape), groups, (rule.minimum, rule.floor()), rows)?;
    Ok(if holds { pattern } else { Pattern::everything(shape) })
}

/// The figures of a table with totals: row after row, each ending with its total, and a row of totals at the end (neither
/// where there is a single column or row). `None` is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// The cells without totals.
    pub shape: Shape,
    /// How many rows are in each cell and total.
    pub counts: Vec<Option<u64>>,
    /// For each column of figures, its sum over each cell and total.
    pub sums: Vec<Vec<Option<i64>>>,
}

/// Opens what may be shown of a table: counts, and sums of figures, whose totals all fit in 64 bits. The grand total counts as
/// known: it is shown, unless everything is hidden.
///
/// # Cost
/// Three comparisons a cell (four with dominance) and one for each cell withheld, 4 compositions, three openings for
/// the pattern; 8 bytes for each figure shown.
///
/// # Errors
/// As [`states`].
pub fn table(
    context: &mut Context,
    shape: Shape,
    counts: &Shares<Z64>,
    sums: &[&Shares<Z64>],
    contributions: Option<Contributions<'_>>,
    (rule, rows): (&Rule, usize),
) -> Result<Released, MpcError> {
    same_length("the cells of a table", counts.len(), shape.rows * shape.columns)?;
    sums.iter().try_for_each(|sums| same_length("the sums of a table", sums.len(), counts.len()))?;
    let states = states(context, (&[counts], 1), contributions.as_slice(), rule, rows)?;
    let pattern = settle(context, shape, (&[counts], 1), states.as_deref(), (rule, rows))?;
    let shown: Vec<usize> = (0..pattern.hidden.len()).filter(|&at| !pattern.hidden[at]).collect();
    let all = std::iter::once(counts).chain(sums.iter().copied());
    let picked: Vec<_> = all.map(|figures| shape.totals_of(figures).gather(&shown)).collect();
    let opened = verify(context, Shares::concat(&picked))?;
    let opened = open(context, &opened)?;
    let mut figures = opened.chunks(shown.len().max(1)).map(|figures| {
        let mut cells = vec![None; pattern.hidden.len()];
        shown.iter().zip(figures).for_each(|(&at, figure)| cells[at] = Some(figure.signed()));
        cells
    });
    let hidden = || vec![None; pattern.hidden.len()];
    let counts = figures.next().unwrap_or_else(hidden);
    let counts = counts.into_iter().map(|count| count.map(i64::cast_unsigned)).collect();
    let sums = sums.iter().map(|_| figures.next().unwrap_or_else(hidden)).collect();
    Ok(Released { shape, counts, sums })
}

#[cfg(test)]
mod tests;

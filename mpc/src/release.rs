//! What may be shown, decided on shares before anything opens.
//!
//! A cell is *small* with 1 to `minimum` - 1 rows, and *dominated* where its greatest contributor has more than `percent`
//! of its total. [`states`] decides both on shares and opens for each cell only which of three it is: empty, hidden,
//! or shown. From this pattern, and nothing else, complementary suppression ([`pattern`]) works out which further cells
//! and totals must stay hidden so that no hidden cell follows by subtraction. [`table`] then opens the rest; what is hidden is
//! never opened, to nobody.
//!
//! *Learnt:* the pattern and the figures shown. The pattern says of a hidden cell that it has at least one row; of a cell
//! hidden for the sake of others that it has at least `minimum`.

pub mod groups;
pub mod pattern;

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
    /// Groups of fewer rows are hidden.
    pub minimum: u64,
    /// A cell is hidden where its greatest contributor has more than this many per cent of its total.
    pub percent: Option<u64>,
}

impl Rule {
    /// Groups from this many rows on may be shown.
    pub fn at_least(minimum: u64) -> Self {
        Self { minimum, percent: None }
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

/// The first bits of planes, opened; what lies beyond them is not.
fn open_bits(context: &mut Context, bits: &Shares<B64>, len: usize) -> Result<Vec<bool>, MpcError> {
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

/// Of each cell, whether it is empty, must be hidden, or may be shown. No count is above `rows`.
///
/// # Errors
/// [`MpcError::Lengths`]; [`MpcError::TooLarge`]: totals of more than 53 bits; else a failure of a channel or a misstep of
/// a peer.
pub fn states(
    context: &mut Context,
    counts: &Shares<Z64>,
    contributions: Option<Contributions<'_>>,
    rule: &Rule,
    rows: usize,
) -> Result<Vec<State>, MpcError> {
    let (role, cells) = (context.role(), counts.len());
    let bits = bits_of(rows.max(rule.minimum as usize) + 1) as usize + 2;
    let least = |value: u64| Shares::public(role, &vec![Z64(value); cells]);
    let twice = Shares::concat([counts, counts]);
    let limits = Shares::concat([&least(1), &least(rule.minimum.max(1))]);
    let outcomes = less(context, &twice, &limits, bits)?;
    let outcomes = compose(context, &outcomes, 2 * cells)?;
    let (empty, small) = (outcomes.slice(0..cells), outcomes.slice(cells..2 * cells));
    let hidden = match (contributions, rule.percent) {
        (Some(of), Some(percent)) => {
            same_length("the greatest contributions", of.greatest.len(), cells)?;
            same_length("the totals", of.totals.len(), cells)?;
            within("a total to compare", of.bits + 8, 61)?;
            let percent = percent.min(100);
            // percent · total < 100 · greatest.
            let [left, right] = [of.totals.times(Z64(percent)), of.greatest.times(Z64(100))];
            let dominated = less(context, &left, &right, of.bits as usize + 9)?;
            let dominated = compose(context, &dominated, cells)?;
            let both = multiply(context, &small, &dominated)?;
            small.plus(&dominated).minus(&both)
        }
        _ => small,
    };
    // 0 shown, 1 hidden, 2 or 3 empty (which is small): only the three differ when opened as 0, 1, 2.
    let state = multiply(context, &empty, &hidden)?;
    let state = hidden.minus(&state).plus(&empty.times(Z64(2)));
    let state = verify(context, state)?;
    let opened = open(context, &state)?;
    Ok(opened
        .into_iter()
        .map(|state| match state.0 {
            0 => State::Shown,
            1 => State::Hidden,
            _ => State::Empty,
        })
        .collect())
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

/// Opens what may be shown of a table: counts, and sums of figures, whose totals all fit in 64 bits.
///
/// # Cost
/// Two comparisons a cell (three with dominance), 2 compositions, one opening for the pattern; 8 bytes for each figure shown.
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
    let states = states(context, counts, contributions, rule, rows)?;
    let pattern = Pattern::of(shape, &states);
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

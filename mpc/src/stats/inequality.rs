//! How unequally a sum is distributed: Gini coefficient and concentration ratios.

use super::column::Column;
use crate::araki16::{multiply, open};
use crate::bits::decompose;
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{bits_of, within};
use crate::release::{Rule, enough};
use crate::ring::Z64;
use crate::shares::Shares;
use crate::sort;
use crate::verified::verify;

/// How unequally a column is distributed over its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Inequality {
    /// How many rows.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// C. Gini's coefficient: 0 where all are equal, (n - 1)/n where one has everything.
    pub gini: f64,
    /// For each number asked for, the part of the sum that so many greatest have together; `None` where fewer than the rule's
    /// minimum are asked for, or as many less than all.
    pub concentration: Vec<Option<f64>>,
}

/// The Gini coefficient of values from 0 on, and the part that the so many greatest have of the sum. `None` where there are
/// fewer rows than the rule's minimum.
///
/// # Cost
/// That of [`decompose`] and of sorting; nothing for the sums. All sums are exact.
///
/// *Opened:* Σ x, Σ i·x of the i-th least, and the sum of the greatest for each number shown. That the two first ones together
/// say little of single values is not checked: of a handful of rows of a narrow range they can say much.
///
/// # Errors
/// [`MpcError::TooLarge`]: the values times twice the number of rows, added up, need more than 62 bits;
/// [`MpcError::TooManyBits`]; [`MpcError::Exposing`], before anything is sent, where two of the numbers shown are less
/// than the minimum apart, so that the difference of their sums would be that of fewer; [`MpcError::Undefined`] where the sum is 0; else a failure of a channel or a misstep of a
/// peer.
pub fn inequality(
    context: &mut Context,
    column: &Column,
    greatest: &[usize],
    rule: &Rule,
) -> Result<Option<Inequality>, MpcError> {
    inequality_among(context, column, None, greatest, rule)
}

/// As [`inequality`], of the rows where `among` (integers 0 or 1) is 1; how many these are opens, where they are enough.
pub(crate) fn inequality_among(
    context: &mut Context,
    column: &Column,
    among: Option<&Shares<Z64>>,
    greatest: &[usize],
    rule: &Rule,
) -> Result<Option<Inequality>, MpcError> {
    let len = column.len();
    let rows = match among {
        None => len,
        Some(among) => {
            let count = among.sum();
            if enough(context, &count, rule, len)? != [true] {
                return Ok(None);
            }
            let count = verify(context, count)?;
            usize::try_from(open(context, &count)?[0].0).unwrap_or(len).min(len)
        }
    };
    if (rows as u64) < rule.minimum.max(1) {
        return Ok(None);
    }
    // A number of greatest is shown where these and all others are groups large enough.
    let shown = |most: usize| {
        let rest = rows.saturating_sub(most) as u64;
        let enough = |count: u64| count >= rule.minimum.max(1);
        most as u64 >= rule.minimum.max(1) && (enough(rest) || rest == 0)
    };
    let apart = |mut shown: Vec<usize>| {
        shown.sort_unstable();
        shown.dedup();
        shown.windows(2).all(|pair| (pair[1] - pair[0]) as u64 >= rule.minimum)
    };
    if !apart(greatest.iter().map(|&most| most.min(rows)).filter(|&most| shown(most)).collect()) {
        return Err(MpcError::Exposing { what: "sums of almost the same greatest" });
    }
    within("a sum by rank", column.bits() + 2 * bits_of(len) + 1, 62)?;
    // Rows that do not count have 0 and come first, where they add nothing to any sum.
    let values = match among {
        Some(among) => multiply(context, &column.values(), among)?,
        None => column.values(),
    };
    let keys = decompose(context, &values, column.bits() as usize + 1)?;
    let sorted = sort::order(context, &keys)?.apply(context, &values)?;
    let all = sorted.sum();
    let ranked = by_rank(&sorted).minus(&all.times(Z64((len - rows) as u64)));
    let tops = greatest.iter().filter(|most| shown(**most));
    let tops = tops.map(|&most| sorted.slice(len.saturating_sub(most.min(rows))..len).sum());
    let figures: Vec<_> = [all, ranked].into_iter().chain(tops).collect();
    let opened = verify(context, Shares::concat(&figures))?;
    let opened: Vec<f64> = open(context, &opened)?.into_iter().map(|sum| sum.signed() as f64).collect();
    let (sum, n) = (opened[0], rows as f64);
    if sum <= 0.0 {
        return Err(MpcError::Undefined { what: "a Gini coefficient of nothing" });
    }
    let mut tops = opened[2..].iter();
    Ok(Some(Inequality {
        count: rows as u64,
        sum: sum * column.unit,
        gini: (2.0 * opened[1] - (n + 1.0) * sum) / (n * sum),
        concentration: greatest
            .iter()
            .map(|&most| shown(most).then(|| tops.next().copied()).flatten())
            .map(|top| top.map(|top| top / sum))
            .collect(),
    }))
}

/// Σ i·x of the i-th element, counted from 1.
fn by_rank(sorted: &Shares<Z64>) -> Shares<Z64> {
    let weigh =
        |part: &[Z64]| -> Vec<Z64> { (1..).zip(part).map(|(rank, &value)| Z64(rank) * value).collect() };
    Shares::new(weigh(&sorted.own), weigh(&sorted.next)).sum()
}

//! Median, quantiles, least and greatest.

use super::column::Column;
use crate::araki16::open;
use crate::bits::bits_of_integers;
use crate::context::Context;
use crate::error::MpcError;
use crate::extreme::extremes;
use crate::quantile::{Among, of_integers};
use crate::release::{Rule, enough_and_rest};
use crate::ring::{B64, Z64};
use crate::shares::Shares;
use crate::verified::verify;

/// Whether an end is asked for, which is the value of a single row: [`range`] gives it, with leave.
fn inner(wanted: &[f64], rows: Option<usize>) -> Result<(), MpcError> {
    if let Some(row) = wanted.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(MpcError::OutOfRange { what: "a quantile", row });
    }
    let last = rows.map_or(f64::MAX, |rows| (rows as f64 - 1.0).max(0.0));
    // The ranks on both sides of each are opened.
    let end = |p: &f64| *p <= 0.0 || *p >= 1.0 || rows.is_some() && (last * p < 1.0 || last * p > last - 1.0);
    match wanted.iter().any(end) {
        true => Err(MpcError::Exposing { what: "a quantile at an end (use a range)" }),
        false => Ok(()),
    }
}

/// Quantiles of a column: for each p between 0 and 1 the value at rank 1 + (n - 1)p, between two ranks in proportion (definition
/// 7 of R. J. Hyndman, Y. Fan, *The American Statistician*, 1996); the median for 0.5. `None` where there are fewer rows than the
/// rule's minimum.
///
/// # Cost
/// That of [`of_integers`] with one or two ranks for each.
///
/// *Opened:* the values of one or two ranks for each, nothing else; exact, before they are mixed in proportion.
///
/// # Errors
/// [`MpcError::OutOfRange`]: a p that is not of 0 … 1; [`MpcError::Exposing`]: one for which the least or the greatest value
/// would open, as 0 and 1: ask for a [`range`]; else a failure of a channel or a misstep of a peer.
pub fn quantiles(
    context: &mut Context,
    column: &Column,
    wanted: &[f64],
    rule: &Rule,
) -> Result<Option<Vec<f64>>, MpcError> {
    let rows = column.len();
    inner(wanted, None)?;
    if (rows as u64) < rule.minimum.max(1) {
        return Ok(None);
    }
    inner(wanted, Some(rows))?;
    let places: Vec<f64> = wanted.iter().map(|p| (rows - 1) as f64 * p).collect();
    let mut ranks: Vec<u64> =
        places.iter().flat_map(|place| [place.floor(), place.ceil()]).map(|rank| rank as u64 + 1).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let words: Vec<Z64> = ranks.iter().map(|&rank| Z64(rank)).collect();
    let words = Shares::public(context.role(), &words);
    let bits = column.bits() as usize + 2;
    let values = of_integers(context, &column.values(), bits.min(64), Among::default(), &words)?;
    let value = |rank: f64| {
        let at = ranks.binary_search(&(rank as u64 + 1)).expect("all ranks were asked for");
        values[at] as f64
    };
    let mix = |place: &f64| {
        let (low, high) = (value(place.floor()), value(place.ceil()));
        (low + (high - low) * place.fract()) * column.unit
    };
    Ok(Some(places.iter().map(mix).collect()))
}

/// Quantiles by rank ⌈pn⌉ (definition 1; p to 16 bits) over the rows that count, of which nobody knows how many there are: bits,
/// 64 in a word. `None` where they are fewer than the rule's minimum, or the other rows are some but fewer than that.
///
/// *Opened:* whether they are enough, and the values. Each is that of a row. As nobody knows how many rows count, a p other
/// than 0 and 1 can still fall on the least or greatest of few.
///
/// # Errors
/// As [`quantiles`]; p = 0 and 1 are refused.
pub fn quantiles_among(
    context: &mut Context,
    column: &Column,
    among: &Shares<B64>,
    wanted: &[f64],
    rule: &Rule,
) -> Result<Option<Vec<f64>>, MpcError> {
    let rows = column.len();
    inner(wanted, None)?;
    let count = crate::bits::count(context, std::slice::from_ref(among), rows)?;
    if !enough_and_rest(context, &count, rule, rows)? {
        return Ok(None);
    }
    // ⌈pn⌉ = ⌊(pn 2^16 + 2^16 - 1) / 2^16⌋, of which the lower bits are cut off exactly; 1 for p = 0.
    let role = context.role();
    let scaled: Vec<_> = wanted
        .iter()
        .map(|p| match (p * 65_536.0).round() as u64 {
            0 => Shares::public(role, &[Z64(65_536)]),
            p => count.times(Z64(p)).plus_public(role, Z64(65_535)),
        })
        .collect();
    let ranks = bits_of_integers(context, &Shares::concat(&scaled), 16..60)?;
    let bits = (column.bits() as usize + 2).min(64);
    let rows = Among { rows: Some(among), allowed: None };
    let values = of_integers(context, &column.values(), bits, rows, &ranks)?;
    Ok(Some(values.into_iter().map(|value| value as f64 * column.unit).collect()))
}

/// The least and the greatest value, where at least the rule's minimum of rows are. Each is a value of a single row: the
/// contract must allow that.
///
/// # Cost
/// That of [`extremes`].
///
/// *Opened:* both values.
///
/// # Errors
/// A failure of a channel or a misstep of a peer.
pub fn range(context: &mut Context, column: &Column, rule: &Rule) -> Result<Option<[f64; 2]>, MpcError> {
    if (column.len() as u64) < rule.minimum.max(1) {
        return Ok(None);
    }
    let bits = (column.bits() as usize + 3).min(64);
    let both = extremes(context, &column.values(), bits)?;
    let both = verify(context, Shares::concat(&both))?;
    let both = open(context, &both)?;
    Ok(Some([0, 1].map(|at| both[at].signed() as f64 * column.unit)))
}

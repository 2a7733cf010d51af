//! The rows around a quantile: whose values stand for the value at it, which is somebody's.
//!
//! Rows are looked at in the order of their values, and all rows of one value together. The value at the quantile is the least
//! at or below which so many rows are. Where `least` persons have that value it is shown as it is: it is of enough. Elsewhere
//! values above and below are taken in turn, the side that has gone less far first, until they are of more than [`FEW`] values (of
//! fewer a mean would say who has which) and of `least` persons beside those of the least value, and beside those of the
//! greatest, as every mean is; and the mean of all these rows is shown. So what counts
//! follows from values alone and not from who has them, and the same rows are always taken together.

use crate::disclosure::{FEW, Rank, Side};
use crate::question::quantiles::WHOLE;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A row of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Valued {
    pub(super) value: i64,
    pub(super) person: u32,
    /// Its number, where rows have numbers.
    pub(super) line: Option<u32>,
}

/// What is around a quantile.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Around {
    /// Which rows, in the order of values.
    pub(super) rows: Range<usize>,
    /// How many persons have rows before it, and how many after it, whichever are fewer; none where there is not enough
    /// around it.
    pub(super) beyond: u64,
    /// The value of them all, where it is one.
    pub(super) level: Option<i64>,
    /// The rows below that value and above it, as far as there can be any.
    pub(super) sides: Vec<Side>,
}

impl Around {
    /// Puts rows in the order of values, and finds those around a quantile; no value is beyond the bounds.
    pub(super) fn of(rows: &mut [Valued], rank: Rank, bounds: [i128; 2]) -> Self {
        if rows.is_empty() {
            return Self::default();
        }
        rows.sort_unstable_by_key(|row| (row.value, row.person, row.line));
        let before = (rows.len() as u128 * u128::from(rank.millionths)).div_ceil(WHOLE.into());
        let at = usize::try_from(before).map_or(0, |before| before.clamp(1, rows.len()) - 1);
        let persons = |part: &[Valued]| part.iter().map(|row| row.person).collect::<RoaringBitmap>();
        let beyond = persons(&rows[..at]).len().min(persons(&rows[at + 1..]).len());
        let class = |at: usize| {
            let value = rows[at].value;
            rows.partition_point(|row| row.value < value)..rows.partition_point(|row| row.value <= value)
        };
        let own = class(at);
        if persons(&rows[own.clone()]).len() >= rank.persons {
            let value = i128::from(rows[at].value);
            let below = (value > bounds[0]).then(|| side(&rows[..own.start]));
            let above = (value < bounds[1]).then(|| side(&rows[own.end..]));
            let sides = below.into_iter().chain(above).collect();
            return Self { rows: own, beyond, level: Some(rows[at].value), sides };
        }
        let (mut start, mut end, mut values) = (own.start, own.end, 1);
        // Whoever is apart from those of the least value, and from those of the greatest.
        let apart = |start: usize, end: usize| {
            let (above, below) = (class(start).end, class(end - 1).start);
            persons(&rows[above..end]).len().min(persons(&rows[start..below]).len())
        };
        while values <= FEW || apart(start, end) < rank.persons {
            let below = start > 0 && (at - start <= end - 1 - at || end == rows.len());
            let next = match below {
                true => class(start - 1),
                false if end < rows.len() => class(end),
                false => return Self { rows: start..end, ..Self::default() },
            };
            (start, end, values) = (start.min(next.start), end.max(next.end), values + 1);
        }
        Self { rows: start..end, beyond, ..Self::default() }
    }
}

fn side(rows: &[Valued]) -> Side {
    let (persons, lines) = (rows.iter().map(|row| row.person), rows.iter().filter_map(|row| row.line));
    Side { persons: persons.collect(), lines: lines.collect() }
}

#[cfg(test)]
mod tests;

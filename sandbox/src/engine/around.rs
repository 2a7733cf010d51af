//! The rows around a quantile: whose values stand for the value at it, which is somebody's.
//!
//! Rows are looked at in the order of their values, and all rows of one value together. The value at the quantile is the least
//! at or below which so many rows are. Where `least` persons have that value it is shown as it is: it is of enough. Elsewhere
//! it is the mean of a block of rows ([`blocks`]) that does not depend on the quantile. So what counts follows from values alone
//! and not from who has them, and the same rows are always taken together.

use crate::disclosure::{Rank, Side};
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
        let Block { rows: own, kind } = blocks::around(rows, at, rank.persons);
        let (below, above) = (side(&rows[..own.start]), side(&rows[own.end..]));
        let (least, greatest) = (rows[own.start].value, rows[own.end - 1].value);
        let some = |side: &Side| !side.persons.is_empty();
        // Nobody is few where somebody could be; a block of several values takes in whoever is beside it.
        let (level, below, above) = match kind {
            Kind::Level => {
                let (less, more) = (i128::from(least) > bounds[0], i128::from(greatest) < bounds[1]);
                (Some(least), less.then_some(below), more.then_some(above))
            }
            Kind::Mean => (None, Some(below).filter(some), Some(above).filter(some)),
            Kind::Little => return Self { rows: own, ..Self::default() },
        };
        Self { rows: own, beyond, level, sides: below.into_iter().chain(above).collect() }
    }
}

fn side(rows: &[Valued]) -> Side {
    let (persons, lines) = (rows.iter().map(|row| row.person), rows.iter().filter_map(|row| row.line));
    Side { persons: persons.collect(), lines: lines.collect() }
}

mod blocks;
use blocks::{Block, Kind};

#[cfg(test)]
mod tests;

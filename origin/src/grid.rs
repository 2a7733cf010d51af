//! Breakdowns by division and age band, and what of them may travel.
//!
//! A [`Grid`] counts people, and of them those with some property. [`Grid::release`] turns it into
//! a [`ReleasedGrid`], which holds no small count and nothing from which one follows: see
//! `grid/suppress.rs`.

mod suppress;
#[cfg(test)]
mod tests;

use crate::band::{BANDS, band_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// People of one cell, and those of them with the property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// People.
    pub whole: u64,
    /// Those with the property.
    pub part: u64,
}

/// Counts by division and five-year age band. Stays with the county.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    rows: BTreeMap<String, [Pair; BANDS]>,
}

/// A grid as it travels: the last row and the last column are totals, a suppressed count is `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleasedGrid {
    /// Division codes, or towns.
    pub divisions: Vec<String>,
    /// Age bands, those that anybody is in.
    pub bands: Vec<String>,
    /// People: `divisions` + 1 rows of `bands` + 1 counts.
    pub whole: Vec<Vec<Option<u64>>>,
    /// Those of them with the property.
    pub part: Vec<Vec<Option<u64>>>,
    /// The smallest count shown, other than 0.
    pub minimum_group: u64,
    /// Counts suppressed, in both tables together.
    pub suppressed: u64,
}

impl Grid {
    pub(crate) fn add(&mut self, division: &str, band: u8, has: bool) {
        let row = match self.rows.get_mut(division) {
            Some(row) => row,
            None => self.rows.entry(division.to_owned()).or_default(),
        };
        let cell = &mut row[usize::from(band).min(BANDS - 1)];
        cell.whole += 1;
        cell.part += u64::from(has);
    }

    /// Everybody.
    pub fn total(&self) -> Pair {
        self.rows.values().flatten().fold(Pair::default(), |sum, cell| Pair {
            whole: sum.whole + cell.whole,
            part: sum.part + cell.part,
        })
    }

    /// What may travel under a minimum group size.
    pub fn release(&self, minimum_group: u64) -> ReleasedGrid {
        let bands: Vec<usize> =
            (0..BANDS).filter(|&b| self.rows.values().any(|row| row[b].whole > 0)).collect();
        let table = |count: fn(&Pair) -> u64| {
            let rows = self.rows.values().map(|row| bands.iter().map(|&b| count(&row[b])).collect());
            suppress::with_totals(rows.collect())
        };
        let (whole, part) = (table(|cell| cell.whole), table(|cell| cell.part));
        let hidden = suppress::hidden(&whole, &suppress::small(&whole, minimum_group), minimum_group);
        let mut wanted = suppress::small(&part, minimum_group);
        for (r, row) in wanted.iter_mut().enumerate() {
            for (c, hide) in row.iter_mut().enumerate() {
                let rest = whole[r][c] - part[r][c];
                // Those without the property are people too; and where the people are not told,
                // neither are those with it, unless there are none at all.
                *hide |= rest > 0 && rest < minimum_group;
                *hide |= hidden[r][c] && part[r][c] > 0;
            }
        }
        let hidden_part = suppress::hidden(&part, &wanted, minimum_group);
        let suppressed = [&hidden, &hidden_part].into_iter().flatten().flatten().filter(|h| **h).count();
        ReleasedGrid {
            divisions: self.rows.keys().cloned().collect(),
            bands: bands.into_iter().map(band_name).collect(),
            whole: suppress::apply(&whole, &hidden),
            part: suppress::apply(&part, &hidden_part),
            minimum_group,
            suppressed: suppressed as u64,
        }
    }
}

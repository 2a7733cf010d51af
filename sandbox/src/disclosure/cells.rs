//! A table as it was computed, with what disclosure control needs to know of each figure, and before anything may be seen.

use std::fmt;
use std::sync::Arc;

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

/// Of so few different contributions it is looked at who has which: sums, means and variances over them would say it.
pub const FEW: usize = 8;

/// So many rows of one person at most are told apart: where somebody has more, what would tell how many is hidden.
pub const LAYERS: usize = 1024;

/// Rows of one value.
#[derive(Debug, Clone, Default)]
pub struct Alike {
    /// The rows by number.
    pub lines: RoaringBitmap,
    /// Whose they are, and how often.
    pub owned: Owned,
}

/// Whose rows are, where rows have numbers: worked out of who has which.
#[derive(Debug, Clone, Default)]
pub struct Owned {
    /// Whoever has one.
    pub persons: RoaringBitmap,
    /// Who has at least two of them, at least three, and so on, as far as anybody has so many.
    pub layers: Vec<RoaringBitmap>,
    /// Whether somebody has more than [`LAYERS`]: who has how many is not in the layers then.
    pub more: bool,
}

/// All rows of a group on one side of a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Side {
    /// Whoever has one.
    pub persons: RoaringBitmap,
    /// The rows by number, where the table has [`Computed::owners`]; else empty.
    pub lines: RoaringBitmap,
}

impl Computed {
    /// With whose each row is, where rows have numbers: what follows from it is worked out, where it is looked at.
    #[must_use]
    pub fn owned(mut self, owners: Option<Arc<[u32]>>) -> Self {
        self.owners = owners;
        let Some(owners) = self.owners.as_deref() else { return self };
        for cell in &mut self.cells {
            for (figure, part) in self.figures.iter().zip(&mut cell.parts) {
                if figure.measure.tells_rows() {
                    part.owned = Owned::of(&part.lines, owners);
                }
                for alike in &mut part.few_lines {
                    alike.owned = Owned::of(&alike.lines, owners);
                }
            }
        }
        self
    }
}

impl Owned {
    fn of(lines: &RoaringBitmap, owners: &[u32]) -> Self {
        let mut of: Vec<u32> = lines.iter().filter_map(|line| owners.get(line as usize)).copied().collect();
        of.sort_unstable();
        let most = of.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0);
        let mut layers = vec![RoaringBitmap::new(); most.min(LAYERS).saturating_sub(1)];
        for same in of.chunk_by(|a, b| a == b) {
            layers.iter_mut().take(same.len() - 1).for_each(|layer| _ = layer.insert(same[0]));
        }
        of.dedup();
        Self { persons: of.into_iter().collect(), layers, more: most > LAYERS }
    }
}

/// A table as it was computed.
#[derive(Debug, Clone)]
pub struct Computed {
    /// Names of the columns that rows were grouped by.
    pub keys: Vec<String>,
    /// What stands in each of the other columns.
    pub figures: Vec<Figure>,
    /// The groups that any row fell into.
    pub cells: Vec<Cell>,
    /// Of every row of the data set, by number, whose it is.
    ///
    /// Nothing where each person has one row in the data set: the persons of a figure are its rows then. Where
    /// a person may have several, only their numbers tell two sets of rows of the same persons apart, and one
    /// taken from the other shows somebody's row: every part then names its rows in [`Part::lines`].
    pub owners: Option<Arc<[u32]>>,
}

/// A column of figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// What is measured.
    pub measure: Measure,
    /// Values are whole numbers in units of 10^-decimals.
    pub decimals: u32,
    /// The number of the column of the data set whose values are added up; nothing of a count.
    pub column: Option<u32>,
    /// Whether it has a condition of its own (`FILTER`, `CASE`): what it counts is then a share of the group,
    /// and none or all of the group says something of everybody in it.
    pub condition: bool,
}

/// What is measured of the values of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// How many rows.
    Rows,
    /// How many persons.
    Persons,
    /// The sum.
    Sum,
    /// The sum over the number of rows: of zeros and ones it is a rate.
    Mean,
    /// The sample variance.
    Variance,
    /// The sample standard deviation.
    Deviation,
    /// The value at a part of the order of all.
    Quantile(Rank),
}

impl Measure {
    /// Whether it tells of how many rows it is: beside a sum a mean or a variance does.
    pub(super) fn tells_rows(self) -> bool {
        matches!(self, Self::Rows | Self::Mean | Self::Variance | Self::Deviation)
    }
}

/// Where a quantile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// So many millionths of all rows come before it.
    pub millionths: u32,
    /// What is shown for it is made of the values of so many persons at least, under disclosure control.
    pub persons: u64,
}

impl Rank {
    /// The same from above.
    #[must_use]
    pub fn turned(self) -> Self {
        Self { millionths: 1_000_000u32.saturating_sub(self.millionths), ..self }
    }
}

/// A group.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Its value of every key: nothing where that is missing.
    pub labels: Vec<Option<String>>,
    /// Whoever has a row in it.
    pub persons: RoaringBitmap,
    /// How many rows.
    pub rows: u64,
    /// For each figure what it is made of.
    pub parts: Vec<Part>,
    /// Whether a condition of the question decides on few of it, or on none.
    pub undecided: bool,
}

/// What a figure of a cell is made of: the rows of the cell that pass its own condition and have a value.
///
/// A *contribution* is the sum of a person's values.
#[derive(Clone, Default)]
pub struct Part {
    /// Whoever has such a row.
    pub persons: RoaringBitmap,
    /// Whoever's contribution is not zero. Of a count, the same as `persons`.
    pub telling: RoaringBitmap,
    /// The rows themselves, by number, where the table has [`Computed::owners`]; else empty.
    pub lines: RoaringBitmap,
    /// Those of them whose value is not zero, likewise. Of a count, the same as `lines`.
    pub telling_lines: RoaringBitmap,
    /// How many rows.
    pub rows: u64,
    /// The sum of all values.
    pub sum: i128,
    /// The sum of their squares.
    pub squares: i128,
    /// How many persons have the contribution that most have, or in all their rows the value that most have: among the least,
    /// the greatest, nought and as many others as are told apart.
    pub alike: u64,
    /// The greatest absolute contributions, falling: as many as dominance rules look at.
    pub largest: Vec<u128>,
    /// The sum of all absolute contributions.
    pub absolute: u128,
    /// Contributions looked at in other ways, of which each by itself must not be mostly a few persons': how far they are
    /// above the least there can be, below the greatest, and of a variance, squared, off the mean. None of counts.
    pub others: Vec<Shares>,
    /// What all values are multiples of; nought where all are nought.
    pub step: u64,
    /// Who has which contribution, where there are at most [`FEW`] different ones; empty where there are more.
    pub few: Vec<RoaringBitmap>,
    /// Which rows have which value, likewise, where the table has [`Computed::owners`].
    pub few_lines: Vec<Alike>,
    /// Of what tells how many rows it is, where the table has [`Computed::owners`]: who has how many.
    pub owned: Owned,
    /// Of a quantile, how many persons have rows below it, and how many above, whichever are fewer.
    pub beyond: u64,
    /// Of a quantile, the one value of all rows around it, where it is one.
    pub level: Option<i64>,
    /// Of a quantile, the rows below those around it and above them: of one value as far as there can be any by the declared
    /// bounds, of several as far as there are any.
    pub sides: Vec<Side>,
}

/// Numbers of persons and rows, and nothing of what they have.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = (self.persons.len(), self.telling.len(), self.rows);
        f.debug_tuple("Part").field(&counts).finish()
    }
}

/// The greatest of some amounts, and all of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Shares {
    /// The greatest, falling: as many as dominance rules look at.
    pub largest: Vec<u128>,
    /// The sum of all.
    pub absolute: u128,
}

/// How many are looked at, and nothing of how much it is.
impl fmt::Debug for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shares").field(&self.largest.len()).finish()
    }
}

/// The greatest number of which both are multiples; of nought everything is.
pub(crate) fn common_divisor(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 && a != 1 {
        (a, b) = (b, a % b);
    }
    a
}

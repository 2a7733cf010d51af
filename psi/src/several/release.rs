//! What may be passed on or published of the sizes of all regions: no small group, and nothing from which the size
//! of one follows.
//!
//! Cells stand in rows and columns. Of each cell, row, column and the whole there are, for each choice of parties, three
//! figures: how many entries *exactly* these hold, how many they *all* hold whoever else does, and how many *any* of
//! them holds. All are sums of regions. A group is any sum of regions; it is small with 1 to `minimum` - 1 entries.
//!
//! # What is hidden
//!
//! A *move* changes some regions by one up or down. A figure is shown only if no move in a list changes it; so
//! whoever reads what is shown cannot tell the regions from the moved ones. For every small region there is a move in the
//! list that changes it and otherwise only regions of at least `minimum`, which have room for it. Then the size of no
//! small group follows from what is shown, by whatever sums and differences: a small group holds a small region, its move
//! changes no other region of the group (they are all small), and so changes the group's size, but nothing shown. (It is the
//! condition of complementary suppression: M. Fischetti and J. J. Salazar, "Solving the cell suppression problem on
//! tabular data with linear constraints", Management Science 47(7), 2001; here with explicit alternatives in
//! place of linear programs.) A reader must moreover allow for 0 to at least `minimum` entries.
//!
//! That holds for readers, and for parties that keep what they saw to themselves: what several of them put together
//! is all regions ([`super`]). A party by itself knows more than readers: the sizes of all sets in each cell. So moves
//! are used that keep those too, as long as there is one with regions of `minimum` and more: {A} and {B} up, {A, B}
//! down, in four cells so that the totals of rows and columns stay as well. In cells too sparse for that, what is
//! hidden is hidden from readers, and from parties as far as the sizes of the sets leave it open
//! ([`Released::open_to_parties`] counts such regions).
//!
//! Of all moves possible for a region, the one that hides the fewest further figures is taken. That choice depends
//! on the figures; what a reader could conclude from the choice itself is not considered.

mod moves;
#[cfg(test)]
mod tests;

use super::region::Regions;
use moves::{Kernels, Plan};
use serde::{Deserialize, Serialize};

/// Cells in rows and columns. The total of a single row or column is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// How many rows, at least one.
    pub rows: usize,
    /// How many columns, at least one.
    pub columns: usize,
}

impl Shape {
    /// Rows with their total, columns with theirs.
    pub fn with_totals(self) -> Self {
        let more = |lines: usize| lines + usize::from(lines > 1);
        Self { rows: more(self.rows), columns: more(self.columns) }
    }
}

/// The figures of a cell or a total, for the masks 1, 2, 3 and so on; none where hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// How many entries exactly these parties hold.
    pub exactly: Vec<Option<u64>>,
    /// How many all of these hold, whoever else does.
    pub all: Vec<Option<u64>>,
    /// How many at least one of these holds.
    pub any: Vec<Option<u64>>,
}

/// What may be passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The cells without totals.
    pub shape: Shape,
    /// The figures, row after row: each row ends with its total, and the last row is that of totals.
    pub cells: Vec<Figures>,
    /// The smallest group shown, other than none.
    pub minimum: u64,
    /// How many figures are hidden.
    pub hidden: u64,
    /// How many small regions the parties may know more of than readers do, because they know the sets' sizes.
    pub open_to_parties: u64,
}

impl Released {
    /// The figures of a cell; the row or column after the last is the total.
    pub fn at(&self, row: usize, column: usize) -> Option<&Figures> {
        let all = self.shape.with_totals();
        (row < all.rows && column < all.columns).then(|| self.cells.get(row * all.columns + column))?
    }

    /// Whether this has a place for every figure of so many parties and cells.
    pub fn fits(&self, parties: usize, shape: Shape) -> bool {
        let (all, masks) = (shape.with_totals(), (1 << parties) - 1);
        let whole = |cell: &Figures| [&cell.exactly, &cell.all, &cell.any].iter().all(|f| f.len() == masks);
        self.shape == shape && self.cells.len() == all.rows * all.columns && self.cells.iter().all(whole)
    }
}

/// The figures that may be shown of these cells (row after row), with no group of fewer than `minimum`.
///
/// # Panics
/// Where the cells are not as many as the shape says, or not all of so many parties.
pub fn release(cells: &[Regions], shape: Shape, parties: usize, minimum: u64) -> Released {
    let masks = (1 << parties) - 1;
    assert!(cells.len() == shape.rows * shape.columns && cells.iter().all(|c| c.numbers().len() == masks));
    let kernels = Kernels::new(parties);
    let mut plan = Plan::new(cells, shape, &kernels, minimum);
    plan.protect();
    let all = shape.with_totals();
    let (mut figures, mut hidden) = (Vec::with_capacity(all.rows * all.columns), 0);
    for row in 0..all.rows {
        for column in 0..all.columns {
            let touched = plan.hidden[row * all.columns + column];
            hidden += u64::from(touched.count_ones());
            figures.push(shown(&sum(cells, shape, row, column), touched, masks));
        }
    }
    Released { shape, cells: figures, minimum, hidden, open_to_parties: plan.open }
}

/// The regions of a cell or a total.
fn sum(cells: &[Regions], shape: Shape, row: usize, column: usize) -> Regions {
    let range = |at: usize, lines: usize| if at < lines { at..at + 1 } else { 0..lines };
    let mut sums = vec![0; cells[0].numbers().len()];
    for row in range(row, shape.rows) {
        for column in range(column, shape.columns) {
            let numbers = cells[row * shape.columns + column].numbers();
            sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        }
    }
    Regions::from_numbers(&sums)
}

fn shown(regions: &Regions, touched: u128, masks: usize) -> Figures {
    let kind = |number: usize, figure: &dyn Fn(u8) -> u64| {
        let one = |mask: usize| (touched >> (number * masks + mask - 1) & 1 == 0).then(|| figure(mask as u8));
        (1..=masks).map(one).collect()
    };
    Figures {
        exactly: kind(0, &|mask| regions.exactly(mask)),
        all: kind(1, &|mask| regions.intersection(mask)),
        any: kind(2, &|mask| regions.union(mask)),
    }
}

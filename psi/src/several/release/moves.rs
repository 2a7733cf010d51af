//! Moves: changes of a few regions that hardly any figure sees.

use super::super::region::Regions;
use super::Shape;

/// A change of regions within a cell, up (`true`) or down, and the figures that see it: one bit for each mask, first of
/// those that count exactly, then of all, then of any.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    pub(super) changes: Vec<(usize, bool)>,
    pub(super) touched: u128,
    /// Whether no set's size changes.
    pub(super) keeps_sets: bool,
}

/// All changes considered.
pub(super) struct Kernels {
    all: Vec<Kernel>,
    /// Which of them change a mask.
    of_mask: Vec<Vec<usize>>,
}

impl Kernels {
    pub(super) fn new(parties: usize) -> Self {
        let masks = (1usize << parties) - 1;
        let mut all = Vec::new();
        for one in 1..=masks {
            all.push(vec![(one, true)]);
            for other in one + 1..=masks {
                all.push(vec![(one, true), (other, false)]);
                let (union, both) = (one | other, one & other);
                if union != one && union != other && both != one {
                    // Each party is in as many of the two as of their union and their intersection.
                    let mut changes = vec![(one, true), (other, true), (union, false)];
                    changes.extend((both > 0).then_some((both, false)));
                    all.push(changes);
                }
            }
        }
        let all: Vec<Kernel> = all.into_iter().map(|changes| kernel(changes, parties)).collect();
        let changing = |mask: usize| {
            let changes = |at: &usize| all[*at].changes.iter().any(|(changed, _)| *changed == mask);
            (0..all.len()).filter(changes).collect()
        };
        let of_mask = (0..=masks).map(changing).collect();
        Self { all, of_mask }
    }
}

fn kernel(changes: Vec<(usize, bool)>, parties: usize) -> Kernel {
    let masks = (1usize << parties) - 1;
    let seen = |counts: &dyn Fn(usize) -> bool| {
        let counted = changes.iter().filter(|(mask, _)| counts(*mask));
        counted.map(|(_, up)| if *up { 1i32 } else { -1 }).sum::<i32>() != 0
    };
    let mut touched = 0;
    for mask in 1..=masks {
        let kinds = [seen(&|m| m == mask), seen(&|m| m & mask == mask), seen(&|m| m & mask != 0)];
        for (kind, seen) in kinds.into_iter().enumerate() {
            touched |= u128::from(seen) << (kind * masks + mask - 1);
        }
    }
    let keeps_sets = (0..parties).all(|party| !seen(&|m| m >> party & 1 == 1));
    Kernel { changes, touched, keeps_sets }
}

/// Where a kernel is applied: in one cell; in two of a line, up in one and down in the other; or in four corners.
/// Rows and columns, with totals, in which figures see it.
#[derive(Clone, Copy, Debug)]
struct Place {
    row: usize,
    column: usize,
    /// The other row and column, the same where there is none.
    row2: usize,
    column2: usize,
}

/// A move: where, what.
#[derive(Clone, Debug)]
pub(super) struct Move {
    place: Place,
    pub(super) kernel: Kernel,
}

impl Move {
    /// The cells in which it applies, and whether as the kernel says or the other way round.
    #[cfg(test)]
    pub(super) fn cells(&self) -> Vec<(usize, usize, bool)> {
        self.place.cells()
    }
}

impl Place {
    fn cells(&self) -> Vec<(usize, usize, bool)> {
        let Self { row, column, row2, column2 } = *self;
        let mut cells = vec![(row, column, true)];
        if column2 != column {
            cells.push((row, column2, false));
        }
        if row2 != row {
            cells.push((row2, column, false));
        }
        if column2 != column && row2 != row {
            cells.push((row2, column2, true));
        }
        cells
    }

    /// All cells and totals whose sums change.
    fn seen(&self, shape: Shape) -> Vec<(usize, usize)> {
        let Self { row, column, row2, column2 } = *self;
        // A line of two cancels out in its total, a single cell does not.
        let lines = |at: usize, other: usize, of: usize| match (at == other, of > 1) {
            (false, _) => vec![at, other],
            (true, true) => vec![at, of],
            (true, false) => vec![at],
        };
        let columns = lines(column, column2, shape.columns);
        let rows = lines(row, row2, shape.rows);
        rows.into_iter().flat_map(|row| columns.iter().map(move |&column| (row, column))).collect()
    }
}

/// What is hidden so far.
pub(super) struct Plan<'a> {
    cells: &'a [Regions],
    shape: Shape,
    kernels: &'a Kernels,
    minimum: u64,
    /// Figures hidden, for each cell and total.
    pub(super) hidden: Vec<u128>,
    /// The moves that no figure shown sees.
    pub(super) moves: Vec<Move>,
    /// Small regions without a move that keeps the sets' sizes and has room.
    pub(super) open: u64,
}

impl<'a> Plan<'a> {
    pub(super) fn new(cells: &'a [Regions], shape: Shape, kernels: &'a Kernels, minimum: u64) -> Self {
        let all = shape.with_totals();
        let hidden = vec![0; all.rows * all.columns];
        Self { cells, shape, kernels, minimum, hidden, moves: Vec::new(), open: 0 }
    }

    /// Finds a move for every small region.
    pub(super) fn protect(&mut self) {
        let masks = self.cells[0].numbers().len();
        for (cell, mask) in (0..self.cells.len()).flat_map(|cell| (1..=masks).map(move |mask| (cell, mask))) {
            let size = self.size(cell, mask);
            if size == 0 || size >= self.minimum {
                continue;
            }
            if let Some(best) = self.cheapest(cell, mask, true) {
                self.take(best);
                continue;
            }
            self.open += 1;
            // In a cell by itself a region can always grow: there is one.
            if let Some(best) = self.cheapest(cell, mask, false) {
                self.take(best);
            }
            if let Some(best) = self.roomiest(cell, mask) {
                self.take(best);
            }
        }
    }

    fn size(&self, cell: usize, mask: usize) -> u64 {
        self.cells[cell].numbers()[mask - 1]
    }

    /// Hides what sees a move.
    fn take(&mut self, chosen: Move) {
        let columns = self.shape.with_totals().columns;
        for (row, column) in chosen.place.seen(self.shape) {
            self.hidden[row * columns + column] |= chosen.kernel.touched;
        }
        self.moves.push(chosen);
    }

    /// What a move would hide beside what is hidden: totals weigh more.
    fn cost(&self, place: Place, touched: u128) -> u64 {
        let columns = self.shape.with_totals().columns;
        let one = |(row, column): (usize, usize)| {
            let totals = u32::from(row == self.shape.rows) + u32::from(column == self.shape.columns);
            u64::from((touched & !self.hidden[row * columns + column]).count_ones()) << (4 * totals)
        };
        place.seen(self.shape).into_iter().map(one).sum()
    }

    fn places(&self, cell: usize) -> impl Iterator<Item = Place> + use<> {
        let (row, column) = (cell / self.shape.columns, cell % self.shape.columns);
        let columns = self.shape.columns;
        (0..self.shape.rows)
            .flat_map(move |row2| (0..columns).map(move |column2| Place { row, column, row2, column2 }))
    }

    /// Kernels that change `mask`, and keep the sets' sizes or do not.
    fn changing(&self, mask: usize, keeps_sets: bool) -> impl Iterator<Item = &'a Kernel> {
        let kernels = self.kernels;
        let all = kernels.of_mask[mask].iter().map(|at| &kernels.all[*at]);
        all.filter(move |kernel| kernel.keeps_sets == keeps_sets)
    }

    /// The move that hides the least, of those that change the region and else only large ones.
    fn cheapest(&self, cell: usize, mask: usize, keeps_sets: bool) -> Option<Move> {
        let mut best: Option<(u64, Place, &Kernel)> = None;
        for kernel in self.changing(mask, keeps_sets) {
            let large = |at: usize, but: usize| {
                kernel.changes.iter().all(|(m, _)| *m == but || self.size(at, *m) >= self.minimum)
            };
            if !large(cell, mask) {
                continue;
            }
            let fits: Vec<bool> = (0..self.cells.len()).map(|at| at == cell || large(at, 0)).collect();
            for place in self.places(cell) {
                let at = |row: usize, column: usize| fits[row * self.shape.columns + column];
                let (row, column) = (place.row, place.column);
                if !at(row, place.column2) || !at(place.row2, column) || !at(place.row2, place.column2) {
                    continue;
                }
                let cost = self.cost(place, kernel.touched);
                if best.is_none_or(|(least, ..)| cost < least) {
                    best = Some((cost, place, kernel));
                }
            }
        }
        best.map(|(_, place, kernel)| Move { place, kernel: kernel.clone() })
    }

    /// The move that keeps the sets' sizes and leaves the region the most room, if any leaves some.
    fn roomiest(&self, cell: usize, mask: usize) -> Option<Move> {
        let mut best: Option<(u64, u64, Move)> = None;
        for kernel in self.changing(mask, true) {
            for place in self.places(cell) {
                let (mut up, mut down) = (u64::MAX, u64::MAX);
                for (row, column, as_is) in place.cells() {
                    for &(m, rises) in &kernel.changes {
                        let side = if rises == as_is { &mut up } else { &mut down };
                        *side = (*side).min(self.size(row * self.shape.columns + column, m));
                    }
                }
                let room = up.saturating_add(down).min(self.minimum);
                let cost = self.cost(place, kernel.touched);
                if room > 0 && best.as_ref().is_none_or(|(r, c, _)| (room, c) > (*r, &cost)) {
                    best = Some((room, cost, Move { place, kernel: kernel.clone() }));
                }
            }
        }
        best.map(|(_, _, chosen)| chosen)
    }
}

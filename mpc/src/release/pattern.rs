//! Which cells and totals stay hidden: complementary suppression from the pattern of cells alone.
//!
//! A *move* adds one to some cells and takes one from others. A reader of what is shown cannot tell a table from the moved
//! one if no figure shown changes. For every hidden cell there is a move that changes it and otherwise only cells that may
//! be shown, which have room for it; all figures that it changes are hidden. (The condition of M. Fischetti and J. J.
//! Salazar, "Solving the cell suppression problem on tabular data with linear constraints", Management Science 47(7),
//! 2001, with explicit alternatives in place of linear programs, as for the sizes of sets in private set intersection.)
//! Moves are of four kinds: a cell alone, seen by its totals; two cells of a row or of a column, seen by the totals across; and
//! the four corners of a rectangle, which no total sees. Of all, the one that hides the fewest further figures is
//! taken, the first among equals. So what is hidden depends on nothing but the pattern, which everybody knows.

use crate::ring::Ring;
use crate::shares::Shares;

/// What the rule says of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No rows: shown as 0.
    Empty,
    /// Too few rows, or one contributor has too much.
    Hidden,
    /// May be shown.
    Shown,
}

/// Cells in rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many rows.
    pub rows: usize,
    /// How many columns.
    pub columns: usize,
}

impl Shape {
    /// Rows with their total, columns with theirs; the total of a single row or column is left out.
    #[must_use]
    pub fn with_totals(self) -> Self {
        let more = |lines: usize| lines + usize::from(lines > 1);
        Self { rows: more(self.rows), columns: more(self.columns) }
    }

    /// The figures of cells with all totals.
    pub fn totals_of<R: Ring>(self, cells: &Shares<R>) -> Shares<R> {
        let all = self.with_totals();
        let mut out = Shares::zeros(all.rows * all.columns);
        for (to, from) in [(&mut out.own, &cells.own), (&mut out.next, &cells.next)] {
            for (at, &value) in from.iter().enumerate() {
                let (row, column) = (at / self.columns, at % self.columns);
                for seen in self.seen(&[(row, column)]) {
                    to[seen] = to[seen] + value;
                }
            }
        }
        out
    }

    /// The lines in which a change of one line is seen: itself and the total.
    fn lines(at: usize, lines: usize) -> impl Iterator<Item = usize> {
        std::iter::once(at).chain((lines > 1).then_some(lines))
    }

    /// The figures that change, each with all its totals; of moves, see [`Self::changed`].
    fn seen(self, cells: &[(usize, usize)]) -> Vec<usize> {
        let width = self.with_totals().columns;
        let of = |&(row, column): &(usize, usize)| {
            Self::lines(row, self.rows).flat_map(move |row| {
                Self::lines(column, self.columns).map(move |column| row * width + column)
            })
        };
        cells.iter().flat_map(of).collect()
    }

    /// The figures that a move changes: up in the first and last of its cells, down in the others.
    fn changed(self, cells: &[(usize, usize)]) -> Vec<usize> {
        let all = self.with_totals();
        let mut change = vec![0i32; all.rows * all.columns];
        for (number, cell) in cells.iter().enumerate() {
            let sign = if number == 0 || number == 3 { 1 } else { -1 };
            self.seen(&[*cell]).into_iter().for_each(|at| change[at] += sign);
        }
        (0..change.len()).filter(|&at| change[at] != 0).collect()
    }
}

/// What stays hidden, of cells and totals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Row after row with totals: whether a figure is hidden.
    pub hidden: Vec<bool>,
    /// The moves that no figure shown sees: cells that go up, down, down, up.
    pub moves: Vec<Vec<(usize, usize)>>,
}

impl Pattern {
    /// Of cells row after row.
    ///
    /// # Panics
    /// Unless there is a state for each cell.
    pub fn of(shape: Shape, states: &[State]) -> Self {
        assert_eq!(states.len(), shape.rows * shape.columns, "a state for each cell");
        let all = shape.with_totals();
        let mut pattern = Self { hidden: vec![false; all.rows * all.columns], moves: Vec::new() };
        for at in (0..states.len()).filter(|&at| states[at] == State::Hidden) {
            let (row, column) = (at / shape.columns, at % shape.columns);
            let open = |row: usize, column: usize| states[row * shape.columns + column] == State::Shown;
            let mut best: Option<(usize, Vec<(usize, usize)>)> = None;
            for cells in moves(shape, (row, column), open) {
                let more = shape.changed(&cells).iter().filter(|&&at| !pattern.hidden[at]).count();
                if best.as_ref().is_none_or(|(least, _)| more < *least) {
                    best = Some((more, cells));
                }
            }
            let (_, cells) = best.expect("a cell alone is always a move");
            shape.changed(&cells).into_iter().for_each(|at| pattern.hidden[at] = true);
            pattern.moves.push(cells);
        }
        pattern
    }
}

/// All moves of a hidden cell, those that hide fewest figures at their best first.
fn moves(
    shape: Shape,
    (row, column): (usize, usize),
    open: impl Fn(usize, usize) -> bool,
) -> Vec<Vec<(usize, usize)>> {
    let rows: Vec<usize> = (0..shape.rows).filter(|&other| other != row && open(other, column)).collect();
    let columns: Vec<usize> =
        (0..shape.columns).filter(|&other| other != column && open(row, other)).collect();
    let mut all = Vec::new();
    for &other in &rows {
        for &across in columns.iter().filter(|&&across| open(other, across)) {
            all.push(vec![(row, column), (row, across), (other, column), (other, across)]);
        }
    }
    all.extend(rows.iter().map(|&other| vec![(row, column), (other, column)]));
    all.extend(columns.iter().map(|&across| vec![(row, column), (row, across)]));
    all.push(vec![(row, column)]);
    all
}

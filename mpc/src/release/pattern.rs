//! Which cells and totals stay hidden: complementary suppression from the pattern of cells alone.
//!
//! A *move* adds some number to some cells and takes it from others. A reader of what is shown cannot tell a table from the
//! moved one if no figure shown changes and the states of the cells, which are known, stay what they are. For every
//! hidden cell there is a move that changes it and otherwise only cells of state [`State::Shown`]; all figures that it
//! changes are hidden. (The condition of M. Fischetti and J. J. Salazar, "Solving the cell suppression problem on
//! tabular data with linear constraints", Management Science 47(7), 2001, with explicit alternatives in place of linear
//! programs, as for the sizes of sets in private set intersection.) Moves are of five kinds: two cells of a row or of a
//! column, seen by the totals across; the four corners of a rectangle, which no total sees; two cells of different rows and
//! columns, seen by their totals but not by the grand total; and, where nobody knows the grand total, a cell alone. Of all,
//! the one that hides the fewest further figures is taken; among equals that in rows and columns with the fewest cells that
//! could not be withheld, whose others are likely to have more room; then the first. So what is hidden depends on nothing but
//! the states, which everybody knows.
//!
//! Whether the cells withheld have the *room* for their moves is not known from the states. [`Pattern::rooms`] says what
//! must hold; [`super::room::holds`] decides on shares whether all of it does and opens this one bit.

use crate::ring::Ring;
use crate::shares::Shares;
use std::collections::BTreeMap;

/// What the rule says of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No rows: shown as 0.
    Empty,
    /// Too few rows, or one contributor has too much.
    Hidden,
    /// May be shown, but has too little room to be withheld for another cell's sake.
    Tight,
    /// May be shown, or withheld for another cell's sake.
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

/// What must hold of the counts so that the moves of a withheld cell are possible: those of the cells that go up with it, with
/// a sign, come to so much at least. No move changes this sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Places of cells, row after row without totals, and whether a cell counts against the sum.
    pub terms: Vec<(usize, bool)>,
    /// The least sum.
    pub least: i64,
}

impl Pattern {
    /// Of cells row after row, where nobody knows the grand total.
    ///
    /// # Panics
    /// Unless there is a state for each cell.
    pub fn of(shape: Shape, states: &[State]) -> Self {
        Self::choose(shape, states, false).expect("a cell alone is always a move")
    }

    /// Of cells row after row, where everybody knows the grand total, or it is to be shown: no move changes it. Where a cell
    /// has no such move, or a single cell could take up all differences, everything is hidden.
    ///
    /// # Panics
    /// Unless there is a state for each cell.
    pub fn under_known_total(shape: Shape, states: &[State]) -> Self {
        let count = |of: State| states.iter().filter(|state| **state == of).count();
        let none = count(State::Hidden) > 0 && count(State::Shown) < 2;
        let chosen = if none { None } else { Self::choose(shape, states, true) };
        chosen.unwrap_or_else(|| Self::everything(shape))
    }

    /// Nothing is shown.
    pub fn everything(shape: Shape) -> Self {
        let all = shape.with_totals();
        Self { hidden: vec![true; all.rows * all.columns], moves: Vec::new() }
    }

    fn choose(shape: Shape, states: &[State], known: bool) -> Option<Self> {
        assert_eq!(states.len(), shape.rows * shape.columns, "a state for each cell");
        let all = shape.with_totals();
        let mut pattern = Self { hidden: vec![false; all.rows * all.columns], moves: Vec::new() };
        let scarcity = scarcity(shape, states);
        for at in (0..states.len()).filter(|&at| states[at] == State::Hidden) {
            let (row, column) = (at / shape.columns, at % shape.columns);
            let open = |row: usize, column: usize| states[row * shape.columns + column] == State::Shown;
            let score = |cells: Vec<(usize, usize)>| {
                let more = shape.changed(&cells).iter().filter(|&&at| !pattern.hidden[at]).count();
                let scarce: usize =
                    cells[1..].iter().map(|&(row, column)| scarcity[0][row] + scarcity[1][column]).sum();
                ((more, scarce), cells)
            };
            let all = moves(shape, (row, column), open, known).into_iter().map(score);
            // The first of the least.
            let (_, cells) = all.min_by_key(|(score, _)| *score)?;
            shape.changed(&cells).into_iter().for_each(|at| pattern.hidden[at] = true);
            pattern.moves.push(cells);
        }
        Some(pattern)
    }

    /// What must hold so that each hidden cell can have each count from 1 to `minimum` - 1 while the other hidden cells have
    /// 1 and every withheld cell has `floor` or more, the least that its state allows.
    ///
    /// Of a withheld cell C that goes down with d hidden cells and up with u of them, C + (the d) - (the u) stays the same
    /// in all moves. Where it is floor + d - u + minimum - 2 or more, C stays at floor or above. One more than that is asked
    /// for: then "does not hold" fits each count of each hidden cell, too, for C = floor.
    pub fn rooms(&self, shape: Shape, minimum: u64, floor: u64) -> Vec<Room> {
        let mut withheld: BTreeMap<usize, Vec<(usize, bool)>> = BTreeMap::new();
        for cells in &self.moves {
            let place = |(row, column): (usize, usize)| row * shape.columns + column;
            for (number, &cell) in cells.iter().enumerate().skip(1) {
                withheld.entry(place(cell)).or_default().push((place(cells[0]), number == 3));
            }
        }
        let room = |(cell, hidden): (usize, Vec<(usize, bool)>)| {
            let ups = hidden.iter().filter(|(_, up)| *up).count() as i64;
            let downs = hidden.len() as i64 - ups;
            let reach = if downs > 0 { minimum as i64 - 1 } else { 0 };
            let terms = std::iter::once((cell, false)).chain(hidden).collect();
            Room { terms, least: floor as i64 + downs - ups + reach }
        };
        withheld.into_iter().map(room).collect()
    }
}

/// How many cells of each row and of each column are not of state [`State::Shown`]: where there are many, the others are likely to be
/// small, too, and without the room for a move.
fn scarcity(shape: Shape, states: &[State]) -> [Vec<usize>; 2] {
    let mut all = [vec![0; shape.rows], vec![0; shape.columns]];
    for at in (0..states.len()).filter(|&at| states[at] != State::Shown) {
        all[0][at / shape.columns] += 1;
        all[1][at % shape.columns] += 1;
    }
    all
}

/// All moves of a hidden cell, those that hide fewest figures at their best first.
fn moves(
    shape: Shape,
    (row, column): (usize, usize),
    open: impl Fn(usize, usize) -> bool,
    known: bool,
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
    if known {
        let others = (0..shape.rows).flat_map(|other| (0..shape.columns).map(move |across| (other, across)));
        let others =
            others.filter(|&(other, across)| other != row && across != column && open(other, across));
        all.extend(others.map(|cell| vec![(row, column), cell]));
    } else {
        all.push(vec![(row, column)]);
    }
    all
}

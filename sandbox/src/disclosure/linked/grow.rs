//! Which classes span what all of them span.
//!
//! Taken in any order, equations fill up half-way: each column amounts to hundreds of others. Here what is spanned
//! grows from one class outwards: next is whichever class brings the fewest columns that were not met before. One
//! that brings none can only make what columns amount to shorter; one that brings one column says what that
//! amounts to in those few that are still free. In tables of which each group has many persons few ever are.

use super::field::Field;
use super::span::{Span, TooMuch, Work};

/// The sets that classes are in, one class after the other.
pub(crate) struct Rows {
    starts: Vec<u32>,
    sets: Vec<u32>,
}

impl Rows {
    /// Of these classes.
    pub(crate) fn of(classes: impl Iterator<Item = Vec<u32>>) -> Self {
        let (mut starts, mut sets) = (vec![0], Vec::new());
        for mut class in classes {
            sets.append(&mut class);
            starts.push(u32::try_from(sets.len()).expect("classes and sets are bounded"));
        }
        Rows { starts, sets }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn sets(&self, row: usize) -> &[u32] {
        &self.sets[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// For every set the classes in it, as rows of their own.
    fn turned(&self, columns: usize) -> Rows {
        let mut starts = vec![0u32; columns + 2];
        for set in &self.sets {
            starts[*set as usize + 2] += 1;
        }
        for c in 2..starts.len() {
            starts[c] += starts[c - 1];
        }
        let mut sets = vec![0; starts[columns + 1] as usize];
        for row in 0..self.len() {
            for set in self.sets(row) {
                let place = &mut starts[*set as usize + 1];
                sets[*place as usize] = row as u32;
                *place += 1;
            }
        }
        starts.pop();
        Rows { starts, sets }
    }
}

/// In which order rows are best taken, whichever of them are.
pub(crate) fn order(rows: &Rows, columns: usize, work: &mut Work) -> Result<Vec<u32>, TooMuch> {
    let mut order = Order::new(rows, columns);
    work.spend(order.turned.sets.len() / 8)?;
    let mut all = Vec::with_capacity(rows.len());
    while let Some(row) = order.next() {
        all.push(row);
    }
    Ok(all)
}

/// Takes rows of these, in this order, so that `span` has them all, or `best` dimensions: which were taken.
pub(crate) fn spanning(
    span: &mut Span,
    rows: &Rows,
    order: impl Iterator<Item = u32>,
    best: u32,
    field: Field,
    work: &mut Work,
) -> Result<Vec<usize>, TooMuch> {
    let (values, met) = (span.functional(0), vec![false; span.columns()]);
    let mut growth = Growth { rows, field, values, met, drawn: 0, missed: 0 };
    let mut taken = Vec::new();
    for row in order.map(|row| row as usize) {
        if growth.takes(span, row, work)? {
            taken.push(row);
            if span.rank() == best {
                break;
            }
        }
    }
    Ok(taken)
}

/// What a row brings when it was given out.
const GONE: u32 = u32::MAX;

/// In which order rows are given out.
struct Order<'a> {
    rows: &'a Rows,
    turned: Rows,
    /// How many columns each row brings that were not met.
    brings: Vec<u32>,
    /// Rows by that number; one may have come to stand in another queue since.
    queues: Vec<Vec<u32>>,
    /// Of each column the rows that bring it and one other.
    pairs: Vec<u32>,
    met: Vec<bool>,
}

impl<'a> Order<'a> {
    fn new(rows: &'a Rows, columns: usize) -> Self {
        let brings: Vec<u32> = (0..rows.len()).map(|r| rows.sets(r).len() as u32).collect();
        let most = brings.iter().max().map_or(0, |m| *m as usize);
        let mut queues: Vec<Vec<u32>> = vec![Vec::new(); most + 1];
        let mut pairs = vec![0; columns];
        for (row, brings) in brings.iter().enumerate() {
            queues[*brings as usize].push(row as u32);
            if *brings == 2 {
                rows.sets(row).iter().for_each(|c| pairs[*c as usize] += 1);
            }
        }
        Order { turned: rows.turned(columns), rows, brings, queues, pairs, met: vec![false; columns] }
    }

    /// The next row.
    fn next(&mut self) -> Option<u32> {
        loop {
            let queue = (0..self.queues.len()).find(|q| !self.queues[*q].is_empty())?;
            let row = *self.queues[queue].last().expect("not empty") as usize;
            if self.brings[row] as usize != queue {
                self.queues[queue].pop();
                continue;
            }
            if queue == 2 {
                // No row brings fewer: a column is met that most rows then bring one beside.
                let column = (0..self.pairs.len()).max_by_key(|c| (self.pairs[*c], std::cmp::Reverse(*c)));
                self.meet(column.expect("rows have columns") as u32);
                continue;
            }
            self.queues[queue].pop();
            self.brings[row] = GONE;
            for i in 0..self.rows.sets(row).len() {
                self.meet(self.rows.sets(row)[i]);
            }
            return Some(row as u32);
        }
    }

    fn meet(&mut self, column: u32) {
        if std::mem::replace(&mut self.met[column as usize], true) {
            return;
        }
        self.pairs[column as usize] = 0;
        for row in self.turned.sets(column as usize) {
            let brings = &mut self.brings[*row as usize];
            if *brings == GONE {
                continue;
            }
            *brings -= 1;
            self.queues[*brings as usize].push(*row);
            if let now @ (1 | 2) = *brings {
                for c in self.rows.sets(*row as usize).iter().filter(|c| !self.met[**c as usize]) {
                    let pairs = &mut self.pairs[*c as usize];
                    *pairs = if now == 2 { *pairs + 1 } else { *pairs - 1 };
                }
            }
        }
    }
}

/// What grows.
struct Growth<'a> {
    rows: &'a Rows,
    field: Field,
    /// A functional that is nought on what was spanned when it was drawn, and on what brought columns since.
    values: Vec<u64>,
    /// The columns of the rows that were looked at.
    met: Vec<bool>,
    drawn: u64,
    /// How many rows turned out to be spanned although the functional did not say so.
    missed: u32,
}

impl Growth<'_> {
    /// Whether the row is new to the span, which has it then.
    fn takes(&mut self, span: &mut Span, row: usize, work: &mut Work) -> Result<bool, TooMuch> {
        let sets = self.rows.sets(row);
        let sum = sets.iter().fold(0, |sum, set| self.field.add(sum, self.values[*set as usize]));
        if sum == 0 {
            return Ok(false);
        }
        let row: Vec<(u32, u64)> = sets.iter().map(|set| (*set, self.field.one())).collect();
        let resolved = span.resolve(&row, work)?;
        if resolved.is_empty() {
            self.missed += 1;
            if self.missed > 64 {
                self.missed = 0;
                self.drawn += 1;
                self.values = span.functional(self.drawn);
                work.spend(self.values.len())?;
            }
            return Ok(false);
        }
        let (pivot, amounts) = span.contract(&resolved);
        let new = !self.met[pivot as usize];
        sets.iter().for_each(|set| self.met[*set as usize] = true);
        if new {
            // A column that was not met before gets the value that it amounts to.
            let terms = amounts.iter().map(|(c, k)| self.field.mul(self.values[*c as usize], *k));
            self.values[pivot as usize] = terms.fold(0, |a, b| self.field.add(a, b));
        }
        Ok(true)
    }
}

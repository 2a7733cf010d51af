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
    fn turned(&self, columns: usize, of: &[bool]) -> Rows {
        let mut starts = vec![0u32; columns + 2];
        let rows = || (0..self.len()).filter(|r| of[*r]);
        for set in rows().flat_map(|r| self.sets(r)) {
            starts[*set as usize + 2] += 1;
        }
        for c in 2..starts.len() {
            starts[c] += starts[c - 1];
        }
        let mut sets = vec![0; starts[columns + 1] as usize];
        for row in rows() {
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

/// What grows.
struct Growth<'a> {
    rows: &'a Rows,
    field: Field,
    /// A functional that is nought on what was spanned when it was drawn, and on what brought columns since.
    values: Vec<u64>,
    drawn: u64,
    /// How many rows turned out to be spanned although the functional did not say so.
    missed: u32,
}

/// Takes rows of those in `of` so that `span` has them all, or `best` dimensions: which were taken.
pub(crate) fn spanning(
    span: &mut Span,
    rows: &Rows,
    of: &[bool],
    best: u32,
    field: Field,
    work: &mut Work,
) -> Result<Vec<usize>, TooMuch> {
    let turned = rows.turned(span.columns(), of);
    let mut growth = Growth { rows, field, values: span.functional(0), drawn: 0, missed: 0 };
    work.spend(turned.sets.len() / 8)?;
    // By how many columns each brings.
    let mut brings: Vec<usize> = (0..rows.len()).map(|r| rows.sets(r).len()).collect();
    let mut queues: Vec<Vec<u32>> = vec![Vec::new(); brings.iter().max().map_or(0, |m| m + 1)];
    for row in (0..rows.len()).rev().filter(|r| of[*r]) {
        queues[brings[row]].push(row as u32);
    }
    let mut met = vec![false; span.columns()];
    let mut taken = Vec::new();
    while let Some(queue) = (0..queues.len()).find(|q| !queues[*q].is_empty()) {
        let row = queues[queue].pop().expect("not empty") as usize;
        // It may have come to stand in another queue since.
        if brings[row] != queue {
            continue;
        }
        brings[row] = usize::MAX;
        for set in rows.sets(row) {
            if std::mem::replace(&mut met[*set as usize], true) {
                continue;
            }
            for other in turned.sets(*set as usize) {
                let brings = &mut brings[*other as usize];
                if *brings != usize::MAX {
                    *brings -= 1;
                    queues[*brings].push(*other);
                }
            }
        }
        if growth.takes(span, row, queue == 0, work)? {
            taken.push(row);
            if span.rank() == best {
                break;
            }
        }
    }
    Ok(taken)
}

impl Growth<'_> {
    /// Whether the row is new to the span, which has it then.
    fn takes(&mut self, span: &mut Span, row: usize, old: bool, work: &mut Work) -> Result<bool, TooMuch> {
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
        if !old {
            // A column that was not met before gets the value that it amounts to.
            let terms = amounts.iter().map(|(c, k)| self.field.mul(self.values[*c as usize], *k));
            self.values[pivot as usize] = terms.fold(0, |a, b| self.field.add(a, b));
        }
        Ok(true)
    }
}

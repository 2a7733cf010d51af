//! A subspace, and vectors modulo it.
//!
//! Vectors are sparse, over columns of which there is one a released set. The subspace is kept as one equation a
//! pivot: what its column amounts to in other columns. Equations are brought up to date only when they are looked
//! at (as paths are in union-find), since between two tables they have one term each.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::field::Field;

/// A sparse vector: columns rising, with values that are not nought.
pub(crate) type Row = Vec<(u32, u64)>;

/// More work than is done for one answer.
#[derive(Debug)]
pub(crate) struct TooMuch;

/// How much work is left, in terms looked at.
#[derive(Debug)]
pub(crate) struct Work(pub(crate) u64);

impl Work {
    pub(crate) fn spend(&mut self, terms: usize) -> Result<(), TooMuch> {
        self.0 = self.0.checked_sub(terms as u64 + 1).ok_or(TooMuch)?;
        Ok(())
    }
}

/// A subspace of vectors.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    field: Field,
    /// Of every pivot what it amounts to, as far as it was known at `seen`.
    amounts: Vec<Option<Row>>,
    /// When it became a pivot.
    since: Vec<u32>,
    /// When its equation was last brought up to date.
    seen: Vec<u32>,
    /// In how many equations a column stands.
    stands: Vec<u32>,
    /// The pivots, the oldest first.
    pivots: Vec<u32>,
    /// Scratch: a dense vector of noughts.
    dense: Vec<u64>,
}

impl Span {
    /// The subspace of nothing but nought.
    pub(crate) fn new(field: Field, columns: usize) -> Self {
        Span {
            field,
            amounts: vec![None; columns],
            since: vec![0; columns],
            seen: vec![0; columns],
            stands: vec![0; columns],
            pivots: Vec::new(),
            dense: vec![0; columns],
        }
    }

    /// How many columns there are.
    pub(crate) fn columns(&self) -> usize {
        self.amounts.len()
    }

    /// Its dimension.
    pub(crate) fn rank(&self) -> u32 {
        u32::try_from(self.pivots.len()).expect("no more than columns")
    }

    /// Of every column the value of a random functional that is nought on the subspace: a vector whose value is
    /// nought is in it, but for one chance in 2^60.
    pub(crate) fn functional(&self, number: u64) -> Vec<u64> {
        let start = number.wrapping_mul(self.amounts.len() as u64);
        let mut values: Vec<u64> =
            (0..self.amounts.len() as u64).map(|c| self.field.random(start.wrapping_add(c))).collect();
        // What an equation is made of became a pivot later, or none.
        for pivot in self.pivots.iter().rev() {
            let amounts = self.amounts[*pivot as usize].as_ref().expect("a pivot");
            let terms = amounts.iter().map(|(c, k)| self.field.mul(values[*c as usize], *k));
            values[*pivot as usize] = terms.fold(0, |a, b| self.field.add(a, b));
        }
        values
    }

    /// The vector modulo the subspace: in columns that are no pivots.
    pub(crate) fn resolve(&mut self, row: &[(u32, u64)], work: &mut Work) -> Result<Row, TooMuch> {
        for (column, _) in row {
            self.update(*column, work)?;
        }
        self.substitute(row, work)
    }

    /// Brings a pivot's equation up to date.
    fn update(&mut self, column: u32, work: &mut Work) -> Result<(), TooMuch> {
        let c = column as usize;
        if self.amounts[c].is_none() || self.seen[c] == self.rank() {
            return Ok(());
        }
        self.seen[c] = self.rank();
        let row = self.amounts[c].as_ref().expect("looked at above");
        work.spend(row.len())?;
        if row.iter().any(|(d, _)| self.amounts[*d as usize].is_some()) {
            let row = self.amounts[c].take().expect("looked at above");
            let new = self.substitute(&row, work);
            let new = new?;
            self.stand(&new);
            self.amounts[c] = Some(new);
        }
        Ok(())
    }

    fn stand(&mut self, row: &Row) {
        for (d, _) in row {
            self.stands[*d as usize] += 1;
        }
    }

    /// Replaces pivots by what they amount to, the oldest first: what an equation is made of was no pivot when it
    /// was written, so that none comes twice.
    fn substitute(&mut self, row: &[(u32, u64)], work: &mut Work) -> Result<Row, TooMuch> {
        let mut touched: Vec<u32> = Vec::with_capacity(row.len());
        let mut pivots = BinaryHeap::new();
        let mut spent = work.spend(row.len());
        for (column, value) in row {
            self.put(*column, *value, &mut touched, &mut pivots);
        }
        while let Some(Reverse((_, column))) = pivots.pop() {
            let value = std::mem::take(&mut self.dense[column as usize]);
            if value == 0 || spent.is_err() {
                continue;
            }
            let amounts = self.amounts[column as usize].take().expect("only pivots are put there");
            spent = work.spend(amounts.len());
            for (d, k) in &amounts {
                let more = self.field.mul(value, *k);
                self.put(*d, more, &mut touched, &mut pivots);
            }
            self.amounts[column as usize] = Some(amounts);
        }
        touched.sort_unstable();
        touched.dedup();
        let mut out = Row::with_capacity(touched.len());
        for column in touched {
            let value = std::mem::take(&mut self.dense[column as usize]);
            if value != 0 {
                out.push((column, value));
            }
        }
        spent.map(|()| out)
    }

    fn put(
        &mut self,
        column: u32,
        value: u64,
        touched: &mut Vec<u32>,
        pivots: &mut BinaryHeap<Reverse<(u32, u32)>>,
    ) {
        let c = column as usize;
        let before = self.dense[c];
        self.dense[c] = self.field.add(before, value);
        if before != 0 {
            return;
        }
        if self.amounts[c].is_some() {
            pivots.push(Reverse((self.since[c], column)));
        } else {
            touched.push(column);
        }
    }

    /// Takes in a vector that was resolved and is not nought: its pivot, and what that amounts to.
    pub(crate) fn contract(&mut self, row: &Row) -> (u32, &Row) {
        let pivot = row.iter().min_by_key(|(c, _)| (self.stands[*c as usize], *c)).expect("not nought").0;
        let value = row.iter().find(|(c, _)| *c == pivot).expect("chosen from it").1;
        let by = self.field.neg(self.field.inverse(value));
        let others = row.iter().filter(|(c, _)| *c != pivot);
        let amounts: Row = others.map(|(c, k)| (*c, self.field.mul(*k, by))).collect();
        self.stand(&amounts);
        self.pivots.push(pivot);
        let p = pivot as usize;
        self.since[p] = self.rank();
        self.seen[p] = self.rank();
        (pivot, self.amounts[p].insert(amounts))
    }

    /// The vector divided by its first value: the same for all its multiples.
    pub(crate) fn normal(&self, row: &Row) -> Row {
        let Some((_, first)) = row.first() else { return Row::new() };
        let by = self.field.inverse(*first);
        row.iter().map(|(c, k)| (*c, self.field.mul(*k, by))).collect()
    }
}

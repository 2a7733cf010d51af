//! Who can be singled out: an exact search among what is left.
//!
//! Each class is either among the few or orthogonal to the combination. The largest is decided first; what would
//! make the few too many must be orthogonal. The search ends when all are decided, or when its work is spent.

use std::collections::BTreeMap;

use super::field::Field;
use super::robust::{Live, merged, union};
use super::span::{Row, Span, TooMuch, Work};

/// A part of the live classes, in columns of its own numbering.
pub(crate) struct Search<'a> {
    least: usize,
    /// The columns' numbers outside.
    columns: Vec<u32>,
    /// What the new sets' own columns are modulo the subspace: only combinations that one has a share in count.
    new: &'a [Row],
    work: &'a mut Work,
}

impl<'a> Search<'a> {
    /// Which of the new sets have a share in some combination that says something of fewer than `least` persons:
    /// nothing if there is none.
    pub(crate) fn run(
        part: &[Live],
        new: &'a [Row],
        least: usize,
        field: Field,
        work: &'a mut Work,
    ) -> Result<Option<Vec<usize>>, TooMuch> {
        let mut columns: Vec<u32> = part.iter().flat_map(|l| l.row.iter().map(|(c, _)| *c)).collect();
        columns.sort_unstable();
        columns.dedup();
        let mut search = Search { least, columns, new, work };
        let classes =
            part.iter().map(|l| Live { row: search.local(&l.row), owners: l.owners.clone() }).collect();
        let span = Span::new(field, search.columns.len());
        search.descend(span, classes, Vec::new())
    }

    /// A vector in the columns of this part.
    fn local(&self, row: &Row) -> Row {
        let place = |c: &u32| self.columns.binary_search(c).ok().and_then(|i| u32::try_from(i).ok());
        row.iter().filter_map(|(c, k)| place(c).map(|i| (i, *k))).collect()
    }

    fn descend(
        &mut self,
        mut span: Span,
        mut open: Vec<Live>,
        few: Vec<Live>,
    ) -> Result<Option<Vec<usize>>, TooMuch> {
        let taken = few.iter().fold(Vec::new(), |all, l| union(&all, &l.owners));
        loop {
            self.work.spend(open.len() + few.len())?;
            let (left, mut out) = merged(&mut span, open, self.least, self.work)?;
            let (left, more): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|l| union(&taken, &l.owners).len() < self.least);
            open = left;
            out.extend(more.into_iter().map(|l| l.row));
            if out.is_empty() {
                break;
            }
            for row in &out {
                let row = span.resolve(row, self.work)?;
                if !row.is_empty() {
                    span.contract(&row);
                }
            }
        }
        let (few, _) = merged(&mut span, few, usize::MAX, self.work)?;
        if open.is_empty() && few.is_empty() {
            return Ok(None);
        }
        let all = open.iter().fold(taken, |all, l| union(&all, &l.owners));
        if all.len() < self.least {
            return self.blame(&mut span, open.iter().chain(&few));
        }
        let largest = (0..open.len()).max_by_key(|i| open[*i].owners.len()).expect("else `all` are few");
        let class = open.swap_remove(largest);
        let mut without = span.clone();
        without.contract(&class.row);
        if let Some(found) = self.descend(without, open.clone(), few.clone())? {
            return Ok(Some(found));
        }
        let mut few = few;
        few.push(class);
        self.descend(span, open, few)
    }

    /// The new sets in a combination that sees nobody but these.
    fn blame<'l>(
        &mut self,
        span: &mut Span,
        few: impl Iterator<Item = &'l Live>,
    ) -> Result<Option<Vec<usize>>, TooMuch> {
        let seen: BTreeMap<u32, ()> = few.flat_map(|l| l.row.iter().map(|(c, _)| (*c, ()))).collect();
        let mut shares: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (i, row) in self.new.iter().enumerate() {
            for (column, _) in span.resolve(&self.local(row), self.work)? {
                shares.entry(column).or_default().push(i);
            }
        }
        // A combination for every column that is seen: the fewest sets in it are to blame.
        let found = seen.keys().filter_map(|column| shares.remove(column));
        Ok(found.min_by_key(Vec::len))
    }
}

//! Rows as a program is given them: whole numbers, column after column.

use std::sync::Arc;

/// The value of what is missing, in and out of a program.
pub const MISSING: i64 = i64::MIN;

/// Rows of some persons, none of whom has rows elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// All values of the first column, then of the second, and so on.
    values: Arc<[i64]>,
    /// Where each person's rows begin, and where the last one's end.
    starts: Vec<u32>,
}

impl Rows {
    /// Rows of persons who begin where `persons` changes; nothing where columns are not equally long.
    #[must_use]
    pub fn of(persons: &[i64], columns: &[&[i64]]) -> Option<Self> {
        let count = u32::try_from(persons.len()).ok()?;
        if columns.iter().any(|column| column.len() != persons.len()) {
            return None;
        }
        let mut starts = vec![0];
        let changes = persons.windows(2).zip(1..).filter(|(two, _)| two[0] != two[1]);
        starts.extend(changes.map(|(_, at): (_, u32)| at));
        if count > 0 {
            starts.push(count);
        }
        Some(Self { values: columns.concat().into(), starts })
    }

    /// How many rows there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.last().map_or(0, |end| *end as usize)
    }

    /// How many persons they are of.
    #[must_use]
    pub fn persons(&self) -> usize {
        self.starts.len() - 1
    }

    /// All values, column after column.
    #[must_use]
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// Where the rows of a person begin and end.
    pub(super) fn of_person(&self, person: usize) -> (usize, usize) {
        (self.starts[person] as usize, self.starts[person + 1] as usize)
    }

    /// The rows of some persons that follow each other.
    pub(super) fn slice(&self, from: usize, to: usize) -> Self {
        let (begin, end) = (self.starts[from], self.starts[to]);
        let (first, last) = (begin as usize, end as usize);
        let all = self.count();
        let columns = self.values.len().checked_div(all).unwrap_or(0);
        let parts = (0..columns).flat_map(|at| &self.values[at * all + first..at * all + last]);
        Self {
            values: parts.copied().collect(),
            starts: self.starts[from..=to].iter().map(|start| start - begin).collect(),
        }
    }

    pub(super) fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// The value of a row, by its number among all, in a column.
    pub(super) fn value(&self, row: usize, column: usize) -> Option<i64> {
        let all = self.count();
        if row >= all {
            return None;
        }
        self.values.get(column.checked_mul(all)?.checked_add(row)?).copied()
    }
}

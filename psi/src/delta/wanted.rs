//! What one side wants of an update: changes, or all entries as they are to be.

use super::base::Base;
use crate::{Entry, PsiError};

/// What becomes of a side's own entries.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// `deleted` are taken out, then `inserted` are put in. Entries that are there already, or that are not
    /// there, are passed over: an update can be repeated.
    Changes {
        /// Entries to put in.
        inserted: &'a [Entry],
        /// Entries to take out.
        deleted: &'a [Entry],
    },
    /// All own entries as they are to be: what changes is found in the base, once both sides stand on the
    /// same one. It costs a pass over the own table.
    Whole(&'a [Entry]),
}

impl<'a> From<(&'a [Entry], &'a [Entry])> for Wanted<'a> {
    fn from((inserted, deleted): (&'a [Entry], &'a [Entry])) -> Self {
        Self::Changes { inserted, deleted }
    }
}

impl<'a, const N: usize, const M: usize> From<(&'a [Entry; N], &'a [Entry; M])> for Wanted<'a> {
    fn from((inserted, deleted): (&'a [Entry; N], &'a [Entry; M])) -> Self {
        Self::Changes { inserted, deleted }
    }
}

impl<'a> From<(&'a Vec<Entry>, &'a Vec<Entry>)> for Wanted<'a> {
    fn from((inserted, deleted): (&'a Vec<Entry>, &'a Vec<Entry>)) -> Self {
        Self::Changes { inserted, deleted }
    }
}

fn sorted(entries: &[Entry], sections: usize) -> Result<Vec<Entry>, PsiError> {
    if let Some(entry) = entries.iter().find(|entry| usize::from(entry.section) >= sections) {
        return Err(PsiError::UnknownSection { section: entry.section, sections });
    }
    let mut entries = entries.to_vec();
    entries.sort_unstable();
    entries.dedup();
    Ok(entries)
}

/// The first of two ascending sequences without the second.
fn without(entries: &[Entry], others: &[Entry]) -> Vec<Entry> {
    let mut others = others.iter().peekable();
    let kept = entries.iter().filter(|entry| {
        while others.next_if(|other| other < entry).is_some() {}
        others.peek() != Some(entry)
    });
    kept.copied().collect()
}

impl Wanted<'_> {
    /// Entries to put in, and entries to take out that are not put in again, both ascending.
    pub(super) fn net(&self, base: &mut Base, sections: usize) -> Result<(Vec<Entry>, Vec<Entry>), PsiError> {
        match self {
            Self::Changes { inserted, deleted } => {
                let (inserted, deleted) = (sorted(inserted, sections)?, sorted(deleted, sections)?);
                let gone = without(&deleted, &inserted);
                Ok((inserted, gone))
            }
            Self::Whole(entries) => {
                let (wanted, there) = (sorted(entries, sections)?, base.entries()?);
                Ok((without(&wanted, &there), without(&there, &wanted)))
            }
        }
    }
}

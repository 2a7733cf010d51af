//! Rows in the order of their values, in blocks that are the same for every quantile.
//!
//! *What is tried.* A search for the place at which one answer follows another counts the rows before it. Were each place shown by
//! rows around it, the answers would change with every value, and a value that three persons have would be seen for three places.
//! So the blocks do not depend on the place: answers change from block to block only, and all that a search finds is how many
//! are in a block, which is no few, and below it and above it, which is judged as counts are.
//!
//! Who has a value that enough persons have is a block. Between those, values are taken from below until they are of more
//! than [`FEW`] (of fewer a mean would say who has which) and of enough persons beside those of the least value, and beside those
//! of the greatest, as every mean is; what is left over is the last block's. Where there is too little between two values
//! of many, or beyond the last of them, nothing stands for it.

use super::Valued;
use crate::disclosure::FEW;
use roaring::RoaringBitmap;
use std::ops::Range;

/// Rows that one answer stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) rows: Range<usize>,
    pub(super) kind: Kind,
}

/// What is shown of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The value that all of it have.
    Level,
    /// The mean.
    Mean,
    /// Nothing: it is too little.
    Little,
}

/// The block of the row at this place; rows are in the order of values.
pub(super) fn around(rows: &[Valued], at: usize, least: u64) -> Block {
    let mut last: Option<Range<usize>> = None;
    let mut open = Open::from(0);
    for class in rows.chunk_by(|a, b| a.value == b.value) {
        let persons = class.chunk_by(|a, b| a.person == b.person).count() as u64;
        if persons >= least {
            let level = open.rows.end..open.rows.end + class.len();
            if at < level.start {
                break;
            }
            if at < level.end {
                return Block { rows: level, kind: Kind::Level };
            }
            (last, open) = (None, Open::from(level.end));
            continue;
        }
        open.add(class);
        if open.values > FEW && open.apart >= least {
            // One is whole once another follows.
            if let Some(rows) = last.take().filter(|last| last.contains(&at)) {
                return Block { rows, kind: Kind::Mean };
            }
            let next = Open::from(open.rows.end);
            last = Some(std::mem::replace(&mut open, next).rows);
        }
    }
    match last {
        Some(last) => Block { rows: last.start..open.rows.end, kind: Kind::Mean },
        None => Block { rows: open.rows, kind: Kind::Little },
    }
}

/// A block while values are taken into it.
struct Open {
    rows: Range<usize>,
    values: usize,
    /// Whoever has one of its values.
    persons: RoaringBitmap,
    /// Whoever has one above the least.
    above: RoaringBitmap,
    /// Persons beside those of the least value, and beside those of the greatest, whichever are fewer.
    apart: u64,
}

impl Open {
    fn from(start: usize) -> Self {
        let (persons, above) = (RoaringBitmap::new(), RoaringBitmap::new());
        Self { rows: start..start, values: 0, persons, above, apart: 0 }
    }

    fn add(&mut self, class: &[Valued]) {
        let below = self.persons.len();
        for row in class {
            self.persons.insert(row.person);
            if self.values > 0 {
                self.above.insert(row.person);
            }
        }
        self.values += 1;
        self.rows.end += class.len();
        self.apart = below.min(self.above.len());
    }
}

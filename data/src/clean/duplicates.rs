//! Duplicates: rule R12. The same row twice is one thing, the same key with different contents another.
//!
//! Rows are remembered by hashes: 24 bytes a row, beside the vector's room to grow (at most twice that), whatever the
//! rows hold. The key has 88 bits, the contents 64, keyed with a seed. Of ten million keys, two different ones are
//! taken for one with probability below 2^−42. The hash is quick, not cryptographic: a seed that the writer of the
//! file does not know keeps collisions from being made on purpose.

use super::CleanBatch;
use crate::DataError;
use arrow_array::{Array, StringArray};
use foldhash::quality::FixedState;
use serde::Serialize;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};

/// Looks for duplicates over the batches of one or several files.
pub struct Duplicates {
    keys: Vec<usize>,
    columns: usize,
    high: FixedState,
    low: FixedState,
    contents: FixedState,
    file: u8,
    entries: Vec<Entry>,
    without_key: u64,
}

/// 24 bytes: 88 bits of key, 64 of contents, 8 of file, 32 of row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    high: u64,
    contents: u64,
    low_and_file: u32,
    row: u32,
}

const _: () = assert!(size_of::<Entry>() == 24, "the module's text says 24 bytes a row");

impl Entry {
    fn key(&self) -> (u64, u32) {
        (self.high, self.low_and_file >> 8)
    }

    fn place(&self) -> Place {
        Place { file: (self.low_and_file & 255) as u8, row: self.row }
    }
}

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The number of the file, from 0 in the order given.
    pub file: u8,
    /// The row number in it.
    pub row: u32,
}

/// Rows that belong together, in the order of the files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Group {
    /// Two or more rows.
    pub rows: Vec<Place>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DuplicateReport {
    /// Rows that have a key.
    pub rows: u64,
    /// Rows without one, which are not compared.
    pub without_key: u64,
    /// Different keys.
    pub keys: u64,
    /// How many keys stand in so many rows: `{1: 990, 2: 5}`.
    pub multiplicities: BTreeMap<u32, u64>,
    /// Rows that are equal in every column.
    pub same_row: Vec<Group>,
    /// Rows of one key whose contents are not all equal. (Three rows of a key of which two are equal are one group here
    /// and two of them one group of `same_row`.)
    pub same_key: Vec<Group>,
}

impl Duplicates {
    /// `key_columns` are names of columns of the cleaned batches, `columns` all their names in order. `None` if one is
    /// not among them, or no key is given.
    pub fn new(columns: &[&str], key_columns: &[&str], seed: [u64; 2]) -> Option<Self> {
        let keys: Option<Vec<usize>> =
            key_columns.iter().map(|key| columns.iter().position(|name| name == key)).collect();
        Some(Self {
            keys: keys.filter(|keys| !keys.is_empty())?,
            columns: columns.len(),
            high: FixedState::with_seed(seed[0]),
            low: FixedState::with_seed(seed[1]),
            contents: FixedState::with_seed(seed[0] ^ seed[1].rotate_left(32)),
            file: 0,
            entries: Vec::new(),
            without_key: 0,
        })
    }

    /// Rows added from now on are of the next file. False, and nothing happens, after 256 files.
    pub fn next_file(&mut self) -> bool {
        match self.file.checked_add(1) {
            Some(file) => {
                self.file = file;
                true
            }
            None => false,
        }
    }

    /// Adds the rows of a batch. A row with a null in its key is counted and left out.
    ///
    /// # Errors
    /// [`DataError::BatchShape`] if the batch has other columns, or a row number is beyond 2^32.
    pub fn add(&mut self, batch: &CleanBatch) -> Result<(), DataError> {
        let shape = || DataError::BatchShape { expected: self.columns, found: batch.batch.num_columns() };
        let text = |column: &arrow_array::ArrayRef| column.as_any().downcast_ref::<StringArray>().cloned();
        let columns: Option<Vec<StringArray>> = batch.batch.columns().iter().map(text).collect();
        let columns = columns.filter(|columns| columns.len() == self.columns).ok_or_else(shape)?;
        self.entries.reserve(batch.row_numbers.len());
        for (at, &row) in batch.row_numbers.iter().enumerate() {
            if self.keys.iter().any(|&key| columns[key].is_null(at)) {
                self.without_key += 1;
                continue;
            }
            let keys = || self.keys.iter().map(|&key| &columns[key]);
            let low = hash(&self.low, keys(), at) as u32 & 0x00ff_ffff;
            let entry = Entry {
                high: hash(&self.high, keys(), at),
                contents: hash(&self.contents, columns.iter(), at),
                low_and_file: (low << 8) | u32::from(self.file),
                row: u32::try_from(row).map_err(|_| shape())?,
            };
            self.entries.push(entry);
        }
        Ok(())
    }

    /// Sorts what was added and tells the duplicates, groups in the order of their first rows.
    pub fn finish(mut self) -> DuplicateReport {
        self.entries.sort_unstable_by_key(|entry| (entry.key(), entry.contents, entry.place()));
        let mut report = DuplicateReport {
            rows: self.entries.len() as u64,
            without_key: self.without_key,
            ..DuplicateReport::default()
        };
        for of_key in self.entries.chunk_by(|a, b| a.key() == b.key()) {
            report.keys += 1;
            *report.multiplicities.entry(of_key.len() as u32).or_default() += 1;
            let mut kinds = 0;
            for equal in of_key.chunk_by(|a, b| a.contents == b.contents) {
                kinds += 1;
                if equal.len() > 1 {
                    report.same_row.push(group(equal));
                }
            }
            if kinds > 1 {
                report.same_key.push(group(of_key));
            }
        }
        report.same_row.sort();
        report.same_key.sort();
        report
    }
}

fn group(entries: &[Entry]) -> Group {
    let mut rows: Vec<Place> = entries.iter().map(Entry::place).collect();
    rows.sort_unstable();
    Group { rows }
}

fn hash<'a>(state: &FixedState, columns: impl Iterator<Item = &'a StringArray>, at: usize) -> u64 {
    let mut hasher = state.build_hasher();
    for column in columns {
        if column.is_null(at) {
            hasher.write_u8(0);
        } else {
            let value = column.value(at).as_bytes();
            hasher.write_u8(1);
            hasher.write_usize(value.len());
            hasher.write(value);
        }
    }
    hasher.finish()
}

//! A table of keys: cleaned as it is read, or a set that was prepared ([`yinshu_data::prepared`]).

use super::CleanTable;
use yinshu_data::clean::{CleanBatch, CleanReport};
use yinshu_data::prepared::{Prepared, is_prepared};
use yinshu_data::table::TableSpec;
use yinshu_data::{DataError, RawBatch, Source};

/// Where the keys of an intersection come from.
pub enum KeyTable {
    /// A table as it stands.
    Table(Box<CleanTable>),
    /// A set that was cleaned before, by the same rules.
    Prepared(Box<Prepared>),
}

impl KeyTable {
    /// Opens `source`: a prepared set of `column`, or a table in which the columns of `spec` are found.
    pub fn open(source: &Source, spec: &TableSpec, column: &str) -> Result<Self, DataError> {
        match source.path.as_ref().filter(|path| is_prepared(path)) {
            Some(folder) => Ok(Self::Prepared(Box::new(Prepared::open(folder, spec, column)?))),
            None => Ok(Self::Table(Box::new(CleanTable::open(source, spec)?))),
        }
    }

    /// The next cleaned rows; none at the end.
    pub fn next_batch(&mut self) -> Result<Option<CleanBatch>, DataError> {
        match self {
            Self::Table(table) => table.next_batch(),
            Self::Prepared(prepared) => prepared.next_batch(),
        }
    }

    /// The next rows as they stand in the source, and cleaned; none at the end.
    pub fn next_both(&mut self) -> Result<Option<(RawBatch, CleanBatch)>, DataError> {
        let prepared = match self {
            Self::Table(table) => return table.next_both(),
            Self::Prepared(prepared) => prepared,
        };
        let clean = prepared.next_batch()?;
        Ok(clean.map(|clean| {
            let (batch, row_numbers) = (clean.batch.clone(), clean.row_numbers.clone());
            (RawBatch { batch, row_numbers, ragged: Vec::new() }, clean)
        }))
    }

    /// The headers of the source.
    pub fn headers(&self) -> &[String] {
        match self {
            Self::Table(table) => table.headers(),
            Self::Prepared(prepared) => prepared.headers(),
        }
    }

    /// What was done so far; of a prepared set, what was done in all.
    pub fn report(&self) -> &CleanReport {
        match self {
            Self::Table(table) => table.report(),
            Self::Prepared(prepared) => &prepared.manifest().report,
        }
    }
}

//! Cleaned rows as the verification reads them, and what is computed of one row.

mod cleaned;

pub use cleaned::{cleaned, returned_file};

use crate::error::VerifyError;
use crate::terms::Terms;
use arrow_array::{Array, RecordBatch, StringArray};
use yinshu_crypto::hash::Digest;

/// A bounded run of cleaned rows: every column is text in canonical form, null where there is none.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The rows that could be kept.
    pub batch: RecordBatch,
    /// Physical record number of each kept row.
    pub row_numbers: Vec<u64>,
    /// Rows that could not be kept.
    pub rejected: Vec<Noted>,
    /// Kept rows with a defect, such as R11.
    pub flagged: Vec<Noted>,
}

/// A row that a cleaning rule refused or flagged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Physical record number.
    pub row: u64,
    /// Column, by its canonical name.
    pub column: String,
    /// Rule number, such as `R04`.
    pub rule: String,
    /// The value, masked.
    pub masked: String,
}

/// The digest of a cleaned row that an objection is tied to: SHA-256 under a domain over every
/// column's name and value, each preceded by its length, a null told apart from an empty text.
pub fn row_digest<'a>(cells: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Digest {
    let mut parts: Vec<&[u8]> = Vec::with_capacity(32);
    for (column, value) in cells {
        parts.push(column.as_bytes());
        push_value(&mut parts, value);
    }
    Digest::of_parts("yinshu/origin/row/1", &parts)
}

/// A value as two parts: a marker and the text. Nulls have a marker of their own.
pub(crate) fn push_value<'a>(parts: &mut Vec<&'a [u8]>, value: Option<&'a str>) {
    match value {
        Some(text) => parts.extend([&b"\x01"[..], text.as_bytes()]),
        None => parts.extend([&b"\x00"[..], &b""[..]]),
    }
}

/// The columns of one batch, found by name.
pub(crate) struct View<'a> {
    names: Vec<&'a str>,
    arrays: Vec<&'a StringArray>,
    rows: usize,
}

impl<'a> View<'a> {
    pub(crate) fn of(table: &str, rows: &'a Rows) -> Result<Self, VerifyError> {
        if rows.row_numbers.len() != rows.batch.num_rows() {
            return Err(VerifyError::RowNumbers {
                table: table.into(),
                rows: rows.batch.num_rows() as u64,
                numbers: rows.row_numbers.len() as u64,
            });
        }
        let schema = rows.batch.schema_ref();
        let mut view = Self { names: Vec::new(), arrays: Vec::new(), rows: rows.batch.num_rows() };
        for (field, array) in schema.fields().iter().zip(rows.batch.columns()) {
            let Some(text) = array.as_any().downcast_ref::<StringArray>() else {
                return Err(VerifyError::NotText { table: table.into(), column: field.name().clone() });
            };
            view.names.push(field.name());
            view.arrays.push(text);
        }
        Ok(view)
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Where a column is.
    pub(crate) fn find(&self, table: &str, column: &str) -> Result<usize, VerifyError> {
        self.names
            .iter()
            .position(|name| *name == column)
            .ok_or_else(|| VerifyError::NoColumn { table: table.into(), column: column.into() })
    }

    /// Where several columns are.
    pub(crate) fn find_all<'c>(
        &self,
        table: &str,
        columns: impl IntoIterator<Item = &'c String>,
    ) -> Result<Vec<usize>, VerifyError> {
        columns.into_iter().map(|column| self.find(table, column)).collect()
    }

    pub(crate) fn value(&self, row: usize, column: usize) -> Option<&'a str> {
        let array = self.arrays[column];
        array.is_valid(row).then(|| array.value(row))
    }

    pub(crate) fn cells(&self, row: usize) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        (0..self.names.len()).map(move |column| (self.names[column], self.value(row, column)))
    }

    /// The key as one text; none if any part is null. Of several columns the values are joined by
    /// `|`, and `\` and `|` within them are escaped, so that two keys are never one text.
    pub(crate) fn key(&self, row: usize, columns: &[usize], into: &mut String) -> bool {
        into.clear();
        for (i, &column) in columns.iter().enumerate() {
            let Some(value) = self.value(row, column).filter(|value| !value.is_empty()) else { return false };
            if columns.len() == 1 {
                into.push_str(value);
                return true;
            }
            if i > 0 {
                into.push('|');
            }
            for c in value.chars() {
                if matches!(c, '|' | '\\') {
                    into.push('\\');
                }
                into.push(c);
            }
        }
        true
    }
}

/// Where the columns that the terms speak of are in a batch of the returned or source table.
pub(crate) struct Places {
    pub(crate) key: Vec<usize>,
    pub(crate) division: usize,
    pub(crate) birth: Option<usize>,
    pub(crate) update_time: Option<usize>,
    pub(crate) private: Vec<usize>,
    pub(crate) compared: Vec<usize>,
}

impl Places {
    /// In the returned table.
    pub(crate) fn of(table: &str, view: &View<'_>, terms: &Terms) -> Result<Self, VerifyError> {
        let one = |column: &Option<String>| column.as_ref().map(|c| view.find(table, c)).transpose();
        Ok(Self {
            birth: one(&terms.birth)?,
            update_time: one(&terms.update_time)?,
            compared: view.find_all(table, terms.local.fields.keys())?,
            ..Self::of_source(table, view, terms)?
        })
    }

    /// In the source table: what is matched, and nothing else.
    pub(crate) fn of_source(table: &str, view: &View<'_>, terms: &Terms) -> Result<Self, VerifyError> {
        Ok(Self {
            key: view.find_all(table, &terms.key)?,
            division: view.find(table, &terms.division)?,
            birth: None,
            update_time: None,
            private: view.find_all(table, &terms.private_fields)?,
            compared: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn digests_tell_null_from_empty_and_columns_apart() {
        let a = row_digest([("a", Some("x")), ("b", None)]);
        assert_ne!(a, row_digest([("a", Some("x")), ("b", Some(""))]));
        assert_ne!(a, row_digest([("a", Some("x")), ("c", None)]));
        assert_ne!(a, row_digest([("a", Some("xb")), ("", None)]));
        assert_eq!(a, row_digest([("a", Some("x")), ("b", None)]));
    }

    #[test]
    fn keys_of_several_columns_never_collide() {
        let rows = sample::rows(&["a", "b"], &[&["x|", "y"], &["x", "|y"], &["x\\", "y"]]);
        let view = View::of("t", &rows).expect("text");
        let mut keys = Vec::new();
        for row in 0..3 {
            let mut key = String::new();
            assert!(view.key(row, &[0, 1], &mut key));
            keys.push(key);
        }
        assert_eq!(keys, ["x\\||y", "x|\\|y", "x\\\\|y"]);
        let mut key = String::new();
        let rows = sample::rows(&["a", "b"], &[&["x", ""]]);
        assert!(!View::of("t", &rows).expect("text").key(0, &[0, 1], &mut key));
    }
}

//! A package of changes: rows with a key, what became of it, and when.
//!
//! Packages come late, twice, in any order, or cut short. Of several rows about one key the latest holds, by
//! the time in the row; of two with one time the deletion does. Rows without a time hold in the order in which
//! they are read. What is cut short is refused as a whole: a file that differs from the `.sha256` beside it, or
//! text that ends in the middle of a line.

use super::error::UpdateError;
use super::job::Packages;
use crate::contract::Draft;
use crate::problem::Problem;
use crate::run::intersect::{key_domain, psi_terms};
use crate::tables::CleanTable;
use arrow_array::{Array as _, StringArray};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use yinshu_crypto::hash::Digest;
use yinshu_data::Source;
use yinshu_data::table::{ColumnKind, ColumnSpec, TableSpec};
use yinshu_psi::Item;

/// What becomes of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) key: String,
    /// `YYYYMMDDHHMMSS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<i64>,
    pub(super) gone: bool,
}

impl Row {
    /// Whether this row holds rather than one that was read before it.
    pub(super) fn holds_over(&self, time: Option<i64>, gone: bool) -> bool {
        match (self.time, time) {
            (Some(own), Some(other)) => own > other || (own == other && (self.gone || !gone)),
            _ => true,
        }
    }
}

/// What all packages together say, by key.
#[derive(Default)]
pub(super) struct Said {
    pub(super) rows: HashMap<Item, Row>,
    /// Rows read, and rows whose key or time could not be used.
    pub(super) read: u64,
    pub(super) unusable: u64,
    /// Rows that are older than another about their key.
    pub(super) late: u64,
}

impl Said {
    /// Takes a row in, unless a later one is there.
    pub(super) fn take(&mut self, item: Item, row: Row) {
        match self.rows.get(&item) {
            Some(before) if !row.holds_over(before.time, before.gone) => self.late += 1,
            _ => drop(self.rows.insert(item, row)),
        }
    }

    /// Reads a package.
    pub(super) fn read(
        &mut self,
        draft: &Draft,
        packages: &Packages,
        column: &str,
        source: &Source,
    ) -> Result<(), Problem> {
        let shown = source.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        if let Some(path) = &source.path {
            whole(path)?;
        }
        let psi = psi_terms(draft);
        let (change, time) = (format!("{}+change", psi.column), format!("{}+time", psi.column));
        let named = |name: &str, kind, header: &str| {
            let mut spec = ColumnSpec::new(name, kind).required();
            if name != header {
                spec.aliases.push(header.to_owned());
            }
            spec
        };
        let mut columns = vec![named(&psi.column, psi.kind, column)];
        columns.push(named(&change, ColumnKind::Text, &packages.change));
        columns.extend(packages.time.as_ref().map(|header| named(&time, ColumnKind::Timestamp, header)));
        let mut table = CleanTable::open(source, &TableSpec { columns, ..draft.terms.data.table.clone() })?;
        let domain = key_domain(psi);
        while let Some(batch) = table.next_batch()? {
            let column = |name: &str| {
                batch.batch.column_by_name(name).map(arrow_array::cast::AsArray::as_string::<i32>)
            };
            let (Some(keys), Some(changes)) = (column(&psi.column), column(&change)) else { continue };
            let times = column(&time);
            for row in 0..keys.len() {
                let found = value(changes, row);
                let gone = gone(found).ok_or_else(|| UpdateError::NoChange {
                    path: shown.clone(),
                    row: batch.row_numbers[row],
                    found: found.chars().take(20).collect(),
                })?;
                let (key, time) = (value(keys, row), times.and_then(|times| stamp(value(times, row))));
                let item = domain.item(&[key.as_bytes()]);
                self.take(item, Row { key: key.to_owned(), time, gone });
            }
        }
        self.read += table.report().rows_in;
        self.unusable += table.report().rows_rejected;
        Ok(())
    }
}

fn value(column: &StringArray, row: usize) -> &str {
    if column.is_valid(row) { column.value(row) } else { "" }
}

/// A cleaned time as a number that grows with it.
fn stamp(time: &str) -> Option<i64> {
    let digits: String = time.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Whether a word says that the row was deleted; none where it says nothing known.
fn gone(word: &str) -> Option<bool> {
    const INSERTED: [&str; 10] =
        ["insert", "inserted", "add", "update", "upsert", "i", "u", "+", "新增", "修改"];
    const DELETED: [&str; 7] = ["delete", "deleted", "remove", "d", "-", "删除", "注销"];
    let word = word.trim().to_lowercase();
    if INSERTED.contains(&word.as_str()) {
        Some(false)
    } else {
        DELETED.contains(&word.as_str()).then_some(true)
    }
}

/// Refuses a file that was not written to its end, as far as that can be seen.
fn whole(path: &Path) -> Result<(), Problem> {
    let reading = |e: io::Error| Problem::reading(path, &e);
    let cut = |why: &str| UpdateError::NotWhole { path: path.display().to_string(), why: why.to_owned() };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".sha256");
    let beside = PathBuf::from(beside);
    if beside.exists() {
        let text = std::fs::read_to_string(&beside).map_err(|e| Problem::reading(&beside, &e))?;
        let told = text.split_whitespace().next().unwrap_or_default().to_lowercase();
        if told != digest(path).map_err(reading)? {
            return Err(cut(".sha256").into());
        }
    }
    let text = path
        .extension()
        .is_none_or(|e| !e.eq_ignore_ascii_case("parquet") && !e.eq_ignore_ascii_case("xlsx"));
    if text {
        let mut file = File::open(path).map_err(reading)?;
        let length = file.metadata().map_err(reading)?.len();
        let mut end = Vec::new();
        file.seek(SeekFrom::Start(length.saturating_sub(2))).map_err(reading)?;
        file.read_to_end(&mut end).map_err(reading)?;
        // In the wider encodings a line ends with this byte and a zero, in either order.
        if !end.contains(&b'\n') {
            return Err(cut("end of line").into());
        }
    }
    Ok(())
}

/// The SHA-256 of a file, as `sha256sum` writes it.
pub(super) fn digest(path: &Path) -> io::Result<String> {
    Ok(hex::encode(Digest::sha256(&std::fs::read(path)?).0))
}

#[cfg(test)]
mod tests;

//! Declared texts as cleaning writes them: a description says 男, and a cell of 男, M or 1 is cleaned to 1.

use crate::dataset::{Column, wrong};
use crate::error::SandboxError;
use datafusion::arrow::array::{Array as _, ArrayRef, AsArray, StringArray};
use datafusion::arrow::record_batch::RecordBatch;
use std::collections::HashMap;
use std::sync::Arc;
use yinshu_data::clean::Cleaner;
use yinshu_data::{ColumnSpec, RawBatch, TableSpec};

/// The place in a list of declared texts of each text that cleaning can give.
///
/// # Errors
/// [`SandboxError::Description`]: cleaning would never leave one of them, so that nothing would ever be it.
pub(super) fn places(
    table: &str,
    column: &Column,
    list: &[String],
    test_region: bool,
) -> Result<HashMap<String, i64>, SandboxError> {
    let place = format!("table.{table}.{}", column.name);
    let no = |reason: String| wrong(&place, &reason);
    let spec = TableSpec { test_region, ..TableSpec::new(vec![ColumnSpec::new(&column.name, column.kind)]) };
    let mut cleaner = Cleaner::new(&spec, std::slice::from_ref(&column.name))?;
    let cells: ArrayRef = Arc::new(StringArray::from_iter_values(list));
    let batch = RecordBatch::try_from_iter([(column.name.as_str(), cells)]);
    let batch = batch.map_err(|error| SandboxError::engine(&error))?;
    let row_numbers = (1..=list.len() as u64).collect();
    let clean = cleaner.clean(&RawBatch { batch, row_numbers, ragged: Vec::new() });
    let clean = clean.map_err(|error| no(format!("these values cannot be cleaned: {error}")))?;
    let cleaned = clean.batch.column(0).as_string::<i32>();
    let mut places: HashMap<String, i64> = HashMap::new();
    for (at, row) in clean.row_numbers.iter().enumerate().filter(|(at, _)| cleaned.is_valid(*at)) {
        let declared = i64::try_from(*row).unwrap_or_default() - 1;
        if let Some(other) = places.insert(cleaned.value(at).to_owned(), declared) {
            let [other, this] = [other, declared].map(|at| &list[usize::try_from(at).unwrap_or_default()]);
            return Err(no(format!("{other} and {this} are one value once they are cleaned")));
        }
    }
    let refused = |row: u64| {
        let rejected = clean.rejected.iter().map(|one| (one.row, one.reason));
        let mut all = rejected.chain(clean.flagged.iter().map(|one| (one.row, one.reason)));
        all.find(|(at, _)| *at == row).map(|(_, reason)| reason)
    };
    let known: std::collections::HashSet<i64> = places.values().copied().collect();
    match list.iter().zip(0..).find(|(_, at)| !known.contains(at)) {
        None => Ok(places),
        Some((value, at)) => Err(no(match refused(at.unsigned_abs() + 1) {
            Some(reason @ yinshu_data::ident::Reason::TestRegion) => {
                format!(
                    "{value}: {} Say test_region = true in [dataset] where that is meant",
                    reason.english()
                )
            }
            Some(reason) => format!("{value} is no value of this kind: {}", reason.english()),
            None => format!(
                "{value} is a word for a missing value, and cleaning leaves nothing of it: take it out of values and say \
                 nullable = true"
            ),
        })),
    }
}

#[cfg(test)]
mod tests;

//! Whole columns: from the text of a file to canonical values, with a report of what was done.
//!
//! A [`Cleaner`] is made for one file: it knows which header is which column, and goes through the batches of a
//! [`crate::TableReader`] column by column. A cell that is canonical already is only looked at; a column in which
//! nothing changes is handed on without being copied. Everything else goes through [`crate::ident`], one value at a
//! time, and every rule that touched it is counted in the [`CleanReport`].
//!
//! A value that is not of its kind is either the end of its row ([`Reject`]) or becomes null with a [`Flag`]; the
//! column's description says which ([`crate::table::ColumnSpec::action`]). A row may be rejected for more than one
//! column: it is one rejected row, and each cause is listed.
//!
//! Two defects are of columns, not of cells:
//! - digits lost in a spreadsheet (R04): see [`crate::ident::precision`];
//! - text decoded in the wrong encoding (R18): single garbled values are treated as invalid; from one in twenty on
//!   (and at least three, or all there are) the column is refused with [`DataError::Garbled`], since what is left of
//!   it cannot be trusted either.

mod column;
mod duplicates;
mod garble;
mod plan;
mod reject;
mod report;
mod sweep;
#[cfg(test)]
mod tests;

pub use duplicates::{DuplicateReport, Duplicates, Group, Place};
pub use reject::{RejectFile, RejectWriter};
pub use report::{CleanReport, ColumnReport, Counts, SuspiciousColumn};

use crate::DataError;
use crate::ident::{Reason, Rule};
use crate::mapping::Aliases;
use crate::reader::RawBatch;
use crate::table::TableSpec;
use arrow_array::builder::BooleanBuilder;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use column::{Column, Ground, Sink};
use serde::Serialize;
use std::sync::Arc;

/// Rows of one raw batch, cleaned.
#[derive(Clone, Debug)]
pub struct CleanBatch {
    /// The columns of the description, in its order: text, canonical, null where there is no value.
    pub batch: RecordBatch,
    /// The row number in the file of each row of `batch`.
    pub row_numbers: Vec<u64>,
    /// Why rows are missing from `batch`, by row.
    pub rejected: Vec<Reject>,
    /// Defects of rows that are in `batch`, by row.
    pub flagged: Vec<Flag>,
}

/// Why a row was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// The row number in the file.
    pub row: u64,
    /// The column, by its name in the description; empty if the whole row is at fault.
    pub column: String,
    /// The rule.
    pub rule: Rule,
    /// The reason.
    pub reason: Reason,
    /// The value as it may be shown ([`crate::ident::masked`]).
    pub masked: String,
}

/// A defect of a row that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// The row number in the file.
    pub row: u64,
    /// The column, by its name in the description.
    pub column: String,
    /// The rule.
    pub rule: Rule,
    /// The reason.
    pub reason: Reason,
    /// The value as it may be shown ([`crate::ident::masked`]).
    pub masked: String,
    /// Did the value become null?
    pub made_null: bool,
}

/// Cleans one file.
pub struct Cleaner {
    columns: Vec<Column>,
    headers: usize,
    schema: SchemaRef,
    ground: Ground,
    scratch: String,
    report: CleanReport,
}

impl Cleaner {
    /// Finds the columns of `spec` among the headers, with the built-in aliases.
    ///
    /// # Errors
    /// [`DataError::Spec`] if the description contradicts itself, [`DataError::MissingColumn`] if a required column
    /// is not there, [`DataError::AmbiguousColumn`] if two headers have an equal claim to a column.
    pub fn new(spec: &TableSpec, columns: &[String]) -> Result<Self, DataError> {
        Self::with_aliases(spec, columns, &Aliases::built_in())
    }

    /// [`Self::new`] with other aliases.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_aliases(spec: &TableSpec, headers: &[String], aliases: &Aliases) -> Result<Self, DataError> {
        spec.check()?;
        let plan = plan::plan(spec, headers, aliases)?;
        let columns = plan::columns(spec, &plan);
        let fields: Vec<Field> =
            spec.columns.iter().map(|c| Field::new(&c.name, DataType::Utf8, true)).collect();
        let report = CleanReport::of_plan(spec, &plan, headers);
        let ground = Ground::new(spec)?;
        Ok(Self {
            columns,
            headers: headers.len(),
            schema: Arc::new(Schema::new(fields)),
            ground,
            scratch: String::new(),
            report,
        })
    }

    /// Cleans the next rows.
    ///
    /// # Errors
    /// [`DataError::Garbled`] if a column is refused (R18), [`DataError::BatchShape`] if the batch is of another
    /// table. The cleaner is not to be used afterwards.
    pub fn clean(&mut self, raw: &RawBatch) -> Result<CleanBatch, DataError> {
        let shape = DataError::BatchShape { expected: self.headers, found: raw.batch.num_columns() };
        if raw.batch.num_columns() != self.headers || raw.row_numbers.len() != raw.batch.num_rows() {
            return Err(shape);
        }
        let mut sink = Sink::new(&raw.row_numbers);
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for (column, report) in self.columns.iter_mut().zip(&mut self.report.columns) {
            let Some(source) = column.source else {
                arrays.push(Arc::new(StringArray::new_null(raw.batch.num_rows())));
                continue;
            };
            let input = raw.batch.column(source);
            let Some(text) = input.as_any().downcast_ref::<StringArray>() else { return Err(shape) };
            garble::sample(column, text, &raw.row_numbers)?;
            let cleaned = column.clean(text, &self.ground, &mut self.scratch, &mut sink);
            garble::judge(column)?;
            report.nulls += cleaned.as_ref().map_or(text.null_count(), Array::null_count) as u64;
            arrays.push(cleaned.map_or_else(|| Arc::clone(input), |array| Arc::new(array)));
        }
        for column in &self.columns {
            column.compare_births(&arrays, &mut sink);
        }
        self.finish(raw, arrays, sink)
    }

    /// Leaves out the rejected rows and adds everything up.
    fn finish(
        &mut self,
        raw: &RawBatch,
        arrays: Vec<ArrayRef>,
        sink: Sink<'_>,
    ) -> Result<CleanBatch, DataError> {
        let batch_error = |error: arrow_schema::ArrowError| DataError::Batch { reason: error.to_string() };
        let rows = raw.batch.num_rows();
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
        let mut batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .map_err(batch_error)?;
        let Sink { dropped, any_dropped, mut rejected, mut flagged, normalised, variants, .. } = sink;
        let mut row_numbers = raw.row_numbers.clone();
        if any_dropped {
            let mut keep = BooleanBuilder::with_capacity(rows);
            keep.append_slice(&dropped.iter().map(|dropped| !dropped).collect::<Vec<_>>());
            batch = arrow_select::filter::filter_record_batch(&batch, &keep.finish()).map_err(batch_error)?;
            let mut kept = dropped.iter().map(|dropped| !dropped);
            row_numbers.retain(|_| kept.next().unwrap_or(true));
            flagged.retain(|(at, _)| !dropped[*at]);
        }
        let mut flagged: Vec<Flag> = flagged.into_iter().map(|(_, flag)| flag).collect();
        rejected.extend(raw.ragged.iter().map(|ragged| Reject {
            row: ragged.row,
            column: String::new(),
            rule: Rule::R14,
            reason: Reason::Ragged,
            masked: format!("{}/{}", ragged.fields, ragged.expected),
        }));
        rejected.sort_by_key(|reject| reject.row);
        flagged.sort_by_key(|flag| flag.row);
        let report = &mut self.report;
        report.rows_in += (rows + raw.ragged.len()) as u64;
        report.rows_out += row_numbers.len() as u64;
        report.add(&normalised, &rejected, &flagged, variants);
        report.suspicious = self.columns.iter().filter_map(Column::suspicious).collect();
        Ok(CleanBatch { batch, row_numbers, rejected, flagged })
    }

    /// What was done so far.
    pub fn report(&self) -> &CleanReport {
        &self.report
    }

    /// Headers that no column of the description asked for.
    pub fn extra_columns(&self) -> &[String] {
        &self.report.extra_columns
    }

    /// Treats a column as having lost digits from the first row on (R04): for a second pass over a file whose first
    /// pass let suspects through before the column was condemned. Answers whether there is such a column.
    pub fn condemn(&mut self, column: &str) -> bool {
        let found = self.columns.iter_mut().find(|c| c.spec.name == column && c.spec.kind.is_identifier());
        found.map(|column| column.suspicion.condemned = true).is_some()
    }
}

/// For fuzzing: cleans the lines of `bytes` (as lossy UTF-8) as the cells of a table with one column of each kind, and
/// answers how many rows came out.
///
/// # Errors
/// Whatever a table of these cells is refused for.
pub fn clean_bytes(bytes: &[u8]) -> Result<u64, DataError> {
    use crate::table::{ColumnKind, ColumnSpec};
    const KINDS: [ColumnKind; 16] = [
        ColumnKind::CitizenId,
        ColumnKind::PersonId,
        ColumnKind::CreditCode,
        ColumnKind::OrgCode,
        ColumnKind::OrgId,
        ColumnKind::Name,
        ColumnKind::CompanyName,
        ColumnKind::Sex,
        ColumnKind::Date,
        ColumnKind::Month,
        ColumnKind::Timestamp,
        ColumnKind::Division,
        ColumnKind::Integer,
        ColumnKind::Decimal,
        ColumnKind::Code,
        ColumnKind::Text,
    ];
    let text = String::from_utf8_lossy(bytes);
    let spec =
        TableSpec::new(KINDS.iter().map(|&kind| ColumnSpec::new(&format!("{kind:?}"), kind)).collect());
    let headers: Vec<String> = spec.columns.iter().map(|column| column.name.clone()).collect();
    let cells: Vec<&str> = text.split('\n').collect();
    let array: ArrayRef = Arc::new(StringArray::from(cells.clone()));
    let batch = RecordBatch::try_from_iter(headers.iter().map(|name| (name, Arc::clone(&array))))
        .map_err(|error| DataError::Batch { reason: error.to_string() })?;
    let row_numbers = (2..).take(cells.len()).collect();
    let mut cleaner = Cleaner::with_aliases(&spec, &headers, &Aliases::none())?;
    let cleaned = cleaner.clean(&RawBatch { batch, row_numbers, ragged: Vec::new() })?;
    Ok(cleaned.batch.num_rows() as u64)
}

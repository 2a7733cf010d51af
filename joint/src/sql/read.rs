//! An owner's table for the engine: read and cleaned as for every other run, every cell within what the contract says.

use super::tables::{data_type, schema};
use super::terms::{Column, Table, Terms};
use crate::error::JointError;
use datafusion::arrow::array::{
    Array as _, ArrayRef, AsArray, Date32Array, Decimal128Array, Int64Array, StringArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::PartitionStream;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::mpsc::Sender;
use yinshu_data::clean::{CleanBatch, Cleaner};
use yinshu_data::{RawBatch, Source, TableSpec};

/// A table of the contract, as a stream of typed rows.
#[derive(Debug)]
pub(super) struct Rows {
    table: Table,
    cleaning: TableSpec,
    sources: Vec<Source>,
    schema: SchemaRef,
}

impl Rows {
    /// The columns `needed` of a table; the others are read as missing.
    pub(super) fn new(terms: &Terms, table: &Table, needed: &BTreeSet<String>, sources: Vec<Source>) -> Self {
        let mut table = table.clone();
        table.columns.retain(|column| needed.contains(&column.name));
        let cleaning = terms.cleaning(&table, needed);
        let schema = Arc::new(schema(&table));
        Self { table, cleaning, sources, schema }
    }
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), 2);
        let (out, schema) = (stream.tx(), Arc::clone(&self.schema));
        let (table, cleaning, sources) = (self.table.clone(), self.cleaning.clone(), self.sources.clone());
        stream.spawn_blocking(move || {
            let rows = Self { table, cleaning, sources, schema };
            rows.read(&out).map_err(|error| DataFusionError::External(error.into()))
        });
        stream.build()
    }
}

impl Rows {
    fn read(&self, out: &Sender<Result<RecordBatch>>) -> Result<(), JointError> {
        for source in &self.sources {
            let mut reader = yinshu_data::open(source)?;
            if self.table.columns.is_empty() {
                // Only how many rows there are is asked.
                while let Some(raw) = reader.next_batch()? {
                    let rows = datafusion::arrow::record_batch::RecordBatchOptions::new()
                        .with_row_count(Some(raw.batch.num_rows()));
                    let batch =
                        RecordBatch::try_new_with_options(Arc::clone(&self.schema), Vec::new(), &rows);
                    if out.blocking_send(batch.map_err(Into::into)).is_err() {
                        return Ok(());
                    }
                }
                continue;
            }
            let mut cleaner = Cleaner::new(&self.cleaning, reader.columns())?;
            self.found(&cleaner, reader.columns())?;
            while let Some(raw) = reader.next_batch()? {
                self.no_number(&cleaner, reader.columns(), &raw)?;
                let batch = self.typed(&cleaner.clean(&raw)?)?;
                if out.blocking_send(Ok(batch)).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Every column is in the file: one that is not would be missing in every row.
    fn found(&self, cleaner: &Cleaner, headers: &[String]) -> Result<(), JointError> {
        match cleaner.report().columns.iter().find(|column| column.header.is_none()) {
            Some(column) => Err(yinshu_data::DataError::MissingColumn {
                column: column.name.clone(),
                near: Vec::new(),
                present: headers.iter().take(100).cloned().collect(),
            }
            .into()),
            None => Ok(()),
        }
    }

    /// `NaN` is among the words that mean nothing; of a number it is an error all the same.
    fn no_number(&self, cleaner: &Cleaner, headers: &[String], raw: &RawBatch) -> Result<(), JointError> {
        for column in self.table.columns.iter().filter(|column| column.is_number()) {
            let found = cleaner.report().columns.iter().find(|report| report.name == column.name);
            let at = found
                .and_then(|report| headers.iter().position(|header| Some(header) == report.header.as_ref()));
            let Some(texts) = at.and_then(|at| raw.batch.column(at).as_string_opt::<i32>()) else { continue };
            let none = |text: Option<&str>| text.is_some_and(|text| text.trim().eq_ignore_ascii_case("nan"));
            if let Some(at) = texts.iter().position(none) {
                let (table, column) = (self.table.name.clone(), column.name.clone());
                return Err(JointError::CellKind { table, column, row: raw.row_numbers[at] });
            }
        }
        Ok(())
    }

    fn typed(&self, clean: &CleanBatch) -> Result<RecordBatch, JointError> {
        let table = self.table.name.clone();
        if let Some(reject) = clean.rejected.first() {
            let (row, column) = (reject.row, reject.column.clone());
            return Err(match reject.masked.is_empty() {
                true => JointError::CellMissing { table, column, row },
                false => JointError::CellKind { table, column, row },
            });
        }
        // A key that is none is missing, as everywhere; a number that is none is no number to leave out in silence.
        let numbers =
            |name: &str| self.table.columns.iter().any(|c| c.name == name && !c.kind.is_identifier());
        if let Some(flag) = clean.flagged.iter().find(|flag| flag.made_null && numbers(&flag.column)) {
            return Err(JointError::CellKind { table, column: flag.column.clone(), row: flag.row });
        }
        let arrays = self.table.columns.iter().map(|column| {
            let texts = clean.batch.column_by_name(&column.name).map(AsArray::as_string::<i32>);
            let texts = texts.ok_or_else(|| failed(&self.table.name, "a column is gone"))?;
            self.column(column, texts, &clean.row_numbers)
        });
        let arrays = arrays.collect::<Result<Vec<_>, JointError>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|error| failed(&self.table.name, &error.to_string()))
    }

    fn column(&self, column: &Column, texts: &StringArray, rows: &[u64]) -> Result<ArrayRef, JointError> {
        let cell = |at: usize| (self.table.name.clone(), column.name.clone(), rows[at]);
        if !column.nullable
            && let Some(at) = (0..texts.len()).find(|&at| texts.is_null(at))
        {
            let (table, column, row) = cell(at);
            return Err(JointError::CellMissing { table, column, row });
        }
        let numbers = || (0..texts.len()).map(|at| self.number(column, texts, at, rows[at]));
        match data_type(column) {
            DataType::Int64 => {
                let narrow = |value: Option<i128>| value.map(|value| value as i64);
                let values = numbers().map(|value| value.map(narrow)).collect::<Result<Vec<_>, _>>()?;
                Ok(Arc::new(Int64Array::from(values)))
            }
            DataType::Decimal128(precision, scale) => {
                let values = numbers().collect::<Result<Vec<_>, _>>()?;
                let array = Decimal128Array::from(values).with_precision_and_scale(precision, scale);
                Ok(Arc::new(array.map_err(|error| failed(&self.table.name, &error.to_string()))?))
            }
            DataType::Date32 => {
                let dates = cast(texts, &DataType::Date32);
                let dates = dates.map_err(|error| failed(&self.table.name, &error.to_string()))?;
                let lost = |at: &usize| dates.is_null(*at) && texts.is_valid(*at);
                if let Some(at) = (0..texts.len()).find(lost) {
                    let (table, column, row) = cell(at);
                    return Err(JointError::CellKind { table, column, row });
                }
                Ok(Arc::new(Date32Array::from(dates.to_data())))
            }
            _ => {
                let known = |at: &usize| {
                    texts.is_null(*at) || column.values.iter().any(|value| value == texts.value(*at))
                };
                if !column.values.is_empty()
                    && let Some(at) = (0..texts.len()).find(|at| !known(at))
                {
                    let (table, column, row) = cell(at);
                    return Err(JointError::CellValue { table, column, row });
                }
                Ok(Arc::new(texts.clone()))
            }
        }
    }

    /// The number of a cell, within its bounds.
    fn number(
        &self,
        column: &Column,
        texts: &StringArray,
        at: usize,
        row: u64,
    ) -> Result<Option<i128>, JointError> {
        if texts.is_null(at) {
            return Ok(None);
        }
        let (table, name) = (self.table.name.clone(), column.name.clone());
        let Some(value) = scaled(texts.value(at), column.decimals) else {
            return Err(JointError::CellKind { table, column: name, row });
        };
        let bounds = column.bounds().unwrap_or([-(1 << 62), 1 << 62]);
        if value < bounds[0] || value > bounds[1] {
            let text =
                |bound: Option<i64>| bound.map_or_else(|| "2^62".to_owned(), |bound| bound.to_string());
            let (least, greatest) = (text(column.min), text(column.max));
            return Err(JointError::CellRange { table, column: name, row, least, greatest });
        }
        Ok(Some(value))
    }
}

/// A number in units of 10^-decimals; nothing where it is none, or has more digits than that.
pub(super) fn scaled(text: &str, decimals: u32) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, point) = digits.split_once('.').unwrap_or((digits, ""));
    let point = point.trim_end_matches('0');
    let decimals = decimals as usize;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 25 || point.len() > decimals || !plain(whole) || !plain(point) {
        return None;
    }
    let value: i128 = format!("{whole}{point:0<decimals$}").parse().ok()?;
    Some(if negative { -value } else { value })
}

pub(super) fn failed(table: &str, reason: &str) -> JointError {
    JointError::LocalFailed { table: table.to_owned(), reason: reason.to_owned() }
}

//! Parquet files, every column cast to text.
//!
//! Dates are `YYYY-MM-DD`; timestamps `YYYY-MM-DD HH:MM:SS`, those with a zone in China standard time (UTC+8); floating
//! numbers as in a spreadsheet; decimals plain; booleans `true` and `false`. Byte strings must be UTF-8. Lists, structs,
//! maps and the like are refused with [`DataError::ColumnType`].

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::columns::{batch_error, text_schema};
use super::layout::refuse_duplicates;
use super::{BATCH_ROWS, COLUMN_LIMIT, Found, RawBatch, TableReader};
use crate::error::DataError;

mod text;

use text::text;

/// A Parquet file, read one row group after the other.
pub(super) struct ParquetReader {
    path: String,
    rows: Option<ParquetRecordBatchReader>,
    names: Vec<String>,
    schema: SchemaRef,
    found: Found,
}

impl ParquetReader {
    pub(super) fn open(path: &Path, name: String) -> Result<Self, DataError> {
        let file = File::open(path)
            .map_err(|e| DataError::CannotOpen { path: name.clone(), reason: e.to_string() })?;
        let rows = contained(&name, || {
            ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(BATCH_ROWS).build()
        })?
        .map_err(|e| damaged(&name, &e))?;
        let fields = arrow_array::RecordBatchReader::schema(&rows);
        let names: Vec<String> = fields.fields().iter().map(|field| field.name().clone()).collect();
        for field in fields.fields() {
            if !plain(field.data_type()) {
                return Err(column_type(&name, field.name(), field.data_type()));
            }
        }
        if names.len() > COLUMN_LIMIT {
            return Err(DataError::TooManyColumns { path: name, row: 0, limit: COLUMN_LIMIT });
        }
        refuse_duplicates(&name, &names)?;
        let found = Found { format: "parquet".to_owned(), ..Found::default() };
        Ok(Self { path: name, rows: Some(rows), schema: text_schema(&names), names, found })
    }

    fn convert(&mut self, batch: &RecordBatch) -> Result<RawBatch, DataError> {
        let mut arrays = Vec::with_capacity(batch.num_columns());
        for (array, name) in batch.columns().iter().zip(&self.names) {
            arrays.push(text(array).ok_or_else(|| column_type(&self.path, name, array.data_type()))?);
        }
        let first = self.found.rows + 1;
        self.found.rows += batch.num_rows() as u64;
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(|e| batch_error(&e))?;
        Ok(RawBatch { batch, row_numbers: (first..=self.found.rows).collect(), ragged: Vec::new() })
    }
}

impl TableReader for ParquetReader {
    fn columns(&self) -> &[String] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>, DataError> {
        let Some(mut rows) = self.rows.take() else { return Ok(None) };
        match contained(&self.path, || rows.next())? {
            None => Ok(None),
            Some(Err(e)) => Err(damaged(&self.path, &e)),
            Some(Ok(batch)) => {
                let batch = self.convert(&batch)?;
                self.rows = Some(rows);
                Ok(Some(batch))
            }
        }
    }

    fn found(&self) -> &Found {
        &self.found
    }
}

/// Runs a step of the Parquet library; should a damaged file make it panic, that is an error like any other.
fn contained<T>(path: &str, step: impl FnOnce() -> T) -> Result<T, DataError> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| damaged(path, &"its pages contradict each other"))
}

fn damaged(path: &str, reason: &impl ToString) -> DataError {
    DataError::Damaged { path: path.to_owned(), format: "parquet".to_owned(), reason: reason.to_string() }
}

fn column_type(path: &str, column: &str, data_type: &DataType) -> DataError {
    DataError::ColumnType {
        path: path.to_owned(),
        column: column.to_owned(),
        data_type: data_type.to_string(),
    }
}

/// Whether values of a type have one plain text.
fn plain(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => plain(values),
        DataType::Interval(_) | DataType::Duration(_) | DataType::RunEndEncoded(..) | DataType::Union(..) => {
            false
        }
        other => !other.is_nested(),
    }
}

#[cfg(test)]
mod tests;

//! Text columns under construction: one flat buffer of bytes and one of offsets each, no allocation a cell.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{BATCH_BYTES, BATCH_ROWS, Ragged, RawBatch};
use crate::error::DataError;

/// The schema of a table of nullable text columns.
pub(super) fn text_schema(names: &[String]) -> SchemaRef {
    Arc::new(Schema::new(names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect::<Vec<_>>()))
}

struct Column {
    values: Vec<u8>,
    offsets: Vec<i32>,
    valid: Vec<bool>,
    nulls: bool,
}

/// The columns of the batch being filled.
pub(super) struct Columns {
    schema: SchemaRef,
    columns: Vec<Column>,
    rows: Vec<u64>,
    ragged: Vec<Ragged>,
    bytes: usize,
}

impl Columns {
    pub(super) fn new(names: &[String]) -> Self {
        let columns = names
            .iter()
            .map(|_| Column { values: Vec::new(), offsets: vec![0], valid: Vec::new(), nulls: false })
            .collect();
        Self { schema: text_schema(names), columns, rows: Vec::new(), ragged: Vec::new(), bytes: 0 }
    }

    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Appends one row: `spans` gives each cell's place in `text`; cells past the last span are empty.
    ///
    /// A span outside `text` counts as empty; callers cut spans from `text` itself.
    #[inline]
    pub(super) fn push_row(&mut self, row: u64, text: &[u8], spans: &[(usize, usize)]) {
        for (i, column) in self.columns.iter_mut().enumerate() {
            if let Some(&(start, end)) = spans.get(i) {
                column.values.extend_from_slice(text.get(start..end).unwrap_or_default());
            }
            column.offsets.push(column.values.len() as i32);
        }
        self.bytes += text.len();
        self.rows.push(row);
    }

    /// Appends one row in which cells may be null.
    pub(super) fn push_cells<'a>(&mut self, row: u64, cells: impl Iterator<Item = Option<&'a [u8]>>) {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            if let Some(cell) = cell {
                column.values.extend_from_slice(cell);
                self.bytes += cell.len();
            }
            column.nulls |= cell.is_none();
            column.valid.push(cell.is_some());
            column.offsets.push(column.values.len() as i32);
        }
        self.rows.push(row);
    }

    pub(super) fn push_ragged(&mut self, ragged: Ragged) {
        self.ragged.push(ragged);
    }

    /// Whether the batch is to be given out before another row. A row holds at most `COLUMN_LIMIT` fields of
    /// `FIELD_LIMIT` bytes spread over its columns, so no column passes 2^31 bytes before this is asked again.
    #[inline]
    pub(super) fn full(&self) -> bool {
        self.rows.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES || self.ragged.len() >= BATCH_ROWS
    }

    /// Bytes of text gathered.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.ragged.is_empty()
    }

    /// Gives out what was gathered and starts anew with buffers of the same size. Arrow checks each column's bytes
    /// for UTF-8 once, as a whole.
    pub(super) fn take(&mut self) -> Result<RawBatch, DataError> {
        let rows = std::mem::take(&mut self.rows);
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for column in &mut self.columns {
            let room = (column.values.len(), column.offsets.len(), column.valid.len());
            let values = std::mem::replace(&mut column.values, Vec::with_capacity(room.0));
            let offsets = std::mem::replace(&mut column.offsets, Vec::with_capacity(room.1));
            column.offsets.push(0);
            let valid = std::mem::replace(&mut column.valid, Vec::with_capacity(room.2));
            let nulls = std::mem::take(&mut column.nulls).then(|| NullBuffer::from(valid));
            let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
            arrays.push(Arc::new(
                StringArray::try_new(offsets, Buffer::from_vec(values), nulls)
                    .map_err(|e| batch_error(&e))?,
            ));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
            .map_err(|e| batch_error(&e))?;
        self.bytes = 0;
        self.rows = Vec::with_capacity(rows.len());
        Ok(RawBatch { batch, row_numbers: rows, ragged: std::mem::take(&mut self.ragged) })
    }
}

pub(super) fn batch_error(e: &arrow_schema::ArrowError) -> DataError {
    DataError::Batch { reason: e.to_string() }
}

//! Tables as Arrow: an answer, whose columns follow from the question alone.

use crate::airlock::Label;
use crate::airlock::label::COLUMN;
use crate::answer::{Answer, Field};
use crate::error::SandboxError;
use datafusion::arrow::array::{ArrayRef, Float64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field as Column, Schema, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use std::collections::HashMap;
use std::sync::Arc;

/// The name under which the label of an answer stands beside its columns, and its line.
const LABEL: &str = "yinshu:label";
const LINE: &str = "yinshu:label-line";

/// The columns that an answer will have: numbers and texts, each of which may be missing.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) columns: Vec<(String, bool)>,
    /// Whether the label is the last column, for what would lose it beside them.
    pub(super) labelled: bool,
}

/// The label of an answer as it stands beside the columns: by its parts, and in one line for people.
fn labelled(label: Option<&Label>) -> HashMap<String, String> {
    let Some(label) = label else { return HashMap::new() };
    let parts = serde_json::to_string(label).unwrap_or_default();
    [(LABEL.to_owned(), parts), (LINE.to_owned(), label.line())].into()
}

/// The label that stands beside the columns of a table.
pub(super) fn label(schema: &Schema) -> Option<Label> {
    serde_json::from_str(schema.metadata().get(LABEL)?).ok()
}

impl Columns {
    pub(super) fn schema(&self) -> SchemaRef {
        let kind = |number: bool| if number { DataType::Float64 } else { DataType::Utf8 };
        let columns = self.columns.iter().map(|(name, number)| Column::new(name, kind(*number), true));
        let label = self.labelled.then(|| Column::new(COLUMN, DataType::Utf8, true));
        Arc::new(Schema::new(columns.chain(label).collect::<Vec<_>>()))
    }

    /// An answer as it goes out, its lines in their order. One that has not the columns that were promised is none.
    pub(super) fn batch(&self, answer: &Answer) -> Result<RecordBatch, SandboxError> {
        if answer.columns != self.columns {
            return Err(SandboxError::engine(&"an answer has other columns than its question"));
        }
        let column = |at: usize| {
            let fields = answer.rows.iter().map(|row| &row[at]);
            let array: ArrayRef = match answer.columns[at].1 {
                true => Arc::new(Float64Array::from_iter(fields.map(|field| match field {
                    Field::Number(number) => Some(*number),
                    _ => None,
                }))),
                false => Arc::new(StringArray::from_iter(fields.map(|field| match field {
                    Field::Text(text) => Some(text.as_str()),
                    _ => None,
                }))),
            };
            array
        };
        let line = answer.label.as_ref().map(Label::line);
        let label = || -> ArrayRef { Arc::new(StringArray::from(vec![line.as_deref(); answer.rows.len()])) };
        let columns = (0..answer.columns.len()).map(column).chain(self.labelled.then(label)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(answer.rows.len()));
        let schema = Schema::clone(&self.schema()).with_metadata(labelled(answer.label.as_ref()));
        RecordBatch::try_new_with_options(Arc::new(schema), columns, &options)
            .map_err(|error| SandboxError::engine(&error))
    }
}

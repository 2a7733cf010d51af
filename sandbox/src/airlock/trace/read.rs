//! A file as a table of texts: CSV, XLSX or Parquet as everywhere in Yinshu, and JSON as answers are handed out or as a list
//! of objects.

use crate::error::SandboxError;
use datafusion::arrow::array::{Array as _, AsArray};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use yinshu_data::Source;
use yinshu_data::source::TotalRows;

/// The longest file, in bytes.
const MOST: usize = 256 << 20;

/// A table of texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Read {
    pub(super) columns: Vec<String>,
    /// As many fields as columns.
    pub(super) rows: Vec<Vec<String>>,
}

impl Read {
    /// Reads a file.
    pub(super) fn of(path: &Path, bytes: &[u8]) -> Result<Self, SandboxError> {
        let files = |reason: &str| SandboxError::Files {
            path: path.display().to_string(),
            reason: reason.to_owned(),
        };
        if bytes.len() > MOST {
            return Err(files("it is longer than 256 MiB"));
        }
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if matches!(first, Some(b'{' | b'[')) {
            return json(bytes).ok_or_else(|| files("it is neither an answer in JSON nor a list of objects"));
        }
        let source = Source {
            path: Some(path.to_owned()),
            total_rows: (path.extension().is_none_or(|ending| ending != "parquet"))
                .then_some(TotalRows::Keep),
            ..Source::default()
        };
        let mut reader = yinshu_data::open(&source)?;
        let mut read = Self { columns: reader.columns().to_vec(), rows: Vec::new() };
        while let Some(batch) = reader.next_batch()? {
            let columns: Vec<_> = batch.batch.columns().iter().map(AsArray::as_string::<i32>).collect();
            let field = |column: &datafusion::arrow::array::StringArray, row: usize| match column.is_null(row)
            {
                true => String::new(),
                false => column.value(row).to_owned(),
            };
            let rows = 0..batch.batch.num_rows();
            read.rows.extend(rows.map(|row| columns.iter().map(|column| field(column, row)).collect()));
        }
        Ok(read)
    }

    /// What something can be said of among the words of the file, each once.
    pub(super) fn words<T: Ord>(&self, of: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let texts = self.columns.iter().chain(self.rows.iter().flatten());
        let words = texts.flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()));
        words.filter_map(of).collect::<BTreeSet<T>>().into_iter().collect()
    }
}

fn json(bytes: &[u8]) -> Option<Read> {
    let text = |value: &Value| match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    };
    match serde_json::from_slice(bytes).ok()? {
        Value::Object(answer) => {
            let names = answer.get("columns")?.as_array()?.iter();
            let columns = names.map(|column| column.get("name")?.as_str().map(str::to_owned));
            let mut columns = columns.collect::<Option<Vec<String>>>()?;
            let rows = answer.get("rows")?.as_array()?.iter();
            let rows = rows.map(|row| row.as_array()?.iter().map(text).collect::<Option<Vec<String>>>());
            let mut rows = rows.collect::<Option<Vec<_>>>()?;
            if rows.iter().any(|row| row.len() != columns.len()) {
                return None;
            }
            // The label is looked at, too.
            if let Some(id) = answer.get("label").and_then(|label| label.get("id")?.as_str()) {
                columns.push("label".to_owned());
                rows.iter_mut().for_each(|row| row.push(id.to_owned()));
            }
            Some(Read { columns, rows })
        }
        Value::Array(list) => {
            let objects: Vec<_> = list.iter().map(Value::as_object).collect::<Option<_>>()?;
            let names: BTreeSet<&String> = objects.iter().flat_map(|object| object.keys()).collect();
            let field = |object: &serde_json::Map<String, Value>, name: &&String| match object.get(*name) {
                None => Some(String::new()),
                Some(value) => text(value),
            };
            let row = |object: &serde_json::Map<String, Value>| {
                names.iter().map(|name| field(object, name)).collect::<Option<Vec<String>>>()
            };
            let rows = objects.into_iter().map(row).collect::<Option<Vec<_>>>()?;
            Some(Read { columns: names.into_iter().cloned().collect(), rows })
        }
        _ => None,
    }
}

/// The number in a field.
pub(super) fn number(text: &str) -> Option<f64> {
    let text: String = text.trim().chars().filter(|letter| !matches!(letter, ',' | ' ' | '\u{a0}')).collect();
    let digits = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'));
    text.parse().ok().filter(|number: &f64| digits && number.is_finite())
}

//! Tables in: one stream of text batches, whatever the format.
//!
//! | format | memory beside one batch | rows are numbered |
//! |---|---|---|
//! | CSV | the 1 MiB sniffed at the start | as Excel shows them (a record with line breaks inside is one row) |
//! | XLSX | the workbook's shared strings | as Excel shows them |
//! | Parquet | one row group's pages of each column | from 1 |
//! | PostgreSQL | one fetch of [`BATCH_ROWS`] rows | from 1 |
//! | MySQL | two batches on their way | from 1 |
//!
//! Every column comes as text ([`arrow_array::StringArray`]). In files an absent cell is an empty string; in Parquet
//! and from databases a null is a null.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use arrow_array::RecordBatch;
use serde::Serialize;

use crate::error::DataError;
use crate::source::{Format, Kind, Source};

mod columns;
pub mod csv;
mod encoding;
mod layout;
mod mysql;
mod number;
mod parquet;
mod postgres;
mod pump;
mod sniff;
mod statement;
mod xlsx;

pub use encoding::Encoding;

/// Most rows in one batch.
pub const BATCH_ROWS: usize = 8_192;
/// A batch is closed early when its text passes this many bytes, so that wide rows do not fill memory.
pub const BATCH_BYTES: usize = 16 << 20;
/// Longest field, in bytes of UTF-8.
pub const FIELD_LIMIT: usize = 1 << 20;
/// Most columns.
pub const COLUMN_LIMIT: usize = 4_096;

/// A stream of batches from one table.
pub trait TableReader {
    /// The column names, as the header, the schema or the query gives them.
    fn columns(&self) -> &[String];
    /// The next rows, or `None` after the last. After an error every further call gives `None`.
    ///
    /// # Errors
    /// Whatever stops the reading; what came before stays valid.
    fn next_batch(&mut self) -> Result<Option<RawBatch>, DataError>;
    /// What was found out about the table so far; counts are final once [`next_batch`](Self::next_batch) gave `None`.
    fn found(&self) -> &Found;
}

/// Rows as they stand in the source.
#[derive(Debug, Clone)]
pub struct RawBatch {
    /// One Utf8 column for each of [`TableReader::columns`].
    pub batch: RecordBatch,
    /// One 1-based row number for each row of `batch`, header and blank rows counted, as Excel shows it.
    pub row_numbers: Vec<u64>,
    /// Rows among these that are not in `batch`, because they have too few or too many fields.
    pub ragged: Vec<Ragged>,
}

/// A row whose number of fields does not fit the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ragged {
    /// 1-based row number.
    pub row: u64,
    /// Fields in the row, trailing empty ones not counted beyond the header's width.
    pub fields: usize,
    /// Fields in the header.
    pub expected: usize,
}

/// What was found out about a table while reading it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// `csv`, `xlsx`, `parquet`, `postgres` or `mysql`.
    pub format: String,
    /// CSV: the encoding in use.
    pub encoding: Option<Encoding>,
    /// CSV: whether a byte-order mark said so.
    pub bom: bool,
    /// CSV: the delimiter in use.
    pub delimiter: Option<char>,
    /// XLSX: the sheet in use.
    pub sheet: Option<String>,
    /// CSV and XLSX: the 1-based row with the column names; 0 when `columns` was given instead of a header.
    pub header_row: Option<u64>,
    /// Rows with content above the header.
    pub title_rows_skipped: u64,
    /// Rows such as 合计 left out.
    pub total_rows_dropped: u64,
    /// Rows without any content left out, between and after the others.
    pub blank_rows_skipped: u64,
    /// Rows left out for having too few or too many fields.
    pub ragged_rows: u64,
    /// Columns without a name at the end of the header, left out.
    pub trailing_columns_dropped: usize,
    /// Columns without a name elsewhere, called `column_3` and so on by their 1-based position.
    pub unnamed_columns: usize,
    /// Rows given out.
    pub rows: u64,
    /// CSV: private-use code points (U+E000 to U+F8FF) in the text, as old household systems write rare characters.
    pub private_use: u64,
    /// CSV: malformed sequences replaced by U+FFFD (`malformed = "replace"`).
    pub malformed_replaced: u64,
    /// CSV: the bytes read as GB18030 look more like Big5; set `encoding = "big5"` if the text is unreadable.
    pub big5_suspected: bool,
    /// XLSX: merged areas whose value was repeated into each of their cells.
    pub merged_areas: usize,
}

/// Opens a table, finds out what was not said about it, and reads up to its header.
///
/// # Errors
/// Any [`DataError`] up to and including the header: options that contradict each other, a file that cannot be
/// opened or is no table, a database that refuses.
pub fn open(source: &Source) -> Result<Box<dyn TableReader + Send>, DataError> {
    source.validate()?;
    if source.postgres.is_some() {
        return Ok(Box::new(postgres::PostgresReader::open(source)?));
    }
    if source.mysql.is_some() {
        return Ok(Box::new(mysql::open(source)?));
    }
    let Some(path) = &source.path else {
        return Err(DataError::SourcePlace { present: 0 });
    };
    let name = path.display().to_string();
    let cannot = |e: std::io::Error| DataError::CannotOpen { path: name.clone(), reason: e.to_string() };
    let mut file = File::open(path).map_err(cannot)?;
    if file.metadata().map_err(cannot)?.is_dir() {
        return Err(DataError::CannotOpen { path: name, reason: "it is a folder".to_owned() });
    }
    let mut head = Vec::with_capacity(sniff::SAMPLE);
    Read::by_ref(&mut file)
        .take(sniff::SAMPLE as u64)
        .read_to_end(&mut head)
        .map_err(|e| DataError::Read { path: name.clone(), reason: e.to_string() })?;
    let format = format_of(source, path, &head);
    source.fits(Kind::File(format))?;
    if head.is_empty() {
        return Err(DataError::Empty { path: name });
    }
    match format {
        Format::Csv => Ok(Box::new(csv::CsvReader::new(Cursor::new(head).chain(file), name, source)?)),
        Format::Xlsx => {
            sniff::expect_magic(&name, &head, format)?;
            Ok(Box::new(xlsx::open(path, name, source)?))
        }
        Format::Parquet => {
            sniff::expect_magic(&name, &head, format)?;
            Ok(Box::new(parquet::ParquetReader::open(path, name)?))
        }
    }
}

/// Opens a CSV table that is already in memory. `name` stands for the path in errors; `source` gives the options,
/// its `path` is not looked at.
///
/// # Errors
/// As [`open`].
pub fn open_csv_bytes(
    bytes: Vec<u8>,
    name: &str,
    source: &Source,
) -> Result<Box<dyn TableReader + Send>, DataError> {
    let mut source = source.clone();
    source.path = Some(name.into());
    source.validate()?;
    source.fits(Kind::File(Format::Csv))?;
    Ok(Box::new(csv::CsvReader::new(Cursor::new(bytes), name.to_owned(), &source)?))
}

/// The format said, or that of the file name's ending, or that of the first bytes.
fn format_of(source: &Source, path: &Path, head: &[u8]) -> Format {
    if let Some(format) = source.format {
        return format;
    }
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "csv" | "tsv" | "txt" => Format::Csv,
        "xlsx" | "xlsm" => Format::Xlsx,
        "parquet" | "pq" => Format::Parquet,
        _ => sniff::format_of_bytes(head).unwrap_or(Format::Csv),
    }
}

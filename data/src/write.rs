//! Rows out: CSV written beside its destination and renamed into place.
//!
//! A reader of the destination sees the old file or the whole new one, never a part: rows go to a temporary file in the
//! same folder, which [`CsvWriter::finish`] flushes to the disk and renames. Dropped before that, it leaves nothing
//! behind. The file is readable by its owner only, as befits rows about people.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use tempfile::NamedTempFile;

use crate::error::DataError;

/// How a CSV file is written: always UTF-8 and CRLF (RFC 4180), fields quoted where they need it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CsvStyle {
    /// A byte-order mark at the start, without which Excel takes the file for the system's old encoding.
    pub bom: bool,
}

impl CsvStyle {
    /// What Excel opens with a double click.
    pub const EXCEL: Self = Self { bom: true };
}

/// A CSV file in the making.
#[derive(Debug)]
pub struct CsvWriter {
    path: PathBuf,
    rows: u64,
    width: usize,
    out: csv::Writer<BufWriter<NamedTempFile>>,
}

impl CsvWriter {
    /// Begins a file with its header.
    ///
    /// # Errors
    /// [`DataError::Write`] when the folder cannot be written to.
    pub fn create<S: AsRef<str>>(
        path: impl AsRef<Path>,
        columns: &[S],
        style: CsvStyle,
    ) -> Result<Self, DataError> {
        let path = path.as_ref().to_path_buf();
        let failed = |e: &dyn std::fmt::Display| write_error(&path, e);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let beside = NamedTempFile::new_in(folder).map_err(|e| failed(&e))?;
        let mut buffered = BufWriter::with_capacity(256 << 10, beside);
        if style.bom {
            buffered.write_all(b"\xEF\xBB\xBF").map_err(|e| failed(&e))?;
        }
        let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(buffered);
        out.write_record(columns.iter().map(S::as_ref)).map_err(|e| failed(&e))?;
        Ok(Self { rows: 0, width: columns.len(), out, path })
    }

    /// Appends one row of as many fields as the header has.
    ///
    /// # Errors
    /// [`DataError::Write`] on another number of fields, or when the disk refuses.
    pub fn row<I, F>(&mut self, fields: I) -> Result<(), DataError>
    where
        I: IntoIterator<Item = F>,
        F: AsRef<[u8]>,
    {
        self.out.write_record(fields).map_err(|e| write_error(&self.path, &e))?;
        self.rows += 1;
        Ok(())
    }

    /// Appends the rows of a batch of text columns; a null becomes an empty field.
    ///
    /// # Errors
    /// [`DataError::Batch`] when a column is no text or their number is not the header's; [`DataError::Write`].
    pub fn batch(&mut self, batch: &RecordBatch) -> Result<(), DataError> {
        if batch.num_columns() != self.width {
            let reason = format!("{} columns for a header of {}", batch.num_columns(), self.width);
            return Err(DataError::Batch { reason });
        }
        if let Some(other) = batch.columns().iter().find(|column| *column.data_type() != DataType::Utf8) {
            return Err(DataError::Batch { reason: format!("a column of {} is no text", other.data_type()) });
        }
        let columns: Vec<_> = batch.columns().iter().map(AsArray::as_string::<i32>).collect();
        for row in 0..batch.num_rows() {
            self.row(columns.iter().map(|c| if c.is_null(row) { "" } else { c.value(row) }))?;
        }
        Ok(())
    }

    /// Puts the file in its place and gives the number of rows below the header.
    ///
    /// # Errors
    /// [`DataError::Write`], and then the destination is as it was.
    pub fn finish(self) -> Result<u64, DataError> {
        let path = self.path;
        let failed = |e: &dyn std::fmt::Display| write_error(&path, e);
        let buffered = self.out.into_inner().map_err(|e| failed(&e.error()))?;
        let beside = buffered.into_inner().map_err(|e| failed(e.error()))?;
        beside.as_file().sync_all().map_err(|e| failed(&e))?;
        let folder = beside.path().parent().map(Path::to_path_buf);
        beside.persist(&path).map_err(|e| failed(&e.error))?;
        // The rename itself is on the disk once the folder is; file systems that cannot do this do not need it.
        if let Some(folder) = folder.and_then(|folder| File::open(folder).ok()) {
            let _ = folder.sync_all();
        }
        Ok(self.rows)
    }
}

fn write_error(path: &Path, e: &dyn std::fmt::Display) -> DataError {
    DataError::Write { path: path.display().to_string(), reason: e.to_string() }
}

#[cfg(test)]
mod tests;

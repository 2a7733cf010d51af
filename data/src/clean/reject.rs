//! The file of rejected rows: row number, column, rule, reason, and the value with its middle hidden.

use super::Reject;
use crate::DataError;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes rejected rows as CSV: UTF-8 with a byte order mark, so that Excel shows the Chinese column.
pub struct RejectWriter<W: Write> {
    out: csv::Writer<W>,
}

/// The header of the file.
const HEADER: [&str; 6] = ["row", "column", "rule", "reason", "原因", "masked"];

impl<W: Write> RejectWriter<W> {
    /// Starts the file with its header.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn new(mut out: W) -> std::io::Result<Self> {
        out.write_all("\u{feff}".as_bytes())?;
        let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        out.write_record(HEADER)?;
        Ok(Self { out })
    }

    /// Writes the rejects of a batch.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&mut self, rejected: &[Reject]) -> std::io::Result<()> {
        for reject in rejected {
            let (row, reason) = (reject.row.to_string(), reject.reason);
            let rule = reject.rule.as_str();
            let record = [&row, &reject.column, rule, reason.as_str(), reason.chinese(), &reject.masked];
            self.out.write_record(record)?;
        }
        Ok(())
    }

    /// Writes what is buffered and gives the writer back.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn finish(self) -> std::io::Result<W> {
        self.out.into_inner().map_err(|error| std::io::Error::other(error.to_string()))
    }
}

/// A file of rejected rows that appears whole or not at all.
pub struct RejectFile {
    writer: RejectWriter<BufWriter<NamedTempFile>>,
    path: PathBuf,
}

impl RejectFile {
    /// Starts a file beside `path`.
    ///
    /// # Errors
    /// [`DataError::Write`].
    pub fn create(path: &Path) -> Result<Self, DataError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let start = || RejectWriter::new(BufWriter::new(NamedTempFile::new_in(folder)?));
        let writer = start().map_err(|error| refuse(path, &error))?;
        Ok(Self { writer, path: path.to_owned() })
    }

    /// Writes the rejects of a batch.
    ///
    /// # Errors
    /// [`DataError::Write`]; nothing is left behind when the value is dropped.
    pub fn write(&mut self, rejected: &[Reject]) -> Result<(), DataError> {
        self.writer.write(rejected).map_err(|error| refuse(&self.path, &error))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// [`DataError::Write`]; what was at the path stays.
    pub fn finish(self) -> Result<File, DataError> {
        let Self { writer, path } = self;
        let place = || {
            let file = writer.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)
        };
        place().map_err(|error| refuse(&path, &error))
    }
}

fn refuse(path: &Path, error: &std::io::Error) -> DataError {
    DataError::Write { path: path.display().to_string(), reason: error.to_string() }
}

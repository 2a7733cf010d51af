//! Where rows go: CSV or Parquet, whole or not at all.

use crate::problem::{CliError, Problem};
use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;
use yinshu_data::write::{CsvStyle, CsvWriter};

/// A table in the making.
pub enum Out {
    /// UTF-8 with a byte order mark, so that Excel reads it.
    Csv(Box<CsvWriter>),
    /// Every column as text, nulls as nulls.
    Parquet(Box<ArrowWriter<NamedTempFile>>, PathBuf),
}

impl Out {
    /// Begins a file in the format of its extension.
    pub fn create(path: &Path, names: &[&str]) -> Result<Self, Problem> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Ok(Self::Csv(Box::new(CsvWriter::create(path, names, CsvStyle::EXCEL)?))),
            "parquet" => {
                let fields: Vec<Field> =
                    names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
                let file = beside(path).map_err(|e| Problem::writing(path, &e))?;
                let writer = ArrowWriter::try_new(file, Arc::new(Schema::new(fields)), None);
                let writer = writer.map_err(|e| Problem::writing(path, &io::Error::other(e)))?;
                Ok(Self::Parquet(Box::new(writer), path.to_owned()))
            }
            _ => {
                Self::check(path)?;
                Err(Problem::internal("a format that is known and has no writer"))
            }
        }
    }

    /// Refuses a file whose extension names no format, before anything is done.
    pub fn check(path: &Path) -> Result<(), Problem> {
        let known = |e: &str| e.eq_ignore_ascii_case("csv") || e.eq_ignore_ascii_case("parquet");
        if path.extension().and_then(|e| e.to_str()).is_some_and(known) {
            return Ok(());
        }
        let (option, given) = ("--out".to_owned(), path.display().to_string());
        Err(CliError::BadValue { option, given, expected: "*.csv | *.parquet".into() }.into())
    }

    /// Appends rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Problem> {
        match self {
            Self::Csv(writer) => Ok(writer.batch(batch)?),
            Self::Parquet(writer, path) => {
                writer.write(batch).map_err(|e| Problem::writing(path, &io::Error::other(e)))
            }
        }
    }

    /// Puts the file in its place.
    pub fn finish(self) -> Result<(), Problem> {
        match self {
            Self::Csv(writer) => {
                writer.finish()?;
            }
            Self::Parquet(writer, path) => {
                let failed = |e: io::Error| Problem::writing(&path, &e);
                let file = writer.into_inner().map_err(|e| failed(io::Error::other(e)))?;
                file.as_file().sync_all().map_err(failed)?;
                file.persist(&path).map_err(|e| failed(e.error))?;
            }
        }
        Ok(())
    }
}

/// A temporary file in the folder of `path`.
pub fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    NamedTempFile::new_in(folder)
}

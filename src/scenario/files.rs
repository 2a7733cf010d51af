//! A table being written: beside its final name, and renamed when it is whole.

use super::ScenarioError;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How a table's text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf8WithBom,
    Gb18030,
}

/// A table that grows line by line.
pub(super) struct TableFile {
    path: PathBuf,
    writer: BufWriter<NamedTempFile>,
    encoding: Encoding,
    lines: u64,
}

impl TableFile {
    /// Starts a table; nothing is under `path` until [`TableFile::finish`].
    pub(super) fn create(path: PathBuf, encoding: Encoding) -> Result<Self, ScenarioError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let file = std::fs::create_dir_all(folder)
            .and_then(|()| NamedTempFile::new_in(folder))
            .map_err(|error| wrong(&path, &error))?;
        let mut table = Self { path, writer: BufWriter::with_capacity(1 << 18, file), encoding, lines: 0 };
        if encoding == Encoding::Utf8WithBom {
            table.write("\u{FEFF}")?;
        }
        Ok(table)
    }

    /// Appends one line, its end included, and says which one it was, from 1.
    pub(super) fn line(&mut self, text: &str) -> Result<u64, ScenarioError> {
        self.write(text)?;
        self.lines += 1;
        Ok(self.lines)
    }

    /// How many lines it has so far.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Gives the whole table its name.
    pub(super) fn finish(self) -> Result<PathBuf, ScenarioError> {
        let path = self.path;
        let file = self.writer.into_inner().map_err(|error| wrong(&path, error.error()))?;
        file.as_file().sync_all().map_err(|error| wrong(&path, &error))?;
        file.persist(&path).map_err(|error| wrong(&path, &error.error))?;
        Ok(path)
    }

    fn write(&mut self, text: &str) -> Result<(), ScenarioError> {
        let written = match self.encoding {
            Encoding::Utf8 | Encoding::Utf8WithBom => self.writer.write_all(text.as_bytes()),
            Encoding::Gb18030 => self.writer.write_all(&encoding_rs::GB18030.encode(text).0),
        };
        written.map_err(|error| wrong(&self.path, &error))
    }
}

fn wrong(path: &Path, error: &std::io::Error) -> ScenarioError {
    ScenarioError::Write { path: path.display().to_string(), reason: error.to_string() }
}

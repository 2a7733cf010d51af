//! A set prepared beforehand: the cleaned keys of one or many tables, each key once, divided into files.
//!
//! ```text
//! DIR/prepared.json        what is in it, by which rules, and what cleaning did
//! DIR/part-00000.parquet   one column of text, no nulls
//! DIR/part-00001.parquet   …
//! ```
//!
//! `yinshu-joint prepare` writes such a folder, alone or on a cluster; an intersection reads it in the place of the
//! tables it was made from. Every key stands in exactly one file. The keys are not cleaned again: rules R04 and R18
//! judge a column by all its values, and a set without repeats has other frequencies than the tables had. Instead the
//! folder says by which rules it was made, and is refused where others are asked for; a file that is not the one
//! described (SHA-256) is refused too.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow_array::Array;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::clean::{CleanBatch, CleanReport};
use crate::error::DataError;
use crate::reader::TableReader;
use crate::source::Source;
use crate::table::TableSpec;

#[cfg(test)]
mod tests;

/// The file that makes a folder a prepared set.
pub const MANIFEST: &str = "prepared.json";

/// The version of the format.
pub const VERSION: u32 = 1;

/// What a prepared folder holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`VERSION`].
    pub version: u32,
    /// The column of keys, by its name in `rules`.
    pub column: String,
    /// The description by which the tables were cleaned, without aliases.
    pub rules: TableSpec,
    /// Different keys.
    pub keys: u64,
    /// The files, in their order.
    pub parts: Vec<Part>,
    /// What cleaning did, all tables added up.
    pub report: CleanReport,
}

/// One file of a prepared set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name in the folder.
    pub file: String,
    /// Its keys.
    pub keys: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The rules without what only finds a column in a file.
#[must_use]
pub fn without_aliases(mut spec: TableSpec) -> TableSpec {
    spec.columns.iter_mut().for_each(|column| column.aliases.clear());
    spec
}

/// Whether there is a prepared set at `path`.
#[must_use]
pub fn is_prepared(path: &Path) -> bool {
    path.join(MANIFEST).is_file()
}

/// A prepared set being read.
pub struct Prepared {
    folder: PathBuf,
    manifest: Manifest,
    headers: [String; 1],
    next: usize,
    open: Option<Box<dyn TableReader + Send>>,
    left: u64,
    row: u64,
}

impl Prepared {
    /// Opens the set in `folder`, which must have been made by `spec` (aliases aside) from the column `column`.
    ///
    /// # Errors
    /// [`DataError::CannotOpen`] and [`DataError::Damaged`] for a folder that is no prepared set,
    /// [`DataError::PreparedOtherwise`] for one of other rules.
    pub fn open(folder: &Path, spec: &TableSpec, column: &str) -> Result<Self, DataError> {
        let manifest = Manifest::read(folder)?;
        if let Some(what) = manifest.differs(spec, column) {
            return Err(DataError::PreparedOtherwise { path: folder.display().to_string(), what });
        }
        let headers = [manifest.column.clone()];
        Ok(Self { folder: folder.to_path_buf(), manifest, headers, next: 0, open: None, left: 0, row: 0 })
    }

    /// What the folder holds.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The one column there is.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The next keys, as a cleaned batch of one column; none at the end.
    ///
    /// # Errors
    /// Of the reader, and [`DataError::Damaged`] for a file that is not the one described.
    pub fn next_batch(&mut self) -> Result<Option<CleanBatch>, DataError> {
        loop {
            let Some(reader) = &mut self.open else {
                let Some(part) = self.manifest.parts.get(self.next) else { return Ok(None) };
                self.open = Some(open_part(&self.folder.join(&part.file), part, &self.headers)?);
                (self.left, self.next) = (part.keys, self.next + 1);
                continue;
            };
            let batch = reader.next_batch()?.map(|raw| raw.batch);
            let part = || self.folder.join(&self.manifest.parts[self.next - 1].file);
            let Some(batch) = batch else {
                if self.left != 0 {
                    return Err(damaged(&part(), "it has fewer keys than its manifest says"));
                }
                self.open = None;
                continue;
            };
            let rows = batch.num_rows() as u64;
            if batch.column(0).null_count() > 0 || rows > self.left {
                return Err(damaged(&part(), "it has nulls, or more keys than its manifest says"));
            }
            self.left -= rows;
            let row_numbers = (self.row + 1..=self.row + rows).collect();
            self.row += rows;
            return Ok(Some(CleanBatch { batch, row_numbers, rejected: Vec::new(), flagged: Vec::new() }));
        }
    }
}

impl Manifest {
    /// Reads and checks the manifest of `folder`.
    ///
    /// # Errors
    /// [`DataError::CannotOpen`] and [`DataError::Damaged`].
    pub fn read(folder: &Path) -> Result<Self, DataError> {
        let path = folder.join(MANIFEST);
        let bytes = std::fs::read(&path)
            .map_err(|e| DataError::CannotOpen { path: path.display().to_string(), reason: e.to_string() })?;
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|e| damaged(&path, &e.to_string()))?;
        let sum = manifest.parts.iter().try_fold(0, |sum: u64, part| sum.checked_add(part.keys));
        let plain = |part: &Part| Path::new(&part.file).file_name().is_some_and(|name| name == &*part.file);
        if manifest.version != VERSION || sum != Some(manifest.keys) || !manifest.parts.iter().all(plain) {
            return Err(damaged(&path, "its version, numbers or names are wrong"));
        }
        Ok(manifest)
    }

    /// In which of its rules the set differs from what is asked for.
    fn differs(&self, spec: &TableSpec, column: &str) -> Option<String> {
        let (had, asked) = (&self.rules, &without_aliases(spec.clone()));
        let differing = [
            ("key column", self.column != column),
            ("columns", had.columns != asked.columns),
            ("test_region", had.test_region != asked.test_region),
            ("latest_birth", had.latest_birth != asked.latest_birth),
            ("null_words", had.null_words != asked.null_words),
            ("pua", had.pua != asked.pua),
        ];
        differing.iter().find(|(_, differs)| *differs).map(|(what, _)| (*what).to_owned())
    }
}

fn open_part(path: &Path, part: &Part, headers: &[String]) -> Result<Box<dyn TableReader + Send>, DataError> {
    if sha256(path)? != part.sha256 {
        return Err(damaged(path, "its bytes are not those that its manifest describes"));
    }
    let mut source = Source::file(path);
    source.format = Some(crate::source::Format::Parquet);
    let reader = crate::open(&source)?;
    if reader.columns() != headers {
        return Err(damaged(path, "its columns are not those that its manifest describes"));
    }
    Ok(reader)
}

/// SHA-256 of a file, in hexadecimal.
fn sha256(path: &Path) -> Result<String, DataError> {
    let shown = || path.display().to_string();
    let mut file =
        File::open(path).map_err(|e| DataError::CannotOpen { path: shown(), reason: e.to_string() })?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 256 << 10]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            Ok(n) => hash.update(&buffer[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(DataError::Read { path: shown(), reason: e.to_string() }),
        }
    }
}

fn damaged(path: &Path, reason: &str) -> DataError {
    let (path, format) = (path.display().to_string(), "prepared".to_owned());
    DataError::Damaged { path, format, reason: reason.to_owned() }
}

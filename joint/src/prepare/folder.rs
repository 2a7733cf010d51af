//! The folder: what is under way lies in `unfinished`, and the manifest comes last.

use super::parts;
use super::read::{Told, told_path};
use crate::error::JointError;
use datafusion::arrow::record_batch::RecordBatch;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use yinshu_data::clean::CleanReport;
use yinshu_data::prepared::{MANIFEST, Manifest, Part};

const UNFINISHED: &str = "unfinished";

/// A prepared set in the making.
pub(super) struct Unfinished {
    out: PathBuf,
    path: PathBuf,
}

impl Unfinished {
    /// Makes the folder; one that holds nothing but an unfinished set is begun again.
    pub(super) fn begin(out: &Path) -> Result<Self, JointError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(out).map_err(JointError::files(out))?;
        let out = fs::canonicalize(out).map_err(JointError::files(out))?;
        for entry in fs::read_dir(&out).map_err(JointError::files(&out))? {
            if entry.map_err(JointError::files(&out))?.file_name() != UNFINISHED {
                return Err(JointError::OutTaken { path: out.display().to_string() });
            }
        }
        let path = out.join(UNFINISHED);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(JointError::files(&path)(error));
            }
            _ => builder.create(&path).map_err(JointError::files(&path))?,
        }
        Ok(Self { out, path })
    }

    /// What may be under way in this folder.
    pub(super) fn of(out: &Path) -> Self {
        Self { out: out.to_path_buf(), path: out.join(UNFINISHED) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What cleaning did, of all tables; or the first that cannot be used. Where the plan was done, every table has a
    /// report, unless it was left on a disk that is not this one.
    pub(super) fn report(&self, tables: usize, done: bool) -> Result<CleanReport, JointError> {
        let mut all: Option<CleanReport> = None;
        for number in 0..tables {
            let path = told_path(&self.path, number);
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(_) if !done => continue,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(JointError::NotShared { path: path.display().to_string() });
                }
                Err(error) => return Err(JointError::files(&path)(error)),
            };
            let told = serde_json::from_slice(&bytes).map_err(|e| JointError::files(&path)(e.into()))?;
            match told {
                Told::Failed { code, english, fields } => {
                    return Err(JointError::Table { inner: code, english, fields });
                }
                Told::Cleaned(report) => match &mut all {
                    Some(all) => all.merge(&report),
                    none => *none = Some(*report),
                },
            }
        }
        Ok(all.unwrap_or_default())
    }

    /// Deletes what is under way. Tasks that have not heard yet that the run failed may put a file into the folder
    /// while it is emptied: then once more. Where it cannot be deleted there is nothing to add to what failed before.
    pub(super) async fn discard(&self) {
        for _ in 0..100 {
            match fs::remove_dir_all(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                _ => return,
            }
        }
    }

    /// Puts the parts that count in their places, writes the manifest, and deletes what is left.
    pub(super) fn finish(
        &self,
        batches: &[RecordBatch],
        manifest: impl FnOnce(Vec<Part>) -> Manifest,
    ) -> Result<Manifest, JointError> {
        let mut parts = parts::named(batches);
        // An order that says nothing of who finished first.
        parts.sort_by(|a, b| a.sha256.cmp(&b.sha256));
        for (number, part) in parts.iter_mut().enumerate() {
            let from = self.path.join(&part.file);
            part.file = format!("part-{number:05}.parquet");
            let to = self.out.join(&part.file);
            fs::rename(&from, &to).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => JointError::NotShared { path: from.display().to_string() },
                _ => JointError::files(&to)(error),
            })?;
        }
        let manifest = manifest(parts);
        let path = self.out.join(MANIFEST);
        let text = serde_json::to_vec_pretty(&manifest).map_err(|e| JointError::files(&path)(e.into()))?;
        replace(&path, &text).map_err(JointError::files(&path))?;
        fs::remove_dir_all(&self.path).map_err(JointError::files(&self.path))?;
        File::open(&self.out).and_then(|folder| folder.sync_all()).map_err(JointError::files(&self.out))?;
        Ok(manifest)
    }
}

/// Writes a file whole or not at all, for its owner alone.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

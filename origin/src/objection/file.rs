//! Objections on the disk.

use super::Objection;
use super::error::ObjectionError;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Largest file read, in bytes: a full group with room to spare.
pub const MAX_FILE: u64 = 256 << 20;

impl Objection {
    /// Reads an objection from the bytes of its file; its one spelling only. Nothing is verified.
    ///
    /// # Errors
    /// [`ObjectionError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ObjectionError> {
        parse(bytes, Path::new("-"))
    }

    /// The exact bytes of its file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("text, numbers and times always serialise");
        bytes.push(b'\n');
        bytes
    }
}

/// Writes an objection to `dir/<id>.json`, beside it first, then renamed. A file that is there already
/// must hold the same objection with the same steps or fewer: a step is never lost.
///
/// # Errors
/// [`ObjectionError::Conflict`], [`ObjectionError::Malformed`], [`ObjectionError::Io`].
pub fn save(dir: &Path, objection: &Objection) -> Result<PathBuf, ObjectionError> {
    let id = &objection.id;
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f')) {
        return Err(ObjectionError::WrongId { id: id.chars().take(40).collect() });
    }
    let path = dir.join(format!("{id}.json"));
    if path.exists() {
        let there = load(&path)?;
        if there.claim != objection.claim || !objection.track.starts_with(&there.track) {
            return Err(ObjectionError::Conflict { path: path.display().to_string() });
        }
    }
    let fail = |e: &std::io::Error| ObjectionError::io(&path, e);
    fs::create_dir_all(dir).map_err(|e| fail(&e))?;
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(|e| fail(&e))?;
    file.write_all(&objection.to_bytes()).and_then(|()| file.as_file().sync_all()).map_err(|e| fail(&e))?;
    file.persist(&path).map_err(|e| fail(&e.error))?;
    Ok(path)
}

/// Reads an objection's file. Call [`Objection::verify`] before believing it.
///
/// # Errors
/// [`ObjectionError::Malformed`], [`ObjectionError::Io`].
pub fn load(path: &Path) -> Result<Objection, ObjectionError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| ObjectionError::io(path, &e))?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|e| ObjectionError::io(path, &e))?;
    parse(&bytes, path)
}

fn parse(bytes: &[u8], path: &Path) -> Result<Objection, ObjectionError> {
    let bad = |detail: String| ObjectionError::Malformed { path: path.display().to_string(), detail };
    if bytes.len() as u64 > MAX_FILE {
        return Err(bad(format!("longer than {MAX_FILE} bytes")));
    }
    let objection: Objection = serde_json::from_slice(bytes).map_err(|e| bad(e.to_string()))?;
    if objection.to_bytes() != bytes {
        return Err(bad("not spelled the way an objection is written".into()));
    }
    Ok(objection)
}

//! Keyed digests of persons, read as persons go by.
//!
//! The number of a person says how many were met before, so that it follows from who else there is and in which order they were
//! registered. The digest follows from what identifies the person and from the room's secret alone.

use super::register::{ENTRY, Registered};
use crate::error::SandboxError;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// Persons that are read at once.
const AT_ONCE: u64 = 4096;

/// Digests of the persons of a data set, by their numbers.
pub(super) struct Whose {
    path: PathBuf,
    file: File,
    /// Some of them, and the number of the first.
    read: Vec<u8>,
    first: u64,
}

/// The digest of a person.
pub(super) type Who = [u8; 16];

impl Whose {
    pub(super) fn of(registered: &Registered) -> Result<Self, SandboxError> {
        Self::open(&registered.persons_file())
    }

    pub(super) fn open(path: &Path) -> Result<Self, SandboxError> {
        let file = File::open(path).map_err(SandboxError::files(path))?;
        Ok(Self { path: path.to_owned(), file, read: Vec::new(), first: 0 })
    }

    /// Whom a number stands for. Those that are asked for in rising order are read once.
    pub(super) fn digest(&mut self, person: i64) -> Result<Who, SandboxError> {
        let unknown = || SandboxError::engine(&"a row is about nobody who was registered");
        let person = u64::from(u32::try_from(person).map_err(|_| unknown())?);
        let known = (self.read.len() / ENTRY) as u64;
        if !(self.first..self.first + known).contains(&person) {
            self.first = person;
            self.read.clear();
            let files = SandboxError::files(&self.path);
            self.file.seek(SeekFrom::Start(person * ENTRY as u64)).map_err(&files)?;
            let some = (&mut self.file).take(AT_ONCE * ENTRY as u64);
            { some }.read_to_end(&mut self.read).map_err(&files)?;
        }
        let entry = self.read.chunks_exact(ENTRY).nth((person - self.first) as usize).ok_or_else(unknown)?;
        Ok(*entry.first_chunk().expect("an entry begins with a digest"))
    }
}

#[cfg(test)]
mod tests;

//! The folder of a worker: what it puts down while it works, removed afterwards.
//!
//! ```text
//! work/.lock              held while folders are made and swept up
//! work/worker-…/.lock     held as long as the room waits for the worker
//! work/worker-…/own/      what the worker may write in
//! ```

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PREFIX: &str = "worker-";
const LOCK: &str = ".lock";
const OWN: &str = "own";

/// A folder that is one worker's as long as this is there.
#[derive(Debug)]
pub(super) struct Folder {
    place: TempDir,
    _held: File,
}

impl Folder {
    /// A folder of its own under `root`; those that nobody holds any longer are removed.
    pub(super) fn new(root: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(root)?;
        crate::room::own_alone(root).map_err(io::Error::other)?;
        let alone = lock(root)?;
        alone.lock()?;
        sweep(root)?;
        let place = tempfile::Builder::new().prefix(PREFIX).tempdir_in(root)?;
        let held = lock(place.path())?;
        held.lock()?;
        std::fs::create_dir(place.path().join(OWN))?;
        Ok(Self { place, _held: held })
    }

    /// What the worker may write in.
    pub(super) fn own(&self) -> PathBuf {
        self.place.path().join(OWN)
    }
}

fn lock(folder: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(folder.join(LOCK))
}

/// Removes what is left of workers whose room was ended before it could.
fn sweep(root: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !ours {
            continue;
        }
        match lock(&entry.path()).map(|file| file.try_lock()) {
            Ok(Err(TryLockError::WouldBlock)) => {}
            // A worker that is still dying may write once more: then it is swept up next time.
            _ => drop(std::fs::remove_dir_all(entry.path())),
        }
    }
    Ok(())
}

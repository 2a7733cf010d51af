//! Files of a store: written beside and renamed, readable by their owner alone, locked while they change.

use crate::error::PsiError;
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

/// A failure of the system.
pub(super) fn failed(path: &Path, error: &io::Error) -> PsiError {
    PsiError::Store { path: path.display().to_string(), detail: error.to_string() }
}

/// Contents that cannot be.
pub(super) fn damaged(path: &Path, detail: impl Into<String>) -> PsiError {
    PsiError::DamagedStore { path: path.display().to_string(), detail: detail.into() }
}

/// Writes a file so that after a crash either the old or the new one is there, whole. Its mode is 0600.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), PsiError> {
    let folder = path.parent().expect("a file of a store lies in its folder");
    let write = || {
        let mut file = tempfile::Builder::new().prefix("tmp-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        sync_folder(folder)
    };
    write().map_err(|error| failed(path, &error))
}

/// Makes renames and new names in a folder last.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Held while a store is changed; only one program can.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(folder: &Path) -> Result<Self, PsiError> {
        let path = folder.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| failed(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(PsiError::StoreBusy { path: folder.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(failed(&path, &error)),
        }
    }
}

/// Makes a folder that only its owner may enter.
pub(super) fn make_folder(folder: &Path) -> Result<(), PsiError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| failed(folder, &error))
}

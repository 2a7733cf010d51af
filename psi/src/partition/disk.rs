//! Private files: created for their owner alone, replaced in one step, synced before they count.

use crate::PsiError;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// Puts the file's name to what the system says.
pub(crate) fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PsiError {
    let path = path.display().to_string();
    move |error| PsiError::Storage { what, path, detail: error.to_string() }
}

/// A check that a file did not pass.
pub(crate) fn damaged(path: &Path, check: &'static str) -> PsiError {
    PsiError::Damaged { path: path.display().to_string(), check }
}

/// Makes `folder` for the owner alone; that it exists already is fine.
pub(crate) fn make_folder(folder: &Path) -> Result<(), PsiError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder).map_err(failed("creating folder", folder))
}

/// Options of a file that only its owner can read.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Creates a file that must not exist yet.
pub(crate) fn create(path: &Path) -> Result<File, PsiError> {
    private().write(true).create_new(true).open(path).map_err(failed("creating", path))
}

/// Puts `bytes` in the place of what `path` held: after a crash there is the old content or the new.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), PsiError> {
    let fresh = path.with_extension("new");
    let mut file =
        private().write(true).create(true).truncate(true).open(&fresh).map_err(failed("creating", &fresh))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed("writing", &fresh))?;
    fs::rename(&fresh, path).map_err(failed("renaming", path))?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), PsiError> {
    if cfg!(unix) {
        let sync = File::open(folder).and_then(|folder| folder.sync_all());
        sync.map_err(failed("syncing", folder))?;
    }
    Ok(())
}

/// A whole file of at most `max` bytes; `None` if there is none.
pub(crate) fn read(path: &Path, max: usize) -> Result<Option<Vec<u8>>, PsiError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("opening", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(max as u64 + 1).read_to_end(&mut bytes).map_err(failed("reading", path))?;
    if bytes.len() > max { Err(damaged(path, "length")) } else { Ok(Some(bytes)) }
}

/// Holds a folder against other processes until dropped.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl Lock {
    /// Takes the lock file of `folder`.
    pub(crate) fn take(folder: &Path) -> Result<Self, PsiError> {
        let path = folder.join("lock");
        let file = private()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed("creating", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(fs::TryLockError::WouldBlock) => Err(PsiError::InUse { path: folder.display().to_string() }),
            Err(fs::TryLockError::Error(error)) => Err(failed("locking", &path)(error)),
        }
    }
}

//! Where an unfinished run lies, of an intersection of divided sets or of a question: one folder for each contract,
//! `work/<contract>` (0700), and beside it the empty file `work/<contract>.lock`, held by the run that uses the folder. The
//! file stays when the folder is deleted: a lock on what is deleted keeps nobody out.

use crate::contract::Draft;
use crate::node::Node;
use crate::problem::Problem;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use yinshu_psi::PsiError;

/// How long a run that made no progress is kept: it holds both tables' keys, encrypted, beside the key; or shares of tables.
pub(in crate::run) const KEPT: Duration = Duration::from_hours(7 * 24);

/// The folder of a contract's unfinished run, which nobody else uses while this lives.
#[derive(Debug)]
pub(in crate::run) struct Work {
    folder: PathBuf,
    _held: File,
}

/// Options of files, and a maker of folders, that are for their owner alone.
fn private() -> (OpenOptions, DirBuilder) {
    let (mut files, mut folders) = (OpenOptions::new(), DirBuilder::new());
    folders.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        files.mode(0o600);
        folders.mode(0o700);
    }
    (files, folders)
}

/// Has the names in a folder on disk as they are.
fn settled(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

impl Work {
    /// Holds the folder of a contract, whether there is one or not; waits so long for another run to end.
    pub(in crate::run) fn hold(node: &Node, draft: &Draft, patience: Duration) -> Result<Self, Problem> {
        Self::at(node.folder.work(&draft.digest), patience)
    }

    fn at(folder: PathBuf, patience: Duration) -> Result<Self, Problem> {
        let lock = folder.with_extension("lock");
        let (mut files, folders) = private();
        let parent = lock.parent().unwrap_or(Path::new("."));
        folders.create(parent).map_err(|e| Problem::writing(parent, &e))?;
        let file = files.write(true).create(true).truncate(false).open(&lock);
        let file = file.map_err(|e| Problem::writing(&lock, &e))?;
        let until = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { folder, _held: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(PsiError::InUse { path: folder.display().to_string() }.into());
                }
                Err(TryLockError::Error(error)) => return Err(Problem::writing(&lock, &error)),
            }
        }
    }

    /// As [`Work::hold`], but only where something is kept: a run that may yet be held in memory keeps no other out.
    pub(in crate::run) fn of_kept(
        node: &Node,
        draft: &Draft,
        patience: Duration,
    ) -> Result<Option<Self>, Problem> {
        let folder = node.folder.work(&draft.digest);
        sweep(&folder);
        if folder.exists() { Self::at(folder, patience).map(Some) } else { Ok(None) }
    }

    pub(in crate::run) fn key(&self) -> PathBuf {
        self.folder.join("key")
    }

    pub(in crate::run) fn spill(&self) -> PathBuf {
        self.folder.join("spill")
    }

    pub(in crate::run) fn told(&self) -> PathBuf {
        self.folder.join("run.json")
    }

    pub(in crate::run) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Puts a file for its owner alone into the folder, or in the place of another: whole, or not at all.
    pub(in crate::run) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        let (path, part) = (self.file(name), self.file("part"));
        let write = || {
            let mut file = private().0.write(true).create(true).truncate(true).open(&part)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&part, &path)?;
            settled(&self.folder)
        };
        write().map_err(|e| Problem::writing(&path, &e))
    }

    /// An empty folder in the place of what was there.
    pub(in crate::run) fn renew(&self) -> Result<(), Problem> {
        self.discard()?;
        private().1.create(&self.folder).map_err(|e| Problem::writing(&self.folder, &e))
    }

    /// Deletes all of it, so that a power failure brings nothing back.
    pub(in crate::run) fn discard(&self) -> Result<(), Problem> {
        let deleted = match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            deleted => deleted,
        };
        let parent = self.folder.parent().unwrap_or(Path::new("."));
        deleted.and_then(|()| settled(parent)).map_err(|e| Problem::writing(&self.folder, &e))
    }
}

/// Is this of a run that made no progress for too long? Every partition changes a name in the folder.
fn aged(folder: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let last = changed(folder).max(changed(&folder.join("spill")));
    last.and_then(|last| last.elapsed().ok()).is_some_and(|age| age > KEPT)
}

/// Deletes the runs beside `folder`, it included, that made no progress for too long. What cannot be deleted stays
/// for the next time: it is in nobody's way.
fn sweep(folder: &Path) {
    let Some(all) = folder.parent() else { return };
    for work in fs::read_dir(all).into_iter().flatten().flatten() {
        let path = work.path();
        // Held only once it is old, so that nobody who comes for a younger one finds it in use.
        if aged(&path)
            && path.is_dir()
            && let Ok(work) = Work::at(path, Duration::ZERO)
            && aged(&work.folder)
        {
            let _ = work.discard();
        }
    }
}

#[cfg(test)]
mod tests;

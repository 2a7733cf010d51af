//! Appending to a log: one writer, and each record on disk before the call returns.
//!
//! * **One writer.** The file is locked for as long as the [`Log`] lives; a second process is told
//!   [`AuditError::InUse`]. Reading and verifying need no lock.
//! * **Durable.** An append is one write and one `fdatasync`. If the write fails (a full disk), the
//!   file is cut back to where it was, so that no later record can be glued to half of this one; if
//!   that or the sync fails, the log refuses further appends until it is opened anew.
//! * **Crash.** Opening reads the whole file: the chain from the first record, signatures from the
//!   last checkpoint on (the checkpoint's own signature covers the rest). An unfinished last line is
//!   moved to a file beside the log and reported by [`Log::torn`]; it belongs to an append that never
//!   returned. Anything else that does not fit is an error and nothing is touched.
//! * **Checkpoints** are saved beside the log every [`EVERY`] records and on demand. A log that is
//!   shorter than the checkpoint beside it, or gone, is refused.

mod disk;

use crate::chain::{Against, Chain};
use crate::checkpoint::{self, Checkpoint, folder_of, sync_folder};
use crate::error::AuditError;
use crate::merkle::Head;
use crate::record::{Entry, Record};
use disk::Disk;
use jiff::Timestamp;
use serde::Serialize;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Seek as _, SeekFrom, Write as _};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::SigningKey;

/// Records between checkpoints, unless set otherwise.
pub const EVERY: NonZeroU64 = NonZeroU64::new(1000).expect("not zero");

/// A log open for appending.
pub struct Log {
    path: PathBuf,
    key: SigningKey,
    disk: Box<dyn Disk>,
    chain: Chain,
    torn: Option<Torn>,
    every: NonZeroU64,
    /// Records under the checkpoint beside the log.
    checkpointed: u64,
    usable: bool,
}

/// An unfinished last line that was moved aside when the log was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Torn {
    /// The number it would have had.
    pub record: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// Where it is now.
    pub moved_to: String,
}

/// What an append did.
#[derive(Debug)]
pub struct Appended {
    /// The record's number, from 1.
    pub number: u64,
    /// Its digest.
    pub digest: Digest,
    /// When a checkpoint was due: the checkpoint saved, or why it was not. The record itself is on
    /// disk either way, and the next append tries again.
    pub checkpoint: Option<Result<Checkpoint, AuditError>>,
}

impl Log {
    /// Opens the log at `path`, or begins it. `key` signs its records and must have signed those
    /// already there.
    ///
    /// # Errors
    /// [`AuditError::InUse`]; [`AuditError::Broken`] when the chain does not hold, with
    /// [`Break::WrongKey`](crate::Break::WrongKey) when another key signed it; [`AuditError::Truncated`],
    /// [`AuditError::Rewritten`], [`AuditError::CheckpointSignature`], [`AuditError::BadCheckpoint`]
    /// against the checkpoint beside it; [`AuditError::Io`].
    pub fn open(path: &Path, key: SigningKey) -> Result<Self, AuditError> {
        let file = lock(path)?;
        let head = saved_head(path, &key)?;
        let public = key.public();
        let against = Against { path, key: &public, head, trust_head: true, whole: false };
        let input = BufReader::with_capacity(64 << 10, &file);
        let chain = Chain::read(input, &against, &mut |_, _| Ok(()))?;
        let torn = if chain.torn_bytes > 0 { Some(move_aside(path, &file, &chain)?) } else { None };
        let checkpointed = head.map_or(0, |h| h.size);
        let disk = Box::new(disk::OnDisk::new(path, file));
        Ok(Self { path: path.into(), key, disk, chain, torn, every: EVERY, checkpointed, usable: true })
    }

    /// The same log with a checkpoint every `records` records.
    #[must_use]
    pub fn checkpoint_every(mut self, records: NonZeroU64) -> Self {
        self.every = records;
        self
    }

    /// What opening moved aside, if the last append before was cut short. Say so to the operator,
    /// and record it.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of records.
    pub fn len(&self) -> u64 {
        self.chain.tree.len()
    }

    /// Whether there is no record yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Size and root of the tree over all records.
    pub fn head(&self) -> Head {
        self.chain.tree.head()
    }

    /// Signs and appends a record; it is on disk when this returns `Ok`.
    ///
    /// # Errors
    /// The entry's own faults ([`AuditError::EmptyField`], [`AuditError::LongField`],
    /// [`AuditError::UnprintableField`]): nothing was written. [`AuditError::DiskFull`],
    /// [`AuditError::Io`]: the record is not in the log. [`AuditError::ChangedOutside`],
    /// [`AuditError::Unusable`]: open the log again.
    pub fn append(&mut self, entry: &Entry, now: Timestamp) -> Result<Appended, AuditError> {
        let record = Record::sign(entry, now, self.chain.tip(), &self.key)?;
        let line = record.to_line();
        self.write(line.as_bytes())?;
        let digest = record.digest();
        self.chain.take(&record, digest, line.len() as u64);
        let due = self.len() - self.checkpointed >= self.every.get();
        let checkpoint = due.then(|| self.checkpoint());
        Ok(Appended { number: self.len(), digest, checkpoint })
    }

    /// Signs the present head and saves it beside the log.
    ///
    /// # Errors
    /// [`AuditError::Io`], [`AuditError::DiskFull`]: the checkpoint saved before is still there.
    pub fn checkpoint(&mut self) -> Result<Checkpoint, AuditError> {
        let checkpoint = Checkpoint::sign(self.head(), &self.key);
        checkpoint.save(&checkpoint::path_beside(&self.path))?;
        self.checkpointed = self.len();
        Ok(checkpoint)
    }

    /// The audit path that shows record `number` (from 1) under the present head.
    ///
    /// # Errors
    /// [`AuditError::NoSuchRecord`].
    pub fn prove_inclusion(&self, number: u64) -> Result<Vec<Digest>, AuditError> {
        let none = AuditError::NoSuchRecord { record: number, records: self.len() };
        number.checked_sub(1).and_then(|index| self.chain.tree.prove_inclusion(index)).ok_or(none)
    }

    /// The proof that the log's first `size` records are a prefix of it.
    ///
    /// # Errors
    /// [`AuditError::NoSuchRecord`] unless `1 <= size <= len`.
    pub fn prove_consistency(&self, size: u64) -> Result<Vec<Digest>, AuditError> {
        let none = AuditError::NoSuchRecord { record: size, records: self.len() };
        self.chain.tree.prove_consistency(size).ok_or(none)
    }

    fn write(&mut self, line: &[u8]) -> Result<(), AuditError> {
        let path = self.path.display().to_string();
        if !self.usable {
            return Err(AuditError::Unusable { path });
        }
        let fail = |e: io::Error| AuditError::io("append to", &self.path, &e);
        if !self.disk.unmoved(self.chain.good_bytes).map_err(fail)? {
            self.usable = false;
            return Err(AuditError::ChangedOutside { path });
        }
        if let Err(error) = self.disk.write(line) {
            // Back to the last whole record. If even that fails, opening again will do it.
            let back = self.disk.cut(self.chain.good_bytes).and_then(|()| self.disk.sync());
            self.usable = back.is_ok();
            return Err(fail(error));
        }
        self.disk.sync().map_err(|error| {
            // After a failed sync the system may have dropped the pages: nothing more is known
            // about the file until it is read again.
            self.usable = false;
            drop(self.disk.cut(self.chain.good_bytes));
            AuditError::io("sync", &self.path, &error)
        })
    }
}

/// Opens the file, or begins it, and takes the lock.
fn lock(path: &Path) -> Result<File, AuditError> {
    let fail = |e: io::Error| AuditError::io("open", path, &e);
    let fresh = !path.exists();
    if fresh && checkpoint::path_beside(path).exists() {
        // A log that should exist is not begun anew: its checkpoint says how long it was.
        let head = Checkpoint::load(&checkpoint::path_beside(path))?.head();
        if head.size > 0 {
            return Err(AuditError::Truncated { records: 0, checkpoint: head.size });
        }
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(AuditError::InUse { path: path.display().to_string() }),
        Err(TryLockError::Error(e)) => return Err(AuditError::io("lock", path, &e)),
    }
    if fresh {
        sync_folder(folder_of(path)).map_err(fail)?;
    }
    Ok(file)
}

/// The head of the checkpoint beside the log, if there is one.
fn saved_head(path: &Path, key: &SigningKey) -> Result<Option<Head>, AuditError> {
    let path = checkpoint::path_beside(path);
    if !path.exists() {
        return Ok(None);
    }
    Checkpoint::load(&path)?.verify(&key.public()).map(Some)
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("path", &self.path).field("head", &self.head()).finish_non_exhaustive()
    }
}

/// Copies what follows the last whole record to a file of its own, makes that durable, and only then
/// cuts it off the log.
fn move_aside(path: &Path, mut file: &File, chain: &Chain) -> Result<Torn, AuditError> {
    let fail = |e: &io::Error| AuditError::io("recover", path, e);
    let record = chain.tree.len() + 1;
    let folder = folder_of(path);
    let mut aside = tempfile::NamedTempFile::new_in(folder).map_err(|e| fail(&e))?;
    file.seek(SeekFrom::Start(chain.good_bytes)).map_err(|e| fail(&e))?;
    let bytes = io::copy(&mut file, &mut aside).map_err(|e| fail(&e))?;
    aside.flush().and_then(|()| aside.as_file().sync_all()).map_err(|e| fail(&e))?;
    let moved_to = persist_beside(path, record, aside)?;
    sync_folder(folder).map_err(|e| fail(&e))?;
    file.set_len(chain.good_bytes).and_then(|()| file.sync_all()).map_err(|e| fail(&e))?;
    Ok(Torn { record, bytes, moved_to: moved_to.display().to_string() })
}

/// `LOG.torn-RECORD`, or with a counter if that is taken: an earlier piece is never overwritten.
fn persist_beside(
    path: &Path,
    record: u64,
    mut aside: tempfile::NamedTempFile,
) -> Result<PathBuf, AuditError> {
    for attempt in 0u32.. {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".torn-{record}"));
        if attempt > 0 {
            name.push(format!("-{attempt}"));
        }
        let target = PathBuf::from(name);
        match aside.persist_noclobber(&target) {
            Ok(_) => return Ok(target),
            Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => aside = e.file,
            Err(e) => return Err(AuditError::io("recover", path, &e.error)),
        }
    }
    unreachable!("there are not so many files")
}

#[cfg(test)]
pub(crate) mod tests;

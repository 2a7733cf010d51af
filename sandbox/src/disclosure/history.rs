//! What was released before on a data set: sets of rows, kept durably.
//!
//! One file a data set, to which is only ever appended. It starts with a head of one piece, which says how much of
//! the file counts and what that hashes to; it is written after what it speaks of is on the disk. What a crash left
//! behind the end was never released and is overwritten. Anything else that is not as it was written is an error.
//!
//! Whoever judges holds the file's lock from reading to writing, so that two processes see each other's releases. What was read
//! is kept for the next who judges in this process, who reads what was added since (see `kept`).

mod kept;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Weak;
use std::time::Instant;

use roaring::RoaringBitmap;
use sha2::{Digest as _, Sha256};

use super::linked::atoms::{Atoms, Full};
use super::sets::{Digest, Space, Told, digest};

const MAGIC: &[u8; 16] = b"yinshu-released2";
const OLDER: &[u8; 16] = b"yinshu-released1";
/// Magic, end, hash so far, and a hash of these three.
const HEAD: usize = 16 + 8 + 32 + 32;
/// What stands before each set: its space and its length.
const RECORD: usize = 8 + 4;
/// The longest set that is read, and the most that is read at once.
const MOST: u32 = 1 << 30;
const MOST_BYTES: u64 = 1 << 33;

/// What was released before on one data set.
///
/// One file a data set, whoever asks and for whatever project: what two users learn they can put together.
#[derive(Debug)]
pub struct History {
    file: File,
    /// Sets that may be added at once.
    room: usize,
    /// How many this holder of it added.
    added: usize,
    read: Heard,
    /// Where what was read is kept while nobody judges.
    kept: Option<kept::File>,
    waiting: Option<Waiting>,
}

/// What was read of a file.
#[derive(Debug)]
struct Heard {
    /// How much of the file, and what it hashes to.
    end: u64,
    hash: [u8; 32],
    known: HashSet<Digest>,
    /// The classes of each space.
    atoms: BTreeMap<Space, Atoms>,
}

impl Default for Heard {
    fn default() -> Self {
        Heard { end: HEAD as u64, hash: [0; 32], known: HashSet::new(), atoms: BTreeMap::new() }
    }
}

impl Heard {
    /// About how much memory it takes.
    fn bytes(&self) -> usize {
        self.known.len() * 48 + self.atoms.values().map(Atoms::bytes).sum::<usize>()
    }
}

/// Who waits for a table that is judged, and how long.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Nobody does after this.
    pub until: Instant,
    /// Nor once this is gone.
    pub whom: Weak<()>,
}

impl Waiting {
    /// Whether anybody does.
    #[must_use]
    pub fn any(&self) -> bool {
        self.whom.strong_count() > 0 && Instant::now() < self.until
    }
}

/// Why a history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file cannot be read or written.
    #[error("the history of releases: {0}")]
    File(#[from] io::Error),
    /// What stands in it was not written by us, or is no longer whole. Never taken for an empty history.
    #[error("the history of releases is damaged: {0}")]
    Damaged(&'static str),
    /// It was written by an older version, which noted less of what was released. Nothing can be judged against it.
    #[error(
        "the history of releases is of an older format, which says too little: register the data under another name"
    )]
    Older,
    /// More was released than is kept in memory.
    #[error("more was released on this data set than can be kept in memory")]
    Full,
    /// Nobody waits any longer for what would be released: it is not, and not written down as if it were.
    #[error("it was judged too late")]
    Late,
}

impl From<Full> for HistoryError {
    fn from(_: Full) -> Self {
        HistoryError::Full
    }
}

impl History {
    /// Begins the history of a data set of which nothing was released. A file that is there already is an error.
    pub fn create(path: &Path) -> Result<Self, HistoryError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        file.lock()?;
        let history = Self::of(file);
        let written = history.write_head(HEAD as u64, &history.read.hash);
        history.file.unlock()?;
        written?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok(history)
    }

    /// Opens a history that was begun. A file that is not there is an error: it may have been lost.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let mut history = Self::of(file);
        history.locked(|_| Ok::<_, HistoryError>(()))?;
        Ok(history)
    }

    /// Opens one that others in this process open again and again: what was read of it is kept for them. What stands in the
    /// part that was read before is not looked at again; its end must still be where that says.
    pub fn open_kept(path: &Path) -> Result<Self, HistoryError> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let mut history = Self::of(file);
        history.kept = kept::File::of(&history.file);
        history.locked(|_| Ok::<_, HistoryError>(()))?;
        Ok(history)
    }

    /// The same for somebody who may add no more than so many sets: memory holds a number of them, for everybody together.
    #[must_use]
    pub fn with_room(self, room: usize) -> Self {
        Self { room, ..self }
    }

    /// How many sets were added by this holder of it.
    pub fn added(&self) -> usize {
        self.added
    }

    /// Sets that may be added at once.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Whether nothing was released.
    pub fn is_empty(&self) -> bool {
        self.read.known.is_empty()
    }

    /// For a table that somebody waits for.
    #[must_use]
    pub fn waited_for(self, waiting: Waiting) -> Self {
        Self { waiting: Some(waiting), ..self }
    }

    fn of(file: File) -> Self {
        History { file, room: usize::MAX, added: 0, read: Heard::default(), kept: None, waiting: None }
    }

    /// Does something with the history as it is, while nobody else does.
    pub(super) fn locked<T, E: From<HistoryError>>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.file.lock().map_err(HistoryError::File)?;
        if let Some(read) = self.kept.as_ref().and_then(kept::File::take) {
            self.read = read;
        }
        let done = self.catch_up().map_err(E::from).and_then(|()| act(self));
        if let Some(kept) = &self.kept {
            kept.keep(std::mem::take(&mut self.read));
        }
        let unlocked = self.file.unlock().map_err(HistoryError::File);
        let done = done?;
        unlocked?;
        Ok(done)
    }

    /// Whether this set was released before.
    pub(super) fn knows(&self, digest: &Digest) -> bool {
        self.read.known.contains(digest)
    }

    /// The classes of what was released.
    pub(super) fn atoms(&self, space: Space) -> Cow<'_, Atoms> {
        self.read.atoms.get(&space).map_or_else(|| Cow::Owned(Atoms::default()), Cow::Borrowed)
    }

    /// The spaces in which anything was released.
    pub(super) fn spaces(&self) -> impl Iterator<Item = Space> {
        self.read.atoms.keys().copied()
    }

    /// Adds sets that are about to be released: on the disk when this returns.
    pub(super) fn add(&mut self, sets: &[&Told<'_>]) -> Result<(), HistoryError> {
        if self.waiting.as_ref().is_some_and(|waiting| !waiting.any()) {
            return Err(HistoryError::Late);
        }
        if sets.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for set in sets {
            bytes.extend_from_slice(&set.space.number().to_le_bytes());
            let layers = || std::iter::once(set.members).chain(set.layers);
            let size: usize = layers().map(RoaringBitmap::serialized_size).sum();
            let size = u32::try_from(size).ok().filter(|s| *s <= MOST);
            bytes.extend_from_slice(&size.ok_or(HistoryError::Full)?.to_le_bytes());
            for layer in layers() {
                layer.serialize_into(&mut bytes)?;
            }
        }
        (&self.file).seek(SeekFrom::Start(self.read.end))?;
        (&self.file).write_all(&bytes)?;
        self.file.sync_data()?;
        let mut hash = self.read.hash;
        for record in records(&bytes)? {
            hash = chained(&hash, record);
        }
        let end = self.read.end + bytes.len() as u64;
        self.write_head(end, &hash)?;
        self.take_in(&bytes)?;
        (self.read.end, self.read.hash) = (end, hash);
        self.added += sets.len();
        Ok(())
    }

    fn write_head(&self, end: u64, hash: &[u8; 32]) -> io::Result<()> {
        let mut head = Vec::with_capacity(HEAD);
        head.extend_from_slice(MAGIC);
        head.extend_from_slice(&end.to_le_bytes());
        head.extend_from_slice(hash);
        let check = Sha256::digest(&head);
        head.extend_from_slice(&check);
        (&self.file).seek(SeekFrom::Start(0))?;
        (&self.file).write_all(&head)?;
        self.file.sync_all()
    }

    /// Reads what others released since.
    fn catch_up(&mut self) -> Result<(), HistoryError> {
        let damaged = |_| HistoryError::Damaged("it ends too early");
        let mut head = [0; HEAD];
        (&self.file).seek(SeekFrom::Start(0))?;
        (&self.file).read_exact(&mut head).map_err(damaged)?;
        let (said, check) = head.split_at(HEAD - 32);
        if said[..16] == OLDER[..] && Sha256::digest(said)[..] == *check {
            return Err(HistoryError::Older);
        }
        if said[..16] != MAGIC[..] || Sha256::digest(said)[..] != *check {
            return Err(HistoryError::Damaged("its head is not as it was written"));
        }
        let end = u64::from_le_bytes(said[16..24].try_into().expect("eight bytes"));
        let Some(more) = end.checked_sub(self.read.end) else {
            return Err(HistoryError::Damaged("it is shorter than it was"));
        };
        if self.file.metadata()?.len() < end {
            return Err(HistoryError::Damaged("it ends too early"));
        }
        if more > MOST_BYTES {
            return Err(HistoryError::Full);
        }
        // Records are chained one by one, so what several of them hash to is found in the same steps.
        let mut bytes = vec![0; usize::try_from(more).map_err(|_| HistoryError::Full)?];
        (&self.file).seek(SeekFrom::Start(self.read.end))?;
        (&self.file).read_exact(&mut bytes).map_err(damaged)?;
        let mut hash = self.read.hash;
        for part in records(&bytes)? {
            hash = chained(&hash, part);
        }
        if hash[..] != said[24..] {
            return Err(HistoryError::Damaged("what it holds is not as it was written"));
        }
        self.take_in(&bytes)?;
        (self.read.end, self.read.hash) = (end, hash);
        Ok(())
    }

    fn take_in(&mut self, bytes: &[u8]) -> Result<(), HistoryError> {
        for record in records(bytes)? {
            let number = u64::from_le_bytes(record[..8].try_into().expect("eight bytes"));
            let space = Space::of(number).ok_or(HistoryError::Damaged("a set of nothing that is known"))?;
            let mut left = &record[RECORD..];
            let mut read = || {
                let read = RoaringBitmap::deserialize_from(&mut left);
                read.map_err(|_| HistoryError::Damaged("a set cannot be read"))
                    .map(|set| (set, left.is_empty()))
            };
            let (members, mut last) = read()?;
            let mut layers = Vec::new();
            while !last {
                let layer;
                (layer, last) = read()?;
                layers.push(layer);
            }
            if self.read.known.insert(digest(space, &members, &layers)) {
                self.read.atoms.entry(space).or_default().add(&members, &layers)?;
            }
        }
        Ok(())
    }
}

/// The records that stand one after the other, each with its head.
fn records(mut bytes: &[u8]) -> Result<Vec<&[u8]>, HistoryError> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let size = bytes.get(8..RECORD).map(|b| u32::from_le_bytes(b.try_into().expect("four bytes")));
        let end = size.filter(|s| *s <= MOST).map(|s| s as usize + RECORD).filter(|end| *end <= bytes.len());
        let (record, rest) = bytes.split_at(end.ok_or(HistoryError::Damaged("a set is cut short"))?);
        all.push(record);
        bytes = rest;
    }
    Ok(all)
}

fn chained(hash: &[u8; 32], bytes: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(hash).chain_update(bytes).finalize().into()
}

#[cfg(test)]
mod tests;

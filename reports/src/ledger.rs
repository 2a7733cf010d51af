//! What an aggregator keeps on disk, so that a batch goes on after a crash and a report counts once.
//!
//! | file | holds |
//! |---|---|
//! | `state` | the verification key, how far we are, our share of the sum, the leader's last figures: replaced as a whole, its digest at its end |
//! | `judged` | which reports were judged and how: only appended to; `state` says how much of it counts, and its digest |
//! | `asked-N` | the leader: the reports of part N, until the helper has settled it |
//! | `lock` | taken by the process that works here |
//!
//! A part of the reports is settled by one replacement of `state`: whatever happens, it is either counted, with its reports
//! among those judged, or it is not and will be asked about again in the same words. Between the two aggregators, the leader
//! settles first and says so: one that did not hear of it hears of it when they meet again ([`crate::aggregate`]).
//!
//! Files are readable by their owner alone: a share of the sum is as secret as the sum.
//!
//! **A folder is never brought back from a copy**, neither alone nor together with the other aggregator's. An aggregator set
//! back has forgotten what it asked, answered or told: it would be asked about reports a second time in other words, or
//! tell of a batch that overlaps with one already told, and both may show what a single report says. Leave it out of
//! backups. Where it is lost, agree on a new task and have everything reported again.
//!
//! After an error, what a [`Ledger`] holds in memory may be ahead of the disk: it is not used any more. Open the folder
//! again.

mod state;

use state::Closed;
pub(crate) use state::State;

use crate::aggregate::Collected;
use crate::error::ReportsError;
use crate::kind::Figures;
use crate::scheme::NONCE;
use crate::task::{Role, Task};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use yinshu_crypto::hash::Digest;
use zeroize::Zeroizing;

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Outcome {
    /// It counts.
    Accepted = 0,
    /// It is cut off, or longer than a report.
    CutOff = 1,
    /// Its time is outside that of the task.
    OutOfTime = 2,
    /// A share does not open: it was altered, or is for another task or aggregator.
    Unopened = 3,
    /// A share is malformed.
    Malformed = 4,
    /// Its proof does not hold: what it says is out of range, or something was altered.
    Invalid = 5,
    /// A report with its id was judged before.
    Repeated = 6,
}

impl Outcome {
    /// All, by their number.
    pub const ALL: [Self; 7] = [
        Self::Accepted,
        Self::CutOff,
        Self::OutOfTime,
        Self::Unopened,
        Self::Malformed,
        Self::Invalid,
        Self::Repeated,
    ];

    /// By its number.
    pub(crate) fn of(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The word for tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::CutOff => "cut-off",
            Self::OutOfTime => "out-of-time",
            Self::Unopened => "unopened",
            Self::Malformed => "malformed",
            Self::Invalid => "invalid",
            Self::Repeated => "repeated",
        }
    }
}

/// How many of each outcome there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally(pub(crate) [u64; Outcome::ALL.len()]);

impl Tally {
    /// How many of one.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    /// How many were rejected.
    pub fn rejected(&self) -> u64 {
        self.0[1..].iter().sum()
    }

    pub(crate) fn count(&mut self, outcome: Outcome) {
        self.0[outcome as usize] += 1;
    }
}

impl Serialize for Tally {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(Outcome::ALL.iter().map(|outcome| (outcome.word(), self.of(*outcome))))
    }
}

/// By what a judged report is known: its id, or where the helper was never asked about it, the beginning of a digest of all
/// of it, since whoever alters a copy of a report must not use up its id.
pub type Mark = [u8; NONCE];

/// Bytes of an entry of `judged`.
const ENTRY: usize = NONCE + 1;

/// An aggregator's folder.
pub struct Ledger {
    folder: PathBuf,
    pub(crate) state: State,
    judged: File,
    hash: Sha256,
    seen: HashSet<Mark>,
    role: Role,
    /// An operation is under way, or failed: what is in memory may be ahead of the disk.
    unsettled: bool,
    _lock: File,
}

impl Ledger {
    /// Opens the folder of an aggregator of a task, or makes it.
    ///
    /// # Errors
    /// [`ReportsError::InUse`], [`ReportsError::OtherTask`], [`ReportsError::Damaged`], [`ReportsError::File`].
    pub fn open(folder: &Path, task: &Task, role: Role) -> Result<Self, ReportsError> {
        let failed = |error: std::io::Error| ReportsError::file(folder, &error);
        make_folder(folder).map_err(failed)?;
        let lock = private(&folder.join("lock")).map_err(failed)?;
        if lock.try_lock().is_err() {
            return Err(ReportsError::InUse { path: folder.display().to_string() });
        }
        let path = folder.join("state");
        let state = match fs::read(&path) {
            Ok(bytes) => State::from_bytes(&Zeroizing::new(bytes), &path)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::new(task, role),
            Err(error) => return Err(ReportsError::file(&path, &error)),
        };
        if state.task != task.digest() || state.role != role as u8 {
            return Err(ReportsError::OtherTask { path: folder.display().to_string() });
        }
        let path = folder.join("judged");
        let mut judged = private(&path).map_err(|error| ReportsError::file(&path, &error))?;
        let (seen, hash) = read_judged(&mut judged, &path, &state)?;
        Ok(Self { folder: folder.to_owned(), state, judged, hash, seen, role, unsettled: false, _lock: lock })
    }

    /// How far the open batch is.
    pub fn tally(&self) -> Tally {
        self.state.tally
    }

    /// The number of the open batch, counted from 1.
    pub fn batch(&self) -> u32 {
        self.state.batch
    }

    /// The batch that the leader collected last, with its figures: until the next is collected, they can be had again.
    pub fn last_collected(&self) -> Option<Collected> {
        let closed = self.state.closed.as_ref().filter(|closed| !closed.figures.is_empty())?;
        let figures = Figures(closed.figures.to_vec());
        Some(Collected { batch: closed.batch, tally: closed.tally, figures })
    }

    /// An operation begins that changes what is in memory before it is on disk.
    pub(crate) fn enter(&mut self) -> Result<(), ReportsError> {
        if std::mem::replace(&mut self.unsettled, true) {
            return Err(ReportsError::Reopen { path: self.folder.display().to_string() });
        }
        Ok(())
    }

    /// It succeeded: both are the same.
    pub(crate) fn leave(&mut self) {
        self.unsettled = false;
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    /// Whether a report was judged before.
    pub(crate) fn was_judged(&self, mark: &Mark) -> bool {
        self.seen.contains(mark)
    }

    /// Notes that a report is being judged in this run; whether it was not judged before.
    pub(crate) fn take(&mut self, mark: &Mark) -> bool {
        self.seen.insert(*mark)
    }

    /// Counts what was judged.
    pub(crate) fn count(&mut self, judged: &[(Mark, Outcome)]) {
        judged.iter().for_each(|(_, outcome)| self.state.tally.count(*outcome));
    }

    /// Closes the open batch and begins the next. Of the closed one the leader keeps the figures, and the helper its share
    /// of the sum.
    pub(crate) fn close(&mut self, sum_bytes: usize, figures: Option<&Figures>) -> Result<(), ReportsError> {
        let state = &mut self.state;
        let mut sum = std::mem::replace(&mut state.sum, Zeroizing::new(vec![0; sum_bytes]));
        if figures.is_some() {
            sum = Zeroizing::default();
        }
        let figures = Zeroizing::new(figures.map_or_else(Vec::new, |figures| figures.0.clone()));
        let tally = std::mem::take(&mut state.tally);
        state.closed = Some(Closed { batch: state.batch, tally, sum, figures });
        state.batch += 1;
        self.save()
    }

    /// That what is kept of a part is not what it was.
    pub(crate) fn damaged(&self, part: u64) -> ReportsError {
        ReportsError::Damaged { path: self.folder.join(format!("asked-{part}")).display().to_string() }
    }

    /// Appends what was judged, and replaces the state: all or nothing.
    pub(crate) fn settle(&mut self, judged: &[(Mark, Outcome)]) -> Result<(), ReportsError> {
        let path = self.folder.join("judged");
        let mut bytes = Vec::with_capacity(judged.len() * ENTRY);
        for (mark, outcome) in judged {
            bytes.extend_from_slice(mark);
            bytes.push(*outcome as u8);
        }
        let mut append = || {
            // What an earlier try left beyond what counts is overwritten.
            self.judged.seek(SeekFrom::Start(self.state.judged_bytes))?;
            self.judged.write_all(&bytes)?;
            self.judged.sync_data()
        };
        append().map_err(|error| ReportsError::file(&path, &error))?;
        self.hash.update(&bytes);
        self.state.judged_bytes += bytes.len() as u64;
        self.state.judged_digest = self.hash.clone().finalize().into();
        self.save()?;
        self.seen.extend(judged.iter().map(|(mark, _)| *mark));
        Ok(())
    }

    /// Replaces the state.
    pub(crate) fn save(&self) -> Result<(), ReportsError> {
        self.replace("state", &self.state.to_bytes())
    }

    /// Keeps the reports of a part.
    pub(crate) fn keep_asked(&self, part: u64, reports: &[&[u8]]) -> Result<(), ReportsError> {
        self.replace(&format!("asked-{part}"), &reports.concat())
    }

    /// The reports of a part that was asked about.
    pub(crate) fn asked(&self, part: u64, length: usize) -> Result<Vec<Vec<u8>>, ReportsError> {
        let path = self.folder.join(format!("asked-{part}"));
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => self.damaged(part),
            _ => ReportsError::file(&path, &error),
        })?;
        Ok(bytes.chunks(length).map(<[u8]>::to_vec).collect())
    }

    /// Notes what the helper is about to be asked about a part, whose reports are kept.
    pub(crate) fn begin(&mut self, part: u64, asked: Digest) -> Result<(), ReportsError> {
        match self.state.begun.replace(asked) {
            None => self.save(),
            Some(before) if before == asked => Ok(()),
            Some(_) => Err(self.damaged(part)),
        }
    }

    /// Whether the helper was asked about a part that is not settled, or is about to be.
    pub(crate) fn is_asking(&self) -> bool {
        let next = self.state.parts + 1;
        self.state.begun.is_some() || self.folder.join(format!("asked-{next}")).exists()
    }

    /// Forgets the reports of a part that the helper has settled.
    pub(crate) fn forget_asked(&self, part: u64) {
        // A file that stays is of no consequence.
        let _ = fs::remove_file(self.folder.join(format!("asked-{part}")));
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), ReportsError> {
        let (path, new) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let write = || {
            let mut file = private(&new)?;
            file.set_len(0)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|error| ReportsError::file(&path, &error))
    }

    /// What was rejected, with what it is known by, in the order in which it was judged: all batches.
    ///
    /// # Errors
    /// [`ReportsError::File`].
    pub fn rejected(&self) -> Result<Vec<(Mark, Outcome)>, ReportsError> {
        let path = self.folder.join("judged");
        let bytes = fs::read(&path).map_err(|error| ReportsError::file(&path, &error))?;
        let counted = usize::try_from(self.state.judged_bytes).unwrap_or(usize::MAX).min(bytes.len());
        let entries = bytes[..counted].as_chunks::<ENTRY>().0.iter().filter_map(|entry| {
            let (mark, outcome) = entry.split_first_chunk()?;
            Some((*mark, Outcome::of(outcome[0])?))
        });
        Ok(entries.filter(|(_, outcome)| *outcome != Outcome::Accepted).collect())
    }
}

/// The entries that count, checked against the state.
fn read_judged(file: &mut File, path: &Path, state: &State) -> Result<(HashSet<Mark>, Sha256), ReportsError> {
    let failed = |error: std::io::Error| ReportsError::file(path, &error);
    let damaged = || ReportsError::Damaged { path: path.display().to_string() };
    let count = usize::try_from(state.judged_bytes).map_err(|_| damaged())?;
    if file.metadata().map_err(failed)?.len() < state.judged_bytes || !count.is_multiple_of(ENTRY) {
        return Err(damaged());
    }
    let mut bytes = Vec::with_capacity(count);
    file.take(state.judged_bytes).read_to_end(&mut bytes).map_err(failed)?;
    let hash = Sha256::new_with_prefix(&bytes);
    if <[u8; 32]>::from(hash.clone().finalize()) != state.judged_digest {
        return Err(damaged());
    }
    let marks =
        bytes.as_chunks::<ENTRY>().0.iter().map(|entry| *entry.first_chunk().expect("an entry is longer"));
    Ok((marks.collect(), hash))
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens or makes a file that its owner alone can read.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests;

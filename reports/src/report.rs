//! Reports as they travel and lie in files.
//!
//! | part of a report | bytes |
//! |---|---|
//! | id: the nonce of the draft, the beginning of a digest of both encapsulated keys | 16 |
//! | time, in seconds since 1970, little-endian | 8 |
//! | public share | 0 or 64 |
//! | the leader's share, sealed to it with the three above and a digest of the next | 48 and the share |
//! | the helper's, sealed to it with the first three | 48 and 32 or 64 |
//!
//! The id follows from the encapsulated keys with which both sealed shares begin, and the leader's seal covers all else: of
//! a report that somebody saw or carried, nobody but its reporter can make another with its id that the leader opens. So an
//! altered copy is rejected by itself, whatever of it was altered, and does not use up the id of the true report.
//!
//! All reports of a task have one length. A file is `yinshu reports 1`, a line feed, the task's digest (32 bytes), and
//! reports one after the other. It is written once and whole: nothing is appended to a file, since whatever followed a
//! report that was cut off would be read at the wrong place. Where there are several files, they are brought into one
//! folder: it is all its files with the extension `reports`, by name. A file in it that cannot be read, or is none of these
//! reports, is [passed over](Reports::passed_over).

use crate::error::ReportsError;
use crate::kind::Measurement;
use crate::scheme::{AnyPrio, NONCE, Shares, Sizes, each};
use crate::seal::{ENCAPSULATED, Envelope, SEALING};
use crate::task::{Role, Task};
use crate::wiped::Wiped;
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng as _};
use rayon::prelude::*;
use serde::Serialize;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::vec;
use yinshu_crypto::hash::Digest;
use zeroize::Zeroizing;

/// What a file begins with, before the digest.
pub const MAGIC: &[u8; 17] = b"yinshu reports 1\n";

/// The extension of files in a folder.
pub const EXTENSION: &str = "reports";

/// Bytes of id and time.
const HEAD: usize = NONCE + 8;

/// Where the parts of a report are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    public: usize,
    leader: usize,
    helper: usize,
}

impl Layout {
    pub(crate) fn of(sizes: &Sizes) -> Self {
        Self { public: sizes.public, leader: SEALING + sizes.leader, helper: SEALING + sizes.helper }
    }

    /// Bytes of a report.
    pub(crate) fn report(&self) -> usize {
        self.asked() + self.leader
    }

    /// Bytes of what the helper gets: all but the leader's share.
    pub(crate) fn asked(&self) -> usize {
        HEAD + self.public + self.helper
    }

    /// The parts of a whole report.
    pub(crate) fn whole<'a>(&self, bytes: &'a [u8]) -> Option<Whole<'a>> {
        if bytes.len() != self.report() {
            return None;
        }
        let (about, rest) = bytes.split_at(HEAD + self.public);
        let (leader, helper) = rest.split_at(self.leader);
        Some(Whole { about: About(about), leader, helper })
    }

    /// What the helper gets.
    pub(crate) fn part<'a>(&self, bytes: &'a [u8]) -> Option<(About<'a>, &'a [u8])> {
        let (about, helper) = bytes.split_at_checked(HEAD + self.public)?;
        (helper.len() == self.helper).then_some((About(about), helper))
    }
}

/// A report, in parts.
pub(crate) struct Whole<'a> {
    pub(crate) about: About<'a>,
    pub(crate) leader: &'a [u8],
    pub(crate) helper: &'a [u8],
}

impl Whole<'_> {
    /// Whether the id is the one that follows from the encapsulated keys.
    pub(crate) fn has_its_id(&self) -> bool {
        let keys = self.leader.first_chunk().zip(self.helper.first_chunk());
        keys.is_some_and(|(leader, helper)| id_of(leader, helper) == *self.about.id())
    }

    /// What the leader's share is tied to: id, time, public share, and the helper's sealed share.
    pub(crate) fn about_leader(&self) -> Vec<u8> {
        about_leader(self.about.0, self.helper)
    }
}

/// The id of a report whose sealed shares begin with these.
fn id_of(leader: &[u8; ENCAPSULATED], helper: &[u8; ENCAPSULATED]) -> [u8; NONCE] {
    let digest = Digest::of_parts("yinshu reports id v1", &[leader, helper]);
    *digest.0.first_chunk().expect("a digest is longer")
}

fn about_leader(about: &[u8], helper: &[u8]) -> Vec<u8> {
    [about, &Digest::sha256(helper).0].concat()
}

/// A report to be, of which the id is known: shares are made for an id.
pub(crate) struct Blank {
    id: [u8; NONCE],
    leader: Envelope,
    helper: Envelope,
}

impl Blank {
    pub(crate) fn new(task: &Task, rng: &mut impl CryptoRng) -> Result<Self, ReportsError> {
        let (terms, digest) = (task.terms(), task.digest());
        let leader = terms.leader.envelope((&digest, Role::Leader), rng)?;
        let helper = terms.helper.envelope((&digest, Role::Helper), rng)?;
        Ok(Self { id: id_of(leader.encapsulated(), helper.encapsulated()), leader, helper })
    }

    pub(crate) fn id(&self) -> &[u8; NONCE] {
        &self.id
    }

    /// The report of these shares.
    pub(crate) fn fill(self, time: u64, shares: &Shares) -> Result<Vec<u8>, ReportsError> {
        let mut out = [self.id.as_slice(), &time.to_le_bytes(), &shares.public].concat();
        let helper = self.helper.close(&out, &shares.helper)?;
        let leader = self.leader.close(&about_leader(&out, &helper), &shares.leader)?;
        out.extend(leader);
        out.extend(helper);
        Ok(out)
    }

    /// A report of which the helper's share does not open, though the leader's does.
    #[cfg(test)]
    pub(crate) fn fill_for_nobody(self, time: u64, shares: &Shares) -> Result<Vec<u8>, ReportsError> {
        let mut out = [self.id.as_slice(), &time.to_le_bytes(), &shares.public].concat();
        let helper = self.helper.close(b"nothing", &shares.helper)?;
        out.extend(self.leader.close(&about_leader(&out, &helper), &shares.leader)?);
        out.extend(helper);
        Ok(out)
    }
}

/// Id, time and public share: what both sealed shares are tied to.
#[derive(Clone, Copy)]
pub(crate) struct About<'a>(&'a [u8]);

impl<'a> About<'a> {
    pub(crate) fn id(&self) -> &'a [u8; NONCE] {
        self.0.first_chunk().expect("a layout begins with the id")
    }

    pub(crate) fn time(&self) -> u64 {
        u64::from_le_bytes(self.0[NONCE..HEAD].try_into().expect("eight bytes"))
    }

    pub(crate) fn public(&self) -> &'a [u8] {
        &self.0[HEAD..]
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.0
    }
}

/// Makes reports.
pub struct Reporter<'a> {
    task: &'a Task,
    prio: AnyPrio,
    sizes: Sizes,
}

impl<'a> Reporter<'a> {
    /// For a task.
    pub fn new(task: &'a Task) -> Self {
        let prio = AnyPrio::new(task.kind(), task.context());
        Self { task, sizes: prio.sizes(), prio }
    }

    /// What a file of reports of this task begins with.
    pub fn head(&self) -> Vec<u8> {
        [MAGIC.as_slice(), &self.task.digest().0].concat()
    }

    /// Bytes of a report.
    pub fn report_bytes(&self) -> usize {
        Layout::of(&self.sizes).report()
    }

    /// One report. Round the time: to the hour, it tells less of the reporter.
    ///
    /// # Errors
    /// [`ReportsError::BadMeasurement`].
    pub fn report(
        &self,
        measurement: &Measurement,
        time: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ReportsError> {
        self.task.kind().admits(measurement)?;
        let blank = Blank::new(self.task, rng)?;
        let mut random = Zeroizing::new(vec![0; self.sizes.random]);
        rng.fill_bytes(&mut random);
        let unfit = || ReportsError::BadMeasurement { wanted: self.task.kind().wanted() };
        let shares = each!(&self.prio, prio => {
            let encoded = Wiped::from(prio.encoded(measurement).ok_or_else(unfit)?);
            prio.shard(&encoded, blank.id(), &random)
        });
        blank.fill(time, &shares)
    }

    /// Many reports, on all cores; of a measurement that is not admitted, its number counted from 0 and why.
    ///
    /// # Errors
    /// As [`report`](Self::report).
    pub fn reports(
        &self,
        measurements: &[Measurement],
        time: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Vec<u8>>, (usize, ReportsError)> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        let each = measurements.par_iter().enumerate().map(|(at, measurement)| {
            let mut rng = ChaCha20Rng::from_seed(*seed);
            // Streams of one key are independent.
            rng.set_stream(at as u64);
            self.report(measurement, time, &mut rng).map_err(|error| (at, error))
        });
        each.collect()
    }
}

/// Reads reports from a file, or from all files of a folder.
pub struct Reports {
    /// Whether a file that cannot be read is passed over.
    folder: bool,
    files: vec::IntoIter<PathBuf>,
    open: Option<(PathBuf, BufReader<File>)>,
    task: [u8; 32],
    length: usize,
    passed_over: Vec<PassedOver>,
}

/// A file that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// Which.
    pub file: PathBuf,
    /// Why. Reports that were read before it went wrong count.
    pub why: ReportsError,
}

impl Reports {
    /// Opens a file or folder.
    ///
    /// # Errors
    /// [`ReportsError::File`].
    pub fn open(path: &Path, task: &Task) -> Result<Self, ReportsError> {
        let failed = |error: std::io::Error| ReportsError::file(path, &error);
        let mut files = vec![path.to_owned()];
        let folder = path.is_dir();
        if folder {
            let entries = std::fs::read_dir(path).map_err(failed)?;
            files = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>().map_err(failed)?;
            files.retain(|file| file.extension().is_some_and(|e| e == EXTENSION));
            files.sort();
        }
        let (files, length) = (files.into_iter(), Reporter::new(task).report_bytes());
        Ok(Self { folder, files, open: None, task: task.digest().0, length, passed_over: Vec::new() })
    }

    /// The files of the folder that were passed over so far, because they cannot be read or are none of this task's reports.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    fn begin(&mut self, path: &Path) -> Result<(), ReportsError> {
        let file = File::open(path).map_err(|error| ReportsError::file(path, &error))?;
        let mut file = BufReader::with_capacity(1 << 18, file);
        let mut head = [0; MAGIC.len() + 32];
        let shown = || path.display().to_string();
        file.read_exact(&mut head).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => ReportsError::NotReports { path: shown() },
            _ => ReportsError::file(path, &error),
        })?;
        if head[..MAGIC.len()] != *MAGIC {
            return Err(ReportsError::NotReports { path: shown() });
        }
        if head[MAGIC.len()..] != self.task {
            return Err(ReportsError::OtherTask { path: shown() });
        }
        self.open = Some((path.to_owned(), file));
        Ok(())
    }

    /// The next report of the open file; nothing at its end.
    fn read(&mut self) -> Result<Option<Vec<u8>>, (PathBuf, ReportsError)> {
        let Some((path, file)) = &mut self.open else { return Ok(None) };
        let mut report = Vec::with_capacity(self.length);
        match file.take(self.length as u64).read_to_end(&mut report) {
            Err(error) => Err((path.clone(), ReportsError::file(path, &error))),
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(report)),
        }
    }
}

impl Iterator for Reports {
    type Item = Result<Vec<u8>, ReportsError>;

    /// The next report; the last of a file may be cut off. An error is that of a file which was given by its name.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (file, why) = match self.read() {
                Ok(Some(report)) => return Some(Ok(report)),
                Ok(None) => {
                    self.open = None;
                    let path = self.files.next()?;
                    match self.begin(&path) {
                        Ok(()) => continue,
                        Err(why) => (path, why),
                    }
                }
                Err(failed) => failed,
            };
            self.open = None;
            if !self.folder {
                return Some(Err(why));
            }
            self.passed_over.push(PassedOver { file, why });
        }
    }
}

#[cfg(test)]
mod tests;

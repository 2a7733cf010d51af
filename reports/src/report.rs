//! Reports as they travel and lie in files.
//!
//! | part of a report | bytes |
//! |---|---|
//! | id: the nonce of the draft, random | 16 |
//! | time, in seconds since 1970, little-endian | 8 |
//! | public share | 0 or 64 |
//! | the leader's share, sealed to it with the three above | 48 and the share |
//! | the helper's, likewise | 48 and 32 or 64 |
//!
//! All reports of a task have one length. A file is `yinshu reports 1`, a line feed, the task's digest (32 bytes), and
//! reports one after the other, so that files of one task can be appended to. A folder is all its files with the extension
//! `reports`, by name.

use crate::error::ReportsError;
use crate::kind::Measurement;
use crate::scheme::{AnyPrio, NONCE, Sizes, each};
use crate::seal::SEALING;
use crate::task::{Role, Task};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng as _};
use rayon::prelude::*;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::vec;
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
        let mut id = [0; NONCE];
        rng.fill_bytes(&mut id);
        let mut random = Zeroizing::new(vec![0; self.sizes.random]);
        rng.fill_bytes(&mut random);
        let unfit = || ReportsError::BadMeasurement { wanted: self.task.kind().wanted() };
        let shares = each!(&self.prio, prio => {
            let encoded = prio.encoded(measurement).ok_or_else(unfit)?;
            prio.shard(&encoded, &id, &random)
        });
        let mut out = Vec::with_capacity(self.report_bytes());
        out.extend_from_slice(&id);
        out.extend_from_slice(&time.to_le_bytes());
        out.extend_from_slice(&shares.public);
        let about = out.clone();
        let (task, terms) = (self.task.digest(), self.task.terms());
        out.extend(terms.leader.seal((&task, Role::Leader), &about, &shares.leader, rng)?);
        out.extend(terms.helper.seal((&task, Role::Helper), &about, &shares.helper, rng)?);
        Ok(out)
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
    files: vec::IntoIter<PathBuf>,
    open: Option<(PathBuf, BufReader<File>)>,
    task: [u8; 32],
    length: usize,
}

impl Reports {
    /// Opens a file or folder.
    ///
    /// # Errors
    /// [`ReportsError::File`].
    pub fn open(path: &Path, task: &Task) -> Result<Self, ReportsError> {
        let failed = |error: std::io::Error| ReportsError::file(path, &error);
        let mut files = vec![path.to_owned()];
        if path.is_dir() {
            let entries = std::fs::read_dir(path).map_err(failed)?;
            files = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>().map_err(failed)?;
            files.retain(|file| file.extension().is_some_and(|e| e == EXTENSION));
            files.sort();
        }
        let length = Reporter::new(task).report_bytes();
        Ok(Self { files: files.into_iter(), open: None, task: task.digest().0, length })
    }

    fn next_file(&mut self) -> Option<Result<(), ReportsError>> {
        let path = self.files.next()?;
        let mut read = || {
            let file = File::open(&path).map_err(|error| ReportsError::file(&path, &error))?;
            let mut file = BufReader::with_capacity(1 << 18, file);
            let mut head = [0; MAGIC.len() + 32];
            let shown = || path.display().to_string();
            file.read_exact(&mut head).map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => ReportsError::NotReports { path: shown() },
                _ => ReportsError::file(&path, &error),
            })?;
            if head[..MAGIC.len()] != *MAGIC {
                return Err(ReportsError::NotReports { path: shown() });
            }
            if head[MAGIC.len()..] != self.task {
                return Err(ReportsError::OtherTask { path: shown() });
            }
            self.open = Some((path.clone(), file));
            Ok(())
        };
        Some(read())
    }
}

impl Iterator for Reports {
    type Item = Result<Vec<u8>, ReportsError>;

    /// The next report; the last of a file may be cut off.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((path, file)) = &mut self.open else {
                match self.next_file()? {
                    Ok(()) => continue,
                    Err(error) => return Some(Err(error)),
                }
            };
            let mut report = Vec::with_capacity(self.length);
            match file.take(self.length as u64).read_to_end(&mut report) {
                Err(error) => return Some(Err(ReportsError::file(path, &error))),
                Ok(0) => self.open = None,
                Ok(_) => return Some(Ok(report)),
            }
        }
    }
}

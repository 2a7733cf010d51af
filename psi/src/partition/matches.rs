//! Which of the own entries matched: a file of positions for each partition, merged into one stream.
//!
//! `match-00000` …: positions of 6 bytes, ascending, encrypted under the attempt that found them.

use super::checkpoint::{Checkpoint, Complete};
use super::disk::{damaged, failed};
use super::load::Places;
use super::seal::Stream;
use super::spill::{Sealed, Spill, position};
use crate::{Entry, PsiError};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use yinshu_crypto::hash::Digest;

const POSITION_BYTES: usize = 6;

/// How many positions of one partition are held at a time.
const HELD: u64 = 2048;

fn path(spill: &Spill, partition: u32) -> PathBuf {
    spill.folder.join(format!("match-{partition:05}"))
}

fn stream(spill: &Spill, partition: u32, attempt: &Digest) -> Stream {
    spill.key.stream("yinshu psi matches stream", &[&attempt.0, &partition.to_le_bytes()])
}

fn mac(spill: &Spill, partition: u32, digest: &Digest) -> Digest {
    spill.key.mac("yinshu psi matches", &[&partition.to_le_bytes(), &digest.0])
}

/// Writes which records of `partition` match, repeats among them unless the spill says [`Spill::once`], and
/// makes it durable. `matched` belongs to the sorted `entries`.
pub(super) fn write(
    spill: &Spill,
    partition: u32,
    attempt: Digest,
    entries: &[Entry],
    matched: &[bool],
) -> Result<Complete, PsiError> {
    let stream = stream(spill, partition, &attempt);
    let mut file = Sealed::create(path(spill, partition), stream, 64 << 10, true)?;
    let mut named = vec![false; if spill.once { entries.len() } else { 0 }];
    let places = Places::vartime_of(entries);
    spill.each(partition, |records| {
        let hit = |record: &super::Record| places.vartime_find(&record.entry).filter(|&place| matched[place]);
        let hits: Vec<Option<usize>> = records.par_iter().map(hit).collect();
        let mut hits = records.iter().zip(hits).filter_map(|(record, hit)| Some((record.position, hit?)));
        hits.try_for_each(|(position, place)| {
            let before = named.get_mut(place).is_some_and(|named| std::mem::replace(named, true));
            if before { Ok(()) } else { file.push(&position.to_le_bytes()[..POSITION_BYTES]) }
        })
    })?;
    let (bytes, digest) = file.finish()?;
    let matches = bytes / POSITION_BYTES as u64;
    Ok(Complete { matches, attempt, mac: mac(spill, partition, &digest) })
}

/// The positions of the own entries that matched, ascending, repeats included: read from disk as they are
/// asked for, about 16 KB for each partition.
pub struct Matches<'a> {
    spill: &'a Spill,
    sources: Vec<Source>,
    heads: BinaryHeap<Reverse<(u64, usize)>>,
    count: u64,
    failed: bool,
}

struct Source {
    partition: u32,
    told: Complete,
    stream: Stream,
    hash: Sha256,
    read: u64,
    held: std::vec::IntoIter<u64>,
    last: Option<u64>,
}

impl<'a> Matches<'a> {
    /// Of a run whose partitions are all complete.
    pub(super) fn open(spill: &'a Spill, checkpoint: &Checkpoint) -> Result<Self, PsiError> {
        let (mut sources, mut count) = (Vec::new(), 0);
        for (partition, part) in (0..).zip(&checkpoint.parts) {
            let told = part.ok_or(PsiError::OutOfStep { step: "the partitions" })?;
            count += told.matches;
            let stream = stream(spill, partition, &told.attempt);
            let (hash, held) = (Sha256::new(), Vec::new().into_iter());
            sources.push(Source { partition, told, stream, hash, read: 0, held, last: None });
        }
        let mut matches = Self { spill, sources, heads: BinaryHeap::new(), count, failed: false };
        for source in 0..matches.sources.len() {
            matches.advance(source)?;
        }
        Ok(matches)
    }

    /// Of a run that completed all its partitions on this side, whether or not the peer heard of it; `None`
    /// of one that did not. No peer is needed.
    ///
    /// # Errors
    /// [`PsiError::Storage`], [`PsiError::Damaged`] and [`PsiError::ResumeDiffers`].
    pub fn kept(spill: &'a Spill) -> Result<Option<Self>, PsiError> {
        match Checkpoint::read(spill)? {
            Some(kept) if kept.parts.iter().all(Option::is_some) => Self::open(spill, &kept).map(Some),
            _ => Ok(None),
        }
    }

    /// How many there are in all.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Puts the next position of a source among the heads; at its end checks that it was whole.
    fn advance(&mut self, at: usize) -> Result<(), PsiError> {
        let source = &mut self.sources[at];
        let path = path(self.spill, source.partition);
        let next = match source.held.next() {
            Some(next) => Some(next),
            None => {
                source.fill(&path)?;
                source.held.next()
            }
        };
        let Some(next) = next else {
            let digest = Digest(std::mem::take(&mut source.hash).finalize().into());
            let whole = mac(self.spill, source.partition, &digest) == source.told.mac;
            return if whole { Ok(()) } else { Err(damaged(&path, "MAC")) };
        };
        if source.last.is_some_and(|last| last >= next) {
            return Err(damaged(&path, "order"));
        }
        source.last = Some(next);
        self.heads.push(Reverse((next, at)));
        Ok(())
    }
}

impl Source {
    fn fill(&mut self, path: &std::path::Path) -> Result<(), PsiError> {
        let count = (self.told.matches - self.read).min(HELD);
        let at = self.read * POSITION_BYTES as u64;
        let mut bytes = vec![0; usize::try_from(count).expect("at most 2048") * POSITION_BYTES];
        if !bytes.is_empty() {
            let mut file = File::open(path).map_err(failed("opening", path))?;
            let read = file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut bytes));
            read.map_err(failed("reading", path))?;
        }
        self.stream.apply(at, &mut bytes).map_err(|check| damaged(path, check))?;
        self.hash.update(&bytes);
        self.read += count;
        self.held = bytes.as_chunks().0.iter().map(|bytes| position(*bytes)).collect::<Vec<_>>().into_iter();
        Ok(())
    }
}

impl Iterator for Matches<'_> {
    type Item = Result<u64, PsiError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let Reverse((position, source)) = self.heads.pop()?;
        match self.advance(source) {
            Ok(()) => Some(Ok(position)),
            Err(error) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}

impl std::fmt::Debug for Matches<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Matches({})", self.count)
    }
}

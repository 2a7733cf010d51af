//! The holder: raises the asker's blinded points to its keys, then hands out buckets where those are asked for.
//!
//! ```text
//! accept ─▶ Evaluating ─▶ Answered                                    (the asker has a copy)
//!                     └─▶ AwaitingBuckets ─▶ Naming ─▶ Showing ─▶ Answered
//! ```

use super::bucket::Division;
use super::chunks::Chunks;
use super::encoding::Encoding;
use super::fault::Fault;
use super::msg::{
    BucketsPackage, Kind, Lookup, NUMBERS_CHUNK, NumbersPackage, OpenPackage, PointsPackage, RowsPackage,
    StatePackage,
};
use super::store::merge::{Merge, Rows};
use super::store::segment::GONE;
use super::store::{ROW_HEAD, TOKEN_BYTES, Token};
use crate::Terms;
use crate::error::{Misstep, PsiError};
use crate::terms::MAX_ENTRIES;
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::group::{BATCH, decode_raise_encode_each};
use yinshu_crypto::hash::Digest;

/// What the holder learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// How many entries the asker asked about, per section. Its own duplicates are among them.
    pub peer_items: Vec<u64>,
    /// The asker's commitment to its entries ([`crate::terms::commitment`]), to be kept in the log.
    pub peer_commitment: Digest,
    /// The epoch of the key that was used.
    pub epoch: u64,
    /// The version of the encoding that was answered from.
    pub version: u64,
    /// How many buckets were asked for; 0 where the asker has a copy.
    pub buckets: u64,
    /// How many entries were in them.
    pub shown: u64,
}

/// Takes an opening within the terms, whose sections are those of the encoding.
pub fn accept<'a>(
    open: &OpenPackage,
    encoding: &'a Encoding,
    terms: &Terms,
) -> Result<Evaluating<'a>, Misstep> {
    for (section, &found) in terms.sections.iter().zip(&open.counts) {
        if found > section.max {
            let (section, max) = (section.name.clone(), section.max);
            return Err(Misstep::SectionQuota { section, max, found });
        }
    }
    let found = open.counts.iter().fold(0, |sum: u64, &count| sum.saturating_add(count));
    let max = terms.max_peer_items.min(MAX_ENTRIES);
    if found > max {
        return Err(Misstep::TooManyEntries { max, found });
    }
    let manifest = &encoding.store.manifest;
    let answered = Answered {
        peer_items: open.counts.clone(),
        peer_commitment: open.commitment,
        epoch: manifest.published.epoch,
        version: manifest.version,
        buckets: 0,
        shown: 0,
    };
    let chunks = Chunks::new(&open.counts);
    Ok(Evaluating { encoding, answered, chunks, verify: open.verify, lookup: open.lookup })
}

/// Raising the asker's points.
pub struct Evaluating<'a> {
    encoding: &'a Encoding,
    answered: Answered,
    chunks: Chunks,
    verify: bool,
    lookup: Lookup,
}

impl<'a> Evaluating<'a> {
    /// What the asker is told of the encoding.
    pub fn state(&self) -> StatePackage {
        StatePackage::of(&self.encoding.store.manifest)
    }

    /// How many points the next package has; 0 after the last.
    pub fn due(&self) -> usize {
        self.chunks.due().map_or(0, |(_, range)| range.len())
    }

    /// How many points were raised.
    pub fn done(&self) -> u64 {
        self.chunks.done() as u64
    }

    /// Reads the next package.
    pub fn decode(&self, frame: &[u8]) -> Result<PointsPackage, Misstep> {
        PointsPackage::decode(frame, Kind::Blinded, self.due(), false, self.done())
    }

    /// Raises the next points to the key of their section, and proves it where that was asked for.
    pub fn evaluate(
        &mut self,
        package: &PointsPackage,
        rng: &mut impl CryptoRng,
    ) -> Result<PointsPackage, Fault> {
        let due = self.chunks.due().filter(|(_, range)| range.len() == package.points.len());
        let (section, range) = due.ok_or(PsiError::OutOfStep { step: "the evaluation of points" })?;
        let key = &self.encoding.keys.keys[section];
        let batch = |(at, points): (usize, &[[u8; 32]])| {
            decode_raise_encode_each(points, key.exponent()).map_err(|bad| Misstep::BadPoint {
                index: (range.start + at * BATCH + bad.index) as u64,
                cause: bad.cause,
            })
        };
        let raised: Result<Vec<_>, Misstep> =
            package.points.par_chunks(BATCH).enumerate().map(batch).collect();
        let points = raised?.concat();
        let proof = if self.verify {
            let proof = self.encoding.keys.suite.prove(key, &package.points, &points, rng);
            Some(proof.map_err(|_| PsiError::OutOfStep { step: "the proof of an evaluation" })?)
        } else {
            None
        };
        self.chunks.advance();
        Ok(PointsPackage { points, proof })
    }

    /// On to the buckets, if any are asked for.
    pub fn finish(self) -> Result<Evaluated<'a>, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the evaluation of points" });
        }
        Ok(match self.lookup {
            Lookup::Copy => Evaluated::Done(self.answered),
            Lookup::Buckets => {
                Evaluated::Awaiting(AwaitingBuckets { encoding: self.encoding, answered: self.answered })
            }
        })
    }
}

/// What follows the points.
pub enum Evaluated<'a> {
    /// Nothing.
    Done(Answered),
    /// The asker's division into buckets.
    Awaiting(AwaitingBuckets<'a>),
}

/// Awaiting how the asker divides the tokens.
pub struct AwaitingBuckets<'a> {
    encoding: &'a Encoding,
    answered: Answered,
}

impl<'a> AwaitingBuckets<'a> {
    /// Reads the division.
    pub fn decode(self, frame: &[u8]) -> Result<Naming<'a>, Misstep> {
        let asked = self.answered.peer_items.iter().sum();
        let package = BucketsPackage::decode(frame, asked)?;
        let division = Division::new(package.bits, asked, self.encoding.store.manifest.entries);
        let (count, numbers) = (package.count as usize, Vec::new());
        Ok(Naming { encoding: self.encoding, answered: self.answered, division, count, numbers })
    }
}

/// Hearing which buckets are asked for.
pub struct Naming<'a> {
    encoding: &'a Encoding,
    answered: Answered,
    division: Division,
    count: usize,
    numbers: Vec<u32>,
}

impl<'a> Naming<'a> {
    /// How many numbers the next package has; 0 after the last.
    pub fn due(&self) -> usize {
        (self.count - self.numbers.len()).min(NUMBERS_CHUNK)
    }

    /// Takes the next numbers: each above the one before and below 2^bits.
    pub fn absorb(&mut self, frame: &[u8]) -> Result<(), Misstep> {
        let package = NumbersPackage::decode(frame, Kind::Numbers, self.due())?;
        for number in package.numbers {
            let after = self.numbers.last().is_none_or(|&last| last < number);
            if !after || u64::from(number) >> self.division.bits != 0 {
                return Err(Misstep::BadBucket { index: self.numbers.len() as u64 });
            }
            self.numbers.push(number);
        }
        Ok(())
    }

    /// Counts the entries of every bucket.
    pub fn finish(self) -> Result<Showing<'a>, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the naming of buckets" });
        }
        let mut rows = Buckets { merge: self.encoding.store.merge(), division: self.division };
        let (mut sizes, mut total) = (Vec::with_capacity(self.numbers.len()), 0);
        for &number in &self.numbers {
            let mut size = 0;
            rows.start(number)?;
            while rows.next(number)?.is_some() {
                size += 1;
            }
            sizes.push(size);
            total += u64::from(size);
        }
        let answered = Answered { buckets: self.numbers.len() as u64, shown: total, ..self.answered };
        let stride = self.division.part_bytes() + self.encoding.store.manifest.label as usize;
        Ok(Showing { rows, answered, numbers: self.numbers, sizes, told: 0, stride, bucket: 0, shown: 0 })
    }
}

/// Reads the live rows of buckets.
struct Buckets<'a> {
    merge: Merge<'a>,
    division: Division,
}

impl Buckets<'_> {
    /// To the first row of a bucket.
    fn start(&mut self, number: u32) -> Result<(), PsiError> {
        self.merge.seek(&self.division.first(number))
    }

    /// The next row of the bucket; `None` after its last.
    fn next(&mut self, number: u32) -> Result<Option<Vec<u8>>, PsiError> {
        let mut row = Vec::with_capacity(ROW_HEAD);
        while self.merge.next_row(&mut row)? {
            let token: &Token = row.first_chunk().expect("a row is longer than a token");
            if self.division.bucket(token) != number {
                return Ok(None);
            }
            if row[TOKEN_BYTES] != GONE {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

/// Showing the buckets.
pub struct Showing<'a> {
    rows: Buckets<'a>,
    answered: Answered,
    numbers: Vec<u32>,
    sizes: Vec<u32>,
    told: usize,
    stride: usize,
    /// The bucket that is being shown is the one before this, from 1 on.
    bucket: usize,
    shown: u64,
}

impl Showing<'_> {
    /// The next sizes; `None` after the last.
    pub fn next_sizes(&mut self) -> Option<NumbersPackage> {
        let end = self.sizes.len().min(self.told + NUMBERS_CHUNK);
        let numbers = self.sizes[self.told..end].to_vec();
        self.told = end;
        if numbers.is_empty() { None } else { Some(NumbersPackage { numbers }) }
    }

    /// The next rows; `None` after the last.
    pub fn next_rows(&mut self) -> Result<Option<RowsPackage>, PsiError> {
        let left = self.answered.shown - self.shown;
        let count = left.min(RowsPackage::chunk(self.stride) as u64);
        let mut rows = Vec::with_capacity(usize::try_from(count).expect("a chunk is short") * self.stride);
        for _ in 0..count {
            let row = self.next_row()?;
            rows.extend(self.rows.division.part(&row));
            rows.extend(&row[ROW_HEAD..]);
        }
        self.shown += count;
        if count == 0 { Ok(None) } else { Ok(Some(RowsPackage { rows })) }
    }

    fn next_row(&mut self) -> Result<Vec<u8>, PsiError> {
        loop {
            if let Some(&number) = self.bucket.checked_sub(1).and_then(|at| self.numbers.get(at))
                && let Some(row) = self.rows.next(number)?
            {
                return Ok(row);
            }
            let Some(&number) = self.numbers.get(self.bucket) else {
                return Err(PsiError::OutOfStep { step: "the showing of buckets" });
            };
            self.rows.start(number)?;
            self.bucket += 1;
        }
    }

    /// How many rows were shown, of how many.
    pub fn progress(&self) -> (u64, u64) {
        (self.shown, self.answered.shown)
    }

    /// What the holder learns.
    pub fn finish(self) -> Result<Answered, PsiError> {
        if self.shown < self.answered.shown || self.told < self.sizes.len() {
            return Err(PsiError::OutOfStep { step: "the showing of buckets" });
        }
        Ok(self.answered)
    }
}

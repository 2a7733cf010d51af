//! The asker's lookup in buckets of the holder.

use super::{Asked, Found};
use crate::PsiError;
use crate::error::Misstep;
use crate::unbalanced::bucket::Division;
use crate::unbalanced::evaluate;
use crate::unbalanced::msg::{BucketsPackage, Kind, NUMBERS_CHUNK, NumbersPackage, RowsPackage};
use crate::unbalanced::store::Token;
use rand_core::CryptoRng;
use std::collections::BTreeSet;

/// Naming the buckets that are wanted.
pub struct Naming<'a> {
    found: Found<'a>,
    division: Division,
    /// Own tokens with their buckets, in order.
    own: Vec<(u32, Token, u32)>,
    numbers: Vec<u32>,
    named: usize,
}

impl<'a> Found<'a> {
    /// Chooses the buckets to ask for: those of the own tokens, and random others, so that there are as many
    /// as own entries, whatever these are.
    pub fn name_buckets(self, least: u32, rng: &mut impl CryptoRng) -> Naming<'a> {
        let division = self.divide(least);
        let own = |index: u32| {
            let token = evaluate::token(&self.outputs[index as usize]);
            (division.bucket(&token), token, index)
        };
        let mut own: Vec<(u32, Token, u32)> = self.leaders().map(own).collect();
        own.sort_unstable();
        let mut numbers: BTreeSet<u32> = own.iter().map(|&(bucket, ..)| bucket).collect();
        let all = 1u64 << division.bits;
        if self.asked() >= all {
            numbers.extend((0..all).filter_map(|number| u32::try_from(number).ok()));
        }
        while (numbers.len() as u64) < self.asked().min(all) {
            numbers.insert(rng.next_u32() >> (32 - u32::from(division.bits)));
        }
        Naming { found: self, division, own, numbers: numbers.into_iter().collect(), named: 0 }
    }
}

impl<'a> Naming<'a> {
    /// The division.
    pub fn buckets(&self) -> BucketsPackage {
        let count = u32::try_from(self.numbers.len()).expect("as many as own entries, below 2^32");
        BucketsPackage { bits: self.division.bits, count }
    }

    /// The next numbers; `None` after the last.
    pub fn next_numbers(&mut self) -> Option<NumbersPackage> {
        let end = self.numbers.len().min(self.named + NUMBERS_CHUNK);
        let numbers = self.numbers[self.named..end].to_vec();
        self.named = end;
        if numbers.is_empty() { None } else { Some(NumbersPackage { numbers }) }
    }

    /// On to how many entries each has.
    pub fn finish(self) -> Result<Sizing<'a>, PsiError> {
        if self.named < self.numbers.len() {
            return Err(PsiError::OutOfStep { step: "the naming of buckets" });
        }
        let (found, division, own, numbers) = (self.found, self.division, self.own, self.numbers);
        Ok(Sizing { found, division, own, numbers, sizes: Vec::new() })
    }
}

/// Hearing how many entries each bucket has.
pub struct Sizing<'a> {
    found: Found<'a>,
    division: Division,
    own: Vec<(u32, Token, u32)>,
    numbers: Vec<u32>,
    sizes: Vec<u32>,
}

impl<'a> Sizing<'a> {
    /// How many sizes the next package has; 0 after the last.
    pub fn due(&self) -> usize {
        (self.numbers.len() - self.sizes.len()).min(NUMBERS_CHUNK)
    }

    /// Takes the next sizes.
    pub fn absorb(&mut self, frame: &[u8]) -> Result<(), Misstep> {
        let package = NumbersPackage::decode(frame, Kind::Sizes, self.due())?;
        for size in package.numbers {
            let (max, found) = (self.division.most, u64::from(size));
            if found > max {
                return Err(Misstep::BucketTooFull { index: self.sizes.len() as u64, max, found });
            }
            self.sizes.push(size);
        }
        Ok(())
    }

    /// On to the entries themselves.
    pub fn finish(self) -> Result<Matching<'a>, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the sizes of buckets" });
        }
        let total = self.sizes.iter().map(|&size| u64::from(size)).sum();
        let stride = self.division.part_bytes() + self.found.state.label as usize;
        let (found, division, own) = (self.found, self.division, self.own);
        let buckets = self.numbers.into_iter().zip(self.sizes).collect::<Vec<_>>().into_iter();
        Ok(Matching { found, division, own, buckets, here: 0..0, left: 0, total, seen: 0, stride })
    }
}

/// Looking at the entries of the buckets as they come.
pub struct Matching<'a> {
    found: Found<'a>,
    division: Division,
    own: Vec<(u32, Token, u32)>,
    buckets: std::vec::IntoIter<(u32, u32)>,
    /// Which of `own` are in the bucket that is being read, and how many of its entries are still to come.
    here: std::ops::Range<usize>,
    left: u32,
    total: u64,
    seen: u64,
    stride: usize,
}

impl Matching<'_> {
    /// How many rows the next package has; 0 after the last.
    pub fn due(&self) -> usize {
        let left = usize::try_from(self.total - self.seen).unwrap_or(usize::MAX);
        left.min(RowsPackage::chunk(self.stride))
    }

    /// The length of the next package.
    pub fn bytes(&self) -> usize {
        RowsPackage::bytes(self.due(), self.stride)
    }

    /// How many rows there are, and how many were seen.
    pub fn progress(&self) -> (u64, u64) {
        (self.seen, self.total)
    }

    /// Takes the next rows. Time depends on the entries.
    pub fn vartime_absorb(&mut self, frame: &[u8]) -> Result<(), Misstep> {
        let package = RowsPackage::decode(frame, self.due(), self.stride)?;
        for row in package.rows.chunks_exact(self.stride) {
            while self.left == 0 {
                let Some((number, size)) = self.buckets.next() else { return Ok(()) };
                let start = self.own.partition_point(|&(bucket, ..)| bucket < number);
                let end = start + self.own[start..].partition_point(|&(bucket, ..)| bucket == number);
                (self.here, self.left) = (start..end, size);
            }
            self.left -= 1;
            self.seen += 1;
            let (part, sealed) = row.split_at(self.division.part_bytes());
            for at in self.here.clone() {
                let (_, token, index) = self.own[at];
                if self.division.part(&token) == part {
                    self.found.note(index, sealed);
                }
            }
        }
        Ok(())
    }

    /// What the asker learns.
    pub fn finish(self) -> Result<Asked, PsiError> {
        if self.seen < self.total {
            return Err(PsiError::OutOfStep { step: "the lookup in buckets" });
        }
        let version = self.found.state.version;
        Ok(self.found.finish(version))
    }
}

//! What the protocols that shuffle share: bounded records in chunks, uniform permutations, and many group
//! operations at once. Nothing here knows a protocol.

use crate::ecdh::msg::OpenPackage;
use crate::ecdh::token::message;
use crate::error::{Misstep, PsiError};
use crate::terms::MAX_ENTRIES;
use crate::wire::{blame, recv};
use crate::{Entry, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::ops::Range;
use yinshu_crypto::group::{
    ELEMENT_BYTES, Element, Exponent, Hasher, decode_raise_encode_each, map_raise_encode_each,
};
use yinshu_net::Channel;

/// An encoded element.
pub(crate) type Point = [u8; ELEMENT_BYTES];

/// An element before it is mapped to the group.
pub(crate) type Uniform = [u8; 64];

/// How many elements share one inversion and one task of the thread pool.
pub(crate) const BATCH: usize = 128;

/// About how many bytes one frame of records holds.
const FRAME_BYTES: usize = 1 << 17;

/// A kind of message: its first byte, and what errors call it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    /// The first byte of the frame.
    pub(crate) kind: u8,
    /// Its name in errors.
    pub(crate) name: &'static str,
}

impl Message {
    /// A frame of this kind.
    pub(crate) fn frame(self, body: &[u8]) -> Vec<u8> {
        let mut frame = Vec::with_capacity(1 + body.len());
        frame.push(self.kind);
        frame.extend_from_slice(body);
        frame
    }

    /// The body, of exactly `bytes` bytes, of a frame of this kind.
    pub(crate) fn body(self, frame: &[u8], bytes: usize) -> Result<&[u8], Misstep> {
        match frame.split_first() {
            Some((&kind, body)) if kind == self.kind && body.len() == bytes => Ok(body),
            Some((&kind, _)) if kind == self.kind => {
                Err(Misstep::WrongLength { message: self.name, expected: 1 + bytes, found: frame.len() })
            }
            other => {
                Err(Misstep::WrongMessage { expected: self.name, found: other.map_or(0, |(&kind, _)| kind) })
            }
        }
    }

    /// The body, of exactly `bytes` bytes, of the next frame.
    pub(crate) fn recv(self, channel: &mut dyn Channel, bytes: usize) -> Result<Vec<u8>, PsiError> {
        let frame = recv(channel, 1 + bytes)?;
        blame(channel, self.body(&frame, bytes).map(<[u8]>::to_vec))
    }

    /// How many records of `width` bytes one frame holds.
    pub(crate) fn per_frame(width: usize) -> usize {
        (FRAME_BYTES / width).max(1)
    }

    /// Bytes on the wire of `count` records of `width` bytes, kinds included.
    #[cfg(test)]
    pub(crate) fn bytes(count: usize, width: usize) -> u64 {
        (count * width + count.div_ceil(Self::per_frame(width))) as u64
    }

    /// Sends records of `width` bytes, a frame's worth at a time.
    pub(crate) fn send_records(
        self,
        channel: &mut dyn Channel,
        records: &[u8],
        width: usize,
    ) -> Result<(), PsiError> {
        for chunk in records.chunks(width * Self::per_frame(width)) {
            channel.send(self.frame(chunk))?;
        }
        Ok(())
    }

    /// Receives exactly `count` records of `width` bytes, a frame's worth at a time; `each` is given the
    /// index of a frame's first record and the frame's records.
    pub(crate) fn recv_records(
        self,
        channel: &mut dyn Channel,
        count: usize,
        width: usize,
        mut each: impl FnMut(usize, &[u8]) -> Result<(), Misstep>,
    ) -> Result<(), PsiError> {
        let mut done = 0;
        while done < count {
            let due = (count - done).min(Self::per_frame(width));
            let body = self.recv(channel, due * width)?;
            blame(channel, each(done, &body))?;
            done += due;
        }
        Ok(())
    }
}

/// The number in eight little-endian bytes.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("eight bytes by the length check before"))
}

/// Encoded elements one after another.
pub(crate) fn points(bytes: &[u8]) -> &[Point] {
    bytes.as_chunks().0
}

/// Refuses an opening that asks for more than the quotas and the limit of this side.
pub(crate) fn within_quotas(open: &OpenPackage, terms: &Terms) -> Result<(), Misstep> {
    for (section, &found) in terms.sections.iter().zip(&open.counts) {
        if found > section.max {
            let (section, max) = (section.name.clone(), section.max);
            return Err(Misstep::SectionQuota { section, max, found });
        }
    }
    let found = open.counts.iter().fold(0, |sum: u64, &count| sum.saturating_add(count));
    let max = terms.max_peer_items.min(MAX_ENTRIES);
    if found > max { Err(Misstep::TooManyEntries { max, found }) } else { Ok(()) }
}

/// A uniform number below `bound` (at least 1), by rejection.
pub(crate) fn below(bound: u64, rng: &mut impl CryptoRng) -> u64 {
    // The largest multiple of `bound` that fits: what lies above it would be drawn too often.
    let fair = u64::MAX - (u64::MAX % bound + 1) % bound;
    loop {
        let drawn = rng.next_u64();
        if drawn <= fair {
            return drawn % bound;
        }
    }
}

/// A uniform permutation (Fisher and Yates).
pub(crate) fn shuffle<T>(items: &mut [T], rng: &mut impl CryptoRng) {
    for last in (1..items.len()).rev() {
        let other = usize::try_from(below(last as u64 + 1, rng)).expect("an index");
        items.swap(last, other);
    }
}

/// Shuffles each section by itself.
pub(crate) fn shuffle_sections<T>(items: &mut [T], sections: &[Range<usize>], rng: &mut impl CryptoRng) {
    sections.iter().for_each(|section| shuffle(&mut items[section.clone()], rng));
}

/// Where each section lies, from how many items each has.
pub(crate) fn ranges(counts: impl IntoIterator<Item = u64>) -> Vec<Range<usize>> {
    let mut end = 0;
    let range = |count| {
        let start = end;
        end += usize::try_from(count).expect("checked to be below 2^32");
        start..end
    };
    counts.into_iter().map(range).collect()
}

/// The parts of `sections` that lie in `range`, with the numbers of their sections.
pub(crate) fn parts(sections: &[Range<usize>], range: &Range<usize>) -> Vec<(usize, Range<usize>)> {
    let part = |(at, one): (usize, &Range<usize>)| (at, one.start.max(range.start)..one.end.min(range.end));
    sections.iter().enumerate().map(part).filter(|(_, part)| !part.is_empty()).collect()
}

/// Decodes points, the first of which is number `first` of the run, on all cores.
pub(crate) fn decode(encoded: &[Point], first: usize) -> Result<Vec<Element>, Misstep> {
    let decode = |(at, point): (usize, &Point)| {
        Element::decode(point).map_err(|cause| Misstep::BadPoint { index: (first + at) as u64, cause })
    };
    encoded.par_iter().with_min_len(BATCH).enumerate().map(decode).collect()
}

/// Raises elements to `key` and encodes them, in constant time, on all cores.
pub(crate) fn raise(elements: &[Uniform], key: &Exponent) -> Vec<Point> {
    elements.par_chunks(BATCH).flat_map_iter(|batch| map_raise_encode_each(batch, key)).collect()
}

/// Raises encoded points, the first of which is number `first` of the run, in constant time, on all cores.
pub(crate) fn raise_points(encoded: &[Point], first: usize, key: &Exponent) -> Result<Vec<Point>, Misstep> {
    let raise = |(batch, encoded): (usize, &[Point])| {
        decode_raise_encode_each(encoded, key).map_err(|bad| {
            let index = (first + batch * BATCH + bad.index) as u64;
            Misstep::BadPoint { index, cause: bad.cause }
        })
    };
    let raised: Result<Vec<_>, Misstep> = encoded.par_chunks(BATCH).enumerate().map(raise).collect();
    Ok(raised?.concat())
}

/// For each entry, whether it is the first of its equals. Its time depends on the own entries.
pub(crate) fn vartime_firsts(entries: &[Entry]) -> Vec<bool> {
    let end = u32::try_from(entries.len()).expect("below 2^32 by the terms");
    let mut sorted: Vec<u32> = (0..end).collect();
    sorted.par_sort_unstable_by_key(|&index| (&entries[index as usize], index));
    let mut first = vec![true; entries.len()];
    for pair in sorted.windows(2) {
        first[pair[1] as usize] = entries[pair[0] as usize] != entries[pair[1] as usize];
    }
    first
}

/// Hashes entries with their sections, on all cores.
pub(crate) fn hashed(entries: &[Entry], hasher: &Hasher) -> Vec<Uniform> {
    let hash = |batch: &[Entry]| hasher.uniform_each(&batch.iter().map(message).collect::<Vec<_>>());
    entries.par_chunks(BATCH).flat_map_iter(hash).collect()
}

/// The elements of entries: hashed with their sections, or uniform where `fresh` is false, so that nobody
/// sees which entries repeat others.
pub(crate) fn elements(
    entries: &[Entry],
    fresh: &[bool],
    hasher: &Hasher,
    rng: &mut impl CryptoRng,
) -> Vec<Uniform> {
    let mut elements = hashed(entries, hasher);
    elements.iter_mut().zip(fresh).filter(|(_, fresh)| !**fresh).for_each(|(one, _)| rng.fill_bytes(one));
    elements
}

/// Reads all entries, or says what the reader said.
pub(crate) fn read<T, E: std::fmt::Display>(
    entries: impl IntoIterator<Item = Result<T, E>>,
) -> Result<Vec<T>, PsiError> {
    let all: Result<Vec<T>, E> = entries.into_iter().collect();
    let all = all.map_err(|error| PsiError::Source { detail: error.to_string() })?;
    let found = all.len() as u64;
    if found > MAX_ENTRIES { Err(PsiError::TooManyEntries { found, max: MAX_ENTRIES }) } else { Ok(all) }
}

/// The order of entries by section (stable), and how many each section has.
pub(crate) fn by_section(entries: &[Entry], sections: usize) -> Result<(Vec<Entry>, Vec<u64>), PsiError> {
    let mut counts = vec![0; sections];
    for entry in entries {
        let count = counts.get_mut(usize::from(entry.section));
        *count.ok_or(PsiError::UnknownSection { section: entry.section, sections })? += 1;
    }
    let mut sorted = entries.to_vec();
    sorted.sort_by_key(|entry| entry.section);
    Ok((sorted, counts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn below_and_shuffle_are_uniform() {
        let seed = 5;
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut seen = [0u32; 24];
        for _ in 0..24_000 {
            let mut four = [0usize, 1, 2, 3];
            shuffle(&mut four, &mut rng);
            let rank = |at: usize| four[at + 1..].iter().filter(|&&x| x < four[at]).count();
            seen[rank(0) * 6 + rank(1) * 2 + rank(2)] += 1;
        }
        // Each is binomial with mean 1,000 and standard deviation 31: five of them.
        assert!(seen.iter().all(|&count| (845..1155).contains(&count)), "{seen:?}");
        assert!((0..100).all(|_| below(1, &mut rng) == 0 && below(3, &mut rng) < 3));
    }

    #[test]
    fn parts_of_sections() {
        let sections = ranges([3, 0, 2, 4]);
        assert_eq!(sections, [0..3, 3..3, 3..5, 5..9]);
        assert_eq!(parts(&sections, &(2..6)), [(0, 2..3), (2, 3..5), (3, 5..6)]);
    }
}

//! What travels online. One byte says which message a frame is; every other length follows from what both
//! sides know before the frame comes, and decoding refuses anything else.
//!
//! Numbers are little-endian. `n` things are the rest of the run, or of the section, up to a chunk's worth.
//!
//! | kind | message | from | bytes |
//! |---|---|---|---|
//! | 1 | [`OpenPackage`] | asker | 1 + 1 + 32 + 32 + 1 + 8 × sections |
//! | 2 | [`StatePackage`] | holder | 1 + 8 + 8 + 8 + 4 + 32 × sections + 32 + 32 |
//! | 3 | [`PointsPackage`], blinded | asker | 1 + 32 × n |
//! | 4 | [`PointsPackage`], evaluated | holder | 1 + 32 × n, and 64 of proof where it was asked for |
//! | 5 | [`BucketsPackage`] | asker | 1 + 1 + 4 |
//! | 6 | [`NumbersPackage`], of buckets | asker | 1 + 4 × n |
//! | 7 | [`NumbersPackage`], of entries in each | holder | 1 + 4 × n |
//! | 8 | [`RowsPackage`] | holder | 1 + (t + payload) × n |
//! | 255 | [refusal](crate::wire) | either | 1 + 1 |
//!
//! The messages by which an encoding is copied are in [`super::copying`].

use super::key::{PublicSection, Published};
use super::label;
use super::store::Manifest;
use crate::Terms;
use crate::error::Misstep;
use crate::terms::{MAX_ENTRIES, MAX_SECTIONS};
use yinshu_crypto::group::{ELEMENT_BYTES, Element};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::oprf::{PROOF_BYTES, Proof};

/// The version of the protocol that this code speaks.
pub const VERSION: u8 = 2;

/// The most points in one message, all of one section: 128 KiB. One proof covers them.
pub const POINTS_CHUNK: usize = 4096;

/// The most numbers in one message: 64 KiB.
pub const NUMBERS_CHUNK: usize = 16_384;

/// The most bytes of rows in one message, unless a single row is longer.
const ROWS_BYTES: usize = 1 << 17;

/// How many bits the number of a bucket may have.
pub const MAX_BUCKET_BITS: u8 = 32;

/// Which message a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// [`OpenPackage`].
    Open = 1,
    /// [`StatePackage`].
    State = 2,
    /// [`PointsPackage`] of the asker.
    Blinded = 3,
    /// [`PointsPackage`] of the holder.
    Evaluated = 4,
    /// [`BucketsPackage`].
    Buckets = 5,
    /// [`NumbersPackage`] of the asker.
    Numbers = 6,
    /// [`NumbersPackage`] of the holder.
    Sizes = 7,
    /// [`RowsPackage`].
    Rows = 8,
    /// [`super::copying::FetchPackage`].
    Fetch = 9,
    /// [`super::copying::OfferPackage`].
    Offer = 10,
    /// [`super::copying::PackedPackage`].
    Packed = 11,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::State => "state",
            Self::Blinded => "blinded points",
            Self::Evaluated => "evaluated points",
            Self::Buckets => "buckets",
            Self::Numbers => "bucket numbers",
            Self::Sizes => "bucket sizes",
            Self::Rows => "entries",
            Self::Fetch => "fetch",
            Self::Offer => "offer",
            Self::Packed => "packed entries",
        }
    }

    pub(super) fn frame(self, body: usize) -> Vec<u8> {
        let mut frame = Vec::with_capacity(1 + body);
        frame.push(self as u8);
        frame
    }

    /// The body of a frame that must be of this kind.
    pub(super) fn body(self, frame: &[u8]) -> Result<&[u8], Misstep> {
        match frame.split_first() {
            Some((&kind, body)) if kind == self as u8 => Ok(body),
            other => Err(Misstep::WrongMessage {
                expected: self.name(),
                found: other.map_or(0, |(&kind, _)| kind),
            }),
        }
    }

    /// The body of a frame that must be of this kind and have `expected` bytes with its kind.
    pub(super) fn exact(self, frame: &[u8], expected: usize) -> Result<&[u8], Misstep> {
        let body = self.body(frame)?;
        if frame.len() == expected { Ok(body) } else { Err(self.wrong(expected, frame)) }
    }

    pub(super) fn wrong(self, expected: usize, frame: &[u8]) -> Misstep {
        Misstep::WrongLength { message: self.name(), expected, found: frame.len() }
    }

    /// Takes apart what both openings start with: version, then the digest of the terms.
    pub(super) fn opening<'a>(
        self,
        frame: &'a [u8],
        expected: usize,
        terms: &Terms,
    ) -> Result<Fields<'a>, Misstep> {
        let body = self.body(frame)?;
        let Some((&version, rest)) = body.split_first() else { return Err(self.wrong(expected, frame)) };
        if version != VERSION {
            return Err(Misstep::VersionDiffers { expected: VERSION, found: version });
        }
        if frame.len() != expected && rest.len() < 32 {
            return Err(self.wrong(expected, frame));
        }
        let mut fields = Fields(rest);
        if Digest(fields.array()) != terms.digest() {
            return Err(Misstep::TermsDiffer);
        }
        if frame.len() == expected { Ok(fields) } else { Err(self.wrong(expected, frame)) }
    }
}

/// Takes fields off the front of a body whose length was checked.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn array<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_first_chunk().expect("the length of the frame was checked");
        self.0 = rest;
        *field
    }

    pub(super) fn u8(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub(super) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    pub(super) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }
}

/// How the asker looks its tokens up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// In a copy of its own: nothing more is asked.
    Copy,
    /// In buckets of the holder.
    Buckets,
}

/// What the asker opens a run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPackage {
    /// [`Terms::digest`].
    pub terms: Digest,
    /// [`crate::terms::commitment`] to the asker's entries.
    pub commitment: Digest,
    /// Whether the holder is to prove that it used its published key.
    pub verify: bool,
    /// What comes after the points.
    pub lookup: Lookup,
    /// How many points there will be in each section.
    pub counts: Vec<u64>,
}

impl OpenPackage {
    const FIXED: usize = 2 + 32 + 32 + 1;

    /// The most bytes that any opening has; the exact length is checked once the terms are known equal.
    pub const MAX_BYTES: usize = Self::FIXED + 8 * MAX_SECTIONS;

    /// The length of a frame where there are so many sections.
    pub fn bytes(sections: usize) -> usize {
        Self::FIXED + 8 * sections
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Kind::Open.frame(Self::FIXED + 8 * self.counts.len());
        frame.push(VERSION);
        frame.extend(self.terms.0);
        frame.extend(self.commitment.0);
        frame.push(u8::from(self.verify) | u8::from(self.lookup == Lookup::Buckets) << 1);
        frame.extend(self.counts.iter().flat_map(|count| count.to_le_bytes()));
        frame
    }

    /// Reads an opening of a run under `terms`, and refuses one of another version or under other terms.
    pub fn decode(frame: &[u8], terms: &Terms) -> Result<Self, Misstep> {
        let expected = Self::FIXED + 8 * terms.sections.len();
        let mut fields = Kind::Open.opening(frame, expected, terms)?;
        let commitment = Digest(fields.array());
        let flags = fields.u8();
        if flags > 3 {
            return Err(Misstep::BadState { field: "the flags of the opening" });
        }
        let lookup = if flags & 2 == 0 { Lookup::Copy } else { Lookup::Buckets };
        let counts = terms.sections.iter().map(|_| fields.u64()).collect();
        Ok(Self { terms: terms.digest(), commitment, verify: flags & 1 == 1, lookup, counts })
    }
}

/// What the holder answers from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePackage {
    /// Which change of its encoding this is.
    pub version: u64,
    /// The digest of all changes up to it.
    pub lineage: Digest,
    /// How many entries it has.
    pub entries: u64,
    /// Bytes of a sealed payload; 0 where there are none.
    pub label: u32,
    /// Epoch, subject, sections and public keys.
    pub published: Published,
}

impl StatePackage {
    pub(super) fn of(manifest: &Manifest) -> Self {
        Self {
            version: manifest.version,
            lineage: manifest.lineage,
            entries: manifest.entries,
            label: manifest.label,
            published: manifest.published.clone(),
        }
    }

    /// The length of a frame where there are so many sections.
    pub fn bytes(sections: usize) -> usize {
        1 + 8 + 8 + 8 + 4 + ELEMENT_BYTES * sections + 32 + 32
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Kind::State.frame(Self::bytes(self.published.sections.len()));
        self.put(&mut frame);
        frame
    }

    pub(super) fn put(&self, frame: &mut Vec<u8>) {
        let numbers = [self.published.epoch, self.version, self.entries];
        numbers.iter().for_each(|number| frame.extend(number.to_le_bytes()));
        frame.extend(self.label.to_le_bytes());
        self.published.sections.iter().for_each(|section| frame.extend(section.key));
        frame.extend(self.published.subject.0);
        frame.extend(self.lineage.0);
    }

    /// Reads what a holder says of its encoding, and refuses what none can have.
    pub fn decode(frame: &[u8], terms: &Terms) -> Result<Self, Misstep> {
        let body = Kind::State.exact(frame, Self::bytes(terms.sections.len()))?;
        Self::take(&mut Fields(body), terms)
    }

    pub(super) fn take(fields: &mut Fields<'_>, terms: &Terms) -> Result<Self, Misstep> {
        let [epoch, version, entries] = std::array::from_fn(|_| fields.u64());
        let label = fields.u32();
        let wrong = |field| Err(Misstep::BadState { field });
        let max = terms.max_peer_items.min(MAX_ENTRIES);
        if entries > max {
            return Err(Misstep::TooManyEntries { max, found: entries });
        }
        if epoch == 0 {
            return wrong("its epoch");
        }
        if version == 0 {
            return wrong("its version");
        }
        if label != 0 && label::payload_bytes(label as usize).is_none() {
            return wrong("the length of its payloads");
        }
        let name = terms.sections.iter().map(|section| section.name.clone());
        let sections = name.map(|name| PublicSection { name, key: fields.array() }).collect();
        let (subject, lineage) = (Digest(fields.array()), Digest(fields.array()));
        Ok(Self { version, lineage, entries, label, published: Published { epoch, subject, sections } })
    }
}

/// Encoded group elements in order. That they are valid is checked where they are used, on all cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointsPackage {
    /// The encodings.
    pub points: Vec<[u8; ELEMENT_BYTES]>,
    /// That the holder used its published key for all of them, where it was asked.
    pub proof: Option<Proof>,
}

impl PointsPackage {
    /// The length of a frame of `count` points.
    pub fn bytes(count: usize, proof: bool) -> usize {
        1 + ELEMENT_BYTES * count + if proof { PROOF_BYTES } else { 0 }
    }

    /// As a frame of `kind`: [`Kind::Blinded`] or [`Kind::Evaluated`].
    pub fn encode(&self, kind: Kind) -> Vec<u8> {
        let mut frame = kind.frame(Self::bytes(self.points.len(), self.proof.is_some()));
        frame.extend(self.points.as_flattened());
        frame.extend(self.proof.iter().flat_map(Proof::encode));
        frame
    }

    /// Reads exactly `count` encodings from a frame of `kind`, and a proof where one is due; `start` is how
    /// many points came before.
    pub fn decode(frame: &[u8], kind: Kind, count: usize, proof: bool, start: u64) -> Result<Self, Misstep> {
        let body = kind.exact(frame, Self::bytes(count, proof))?;
        let (points, rest) = body.split_at(ELEMENT_BYTES * count);
        let proof = match rest.first_chunk() {
            Some(bytes) => Some(Proof::decode(bytes).map_err(|_| Misstep::BadProof { index: start })?),
            None => None,
        };
        Ok(Self { points: points.as_chunks().0.to_vec(), proof })
    }

    /// The element of one encoding, the `index`-th of the run.
    pub fn element(encoded: &[u8; ELEMENT_BYTES], index: u64) -> Result<Element, Misstep> {
        Element::decode(encoded).map_err(|cause| Misstep::BadPoint { index, cause })
    }
}

/// How the asker divides the tokens into buckets, and how many of those it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketsPackage {
    /// How many leading bits of a token are the number of its bucket.
    pub bits: u8,
    /// How many buckets will be named.
    pub count: u32,
}

impl BucketsPackage {
    /// The length of a frame.
    pub const BYTES: usize = 6;

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Kind::Buckets.frame(5);
        frame.push(self.bits);
        frame.extend(self.count.to_le_bytes());
        frame
    }

    /// Reads a division; an asker of `asked` entries may name as many buckets.
    pub fn decode(frame: &[u8], asked: u64) -> Result<Self, Misstep> {
        let mut fields = Fields(Kind::Buckets.exact(frame, Self::BYTES)?);
        let (bits, count) = (fields.u8(), fields.u32());
        if bits > MAX_BUCKET_BITS {
            return Err(Misstep::BadState { field: "the bits of a bucket's number" });
        }
        let (max, found) = (asked.min(1 << bits), u64::from(count));
        if found > max {
            return Err(Misstep::TooManyBuckets { max, found });
        }
        Ok(Self { bits, count })
    }
}

/// Numbers of four bytes: of buckets, strictly ascending, or how many entries each has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumbersPackage {
    /// The numbers.
    pub numbers: Vec<u32>,
}

impl NumbersPackage {
    /// The length of a frame of `count` numbers.
    pub fn bytes(count: usize) -> usize {
        1 + 4 * count
    }

    /// As a frame of `kind`: [`Kind::Numbers`] or [`Kind::Sizes`].
    pub fn encode(&self, kind: Kind) -> Vec<u8> {
        let mut frame = kind.frame(4 * self.numbers.len());
        frame.extend(self.numbers.iter().flat_map(|number| number.to_le_bytes()));
        frame
    }

    /// Reads exactly `count` numbers from a frame of `kind`; limits are checked by who knows them.
    pub fn decode(frame: &[u8], kind: Kind, count: usize) -> Result<Self, Misstep> {
        let body = kind.exact(frame, Self::bytes(count))?;
        Ok(Self { numbers: body.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect() })
    }
}

/// Entries of buckets, one bucket after another: of each a part of its token, then its sealed payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsPackage {
    /// All of them, without gaps.
    pub rows: Vec<u8>,
}

impl RowsPackage {
    /// How many rows of `stride` bytes one frame holds.
    pub fn chunk(stride: usize) -> usize {
        (ROWS_BYTES / stride.max(1)).max(1)
    }

    /// The length of a frame of `count` rows.
    pub fn bytes(count: usize, stride: usize) -> usize {
        1 + count * stride
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Kind::Rows.frame(self.rows.len());
        frame.extend(&self.rows);
        frame
    }

    /// Reads exactly `count` rows of `stride` bytes.
    pub fn decode(frame: &[u8], count: usize, stride: usize) -> Result<Self, Misstep> {
        let body = Kind::Rows.exact(frame, Self::bytes(count, stride))?;
        Ok(Self { rows: body.to_vec() })
    }
}

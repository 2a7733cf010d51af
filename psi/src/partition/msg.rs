//! What travels beside the protocol of the partitions. One byte says which message a frame is; every other
//! length follows from the terms and the plan. Numbers are little-endian.
//!
//! | kind | message | from | bytes |
//! |---|---|---|---|
//! | 80 | [`Greet`] | receiver | 1 + 1 + 32 + 32 + 8 + 4 + 8 × sections |
//! | 81 | [`Answer`] | sender | 1 + 1 + 32 + 32 + 8 + 4 + 8 |
//! | 82 | [`Reveal`] | receiver | 1 + 32 |
//! | 83 | [`Ready`] | receiver, then sender | 1 + 32 + 32 + 32 + 4 + ⌈partitions / 8⌉ |
//! | 84 | [`End`] | receiver, then sender | 1 + 32 |

use crate::error::Misstep;
use yinshu_crypto::hash::Digest;

/// The version of the messages and of the files.
pub const VERSION: u8 = 2;

/// Reads fixed parts off the front of a frame whose length was checked.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The fields of a frame that must be of `kind` and of `expected` bytes.
    pub(crate) fn of(
        frame: &'a [u8],
        kind: u8,
        message: &'static str,
        expected: usize,
    ) -> Result<Self, Misstep> {
        match frame.split_first() {
            Some((&found, _)) if found != kind => Err(Misstep::WrongMessage { expected: message, found }),
            None => Err(Misstep::WrongMessage { expected: message, found: 0 }),
            Some(_) if frame.len() != expected => {
                Err(Misstep::WrongLength { message, expected, found: frame.len() })
            }
            Some((_, rest)) => Ok(Self(rest)),
        }
    }

    /// Fields without a kind, for files whose length was checked.
    pub(crate) fn plain(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let (front, rest) = self.0.split_first_chunk().expect("the length was checked");
        self.0 = rest;
        *front
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    pub(crate) fn digest(&mut self) -> Digest {
        Digest(self.array())
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }
}

fn versioned(version: u8, expected: Digest, found: Digest) -> Result<(), Misstep> {
    if version != VERSION {
        return Err(Misstep::VersionDiffers { expected: VERSION, found: version });
    }
    if expected == found { Ok(()) } else { Err(Misstep::TermsDiffer) }
}

/// The receiver's first message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greet {
    /// The digest of the terms and the name of the [`super::Matcher`].
    pub bound: Digest,
    /// The commitment to the receiver's contribution to the salt.
    pub committed: Digest,
    /// The most entries of one partition that the receiver can hold.
    pub most: u64,
    /// How many channels it would use.
    pub workers: u32,
    /// How many entries it has in each section.
    pub counts: Vec<u64>,
}

impl Greet {
    /// The kind.
    pub const KIND: u8 = 80;

    /// The length of a frame under terms of `sections` sections.
    pub fn bytes(sections: usize) -> usize {
        2 + 32 + 32 + 8 + 4 + 8 * sections
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = vec![Self::KIND, VERSION];
        frame.extend(self.bound.0);
        frame.extend(self.committed.0);
        frame.extend(self.most.to_le_bytes());
        frame.extend(self.workers.to_le_bytes());
        frame.extend(self.counts.iter().flat_map(|count| count.to_le_bytes()));
        frame
    }

    /// Reads one; refuses another version or other terms.
    pub fn decode(frame: &[u8], bound: Digest, sections: usize) -> Result<Self, Misstep> {
        let mut fields = Fields::of(frame, Self::KIND, "greeting", Self::bytes(sections))?;
        versioned(fields.byte(), bound, fields.digest())?;
        let (committed, most, workers) = (fields.digest(), fields.u64(), fields.u32());
        let counts = (0..sections).map(|_| fields.u64()).collect();
        Ok(Self { bound, committed, most, workers, counts })
    }
}

/// The sender's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// As in [`Greet`].
    pub bound: Digest,
    /// The sender's contribution to the salt.
    pub contribution: [u8; 32],
    /// The most entries of one partition that the sender can hold.
    pub most: u64,
    /// How many channels it would use.
    pub workers: u32,
    /// How many entries it shows.
    pub items: u64,
}

impl Answer {
    /// The kind.
    pub const KIND: u8 = 81;

    /// The length of a frame.
    pub const BYTES: usize = 2 + 32 + 32 + 8 + 4 + 8;

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = vec![Self::KIND, VERSION];
        frame.extend(self.bound.0);
        frame.extend(self.contribution);
        frame.extend(self.most.to_le_bytes());
        frame.extend(self.workers.to_le_bytes());
        frame.extend(self.items.to_le_bytes());
        frame
    }

    /// Reads one; refuses another version or other terms.
    pub fn decode(frame: &[u8], bound: Digest) -> Result<Self, Misstep> {
        let mut fields = Fields::of(frame, Self::KIND, "answer", Self::BYTES)?;
        versioned(fields.byte(), bound, fields.digest())?;
        let (contribution, most) = (fields.array(), fields.u64());
        Ok(Self { bound, contribution, most, workers: fields.u32(), items: fields.u64() })
    }
}

/// The receiver's contribution, to which [`Greet`] committed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// The contribution.
    pub contribution: [u8; 32],
}

impl Reveal {
    /// The kind.
    pub const KIND: u8 = 82;

    /// The length of a frame.
    pub const BYTES: usize = 33;

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        [&[Self::KIND], self.contribution.as_slice()].concat()
    }

    /// The commitment to a contribution.
    pub fn commit(contribution: &[u8; 32]) -> Digest {
        Digest::of_parts("yinshu psi partition contribution v1", &[contribution])
    }

    /// Reads one; refuses another contribution than the one committed to.
    pub fn decode(frame: &[u8], committed: Digest) -> Result<Self, Misstep> {
        let contribution = Fields::of(frame, Self::KIND, "contribution", Self::BYTES)?.array();
        if Self::commit(&contribution) == committed {
            Ok(Self { contribution })
        } else {
            Err(Misstep::BadReveal)
        }
    }
}

/// What each side says before the partitions: where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The session of the plan.
    pub session: Digest,
    /// The commitment to the set in the spill.
    pub commitment: Digest,
    /// Fresh in every attempt.
    pub nonce: [u8; 32],
    /// How many channels there are.
    pub workers: u32,
    /// Which partitions are complete.
    pub complete: Vec<bool>,
}

impl Ready {
    /// The kind.
    pub const KIND: u8 = 83;

    /// The length of a frame in a run of `partitions` partitions.
    pub fn bytes(partitions: u32) -> usize {
        1 + 96 + 4 + (partitions as usize).div_ceil(8)
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = vec![Self::KIND];
        frame.extend(self.session.0);
        frame.extend(self.commitment.0);
        frame.extend(self.nonce);
        frame.extend(self.workers.to_le_bytes());
        let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit));
        frame.extend(self.complete.chunks(8).map(byte));
        frame
    }

    /// Reads one of `session` with the same number of channels.
    pub fn decode(frame: &[u8], session: Digest, partitions: u32, workers: u32) -> Result<Self, Misstep> {
        let mut fields = Fields::of(frame, Self::KIND, "readiness", Self::bytes(partitions))?;
        if fields.digest() != session {
            return Err(Misstep::SessionDiffers);
        }
        let (commitment, nonce, found) = (fields.digest(), fields.array(), fields.u32());
        if found != workers {
            return Err(Misstep::WorkersDiffer { expected: workers, found });
        }
        let bits = fields.rest();
        let bit = |at: usize| bits[at / 8] >> (at % 8) & 1 == 1;
        // Bits beyond the partitions are of no meaning and must be zero.
        if (partitions as usize..8 * bits.len()).any(bit) {
            return Err(Misstep::WrongMessage { expected: "readiness", found: Self::KIND });
        }
        let complete = (0..partitions as usize).map(bit).collect();
        Ok(Self { session, commitment, nonce, workers, complete })
    }
}

/// The last message of each side: all its partitions are complete and on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The attempt that ends.
    pub attempt: Digest,
}

impl End {
    /// The kind.
    pub const KIND: u8 = 84;

    /// The length of a frame.
    pub const BYTES: usize = 33;

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        [&[Self::KIND], self.attempt.0.as_slice()].concat()
    }

    /// Reads the end of `attempt`.
    pub fn decode(frame: &[u8], attempt: Digest) -> Result<Self, Misstep> {
        let found = Fields::of(frame, Self::KIND, "end", Self::BYTES)?.digest();
        if found == attempt { Ok(Self { attempt }) } else { Err(Misstep::SessionDiffers) }
    }
}

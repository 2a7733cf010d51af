//! What travels in an update. One byte says which message a frame is; every other length follows from what
//! both sides know before the frame comes. Numbers are little-endian.
//!
//! | kind | message | from | bytes |
//! |---|---|---|---|
//! | 96 | [`Meet`] | receiver, then sender | 1 + 1 + 32 + 32 + 32 + 8 + 32 |
//! | 97 | [`Ask`] | receiver | 1 + 32 + 8 × sections |
//! | 98 | [`Counts`]: tokens removed, tokens added | sender | 1 + 8 + 8 |
//! | 99 | points, blinded | receiver | 1 + 32 × n |
//! | 100 | points, evaluated | sender | 1 + 32 × n |
//! | 101 | tokens removed | sender | 1 + 16 × n |
//! | 102 | tokens added | sender | 1 + 16 × n |
//! | 103 | [`Counts`]: matches appeared, vanished (where both learn) | receiver | 1 + 8 + 8 |
//! | 104 | tokens appeared | receiver | 1 + 16 × n |
//! | 105 | tokens vanished | receiver | 1 + 16 × n |
//! | 106 | [`Prepared`] | receiver, then sender | 1 + 32 |

use super::table::Key;
use crate::error::Misstep;
use crate::partition::msg::Fields;
use yinshu_crypto::hash::Digest;

/// The version of the messages.
pub const VERSION: u8 = 1;

/// The most points in one message.
pub const POINTS_CHUNK: usize = 4096;

/// The most tokens in one message.
pub const TOKENS_CHUNK: usize = 8192;

/// Which message a frame of many is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Points of the receiver.
    Blinded = 99,
    /// Points of the sender.
    Evaluated = 100,
    /// Tokens of entries that the sender deleted.
    Removed = 101,
    /// Tokens of entries that the sender inserted.
    Added = 102,
    /// Tokens of matches that appeared.
    Appeared = 104,
    /// Tokens of matches that vanished.
    Vanished = 105,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Blinded => "blinded points",
            Self::Evaluated => "evaluated points",
            Self::Removed => "removed tokens",
            Self::Added => "added tokens",
            Self::Appeared => "matches appeared",
            Self::Vanished => "matches vanished",
        }
    }
}

/// A frame of parts of N bytes.
pub fn encode_parts<const N: usize>(kind: Kind, parts: &[[u8; N]]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(1 + N * parts.len());
    frame.push(kind as u8);
    frame.extend(parts.as_flattened());
    frame
}

/// Reads exactly `count` parts of N bytes.
pub fn decode_parts<const N: usize>(frame: &[u8], kind: Kind, count: usize) -> Result<Vec<[u8; N]>, Misstep> {
    let fields = Fields::of(frame, kind as u8, kind.name(), 1 + N * count)?;
    Ok(fields.rest().as_chunks().0.to_vec())
}

/// Reads exactly `count` tokens above `last`, strictly ascending; `start` is the number of the first.
pub fn decode_tokens(
    frame: &[u8],
    kind: Kind,
    count: usize,
    start: u64,
    mut last: Option<Key>,
) -> Result<Vec<Key>, Misstep> {
    let tokens: Vec<Key> = decode_parts(frame, kind, count)?;
    for (index, &token) in (start..).zip(&tokens) {
        if last.is_some_and(|last| last >= token) {
            return Err(Misstep::UnsortedToken { index });
        }
        last = Some(token);
    }
    Ok(tokens)
}

/// Where a side stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meet {
    /// The digest of the terms.
    pub terms: Digest,
    /// The digest of all that was said since the base began.
    pub chain: Digest,
    /// That of an update prepared and not final; zero for none.
    pub pending: Digest,
    /// How many updates there were.
    pub version: u64,
    /// Fresh in every attempt.
    pub nonce: [u8; 32],
}

impl Meet {
    /// The kind.
    pub const KIND: u8 = 96;

    /// The length of a frame.
    pub const BYTES: usize = 2 + 32 + 32 + 32 + 8 + 32;

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = vec![Self::KIND, VERSION];
        [self.terms, self.chain, self.pending].iter().for_each(|digest| frame.extend(digest.0));
        frame.extend(self.version.to_le_bytes());
        frame.extend(self.nonce);
        frame
    }

    /// Reads one under `terms`.
    pub fn decode(frame: &[u8], terms: Digest) -> Result<Self, Misstep> {
        let mut fields = Fields::of(frame, Self::KIND, "meeting", Self::BYTES)?;
        let found = fields.byte();
        if found != VERSION {
            return Err(Misstep::VersionDiffers { expected: VERSION, found });
        }
        if fields.digest() != terms {
            return Err(Misstep::TermsDiffer);
        }
        let (chain, pending) = (fields.digest(), fields.digest());
        Ok(Self { terms, chain, pending, version: fields.u64(), nonce: fields.array() })
    }
}

/// What the receiver asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// [`crate::terms::commitment`] to the entries asked about.
    pub commitment: Digest,
    /// How many there are in each section.
    pub counts: Vec<u64>,
}

impl Ask {
    /// The kind.
    pub const KIND: u8 = 97;

    /// The length of a frame.
    pub fn bytes(sections: usize) -> usize {
        33 + 8 * sections
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = vec![Self::KIND];
        frame.extend(self.commitment.0);
        frame.extend(self.counts.iter().flat_map(|count| count.to_le_bytes()));
        frame
    }

    /// Reads one of `sections` sections.
    pub fn decode(frame: &[u8], sections: usize) -> Result<Self, Misstep> {
        let mut fields = Fields::of(frame, Self::KIND, "question", Self::bytes(sections))?;
        let commitment = fields.digest();
        Ok(Self { commitment, counts: (0..sections).map(|_| fields.u64()).collect() })
    }
}

/// Two counts before what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Of what goes: tokens removed, or matches vanished.
    pub gone: u64,
    /// Of what comes: tokens added, or matches appeared.
    pub come: u64,
}

impl Counts {
    /// The kind of the sender's.
    pub const TOKENS: u8 = 98;

    /// The kind of the receiver's.
    pub const MATCHES: u8 = 103;

    /// The length of a frame.
    pub const BYTES: usize = 17;

    /// As a frame.
    pub fn encode(&self, kind: u8) -> Vec<u8> {
        [&[kind][..], &self.gone.to_le_bytes(), &self.come.to_le_bytes()].concat()
    }

    /// Reads one; limits are checked by who knows them.
    pub fn decode(frame: &[u8], kind: u8) -> Result<Self, Misstep> {
        let name = if kind == Self::TOKENS { "token counts" } else { "match counts" };
        let mut fields = Fields::of(frame, kind, name, Self::BYTES)?;
        Ok(Self { gone: fields.u64(), come: fields.u64() })
    }
}

/// This side has the update on disk and can make it final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The digest of all that was said, this update included.
    pub chain: Digest,
}

impl Prepared {
    /// The kind.
    pub const KIND: u8 = 106;

    /// The length of a frame.
    pub const BYTES: usize = 33;

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        [&[Self::KIND][..], &self.chain.0].concat()
    }

    /// Reads one that saw the same course.
    pub fn decode(frame: &[u8], chain: Digest) -> Result<Self, Misstep> {
        let found = Fields::of(frame, Self::KIND, "preparation", Self::BYTES)?.digest();
        if found == chain { Ok(Self { chain }) } else { Err(Misstep::OutcomeDiffers) }
    }
}

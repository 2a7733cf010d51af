//! What travels. One byte says which message a frame is; every other length follows from what both sides
//! know before the frame comes, and decoding refuses anything else.
//!
//! Numbers are little-endian. `n` points or tokens are the rest of the run up to a chunk's worth.
//!
//! | kind | message | from | bytes |
//! |---|---|---|---|
//! | 1 | [`OpenPackage`] | receiver | 1 + 1 + 32 + 32 + 8 × sections |
//! | 2 | [`PointsPackage`], blinded | receiver | 1 + 32 × n |
//! | 3 | [`PointsPackage`], evaluated | sender | 1 + 32 × n |
//! | 4 | [`WorkingPackage`] | sender | 1 + 8 |
//! | 5 | [`CountPackage`], of tokens | sender | 1 + 8 |
//! | 6 | [`TokensPackage`] | sender | 1 + t × n |
//! | 7 | [`CountPackage`], of matches | receiver | 1 + 8 |
//! | 8 | [`MatchesPackage`] | receiver | 1 + up to 5 × n |
//! | 9 | [`KeysPackage`] | sender | 1 + 32 × sections |
//! | 255 | [refusal](crate::wire) | either | 1 + 1 |

use crate::Terms;
use crate::error::Misstep;
use crate::terms::MAX_SECTIONS;
use yinshu_crypto::group::{ELEMENT_BYTES, Element};
use yinshu_crypto::hash::Digest;

/// The version of the protocol that this code speaks.
pub const VERSION: u8 = 2;

/// The most points in one message: 128 KiB.
pub const POINTS_CHUNK: usize = 4096;

/// The most tokens in one message: 80 to 128 KiB.
pub const TOKENS_CHUNK: usize = 8192;

/// The most matches in one message.
pub const MATCHES_CHUNK: usize = 16_384;

/// The sender reports after each of these many entries.
pub const WORKING_EVERY: u64 = 1 << 16;

/// The longest position as a variable-length number: positions are below 2^32.
const POSITION_BYTES: usize = 5;

/// Which message a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// [`OpenPackage`].
    Open = 1,
    /// [`PointsPackage`] of the receiver.
    Blinded = 2,
    /// [`PointsPackage`] of the sender.
    Evaluated = 3,
    /// [`WorkingPackage`].
    Working = 4,
    /// [`CountPackage`] before the tokens.
    TokenCount = 5,
    /// [`TokensPackage`].
    Tokens = 6,
    /// [`CountPackage`] before the matches.
    MatchCount = 7,
    /// [`MatchesPackage`].
    Matches = 8,
    /// [`KeysPackage`].
    Keys = 9,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Blinded => "blinded points",
            Self::Evaluated => "evaluated points",
            Self::Working => "progress",
            Self::TokenCount => "token count",
            Self::Tokens => "tokens",
            Self::MatchCount => "match count",
            Self::Matches => "matches",
            Self::Keys => "public keys",
        }
    }

    fn frame(self, body: usize) -> Vec<u8> {
        let mut frame = Vec::with_capacity(1 + body);
        frame.push(self as u8);
        frame
    }

    /// The body of a frame that must be of this kind.
    fn body(self, frame: &[u8]) -> Result<&[u8], Misstep> {
        match frame.split_first() {
            Some((&kind, body)) if kind == self as u8 => Ok(body),
            other => Err(Misstep::WrongMessage {
                expected: self.name(),
                found: other.map_or(0, |(&kind, _)| kind),
            }),
        }
    }

    /// The body of a frame that must be of this kind and have `expected` bytes with its kind.
    fn exact(self, frame: &[u8], expected: usize) -> Result<&[u8], Misstep> {
        let body = self.body(frame)?;
        if frame.len() == expected {
            Ok(body)
        } else {
            Err(Misstep::WrongLength { message: self.name(), expected, found: frame.len() })
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("eight bytes by the length check before"))
}

/// What the receiver opens a run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPackage {
    /// [`Terms::digest`].
    pub terms: Digest,
    /// [`crate::terms::commitment`] to the receiver's entries.
    pub commitment: Digest,
    /// How many points there will be in each section.
    pub counts: Vec<u64>,
}

impl OpenPackage {
    const FIXED: usize = 2 + 32 + 32;

    /// The most bytes that any opening has; the exact length is checked once the terms are known equal.
    pub const MAX_BYTES: usize = Self::FIXED + 8 * MAX_SECTIONS;

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Kind::Open.frame(Self::FIXED + 8 * self.counts.len());
        frame.push(VERSION);
        frame.extend(self.terms.0);
        frame.extend(self.commitment.0);
        frame.extend(self.counts.iter().flat_map(|count| count.to_le_bytes()));
        frame
    }

    /// Reads an opening of a run under `terms`, and refuses one of another version or under other terms.
    pub fn decode(frame: &[u8], terms: &Terms) -> Result<Self, Misstep> {
        let body = Kind::Open.body(frame)?;
        let expected = Self::FIXED + 8 * terms.sections.len();
        let wrong = Misstep::WrongLength { message: Kind::Open.name(), expected, found: frame.len() };
        let Some((&version, rest)) = body.split_first() else { return Err(wrong) };
        if version != VERSION {
            return Err(Misstep::VersionDiffers { expected: VERSION, found: version });
        }
        let Some((theirs, rest)) = rest.split_first_chunk() else { return Err(wrong) };
        if Digest(*theirs) != terms.digest() {
            return Err(Misstep::TermsDiffer);
        }
        let Some((commitment, counts)) = rest.split_first_chunk() else { return Err(wrong) };
        if frame.len() != expected {
            return Err(wrong);
        }
        let counts = counts.chunks_exact(8).map(number).collect();
        Ok(Self { terms: Digest(*theirs), commitment: Digest(*commitment), counts })
    }
}

/// The sender's public key of every section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysPackage {
    /// Their encodings.
    pub keys: Vec<[u8; ELEMENT_BYTES]>,
}

impl KeysPackage {
    /// The length of a frame for `sections` sections.
    pub fn bytes(sections: usize) -> usize {
        1 + ELEMENT_BYTES * sections
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Kind::Keys.frame(ELEMENT_BYTES * self.keys.len());
        frame.extend(self.keys.as_flattened());
        frame
    }

    /// Reads the keys of `sections` sections, each an element other than the identity.
    pub fn decode(frame: &[u8], sections: usize) -> Result<Self, Misstep> {
        let body = Kind::Keys.exact(frame, Self::bytes(sections))?;
        let keys = body.as_chunks().0.to_vec();
        for (section, key) in keys.iter().enumerate() {
            Element::decode(key).map_err(|cause| Misstep::BadKey { section, cause })?;
        }
        Ok(Self { keys })
    }

    /// Refuses a package of another number of keys than there are sections.
    pub(super) fn check(&self, sections: usize) -> Result<(), Misstep> {
        let (expected, found) = (Self::bytes(sections), Self::bytes(self.keys.len()));
        if expected == found {
            Ok(())
        } else {
            Err(Misstep::WrongLength { message: Kind::Keys.name(), expected, found })
        }
    }
}

/// Encoded group elements in order. That they are valid is checked where they are used, on all cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointsPackage {
    /// The encodings.
    pub points: Vec<[u8; ELEMENT_BYTES]>,
}

impl PointsPackage {
    /// The length of a frame of `count` points.
    pub fn bytes(count: usize) -> usize {
        1 + ELEMENT_BYTES * count
    }

    /// As a frame of `kind`: [`Kind::Blinded`] or [`Kind::Evaluated`].
    pub fn encode(&self, kind: Kind) -> Vec<u8> {
        let mut frame = kind.frame(ELEMENT_BYTES * self.points.len());
        frame.extend(self.points.as_flattened());
        frame
    }

    /// Reads exactly `count` encodings from a frame of `kind`.
    pub fn decode(frame: &[u8], kind: Kind, count: usize) -> Result<Self, Misstep> {
        let body = kind.exact(frame, Self::bytes(count))?;
        Ok(Self { points: body.as_chunks().0.to_vec() })
    }

    /// Refuses a package of another number of points than is due.
    pub(crate) fn check(&self, kind: Kind, count: usize) -> Result<(), Misstep> {
        let (expected, found) = (Self::bytes(count), Self::bytes(self.points.len()));
        if expected == found {
            Ok(())
        } else {
            Err(Misstep::WrongLength { message: kind.name(), expected, found })
        }
    }

    /// The element of one encoding, the `index`-th of the run.
    pub fn element(encoded: &[u8; ELEMENT_BYTES], index: usize) -> Result<Element, Misstep> {
        Element::decode(encoded).map_err(|cause| Misstep::BadPoint { index: index as u64, cause })
    }
}

/// How many entries the sender has worked through: a sign of life, every [`WORKING_EVERY`] entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingPackage {
    /// Entries done.
    pub done: u64,
}

/// A count before what is counted: of tokens, or of matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountPackage {
    /// How many will follow.
    pub count: u64,
}

impl CountPackage {
    /// The length of a frame.
    pub const BYTES: usize = 9;

    /// As a frame of `kind`: [`Kind::TokenCount`] or [`Kind::MatchCount`].
    pub fn encode(&self, kind: Kind) -> Vec<u8> {
        let mut frame = kind.frame(8);
        frame.extend(self.count.to_le_bytes());
        frame
    }

    /// Reads a count from a frame of `kind`; limits are checked by who knows them.
    pub fn decode(frame: &[u8], kind: Kind) -> Result<Self, Misstep> {
        kind.exact(frame, Self::BYTES).map(|body| Self { count: number(body) })
    }
}

/// What may come while the sender works: a sign of life, or the number of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhileWorking {
    /// Not yet.
    Working(WorkingPackage),
    /// All tokens are computed.
    Ready(CountPackage),
}

impl WhileWorking {
    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Working(working) => CountPackage { count: working.done }.encode(Kind::Working),
            Self::Ready(count) => count.encode(Kind::TokenCount),
        }
    }

    /// Reads either.
    pub fn decode(frame: &[u8]) -> Result<Self, Misstep> {
        if frame.first() == Some(&(Kind::Working as u8)) {
            let done = CountPackage::decode(frame, Kind::Working)?.count;
            Ok(Self::Working(WorkingPackage { done }))
        } else {
            CountPackage::decode(frame, Kind::TokenCount).map(Self::Ready)
        }
    }
}

/// Length of a token before it is cut to what the sizes of the sets need.
pub const TOKEN_BYTES: usize = 16;

/// A token: a hash of an entry and its evaluation, zero from byte t on.
pub type Token = [u8; TOKEN_BYTES];

/// Tokens in strictly ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokensPackage {
    /// The tokens.
    pub tokens: Vec<Token>,
}

impl TokensPackage {
    /// The length of a frame of `count` tokens of `token_bytes` bytes.
    pub fn bytes(count: usize, token_bytes: usize) -> usize {
        1 + token_bytes * count
    }

    /// As a frame.
    pub fn encode(&self, token_bytes: usize) -> Vec<u8> {
        let mut frame = Kind::Tokens.frame(token_bytes * self.tokens.len());
        self.tokens.iter().for_each(|token| frame.extend(&token[..token_bytes]));
        frame
    }

    /// Reads exactly `count` tokens of `token_bytes` (1 to 16) bytes; `start` is the position of the first
    /// in the run and `last` the token before it. Each must be above the one before.
    pub fn decode(
        frame: &[u8],
        count: usize,
        token_bytes: usize,
        start: u64,
        mut last: Option<Token>,
    ) -> Result<Self, Misstep> {
        let body = Kind::Tokens.exact(frame, Self::bytes(count, token_bytes))?;
        let mut tokens = Vec::with_capacity(count);
        for (cut, index) in body.chunks_exact(token_bytes).zip(start..) {
            let mut token = [0; TOKEN_BYTES];
            token[..token_bytes].copy_from_slice(cut);
            if last.is_some_and(|last| last >= token) {
                return Err(Misstep::UnsortedToken { index });
            }
            last = Some(token);
            tokens.push(token);
        }
        Ok(Self { tokens })
    }
}

/// Positions of matched tokens, ascending; as differences in LEB128 on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchesPackage {
    /// The positions.
    pub positions: Vec<u64>,
}

impl MatchesPackage {
    /// The most bytes of a frame of `count` matches.
    pub fn max_bytes(count: usize) -> usize {
        1 + POSITION_BYTES * count
    }

    /// As a frame; `next` is one above the position before the first, 0 at the start.
    pub fn encode(&self, mut next: u64) -> Vec<u8> {
        let mut frame = Kind::Matches.frame(2 * self.positions.len());
        for &position in &self.positions {
            let mut gap = position - next;
            while gap >= 0x80 {
                frame.push((gap as u8) | 0x80);
                gap >>= 7;
            }
            frame.push(gap as u8);
            next = position + 1;
        }
        frame
    }

    /// Reads exactly `count` positions in `next..end` (`end` at most 2^32); `start` is how many matches
    /// came before.
    pub fn decode(frame: &[u8], count: usize, start: u64, mut next: u64, end: u64) -> Result<Self, Misstep> {
        let mut body = Kind::Matches.body(frame)?;
        let mut positions = Vec::with_capacity(count.min(body.len()));
        for index in (start..).take(count) {
            let gap = leb128(&mut body).ok_or(Misstep::BadMatch { index })?;
            let position = next.checked_add(gap).filter(|&position| position < end);
            let position = position.ok_or(Misstep::BadMatch { index })?;
            next = position + 1;
            positions.push(position);
        }
        if body.is_empty() {
            return Ok(Self { positions });
        }
        let (expected, found) = (frame.len() - body.len(), frame.len());
        Err(Misstep::WrongLength { message: Kind::Matches.name(), expected, found })
    }
}

/// A number of at most [`POSITION_BYTES`] bytes in its only encoding.
fn leb128(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for at in 0..POSITION_BYTES {
        let (&byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            return (byte != 0 || at == 0).then_some(value);
        }
    }
    None
}

//! What travels. One byte says which message a frame is; every other length follows from what both sides know
//! before the frame comes, and decoding refuses anything else.
//!
//! Numbers are little-endian. `n` words or tokens are the rest of the run up to a chunk's worth.
//!
//! | kind | message | from | bytes |
//! |---|---|---|---|
//! | 1 | [`OpenPackage`] | receiver | 1 + 2 + 32 + 32 + 8 + 16 |
//! | 2 | [`AcceptPackage`] | sender | 1 + 8, and 32 if malicious |
//! | 3 | [`WordsPackage`] | receiver | 1 + 8 × n or 16 × n |
//! | 4 | [`CoinPackage`] of the receiver | receiver | 1 + 16 |
//! | 5 | [`CoinPackage`] of the sender | sender | 1 + 16 |
//! | 6 | tokens in their [coding](super::coding) | sender | 1 + … |
//! | 7, 8 | matches, as in [`crate::ecdh::msg`] | receiver | 1 + … |
//! | 255 | [refusal](crate::wire) | either | 1 + 1 |
//!
//! The messages of the correlation ([`yinshu_ot::vole`]) come after the second.

use super::settings::Settings;
use crate::Terms;
use crate::error::Misstep;
use yinshu_crypto::hash::Digest;
use yinshu_ot::Security;
use yinshu_ot::vole::Subfield;

/// The version of the protocol that this code speaks.
pub const VERSION: u8 = 1;

/// The most words in one message: 256 or 512 KiB.
pub const WORDS_CHUNK: usize = 1 << 15;

/// Which message a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// [`OpenPackage`].
    Open = 1,
    /// [`AcceptPackage`].
    Accept = 2,
    /// [`WordsPackage`].
    Words = 3,
    /// [`CoinPackage`] of the receiver.
    ReceiverCoin = 4,
    /// [`CoinPackage`] of the sender.
    SenderCoin = 5,
    /// Tokens.
    Tokens = 6,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accept => "accept",
            Self::Words => "words",
            Self::ReceiverCoin => "the receiver's coin",
            Self::SenderCoin => "the sender's coin",
            Self::Tokens => "tokens",
        }
    }

    /// A frame with room for `body` bytes more.
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
        if frame.len() == expected {
            Ok(body)
        } else {
            Err(Misstep::WrongLength { message: self.name(), expected, found: frame.len() })
        }
    }
}

/// What the receiver opens a run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPackage {
    /// [`Terms::digest`].
    pub terms: Digest,
    /// [`crate::terms::commitment`] to the receiver's entries.
    pub commitment: Digest,
    /// How many entries the receiver has: that many the store encodes.
    pub count: u64,
    /// What all hashing of the run starts from (r of figure 4, step 1).
    pub seed: [u8; 16],
}

impl OpenPackage {
    /// The length of a frame.
    pub const BYTES: usize = 3 + 32 + 32 + 8 + 16;

    /// As a frame.
    pub fn encode(&self, settings: Settings) -> Vec<u8> {
        let mut frame = Kind::Open.frame(Self::BYTES - 1);
        frame.extend([VERSION, settings.to_byte()]);
        frame.extend(self.terms.0);
        frame.extend(self.commitment.0);
        frame.extend(self.count.to_le_bytes());
        frame.extend(self.seed);
        frame
    }

    /// Reads an opening of a run under `terms` and `settings`; refuses one of another version, under other terms or
    /// with other settings.
    pub fn decode(frame: &[u8], terms: &Terms, settings: Settings) -> Result<Self, Misstep> {
        let body = Kind::Open.body(frame)?;
        let wrong =
            Misstep::WrongLength { message: Kind::Open.name(), expected: Self::BYTES, found: frame.len() };
        let Some((&version, rest)) = body.split_first() else { return Err(wrong) };
        if version != VERSION {
            return Err(Misstep::VersionDiffers { expected: VERSION, found: version });
        }
        let Some((&chosen, rest)) = rest.split_first() else { return Err(wrong) };
        let Some((theirs, rest)) = rest.split_first_chunk() else { return Err(wrong) };
        if Digest(*theirs) != terms.digest() {
            return Err(Misstep::TermsDiffer);
        }
        if chosen != settings.to_byte() {
            return Err(Misstep::SettingsDiffer);
        }
        let Some((commitment, rest)) = rest.split_first_chunk() else { return Err(wrong) };
        let Some((count, rest)) = rest.split_first_chunk() else { return Err(wrong) };
        let Ok(seed) = rest.try_into() else { return Err(wrong) };
        let count = u64::from_le_bytes(*count);
        Ok(Self { terms: Digest(*theirs), commitment: Digest(*commitment), count, seed })
    }
}

/// What the sender answers the opening with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptPackage {
    /// How many tokens it will show.
    pub tokens: u64,
    /// Malicious: the commitment to its coin.
    pub coin: Option<Digest>,
}

impl AcceptPackage {
    /// The length of a frame.
    pub fn bytes(security: Security) -> usize {
        match security {
            Security::SemiHonest => 9,
            Security::Malicious => 9 + 32,
        }
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Kind::Accept.frame(40);
        frame.extend(self.tokens.to_le_bytes());
        self.coin.iter().for_each(|coin| frame.extend(coin.0));
        frame
    }

    /// Reads an answer; limits are checked by who knows them.
    pub fn decode(frame: &[u8], security: Security) -> Result<Self, Misstep> {
        let body = Kind::Accept.exact(frame, Self::bytes(security))?;
        let (tokens, coin) = body.split_first_chunk().expect("eight bytes by the length check before");
        let coin = coin.try_into().ok().map(Digest);
        Ok(Self { tokens: u64::from_le_bytes(*tokens), coin })
    }
}

/// The masked store A' = A − P (figure 4, step 3), or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordsPackage<A> {
    /// The words.
    pub words: Vec<A>,
}

impl<A: Subfield> WordsPackage<A> {
    /// The length of a frame of `count` words.
    pub fn bytes(count: usize) -> usize {
        1 + A::BYTES * count
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Kind::Words.frame(A::BYTES * self.words.len());
        self.words.iter().for_each(|word| word.write(&mut frame));
        frame
    }

    /// Reads exactly `count` words: every string of bytes is one.
    pub fn decode(frame: &[u8], count: usize) -> Result<Self, Misstep> {
        let body = Kind::Words.exact(frame, Self::bytes(count))?;
        Ok(Self { words: body.chunks_exact(A::BYTES).map(A::read).collect() })
    }
}

/// A coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoinPackage {
    /// Its sixteen bytes.
    pub coin: [u8; 16],
}

impl CoinPackage {
    /// The length of a frame.
    pub const BYTES: usize = 17;

    /// As a frame of `kind`: [`Kind::ReceiverCoin`] or [`Kind::SenderCoin`].
    pub fn encode(&self, kind: Kind) -> Vec<u8> {
        let mut frame = kind.frame(16);
        frame.extend(self.coin);
        frame
    }

    /// Reads a coin from a frame of `kind`.
    pub fn decode(frame: &[u8], kind: Kind) -> Result<Self, Misstep> {
        let body = kind.exact(frame, Self::BYTES)?;
        Ok(Self { coin: body.try_into().expect("sixteen bytes by the length check before") })
    }
}

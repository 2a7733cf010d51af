//! What travels. One byte says which message a frame is; every other length follows from what both sides know
//! before the frame comes, and decoding refuses anything else.
//!
//! Numbers are little-endian; ℓ bits of tag and p bytes of payload. `n` words, cells, tables or choices are the rest of the run up to
//! a chunk's worth. Kinds are not those of [`yinshu_ot`], whose messages come between.
//!
//! | kind | message | from | bytes |
//! |---|---|---|---|
//! | 20 | [`OpenPackage`] | receiver | 1 + 1 + 32 + 32 + 8 + 16 |
//! | 21 | [`AcceptPackage`] | sender | 1 + 8 |
//! | 22 | [`WordsPackage`] | receiver | 1 + 8 × n |
//! | 23 | [`HintPackage`] | sender | 1 + (⌈ℓ/8⌉ + p) × n |
//! | 24 | [`TablesPackage`] | receiver | 1 + 120 × n |
//! | 25 | [`ChoicesPackage`] | sender | 1 + 32 × n |
//! | 255 | [refusal](crate::wire) | either | 1 + 1 |

use super::cell::Cell;
use crate::Terms;
use crate::error::Misstep;
use crate::stream::Message;
use yinshu_crypto::field::F64;
use yinshu_crypto::hash::Digest;
use yinshu_ot::sixteen::{BITS, CHOICE};

/// The version of the protocol that this code speaks.
pub const VERSION: u8 = 3;

/// The most words of the receiver's store in one message: 256 KiB.
pub const WORDS_CHUNK: usize = 1 << 15;

/// About how many bytes of the hint are in one message.
const HINT_BYTES: usize = 1 << 18;

/// The most tables, or choices, in one message: 960 KiB of tables.
pub const TABLES_CHUNK: usize = 1 << 13;

/// Words of a table: one for each choice but the first.
pub const TABLE: usize = BITS - 1;

const OPEN: Message = Message { kind: 20, name: "open" };
const ACCEPT: Message = Message { kind: 21, name: "row count" };
const WORDS: Message = Message { kind: 22, name: "words" };
const HINT: Message = Message { kind: 23, name: "hint" };
const TABLES: Message = Message { kind: 24, name: "tables" };
const CHOICES: Message = Message { kind: 25, name: "masked choices" };

/// What the receiver opens a run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPackage {
    /// [`Terms::digest`], bound to the protocol and the length of payloads.
    pub terms: Digest,
    /// [`crate::terms::commitment`] to the receiver's entries.
    pub commitment: Digest,
    /// How many entries the receiver has.
    pub count: u64,
    /// What all hashing of the run starts from.
    pub seed: [u8; 16],
}

impl OpenPackage {
    /// The length of a frame.
    pub const BYTES: usize = 2 + 32 + 32 + 8 + 16;

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let count = self.count.to_le_bytes();
        OPEN.frame(&[&[VERSION], &self.terms.0[..], &self.commitment.0, &count, &self.seed].concat())
    }

    /// Reads an opening of a run under `terms`, as bound; refuses one of another version or under other terms.
    pub fn decode(frame: &[u8], terms: &Terms) -> Result<Self, Misstep> {
        if let [kind, version, ..] = *frame
            && kind == OPEN.kind
            && version != VERSION
        {
            return Err(Misstep::VersionDiffers { expected: VERSION, found: version });
        }
        let body = OPEN.body(frame, Self::BYTES - 1)?;
        let (digests, numbers) = body[1..].split_at(64);
        let digest = |at: usize| Digest(digests.as_chunks().0[at]);
        if digest(0) != terms.digest() {
            return Err(Misstep::TermsDiffer);
        }
        let (count, seed) = numbers.split_first_chunk().expect("24 bytes by the length check before");
        let seed = seed.try_into().expect("16 bytes by the length check before");
        Ok(Self { terms: digest(0), commitment: digest(1), count: u64::from_le_bytes(*count), seed })
    }
}

/// What the sender answers the opening with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptPackage {
    /// How many rows it will show.
    pub rows: u64,
}

impl AcceptPackage {
    /// The length of a frame.
    pub const BYTES: usize = 9;

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        ACCEPT.frame(&self.rows.to_le_bytes())
    }

    /// Reads an answer; limits are checked by who knows them.
    pub fn decode(frame: &[u8]) -> Result<Self, Misstep> {
        let body = ACCEPT.body(frame, 8)?;
        Ok(Self {
            rows: u64::from_le_bytes(body.try_into().expect("eight bytes by the length check before")),
        })
    }
}

/// The receiver's masked store A + P, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordsPackage {
    /// The words.
    pub words: Vec<F64>,
}

impl WordsPackage {
    /// The length of a frame of `count` words.
    pub fn bytes(count: usize) -> usize {
        1 + 8 * count
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = vec![WORDS.kind; Self::bytes(self.words.len())];
        let places = frame[1..].as_chunks_mut().0;
        places.iter_mut().zip(&self.words).for_each(|(to, word)| *to = word.to_bytes());
        frame
    }

    /// Reads exactly `count` words: every string of bytes is one.
    pub fn decode(frame: &[u8], count: usize) -> Result<Self, Misstep> {
        let body = WORDS.body(frame, 8 * count)?;
        Ok(Self { words: body.as_chunks().0.iter().map(|&word| F64::from_bytes(word)).collect() })
    }

    /// Refuses a package of another number of words than is due.
    pub(super) fn check(&self, count: usize) -> Result<(), Misstep> {
        let (expected, found) = (Self::bytes(count), Self::bytes(self.words.len()));
        let message = WORDS.name;
        if expected == found { Ok(()) } else { Err(Misstep::WrongLength { message, expected, found }) }
    }
}

/// The sender's hint, or a part of it: cells of `width` bytes each, tag first.
#[derive(Clone, PartialEq, Eq)]
pub struct HintPackage {
    /// The cells, one after the other.
    pub cells: Vec<u8>,
}

impl HintPackage {
    /// How many cells of `width` bytes a message has at most.
    pub fn chunk(width: usize) -> usize {
        HINT_BYTES / width.max(1)
    }

    /// The length of a frame of `count` cells.
    pub fn bytes(count: usize, width: usize) -> usize {
        1 + count * width
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        HINT.frame(&self.cells)
    }

    /// Reads exactly `count` cells: every string of bytes is one.
    pub fn decode(frame: &[u8], count: usize, width: usize) -> Result<Self, Misstep> {
        Ok(Self { cells: Self::body(frame, count, width)?.to_vec() })
    }

    /// A frame of cells, of so many bytes of tag and of payload.
    pub(super) fn frame<const N: usize>(cells: &[Cell<N>], tag: usize, payload: usize) -> Vec<u8> {
        let width = tag + payload;
        let mut frame = vec![HINT.kind; Self::bytes(cells.len(), width)];
        frame[1..].chunks_exact_mut(width).zip(cells).for_each(|(bytes, cell)| cell.write(tag, bytes));
        frame
    }

    /// The bytes of exactly `count` cells.
    pub(super) fn body(frame: &[u8], count: usize, width: usize) -> Result<&[u8], Misstep> {
        HINT.body(frame, count * width)
    }
}

/// Tables to look up a piece in, or a part of a level's.
#[derive(Clone, PartialEq, Eq)]
pub struct TablesPackage {
    /// For each 64 pairs, the entries of 64 tables, bit by bit.
    pub tables: Vec<[u64; TABLE]>,
}

/// Masked pieces to look up, or a part of a level's.
#[derive(Clone, PartialEq, Eq)]
pub struct ChoicesPackage {
    /// For each 64 pairs, four bits of each.
    pub choices: Vec<[u64; CHOICE]>,
}

/// A frame of arrays, one after the other.
fn write<const N: usize>(message: Message, arrays: &[[u64; N]]) -> Vec<u8> {
    let mut frame = vec![message.kind; 1 + 8 * N * arrays.len()];
    let words = arrays.as_flattened();
    frame[1..].as_chunks_mut().0.iter_mut().zip(words).for_each(|(to, word)| *to = word.to_le_bytes());
    frame
}

/// Inverse of [`write`].
fn read<const N: usize>(body: &[u8]) -> Vec<[u64; N]> {
    let words = |bytes: &[u8]| {
        let (words, _) = bytes.as_chunks();
        std::array::from_fn(|at| u64::from_le_bytes(words[at]))
    };
    body.chunks_exact(8 * N).map(words).collect()
}

impl TablesPackage {
    /// The length of a frame of `count` tables.
    pub fn bytes(count: usize) -> usize {
        1 + 8 * TABLE * count
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        write(TABLES, &self.tables)
    }

    /// Reads exactly `count` tables: every string of bytes is one.
    pub fn decode(frame: &[u8], count: usize) -> Result<Self, Misstep> {
        Ok(Self { tables: read(TABLES.body(frame, 8 * TABLE * count)?) })
    }
}

impl ChoicesPackage {
    /// The length of a frame of `count` choices.
    pub fn bytes(count: usize) -> usize {
        1 + 8 * CHOICE * count
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        write(CHOICES, &self.choices)
    }

    /// Reads exactly `count` choices: every string of bytes is one.
    pub fn decode(frame: &[u8], count: usize) -> Result<Self, Misstep> {
        Ok(Self { choices: read(CHOICES.body(frame, 8 * CHOICE * count)?) })
    }
}

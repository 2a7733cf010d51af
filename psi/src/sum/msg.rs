//! What travels. Numbers are little-endian; L is the number of limbs.
//!
//! | kind | message | from | bytes |
//! |---|---|---|---|
//! | 1 | [`OpenPackage`](crate::ecdh::msg::OpenPackage) | receiver | 1 + 1 + 32 + 32 + 8 × sections |
//! | 10 | [`SharesPackage`] | both | 1 + 32 × L |
//! | 2 | [`PointsPackage`](crate::ecdh::msg::PointsPackage), blinded | receiver | 1 + 32 × n |
//! | 11 | number of rows | sender | 1 + 8 |
//! | 12 | rows | sender | 1 + 32 × (L + 2) × n |
//! | 13 | rows, raised and shuffled | receiver | 1 + 32 × (L + 2) × n |
//! | 14 | [`OutcomePackage::TooFew`] | sender | 1 |
//! | 15 | [`OutcomePackage::Enough`] | sender | 1 + 8 + 32 × (L + 1) |
//! | 16 | [`SumsPackage`] | receiver | 1 + 16 × columns |
//! | 255 | [refusal](crate::wire) | either | 1 + 1 |

use crate::error::Misstep;
use crate::stream::{Message, Point, number, points};
use yinshu_crypto::group::Element;
use yinshu_crypto::group::lifted::Ciphertext;

const SHARES: Message = Message { kind: 10, name: "key shares" };
/// The number of rows.
pub(super) const COUNT: Message = Message { kind: 11, name: "row count" };
/// Rows from their owner.
pub(super) const ROWS: Message = Message { kind: 12, name: "rows" };
/// Rows on their way back.
pub(super) const SHUFFLED: Message = Message { kind: 13, name: "shuffled rows" };
const TOO_FEW: Message = Message { kind: 14, name: "outcome" };
const ENOUGH: Message = Message { kind: 15, name: "outcome" };
const SUMS: Message = Message { kind: 16, name: "sums" };

/// Bytes of a row: its point and its ciphertext.
pub fn row_bytes(slots: usize) -> usize {
    32 * (1 + Ciphertext::len(slots))
}

/// A party's public shares of the joint keys, one for each slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharesPackage {
    /// The shares.
    pub shares: Vec<Element>,
}

impl SharesPackage {
    /// The length of a frame.
    pub fn bytes(slots: usize) -> usize {
        1 + 32 * slots
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let body: Vec<u8> = self.shares.iter().flat_map(Element::encode).collect();
        SHARES.frame(&body)
    }

    /// Reads exactly `slots` shares.
    pub fn decode(frame: &[u8], slots: usize) -> Result<Self, Misstep> {
        let body = SHARES.body(frame, 32 * slots)?;
        let shares = crate::stream::decode(points(body), 0)?;
        Ok(Self { shares })
    }
}

/// A row apart: its point, and the encodings of its ciphertext.
pub(super) fn row(record: &[u8]) -> (&Point, &[Point]) {
    points(record).split_first().expect("a record has a point by its width")
}

/// Reads a ciphertext; `first` is the number of its first point in the run.
pub(super) fn ciphertext(encoded: &[Point], first: usize) -> Result<Ciphertext, Misstep> {
    Ciphertext::decode(encoded).map_err(|(cause, at)| Misstep::BadPoint { index: (first + at) as u64, cause })
}

/// What came of the matching.
#[derive(Clone)]
pub enum OutcomePackage {
    /// Fewer matched than agreed.
    TooFew,
    /// As many, or more.
    Enough {
        /// How many.
        count: u64,
        /// The encodings of the sums, encrypted under the receiver's shares alone.
        sums: Vec<Point>,
    },
}

impl OutcomePackage {
    /// The most bytes of a frame.
    pub fn max_bytes(slots: usize) -> usize {
        1 + 8 + 32 * Ciphertext::len(slots)
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::TooFew => TOO_FEW.frame(&[]),
            Self::Enough { count, sums } => {
                let body: Vec<u8> = count.to_le_bytes().into_iter().chain(sums.concat()).collect();
                ENOUGH.frame(&body)
            }
        }
    }

    /// Reads an outcome for `slots` slots.
    pub fn decode(frame: &[u8], slots: usize) -> Result<Self, Misstep> {
        if frame.first() == Some(&TOO_FEW.kind) {
            return TOO_FEW.body(frame, 0).map(|_| Self::TooFew);
        }
        let body = ENOUGH.body(frame, 8 + 32 * Ciphertext::len(slots))?;
        let (count, sums) = body.split_at(8);
        Ok(Self::Enough { count: number(count), sums: points(sums).to_vec() })
    }
}

/// The sums, as the receiver tells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumsPackage {
    /// One for each column.
    pub sums: Vec<i128>,
}

impl SumsPackage {
    /// The length of a frame.
    pub fn bytes(columns: usize) -> usize {
        1 + 16 * columns
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let body: Vec<u8> = self.sums.iter().flat_map(|sum| sum.to_le_bytes()).collect();
        SUMS.frame(&body)
    }

    /// Reads exactly `columns` sums; limits are checked by who knows them.
    pub fn decode(frame: &[u8], columns: usize) -> Result<Self, Misstep> {
        let body = SUMS.body(frame, 16 * columns)?;
        Ok(Self { sums: body.as_chunks().0.iter().map(|sum| i128::from_le_bytes(*sum)).collect() })
    }
}

//! How an asker gets a copy of the encoding, and later what changed since.
//!
//! | # | from | what |
//! |---|---|---|
//! | 1 | asker | [`FetchPackage`]: digest of the terms, how many entries a run may have, what it has already |
//! | 2 | holder | [`OfferPackage`]: state of the encoding, what follows and in how many rows |
//! | 2 | holder | [`PackedPackage`]: the rows, packed, up to 4,096 in each |
//!
//! The kinds are those of [`super::msg`]: 9 with 1 + 1 + 32 + 8 + 8 + 8 + 1 + 32 bytes, 10 with
//! 1 + 92 + 32 × sections + 8 + 8 + 1, and 11, whose length depends on the tokens and is bounded.

mod run;

pub use run::{Copied, CopyRecord, Offered, fetch, offer};

use super::bucket::{copy_width, fine_enough};
use super::msg::{Fields, Kind, StatePackage, VERSION};
use super::packing::Packing;
use super::store::{MAX_WIDTH, Past, ROW_HEAD, Token};
use crate::Terms;
use crate::error::Misstep;
use yinshu_crypto::hash::Digest;

/// The most rows in one message.
const ROWS: usize = 4096;

/// The most bytes of rows in one message, unless a single row is longer.
const ROWS_BYTES: usize = 1 << 17;

/// What the asker wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchPackage {
    /// The most entries that one run of the asker will have.
    pub items: u64,
    /// The epoch of the copy it has; 0 for none.
    pub epoch: u64,
    /// The version of that copy.
    pub version: u64,
    /// The bytes of a token in it.
    pub width: u8,
    /// The digest of all changes up to that version: what changed since is given where the holder's version of
    /// that number is the same, and the whole otherwise.
    pub lineage: Digest,
}

impl FetchPackage {
    /// The length of a frame.
    pub const BYTES: usize = 1 + 1 + 32 + 8 + 8 + 8 + 1 + 32;

    /// As a frame.
    pub fn encode(&self, terms: &Terms) -> Vec<u8> {
        let mut frame = Kind::Fetch.frame(Self::BYTES - 1);
        frame.push(VERSION);
        frame.extend(terms.digest().0);
        [self.items, self.epoch, self.version].iter().for_each(|number| frame.extend(number.to_le_bytes()));
        frame.push(self.width);
        frame.extend(self.lineage.0);
        frame
    }

    /// Reads a wish under `terms`, and refuses one of another version or under other terms.
    pub fn decode(frame: &[u8], terms: &Terms) -> Result<Self, Misstep> {
        let mut fields = Kind::Fetch.opening(frame, Self::BYTES, terms)?;
        let [items, epoch, version] = std::array::from_fn(|_| fields.u64());
        let width = fields.u8();
        if width > MAX_WIDTH {
            return Err(Misstep::BadState { field: "the width of the tokens it has" });
        }
        Ok(Self { items, epoch, version, width, lineage: Digest(fields.array()) })
    }
}

/// What the holder gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferPackage {
    /// What it gives a copy of.
    pub state: StatePackage,
    /// What the asker has already; 0 where everything follows.
    pub after: u64,
    /// How many rows follow.
    pub rows: u64,
    /// Bytes of each token.
    pub width: u8,
}

impl OfferPackage {
    /// The length of a frame where there are so many sections.
    pub fn bytes(sections: usize) -> usize {
        StatePackage::bytes(sections) + 8 + 8 + 1
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Kind::Offer.frame(Self::bytes(self.state.published.sections.len()));
        self.state.put(&mut frame);
        [self.after, self.rows].iter().for_each(|number| frame.extend(number.to_le_bytes()));
        frame.push(self.width);
        frame
    }

    /// Reads what is offered to who fetches with `fetch`, and refuses what cannot be.
    pub fn decode(frame: &[u8], terms: &Terms, fetch: &FetchPackage) -> Result<Self, Misstep> {
        let mut fields = Fields(Kind::Offer.exact(frame, Self::bytes(terms.sections.len()))?);
        let state = StatePackage::take(&mut fields, terms)?;
        let (after, rows, width) = (fields.u64(), fields.u64(), fields.u8());
        let wrong = |field| Err(Misstep::BadState { field });
        if width == 0 || width > MAX_WIDTH || !fine_enough(width, fetch.items, state.entries) {
            return wrong("the width of its tokens");
        }
        let since = (after, width, state.published.epoch) == (fetch.version, fetch.width, fetch.epoch);
        let same = after < state.version || state.lineage == fetch.lineage;
        if after != 0 && (!since || after > state.version || !same) {
            return wrong("what it continues");
        }
        // A change writes a row for an entry at most once, so there are no more rows than changes; how many
        // changes there were, only the holder knows.
        let max = if after == 0 { state.entries } else { crate::terms::MAX_ENTRIES };
        if rows > max || (after == 0 && rows < max) || (after == state.version && rows > 0) {
            return wrong("the number of its rows");
        }
        Ok(Self { state, after, rows, width })
    }
}

/// The width of a copy for who fetches with `fetch` from an encoding of `entries` whose past versions are `past`,
/// and whether what changed is enough.
fn plan(fetch: &FetchPackage, state: &StatePackage, past: &[Past]) -> (u8, bool) {
    let theirs = Past { version: fetch.version, lineage: fetch.lineage };
    let known = fetch.epoch == state.published.epoch && past.contains(&theirs);
    if known && fetch.width > 0 && fine_enough(fetch.width, fetch.items, state.entries) {
        (fetch.width, true)
    } else {
        (copy_width(fetch.items, state.entries), false)
    }
}

/// How rows lie in frames: what both sides know before they come.
#[derive(Clone, Copy, Debug)]
pub struct Frames {
    packing: Packing,
    label: usize,
    chunk: usize,
}

impl Frames {
    /// For `rows` rows with tokens of `width` (1 to 15) bytes and sealed payloads of `label`.
    pub fn new(width: u8, rows: u64, label: usize) -> Self {
        let chunk = (ROWS_BYTES / (ROW_HEAD + label)).clamp(1, ROWS);
        Self { packing: Packing::new(width, rows), label, chunk }
    }

    /// How many rows the next frame has where `left` are left.
    pub fn due(&self, left: u64) -> usize {
        usize::try_from(left).unwrap_or(self.chunk).min(self.chunk)
    }

    /// The most bytes of a frame of `count` rows.
    pub fn max_bytes(&self, count: usize) -> usize {
        1 + self.packing.max_bytes(count) + self.label * count
    }
}

/// Rows in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedPackage {
    /// Tokens, each with a byte that says whether it was deleted.
    pub heads: Vec<[u8; ROW_HEAD]>,
    /// Their sealed payloads, without gaps.
    pub labels: Vec<u8>,
}

impl PackedPackage {
    /// As a frame, after the token `last`; `None` where two tokens are the same in it.
    pub fn encode(&self, frames: &Frames, last: Option<Token>) -> Option<Vec<u8>> {
        let mut frame = Kind::Packed.frame(frames.max_bytes(self.heads.len()));
        frame.extend(frames.packing.pack(&self.heads, last)?);
        frame.extend(&self.labels);
        Some(frame)
    }

    /// Reads exactly `count` rows after the token `last`; `start` is how many came before.
    pub fn decode(
        frame: &[u8],
        frames: &Frames,
        count: usize,
        last: Option<Token>,
        start: u64,
    ) -> Result<Self, Misstep> {
        let body = Kind::Packed.body(frame)?;
        let unpacked = frames.packing.unpack(body, count, last);
        let (heads, used) = unpacked.map_err(|row| Misstep::BadRecord { index: start + row as u64 })?;
        let labels = &body[used..];
        if labels.len() != count * frames.label {
            return Err(Kind::Packed.wrong(1 + used + count * frames.label, frame));
        }
        Ok(Self { heads, labels: labels.to_vec() })
    }
}

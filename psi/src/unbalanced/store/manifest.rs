//! The manifest: the one file that says what a store is made of. Replacing it is what commits a change.

use super::segment::{Facts, Shape};
use super::{MAX_WIDTH, TOKEN_BYTES};
use crate::terms::{MAX_ENTRIES, MAX_SECTIONS};
use crate::unbalanced::Layout;
use crate::unbalanced::key::Published;
use serde::{Deserialize, Serialize};
use yinshu_crypto::hash::Digest;

/// The first word of the file; the number is the version of the format.
const HEADING: &str = "yinshu encoding 2 sha256 ";

/// The most segments: each is at least four times as long as all newer ones together.
pub(super) const MAX_PARTS: usize = 64;

/// The most versions that are remembered by their lineage: an older copy is made anew.
const MAX_PAST: usize = 1024;

/// A version of an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// Its number.
    pub version: u64,
    /// The digest of all changes to it.
    pub lineage: Digest,
}

/// What a store is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Counts the changes of the entries, over all epochs.
    pub version: u64,
    /// The digest of all changes since the key is in use: two encodings that parted have the same number for
    /// different contents, and different lineages.
    pub lineage: Digest,
    /// Of the holder: this version, and those before it from which what changed is still known apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<Past>,
    /// Of the holder: the digest of the rules by which keys became entries; zero in a copy.
    pub rules: Digest,
    /// Of the holder: the name of the payload; empty in a copy.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub column: String,
    /// How many entries there are.
    pub entries: u64,
    /// Bytes of a sealed payload; 0 where items have none.
    pub label: u32,
    /// Bytes of a token that count; the rest are zero.
    pub width: u8,
    /// Epoch, sections and public keys.
    pub published: Published,
    /// The number of the next segment to be written.
    pub next: u64,
    /// The segments, oldest first.
    pub parts: Vec<Part>,
}

/// A segment and the changes it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its number, which names its file.
    pub number: u64,
    /// The version before its oldest change; 0 for the base.
    pub after: u64,
    /// The version of its newest change.
    pub until: u64,
    /// What is in it.
    pub facts: Facts,
}

impl Manifest {
    pub(in crate::unbalanced) fn shape(&self) -> Shape {
        Shape { label: self.label as usize }
    }

    /// The lineage after a change of which a segment with this index was written.
    pub(super) fn grown(&self, version: u64, index: Option<Digest>) -> Digest {
        let index = index.unwrap_or(Digest::ZERO);
        let parts: [&[u8]; 3] = [&self.lineage.0, &version.to_le_bytes(), &index.0];
        Digest::of_parts("yinshu unbalanced lineage v1", &parts)
    }

    /// Remembers this version, and forgets those that are one with the base.
    pub(super) fn remember(&mut self) {
        let base = self.parts.first().map_or(0, |base| base.until);
        self.past.retain(|past| past.version >= base);
        self.past.push(Past { version: self.version, lineage: self.lineage });
        self.past.drain(..self.past.len().saturating_sub(MAX_PAST));
    }

    /// Notes what the entries are.
    pub(in crate::unbalanced) fn about(&mut self, layout: &Layout) {
        (self.rules, self.column) = (layout.rules, layout.column.clone());
    }

    /// As a file.
    pub fn encode(&self) -> Vec<u8> {
        let body = serde_json::to_vec_pretty(self).expect("a manifest has only string keys");
        let mut file = format!("{HEADING}{}\n", Digest::sha256(&body)).into_bytes();
        file.extend(body);
        file
    }

    /// Reads a file; says what does not hold.
    ///
    /// # Errors
    /// What does not hold.
    pub fn decode(file: &[u8]) -> Result<Self, String> {
        let end = file.iter().position(|&byte| byte == b'\n').ok_or("it has no heading")?;
        let (heading, body) = (&file[..end], &file[end + 1..]);
        let digest = heading.strip_prefix(HEADING.as_bytes()).ok_or("it is of another kind or version")?;
        if digest != Digest::sha256(body).to_string().as_bytes() {
            return Err("its digest does not hold".into());
        }
        let manifest: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        manifest.check().map_err(|wrong| format!("its {wrong} cannot be")).map(|()| manifest)
    }

    fn check(&self) -> Result<(), &'static str> {
        let sections = self.published.sections.len();
        let rules = [
            (self.version >= 1, "version"),
            (self.entries <= MAX_ENTRIES, "number of entries"),
            (
                self.label == 0 || crate::unbalanced::label::payload_bytes(self.label as usize).is_some(),
                "label",
            ),
            ((1..=MAX_WIDTH).contains(&self.width) && usize::from(self.width) <= TOKEN_BYTES, "width"),
            (self.published.epoch >= 1, "epoch"),
            ((1..=MAX_SECTIONS).contains(&sections), "number of sections"),
            (self.parts.len() <= MAX_PARTS, "number of parts"),
            (self.past.len() <= MAX_PAST, "number of past versions"),
        ];
        rules.iter().try_for_each(|&(holds, name)| if holds { Ok(()) } else { Err(name) })?;
        let mut before = 0;
        for part in &self.parts {
            if part.after != before || part.until <= part.after || part.number >= self.next {
                return Err("parts");
            }
            before = part.until;
        }
        if before <= self.version { Ok(()) } else { Err("parts") }
    }
}

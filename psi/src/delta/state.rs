//! What both sides stand on, and the journal of an update.
//!
//! | file | content |
//! |---|---|
//! | `key` | the sender's seed: 32 bytes |
//! | `state` | [`State`] and its SHA-256 |
//! | `own-…`, `mine-…`, `peer-…` | tables ([`super::table`]) and their sizes |
//! | `pending` | [`Journal`] of an update that is prepared and not agreed to be final |
//! | `commit` | the same, final: to be applied, again if that was broken off |
//! | `last` | the same, applied: what the last update changed |
//! | `earlier` | that of the update before it |

use super::table::{PAGE, Page};
use crate::partition::msg::Fields;
use crate::terms::MAX_SECTIONS;
use crate::{Entry, Item};
use yinshu_crypto::hash::Digest;

const STATE: &[u8; 8] = b"YNSHBASE";
const JOURNAL: &[u8; 8] = b"YNSHJRNL";
const VERSION: u8 = 1;

/// What a side stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// 1: the receiver's, 2: the sender's.
    pub role: u8,
    /// The digest of the terms.
    pub terms: Digest,
    /// How many updates there were, the first among them; 0 before it.
    pub version: u64,
    /// The digest of all that was said since the base began.
    pub chain: Digest,
    /// How many own entries there are.
    pub own: u64,
    /// How many tokens of the sender there are (receiver only).
    pub peer: u64,
    /// The most own entries.
    pub own_room: u64,
    /// The most tokens of the sender.
    pub peer_room: u64,
    /// Own entries for which the tables have room: their files are named by it.
    pub own_size: u64,
    /// The same of the sender's tokens.
    pub peer_size: u64,
    /// How many entries the receiver asked about since the base began, in each section.
    pub asked: Vec<u64>,
}

impl State {
    const FIXED: usize = 8 + 1 + 1 + 32 + 8 + 32 + 6 * 8 + 4;

    /// The most bytes of a state with its digest.
    pub const MAX_BYTES: usize = Self::FIXED + 8 * MAX_SECTIONS + 32;

    /// As in the file, its digest at the end.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = STATE.to_vec();
        bytes.extend([VERSION, self.role]);
        bytes.extend(self.terms.0);
        bytes.extend(self.version.to_le_bytes());
        bytes.extend(self.chain.0);
        let sizes = [self.own_size, self.peer_size];
        let numbers = [self.own, self.peer, self.own_room, self.peer_room].into_iter().chain(sizes);
        numbers.for_each(|number: u64| bytes.extend(number.to_le_bytes()));
        bytes.extend((self.asked.len() as u32).to_le_bytes());
        bytes.extend(self.asked.iter().flat_map(|count| count.to_le_bytes()));
        sealed(bytes)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// The check that failed.
    pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let body = unsealed(bytes)?;
        if body.len() < Self::FIXED {
            return Err("length");
        }
        let mut fields = Fields::plain(body);
        if fields.array() != *STATE || fields.byte() != VERSION {
            return Err("kind and version");
        }
        let (role, terms, version, chain) = (fields.byte(), fields.digest(), fields.u64(), fields.digest());
        let [own, peer, own_room, peer_room, own_size, peer_size] = [(); 6].map(|()| fields.u64());
        let sections = fields.u32() as usize;
        if !(1..=2).contains(&role) || sections > MAX_SECTIONS || fields.left() != 8 * sections {
            return Err("numbers");
        }
        let asked = (0..sections).map(|_| fields.u64()).collect();
        Ok(Self { role, terms, version, chain, own, peer, own_room, peer_room, own_size, peer_size, asked })
    }
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let digest = Digest::sha256(&bytes);
    bytes.extend(digest.0);
    bytes
}

fn unsealed(bytes: &[u8]) -> Result<&[u8], &'static str> {
    let (body, digest) = bytes.split_last_chunk::<32>().ok_or("length")?;
    if Digest::sha256(body).0 == *digest { Ok(body) } else { Err("digest") }
}

/// How the intersection changed: entries of this side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The version that the change led to.
    pub version: u64,
    /// Entries that are in the intersection and were not.
    pub appeared: Vec<Entry>,
    /// Entries that were and are not.
    pub vanished: Vec<Entry>,
}

/// An update that is prepared: the state after it, what it changed, and the pages it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// The state after it.
    pub state: State,
    /// How the intersection changed.
    pub changes: Changes,
    /// Table, page number and content.
    pub pages: Vec<(u8, u64, Page)>,
}

const ENTRY: usize = 34;
const WRITTEN: usize = 1 + 8 + PAGE;

/// An entry in a table or a journal.
pub(super) fn pack(entry: &Entry) -> [u8; ENTRY] {
    let mut bytes = [0; ENTRY];
    bytes[..2].copy_from_slice(&entry.section.to_le_bytes());
    bytes[2..].copy_from_slice(entry.item.as_bytes());
    bytes
}

/// Reads it back; further bytes are ignored.
pub(super) fn unpack(bytes: &[u8; ENTRY]) -> Entry {
    let mut fields = Fields::plain(bytes);
    let section = u16::from_le_bytes(fields.array());
    Entry { section, item: Item::from_digest(fields.digest()) }
}

impl Journal {
    /// As in the file.
    pub fn encode(&self) -> Vec<u8> {
        let state = self.state.encode();
        let (appeared, vanished) = (&self.changes.appeared, &self.changes.vanished);
        let mut bytes = JOURNAL.to_vec();
        for count in [state.len(), appeared.len(), vanished.len(), self.pages.len()] {
            bytes.extend((count as u64).to_le_bytes());
        }
        bytes.extend(state);
        appeared.iter().chain(vanished).for_each(|entry| bytes.extend(pack(entry)));
        for (table, at, page) in &self.pages {
            bytes.push(*table);
            bytes.extend(at.to_le_bytes());
            bytes.extend(page);
        }
        sealed(bytes)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// The check that failed.
    pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let body = unsealed(bytes)?;
        if body.len() < 40 {
            return Err("length");
        }
        let mut fields = Fields::plain(body);
        if fields.array() != *JOURNAL {
            return Err("kind");
        }
        let counts = [(); 4].map(|()| fields.u64());
        let sizes = [1, ENTRY as u64, ENTRY as u64, WRITTEN as u64];
        let sum =
            counts.iter().zip(sizes).try_fold(0u64, |sum, (n, size)| sum.checked_add(n.checked_mul(size)?));
        if sum != Some(fields.left() as u64) {
            return Err("length");
        }
        let [state, appeared, vanished, pages] = counts.map(|n| n as usize);
        let (state, rest) = fields.rest().split_at(state);
        let state = State::decode(state)?;
        let (entries, rest) = rest.split_at((appeared + vanished) * ENTRY);
        let mut entries: Vec<Entry> = entries.as_chunks().0.iter().map(unpack).collect();
        let vanished = entries.split_off(appeared);
        let mut fields = Fields::plain(rest);
        let pages = (0..pages).map(|_| (fields.byte(), fields.u64(), fields.array())).collect();
        let changes = Changes { version: state.version, appeared: entries, vanished };
        Ok(Self { state, changes, pages })
    }
}

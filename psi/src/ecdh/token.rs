//! From entries to group elements and from evaluated elements to tokens: what both roles compute alike.

use super::msg::{TOKEN_BYTES, Token};
use crate::Entry;
use sha2::{Digest as _, Sha256};
use std::ops::Range;
use yinshu_crypto::group::ELEMENT_BYTES;

/// Domain separation tag: protocol, version, and the suite identifier of RFC 9380 appendix B. At 45 bytes the
/// longest with which expanding a message costs no further compression.
pub const DST: &[u8] = b"YPSI-V02-ristretto255_XMD:SHA-512_R255MAP_RO_";

/// How many elements are one task of the thread pool.
pub(super) const BATCH: usize = 2 * yinshu_crypto::group::BATCH;

/// The statistical security parameter: wrong matches appear with probability at most 2^-40.
const STATISTICAL_BITS: u64 = 40;

/// Bytes of a token between sets of `x` and `y` entries: ⌈(40 + ⌈log2 x⌉ + ⌈log2 y⌉) / 8⌉, at least 10 and
/// at most 16.
///
/// Of the x·y pairs each collides with probability 2^(-8t), so that by the union bound some pair does with
/// probability at most 2^-40 (Pinkas, Schneider, Zohner, "Scalable Private Set Intersection Based on OT
/// Extension", ACM TOPS 2018, section 3.2 on hashing to shorter strings). Sets of up to 2^32 entries need
/// 13 bytes; the upper clamp is never in the way of the bound.
pub fn token_bytes(x: u64, y: u64) -> usize {
    token_bytes_of(x, y, 1)
}

/// As [`token_bytes`] in one of `runs` runs, whose wrong matches add up: ⌈log2 runs⌉ bits more, so that the
/// bound holds over all of them. The upper clamp is not in the way while x·y·runs is at most 2^88.
pub(crate) fn token_bytes_of(x: u64, y: u64, runs: u32) -> usize {
    let log2 = |n: u64| u64::from(u64::BITS - n.saturating_sub(1).leading_zeros());
    let bits = STATISTICAL_BITS + log2(x) + log2(y) + log2(runs.into());
    usize::try_from(bits.div_ceil(8).clamp(10, TOKEN_BYTES as u64)).expect("at most 16")
}

/// What is hashed to the group for an entry. Its section is hashed too: one item in two sections gives
/// unrelated points.
pub(crate) fn message(entry: &Entry) -> [u8; 34] {
    let mut message = [0; 34];
    message[..2].copy_from_slice(&entry.section.to_le_bytes());
    message[2..].copy_from_slice(entry.item.as_bytes());
    message
}

/// Makes tokens of a section's entries from their evaluations: the outer hash of the 2HashDH function of
/// Jarecki, Kiayias and Krawczyk (ASIACRYPT 2014), SHA-256 of a first block of the domain, the section and the
/// sender's public key, then of the item and the evaluation.
///
/// The public key binds what the receiver unblinds with: see the security of [`crate::ecdh`].
#[derive(Clone)]
pub(super) struct Tokens(Sha256);

impl Tokens {
    pub(super) fn new(section: usize, public: &[u8; ELEMENT_BYTES]) -> Self {
        let mut block = [0; 64];
        block[..16].copy_from_slice(b"yinshu psi token");
        block[16..24].copy_from_slice(&(section as u64).to_le_bytes());
        block[32..].copy_from_slice(public);
        Self(Sha256::new().chain_update(block))
    }

    /// The token of an entry, uncut.
    pub(super) fn token(&self, entry: &Entry, evaluated: &[u8; ELEMENT_BYTES]) -> Token {
        let hash = self.0.clone().chain_update(entry.item.as_bytes()).chain_update(evaluated);
        let digest: [u8; 32] = hash.finalize().into();
        *digest.first_chunk().expect("a digest has 32 bytes")
    }
}

/// `token` with zeros from byte `bytes` on.
pub(super) fn cut(mut token: Token, bytes: usize) -> Token {
    token[bytes..].fill(0);
    token
}

/// Splits the points `range` of a run into batches of at most [`BATCH`] that lie in one section each.
/// `ends[s]` is where section s ends.
pub(super) fn batches(range: Range<usize>, ends: &[usize]) -> Vec<(usize, Range<usize>)> {
    let mut batches = Vec::with_capacity(range.len() / BATCH + 2);
    let mut at = range.start;
    let mut section = ends.partition_point(|&end| end <= at);
    while at < range.end {
        while ends[section] <= at {
            section += 1;
        }
        let end = ends[section].min(range.end).min(at + BATCH);
        batches.push((section, at..end));
        at = end;
    }
    batches
}

/// Where each section ends, from how many points each has.
pub(super) fn ends(counts: &[u64]) -> Vec<usize> {
    let mut total = 0;
    let add = |&count: &u64| {
        total += usize::try_from(count).expect("checked to be below 2^32");
        total
    };
    counts.iter().map(add).collect()
}

//! What is compared.

use crate::radix::{vartime_sort_of, vartime_surely_differ};
use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};
use std::fmt;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sha256;

/// A value to compare, as the SHA-256 digest of its canonical parts under a domain.
///
/// Equal values make equal items, so both parties must write them in the same canonical form. An item of a
/// guessable value (a citizen id) can be found by trying all of them: items are as private as the values,
/// are never sent, and do not print.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item([u8; 32]);

impl Item {
    /// The item of `parts` under `domain`; each part is preceded by its length before hashing, so that
    /// no two lists of parts make the same item.
    pub fn new(domain: &str, parts: &[&[u8]]) -> Self {
        Self(Digest::of_parts(domain, parts).0)
    }

    /// An item that is already a digest.
    pub fn from_digest(digest: Digest) -> Self {
        Self(digest.0)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Makes many items under one domain, at one compression each where the parts are short: the state after a
/// first block that holds the domain is kept.
///
/// An item is SHA-256 of that block (the domain's own SHA-256, twice) and of the parts, each preceded by its
/// length. These are other items than those of [`Item::new`].
#[derive(Clone)]
pub struct Domain {
    started: Sha256,
    /// The state after the domain's block, as FIPS 180-4 section 6.2 has it.
    state: [u32; 8],
}

/// The initial state of SHA-256 (FIPS 180-4 section 5.3.3).
pub(crate) const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// What fits into one block with the padding's first byte and the length in bits (FIPS 180-4 section 5.1.1).
const SHORT: usize = 64 - 1 - 8;

impl Domain {
    /// Under `name`.
    pub fn new(name: &str) -> Self {
        let half = Digest::sha256(name.as_bytes()).0;
        let mut block = [0; 64];
        block[..32].copy_from_slice(&half);
        block[32..].copy_from_slice(&half);
        let mut state = INITIAL;
        compress256(&mut state, &[block]);
        Self { started: Sha256::new().chain_update(block), state }
    }

    /// The item of `parts`.
    pub fn item(&self, parts: &[&[u8]]) -> Item {
        match parts {
            [part] if part.len() + 8 <= SHORT => self.short(part),
            _ => self.long(parts),
        }
    }

    /// The items of values that are one part each, in their order: several are made at once.
    pub fn each<P: AsRef<[u8]>>(&self, parts: impl Iterator<Item = P>, mut to: impl FnMut(P, Item)) {
        let mut parts = parts.fuse();
        let mut chains = [(self.state, [0; 64]); sha256::WAYS];
        loop {
            let gathered: [Option<P>; sha256::WAYS] = std::array::from_fn(|_| parts.next());
            for ((state, block), part) in chains.iter_mut().zip(&gathered) {
                if let Some(part) = part.as_ref().map(AsRef::as_ref).filter(|part| part.len() <= SHORT - 8) {
                    (*state, *block) = (self.state, short(part));
                }
            }
            sha256::compress_each(&mut chains);
            for (part, (state, _)) in gathered.into_iter().zip(&chains) {
                let Some(part) = part else { return };
                let bytes = part.as_ref();
                let item = if bytes.len() <= SHORT - 8 { item(*state) } else { self.long(&[bytes]) };
                to(part, item);
            }
        }
    }

    /// One part that fits into one block.
    fn short(&self, part: &[u8]) -> Item {
        let mut state = self.state;
        compress256(&mut state, &[short(part)]);
        item(state)
    }

    fn long(&self, parts: &[&[u8]]) -> Item {
        let mut hash = self.started.clone();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Item(hash.finalize().into())
    }
}

/// A part of up to [`SHORT`] − 8 bytes after its length, and the padding, which is laid out here.
#[inline]
fn short(part: &[u8]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..8].copy_from_slice(&(part.len() as u64).to_le_bytes());
    block[8..8 + part.len()].copy_from_slice(part);
    block[8 + part.len()] = 0x80;
    let bits = 8 * (64 + 8 + part.len() as u64);
    block[64 - 8..].copy_from_slice(&bits.to_be_bytes());
    block
}

/// The item that a last state stands for.
#[inline]
fn item(state: [u32; 8]) -> Item {
    let mut item = [0; 32];
    item.as_chunks_mut().0.iter_mut().zip(state).for_each(|(bytes, word)| *bytes = word.to_be_bytes());
    Item(item)
}

/// The places of entries that repeat an earlier one, ascending. Takes time that depends on the entries.
///
/// # Panics
/// Never below 2^32 entries, which is more than a run takes.
pub fn vartime_repeats(entries: &[Entry]) -> Vec<usize> {
    let first = |entry: &Entry| entry.item.0.first_chunk().copied().map_or(0, u64::from_be_bytes);
    assert!(u32::try_from(entries.len()).is_ok(), "places have 32 bits");
    // Nearly always nothing repeats.
    if vartime_surely_differ(entries.len(), |at| first(&entries[at])) {
        return Vec::new();
    }
    let head = |at: usize| (first(&entries[at]), at as u32);
    let sorted = vartime_sort_of(entries.len(), head, |(head, _)| *head, Ord::cmp);
    let mut repeats = Vec::new();
    for group in sorted.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        for (later, &(_, at)) in group.iter().enumerate().skip(1) {
            let entry = entries[at as usize];
            if group[..later].iter().any(|&(_, before)| entries[before as usize] == entry) {
                repeats.push(at as usize);
            }
        }
    }
    repeats.sort_unstable();
    repeats
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Item(…)")
    }
}

/// An item in one of the sections that the [`crate::Terms`] name; entries match only within a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// Index into [`crate::Terms::sections`].
    pub section: u16,
    /// What is compared.
    pub item: Item,
}

impl From<Item> for Entry {
    /// In the first section: the only one of a plain run.
    fn from(item: Item) -> Self {
        Self { section: 0, item }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_parts_separate_items() {
        let (one, other) = (Domain::new("one"), Domain::new("other"));
        assert_eq!(one.item(&[b"ab", b"c"]), one.item(&[b"ab", b"c"]));
        assert_ne!(one.item(&[b"ab", b"c"]), one.item(&[b"a", b"bc"]));
        assert_ne!(one.item(&[b"abc"]), one.item(&[b"abc", b""]));
        assert_ne!(one.item(&[b"abc"]), other.item(&[b"abc"]));
        assert_ne!(one.item(&[b"abc"]), Item::new("one", &[b"abc"]));
    }

    #[test]
    fn repeats_are_found() {
        let entry = |n: u8| Entry::from(Item([n % 5; 32]));
        let entries: Vec<Entry> = (0..23).map(entry).collect();
        assert_eq!(vartime_repeats(&entries), (5..23).collect::<Vec<_>>());
        assert!(vartime_repeats(&entries[..5]).is_empty() && vartime_repeats(&[]).is_empty());
        // The same first bytes, other items; and the same item in another section.
        let near = |n: u8| Entry::from(Item([[7; 16], [n; 16]].concat().try_into().expect("32 bytes")));
        let other = Entry { section: 1, ..near(1) };
        assert_eq!(vartime_repeats(&[near(1), near(2), other, near(2)]), [3]);
    }

    #[test]
    fn short_and_long_items_are_made_alike() {
        let domain = Domain::new("d");
        for length in 0..130 {
            let part = vec![b'x'; length];
            assert_eq!(domain.item(&[&part]), domain.long(&[&part]), "{length} bytes");
        }
        for count in 0..140 {
            let parts: Vec<Vec<u8>> = (0..count).map(|at| vec![b'x'; at * 7 % count]).collect();
            let mut made = Vec::new();
            domain.each(parts.iter(), |part, item| made.push((part.clone(), item)));
            assert!(
                made == parts.iter().map(|part| (part.clone(), domain.long(&[part]))).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_domains_item_is_what_it_says() {
        let block = Digest::sha256(b"d").0;
        let long = [b'x'; 300];
        let bytes = [&block[..], &block, &300u64.to_le_bytes(), &long].concat();
        assert_eq!(Domain::new("d").item(&[&long]), Item::from_digest(Digest::sha256(&bytes)));
    }
}

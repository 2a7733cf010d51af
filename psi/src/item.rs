//! What is compared.

use sha2::{Digest as _, Sha256};
use std::fmt;
use yinshu_crypto::hash::Digest;

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
pub struct Domain(Sha256);

impl Domain {
    /// Under `name`.
    pub fn new(name: &str) -> Self {
        let block = Digest::sha256(name.as_bytes()).0;
        Self(Sha256::new().chain_update(block).chain_update(block))
    }

    /// The item of `parts`.
    pub fn item(&self, parts: &[&[u8]]) -> Item {
        let mut hash = self.0.clone();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Item(hash.finalize().into())
    }
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
    fn a_domains_item_is_what_it_says() {
        let block = Digest::sha256(b"d").0;
        let long = [b'x'; 300];
        let bytes = [&block[..], &block, &300u64.to_le_bytes(), &long].concat();
        assert_eq!(Domain::new("d").item(&[&long]), Item::from_digest(Digest::sha256(&bytes)));
    }
}

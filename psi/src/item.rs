//! What is compared.

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

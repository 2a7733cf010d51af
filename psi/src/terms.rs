//! What both sides agreed before a run.

use crate::{Entry, PsiError};
use serde::{Deserialize, Serialize};
use yinshu_crypto::hash::Digest;

/// The most sections a run may have.
pub const MAX_SECTIONS: usize = 1024;

/// The most entries of one party in one run: indices are kept in 32 bits, one value is taken.
pub const MAX_ENTRIES: u64 = u32::MAX as u64 - 1;

/// Who learns the intersection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learns {
    /// The receiver alone; the sender learns how many entries the receiver has in each section.
    Receiver,
    /// The receiver first, who then tells the sender.
    Both,
}

/// A named part of both tables with its own quota. An entry of one section never matches one of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The name, such as `key` or `aac003`; the same on both sides.
    pub name: String,
    /// The most entries that the *receiver* may ask about in this section.
    pub max: u64,
}

/// What both sides agreed, and the limits that this side sets.
///
/// `learns`, the names of the sections in their order, and `context` must be the same on both sides: a
/// digest of them opens each run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Who learns the intersection.
    pub learns: Learns,
    /// The sections, at least one.
    pub sections: Vec<Section>,
    /// The most entries that this side accepts from the peer, over all sections.
    pub max_peer_items: u64,
    /// The sender only: how many entries to show. Fewer are filled up with random tokens, so that the
    /// receiver learns this number and not the true one; more is an error. `None`: as many as there are.
    pub own_items: Option<u64>,
    /// What the run belongs to (the digest of a contract); [`Digest::ZERO`] for none.
    pub context: Digest,
}

impl Terms {
    /// One section, named `items`, whose quota is `max_peer_items`.
    pub fn single(learns: Learns, max_peer_items: u64) -> Self {
        Self {
            learns,
            sections: vec![Section { name: "items".into(), max: max_peer_items }],
            max_peer_items,
            own_items: None,
            context: Digest::ZERO,
        }
    }

    /// The digest of what must be the same on both sides.
    pub fn digest(&self) -> Digest {
        let learns: &[u8] = match self.learns {
            Learns::Receiver => b"receiver",
            Learns::Both => b"both",
        };
        let names = self.sections.iter().map(|section| section.name.as_bytes());
        let parts: Vec<&[u8]> = [learns, self.context.0.as_slice()].into_iter().chain(names).collect();
        Digest::of_parts("yinshu psi terms v1", &parts)
    }

    /// Refuses terms that no run can have.
    pub(crate) fn check(&self) -> Result<(), PsiError> {
        let found = self.sections.len();
        if found == 0 || found > MAX_SECTIONS {
            return Err(PsiError::BadSections { found, max: MAX_SECTIONS });
        }
        let mut names: Vec<&str> = self.sections.iter().map(|section| section.name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(PsiError::SectionTwice { section: pair[0].into() }),
            None => Ok(()),
        }
    }

    /// How many of the receiver's own `entries` are in each section, within the quotas.
    pub(crate) fn count(&self, entries: &[Entry]) -> Result<Vec<u64>, PsiError> {
        let mut counts = vec![0; self.sections.len()];
        for entry in entries {
            let count = counts
                .get_mut(usize::from(entry.section))
                .ok_or(PsiError::UnknownSection { section: entry.section, sections: self.sections.len() })?;
            *count += 1;
        }
        if entries.len() as u64 > MAX_ENTRIES {
            return Err(PsiError::TooManyEntries { found: entries.len() as u64, max: MAX_ENTRIES });
        }
        for (section, &found) in self.sections.iter().zip(&counts) {
            if found > section.max {
                let (section, max) = (section.name.clone(), section.max);
                return Err(PsiError::OwnQuota { section, max, found });
            }
        }
        Ok(counts)
    }
}

/// A salted commitment to a list of entries in order, with which a party can later be held to what it
/// used (and cannot deny having asked).
///
/// SHA-256 of a domain, the salt, the number of entries, and each entry's section (2 bytes, little-endian)
/// and item. Hiding while the 32 salt bytes are secret, binding as SHA-256 is collision-resistant.
pub fn commitment(salt: &[u8; 32], entries: &[Entry]) -> Digest {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    hash.update(b"yinshu psi commitment v1");
    hash.update(salt);
    hash.update((entries.len() as u64).to_le_bytes());
    // Not an entry at a time: the hash takes whole blocks best.
    let mut block = Vec::with_capacity(128 * 34);
    for entries in entries.chunks(128) {
        block.clear();
        for entry in entries {
            block.extend_from_slice(&entry.section.to_le_bytes());
            block.extend_from_slice(entry.item.as_bytes());
        }
        hash.update(&block);
    }
    Digest(hash.finalize().into())
}

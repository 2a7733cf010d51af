//! The asker's copy of an encoding: tokens cut to what its runs need, and sealed payloads it cannot open.

use super::bucket::fine_enough;
use super::fault::Fault;
use super::key::Published;
use super::label;
use super::msg::StatePackage;
use super::store::Store;
use crate::error::{Misstep, PsiError};
use crate::{Learns, Terms};
use serde::Serialize;
use std::path::Path;
use yinshu_crypto::hash::Digest;

/// A copy of a holder's encoding in a folder; [`super::fetch`] makes and updates it.
pub struct Copy {
    pub(super) store: Store,
}

/// What is known of a copy without reading its entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopyStats {
    /// How many entries it has.
    pub entries: u64,
    /// The version of the encoding that it is a copy of.
    pub version: u64,
    /// The longest payload; `None` where items have none.
    pub payload: Option<usize>,
    /// Bytes of its entries on the disk.
    pub bytes: u64,
    /// How many bytes of each token it has.
    pub width: u8,
    /// Epoch, sections and public keys of the holder.
    pub published: Published,
    /// [`Published::digest`].
    pub key: Digest,
}

impl Copy {
    /// Opens the copy in `folder`.
    ///
    /// # Errors
    /// [`PsiError`]: nothing is there, or it is damaged.
    pub fn open(folder: &Path) -> Result<Self, PsiError> {
        Store::open(folder).map(|store| Self { store })
    }

    /// Reads everything: digests, order and counts must hold.
    ///
    /// # Errors
    /// [`PsiError::DamagedStore`] says what does not.
    pub fn verify(&self) -> Result<CopyStats, PsiError> {
        self.store.check().map(|()| self.stats())
    }

    /// What is known without reading the entries.
    pub fn stats(&self) -> CopyStats {
        let manifest = &self.store.manifest;
        CopyStats {
            entries: manifest.entries,
            version: manifest.version,
            payload: label::payload_bytes(manifest.label as usize),
            bytes: self.store.bytes(),
            width: manifest.width,
            published: manifest.published.clone(),
            key: manifest.published.digest(),
        }
    }

    /// Refuses a run that this copy is not for.
    pub(super) fn fits(&self, terms: &Terms, items: u64) -> Result<(), PsiError> {
        let manifest = &self.store.manifest;
        same_sections(&manifest.published, terms)?;
        if fine_enough(manifest.width, items, manifest.entries) {
            Ok(())
        } else {
            Err(PsiError::CoarseCopy { items })
        }
    }

    /// Refuses a holder that answers from something else than what this is a copy of.
    pub(super) fn matches(&self, state: &StatePackage) -> Result<(), Fault> {
        let manifest = &self.store.manifest;
        let (own, found) = (manifest.published.epoch, state.published.epoch);
        if own != found {
            return Err(PsiError::StaleCopy { own, found }.into());
        }
        if manifest.published != state.published {
            let (expected, found) = (manifest.published.digest(), state.published.digest());
            return Err(Misstep::KeyDiffers { expected, found }.into());
        }
        if manifest.label != state.label {
            return Err(Misstep::BadState { field: "the length of its payloads" }.into());
        }
        Ok(())
    }
}

/// Refuses terms under which both learn, or that have other sections than a store.
pub(super) fn same_sections(published: &Published, terms: &Terms) -> Result<(), PsiError> {
    terms.check()?;
    if terms.learns != Learns::Receiver {
        return Err(PsiError::OnlyAsker);
    }
    let found: Vec<&str> = published.sections.iter().map(|section| section.name.as_str()).collect();
    let expected: Vec<&str> = terms.sections.iter().map(|section| section.name.as_str()).collect();
    if found == expected {
        return Ok(());
    }
    Err(PsiError::StoreSections { found: found.join(", "), expected: expected.join(", ") })
}

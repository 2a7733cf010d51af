//! The holder's long-lived keys: one seed in a file of its own, from which every section has its key.

use super::SUITE_NAME;
use super::file::{self, damaged, failed};
use crate::error::PsiError;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use yinshu_crypto::group::Element;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::oprf::{Key, Mode, Suite};
use zeroize::Zeroizing;

const HEADING: &str = "yinshu oprf seed 1";

/// What the holder makes known of its keys. Put [`Published::digest`] into the contract: an asker that knows
/// it notices an answer under any other key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Which key this is: 1 for the first, one more after each rotation.
    pub epoch: u64,
    /// A digest of what the entries and their payloads are: rules, name and length of [`super::Layout`].
    pub subject: Digest,
    /// The sections in their order.
    pub sections: Vec<PublicSection>,
}

/// A section with its public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicSection {
    /// Its name in the terms.
    pub name: String,
    /// The encoding of its public key, in hexadecimal.
    #[serde(with = "hex::serde")]
    pub key: [u8; 32],
}

impl Published {
    /// A digest of suite, epoch, subject, names and keys.
    pub fn digest(&self) -> Digest {
        let epoch = self.epoch.to_le_bytes();
        let sections = self.sections.iter();
        let sections = sections.flat_map(|section| [section.name.as_bytes(), &section.key]);
        let parts: Vec<&[u8]> =
            [SUITE_NAME.as_bytes(), &epoch, &self.subject.0].into_iter().chain(sections).collect();
        Digest::of_parts("yinshu unbalanced key v2", &parts)
    }

    /// The keys as elements; the position of the first that is none otherwise.
    pub(super) fn elements(&self) -> Result<Vec<Element>, usize> {
        let decode = |(at, section): (usize, &PublicSection)| Element::decode(&section.key).map_err(|_| at);
        self.sections.iter().enumerate().map(decode).collect()
    }
}

/// The secret half.
pub(super) struct Keys {
    pub(super) suite: Suite,
    pub(super) keys: Vec<Key>,
}

impl Keys {
    /// The keys of `sections` from a seed. Every section has a key of its own, so that a point evaluated in
    /// one says nothing in another.
    fn derive(seed: &[u8; 32], epoch: u64, sections: &[String]) -> Self {
        let suite = Suite::new(Mode::Voprf);
        let key = |name: &String| {
            // A name may be longer than RFC 9497 allows for: its digest is not.
            let name =
                Digest::of_parts("yinshu unbalanced section v1", &[&epoch.to_le_bytes(), name.as_bytes()]);
            suite.derive(seed, &name.0).expect("fails with probability 2^-64000")
        };
        Self { keys: sections.iter().map(key).collect(), suite }
    }

    /// Fresh keys, whose seed is written to `folder` before this returns.
    pub(super) fn create(
        folder: &Path,
        epoch: u64,
        sections: &[String],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, PsiError> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *seed);
        let digits = Zeroizing::new(hex::encode(*seed));
        let text = Zeroizing::new(format!("{HEADING}\n{}\n", *digits));
        file::replace(&path(folder, epoch), text.as_bytes())?;
        Ok(Self::derive(&seed, epoch, sections))
    }

    /// The keys of an encoding that published `published`.
    pub(super) fn open(folder: &Path, published: &Published) -> Result<Self, PsiError> {
        let path = path(folder, published.epoch);
        let text = Zeroizing::new(std::fs::read(&path).map_err(|error| failed(&path, &error))?);
        let mut lines = text.split(|&byte| byte == b'\n');
        let digits = (lines.next() == Some(HEADING.as_bytes())).then(|| lines.next()).flatten();
        let mut seed = Zeroizing::new([0; 32]);
        digits
            .and_then(|digits| hex::decode_to_slice(digits, &mut *seed).ok())
            .ok_or_else(|| damaged(&path, "it holds no seed"))?;
        let names: Vec<String> = published.sections.iter().map(|section| section.name.clone()).collect();
        let keys = Self::derive(&seed, published.epoch, &names);
        if keys.published(published.epoch, published.subject, &names) == *published {
            Ok(keys)
        } else {
            Err(damaged(&path, "its keys are not those of the encoding"))
        }
    }

    pub(super) fn published(&self, epoch: u64, subject: Digest, sections: &[String]) -> Published {
        let section =
            |(name, key): (&String, &Key)| PublicSection { name: name.clone(), key: key.public().encode() };
        Published { epoch, subject, sections: sections.iter().zip(&self.keys).map(section).collect() }
    }
}

/// Where the seed of an epoch is kept.
fn path(folder: &Path, epoch: u64) -> PathBuf {
    folder.join(name(epoch))
}

/// Whether a folder has seeds: an encoding's does, a copy's does not.
pub(super) fn any_in(folder: &Path) -> bool {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.into_iter().any(|name| name.to_string_lossy().starts_with("key-"))
}

/// The name of that file.
pub(super) fn name(epoch: u64) -> String {
    format!("key-{epoch}")
}

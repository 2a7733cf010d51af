//! What an objection says: about what, in which batch.

use super::error::ObjectionError;
use crate::defect::{Defect, DefectKind, Detail};
use crate::package::OpenedPackage;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use yinshu_audit::merkle::Tree;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::{PublicKey, Signature};
use yinshu_data::ident::masked;
use yinshu_net::PartyId;

const CLAIM: &str = "yinshu/origin/objection/v1";
const SUBJECT: &str = "yinshu/origin/objection/subject/v1";
const MAX_TEXT: usize = 512;

/// The part of an objection that never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// When it was raised.
    pub raised_at: Timestamp,
    /// The batch.
    pub package: PackageRef,
    /// What is wrong with it.
    pub about: About,
}

/// The batch, in a form its provider cannot deny.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageRef {
    /// Catalogue code.
    pub catalogue: String,
    /// The provider's name for the batch.
    pub batch: String,
    /// Who returned it.
    pub provider: PartyId,
    /// To whom; who objects.
    pub recipient: PartyId,
    /// SHA-256 of the manifest.
    pub manifest: Digest,
    /// The key that signed the manifest.
    pub provider_key: PublicKey,
    /// The provider's signature over `manifest`.
    pub signature: Signature,
}

/// One defect, or many of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case", deny_unknown_fields)]
pub enum About {
    /// One.
    One {
        /// It.
        subject: Subject,
    },
    /// Many.
    Many {
        /// Of this kind.
        kind: DefectKind,
        /// How many.
        count: u64,
        /// Merkle root over the digests of the subjects, in order.
        root: Digest,
        /// All of them.
        subjects: Vec<Subject>,
    },
}

/// A defect, as far as its provider is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// What is wrong.
    pub kind: DefectKind,
    /// The file.
    pub file: Option<String>,
    /// Record number in the file, header included, from 1.
    pub row: Option<u64>,
    /// The column.
    pub column: Option<String>,
    /// The division code.
    pub division: Option<String>,
    /// The day.
    pub day: Option<String>,
    /// The key, masked or full.
    pub key: Option<String>,
    /// Digest of the row.
    pub row_digest: Option<Digest>,
    /// Rows the manifest promises, of a count that is off.
    pub promised: Option<u64>,
    /// Rows found, of a count that is off.
    pub found: Option<u64>,
}

/// How keys are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyForm {
    /// Only the ends show.
    #[default]
    Masked,
    /// In full; the contract must allow it.
    Full,
}

impl Claim {
    pub(super) fn new(package: &OpenedPackage, about: About, raised_at: Timestamp) -> Self {
        let manifest = package.manifest();
        let package = PackageRef {
            catalogue: manifest.catalogue.clone(),
            batch: manifest.batch.clone(),
            provider: manifest.provider.clone(),
            recipient: manifest.recipient.clone(),
            manifest: package.digest(),
            provider_key: *package.provider_key(),
            signature: *package.signature(),
        };
        Self { raised_at, package, about }
    }

    /// Digest of the claim: what the first step signs. Over the claim's JSON, whose keys have one
    /// order and whose values one spelling.
    pub fn digest(&self) -> Digest {
        Digest::of_parts(CLAIM, &[&json(self)])
    }

    pub(super) fn id(&self) -> String {
        self.digest().to_string()[..32].to_owned()
    }

    /// That a group is what its root says.
    pub(super) fn check(&self) -> Result<(), ObjectionError> {
        for subject in self.about.subjects() {
            subject.check()?;
        }
        match &self.about {
            About::One { .. } => Ok(()),
            About::Many { kind, subjects, .. } => {
                let whole = About::many(*kind, subjects.clone()) == self.about;
                let pure = subjects.iter().all(|s| s.kind == *kind);
                if whole && pure && !subjects.is_empty() { Ok(()) } else { Err(ObjectionError::WrongGroup) }
            }
        }
    }
}

impl About {
    pub(super) fn many(kind: DefectKind, subjects: Vec<Subject>) -> Self {
        let mut tree = Tree::new();
        for subject in &subjects {
            tree.push(subject.digest());
        }
        Self::Many { kind, count: tree.len(), root: tree.head().root, subjects }
    }

    /// The defects, one or many.
    pub fn subjects(&self) -> &[Subject] {
        match self {
            Self::One { subject } => std::slice::from_ref(subject),
            Self::Many { subjects, .. } => subjects,
        }
    }

    /// How many defects.
    pub fn defects(&self) -> u64 {
        self.subjects().len() as u64
    }
}

impl Subject {
    /// What the provider is told of a defect.
    ///
    /// # Errors
    /// [`ObjectionError::LongText`].
    pub fn of(defect: &Defect, keys: KeyForm) -> Result<Self, ObjectionError> {
        let (promised, found) = match defect.detail {
            Detail::Counts { promised, found } => (Some(promised), Some(found)),
            _ => (None, None),
        };
        let subject = Self {
            kind: defect.kind,
            file: defect.file.clone(),
            row: defect.row,
            column: defect.column.clone(),
            division: defect.division.clone(),
            day: defect.day.clone(),
            key: defect.key.as_deref().map(|key| match keys {
                KeyForm::Masked => masked(key),
                KeyForm::Full => key.to_owned(),
            }),
            row_digest: defect.row_digest,
            promised,
            found,
        };
        subject.check()?;
        Ok(subject)
    }

    /// Digest of the subject: its leaf in a group's tree.
    pub fn digest(&self) -> Digest {
        Digest::of_parts(SUBJECT, &[&json(self)])
    }

    fn check(&self) -> Result<(), ObjectionError> {
        for (field, text) in [
            ("file", &self.file),
            ("column", &self.column),
            ("division", &self.division),
            ("day", &self.day),
            ("key", &self.key),
        ] {
            short(field, text.as_deref().unwrap_or_default(), MAX_TEXT)?;
        }
        Ok(())
    }
}

pub(super) fn short(field: &str, text: &str, max: usize) -> Result<(), ObjectionError> {
    if text.len() <= max {
        return Ok(());
    }
    Err(ObjectionError::LongText { field: field.into(), bytes: text.len(), max })
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("text, numbers and times always serialise")
}

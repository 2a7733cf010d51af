//! Objections (异议): what is wrong with a returned batch, said to its provider, and what became of
//! it.
//!
//! An objection names one defect (or, of a kind with very many, a group of them), the row by its
//! digest, and the batch by the digest of its manifest and the provider's own signature over that:
//! the provider cannot deny having returned it. What follows is a chain of signed steps, each by the
//! party whose step it is:
//!
//! ```text
//!            recipient            provider             provider
//! (nothing) ──────────▶ raised ──────────▶ accepted ──────────▶ corrected
//!                        │  ▲  └──────────▶ rejected                │
//!                        │  └───────────────┴─── recipient ─────────┘   (raised again)
//!                        └─ recipient, from any but withdrawn ─▶ withdrawn
//! ```
//!
//! # Files
//!
//! One JSON file an objection, `objections/<id>.json`. Up to [`SINGLY`] defects of one kind get a file
//! each; of a kind with more, [`GROUP`] go into one file, with the Merkle root (RFC 6962) over their
//! digests, so that one of them can later be argued about alone.
//!
//! # What it tells the provider
//!
//! Kind, file, row number, column, division, day, the row's digest, and the key, masked unless
//! [`KeyForm::Full`] is asked for. Never a value of the county's own table. A defect of a resident
//! who was not returned can only be acted on with the full key; the provider holds that person
//! already, and learns that the county does.

mod claim;
mod error;
mod file;
mod track;

pub use claim::{About, Claim, KeyForm, PackageRef, Subject};
pub use error::ObjectionError;
pub use file::{MAX_FILE, load, save};
pub use track::{State, Status};

use crate::defect::{Defect, DefectKind};
use crate::package::{DOMAIN as MANIFEST_DOMAIN, Keys, OpenedPackage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::SigningKey;
use yinshu_net::PartyId;

/// Up to so many defects of one kind get an objection each.
pub const SINGLY: usize = 1_000;
/// Most defects in one objection.
pub const GROUP: usize = 100_000;

/// An objection and its track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// The first 32 hex characters of the claim's digest; the file's name.
    pub id: String,
    /// What is objected to.
    pub claim: Claim,
    /// The steps so far, the first being `raised`.
    pub track: Vec<Status>,
}

/// An objection that was checked: claim, provider's signature on the batch, and every step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// How many defects it is about.
    pub defects: u64,
}

/// Raises objections against an opened package: one a defect, grouped where there are very many of a
/// kind. `key` is the recipient's.
///
/// # Errors
/// [`ObjectionError::LongText`] when a defect's text is beyond every limit.
pub fn raise(
    package: &OpenedPackage,
    defects: impl IntoIterator<Item = Defect>,
    keys: KeyForm,
    key: &SigningKey,
    now: Timestamp,
) -> Result<Vec<Objection>, ObjectionError> {
    let mut by_kind: BTreeMap<DefectKind, Vec<Subject>> = BTreeMap::new();
    for defect in defects {
        by_kind.entry(defect.kind).or_default().push(Subject::of(&defect, keys)?);
    }
    let mut objections = Vec::new();
    for (kind, subjects) in by_kind {
        if subjects.len() <= SINGLY {
            for subject in subjects {
                objections.push(raise_one(package, About::One { subject }, key, now)?);
            }
        } else {
            for group in subjects.chunks(GROUP) {
                let about = About::many(kind, group.to_vec());
                objections.push(raise_one(package, about, key, now)?);
            }
        }
    }
    Ok(objections)
}

fn raise_one(
    package: &OpenedPackage,
    about: About,
    key: &SigningKey,
    now: Timestamp,
) -> Result<Objection, ObjectionError> {
    let claim = Claim::new(package, about, now);
    let recipient = claim.package.recipient.clone();
    let mut objection = Objection { id: claim.id(), claim, track: Vec::new() };
    objection.advance(State::Raised, &recipient, "", key, now)?;
    Ok(objection)
}

impl Objection {
    /// Where it stands, as its last step says; unchecked.
    pub fn state(&self) -> Option<State> {
        self.track.last().map(|s| s.state)
    }

    /// Takes a step and signs it. `note` is for people: why it is rejected, in which batch it is
    /// corrected.
    ///
    /// # Errors
    /// [`ObjectionError::NotAllowed`] when the step does not follow or is not `by`'s to take,
    /// [`ObjectionError::Backwards`] when it would lie before the last one,
    /// [`ObjectionError::LongText`].
    pub fn advance(
        &mut self,
        to: State,
        by: &PartyId,
        note: &str,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<&Status, ObjectionError> {
        self.allow(self.track.last(), to, by, note, now)?;
        let prev = self.track.last().map_or_else(|| self.claim.digest(), Status::digest);
        self.track.push(Status::sign(to, now, by, note, prev, key));
        Ok(self.track.last().expect("just pushed"))
    }

    /// Checks everything: that the id and the group's root are those of the claim, that the provider
    /// signed the manifest, and that each step was allowed, follows the one before, and is signed by
    /// the party that took it, with one of the `keys` that party is known by.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(&self, keys: &Keys) -> Result<Standing, ObjectionError> {
        self.claim.check()?;
        if self.id != self.claim.id() {
            return Err(ObjectionError::WrongId { id: self.id.clone() });
        }
        let package = &self.claim.package;
        let known = |party: &PartyId| keys.get(party).map_or(&[][..], Vec::as_slice);
        let signed = known(&package.provider).contains(&package.provider_key)
            && package.provider_key.verify(MANIFEST_DOMAIN, &package.manifest.0, &package.signature).is_ok();
        if !signed {
            return Err(ObjectionError::NotTheirs { provider: package.provider.to_string() });
        }
        let mut prev = self.claim.digest();
        let mut last: Option<&Status> = None;
        for (step, status) in (1..).zip(&self.track) {
            self.allow(last, status.state, &status.by, &status.note, status.at)?;
            if status.prev != prev {
                return Err(ObjectionError::BrokenTrack { step });
            }
            if !known(&status.by).iter().any(|key| status.is_by(key)) {
                return Err(ObjectionError::StatusSignature { step, by: status.by.to_string() });
            }
            prev = status.digest();
            last = Some(status);
        }
        let last = last.ok_or(ObjectionError::NeverRaised)?;
        Ok(Standing { state: last.state, since: last.at, defects: self.claim.about.defects() })
    }

    fn allow(
        &self,
        last: Option<&Status>,
        to: State,
        by: &PartyId,
        note: &str,
        now: Timestamp,
    ) -> Result<(), ObjectionError> {
        let package = &self.claim.package;
        let from = last.map(|s| s.state);
        let whose = if to.is_the_providers() { &package.provider } else { &package.recipient };
        if !to.may_follow(from) || by != whose {
            return Err(ObjectionError::NotAllowed { from, to, by: by.to_string() });
        }
        if now < last.map_or(self.claim.raised_at, |s| s.at) {
            return Err(ObjectionError::Backwards { at: now });
        }
        claim::short("note", note, track::MAX_NOTE)
    }
}

/// Whether a digest is of one of the objection's rows; the claim says which.
impl Objection {
    /// The subjects that name `row`.
    pub fn of_row<'a>(&'a self, row: &'a Digest) -> impl Iterator<Item = &'a Subject> {
        self.claim.about.subjects().iter().filter(move |s| s.row_digest.as_ref() == Some(row))
    }
}

#[cfg(test)]
mod tests;

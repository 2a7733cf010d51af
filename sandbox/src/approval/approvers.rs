//! The approvers of a room: `[[approver]]` in `room.toml`.
//!
//! ```toml
//! [[approver]]
//! name = "zhao.min"
//! role = "holder"                   # or "purpose", "reviewer"
//! key = "ed25519:…"
//! added = { party = "holder", by = "qian.li", at = "2026-11-22T08:00:00Z", signature = "…" }
//! ```
//!
//! # Security
//! The first one is in the log from the day on which the room was made. Everybody else was added by a holder's approver who
//! was there before, whose signature stands in the entry and, with it, in the log. An entry that was written by hand is not
//! taken: it lacks the signature, or the record. Whoever was removed stays removed, whatever the file says, and so does the
//! key. Names and keys are one to one: nobody has two names.

use super::signer::{self, Signer};
use crate::dataset::wrong;
use crate::error::SandboxError;
use crate::room::{Deed, Room, Settings};
use jiff::Timestamp;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use std::path::PathBuf;
use yinshu_audit::Signed;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::PublicKey;

/// The domain under which approvers are added.
const DOMAIN: &str = "yinshu approver v1";

/// The actions of records of approvers.
pub(crate) const FIRST: &str = "sandbox.approver.first";
pub(crate) const ADD: &str = "sandbox.approver.add";
pub(crate) const REMOVE: &str = "sandbox.approver.remove";

/// For whom somebody signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The body that holds the data: policies, programs, results, and who else approves.
    Holder,
    /// The side that asks: that the purpose is what the policy says.
    Purpose,
    /// The body that holds the data: programs and results alone.
    Reviewer,
}

impl Role {
    /// As it stands in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Purpose => "purpose",
            Self::Reviewer => "reviewer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Somebody who approves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// The name.
    pub name: String,
    /// For whom.
    pub role: Role,
    /// The key.
    pub key: PublicKey,
}

impl Approver {
    /// Whether somebody decides on programs and results: whoever signs for a purpose does not.
    #[must_use]
    pub fn is_of_holder(&self) -> bool {
        self.role != Role::Purpose
    }
}

/// `[[approver]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    name: String,
    role: Role,
    key: PublicKey,
    /// By whom, but for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    added: Option<Signed<Role>>,
}

impl Entry {
    /// The digest of who it is, in one room.
    fn digest(&self, room: &PublicKey) -> Digest {
        let parts = [room.as_bytes(), self.name.as_bytes(), self.role.name().as_bytes(), self.key.as_bytes()];
        Digest::of_parts(DOMAIN, &parts)
    }

    fn approver(&self) -> Approver {
        Approver { name: self.name.clone(), role: self.role, key: self.key }
    }
}

/// What the log says of approvers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorded {
    /// The digest of the first.
    pub(crate) first: Option<Digest>,
    /// Of those who were added, and when.
    pub(crate) added: Vec<(Digest, Timestamp)>,
    /// Who was removed, and when.
    pub(crate) removed: Vec<(Digest, Timestamp)>,
}

/// The approvers of a room.
#[derive(Debug, Clone, Default)]
pub struct Approvers {
    /// With the moment of being removed.
    all: Vec<(Approver, Option<Timestamp>)>,
}

impl Approvers {
    /// Those of the settings whom the log and their signatures bear out.
    pub(crate) fn of(entries: &[Entry], recorded: &Recorded, room: &PublicKey) -> Self {
        let mut known = Self::default();
        for entry in entries {
            let digest = entry.digest(room);
            let by_holder = |signed: &Signed<Role>| {
                let Some((_, when)) = recorded.added.iter().find(|(added, _)| *added == digest) else {
                    return false;
                };
                let by = known.then(&signed.by, *when).filter(|by| by.role == Role::Holder);
                by.is_some_and(|by| by.role == signed.party && signed.fits(DOMAIN, &digest, &by.key))
            };
            let there = match &entry.added {
                None => recorded.first == Some(digest),
                Some(signed) => by_holder(signed),
            };
            let twice = known.all.iter().any(|(one, _)| one.name == entry.name || one.key == entry.key);
            if there && !twice {
                let removed =
                    recorded.removed.iter().find(|(gone, _)| *gone == digest).map(|(_, when)| *when);
                known.all.push((entry.approver(), removed));
            }
        }
        known
    }

    /// Those who are approvers now.
    pub fn now(&self) -> impl Iterator<Item = &Approver> {
        self.all.iter().filter(|(_, removed)| removed.is_none()).map(|(approver, _)| approver)
    }

    /// Those of a role.
    pub fn with(&self, role: Role) -> impl Iterator<Item = &Approver> {
        self.now().filter(move |approver| approver.role == role)
    }

    /// The one of this name.
    ///
    /// # Errors
    /// [`SandboxError::NotApprover`].
    pub fn one(&self, name: &str) -> Result<&Approver, SandboxError> {
        self.now().find(|approver| approver.name == name).ok_or_else(|| SandboxError::not_approver(name))
    }

    /// The one of this name at that moment: a decision outlasts whoever made it.
    #[must_use]
    pub fn then(&self, name: &str, when: Timestamp) -> Option<&Approver> {
        let was = |removed: &Option<Timestamp>| removed.is_none_or(|removed| when <= removed);
        self.all.iter().find(|(one, removed)| one.name == name && was(removed)).map(|(one, _)| one)
    }
}

fn refused(name: &str, reason: &str) -> SandboxError {
    SandboxError::Approver { name: name.to_owned(), reason: reason.to_owned() }
}

/// Makes the first approver of a room, and his key, which lies in the room until somebody takes it away.
///
/// # Errors
/// [`SandboxError::Approver`]: there is one; [`SandboxError::Files`], [`SandboxError::Audit`].
pub fn first(room: &Room, name: &str, dice: &mut impl CryptoRng) -> Result<(Signer, PathBuf), SandboxError> {
    if room.recorded_approvers()?.first.is_some() {
        return Err(refused(name, "first"));
    }
    plain(name)?;
    let path = signer::place(room.root(), name);
    let key = signer::make(&path, dice)?;
    let entry = Entry { name: name.to_owned(), role: Role::Holder, key: key.public(), added: None };
    put(room, &entry, name, FIRST)?;
    Ok((Signer::of(room, name, key)?, path))
}

/// Whether somebody of this name and key can be added.
///
/// # Errors
/// [`SandboxError::Approver`].
pub fn may_add(room: &Room, name: &str, key: Option<PublicKey>) -> Result<(), SandboxError> {
    plain(name)?;
    // Who was removed stays so: an entry of the same name or key would be taken for that one.
    let there = Settings::read(room.root())?.approvers;
    match (there.iter().any(|one| one.name == name), there.iter().any(|one| Some(one.key) == key)) {
        (true, _) => Err(refused(name, "there")),
        (_, true) => Err(refused(name, "key")),
        _ => Ok(()),
    }
}

/// Adds an approver, on the word of one who signs for the holder.
///
/// # Errors
/// [`SandboxError::Approver`]: the name or the key is taken, or was; [`SandboxError::NotApprover`]: it is not for this one to say.
pub fn add(
    room: &Room,
    (name, role, key): (&str, Role, PublicKey),
    signer: &Signer,
) -> Result<(), SandboxError> {
    may_add(room, name, Some(key))?;
    holder(room, signer)?;
    let mut entry = Entry { name: name.to_owned(), role, key, added: None };
    let (by, digest) = (signer.approver(), entry.digest(&room.public_key()?));
    entry.added = Some(Signed::make(DOMAIN, &digest, (by.role, &*by.name), signer.key(), room.now()));
    put(room, &entry, &by.name, ADD)
}

/// Removes an approver, for good: what he signed alone is not in force any more.
///
/// # Errors
/// [`SandboxError::NotApprover`]; [`SandboxError::Approver`]: the last who signs for the holder stays.
pub fn remove(room: &Room, name: &str, signer: &Signer) -> Result<(), SandboxError> {
    holder(room, signer)?;
    let approvers = room.approvers()?;
    let gone = approvers.one(name)?;
    if gone.role == Role::Holder && approvers.with(Role::Holder).count() == 1 {
        return Err(refused(name, "last"));
    }
    let entry = Entry { name: gone.name.clone(), role: gone.role, key: gone.key, added: None };
    record(room, &entry, &signer.approver().name, REMOVE)
}

/// Whether somebody signs for the holder, and still does.
fn holder(room: &Room, signer: &Signer) -> Result<(), SandboxError> {
    let by = signer.approver();
    match room.approvers()?.one(&by.name)? == by && by.role == Role::Holder {
        true => Ok(()),
        false => Err(SandboxError::not_approver(&by.name)),
    }
}

/// Names are in records, files and signatures.
fn plain(name: &str) -> Result<(), SandboxError> {
    match crate::door::users::plain(name) {
        true => Ok(()),
        false => Err(refused(name, "name")),
    }
}

fn record(room: &Room, entry: &Entry, by: &str, action: &str) -> Result<(), SandboxError> {
    let digest = entry.digest(&room.public_key()?);
    let content = json!({ "approver": digest, "role": entry.role, "key": entry.key });
    room.record(Deed::new(by, &entry.name, action, "ok").with(content)).map(drop)
}

/// Recorded first; then at the end of the settings, the rest of which stays as it was written.
fn put(room: &Room, entry: &Entry, by: &str, action: &str) -> Result<(), SandboxError> {
    #[derive(Serialize)]
    struct One<'a> {
        approver: [&'a Entry; 1],
    }
    record(room, entry, by, action)?;
    let path = room.root().join("room.toml");
    let files = SandboxError::files(&path);
    let text =
        toml::to_string(&One { approver: [entry] }).map_err(|error| wrong("approver", &error.to_string()))?;
    let before = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.map_err(&files)?,
    };
    let blank = if before.is_empty() { "" } else { "\n" };
    let beside = path.with_extension("toml.new");
    std::fs::write(&beside, format!("{before}{blank}{text}"))
        .and_then(|()| std::fs::rename(&beside, &path))
        .map_err(&files)
}

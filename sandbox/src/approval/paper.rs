//! A policy as people hand it to each other: its text, and the signatures after it.

use super::{POLICY, Role, Signer};
use crate::dataset::wrong;
use crate::error::SandboxError;
use crate::policy::Policy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;
use yinshu_audit::{Signed, signed};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::PublicKey;

/// `[bound]`: what a policy is signed for. Whoever signs it first has it written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The digest of the description of the data set, as it is registered.
    pub dataset: Digest,
    /// The key of the room.
    pub room: PublicKey,
}

/// A policy with its signatures, which nobody has looked at yet.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The policy.
    pub policy: Policy,
    /// The digest of what is signed.
    pub digest: Digest,
    /// The signatures.
    pub signatures: Vec<Signed<Role>>,
    body: String,
}

impl Paper {
    /// Reads one.
    ///
    /// # Errors
    /// [`SandboxError::Description`].
    pub fn parse(text: &str) -> Result<Self, SandboxError> {
        // The last line of what is signed ends like every other, so that a signature can follow it.
        let text = &if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
        let (body, tail) = signed::split(text);
        let signatures = signed::signatures(tail).map_err(|error| wrong("signature", error.message()))?;
        Ok(Self { signatures, ..Self::of(body.to_owned())? })
    }

    fn of(body: String) -> Result<Self, SandboxError> {
        let policy = Policy::parse(&body)?;
        Ok(Self { policy, digest: Digest::sha256(body.as_bytes()), signatures: Vec::new(), body })
    }

    /// The same, bound; one that is bound stays as it is.
    pub(super) fn bound_to(self, to: &Bound) -> Result<Self, SandboxError> {
        if self.policy.bound.is_some() || !self.signatures.is_empty() {
            return Ok(self);
        }
        let Bound { dataset, room } = to;
        let blank = if self.body.ends_with("\n\n") { "" } else { "\n" };
        let mut body = self.body;
        body.push_str(&format!("{blank}[bound]\ndataset = \"{dataset}\"\nroom = \"{room}\"\n\n"));
        Self::of(body)
    }

    /// Adds a signature. Whether it counts is for those to say who look at it.
    ///
    /// # Errors
    /// [`SandboxError::AlreadySigned`]; [`SandboxError::Unsigned`]: it is bound to nothing yet.
    pub fn sign(&mut self, signer: &Signer, now: Timestamp) -> Result<(), SandboxError> {
        let (approver, policy) = (signer.approver(), self.policy.policy.name.clone());
        if self.policy.bound.is_none() {
            return Err(SandboxError::Unbound { policy, what: "nothing".to_owned() });
        }
        if self.signatures.iter().any(|signed| signed.by == approver.name) {
            return Err(SandboxError::AlreadySigned { policy, by: approver.name.clone() });
        }
        let (party, by) = (approver.role, &*approver.name);
        self.signatures.push(Signed::make(POLICY, &self.digest, (party, by), signer.key(), now));
        Ok(())
    }

    /// What is signed.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The whole file.
    ///
    /// # Errors
    /// [`SandboxError::Description`].
    pub fn text(&self) -> Result<String, SandboxError> {
        signed::joined(&self.body, &self.signatures).map_err(|error| wrong("signature", &error.to_string()))
    }

    /// Writes the file anew, beside and renamed.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub fn write(&self, path: &Path) -> Result<(), SandboxError> {
        signed::write(path, &self.body, &self.signatures).map_err(SandboxError::files(path))
    }
}

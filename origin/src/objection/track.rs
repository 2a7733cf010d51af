//! The steps of an objection: which follow which, whose they are, and their signatures.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::{PublicKey, Signature, SigningKey};
use yinshu_net::PartyId;

const STATUS: &str = "yinshu/origin/objection/status/v1";
/// Longest note, in bytes.
pub(super) const MAX_NOTE: usize = 4 << 10;

/// Where an objection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// 已提出: the recipient objects, for the first time or again.
    Raised,
    /// 已受理: the provider agrees that it is wrong.
    Accepted,
    /// 不予受理: the provider does not agree.
    Rejected,
    /// 已更正: the provider says that it is right now.
    Corrected,
    /// 已撤回: the recipient takes it back.
    Withdrawn,
}

impl State {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Corrected => "corrected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether this may follow `from`.
    pub fn may_follow(self, from: Option<Self>) -> bool {
        match (from, self) {
            (None | Some(Self::Rejected | Self::Corrected), Self::Raised)
            | (Some(Self::Raised), Self::Accepted | Self::Rejected)
            | (Some(Self::Accepted), Self::Corrected) => true,
            (Some(from), Self::Withdrawn) => from != Self::Withdrawn,
            _ => false,
        }
    }

    /// Whether it is the provider's to bring about; otherwise it is the recipient's.
    pub fn is_the_providers(self) -> bool {
        matches!(self, Self::Accepted | Self::Rejected | Self::Corrected)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Where it led.
    pub state: State,
    /// When.
    pub at: Timestamp,
    /// Who took it.
    pub by: PartyId,
    /// In words.
    pub note: String,
    /// Digest of the step before; of the claim, for the first.
    pub prev: Digest,
    /// Signature of `by` over all of these.
    pub signature: Signature,
}

impl Status {
    pub(super) fn sign(
        state: State,
        at: Timestamp,
        by: &PartyId,
        note: &str,
        prev: Digest,
        key: &SigningKey,
    ) -> Self {
        let signed = said(state, at, by, note, &prev);
        let signature = key.sign(STATUS, &signed.0);
        Self { state, at, by: by.clone(), note: note.into(), prev, signature }
    }

    /// Whether `key` signed it.
    pub fn is_by(&self, key: &PublicKey) -> bool {
        let signed = said(self.state, self.at, &self.by, &self.note, &self.prev);
        key.verify(STATUS, &signed.0, &self.signature).is_ok()
    }

    /// What the next step names: the step and its signature.
    pub fn digest(&self) -> Digest {
        let signed = said(self.state, self.at, &self.by, &self.note, &self.prev);
        Digest::of_parts(STATUS, &[&signed.0, self.signature.to_string().as_bytes()])
    }
}

fn said(state: State, at: Timestamp, by: &PartyId, note: &str, prev: &Digest) -> Digest {
    let parts: [&[u8]; 5] = [
        state.name().as_bytes(),
        &at.as_nanosecond().to_be_bytes(),
        by.as_str().as_bytes(),
        note.as_bytes(),
        &prev.0,
    ];
    Digest::of_parts(STATUS, &parts)
}

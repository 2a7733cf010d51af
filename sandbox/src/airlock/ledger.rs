//! What the log says of results that waited: which there are, whose, and what was decided. There is no other place where
//! that stands.

use super::review::{DOMAIN, Decision, Verdict};
use super::{Request, queue};
use crate::answer::Answer;
use crate::approval::{Approver, Approvers};
use crate::error::SandboxError;
use crate::room::Room;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use yinshu_audit::Record;
use yinshu_crypto::sign::{PublicKey, Signature};

/// How a result stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has decided.
    Waiting,
    /// Whoever asked may have it.
    Released,
    /// Nobody gets it.
    Rejected,
}

impl State {
    /// Its name, as in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Released => "released",
            Self::Rejected => "rejected",
        }
    }
}

/// A result that was held, by its records.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its id.
    pub id: String,
    /// Who asked.
    pub user: String,
    /// Under which policy.
    pub policy: String,
    /// The digest of what the question means.
    pub meaning: String,
    /// The digest of what waits.
    pub digest: String,
    /// When it was put down.
    pub time: Timestamp,
    /// How it stands.
    pub state: State,
}

/// The results that were held.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    held: BTreeMap<String, Standing>,
}

#[derive(Deserialize)]
struct Particulars {
    id: String,
    #[serde(default)]
    meaning: String,
    digest: String,
    /// Of a decision: whose result it is about, why, and the reviewer's word for it.
    #[serde(default, rename = "for")]
    user: String,
    #[serde(default)]
    reason: String,
    signature: Option<Signature>,
}

impl Particulars {
    /// Whether an approver of the room who was one at that time decided so.
    fn decided(&self, record: &Record, verdict: Verdict, approvers: &Approvers, room: &PublicKey) -> bool {
        let Self { id, digest, user, reason, .. } = self;
        let message = Decision { id, digest, user, verdict, reason }.message(room);
        let by = approvers.then(&record.user, record.time).filter(|by| by.is_of_holder());
        let signature = &self.signature;
        let fits =
            |(by, signature): (&Approver, &Signature)| by.key.verify(DOMAIN, &message.0, signature).is_ok();
        by.zip(signature.as_ref()).is_some_and(fits)
    }
}

impl Ledger {
    /// Reads the log. A record that the room did not sign is none, nor is a decision that its reviewer did not.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub(crate) fn read(room: &Room) -> Result<Self, SandboxError> {
        let mut ledger = Self::default();
        let (approvers, key) = (room.approvers()?, room.public_key()?);
        for record in room.held()? {
            let Ok(told) = serde_json::from_str::<Particulars>(&record.content) else { continue };
            let (state, verdict) = match &*record.result {
                "held" => (State::Waiting, None),
                "released" => (State::Released, Some(Verdict::Release)),
                _ => (State::Rejected, Some(Verdict::Reject)),
            };
            if !verdict.is_none_or(|verdict| told.decided(&record, verdict, &approvers, &key)) {
                continue;
            }
            let Particulars { id, meaning, digest, .. } = told;
            let Record { user, object: policy, time, .. } = record;
            if state == State::Waiting {
                let standing = Standing { id: id.clone(), user, policy, meaning, digest, time, state };
                ledger.held.entry(id).or_insert(standing);
            } else if let Some(held) = ledger.held.get_mut(&id) {
                // The first decision is the decision.
                if held.state == State::Waiting && held.digest == digest {
                    held.state = state;
                }
            }
        }
        Ok(ledger)
    }

    /// The result of this id.
    ///
    /// # Errors
    /// [`SandboxError::NoResult`].
    pub(crate) fn one(&self, id: &str) -> Result<&Standing, SandboxError> {
        self.held.get(id).ok_or_else(|| SandboxError::no_result(id))
    }

    /// All of them, the oldest first.
    pub(crate) fn all(&self) -> Vec<&Standing> {
        let mut all: Vec<_> = self.held.values().collect();
        all.sort_by_key(|held| (held.time, &held.id));
        all
    }

    /// Those under a policy.
    pub(crate) fn of<'a>(&'a self, policy: &'a str) -> impl Iterator<Item = &'a Standing> {
        self.held.values().filter(move |held| held.policy == policy)
    }

    /// Those of a user under the policy of a request that a person released.
    fn released<'a>(&'a self, request: &'a Request<'_>) -> impl Iterator<Item = &'a Standing> {
        let own = |held: &&Standing| held.user == request.user && held.state == State::Released;
        self.of(&request.policy.policy.name).filter(own)
    }

    /// Whether a person released anything to whoever asks.
    pub(crate) fn has_seen(&self, request: &Request<'_>) -> bool {
        self.released(request).next().is_some()
    }

    /// The same answer to the same question, if a person released it to the same user.
    pub(crate) fn released_before(
        &self,
        room: &Room,
        request: &Request<'_>,
        answer: &Answer,
    ) -> Result<Option<String>, SandboxError> {
        for held in self.released(request).filter(|held| held.meaning == request.meaning) {
            match queue::take(room, &held.id, &held.digest) {
                Ok(before) if before.answer == *answer => return Ok(Some(held.id.clone())),
                Ok(_) | Err(SandboxError::Altered { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

//! One's own requests, as whoever asked may see them: what he typed, when, and what became of it.
//!
//! # Security
//! Only what he was told at the time: neither what was hidden and why, nor how long anything took, nor anything of others.
//! A record is shown by an allow-list of its parts.

use super::RELEASE;
use super::ledger::{Ledger, State};
use crate::error::SandboxError;
use crate::room::{ASK, Deed, Room};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Own {
    /// When it was asked.
    pub time: Timestamp,
    /// Under which policy.
    pub policy: String,
    /// What was typed, where it was read.
    pub question: String,
    /// What became of it: `answered`, `refused`, `failed`, `waiting`, `released`, `rejected`, or `asked` where it is not over.
    pub state: &'static str,
    /// The code that it was refused with.
    pub code: Option<u16>,
    /// The id of its result.
    pub id: Option<String>,
}

#[derive(Deserialize)]
struct Particulars {
    #[serde(default)]
    question: String,
    #[serde(default)]
    text: String,
    code: Option<u16>,
    id: Option<String>,
}

/// The requests of a user, the oldest first.
///
/// # Errors
/// [`SandboxError::Files`], [`SandboxError::Audit`].
pub fn of(room: &Room, user: &str) -> Result<Vec<Own>, SandboxError> {
    room.record(Deed::new(user, "log", "sandbox.requests", "listed"))?;
    let ledger = Ledger::read(room)?;
    let mut all: Vec<(Own, String)> = Vec::new();
    room.records(&[ASK, RELEASE], &mut |record| {
        if record.user != user {
            return;
        }
        let Ok(told) = serde_json::from_str::<Particulars>(&record.content) else { return };
        let ended = match (&*record.action, &*record.result) {
            (ASK, "ok") => None,
            (ASK, _) | (RELEASE, "refused") => Some("refused"),
            (RELEASE, "ok") => Some("answered"),
            (RELEASE, "held") => {
                told.id.as_deref().and_then(|id| ledger.one(id).ok()).map(|held| held.state.name())
            }
            (RELEASE, _) => Some("failed"),
            _ => return,
        };
        if record.action == ASK {
            let (time, policy, code) = (record.time, record.object, told.code);
            let own =
                Own { time, policy, question: told.text, state: ended.unwrap_or("asked"), code, id: None };
            all.push((own, told.question));
        } else if let Some((own, _)) = all.iter_mut().rev().find(|(own, question)| {
            own.state == "asked" && own.policy == record.object && *question == told.question
        }) {
            (own.state, own.code, own.id) = (ended.unwrap_or(State::Waiting.name()), told.code, told.id);
        }
    })?;
    Ok(all.into_iter().map(|(own, _)| own).collect())
}

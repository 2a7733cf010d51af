//! What a reviewer does with results that wait, and what whoever asked sees of it.
//!
//! Everything here is recorded, refusals included, before anything is shown or handed out. A reviewer is known by his key
//! ([`crate::approval`]), and a decision is signed with it: of one without that signature the log makes nothing, and neither the
//! operator, who has the room's key, nor whoever asked can make one.

use super::ledger::{Ledger, Standing, State};
use super::queue::{self, Held};
use super::scan;
use crate::answer::Answer;
use crate::approval::{Approver, Signer};
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::room::{ASK, Deed, Room};
use jiff::Timestamp;
use serde_json::{Value, json};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::PublicKey;

/// The action of a record of what a reviewer did.
pub(crate) const REVIEW: &str = "sandbox.review";

/// The action of a record of a result that was fetched.
pub(crate) const DOWNLOAD: &str = "sandbox.download";

/// The longest reason, in characters.
pub const MOST_REASON: usize = 500;

/// Earlier requests that a reviewer is shown.
const MOST_EARLIER: usize = 50;

/// What a reviewer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Whoever asked may have it.
    Release,
    /// Nobody gets it.
    Reject,
}

impl Verdict {
    /// How the record ends.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "released",
            Self::Reject => "rejected",
        }
    }
}

/// The reason that is given for a decision.
///
/// # Errors
/// [`SandboxError::Reason`]: it is blank or too long.
pub(crate) fn reason(reason: &str) -> Result<&str, SandboxError> {
    let reason = reason.trim();
    match reason.is_empty() || reason.chars().count() > MOST_REASON {
        true => Err(SandboxError::Reason { most: MOST_REASON }),
        false => Ok(reason),
    }
}

/// The domain under which decisions are signed.
pub(super) const DOMAIN: &str = "yinshu review v1";

/// A decision, as its reviewer signs it.
pub(super) struct Decision<'a> {
    pub(super) id: &'a str,
    /// The digest of what was looked at.
    pub(super) digest: &'a str,
    /// Whose result it is.
    pub(super) user: &'a str,
    pub(super) verdict: Verdict,
    pub(super) reason: &'a str,
}

impl Decision<'_> {
    /// What is signed of it, in one room.
    pub(super) fn message(&self, room: &PublicKey) -> Digest {
        let Self { id, digest, user, verdict, reason } = self;
        let texts = [id, digest, user, verdict.name(), reason].map(str::as_bytes);
        Digest::of_parts(DOMAIN, &[&[&room.as_bytes()[..]], &texts[..]].concat())
    }
}

/// What was asked before by the same user under the same policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// When.
    pub time: Timestamp,
    /// What was done.
    pub action: String,
    /// How it ended.
    pub result: String,
    /// The particulars.
    pub content: String,
}

/// A result with what a reviewer goes by.
#[derive(Debug)]
pub struct Shown {
    /// The result.
    pub held: Held,
    /// How it stands.
    pub standing: Standing,
    /// What was done before, the newest last.
    pub earlier: Vec<Earlier>,
}

/// The results that wait for this reviewer.
///
/// # Errors
/// [`SandboxError::Files`], [`SandboxError::Audit`].
pub fn waiting(room: &Room, reviewer: &Signer) -> Result<Vec<Standing>, SandboxError> {
    let reviewer = reviewer.approver();
    room.record(Deed::new(&reviewer.name, "queue", REVIEW, "listed"))?;
    let ledger = Ledger::read(room)?;
    let waiting = ledger.all().into_iter().filter(|held| held.state == State::Waiting);
    Ok(waiting.filter(|held| may(room, held, reviewer).is_ok()).cloned().collect())
}

/// A result as its reviewer sees it.
///
/// # Errors
/// [`SandboxError`]: there is none, it is not for this reviewer, or it is not as it was put down.
pub fn show(room: &Room, reviewer: &Signer, id: &str) -> Result<Shown, SandboxError> {
    let (by, reviewer) = (reviewer.approver(), &*reviewer.approver().name);
    recorded(room, reviewer, REVIEW, id, || {
        let ledger = Ledger::read(room)?;
        let standing = ledger.one(id)?;
        may(room, standing, by)?;
        let held = queue::take(room, id, &standing.digest)?;
        let deed = Deed::new(reviewer, &standing.policy, REVIEW, "seen");
        room.record(deed.with(json!({ "id": id, "digest": standing.digest })))?;
        Ok(Shown { earlier: earlier(room, standing)?, standing: standing.clone(), held })
    })
}

/// Decides on a result: once, for good.
///
/// # Errors
/// [`SandboxError`]: it may not be decided by this reviewer, or was, or there is no reason given.
pub fn decide(
    room: &Room,
    signer: &Signer,
    id: &str,
    verdict: Verdict,
    reason: &str,
) -> Result<(), SandboxError> {
    let reviewer = &*signer.approver().name;
    recorded(room, reviewer, REVIEW, id, || {
        let reason = scan::plain(self::reason(reason)?);
        queue::locked(room, || {
            let ledger = Ledger::read(room)?;
            let standing = ledger.one(id)?;
            let policy = may(room, standing, signer.approver())?;
            if standing.state != State::Waiting {
                return Err(SandboxError::Decided { id: id.to_owned() });
            }
            if verdict == Verdict::Release {
                queue::take(room, id, &standing.digest)?;
                in_force(room, &policy, &standing.user)?;
            }
            let deed = Deed::new(reviewer, &standing.policy, REVIEW, verdict.name());
            let room_key = room.public_key()?;
            let decided =
                Decision { id, digest: &standing.digest, user: &standing.user, verdict, reason: &reason };
            let content = json!({ "id": id, "digest": standing.digest, "for": standing.user, "reason": reason,
                "signature": signer.sign(DOMAIN, &decided.message(&room_key)) });
            room.record(deed.with(content)).map(drop)
        })
    })
}

/// The results of a user that waited or wait.
///
/// # Errors
/// [`SandboxError::Files`], [`SandboxError::Audit`].
pub fn results(room: &Room, user: &str) -> Result<Vec<Standing>, SandboxError> {
    room.record(Deed::new(user, "queue", "sandbox.results", "listed"))?;
    let ledger = Ledger::read(room)?;
    Ok(ledger.all().into_iter().filter(|held| held.user == user).cloned().collect())
}

/// Hands a released result to whoever asked.
///
/// # Errors
/// [`SandboxError`]: there is none of this user, it waits or was rejected, or the policy is no longer in force.
pub fn fetch(room: &Room, user: &str, id: &str) -> Result<Answer, SandboxError> {
    recorded(room, user, DOWNLOAD, id, || {
        let (standing, held) = released(room, user, id)?;
        let deed = Deed::new(user, &standing.policy, DOWNLOAD, "ok");
        room.record(deed.with(json!({ "id": id, "digest": standing.digest })))?;
        Ok(held.answer)
    })
}

/// The columns of a released result, for whom it may be fetched by.
///
/// # Errors
/// As [`fetch`].
pub fn columns(room: &Room, user: &str, id: &str) -> Result<Vec<(String, bool)>, SandboxError> {
    recorded(room, user, DOWNLOAD, id, || released(room, user, id).map(|(_, held)| held.answer.columns))
}

fn released(room: &Room, user: &str, id: &str) -> Result<(Standing, Held), SandboxError> {
    let ledger = Ledger::read(room)?;
    let standing = ledger.one(id)?;
    if standing.user != user {
        return Err(SandboxError::no_result(id));
    }
    match standing.state {
        State::Waiting => return Err(SandboxError::Held { id: id.to_owned() }),
        State::Rejected => return Err(SandboxError::Rejected),
        State::Released => {}
    }
    in_force(room, &room.policy(&standing.policy)?.0, user)?;
    Ok((standing.clone(), queue::take(room, id, &standing.digest)?))
}

/// A refusal is recorded, too.
fn recorded<T>(
    room: &Room,
    user: &str,
    action: &str,
    id: &str,
    act: impl FnOnce() -> Result<T, SandboxError>,
) -> Result<T, SandboxError> {
    let done = act();
    if let Err(error) = &done {
        let id: String = id.chars().take(64).collect();
        let deed = Deed::new(user, "queue", action, "refused");
        room.record(deed.with(json!({ "id": id, "code": error.code() })))?;
    }
    done
}

/// The policy of a result, if this reviewer may decide on it: whoever signs for a purpose does not, wherever he is named.
fn may(room: &Room, standing: &Standing, reviewer: &Approver) -> Result<Policy, SandboxError> {
    let (policy, _) = room.policy(&standing.policy)?;
    match reviewer.is_of_holder() && policy.review.may(&reviewer.name, &standing.user) {
        true => Ok(policy),
        false => {
            let (user, policy) = (reviewer.name.clone(), standing.policy.clone());
            Err(SandboxError::NotReviewer { user, policy })
        }
    }
}

/// What was released stays released only as long as its policy is in force.
fn in_force(room: &Room, policy: &Policy, user: &str) -> Result<(), SandboxError> {
    let name = || policy.policy.name.clone();
    if !policy.policy.users.contains(user) {
        return Err(SandboxError::NotUser { user: user.to_owned(), policy: name() });
    }
    match room.today() > policy.policy.expires {
        true => Err(SandboxError::Expired { policy: name(), expires: policy.policy.expires.to_string() }),
        false => Ok(()),
    }
}

fn earlier(room: &Room, standing: &Standing) -> Result<Vec<Earlier>, SandboxError> {
    let mut earlier = Vec::new();
    room.records(&[ASK, super::RELEASE, REVIEW, DOWNLOAD], &mut |record| {
        let by =
            if record.action == REVIEW { told(&record.content, "for") } else { Some(record.user.clone()) };
        if record.object == standing.policy && by.as_deref() == Some(&standing.user) {
            let (time, action, result) = (record.time, record.action, record.result);
            earlier.push(Earlier { time, action, result, content: record.content });
        }
    })?;
    let more = earlier.len().saturating_sub(MOST_EARLIER);
    Ok(earlier.split_off(more))
}

fn told(content: &str, name: &str) -> Option<String> {
    let content: Value = serde_json::from_str(content).ok()?;
    content.get(name)?.as_str().map(str::to_owned)
}

//! The airlock: every answer passes it before it leaves, whatever door it leaves by.
//!
//! ```text
//! released ─▶ looked through for numbers that identify somebody ─┬▶ labelled ─▶ recorded ─▶ answer
//!                                                                └▶ queue ─▶ a reviewer ─▶ fetched by whoever asked
//! ```
//!
//! # Security
//! *Whoever asked* learns of a result that waits its id, and later whether it was released or rejected: neither what is in
//! it nor why it waits, nor who looks at it. Whether it waits follows from the policy, the question and the released table,
//! never from a row. He may ask again (the same receipt), in other words (looked at anew), under another name (a receipt of
//! somebody else's does not exist), or review his own (refused, even where the policy names him). What waits has been judged,
//! and stands in the history of releases, whatever a reviewer decides: a table that was rejected counts as one that is known.
//!
//! *A reviewer* sees the result, what was found and which rules hid how much, which is more than whoever asked may: reasons
//! go into the record and not to him. One decides once: under the lock of the queue the log is looked through for a decision,
//! and the new one is a record in it, signed; there is no second place in which it could be found otherwise.
//!
//! *Whoever can write files in the room* but has not its key changes nothing: what waits is bound by its digest to a signed
//! record, and a file without one does not exist.
//!
//! Looking through finds numbers that are written out, in the ways people write them (`scan`). It does not find what is put
//! in another way: letters for digits, a number cut over several columns. It is a net for mistakes, and what a researcher
//! types into a column name he knew before.

pub mod label;
pub mod ledger;
pub mod mark;
pub mod queue;
pub mod requests;
pub mod review;
pub mod scan;
pub mod terms;
pub mod trace;

pub use label::Label;
pub use mark::Watermark;
pub use queue::Held;
pub use terms::{Review, When};

use crate::answer::Answer;
use crate::dataset::Dataset;
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::room::{Deed, Room};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ledger::{Ledger, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use std::collections::BTreeMap;
use terms::OnHit;

/// The action of a record of how a table was judged and where it went.
pub(crate) const RELEASE: &str = "sandbox.release";

/// What was asked, and by whom.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Who asked.
    pub user: &'a str,
    /// Under which policy.
    pub policy: &'a Policy,
    /// Of what.
    pub dataset: &'a Dataset,
    /// The digest of what was typed.
    pub question: String,
    /// The digest of what it means: the same in other words for the names of its columns.
    pub meaning: String,
    /// As much of what was typed as a record has room for.
    pub text: String,
    /// What columns are to be called.
    pub names: Vec<String>,
}

/// An answer that is about to leave.
#[derive(Debug, Clone)]
pub struct Leaving {
    /// The number of the record of the request.
    pub number: u64,
    /// The answer.
    pub answer: Answer,
    /// The strictest level of what it was made of.
    pub level: String,
    /// How many groups were released of it.
    pub groups: usize,
    /// How many figures each rule hid: for a reviewer and the record.
    pub hidden: BTreeMap<String, u64>,
    /// How many sets of rows were released for the first time.
    pub sets: usize,
    /// What it was before it was marked for its recipient.
    pub(crate) unmarked: Option<mark::Unmarked>,
    /// What an aggregate saw that made it: a person looks at it, whatever else is found.
    pub program: Option<Saw>,
}

/// What an aggregate saw and came to, for a reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saw {
    /// Its name.
    pub program: String,
    /// The digest of its component.
    pub component: String,
    /// How many rows it saw.
    pub rows: u64,
    /// Of how many persons.
    pub persons: u64,
    /// Why it failed, if it did.
    pub failed: Option<String>,
}

/// A check of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    pub check: String,
    /// Whether nothing was found.
    pub passed: bool,
    /// Where something was: the line, unless it is the name of a column, and the column, from 1.
    pub at: Vec<(Option<usize>, usize)>,
}

/// Refuses what was rejected or would not leave by what was typed alone, and answers what waits with the same receipt:
/// before it is run and paid for.
///
/// # Errors
/// [`SandboxError::Held`], [`SandboxError::Rejected`], [`SandboxError::Egress`].
pub(crate) fn before(room: &Room, request: &Request<'_>) -> Result<(), SandboxError> {
    let refused = request.policy.review.on_hit() == OnHit::Refuse;
    if refused && request.names.iter().any(|name| !scan::kinds(name).is_empty()) {
        return Err(SandboxError::Egress);
    }
    let ledger = Ledger::read(room)?;
    let same = ledger.of(&request.policy.policy.name).filter(|held| held.meaning == request.meaning);
    let (own, others): (Vec<_>, Vec<_>) = same.partition(|held| held.user == request.user);
    let stands = |all: &[&ledger::Standing], state| all.iter().any(|held| held.state == state);
    if let Some(held) = own.iter().find(|held| held.state == State::Waiting) {
        return Err(SandboxError::Held { id: held.id.clone() });
    }
    // What was released to somebody is his, whatever is decided of another's.
    let others = stands(&others, State::Rejected) && !stands(&own, State::Released);
    if others || stands(&own, State::Rejected) {
        return Err(SandboxError::Rejected);
    }
    Ok(())
}

/// Looks through an answer, records where it goes, and hands it out unless a person is to see it first.
///
/// # Errors
/// [`SandboxError::Held`]: it waits for a reviewer. [`SandboxError::Egress`]: it does not leave.
pub(crate) fn leave(room: &Room, request: &Request<'_>, leaving: Leaving) -> Result<Answer, SandboxError> {
    let terms = &request.policy.review;
    let id = numbered(room, leaving.number)?;
    let Leaving { mut answer, level, groups, hidden, sets, unmarked, program, .. } = leaving;
    let label = Label {
        level,
        purpose: request.policy.policy.purpose.clone(),
        recipient: request.user.to_owned(),
        time: room.now(),
        id: id.clone(),
        altered: request.policy.watermark.as_ref().map(|terms| terms.up_to.clone()),
    };
    answer.label = Some(label);
    let hits = scan::scan(&answer);
    let ledger = Ledger::read(room)?;
    let seen = ledger.has_seen(request);
    let most = groups.max(answer.rows.len()) as u64;
    let mut checks = checks(terms, most, &hits, seen);
    if let Some(saw) = &program {
        let own = |check: &str, passed| Check { check: check.to_owned(), passed, at: Vec::new() };
        checks.extend([own("program", false), own("program-failed", saw.failed.is_none())]);
    }
    let marked = unmarked.map(|unmarked| unmarked.keep(room)).transpose()?;
    let particulars = json!({
        "question": request.question, "id": id, "lines": answer.rows.len(), "groups": groups, "hidden": hidden, "sets": sets, "marked": marked, "program": program,
        "flags": checks.iter().filter(|check| !check.passed).map(|check| &check.check).collect::<Vec<_>>(),
    });
    let deed = |result, more: serde_json::Value| {
        let mut content = particulars.clone();
        if let (Some(content), serde_json::Value::Object(more)) = (content.as_object_mut(), more) {
            content.extend(more);
        }
        room.record(Deed::new(request.user, &request.policy.policy.name, RELEASE, result).with(content))
    };
    if !hits.is_empty() && terms.on_hit() == OnHit::Refuse {
        deed("refused", json!({ "code": SandboxError::Egress.code() }))?;
        return Err(SandboxError::Egress);
    }
    if checks.iter().all(|check| check.passed) {
        deed("ok", json!({}))?;
        return Ok(answer);
    }
    // What a person released to the same user is not looked at twice.
    if let Some(before) = ledger.released_before(room, request, &answer)? {
        deed("ok", json!({ "reviewed": before }))?;
        return Ok(answer);
    }
    let held = Held {
        id: id.clone(),
        user: request.user.to_owned(),
        policy: request.policy.policy.name.clone(),
        question: request.question.clone(),
        meaning: request.meaning.clone(),
        text: request.text.clone(),
        answer,
        checks,
        hidden,
        program,
    };
    let digest = queue::put(room, &held)?;
    deed("held", json!({ "meaning": request.meaning, "digest": digest }))?;
    Err(SandboxError::Held { id })
}

/// Every check there is of an answer, in the order in which a reviewer reads them.
fn checks(terms: &Review, groups: u64, hits: &[scan::Hit], seen: bool) -> Vec<Check> {
    let own = |check: &str, passed: bool| Check { check: check.to_owned(), passed, at: Vec::new() };
    let mut checks: Vec<Check> = Vec::new();
    for kind in scan::Kind::ALL {
        let at: Vec<_> =
            hits.iter().filter(|hit| hit.kind == kind).map(|hit| (hit.row, hit.column)).collect();
        checks.push(Check { check: kind.name().to_owned(), passed: at.is_empty(), at });
    }
    match terms.when {
        When::Never => {}
        When::Always => checks.push(own("always", false)),
        When::Flagged => {
            if let Some(most) = terms.lines {
                checks.push(own("lines", groups <= most));
            }
            if terms.first {
                checks.push(own("first", seen));
            }
        }
    }
    checks
}

/// The id of a result: it says nothing, and nobody finds another's by counting.
fn numbered(room: &Room, number: u64) -> Result<String, SandboxError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&room.secret()?).expect("a key of any length");
    mac.update(b"yinshu/sandbox/result");
    mac.update(&number.to_le_bytes());
    Ok(hex::encode(&mac.finalize().into_bytes()[..6]))
}

#[cfg(test)]
mod tests;

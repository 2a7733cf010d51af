//! Who allows what: policies are signed by persons, with keys that the room does not have.
//!
//! ```text
//! policies/NAME.toml:  the policy │ [bound]: data set, room │ [[signature]] …     as contracts are: yinshu_audit::signed
//!
//! check ─▶ sign: holder ─▶ sign: whoever answers for the purpose ─▶ approve: recorded, in force ─▶ withdraw │ replaced │ expired
//! ```
//!
//! What is signed is the text of the policy with the digest of the data set's description as it is registered and with the key
//! of the room. It is signed by approvers of the room ([`approvers`]): one at least for the body that holds the data,
//! everybody whom `[approval]` names, and whoever is named there for the purpose. Approvals of programs and decisions on
//! results are signed in the same way, each by the person who gives it.
//!
//! # Security
//! Every use of a policy goes through `in_force`, which reads the file, the settings and the log anew: no answer, price,
//! list, program, decision or download under a policy that does not pass.
//!
//! *The operator* has the folder, the room's key and the log, and may write anything there. He changes a policy: its
//! signatures do not fit (9731). He takes the signatures of another policy, data set or room: they are over a digest of all
//! three (9731, 9734). He writes himself into the list of approvers: an entry is signed by an approver who was there before,
//! and the first one stands in the log (9732). He puts back a policy that was replaced or withdrawn: its digest is in the log
//! as ended, for good (9733). He puts a signed one there without a record: it is not the one that was put in force (9734).
//! He makes a new log: it does not go on from the checkpoints that inspectors hold, as `yinshu audit verify` says. He can
//! withhold: make no room, answer nobody. He has the rows, and no signature keeps him from reading them. Where an approver's
//! key lies in the room (`keys/`, as `init` leaves the first one) the operator is that approver: keys are to be taken away.
//!
//! *An approver* signs with his own key, and what he signs says so; he cannot sign as somebody else, and no name or key stands
//! for two. For the holder nobody signs who may ask under the policy, and nobody approves a program that he may run or put
//! down, or decides on a result of his own (9735, 9773, 9799). Two who share their keys are one; that shows in no file.
//!
//! *A researcher* signs for a purpose where the policy names him, which grants nothing: without the holder's signature it is
//! not in force. A key of an approver that he got hold of is removed from the list; what it signed is not in force any more.

pub mod approvers;
mod paper;
pub mod signer;

pub use approvers::{Approver, Approvers, Role};
pub use paper::{Bound, Paper};
pub use signer::Signer;

use crate::dataset::{Dataset, wrong};
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::room::{Deed, Room};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use yinshu_crypto::hash::Digest;

/// The domain under which policies are signed.
pub const POLICY: &str = "yinshu policy v1";

/// The domain under which they are withdrawn.
const WITHDRAWAL: &str = "yinshu policy withdrawal v1";

/// The action of a record of a signature.
pub(crate) const SIGN: &str = "sandbox.policy.sign";

/// The actions of records by which policies come into force and end.
pub(crate) const APPROVE: &str = "sandbox.approve";
pub(crate) const WITHDRAW: &str = "sandbox.policy.withdraw";

/// `[approval]` of a policy: who has to sign it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approval {
    /// For the body that holds the data: each of these; any one of its approvers where nobody is named.
    pub holder: BTreeSet<String>,
    /// For the purpose: each of these.
    pub purpose: BTreeSet<String>,
}

/// Who has signed a policy, and who has not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hands {
    /// Who, as what, and when.
    pub signed: Vec<(String, Role, Timestamp)>,
    /// Who has to sign yet; where any one of several may, they stand in one text.
    pub missing: Vec<String>,
}

/// Looks at the signatures of a policy, every one of which must hold.
///
/// # Errors
/// [`SandboxError::BadSignature`], [`SandboxError::NotApprover`], [`SandboxError::OwnPolicy`]: one of them does not.
pub fn hands(paper: &Paper, approvers: &Approvers) -> Result<Hands, SandboxError> {
    let (policy, wanted) = (&paper.policy, &paper.policy.approval);
    let mut signed = Vec::new();
    for one in &paper.signatures {
        let approver = approvers.one(&one.by)?;
        may_sign(policy, approver)?;
        if approver.role != one.party || !one.fits(POLICY, &paper.digest, &approver.key) {
            let (policy, by) = (policy.policy.name.clone(), one.by.clone());
            return Err(SandboxError::BadSignature { policy, by });
        }
        signed.push((one.by.clone(), one.party, one.at));
    }
    let has = |role, name: &str| signed.iter().any(|(by, as_what, _)| by == name && *as_what == role);
    let not_yet = |role, names: &BTreeSet<String>| -> Vec<String> {
        names.iter().filter(|name| !has(role, name)).cloned().collect()
    };
    let mut missing = not_yet(Role::Holder, &wanted.holder);
    if wanted.holder.is_empty() && !signed.iter().any(|(_, role, _)| *role == Role::Holder) {
        let may = approvers.with(Role::Holder).filter(|one| !policy.policy.users.contains(&one.name));
        let names: Vec<&str> = may.map(|one| &*one.name).collect();
        missing.push(if names.is_empty() { "—".to_owned() } else { names.join(" / ") });
    }
    missing.extend(not_yet(Role::Purpose, &wanted.purpose));
    Ok(Hands { signed, missing })
}

/// Whether an approver may sign a policy at all.
fn may_sign(policy: &Policy, approver: &Approver) -> Result<(), SandboxError> {
    match approver.role {
        Role::Holder if policy.policy.users.contains(&approver.name) => {
            Err(SandboxError::OwnPolicy { user: approver.name.clone() })
        }
        Role::Holder | Role::Purpose => Ok(()),
        Role::Reviewer => Err(SandboxError::not_approver(&approver.name)),
    }
}

/// Holds whom a policy names against those whom the room knows.
///
/// # Errors
/// [`SandboxError::Description`].
pub fn known(policy: &Policy, approvers: &Approvers) -> Result<(), SandboxError> {
    let named = [(Role::Holder, &policy.approval.holder), (Role::Purpose, &policy.approval.purpose)];
    for (role, names) in named {
        for name in names {
            let approver = approvers.one(name).ok().filter(|approver| approver.role == role);
            let place = format!("approval.{}", role.name());
            may_sign(policy, approver.ok_or_else(|| wrong(&place, "it names no approver of this room"))?)?;
        }
    }
    Ok(())
}

/// What a policy is bound to in a room: the description of its data set, and the room.
///
/// # Errors
/// [`SandboxError::Files`].
pub fn bound(room: &Room, dataset: &str) -> Result<Bound, SandboxError> {
    Ok(Bound { dataset: room.description(dataset)?, room: room.public_key()? })
}

/// A policy and who signed it, if all is as it must be but for who has not signed yet.
fn looked_at(room: &Room, paper: &Paper) -> Result<Hands, SandboxError> {
    let name = || paper.policy.policy.name.clone();
    let hands = hands(paper, &room.approvers()?)?;
    let unbound = |what: &str| SandboxError::Unbound { policy: name(), what: what.to_owned() };
    match &paper.policy.bound {
        None => return Err(SandboxError::Unsigned { policy: name(), missing: hands.missing }),
        Some(own) => {
            let here = bound(room, &paper.policy.policy.dataset)?;
            if own.room != here.room {
                return Err(unbound("room"));
            }
            if own.dataset != here.dataset {
                return Err(unbound("dataset"));
            }
        }
    }
    match room.has_ended(&paper.digest)? {
        true => Err(SandboxError::Withdrawn { policy: name() }),
        false => Ok(hands),
    }
}

/// Lets a policy pass that is signed by everybody who has to, as it is, for this room and its data set, and was put in force
/// and neither withdrawn nor replaced since. Its last day is looked at where questions are.
///
/// # Errors
/// [`SandboxError`]: why it is not in force.
pub(crate) fn in_force(room: &Room, paper: &Paper) -> Result<(), SandboxError> {
    let hands = looked_at(room, paper)?;
    let policy = paper.policy.policy.name.clone();
    if !hands.missing.is_empty() {
        return Err(SandboxError::Unsigned { policy, missing: hands.missing });
    }
    match room.in_force(&policy)? {
        Some(digest) if digest == paper.digest => Ok(()),
        _ => Err(SandboxError::Unbound { policy, what: "record".to_owned() }),
    }
}

/// Signs a policy as one of the room's approvers, which is recorded; one that is not bound to the room and its data set yet, is.
///
/// # Errors
/// [`SandboxError`]: it is not this approver's to sign, or is signed by him, or was withdrawn.
pub fn sign(room: &Room, paper: Paper, dataset: &Dataset, signer: &Signer) -> Result<Paper, SandboxError> {
    let approvers = room.approvers()?;
    known(&paper.policy, &approvers)?;
    paper.policy.rows_hold(dataset)?;
    let mut paper = paper.bound_to(&bound(room, &dataset.dataset.name)?)?;
    looked_at(room, &paper)?;
    may_sign(&paper.policy, signer.approver())?;
    paper.sign(signer, room.now())?;
    let deed = Deed::new(&signer.approver().name, &paper.policy.policy.name, SIGN, "ok");
    room.record(deed.with(json!({ "policy": paper.digest })))?;
    Ok(paper)
}

/// Puts a policy in force that everybody has signed who has to: recorded first. The one of the same name before it ends.
///
/// # Errors
/// [`SandboxError`]: why it cannot be; [`SandboxError::Audit`].
pub fn enact(room: &Room, user: &str, paper: &Paper) -> Result<(), SandboxError> {
    let hands = looked_at(room, paper)?;
    let policy = &paper.policy.policy;
    if !hands.missing.is_empty() {
        return Err(SandboxError::Unsigned { policy: policy.name.clone(), missing: hands.missing });
    }
    let by: Vec<String> = hands.signed.into_iter().map(|(by, ..)| by).collect();
    let deed = Deed::new(user, &policy.name, APPROVE, "ok");
    room.record(deed.with(json!({ "policy": paper.digest, "dataset": policy.dataset, "signed": by })))?;
    room.keep("policies", &policy.name, &paper.text()?)
}

/// Signs a policy and puts it in force, where that is the only signature that it needs.
///
/// # Errors
/// As [`sign`] and [`enact`]; [`SandboxError::Description`].
pub fn approve(room: &Room, text: &str, signer: &Signer) -> Result<(), SandboxError> {
    let paper = Paper::parse(text)?;
    let dataset = room.dataset(&paper.policy.policy.dataset)?;
    room.strictest(paper.policy.clone(), &dataset)?;
    let paper = sign(room, paper, &dataset, signer)?;
    enact(room, &signer.approver().name, &paper)
}

/// Ends a policy for good: nothing is answered under it any more, and this text of it does not come back.
///
/// # Errors
/// [`SandboxError::Withdrawn`]: it has ended; [`SandboxError::NotApprover`]: reviewers do not withdraw; [`SandboxError::Reason`].
pub fn withdraw(room: &Room, name: &str, signer: &Signer, reason: &str) -> Result<Digest, SandboxError> {
    let reason = crate::airlock::review::reason(reason)?;
    let paper = room.paper(name)?;
    let approver = signer.approver();
    if approver.role == Role::Reviewer {
        return Err(SandboxError::not_approver(&approver.name));
    }
    if room.has_ended(&paper.digest)? {
        return Err(SandboxError::Withdrawn { policy: name.to_owned() });
    }
    let message = Digest::of_parts(WITHDRAWAL, &[&paper.digest.0, reason.as_bytes()]);
    let content = json!({ "policy": paper.digest, "reason": reason, "key": approver.key,
        "signature": signer.sign(WITHDRAWAL, &message) });
    room.record(Deed::new(&approver.name, name, WITHDRAW, "ok").with(content))?;
    Ok(paper.digest)
}

/// Reads a policy with its signatures.
///
/// # Errors
/// [`SandboxError::Files`], [`SandboxError::Description`].
pub fn read(path: &Path) -> Result<Paper, SandboxError> {
    let text = std::fs::read_to_string(path).map_err(SandboxError::files(path))?;
    Paper::parse(&text).map_err(|error| crate::dataset::in_file(path, error))
}

#[cfg(test)]
mod tests;

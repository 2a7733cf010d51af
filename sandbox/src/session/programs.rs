//! Programs, submitted: a score with a question about what it gives, an aggregate by itself.

use super::{allowed, answered, in_quota, known, refused, shortened};
use crate::airlock::{self, Leaving, Request, Saw};
use crate::answer::Answer;
use crate::dataset::Dataset;
use crate::engine::Registered;
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::program::Kind;
use crate::program::approved::{self, Program};
use crate::program::gathered::Gathering;
use crate::program::manifest::Manifest;
use crate::question;
use crate::room::{ASK, Deed, Room};
use crate::worker;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use yinshu_audit::Amount;

/// Asks a question about a table beside whose columns stand those of an approved score.
///
/// # Errors
/// As [`super::ask`]; [`SandboxError::NoProgram`], [`SandboxError::OtherKind`].
pub async fn submit(
    room: &Room,
    (policy, user): (&str, &str),
    program: &str,
    text: &str,
    price: Option<Amount>,
) -> Result<Answer, SandboxError> {
    answered(room, (policy, user), text, price, Some(program)).await
}

/// Runs an approved aggregate over the rows that are granted of its table. A person looks at what it came to, be it a table or a
/// failure: whoever asked is told in either case that it waits.
///
/// # Errors
/// [`SandboxError::Held`], always but for refusals; [`SandboxError::Unreviewed`]: nobody would look at it.
pub async fn gather(
    room: &Room,
    (policy, user): (&str, &str),
    program: &str,
) -> Result<Answer, SandboxError> {
    let (gather, text) = (Gather::admitted(room, (policy, user), program)?, named(program));
    let Gather { policy: approved, dataset, manifest, component, table, gathering } = &gather;
    let digest = hex::encode(Sha256::digest(&text));
    let terms = room.paper(policy)?.digest;
    let meaning = Sha256::digest(format!("{component} {manifest:?} {terms}"));
    let request = Request {
        user,
        policy: approved,
        dataset,
        question: digest.clone(),
        meaning: hex::encode(meaning),
        text: text.clone(),
        names: manifest.columns.iter().map(|column| column.name.clone()).collect(),
    };
    if let Err(error) = airlock::before(room, &request) {
        return refused(room, (policy, user, &text), error);
    }
    let registered = Registered::open(dataset, room.root())?;
    let particulars = json!({ "question": digest, "text": text,
        "program": { "name": program, "component": component } });
    let deed = Deed::new(user, policy, ASK, "ok").with(particulars);
    let number = room.record_question(deed, approved.limits.questions_a_day)?;
    let source = question::rows_of(approved, dataset, *table)?;
    let found =
        worker::gathered(room.workers(), source, gathering, dataset, &registered, &approved.limits).await?;
    let sheet = found.sheet.unwrap_or_default();
    let saw = Saw {
        program: program.to_owned(),
        component: component.clone(),
        rows: found.rows,
        persons: found.persons,
        failed: found.reason.as_deref().map(shortened),
    };
    let (answer, level) = (manifest.answer(&sheet), manifest.level(dataset));
    let (groups, hidden, program) = (answer.rows.len(), BTreeMap::new(), Some(saw));
    let leaving = Leaving { number, answer, level, groups, hidden, sets: 0, unmarked: None, program };
    airlock::leave(room, &request, leaving)
}

/// An aggregate that may be run.
struct Gather {
    policy: Policy,
    dataset: Dataset,
    manifest: Manifest,
    /// The digest of its component.
    component: String,
    table: usize,
    gathering: Gathering,
}

/// What is recorded as the text of a run of an aggregate.
pub(crate) fn named(program: &str) -> String {
    format!("program {program}")
}

/// The columns that an approved aggregate gives, and whether numbers stand in them. Nothing is run; a refusal is recorded.
///
/// # Errors
/// The refusals of [`gather`], but for [`SandboxError::Held`].
pub fn columns_of(room: &Room, of: (&str, &str), program: &str) -> Result<Vec<(String, bool)>, SandboxError> {
    let gather = Gather::admitted(room, of, program)?;
    Ok(gather.manifest.answer(&Default::default()).columns)
}

impl Gather {
    /// What would be run, if this user may run it now; a refusal is recorded.
    fn admitted(room: &Room, (policy, user): (&str, &str), program: &str) -> Result<Self, SandboxError> {
        let admitted = known(room, policy, user).and_then(|(approved, dataset)| {
            allowed(room, &approved, user)?;
            in_quota(room, &approved, user)?;
            Self::of(room, approved, dataset, program)
        });
        admitted.or_else(|error| refused(room, (policy, user, &named(program)), error))
    }

    fn of(room: &Room, policy: Policy, dataset: Dataset, program: &str) -> Result<Self, SandboxError> {
        let Program { manifest, component, approval } =
            approved::approved(room, &policy.policy.name, program)?;
        if manifest.program.kind != Kind::Aggregate {
            return Err(SandboxError::OtherKind { program: program.to_owned() });
        }
        // Noise cannot be put on it, and what leaves or does not without a person would say something.
        if policy.private(dataset.dataset.mode).is_some() || !policy.review.holds() {
            return Err(SandboxError::Unreviewed { policy: policy.policy.name });
        }
        let (table, gathering) = Gathering::of(&manifest, component, &policy, &dataset)?;
        Ok(Self { policy, dataset, manifest, component: approval.component, table, gathering })
    }
}

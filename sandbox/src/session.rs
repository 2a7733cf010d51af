//! A question from being asked to being answered.
//!
//! ```text
//! ask ─▶ user, date, quota ─▶ read ─▶ recorded ─▶ run ─▶ judged against all that was released ─▶ looked through
//!                                                                                       ─▶ recorded ─▶ answer
//! ```
//!
//! Nothing is run before it was recorded, and nothing is handed out before that was. A refusal is recorded, too.

use crate::airlock::{self, Leaving, Request};
use crate::answer::{Answer, Line};
use crate::dataset::{Dataset, plain_name};
use crate::disclosure::{self, History, Rule};
use crate::engine::{self, Registered};
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::question;
use crate::room::{ASK, Deed, Room};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Asks a question in SQL under a policy.
///
/// # Errors
/// [`SandboxError`]: a refusal, or that it could not be run or recorded.
pub async fn ask(room: &Room, policy: &str, user: &str, text: &str) -> Result<Answer, SandboxError> {
    let digest = hex::encode(Sha256::digest(text));
    let known = room.policy(policy);
    let refused = |error: SandboxError| {
        let deed = Deed::new(user, policy, ASK, "refused");
        room.record(deed.with(json!({ "question": digest, "code": error.code() })))?;
        Err(error)
    };
    // A policy that is not there is refused as one that is not for this user.
    let (approved, dataset) = match known {
        Ok(known) => known,
        Err(error) => {
            let there = !matches!(error, SandboxError::Files { .. }) && plain_name("policy", policy).is_ok();
            let unknown = || SandboxError::NotUser { user: user.to_owned(), policy: policy.to_owned() };
            return refused(if there { error } else { unknown() });
        }
    };
    if let Err(error) = allowed(room, &approved, user) {
        return refused(error);
    }
    let question = match question::read(text, &dataset, &approved) {
        Ok(question) => question,
        Err(error) => return refused(error),
    };
    let request = Request {
        user,
        policy: &approved,
        dataset: &dataset,
        question: digest.clone(),
        meaning: question.meaning(),
        text: shortened(text),
    };
    if let Err(error) = airlock::before(room, &request) {
        return refused(error);
    }
    let registered = Registered::open(&dataset, room.root())?;
    let deed = Deed::new(user, policy, ASK, "ok");
    let number = room.record(deed.with(json!({ "question": digest, "text": request.text })))?;
    let released = released(room, &approved, &dataset, &registered, &question).await;
    let released = match released {
        Ok(released) => released,
        Err(error) => {
            let deed = Deed::new(user, policy, airlock::RELEASE, "failed");
            room.record(deed.with(json!({ "question": digest, "code": error.code() })))?;
            return Err(error);
        }
    };
    let line = |cell: &disclosure::Shown| {
        let mut figures = cell.values.clone();
        for (asked, value) in question.figures.iter().zip(&cell.values) {
            if let (Some(of), None) = (asked.shadow_of, value) {
                figures[of] = None;
            }
        }
        Line { labels: cell.labels.clone(), figures }
    };
    let lines = released.table.cells.iter().map(line);
    // A group of which every figure is hidden is not there.
    let shown = |line: &Line| {
        let mut figures = question.figures.iter().zip(&line.figures);
        figures.any(|(asked, value)| asked.shadow_of.is_none() && value.is_some())
    };
    let lines: Vec<Line> = lines.filter(shown).collect();
    let answer = Answer::of(&question, &lines);
    let mut hidden: BTreeMap<String, u64> = BTreeMap::new();
    for figure in &released.trace {
        *hidden.entry(Rule::name(figure.rule).to_owned()).or_default() += 1;
    }
    let level = question.level(&dataset);
    airlock::leave(room, &request, Leaving { number, answer, level, groups: lines.len(), hidden })
}

async fn released(
    room: &Room,
    policy: &Policy,
    dataset: &Dataset,
    registered: &Registered,
    question: &question::Question,
) -> Result<disclosure::Released, SandboxError> {
    let rules = Room::rules(policy, dataset);
    let computed = engine::run(question, dataset, registered, &policy.limits, rules.looks_at()).await?;
    let mut history = History::open(&registered.history()).map_err(|error| unusable(&error))?;
    disclosure::judge(&computed, &rules, &mut history, &room.secret()?).map_err(|error| unusable(&error))
}

fn unusable(error: &dyn std::fmt::Display) -> SandboxError {
    SandboxError::History { reason: error.to_string() }
}

fn allowed(room: &Room, policy: &Policy, user: &str) -> Result<(), SandboxError> {
    let name = || policy.policy.name.clone();
    if !policy.policy.users.contains(user) {
        return Err(SandboxError::NotUser { user: user.to_owned(), policy: name() });
    }
    if room.today() > policy.policy.expires {
        return Err(SandboxError::Expired { policy: name(), expires: policy.policy.expires.to_string() });
    }
    let most = policy.limits.questions_a_day;
    if room.asked_today(&policy.policy.name, user)? >= most {
        return Err(SandboxError::Quota { policy: name(), most });
    }
    Ok(())
}

/// As much of a question as a record has room for, whatever its characters.
fn shortened(text: &str) -> String {
    let mut room = 3000;
    let fits = |letter: &char| {
        room = usize::saturating_sub(room, letter.len_utf8() + usize::from("\"\\\n\r\t".contains(*letter)));
        room > 0
    };
    text.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests;

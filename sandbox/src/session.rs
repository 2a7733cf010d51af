//! A question from being asked to being answered.
//!
//! ```text
//! ask ─▶ user, date, quota ─▶ read ─▶ recorded ─▶ run ─▶ judged against all that was released ─▶ looked through
//!                                            │                                          │    ─▶ recorded ─▶ answer
//!                                            └▶ charged ─▶ run, bounded by person ─▶ noise
//! ```
//!
//! Nothing is run before it was recorded, and nothing is handed out before that was. A refusal is recorded, too.

use crate::airlock::{self, Leaving, Request};
use crate::answer::{Answer, Line};
use crate::dataset::{Dataset, plain_name};
use crate::disclosure::{self, Rule};
use crate::engine::{Counting, Registered};
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::private::{self, Measured, Mode, Quote, Scale};
use crate::question::{self, Question};
use crate::room::{ASK, Deed, Room};
use crate::worker;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::time::Instant;
use yinshu_audit::{Amount, Price};

mod judging;

/// Asks a question in SQL under a policy; under one with noise, at its usual price.
///
/// # Errors
/// [`SandboxError`]: a refusal, or that it could not be run or recorded.
pub async fn ask(room: &Room, policy: &str, user: &str, text: &str) -> Result<Answer, SandboxError> {
    ask_at(room, policy, user, text, None).await
}

/// Asks a question for this much ρ.
///
/// # Errors
/// As [`ask`].
pub async fn ask_at(
    room: &Room,
    policy: &str,
    user: &str,
    text: &str,
    price: Option<Amount>,
) -> Result<Answer, SandboxError> {
    let digest = hex::encode(Sha256::digest(text));
    let (approved, dataset, asked) = admitted(room, policy, user, text, price)?;
    let request = Request {
        user,
        policy: &approved,
        dataset: &dataset,
        question: digest.clone(),
        meaning: asked.question.meaning(),
        text: shortened(text),
        names: asked.question.columns.iter().map(|column| column.name.clone()).collect(),
    };
    if let Err(error) = airlock::before(room, &request) {
        return refused(room, (policy, user, text), error);
    }
    let registered = Registered::open(&dataset, room.root())?;
    let deed = Deed::new(user, policy, ASK, "ok").with(json!({ "question": digest, "text": request.text }));
    let number = room.record_question(deed, approved.limits.questions_a_day)?;
    let given = match &asked.noise {
        Some(noise) => {
            noisy(room, (&approved, &dataset, user), &registered, &asked.question, noise, &digest).await
        }
        None => controlled(room, &approved, &dataset, &registered, &asked.question).await,
    };
    let given = match given {
        Ok(given) => given,
        Err(error) => {
            let deed = Deed::new(user, policy, airlock::RELEASE, "failed");
            let reason = error.reason().map(shortened);
            room.record(deed.with(json!({ "question": digest, "code": error.code(), "reason": reason })))?;
            return Err(error);
        }
    };
    let (lines, unmarked) = airlock::mark::lines(room, &request, &asked.question, given.lines)?;
    let answer = Answer::of(&asked.question, &lines);
    let level = asked.question.level(&dataset);
    let (groups, hidden) = (lines.len(), given.hidden);
    airlock::leave(room, &request, Leaving { number, answer, level, groups, hidden, unmarked })
}

/// The columns that the answer to a question would have, and whether numbers stand in them. Nothing is run: they follow from
/// the question and from what the policy grants. A refusal is recorded as that of a question is.
///
/// # Errors
/// [`SandboxError`]: a refusal, or that it could not be recorded.
pub fn columns(
    room: &Room,
    policy: &str,
    user: &str,
    text: &str,
    price: Option<Amount>,
) -> Result<Vec<(String, bool)>, SandboxError> {
    let (.., asked) = admitted(room, policy, user, text, price)?;
    Ok(Answer::of(&asked.question, &[]).columns)
}

/// The policy, the data set and the question, if this user may ask it now; a refusal is recorded.
fn admitted(
    room: &Room,
    policy: &str,
    user: &str,
    text: &str,
    price: Option<Amount>,
) -> Result<(Policy, Dataset, Asking), SandboxError> {
    let admitted = known(room, policy, user).and_then(|(approved, dataset)| {
        allowed(room, &approved, user)?;
        in_quota(room, &approved, user)?;
        let asked = Asking::of(text, &approved, &dataset, price)?;
        Ok((approved, dataset, asked))
    });
    admitted.or_else(|error| refused(room, (policy, user, text), error))
}

/// Records a refusal.
fn refused<T>(
    room: &Room,
    (policy, user, text): (&str, &str, &str),
    error: SandboxError,
) -> Result<T, SandboxError> {
    let digest = hex::encode(Sha256::digest(text));
    let deed = Deed::new(user, policy, ASK, "refused");
    room.record(deed.with(json!({ "question": digest, "code": error.code() })))?;
    Err(error)
}

/// What a question would cost under a policy with noise, and how much noise there would be. Nothing is computed or charged.
///
/// # Errors
/// [`SandboxError::NoPrice`]: answers have no noise; the refusals of [`ask_at`], but for the quota.
pub fn quote(
    room: &Room,
    policy: &str,
    user: &str,
    text: &str,
    price: Option<Amount>,
) -> Result<Quote, SandboxError> {
    let of = || {
        let (approved, dataset) = known(room, policy, user)?;
        allowed(room, &approved, user)?;
        let asked = Asking::of(text, &approved, &dataset, price)?;
        let noise = asked.noise.ok_or_else(|| SandboxError::NoPrice { policy: policy.to_owned() })?;
        let (budget, share) = room.budgets(&approved, &dataset)?;
        let counted = (noise.measured.bounding.rows, noise.measured.bounding.groups);
        let off = noise.measured.noise(&asked.question, &noise.scales);
        Ok(Quote { price: noise.price, budget, share, noise: off, counted })
    };
    let quoted: Result<Quote, SandboxError> = of();
    let digest = hex::encode(Sha256::digest(text));
    let (result, told) = match &quoted {
        Ok(quote) => ("ok", json!({ "question": digest, "price": quote.price })),
        Err(error) => ("refused", json!({ "question": digest, "code": error.code() })),
    };
    room.record(Deed::new(user, policy, "sandbox.price", result).with(told))?;
    quoted
}

/// The policy and its data set. One that is not there is refused as one that is not for this user.
fn known(room: &Room, policy: &str, user: &str) -> Result<(Policy, Dataset), SandboxError> {
    room.policy(policy).map_err(|error| {
        let there = !matches!(error, SandboxError::Files { .. }) && plain_name("policy", policy).is_ok();
        let unknown = || SandboxError::NotUser { user: user.to_owned(), policy: policy.to_owned() };
        if there { error } else { unknown() }
    })
}

/// A question that was read, and where its answer has noise, how much.
struct Asking {
    question: Question,
    noise: Option<Noise>,
}

struct Noise {
    measured: Measured,
    scales: Vec<Scale>,
    price: Price,
}

impl Asking {
    fn of(
        text: &str,
        policy: &Policy,
        dataset: &Dataset,
        price: Option<Amount>,
    ) -> Result<Self, SandboxError> {
        let question = question::read(text, dataset, policy)?;
        let Some(terms) = policy.private(Mode::Control) else {
            return match price {
                None => Ok(Self { question, noise: None }),
                Some(_) => Err(SandboxError::NoPrice { policy: policy.policy.name.clone() }),
            };
        };
        let rho = terms.price(price)?;
        let measured = Measured::of(&question, dataset, &terms);
        let scales = measured.scales(rho)?;
        Ok(Self { question, noise: Some(Noise { measured, scales, price: Price::of_rho(rho) }) })
    }
}

/// What is given out of what was computed, and for the record how many figures each rule hides.
struct Given {
    lines: Vec<Line>,
    hidden: BTreeMap<String, u64>,
}

/// By differential privacy: charged, durably; then added up; then noise is drawn.
async fn noisy(
    room: &Room,
    (policy, dataset, user): (&Policy, &Dataset, &str),
    registered: &Registered,
    question: &Question,
    noise: &Noise,
    digest: &str,
) -> Result<Given, SandboxError> {
    room.charge(policy, dataset, user, noise.price, digest)?;
    let counting = Counting::of(&noise.measured, &room.secret()?);
    let totals =
        worker::totals(room.workers(), question, dataset, registered, &policy.limits, counting).await?;
    let lines =
        private::lines(question, dataset, (&noise.measured, &noise.scales), &totals, &mut room.dice());
    Ok(Given { lines, hidden: BTreeMap::new() })
}

/// By disclosure control: computed, judged, and in the history.
async fn controlled(
    room: &Room,
    policy: &Policy,
    dataset: &Dataset,
    registered: &Registered,
    question: &Question,
) -> Result<Given, SandboxError> {
    let rules = Room::rules(policy, dataset);
    let (looks_at, began) = (rules.looks_at(), Instant::now());
    let computed =
        worker::compute(room.workers(), question, dataset, registered, &policy.limits, looks_at).await?;
    let released =
        judging::judged(computed, rules, registered.history(), room.secret()?, &policy.limits, began).await?;
    // A group of which every figure is hidden is not there.
    let shown = released.table.cells.iter().filter(|cell| cell.values.iter().any(Option::is_some));
    let line = |cell: &disclosure::Shown| Line { labels: cell.labels.clone(), figures: cell.values.clone() };
    let lines = shown.map(line).collect();
    let mut hidden: BTreeMap<String, u64> = BTreeMap::new();
    for figure in &released.trace {
        *hidden.entry(Rule::name(figure.rule).to_owned()).or_default() += 1;
    }
    Ok(Given { lines, hidden })
}

fn allowed(room: &Room, policy: &Policy, user: &str) -> Result<(), SandboxError> {
    let name = || policy.policy.name.clone();
    if !policy.policy.users.contains(user) {
        return Err(SandboxError::NotUser { user: user.to_owned(), policy: name() });
    }
    if room.today() > policy.policy.expires {
        return Err(SandboxError::Expired { policy: name(), expires: policy.policy.expires.to_string() });
    }
    Ok(())
}

fn in_quota(room: &Room, policy: &Policy, user: &str) -> Result<(), SandboxError> {
    let name = || policy.policy.name.clone();
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

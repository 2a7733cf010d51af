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
use crate::policy::{Limits, Policy};
use crate::private::{self, Measured, Mode, Quote, Scale};
use crate::program::Kind;
use crate::program::approved;
use crate::program::scored::Scored;
use crate::question::{self, Question, influence};
use crate::room::{ASK, Deed, Room};
use crate::worker;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use yinshu_audit::{Amount, Price};

mod decided;
mod judging;
mod programs;

pub(crate) use programs::named;
pub use programs::{columns_of, gather, submit};

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
    answered(room, (policy, user), text, price, None).await
}

async fn answered(
    room: &Room,
    (policy, user): (&str, &str),
    text: &str,
    price: Option<Amount>,
    program: Option<&str>,
) -> Result<Answer, SandboxError> {
    let digest = hex::encode(Sha256::digest(text));
    let (approved, dataset, asked) = admitted(room, (policy, user), text, price, program)?;
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
    let registered = match asked.registered(room, &dataset) {
        Ok(registered) => registered,
        Err(error @ SandboxError::NotAlone { .. }) => return refused(room, (policy, user, text), error),
        Err(error) => return Err(error),
    };
    let run = asked.scored.as_ref().map(|scored| json!({ "name": program, "component": scored.component }));
    let particulars = json!({ "question": digest, "text": request.text, "program": run });
    let deed = Deed::new(user, policy, ASK, "ok").with(particulars);
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
    let (groups, hidden, sets) = (lines.len(), given.hidden, given.sets);
    let leaving = Leaving { number, answer, level, groups, hidden, sets, unmarked, program: None };
    airlock::leave(room, &request, leaving)
}

/// The columns that the answer to a question would have, and whether numbers stand in them. Nothing is run: they follow from
/// the question and from what the policy grants. A refusal is recorded as that of a question is.
///
/// # Errors
/// [`SandboxError`]: a refusal, or that it could not be recorded.
pub fn columns(
    room: &Room,
    (policy, user): (&str, &str),
    text: &str,
    price: Option<Amount>,
    program: Option<&str>,
) -> Result<Vec<(String, bool)>, SandboxError> {
    let (.., asked) = admitted(room, (policy, user), text, price, program)?;
    Ok(Answer::of(&asked.question, &[]).columns)
}

/// The policy, the data set and the question, if this user may ask it now; a refusal is recorded.
fn admitted(
    room: &Room,
    (policy, user): (&str, &str),
    text: &str,
    price: Option<Amount>,
    program: Option<&str>,
) -> Result<(Policy, Dataset, Asking), SandboxError> {
    let admitted = known(room, policy, user).and_then(|(approved, dataset)| {
        allowed(room, &approved, user)?;
        in_quota(room, &approved, user)?;
        read(room, (approved, dataset), text, price, program)
    });
    admitted.or_else(|error| refused(room, (policy, user, text), error))
}

/// A question as it is asked of a data set, or of one beside whose columns stand those of a score.
fn read(
    room: &Room,
    (approved, dataset): (Policy, Dataset),
    text: &str,
    price: Option<Amount>,
    program: Option<&str>,
) -> Result<(Policy, Dataset, Asking), SandboxError> {
    let Some(program) = program else {
        let asked = Asking::of(text, &approved, &dataset, price)?;
        return Ok((approved, dataset, asked));
    };
    let found = approved::approved(room, &approved.policy.name, program)?;
    if found.manifest.program.kind != Kind::Score {
        return Err(SandboxError::OtherKind { program: program.to_owned() });
    }
    let (table, scored) = Scored::of(&found.manifest, found.component, &approved, &dataset)?;
    let (with, beside) = found.manifest.beside(&approved, &dataset);
    let mut asked = Asking::of(text, &with, &beside, price)?;
    let scored = Arc::new(scored);
    for source in asked.question.tables.iter_mut().filter(|source| source.table == table) {
        source.scored = Some(Arc::clone(&scored));
    }
    asked.scored = Some(WithScore { plain: dataset, component: found.approval.component });
    Ok((with, beside, asked))
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
    quoted(room, (policy, user), text, price, None)
}

/// As [`quote`], of a question about a table beside whose columns stand those of an approved score.
///
/// # Errors
/// As [`quote`], and [`submit`].
pub fn quote_of(
    room: &Room,
    (policy, user): (&str, &str),
    program: &str,
    text: &str,
    price: Option<Amount>,
) -> Result<Quote, SandboxError> {
    quoted(room, (policy, user), text, price, Some(program))
}

fn quoted(
    room: &Room,
    (policy, user): (&str, &str),
    text: &str,
    price: Option<Amount>,
    program: Option<&str>,
) -> Result<Quote, SandboxError> {
    let of = || {
        let known = known(room, policy, user)?;
        allowed(room, &known.0, user)?;
        let (approved, dataset, asked) = read(room, known, text, price, program)?;
        asked.registered(room, &dataset)?;
        let noise = asked.noise.ok_or_else(|| SandboxError::NoPrice { policy: policy.to_owned() })?;
        let (budget, share) = room.budgets(&approved, &dataset)?;
        let counted = (noise.measured.bounding.rows, noise.measured.bounding.groups);
        let off = noise.measured.noise(&asked.question, &noise.scales);
        let least = noise.measured.least(&noise.scales);
        Ok(Quote { price: noise.price, budget, share, noise: off, counted, least })
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

/// The policy and its data set. One that is not there is refused as one that is not for this user; why one is not in force its
/// users are told.
fn known(room: &Room, policy: &str, user: &str) -> Result<(Policy, Dataset), SandboxError> {
    room.policy(policy).map_err(|error| {
        let theirs = || room.paper(policy).is_ok_and(|paper| paper.policy.policy.users.contains(user));
        let gone = matches!(
            error,
            SandboxError::Files { .. } | SandboxError::NoPolicy { .. } | SandboxError::NotRegistered { .. }
        );
        let there = !gone && plain_name("policy", policy).is_ok();
        let there = there && (!error.is_not_in_force() || theirs());
        let unknown = || SandboxError::NotUser { user: user.to_owned(), policy: policy.to_owned() };
        if there { error } else { unknown() }
    })
}

/// A question that was read, and where its answer has noise, how much.
struct Asking {
    question: Question,
    noise: Option<Noise>,
    scored: Option<WithScore>,
}

/// A score that is run for a question.
struct WithScore {
    /// The data set without its columns, as it is registered.
    plain: Dataset,
    /// The digest of its component.
    component: String,
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
            influence::of(&question, dataset)?;
            return match price {
                None => Ok(Self { question, noise: None, scored: None }),
                Some(_) => Err(SandboxError::NoPrice { policy: policy.policy.name.clone() }),
            };
        };
        let rho = terms.price(price)?;
        let measured = Measured::of(&question, dataset, &terms);
        measured.fits(&question, &policy.limits)?;
        let scales = measured.scales(rho)?;
        let delta = measured.choice.map_or(Amount::ZERO, |choice| choice.delta);
        let price = Price { delta, ..Price::of_rho(rho) };
        Ok(Self { question, scored: None, noise: Some(Noise { measured, scales, price }) })
    }

    /// What is registered of the data set that is asked about.
    fn registered(&self, room: &Room, dataset: &Dataset) -> Result<Registered, SandboxError> {
        let plain = self.scored.as_ref().map_or(dataset, |scored| &scored.plain);
        let registered = Registered::open(plain, room.root())?;
        if self.noise.is_some() { registered.for_noise(plain) } else { Ok(registered) }
    }
}

/// What is given out of what was computed, and for the record how many figures each rule hides.
struct Given {
    lines: Vec<Line>,
    hidden: BTreeMap<String, u64>,
    /// How many sets of rows are in the history now that were not.
    sets: usize,
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
    Ok(Given { lines, hidden: BTreeMap::new(), sets: 0 })
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
    let with = decided::With { workers: room.workers(), dataset, registered, limits: &policy.limits };
    let few = with.comparisons(question, &rules).await?;
    if few > 0 {
        return Ok(Given { lines: Vec::new(), hidden: [("influence".to_owned(), few)].into(), sets: 0 });
    }
    let mut computed = with.computed(question, looks_at).await?;
    with.empty(question, &mut computed).await?;
    with.presence(question, &rules, &mut computed).await?;
    let left = policy.limits.new_sets_a_day.saturating_sub(room.sets_today(&policy.policy.name)?);
    let new_sets_a_question = left.min(policy.limits.new_sets_a_question);
    let limits = Limits { new_sets_a_question, ..policy.limits.clone() };
    let (released, sets) =
        judging::judged(computed, rules, registered.history(), room.secret()?, &limits, began).await?;
    // A group of which every figure is hidden is not there.
    let shown = released.table.cells.iter().filter(|cell| cell.values.iter().any(Option::is_some));
    let line = |cell: &disclosure::Shown| Line { labels: cell.labels.clone(), figures: cell.values.clone() };
    let lines = shown.map(line).collect();
    let mut hidden: BTreeMap<String, u64> = BTreeMap::new();
    for figure in &released.trace {
        *hidden.entry(Rule::name(figure.rule).to_owned()).or_default() += 1;
    }
    Ok(Given { lines, hidden, sets })
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

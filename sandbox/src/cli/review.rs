//! Results that wait: what a reviewer sees and does, and what whoever asked sees of them.

use super::answer::as_json;
use super::approver::Key;
use super::{Cli, plain, table};
use crate::airlock::ledger::Standing;
use crate::airlock::review::{self, Shown, Verdict};
use crate::airlock::{Check, requests, scan};
use crate::error::SandboxError;
use crate::room::{Room, written};
use serde_json::{Value, json};
use yinshu_beside::Texts;

/// What a reviewer does.
#[derive(Debug, clap::Subcommand)]
pub enum Reviewing {
    /// Shows a result with what was found in it.
    Show {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Releases a result to whoever asked.
    Release {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Rejects a result.
    Reject {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Runs `review`.
pub(super) fn run(
    room: &Room,
    cli: &Cli,
    texts: &Texts,
    (key, what): (&Key, Option<&Reviewing>),
) -> Result<String, SandboxError> {
    let reviewer = key.signer(room, cli)?;
    let decided = |id: &str, verdict: Verdict, reason: &str| {
        review::decide(room, &reviewer, id, verdict, reason)?;
        Ok(match cli.json {
            true => json!({ "id": id, "decision": verdict.name() }).to_string(),
            false => texts.own(&format!("review-{}", verdict.name()), &[("id", id.to_owned().into())]),
        })
    };
    match what {
        None => {
            let waiting = review::waiting(room, &reviewer)?;
            Ok(listed(&waiting, true, cli, texts))
        }
        Some(Reviewing::Show { id }) => {
            let shown = review::show(room, &reviewer, id)?;
            Ok(if cli.json { json(&shown).to_string() } else { page(&shown, texts) })
        }
        Some(Reviewing::Release { id, reason }) => decided(id, Verdict::Release, reason),
        Some(Reviewing::Reject { id, reason }) => decided(id, Verdict::Reject, reason),
    }
}

/// Runs `results`.
pub(super) fn results(room: &Room, cli: &Cli, texts: &Texts) -> Result<String, SandboxError> {
    let results = review::results(room, cli.asker(room)?)?;
    Ok(listed(&results, false, cli, texts))
}

/// Runs `requests`.
pub(super) fn requests(room: &Room, cli: &Cli, texts: &Texts) -> Result<String, SandboxError> {
    let requests = requests::of(room, cli.asker(room)?)?;
    if cli.json {
        return Ok(json!({ "requests": requests }).to_string());
    }
    let mut table = plain();
    table.set_header(
        ["time", "policy", "state", "code", "question"].map(|id| texts.own(&format!("head-{id}"), &[])),
    );
    for request in &requests {
        let code = request.code.map(|code| code.to_string()).unwrap_or_default();
        let state = texts.own(&format!("state-{}", request.state), &[]);
        let question = scan::plain(&request.question);
        table.add_row([written(request.time), request.policy.clone(), state, code, question]);
    }
    Ok(table.to_string())
}

fn listed(all: &[Standing], users: bool, cli: &Cli, texts: &Texts) -> String {
    if cli.json {
        let one = |held: &Standing| {
            let mut told = json!({ "id": held.id, "policy": held.policy, "time": written(held.time),
                "state": held.state.name() });
            if users {
                told["user"] = json!(held.user);
            }
            told
        };
        return json!({ "results": all.iter().map(one).collect::<Vec<_>>() }).to_string();
    }
    if all.is_empty() {
        return texts.own("review-none", &[]);
    }
    let mut table = plain();
    let heads = ["id", "policy", "time", "state"].into_iter().chain(users.then_some("user"));
    table.set_header(heads.map(|id| texts.own(&format!("head-{id}"), &[])));
    for held in all {
        let state = texts.own(&format!("state-{}", held.state.name()), &[]);
        let row = [held.id.clone(), held.policy.clone(), written(held.time), state];
        table.add_row(row.into_iter().chain(users.then(|| scan::plain(&held.user))));
    }
    table.to_string()
}

fn json(shown: &Shown) -> Value {
    let Shown { held, standing, earlier } = shown;
    let earlier = earlier.iter().map(|one| {
        json!({ "time": written(one.time), "action": one.action, "result": one.result, "content": one.content })
    });
    json!({ "id": held.id, "user": held.user, "policy": held.policy, "question": held.text,
        "state": standing.state.name(), "result": as_json(&held.answer), "checks": held.checks,
        "hidden": held.hidden, "program": held.program, "earlier": earlier.collect::<Vec<_>>() })
}

/// What a reviewer reads: the question, the result, what was looked for, what was hidden, what was asked before.
fn page(shown: &Shown, texts: &Texts) -> String {
    let Shown { held, standing, earlier } = shown;
    let named = [
        ("id", held.id.clone().into()),
        ("user", scan::plain(&held.user).into()),
        ("policy", held.policy.clone().into()),
        ("time", written(standing.time).into()),
        ("state", texts.own(&format!("state-{}", standing.state.name()), &[]).into()),
    ];
    let label = held.answer.label.as_ref().map(crate::airlock::Label::line).unwrap_or_default();
    let mut checks = plain();
    checks.set_header(["check", "outcome", "where"].map(|id| texts.own(&format!("head-{id}"), &[])));
    for check in &held.checks {
        let outcome = texts.own(if check.passed { "check-passed" } else { "check-failed" }, &[]);
        checks.add_row([texts.own(&format!("check-{}", check.check), &[]), outcome, places(check, texts)]);
    }
    let hidden = held.hidden.iter().map(|(rule, figures)| {
        texts.own("review-hidden", &[("rule", rule.clone().into()), ("figures", (*figures).into())])
    });
    let earlier = earlier.iter().map(|one| {
        format!("{} {} {} {}", written(one.time), one.action, one.result, scan::plain(&one.content))
    });
    let mut lines = vec![texts.own("review-head", &named), scan::plain(&held.text)];
    lines.extend([table(&held.answer).to_string(), label, checks.to_string()]);
    lines.extend(hidden);
    if let Some(saw) = &held.program {
        let named = [
            ("program", saw.program.clone().into()),
            ("rows", saw.rows.into()),
            ("persons", saw.persons.into()),
            ("component", saw.component.clone().into()),
        ];
        lines.push(texts.own("review-program", &named));
        let reason =
            |reason: &String| texts.own("review-program-failed", &[("reason", scan::plain(reason).into())]);
        lines.extend(saw.failed.as_ref().map(reason));
    }
    lines.push(texts.own("review-history", &[]));
    lines.push(texts.own("review-earlier", &[]));
    lines.extend(earlier);
    lines.join("\n")
}

/// Where something was found: the first places.
fn places(check: &Check, texts: &Texts) -> String {
    let place = |&(row, column): &(Option<usize>, usize)| match row {
        None => texts.own("place-name", &[("column", column.into())]),
        Some(row) => texts.own("place-field", &[("row", row.into()), ("column", column.into())]),
    };
    let mut places: Vec<String> = check.at.iter().take(5).map(place).collect();
    if check.at.len() > places.len() {
        places.push("…".to_owned());
    }
    places.join(", ")
}

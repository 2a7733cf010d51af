//! `risk`: how easily somebody is found in what policies grant; for the owner of the data.

use super::policy::looked_at;
use super::{Cli, recorded};
use crate::dataset::Dataset;
use crate::engine::Registered;
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::risk::{self, Estimate};
use crate::room::{Deed, Room};
use serde_json::{Value, json};
use std::path::Path;
use yinshu_beside::Texts;

/// An estimate for a policy that is looked at, unless it is one of its users who looks.
pub(super) async fn beside(
    cli: &Cli,
    room: &Room,
    policy: &Policy,
    dataset: &Dataset,
) -> Result<Option<Estimate>, SandboxError> {
    match policy.policy.users.contains(cli.anyone()) {
        true => Ok(None),
        false => estimated(cli, room, policy, dataset).await.map(Some),
    }
}

/// An estimate for a policy, recorded.
async fn estimated(
    cli: &Cli,
    room: &Room,
    policy: &Policy,
    dataset: &Dataset,
) -> Result<Estimate, SandboxError> {
    let registered = Registered::open(dataset, room.root())?;
    let found = risk::estimate(policy, dataset, &registered).await?;
    let deed = Deed::new(cli.anyone(), &dataset.dataset.name, "sandbox.risk", "ok");
    let told = json!({ "policy": found.policy, "persons": found.persons, "least": found.least,
        "unique": found.unique });
    room.record(deed.with(told))?;
    Ok(found)
}

/// Estimates for a policy that may be approved, or for all that are.
pub(super) async fn run(
    room: &Room,
    cli: &Cli,
    texts: &Texts,
    (dataset, file): (&str, Option<&Path>),
) -> Result<String, SandboxError> {
    let user = cli.user()?;
    // One that is not there is refused as such, policies or no.
    room.dataset(dataset)?;
    let asked = file.map(|file| looked_at(room, file)).transpose()?;
    let asked = asked.map(|(policy, of, _)| (policy, of));
    let mut known = room.in_force_now()?;
    known.retain(|(policy, _)| policy.policy.dataset == dataset);
    // Who asks questions of the rows is told nothing that follows from them.
    if known.iter().chain(&asked).any(|(policy, _)| policy.policy.users.contains(user)) {
        let refused = SandboxError::OwnersAlone { user: user.to_owned(), dataset: dataset.to_owned() };
        recorded(cli, room, dataset, "sandbox.risk", Some(&refused))?;
        return Err(refused);
    }
    if asked.as_ref().is_some_and(|(policy, _)| policy.policy.dataset != dataset) {
        return Err(crate::dataset::wrong("policy.dataset", "it is the name of the data set"));
    }
    let mut all = Vec::new();
    for (policy, of) in asked.map_or(known, |asked| vec![asked]) {
        all.push(estimated(cli, room, &policy, &of).await?);
    }
    Ok(match (cli.json, all.is_empty()) {
        (true, _) => json!({ "dataset": dataset, "policies": all }).to_string(),
        (false, true) => texts.own("risk-none", &[("dataset", dataset.to_owned().into())]),
        (false, false) => all.iter().map(|found| told(found, texts)).collect::<Vec<_>>().join("\n"),
    })
}

/// The same in JSON, beside what else is told of a policy.
pub(super) fn with(mut told: Value, found: Option<&Estimate>) -> Value {
    if let Some(found) = found {
        told["risk"] = json!(found);
    }
    told
}

/// The same for people.
pub(super) fn after(text: String, found: Option<&Estimate>, texts: &Texts) -> String {
    match found {
        Some(found) => format!("{text}\n{}", told(found, texts)),
        None => text,
    }
}

/// A share or a chance as a percentage.
fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// An estimate, for people.
fn told(found: &Estimate, texts: &Texts) -> String {
    let below = |size: u64| percent(found.below.get(&size).copied().unwrap_or(0.0));
    let line = |id: &str, named: &[yinshu_beside::Named<'_>]| texts.own(id, named);
    let mut lines = vec![
        line(
            "risk-classes",
            &[
                ("policy", found.policy.clone().into()),
                ("persons", found.persons.into()),
                ("classes", found.classes.into()),
                ("least", found.least.into()),
                ("unique", percent(found.unique).into()),
                ("five", below(5).into()),
                ("ten", below(10).into()),
                ("twenty", below(20).into()),
            ],
        ),
        line(
            "risk-named",
            &[
                ("most", percent(found.prosecutor.most).into()),
                ("mean", percent(found.prosecutor.mean).into()),
                ("journalist", percent(found.journalist.most).into()),
                ("marketer", percent(found.marketer).into()),
            ],
        ),
    ];
    lines.push(match (found.population_unique, found.sample) {
        (Some(unique), Some(share)) => {
            line("risk-population", &[("unique", percent(unique).into()), ("share", percent(share).into())])
        }
        _ => line("risk-whole", &[]),
    });
    for column in &found.columns {
        let without = percent(column.unique_without);
        lines.push(line(
            "risk-column",
            &[("column", column.column.clone().into()), ("unique", without.into())],
        ));
    }
    for column in &found.diversity {
        lines.push(line(
            "risk-diversity",
            &[
                ("column", column.column.clone().into()),
                ("least", column.least.into()),
                ("alike", percent(column.alike).into()),
            ],
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;

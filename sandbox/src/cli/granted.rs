//! What a policy grants, for people and as JSON.

use super::plain;
use crate::dataset::{Dataset, Domain};
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::room::Room;
use serde_json::{Value, json};
use yinshu_beside::Texts;

/// Letters of a list of values on the terminal.
const LONGEST: usize = 160;

/// What a policy grants, as its owner sees it: with the conditions on rows.
pub(super) fn owners(policy: &Policy, dataset: &Dataset) -> Result<Value, SandboxError> {
    let mut told = granted(policy, dataset)?;
    for (at, grant) in policy.grants.iter().enumerate() {
        told["tables"][at]["rows"] = json!(grant.rows);
    }
    Ok(told)
}

/// What a policy grants: nothing in it was learnt from rows, and the conditions on rows, with columns and values that may not be
/// granted, are the owner's.
pub(super) fn granted(policy: &Policy, dataset: &Dataset) -> Result<Value, SandboxError> {
    let mut tables = Vec::new();
    for grant in &policy.grants {
        let Some(table) = dataset.table(&grant.table).map(|at| &dataset.tables[at]) else { continue };
        let mut columns = Vec::new();
        for (name, uses) in &grant.columns {
            let Some(at) = table.column(name) else { continue };
            let domain = crate::masks::domain(grant, table, at)?;
            columns.push(json!({ "name": name, "kind": table.columns[at].kind, "values": values(&domain),
                "level": table.columns[at].level, "use": uses.0 }));
        }
        tables.push(json!({ "table": grant.table, "columns": columns }));
    }
    let mut told = json!({ "policy": policy.policy.name, "dataset": dataset.dataset.name,
        "purpose": policy.policy.purpose, "expires": policy.policy.expires, "tables": tables });
    match policy.private(dataset.dataset.mode) {
        None => told["release"] = json!(Room::rules(policy, dataset)),
        Some(terms) => told["dp"] = json!(terms),
    }
    Ok(told)
}

/// What values there can be.
pub(crate) fn values(domain: &Domain) -> String {
    match domain {
        Domain::Person | Domain::Pseudonym(_) => String::new(),
        Domain::Text(list) => list.join(", "),
        Domain::Day { from, to } => format!("{} – {}", crate::answer::date(*from), crate::answer::date(*to)),
        Domain::Number { decimals, min, max } => {
            let written = |bound: i64| crate::answer::written(bound.into(), *decimals);
            format!("{} – {}", written(*min), written(*max))
        }
    }
}

/// The beginning of a list that is too long for a terminal: all of it is in JSON.
fn cut(list: String) -> String {
    match list.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &list[..end]),
        None => list,
    }
}

pub(super) fn shown(policy: &Policy, dataset: &Dataset, texts: &Texts) -> Result<String, SandboxError> {
    let mut table = plain();
    table.set_header(["table", "column", "values", "use"].map(|id| texts.own(&format!("head-{id}"), &[])));
    for grant in &policy.grants {
        let Some(of) = dataset.table(&grant.table).map(|at| &dataset.tables[at]) else { continue };
        for (name, uses) in &grant.columns {
            let domain = of.column(name).map(|at| crate::masks::domain(grant, of, at)).transpose()?;
            let uses: Vec<&str> = uses.0.iter().map(|of| of.name()).collect();
            table.add_row([
                grant.table.clone(),
                name.clone(),
                domain.as_ref().map(|domain| cut(values(domain))).unwrap_or_default(),
                uses.join(", "),
            ]);
        }
    }
    let mut named = vec![
        ("policy", policy.policy.name.clone().into()),
        ("title", dataset.dataset.title.clone().into()),
        ("purpose", policy.policy.purpose.clone().into()),
        ("expires", policy.policy.expires.to_string().into()),
    ];
    let id = match policy.private(dataset.dataset.mode) {
        None => {
            let rules = Room::rules(policy, dataset);
            named.extend([("profile", rules.profile.name().into()), ("least", rules.least.into())]);
            "policy"
        }
        Some(terms) => {
            let amounts = [("price", terms.price), ("most", terms.most)];
            named.extend(amounts.map(|(name, amount)| (name, amount.to_string().into())));
            named.extend([("rows", terms.rows.into()), ("groups", terms.groups.into())]);
            "policy-noise"
        }
    };
    Ok(format!("{}\n{table}", texts.own(id, &named)))
}

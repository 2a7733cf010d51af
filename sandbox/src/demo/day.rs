//! The day: what is done by whom, and what must come of it.

use super::stage::{Stage, bars, shown};
use super::{Demo, county};
use crate::answer::{Answer, Field};
use crate::error::SandboxError;
use crate::room::Room;
use serde_json::json;
use std::collections::BTreeMap;
use yinshu_crypto::hash::Digest;

/// Persons of the smallest group that shows, as the policies say.
const LEAST: u64 = 10;

const LI: [&str; 4] = ["-C", "./room", "--user", "li"];
const HOLDER: [&str; 4] = ["-C", "./room", "--user", "holder"];
const WANG: [&str; 4] = ["-C", "./room", "--user", "wang"];

const TOWNS: &str =
    "SELECT town, COUNT(*) AS people, ROUND(AVG(wage), 0) AS wage FROM residents GROUP BY town";
const ALWAYS: &str = "SELECT town, COUNT(*) AS people, ROUND(AVG(wage), 0) AS wage FROM residents \
                      WHERE age >= 0 OR sex = '男' GROUP BY town";
const RATE: &str = "SELECT schooling, COUNT(*) AS people, ROUND(AVG(insured), 3) AS insured FROM residents \
                    GROUP BY schooling";
const HISTOGRAM: &str = "SELECT width_bucket(wage, 0, 20000, 10) AS band, COUNT(*) AS people FROM residents \
                         WHERE wage IS NOT NULL GROUP BY 1 ORDER BY band";
const KINDS: &str = "SELECT town, kind, COUNT(*) AS people FROM residents \
                     JOIN allowances ON residents.id = allowances.person GROUP BY town, kind";
const NEED: &str =
    "SELECT need, COUNT(*) AS people, ROUND(AVG(insured), 3) AS insured FROM residents GROUP BY need";
const SAME: &str = "SELECT age / 10 + CASE WHEN wage >= 3500 THEN 0 ELSE 3 END AS need, COUNT(*) AS people, \
                    ROUND(AVG(insured), 3) AS insured FROM residents GROUP BY 1";
const NOISY: &str = "SELECT town, COUNT(*) AS people FROM residents GROUP BY town";
const INSURED: &str = "SELECT town, ROUND(AVG(insured), 3) AS insured FROM residents GROUP BY town";

fn with<'a>(who: &[&'a str], what: &[&'a str]) -> Vec<&'a str> {
    [who, what].concat()
}

fn query<'a>(policy: &'a str, sql: &'a str) -> Vec<&'a str> {
    with(&LI, &["query", "--policy", policy, sql])
}

/// Plays it.
pub(super) async fn played(stage: &mut Stage<'_>, demo: &Demo) -> Result<(), SandboxError> {
    let tables = stage.folder().join("county");
    std::fs::create_dir(&tables).map_err(SandboxError::files(&tables))?;
    county::write(&tables, demo.people as usize, demo.seed)?;
    // With a budget, of which answers with noise are paid.
    let region = "test_region = true\n";
    let described = county::DATASET.replace(region, &format!("{region}privacy_budget = \"1\"\n"));
    let path = tables.join("county.toml");
    std::fs::write(&path, described).map_err(SandboxError::files(&path))?;
    opened(stage).await?;
    tried(stage).await?;
    asked(stage).await?;
    hidden(stage).await?;
    noisy(stage).await?;
    reviewed(stage).await?;
    scored(stage).await?;
    stage.done("requests", &with(&LI, &["requests"])).await?;
    verified(stage)
}

/// The data's owner: a room, a data set, what it would give away, a policy.
async fn opened(stage: &mut Stage<'_>) -> Result<(), SandboxError> {
    stage.done("room", &with(&HOLDER, &["init"])).await?;
    stage.done("register", &with(&HOLDER, &["register", "./county/county.toml"])).await?;
    let risk = with(&HOLDER, &["risk", "county", "--policy", "./county/livelihood.toml"]);
    stage.done("risk", &risk).await?;
    // It is for the owner alone.
    let risk = with(&LI, &["risk", "county", "--policy", "./county/livelihood.toml"]);
    stage.refused("risk-refused", &risk, 9690).await?;
    stage.done("approve", &with(&HOLDER, &["approve", "./county/livelihood.toml"])).await.map(drop)
}

/// The researcher: what there is, and made-up tables in a room of one's own.
async fn tried(stage: &mut Stage<'_>) -> Result<(), SandboxError> {
    stage.done("tables", &with(&LI, &["tables", "--policy", "livelihood"])).await?;
    stage
        .done(
            "dummy",
            &with(&LI, &["dummy", "--policy", "livelihood", "--out", "./made-up", "--rows", "5000"]),
        )
        .await?;
    // Nobody approves what he asks under, not there either.
    let (own, li) = (["-C", "./own", "--user", "holder"], ["-C", "./own", "--user", "li"]);
    stage.done("own-room", &with(&own, &["init"])).await?;
    stage.done("own-register", &with(&own, &["register", "./made-up/dataset.toml"])).await?;
    stage.done("own-approve", &with(&own, &["approve", "./made-up/policy.toml"])).await?;
    stage.asked("own-query", &with(&li, &["query", "--policy", "livelihood", TOWNS])).await.map(drop)
}

/// Questions about the real data, and some that get nothing.
async fn asked(stage: &mut Stage<'_>) -> Result<(), SandboxError> {
    let towns = stage.asked("table", &query("livelihood", TOWNS)).await?;
    stage.asked("rate", &query("livelihood", RATE)).await?;
    let histogram = stage.asked("histogram", &query("livelihood", HISTOGRAM)).await?;
    stage.beside(&bars(&histogram));
    stage.refused("least", &query("livelihood", "SELECT MIN(wage) FROM residents"), 9701).await?;
    stage.refused("rows", &query("livelihood", "SELECT id, wage FROM residents"), 9701).await?;
    let always = stage.asked("always", &query("livelihood", ALWAYS)).await?;
    if always == towns { Ok(()) } else { Err(shown("always")) }
}

/// Groups of few, held against the tables.
async fn hidden(stage: &mut Stage<'_>) -> Result<(), SandboxError> {
    let truth = county::allowances(&stage.folder().join("county"))?;
    let answer = stage.asked("hidden", &query("livelihood", KINDS)).await?;
    let (groups, few) = compared(&answer, &truth).ok_or_else(|| shown("hidden"))?;
    let named = [("all", truth.len().into()), ("shown", groups.into()), ("few", few.into())];
    stage.beside(&stage.texts().own("demo-hidden-why", &named));
    Ok(())
}

/// How many groups show, and how many there are of too few persons, if none of these shows; there must be some.
pub(super) fn compared(answer: &Answer, truth: &BTreeMap<[String; 2], u64>) -> Option<(usize, usize)> {
    let text = |field: &Field| match field {
        Field::Text(text) => text.clone(),
        _ => String::new(),
    };
    let groups = answer.rows.iter().filter(|row| row[2] != Field::Missing);
    let groups: Vec<[String; 2]> = groups.map(|row| [text(&row[0]), text(&row[1])]).collect();
    let few = truth.values().filter(|people| **people < LEAST).count();
    let large = |group: &[String; 2]| truth.get(group).is_some_and(|people| *people >= LEAST);
    (few > 0 && groups.iter().all(large)).then_some((groups.len(), few))
}

/// A program, whose values are released as the same condition in SQL is.
async fn scored(stage: &mut Stage<'_>) -> Result<(), SandboxError> {
    let add = ["program", "add", "./county/need.wasm", "--manifest", "./county/need.toml"];
    stage.done("program", &with(&LI, &with(&add, &["--policy", "livelihood"]))).await?;
    stage
        .done("program-review", &with(&HOLDER, &["program", "review", "need", "--policy", "livelihood"]))
        .await?;
    let seen = Digest::sha256(county::NEED).to_string();
    let approve = ["program", "approve", "need", "--policy", "livelihood"];
    stage.done("program-approve", &with(&HOLDER, &with(&approve, &["--component", &seen]))).await?;
    let submit = ["submit", "--policy", "livelihood", "--program", "need", NEED];
    let scored = stage.asked("submit", &with(&LI, &submit)).await?;
    let same = stage.asked("submit-same", &query("livelihood", SAME)).await?;
    if scored == same { Ok(()) } else { Err(shown("submit")) }
}

/// Noise, with its price before and the budget after.
async fn noisy(stage: &mut Stage<'_>) -> Result<(), SandboxError> {
    stage.done("noise", &with(&HOLDER, &["approve", "./county/noise.toml"])).await?;
    stage.done("price", &with(&LI, &["query", "--policy", "noise", "--price", NOISY])).await?;
    let first = stage.asked("noisy", &query("noise", NOISY)).await?;
    // The same question again is other noise, and costs again.
    let second = stage.asked("noisy-again", &query("noise", NOISY)).await?;
    stage.done("budget", &with(&LI, &["budget"])).await?;
    let spent = Room::open(&stage.folder().join("room"), stage.clock())?.spent()?;
    let charges: Vec<(String, u64)> =
        spent.iter().map(|spent| (spent.budget.spent.rho.to_string(), spent.budget.charges)).collect();
    if first == second || charges != [("0.04".to_owned(), 2)] {
        return Err(shown("noisy"));
    }
    Ok(())
}

/// A result that a person sees first.
async fn reviewed(stage: &mut Stage<'_>) -> Result<(), SandboxError> {
    stage.done("reviewer", &with(&HOLDER, &["approver", "add", "wang"])).await?;
    stage.done("published", &with(&HOLDER, &["approve", "./county/published.toml"])).await?;
    let SandboxError::Held { id } = stage.refused("held", &query("published", INSURED), 9795).await? else {
        return Err(shown("held"));
    };
    stage.refused("own-release", &with(&LI, &["review", "release", &id, "--reason", "ok"]), 9732).await?;
    stage.done("review", &with(&WANG, &["review", "show", &id])).await?;
    let release = ["review", "release", &id, "--reason", "groups of hundreds"];
    stage.done("release", &with(&WANG, &release)).await?;
    stage.asked("fetch", &with(&LI, &["fetch", &id])).await.map(drop)
}

/// The log, with the public key alone; and that a changed one is found out.
fn verified(stage: &mut Stage<'_>) -> Result<(), SandboxError> {
    let room = Room::open(&stage.folder().join("room"), stage.clock())?;
    let (path, key) = (room.log_path(), room.public_key()?);
    let audit = |error: yinshu_audit::AuditError| SandboxError::Audit { reason: error.to_string() };
    let verified = yinshu_audit::verify(&path, &key, None).map_err(audit)?;
    let text = std::fs::read_to_string(&path).map_err(SandboxError::files(&path))?;
    let forged = text.replacen("\"refused\"", "\"ok\"", 1);
    if forged == text || yinshu_audit::verify::verify_bytes(forged.as_bytes(), &key, None).is_ok() {
        return Err(shown("audit"));
    }
    let told = match stage.is_json() {
        true => json!({ "verified": verified }).to_string(),
        false => stage.texts().own("demo-verified", &[("records", verified.records.into())]),
    };
    stage.say("audit", &format!("yinshu audit verify ./room/audit/log.jsonl --key {key}"), &told);
    Ok(())
}

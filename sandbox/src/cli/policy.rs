//! `policy`, `check` and `approve`: a policy from being looked at to being withdrawn.

use super::approver::Key;
use super::granted::{owners, shown};
use super::{Cli, plain, recorded, risk};
use crate::approval::{self, Hands, Paper, Role, Signer, signer};
use crate::dataset::{Dataset, in_file};
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::room::{Room, written};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use yinshu_beside::Texts;

/// What is done with policies.
#[derive(Debug, clap::Subcommand)]
pub enum Policies {
    /// Looks at one: what it grants, and who has to sign it yet.
    Check {
        /// The policy.
        #[arg(value_name = "FILE")]
        policy: PathBuf,
    },
    /// Signs one, in a room or away from it.
    Sign {
        /// The policy.
        #[arg(value_name = "FILE")]
        policy: PathBuf,
        /// With which key.
        #[command(flatten)]
        key: Key,
    },
    /// Says who has signed one and whether it is in force.
    Verify {
        /// Its name, or a file.
        #[arg(value_name = "NAME|FILE")]
        policy: String,
    },
    /// Shows all, and whether they are in force.
    List,
    /// Ends one for good.
    Withdraw {
        /// Its name.
        #[arg(value_name = "NAME")]
        name: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// With which key.
        #[command(flatten)]
        key: Key,
    },
}

/// A policy that is read and goes together with its data set.
pub(super) fn looked_at(room: &Room, path: &Path) -> Result<(Policy, Dataset, Paper), SandboxError> {
    let paper = approval::read(path)?;
    let dataset = room.dataset(&paper.policy.policy.dataset)?;
    let in_file = |error| in_file(path, error);
    let policy = room.strictest(paper.policy.clone(), &dataset).map_err(in_file)?;
    policy.rows_hold(&dataset)?;
    Ok((policy, dataset, paper))
}

/// Runs `policy`.
pub(super) async fn run(
    open: impl Fn() -> Result<Room, SandboxError>,
    cli: &Cli,
    texts: &Texts,
    (what, now): (&Policies, Timestamp),
) -> Result<String, SandboxError> {
    match what {
        Policies::Check { policy } => check(&open()?, cli, texts, policy).await,
        // Away from any room whoever signs reads what it is for in the policy.
        Policies::Sign { policy, key } if cli.room == Path::new(".") && open().is_err() => {
            signed_elsewhere(cli, texts, (policy, now), key)
        }
        Policies::Sign { policy, key } => sign(&open()?, cli, texts, policy, key),
        Policies::Verify { policy } => verify(&open()?, cli, texts, policy),
        Policies::List => list(&open()?, cli, texts),
        Policies::Withdraw { name, reason, key } => {
            let room = open()?;
            let done = key.signer(&room, cli).and_then(|by| approval::withdraw(&room, name, &by, reason));
            if let Err(error) = &done {
                recorded(cli, &room, name, approval::WITHDRAW, Some(error))?;
            }
            Ok(match cli.json {
                true => json!({ "policy": name, "digest": done? }).to_string(),
                false => done.map(|_| texts.own("policy-withdrawn", &[("policy", name.clone().into())]))?,
            })
        }
    }
}

/// What a policy would grant, who would be found in it, and who has to sign it.
pub(super) async fn check(
    room: &Room,
    cli: &Cli,
    texts: &Texts,
    path: &Path,
) -> Result<String, SandboxError> {
    let looked = looked_at(room, path);
    let name = looked.as_ref().map_or("-", |(policy, ..)| &policy.policy.name);
    recorded(cli, room, name, "sandbox.check", looked.as_ref().err())?;
    let (policy, dataset, paper) = looked?;
    let approvers = room.approvers()?;
    approval::known(&policy, &approvers)?;
    let hands = approval::hands(&paper, &approvers)?;
    let keyless = policy.review.reviewers.iter().filter(|name| approvers.one(name).is_err());
    let keyless: Vec<&String> = keyless.collect();
    let found = risk::beside(cli, room, &policy, &dataset).await?;
    if cli.json {
        let mut told = risk::with(owners(&policy, &dataset)?, found.as_ref());
        (told["signatures"], told["no_key"]) = (json!(hands), json!(keyless));
        return Ok(told.to_string());
    }
    let mut told = vec![risk::after(shown(&policy, &dataset, texts)?, found.as_ref(), texts)];
    told.extend(lines(&hands, texts));
    if !keyless.is_empty() {
        let names = keyless.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        told.push(texts.own("policy-no-key", &[("names", names.into())]));
    }
    Ok(told.join("\n"))
}

/// Signs a policy where this is an approver's signature that it lacks, and puts it in force.
pub(super) async fn approve(
    room: &Room,
    cli: &Cli,
    texts: &Texts,
    path: &Path,
    key: &Key,
) -> Result<String, SandboxError> {
    let looked = looked_at(room, path).and_then(|looked| {
        cli.user()?;
        Ok(looked)
    });
    let done = match looked {
        Ok((policy, dataset, paper)) => {
            let found = risk::beside(cli, room, &policy, &dataset).await?;
            complete(room, cli, (path, paper), &dataset, key).map(|paper| (paper, found))
        }
        Err(error) => Err(error),
    };
    if let Err(error) = &done {
        recorded(cli, room, "-", approval::APPROVE, Some(error))?;
    }
    let (paper, found) = done?;
    let name = paper.policy.policy.name;
    Ok(match cli.json {
        true => risk::with(json!({ "policy": name, "digest": paper.digest }), found.as_ref()).to_string(),
        false => risk::after(texts.own("approved", &[("policy", name.into())]), found.as_ref(), texts),
    })
}

fn complete(
    room: &Room,
    cli: &Cli,
    (path, mut paper): (&Path, Paper),
    dataset: &Dataset,
    key: &Key,
) -> Result<Paper, SandboxError> {
    let (approvers, user) = (room.approvers()?, cli.user()?);
    let has = paper.signatures.iter().any(|signed| signed.by == user);
    let lacks = paper.policy.bound.is_none() || !approval::hands(&paper, &approvers)?.missing.is_empty();
    if lacks && !has {
        paper = approval::sign(room, paper, dataset, &key.signer(room, cli)?)?;
        paper.write(path)?;
    }
    approval::enact(room, user, &paper)?;
    Ok(paper)
}

fn sign(room: &Room, cli: &Cli, texts: &Texts, path: &Path, key: &Key) -> Result<String, SandboxError> {
    let signed = looked_at(room, path).and_then(|(_, dataset, paper)| {
        let paper = approval::sign(room, paper, &dataset, &key.signer(room, cli)?)?;
        let hands = approval::hands(&paper, &room.approvers()?)?;
        Ok((paper, hands))
    });
    if let Err(error) = &signed {
        recorded(cli, room, "-", approval::SIGN, Some(error))?;
    }
    let (paper, hands) = signed?;
    paper.write(path)?;
    Ok(told(&paper, &hands, cli, texts))
}

/// Signs what others made and bound to a room, which looks at the signature when it gets it.
fn signed_elsewhere(
    cli: &Cli,
    texts: &Texts,
    (path, now): (&Path, Timestamp),
    key: &Key,
) -> Result<String, SandboxError> {
    let (mut paper, by) = (approval::read(path)?, cli.user()?);
    let role = match paper.policy.approval.purpose.contains(by) {
        true => Role::Purpose,
        false => Role::Holder,
    };
    paper.sign(&Signer::elsewhere(by, role, signer::read(key.file()?)?), now)?;
    paper.write(path)?;
    let signed = paper.signatures.iter().map(|one| (one.by.clone(), one.party, one.at)).collect();
    Ok(told(&paper, &Hands { signed, missing: Vec::new() }, cli, texts))
}

fn told(paper: &Paper, hands: &Hands, cli: &Cli, texts: &Texts) -> String {
    let name = &paper.policy.policy.name;
    if cli.json {
        return json!({ "policy": name, "digest": paper.digest, "signatures": hands }).to_string();
    }
    let mut told = vec![texts.own("policy-signed", &[("policy", name.clone().into())])];
    told.extend(lines(hands, texts));
    told.join("\n")
}

fn lines(hands: &Hands, texts: &Texts) -> Vec<String> {
    let line = |(by, role, at): &(String, Role, Timestamp)| {
        let role = texts.own(&format!("role-{role}"), &[]);
        let named = [("by", by.clone().into()), ("role", role.into()), ("at", written(*at).into())];
        texts.own("policy-signed-by", &named)
    };
    let mut told: Vec<String> = hands.signed.iter().map(line).collect();
    if !hands.missing.is_empty() {
        told.push(texts.own("policy-missing", &[("names", hands.missing.join(", ").into())]));
    }
    told
}

fn verify(room: &Room, cli: &Cli, texts: &Texts, what: &str) -> Result<String, SandboxError> {
    let file = Path::new(what);
    let paper = if file.is_file() { approval::read(file) } else { room.paper(what) };
    recorded(cli, room, what, "sandbox.policy.verify", paper.as_ref().err())?;
    let paper = paper?;
    let hands = approval::hands(&paper, &room.approvers()?)?;
    let stands = approval::in_force(room, &paper);
    if cli.json {
        let why = stands.as_ref().err().map(SandboxError::code);
        return Ok(
            json!({ "policy": paper.policy.policy.name, "digest": paper.digest, "bound": paper.policy.bound,
            "signatures": hands, "in_force": stands.is_ok(), "code": why })
            .to_string(),
        );
    }
    let mut told = vec![texts.own("policy-digest", &[("digest", paper.digest.to_string().into())])];
    told.extend(lines(&hands, texts));
    told.push(state(room, &paper, stands, texts));
    Ok(told.join("\n"))
}

/// Whether it is in force, and why not.
fn state(room: &Room, paper: &Paper, stands: Result<(), SandboxError>, texts: &Texts) -> String {
    match stands {
        Ok(()) if room.today() > paper.policy.policy.expires => texts.own("policy-expired", &[]),
        Ok(()) => texts.own("policy-in-force", &[]),
        Err(error) => format!("{}: {}", error.code(), texts.explain(&error).0),
    }
}

fn list(room: &Room, cli: &Cli, texts: &Texts) -> Result<String, SandboxError> {
    recorded(cli, room, "policies", "sandbox.policy.list", None)?;
    let papers = room.policies()?.iter().map(|name| room.paper(name)).collect::<Result<Vec<_>, _>>()?;
    let by = |paper: &Paper| -> Vec<String> { paper.signatures.iter().map(|one| one.by.clone()).collect() };
    if cli.json {
        let one = |paper: &Paper| -> Value {
            let stands = approval::in_force(room, paper);
            json!({ "policy": paper.policy.policy.name, "dataset": paper.policy.policy.dataset, "digest": paper.digest,
                "expires": paper.policy.policy.expires, "signed": by(paper), "in_force": stands.is_ok(),
                "code": stands.err().map(|error| error.code()) })
        };
        return Ok(json!({ "policies": papers.iter().map(one).collect::<Vec<_>>() }).to_string());
    }
    let mut table = plain();
    table.set_header(["policy", "until", "signed", "state"].map(|id| texts.own(&format!("head-{id}"), &[])));
    for paper in &papers {
        let terms = &paper.policy.policy;
        let state = state(room, paper, approval::in_force(room, paper), texts);
        table.add_row([terms.name.clone(), terms.expires.to_string(), by(paper).join(", "), state]);
    }
    Ok(table.to_string())
}

#[cfg(test)]
mod tests;

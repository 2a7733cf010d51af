//! The provider's side of a session: who asks, under which contract, for what; then the answer.

use super::session::{Session, greeting};
use super::verify::{ASK_BYTES, rows_in, terms_of};
use crate::contract::{Approved, ContractError, Draft, Role, Scenario, Side};
use crate::node::{Actor, Deed, Node, now, outcome, randomness};
use crate::problem::Problem;
use crate::tables::{CleanTable, KeyTable, beside};
use serde_json::{Value, json};
use std::fs;
use std::net::IpAddr;
use std::time::Duration;
use yinshu_audit::Stage;
use yinshu_crypto::hash::Digest;
use yinshu_data::Source;
use yinshu_net::Channel as _;
use yinshu_net::grpc::GrpcChannel;
use yinshu_net::session::{Hello, SessionId};
use yinshu_origin::package::{Manifest, PackageError};
use yinshu_origin::{AnswerInput, answer_recorded};

/// Answers one session that reached this node: approves and runs it, or refuses it. What happened is
/// in the log either way, and the peer is told why it was refused.
pub fn answer(node: &Node, hello: &Hello, mut channel: GrpcChannel, from: IpAddr) -> Result<Value, Problem> {
    let by = Actor::Peer(&hello.from, from);
    let mut session = match decide(node, hello, by) {
        Ok(approved) => {
            channel.welcome(&greeting(node, &approved, &hello.from, hello.session))?;
            if approved.draft().is_several() {
                return super::several::answer(node, approved, (hello, channel), by);
            }
            Session { approved, channel, id: hello.session, round_trip: 0.0 }
        }
        Err(refusal) => {
            // The peer may be gone; the refusal is recorded in any case.
            let _ = channel.refuse(refusal.code(), &refusal.for_peer());
            return Err(refusal);
        }
    };
    let finished = run(node, &mut session, by);
    if let Err(problem) = &finished {
        // Tells the peer what stopped us; it may be gone already, or be the one who did.
        session.channel.abort(problem.code(), &problem.for_peer());
    }
    finished
}

/// A further strand of a session that is being answered: what was agreed on there is let in, anything else is refused
/// and recorded. Does not wait.
pub fn follow(node: &Node, hello: &Hello, mut channel: GrpcChannel, from: IpAddr) -> Result<(), Problem> {
    let patience = Duration::from_secs(node.config.limits.peer_timeout_seconds);
    let Err(refusal) = node.arrivals.admit(hello) else {
        channel.welcome(&hello.mirrored())?;
        node.arrivals.put(hello, channel, patience);
        return Ok(());
    };
    let refusal = Problem::from(refusal);
    channel.abort(refusal.code(), &refusal.for_peer());
    node.record(Deed {
        action: "session.join",
        object: &Digest(hello.contract).short(),
        content: json!({ "session": hello.session, "strand": hello.strand, "peer": hello.from }),
        result: outcome(Some(refusal.code())),
        stage: Stage::Transfer,
        by: Actor::Peer(&hello.from, from),
    })?;
    Err(refusal)
}

/// Answers, records, and only then ends the session, handing over the state of our log. What is asked
/// was recorded before (`session.ask`): a peer that breaks off near the end has learned most of it.
fn run(node: &Node, session: &mut Session, by: Actor<'_>) -> Result<Value, Problem> {
    let answered = match session.approved.draft().terms.contract.scenario {
        Scenario::OriginVerify => verify(node, session, by),
        Scenario::Psi => super::intersect::answer(node, session, by),
        Scenario::Reports => super::reports::answer(node, session, by),
        // Of three parties alone, and answered before.
        Scenario::Stats => Err(Problem::internal("statistics in a session of two")),
    };
    node.record(Deed {
        action: "session.answer",
        object: &session.approved.draft().terms.contract.id,
        content: json!({ "session": session.id, "answered": answered.as_ref().ok() }),
        result: outcome(answered.as_ref().err().map(Problem::code)),
        stage: Stage::Exchange,
        by,
    })?;
    let answered = answered?;
    let ended = end(node, session);
    if let Err(problem) = &ended {
        node.record(Deed {
            action: "session.end",
            object: &session.approved.draft().terms.contract.id,
            content: json!({ "session": session.id }),
            result: outcome(Some(problem.code())),
            stage: Stage::Transfer,
            by,
        })?;
    }
    ended.map(|()| answered)
}

fn end(node: &Node, session: &mut Session) -> Result<(), Problem> {
    session.exchange_checkpoints(node)?;
    Ok(session.channel.close()?)
}

/// Whether this session may be: the contract is held here, approved, for this peer and this purpose.
/// A session that may be is recorded before it is welcomed, and before the next one is decided: the
/// quota counts these records.
fn decide(node: &Node, hello: &Hello, by: Actor<'_>) -> Result<Approved, Problem> {
    let held = node.held_contract(&Digest(hello.contract)).map_err(Problem::from);
    let _until_recorded = node.one_opening();
    // A provider that joins a run of several opens none: the recipient's session counts.
    let joins = |draft: &Draft| draft.is_several() && draft.party(Role::Recipient).name != hello.from;
    let joins = held.as_ref().is_ok_and(joins);
    let decided = held
        .and_then(|draft| if joins { node.approve_joining(draft, by) } else { node.approve(draft, by) })
        .and_then(|approved| fits(approved, hello).map_err(Problem::from));
    let object = decided.as_ref().map_or_else(
        |_| Digest(hello.contract).short(),
        |approved| approved.draft().terms.contract.id.clone(),
    );
    node.record(Deed {
        action: if joins { "session.join" } else { "session.open" },
        object: &object,
        content: json!({ "session": hello.session, "peer": hello.from, "purpose": hello.purpose }),
        result: outcome(decided.as_ref().err().map(Problem::code)),
        stage: Stage::Transfer,
        by,
    })?;
    decided
}

fn fits(approved: Approved, hello: &Hello) -> Result<Approved, ContractError> {
    let terms = &approved.draft().terms;
    let wanted = terms.contract.scenario.word();
    if hello.purpose != wanted {
        let (contract, found) = (terms.contract.id.clone(), wanted.to_owned());
        return Err(ContractError::WrongScenario { contract, found, wanted: hello.purpose.clone() });
    }
    let known = match approved.draft().is_several() {
        true => approved.draft().number(&hello.from).is_some(),
        false => approved.peer() == &hello.from,
    };
    if !known || matches!(approved.side(), Side::Recipient) {
        return Err(ContractError::WrongRole {
            contract: terms.contract.id.clone(),
            party: hello.from.to_string(),
            role: "recipient".to_owned(),
        });
    }
    Ok(approved)
}

/// Notes what is asked, before it is answered, and refuses where that is a run more than the contract ever has.
pub(super) fn note(
    node: &Node,
    session: SessionId,
    draft: &Draft,
    asked: &Value,
    by: Actor<'_>,
) -> Result<(), String> {
    let content = json!({ "session": session, "asked": asked });
    noted(node, "session.ask", &draft.terms.contract.id, (content, None), by)?;
    node.within_runs(draft).map_err(|refusal| refusal.to_string())
}

/// Notes what a peer is about to get, or with a code why it does not.
pub(super) fn noted(
    node: &Node,
    action: &'static str,
    contract: &str,
    (content, refused): (Value, Option<u16>),
    by: Actor<'_>,
) -> Result<(), String> {
    let (object, result, stage) = (contract, outcome(refused), Stage::Exchange);
    let deed = Deed { action, object, content, result, stage, by };
    node.record(deed).map(drop).map_err(|problem| problem.english().to_owned())
}

fn verify(node: &Node, session: &mut Session, by: Actor<'_>) -> Result<Value, Problem> {
    session.channel.phase("ask");
    let asked = session.channel.recv(ASK_BYTES)?;
    let manifest = issued(node, &asked)?;
    let draft = session.approved.draft();
    if manifest.contract != Some(draft.digest) {
        return Err(ContractError::NotIssued { manifest: manifest.digest().short() }.into());
    }
    let terms = terms_of(draft, &manifest);
    let table = source(node, &session.approved)?;
    let input = AnswerInput {
        terms: &terms,
        contract: draft.digest,
        returned_rows: Some(rows_in(&manifest)),
        show: None,
        source: table.rows("source"),
    };
    let id = session.id;
    let answered = answer_recorded(
        &mut session.channel,
        input,
        &mut randomness(),
        &mut |asked| note(node, id, draft, &json!(asked), by),
        &mut |_| {},
    )?;
    Ok(json!({ "manifest": manifest.digest(), "origin": answered }))
}

/// The manifest with this digest, if this node signed it: the county may only ask about a batch that
/// it was really given.
fn issued(node: &Node, digest: &[u8]) -> Result<Manifest, Problem> {
    let unknown = || ContractError::NotIssued { manifest: hex::encode(digest.get(..4).unwrap_or(digest)) };
    let digest: [u8; ASK_BYTES] = digest.try_into().map_err(|_| unknown())?;
    let path = node.folder.issued().join(format!("{}.json", Digest(digest)));
    let bytes = fs::read(&path).map_err(|_| unknown())?;
    if Digest::sha256(&bytes).0 != digest {
        return Err(unknown().into());
    }
    let manifest = Manifest::from_bytes(&bytes)?;
    let now = now();
    if now >= manifest.expires {
        return Err(PackageError::Expired { expires: manifest.expires, now }.into());
    }
    Ok(manifest)
}

/// The provider's live table, cleaned as the contract says.
pub(super) fn source(node: &Node, approved: &Approved) -> Result<CleanTable, Problem> {
    Ok(CleanTable::open(&place(node, approved)?, &approved.draft().terms.data.table)?)
}

/// The keys of the provider's table, cleaned as the contract says; they may have been prepared.
pub(super) fn keys(node: &Node, approved: &Approved, column: &str) -> Result<KeyTable, Problem> {
    Ok(KeyTable::open(&place(node, approved)?, &approved.draft().terms.data.table, column)?)
}

fn place(node: &Node, approved: &Approved) -> Result<Source, Problem> {
    let Side::Provider(dataset) = approved.side() else {
        return Err(Problem::internal("a recipient was asked to answer"));
    };
    Ok(beside(dataset.source.clone(), &node.folder.0))
}

#[cfg(test)]
mod tests;

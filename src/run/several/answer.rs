//! A provider's side: welcomed by its own catalogue, run when the recipient says so.

use super::mesh::Mesh;
use super::set::{self, Set};
use super::{brought, compute, digest, noting, output, psi_terms};
use crate::contract::{Approved, ContractError, Draft, Learn, PsiResult, Scenario, Side};
use crate::node::{Actor, Deed, Node, now, outcome};
use crate::problem::Problem;
use crate::run::{query, stats};
use crate::tables::{CleanTable, beside};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;
use yinshu_audit::Stage;
use yinshu_net::grpc::GrpcChannel;
use yinshu_net::session::Hello;
use yinshu_net::{Channel as _, MAX_FRAME, NetError, SessionId};
use yinshu_psi::several::release::Released;

/// Answers a session that was approved and welcomed: a run, where the recipient opened it; else it waits for its run.
pub(in crate::run) fn answer(
    node: &Node,
    approved: Approved,
    (hello, channel): (&Hello, GrpcChannel),
    by: Actor<'_>,
) -> Result<Value, Problem> {
    let recipient = &approved.draft().terms.parties[approved.draft().recipient()].name;
    if &hello.from != recipient {
        let patience = Duration::from_secs(node.config.limits.peer_timeout_seconds);
        node.arrivals.put(hello, channel, patience);
        return Ok(json!({ "joined": hello.from }));
    }
    take_part(node, approved, channel, by)
}

/// As a provider that the recipient cannot dial: dials the recipient, and takes part in its run.
pub(in crate::run) fn join(node: &Node, approved: Approved) -> Result<Value, Problem> {
    if matches!(approved.side(), Side::Recipient) {
        let contract = approved.draft().terms.contract.id.clone();
        let (party, role) = (node.config.node.name.to_string(), "recipient".to_owned());
        return Err(ContractError::WrongRole { contract, party, role }.into());
    }
    let channel = Mesh::call(node, &approved)?;
    take_part(node, approved, channel, Actor::Operator)
}

/// Takes part in a run that the recipient begins over this channel.
fn take_part(node: &Node, approved: Approved, channel: GrpcChannel, by: Actor<'_>) -> Result<Value, Problem> {
    let contract = approved.draft().terms.contract.id.clone();
    let record = |action, run: Option<SessionId>, answered: &Result<Value, Problem>| {
        node.record(Deed {
            action,
            object: &contract,
            content: json!({ "session": run, "answered": answered.as_ref().ok() }),
            result: outcome(answered.as_ref().err().map(Problem::code)),
            stage: Stage::Exchange,
            by,
        })
    };
    let mut mesh = match Mesh::gather(node, approved, channel) {
        Ok(mesh) => mesh,
        Err(problem) => {
            let ended = Err(problem);
            record("session.answer", None, &ended)?;
            return ended;
        }
    };
    let run = mesh.run;
    let ended = match mesh.approved.draft().terms.contract.scenario {
        Scenario::Stats if mesh.approved.draft().terms.query.is_some() => query::provide(node, &mut mesh, by),
        Scenario::Stats => stats::provide(node, &mut mesh, by),
        _ => provide(node, &mut mesh, by),
    };
    let told = ended.as_ref().is_err_and(|(_, told)| *told);
    let ended = ended.map_err(|(problem, _)| problem);
    record("session.answer", Some(run), &ended)?;
    let answered = match ended {
        Ok(answered) => answered,
        Err(problem) => return Err(mesh.part(problem, told)),
    };
    match mesh.end(node) {
        Ok(()) => Ok(answered),
        Err(problem) => {
            let ended = Err(mesh.part(problem, false));
            record("session.end", Some(run), &ended)?;
            ended
        }
    }
}

/// Reads our table and runs the protocol. An error says whether the others know it from the protocol.
fn provide(node: &Node, mesh: &mut Mesh, by: Actor<'_>) -> Result<Value, (Problem, bool)> {
    let (approved, run) = (mesh.approved.clone(), mesh.run);
    let draft = approved.draft();
    let set = own(node, &approved, mesh.own).map_err(|problem| (problem, false))?;
    let mut asked = noting(node, draft, run, by);
    let found = mesh
        .circle()
        .and_then(|mut circle| compute(&mut circle, draft, (&set, run), &mut asked, &mut |_| {}));
    let (_, facts) = found.map_err(|error| (error.into(), true))?;
    let mut answered = json!({
        "own": set.entries.len(), "outside": set.outside, "parties": brought(draft, &facts),
        "commitments": facts.commitments,
    });
    let psi = psi_terms(draft);
    if (psi.result, psi.learn) == (PsiResult::Regions, Learn::Both) {
        let hidden = learn(node, mesh, draft).map_err(|problem| (problem, false))?;
        answered["hidden"] = json!(hidden);
    }
    Ok(answered)
}

/// Our keys, from our catalogue.
fn own(node: &Node, approved: &Approved, own: usize) -> Result<Set, Problem> {
    let Side::Provider(dataset) = approved.side() else {
        return Err(Problem::internal("a recipient was asked to answer"));
    };
    let draft = approved.draft();
    let party = &draft.terms.parties[own];
    let source = beside(dataset.source.clone(), &node.folder.0);
    let table = CleanTable::open(&source, &set::columns(draft, party, None))?;
    Set::read(table, draft, party, false, |_| {})
}

/// Takes the table that the recipient released, and keeps it.
fn learn(node: &Node, mesh: &mut Mesh, draft: &Draft) -> Result<u64, Problem> {
    let (run, recipient) = (mesh.run, draft.recipient());
    let channel = mesh.channel(recipient).ok_or_else(|| Problem::internal("no channel to the recipient"))?;
    channel.phase("release");
    let frame = channel.recv(MAX_FRAME)?;
    let malformed =
        || NetError::Malformed { peer: channel.peer().clone(), what: "released table".to_owned() };
    let table: Released = serde_json::from_slice(&frame).map_err(|_| malformed())?;
    if !table.fits(draft.terms.parties.len(), psi_terms(draft).cells().shape()) {
        return Err(malformed().into());
    }
    let name = format!("psi-{}-{run}-{}.csv", draft.digest.short(), now().as_millisecond());
    let path = node.folder.results().join(name);
    fs::create_dir_all(node.folder.results()).map_err(|e| Problem::writing(&path, &e))?;
    node.record(Deed {
        action: "result.release",
        object: &draft.terms.contract.id,
        content: json!({ "session": run, "file": path, "table": digest(&table), "hidden": table.hidden }),
        result: outcome(None),
        stage: Stage::Exchange,
        by: Actor::Operator,
    })?;
    output::table(&path, draft, &table)?;
    Ok(table.hidden)
}

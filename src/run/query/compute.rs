//! A question, answered with the others of a mesh.

use super::stages::{self, Place, SAID, Said};
use super::{Own, QueryError, query_terms};
use crate::contract::Draft;
use crate::node::randomness;
use crate::problem::Problem;
use crate::run::several::lent;
use crate::run::several::mesh::Mesh;
use std::cell::RefCell;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::MpcError;
use yinshu_mpc::query::{Outcome, Stop, Stops, Terms, Told, provide, run_in_stages};
use yinshu_mpc::release::Rule;
use yinshu_net::{Channel as _, NetError, SessionId};

/// What the parties agreed on beside the question.
pub(super) fn terms(draft: &Draft) -> Terms {
    let query = query_terms(draft);
    Terms {
        rule: Rule {
            minimum: draft.terms.data.min_group_size.into(),
            percent: query.dominance_percent.map(u64::from),
        },
        extremes: query.extremes,
        receivers: draft.roles(&query.receivers),
    }
}

/// The digest of all that is agreed on in a run: the contract, the plan, the run, and where it goes on from.
pub(super) fn agreed(draft: &Draft, plan: &Digest, (run, from): (SessionId, Option<Place>)) -> Digest {
    let from = from.map(|place| place.bytes().to_vec()).unwrap_or_default();
    Digest::of_parts("yinshu query run v2", &[&draft.digest.0, &plan.0, &run.0, &from])
}

/// Compares the plan's digest with the others', and finds where all can go on from. A contract says the question; that all
/// made one plan of it is only seen here.
pub(super) fn agree(mesh: &mut Mesh, plan: &Digest, said: Said) -> Result<Option<Place>, Problem> {
    for channel in &mut mesh.channels {
        channel.phase("plan");
        channel.send([&plan.0[..], &said.bytes()].concat())?;
    }
    let mut all = Vec::with_capacity(1 + mesh.channels.len());
    for channel in &mut mesh.channels {
        let frame = channel.recv(plan.0.len() + SAID)?;
        let peer = channel.peer();
        let theirs = frame.strip_prefix(&plan.0[..]);
        let theirs = theirs.ok_or_else(|| QueryError::EnginesDiffer { party: peer.to_string() })?;
        let malformed =
            || NetError::Malformed { peer: peer.clone(), what: "word of what it kept".to_owned() };
        all.push(Said::of(theirs).ok_or_else(malformed)?);
    }
    // Channels are in the order of the contract.
    all.insert(mesh.own, said);
    Ok(stages::common(&all))
}

/// Computes with the two others of a mesh, whose channels are used and stay open, from where an earlier run stopped if all
/// have that. `note` is told what opens before it does. An error says whether the others know it from the protocol.
pub(super) fn compute_over(
    mesh: &mut Mesh,
    own: &Own,
    from: Option<Place>,
    note: &mut dyn FnMut(Told) -> Result<(), Problem>,
) -> Result<Outcome, (Problem, bool)> {
    let (approved, number) = (mesh.approved.clone(), mesh.run);
    let draft = approved.draft();
    let agreed = agreed(draft, &own.lowered.digest, (number, from));
    let under = (agreed, query_terms(draft).security.into());
    let (of, from) = {
        let stages = own.stages.borrow();
        let from = from.map(|place| stages.load(place)).transpose().map_err(|problem| (problem, false))?;
        (stages.name(number), from)
    };
    let problem = RefCell::new(None);
    let failing = |found: Problem| {
        problem.replace(Some(found));
        MpcError::Undefined { what: "what cannot be written down" }
    };
    let found = lent::over(mesh, under, |context, outside| {
        let mut note = |told: Told| note(told).map_err(failing);
        let mut keep = |stop: Stop| own.stages.borrow_mut().keep(number, &stop).map_err(failing);
        let stops = Stops { of, from, keep: &mut keep };
        let with = (&own.tables[..], outside, &mut note as yinshu_mpc::query::Note<'_>);
        run_in_stages(context, &own.lowered.plan, with, (&terms(draft), stops), &mut randomness())
    });
    let found = found.map_err(|problem| (problem, true))?;
    let problem = problem.into_inner();
    let kept = match &found {
        Ok(_) => false,
        // What failed here may be seen to; what was kept before is as good as it was.
        Err(error) => problem.is_some() || stages::resumable(error),
    };
    if !kept {
        own.stages.borrow_mut().discard().map_err(|problem| (problem, true))?;
    }
    found.map_err(|error| (problem.unwrap_or_else(|| error.into()), true))
}

/// Shares our table with the three that compute, as an owner that does not; or only waits until they are done, where they go
/// on from what it shared before.
pub(super) fn hand_over(mesh: &mut Mesh, own: &Own, from: Option<Place>) -> Result<(), Problem> {
    let (approved, number) = (mesh.approved.clone(), mesh.own as u8);
    let draft = approved.draft();
    let under = agreed(draft, &own.lowered.digest, (mesh.run, from));
    lent::hand_over(mesh, &under, |provider| match from {
        Some(_) => Ok(()),
        None => {
            let ours = (number, &own.tables[..]);
            provide(provider, &own.lowered.plan, ours, &terms(draft), &mut randomness())
        }
    })
}

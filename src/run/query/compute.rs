//! A question, answered with the others of a mesh.

use super::{Own, QueryError, query_terms};
use crate::contract::Draft;
use crate::node::randomness;
use crate::problem::Problem;
use crate::run::several::lent;
use crate::run::several::mesh::Mesh;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::MpcError;
use yinshu_mpc::query::{Outcome, Terms, Told, provide, run};
use yinshu_mpc::release::Rule;
use yinshu_net::{Channel as _, SessionId};

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

/// The digest of all that is agreed on in a run: the contract, the plan, the run.
pub(super) fn agreed(draft: &Draft, plan: &Digest, run: SessionId) -> Digest {
    Digest::of_parts("yinshu query run v1", &[&draft.digest.0, &plan.0, &run.0])
}

/// Compares the plan's digest with the others'. A contract says the question; that all made one plan of it is only seen
/// here.
pub(super) fn agree(mesh: &mut Mesh, plan: &Digest) -> Result<(), Problem> {
    for channel in &mut mesh.channels {
        channel.phase("plan");
        channel.send(plan.0.to_vec())?;
    }
    for channel in &mut mesh.channels {
        if channel.recv(32)? != plan.0 {
            return Err(QueryError::EnginesDiffer { party: channel.peer().to_string() }.into());
        }
    }
    Ok(())
}

/// Computes with the two others of a mesh, whose channels are used and stay open. `note` is told what opens before it does.
pub(super) fn compute_over(
    mesh: &mut Mesh,
    own: &Own,
    note: &mut dyn FnMut(Told) -> Result<(), Problem>,
) -> Result<Outcome, Problem> {
    let approved = mesh.approved.clone();
    let draft = approved.draft();
    let under = (agreed(draft, &own.lowered.digest, mesh.run), query_terms(draft).security.into());
    let mut problem = None;
    let found = lent::over(mesh, under, |context, outside| {
        let mut note = |told: Told| {
            note(told).map_err(|found| {
                problem = Some(found);
                MpcError::Undefined { what: "a result that cannot be recorded" }
            })
        };
        let terms = terms(draft);
        run(context, &own.lowered.plan, (&own.tables, outside, &mut note), &terms, &mut randomness())
    })?;
    found.map_err(|error| problem.unwrap_or_else(|| error.into()))
}

/// Shares our table with the three that compute, as an owner that does not.
pub(super) fn hand_over(mesh: &mut Mesh, own: &Own) -> Result<(), Problem> {
    let (approved, number) = (mesh.approved.clone(), mesh.own as u8);
    let draft = approved.draft();
    let under = agreed(draft, &own.lowered.digest, mesh.run);
    lent::hand_over(mesh, &under, |provider| {
        let ours = (number, &own.tables[..]);
        provide(provider, &own.lowered.plan, ours, &terms(draft), &mut randomness())
    })
}

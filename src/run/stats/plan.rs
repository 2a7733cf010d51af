//! What a run would cost: it is rehearsed on this machine, among three threads, with figures that are made up so that all
//! of them open. Only aggregates are shared, so that the cost is the same for any rows.

use super::compute::layout::Layout;
use super::compute::{compute, security, terms};
use super::stats_terms;
use crate::contract::Draft;
use crate::node::randomness;
use crate::problem::Problem;
use crate::run::plan::Link;
use serde::Serialize;
use std::time::Instant;
use yinshu_mpc::{Context, MpcError, Role, Z64};
use yinshu_net::{Channel, SessionId, memory};

/// What a run would cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StatsEstimate {
    /// From the first message to the result, each party on a machine like this one, without reading tables.
    pub seconds: f64,
    /// The part of it that is computing.
    pub computing: f64,
    /// What the party that sends the most sends.
    pub bytes: u64,
    /// Messages that wait for one another, at most.
    pub rounds: u64,
}

/// The channels of three parties: each with the one before and the one after it.
fn ring(draft: &Draft) -> [[Option<Box<dyn Channel>>; 2]; 3] {
    let mut ends: [[Option<Box<dyn Channel>>; 2]; 3] = Default::default();
    let name = |role: Role| draft.terms.parties[role.number()].name.clone();
    for role in Role::ALL {
        let (mine, theirs) = memory::pair(name(role), name(role.next()));
        ends[role.number()][1] = Some(Box::new(mine));
        ends[role.next().number()][0] = Some(Box::new(theirs));
    }
    ends
}

/// Rehearses a run.
pub fn rehearse(draft: &Draft, link: Link) -> Result<StatsEstimate, Problem> {
    let mut layout = Layout::new(draft);
    let each = u64::from(draft.terms.data.min_group_size).max(1);
    let own = layout.made_up(each);
    let rows = each * layout.cells() as u64;
    layout.rows = [layout.rows[0].max(rows), layout.rows[1].max(3 * rows)];
    let begun = Instant::now();
    let parties = Role::ALL.into_iter().zip(ring(draft));
    let costs = std::thread::scope(|scope| {
        let handles: Vec<_> = parties
            .map(|(role, [previous, next])| {
                let (layout, own) = (&layout, own.as_slice());
                scope.spawn(move || {
                    let (previous, next) = previous.zip(next)?;
                    Some(party(draft, layout, role, [previous, next], own))
                })
            })
            .collect();
        handles.into_iter().map(|handle| handle.join().ok().flatten()).collect::<Option<Vec<_>>>()
    });
    let costs = costs.ok_or_else(|| Problem::internal("a rehearsal broke off"))?;
    let costs = costs.into_iter().collect::<Result<Vec<_>, MpcError>>()?;
    let computing = begun.elapsed().as_secs_f64();
    let bytes = costs.iter().map(|(bytes, _)| *bytes).max().unwrap_or(0);
    let rounds = costs.iter().map(|(_, steps)| u64::from(*steps)).max().unwrap_or(0);
    Ok(StatsEstimate { seconds: computing + link.travel(bytes, rounds), computing, bytes, rounds })
}

/// One party of a rehearsal: bytes sent, and steps.
fn party(
    draft: &Draft,
    layout: &Layout,
    role: Role,
    [previous, next]: [Box<dyn Channel>; 2],
    own: &[Z64],
) -> Result<(u64, u32), MpcError> {
    let terms = terms(draft, SessionId([0; 16]));
    let security = security(stats_terms(draft));
    Context::join(role, previous, next, &terms, security, &mut randomness())?.run(|context| {
        let at_most = |_: usize, bounds: &[(usize, i64)]| vec![Z64(0); bounds.len()];
        compute(context, layout, (own, &at_most, &mut []), (&mut |_| Ok(()), &mut |_| {}))?;
        let sent = context.meters().iter().map(|meter| meter.total.bytes_sent).sum();
        Ok((sent, context.steps()))
    })
}

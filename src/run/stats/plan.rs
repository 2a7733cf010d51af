//! What a run would cost: it is rehearsed on this machine, among three threads, with figures that are made up so that all
//! of them open. Only aggregates are shared, so that the cost is the same for any rows.

use super::compute::layout::Layout;
use super::compute::{compute, terms};
use super::stats_terms;
use crate::contract::Draft;
use crate::problem::Problem;
use crate::run::plan::Link;
use crate::run::several::rehearsal::rehearsed;
use serde::Serialize;
use yinshu_mpc::Z64;
use yinshu_net::SessionId;

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

/// Rehearses a run.
pub fn rehearse(draft: &Draft, link: Link) -> Result<StatsEstimate, Problem> {
    let mut layout = Layout::new(draft);
    let each = u64::from(draft.terms.data.min_group_size).max(1);
    let own = layout.made_up(each);
    let rows = each * layout.cells() as u64;
    layout.rows = [layout.rows[0].max(rows), layout.rows[1].max(draft.terms.parties.len() as u64 * rows)];
    let under = (&terms(draft, SessionId([0; 16])), stats_terms(draft).security.into());
    let at_most = |_: usize, bounds: &[(usize, i64)]| vec![Z64(0); bounds.len()];
    let found = rehearsed(
        draft,
        under,
        |context, outside| {
            let note = &mut |_: &[bool]| Ok(());
            compute(context, &layout, (&own, &at_most, outside), (&mut || Ok(()), note, &mut |_| {}))
                .map(drop)
        },
        |provider, _| provider.share(&own),
    )?;
    let (computing, bytes, rounds) = (found.seconds, found.bytes, found.rounds);
    Ok(StatsEstimate { seconds: computing + link.travel(bytes, rounds), computing, bytes, rounds })
}

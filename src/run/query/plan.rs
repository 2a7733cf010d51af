//! What a question would cost: it is rehearsed on this machine, among three threads, over tables that are made up. What
//! is made up decides nothing: cost depends on the plan and on how many rows come in. Large tables are rehearsed at two smaller
//! sizes, and the rest is added in proportion.

use super::compute::{agreed, security, terms};
use super::engine::Lowered;
use crate::contract::Draft;
use crate::node::randomness;
use crate::problem::Problem;
use crate::run::plan::Link;
use serde::Serialize;
use std::time::Instant;
use yinshu_mpc::query::{Cells, Input, Plan, Table, Values, run};
use yinshu_mpc::{Context, MpcError, Role};
use yinshu_net::{Channel, SessionId, memory};

/// Rows of a table that are rehearsed at most.
const REHEARSED: u64 = 600;

/// What a run would cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct QueryEstimate {
    /// From the first message to the answer, each party on a machine like this one, without reading tables.
    pub seconds: f64,
    /// The part of it that is computing.
    pub computing: f64,
    /// What the party that sends the most sends.
    pub bytes: u64,
    /// Messages that wait for one another, at most.
    pub rounds: u64,
    /// Rows of the largest table that this is for.
    pub rows: u64,
}

/// Rehearses a run with tables as large as the contract allows.
pub fn rehearse_query(draft: &Draft, lowered: &Lowered, link: Link) -> Result<QueryEstimate, Problem> {
    let most = lowered.plan.inputs.iter().map(|input| input.max_rows).max().unwrap_or(0);
    let large = once(draft, lowered, REHEARSED.min(most))?;
    let mut whole = large;
    if most > REHEARSED {
        let small = once(draft, lowered, REHEARSED / 2)?;
        // By each row more, of which sorting takes somewhat more the more there are.
        let times = (most - REHEARSED) as f64 / (REHEARSED / 2) as f64;
        let depth = (most as f64).log2() / (REHEARSED as f64).log2();
        let grown = |small: f64, large: f64| large + (large - small).max(0.0) * times * depth;
        whole.0 = grown(small.0, large.0);
        whole.1 = grown(small.1 as f64, large.1 as f64) as u64;
        whole.2 = (large.2 as f64 * depth) as u64;
    }
    let (computing, bytes, rounds) = whole;
    Ok(QueryEstimate {
        seconds: computing + link.travel(bytes, rounds),
        computing,
        bytes,
        rounds,
        rows: most,
    })
}

/// Seconds, bytes and rounds with tables of so many rows at most.
fn once(draft: &Draft, lowered: &Lowered, rows: u64) -> Result<(f64, u64, u64), Problem> {
    let mut plan = lowered.plan.clone();
    plan.inputs.iter_mut().for_each(|input| input.max_rows = input.max_rows.min(rows));
    let name = |role: Role| draft.terms.parties[role.number()].name.clone();
    let mut ends: [[Option<Box<dyn Channel>>; 2]; 3] = Default::default();
    for role in Role::ALL {
        let (mine, theirs) = memory::pair(name(role), name(role.next()));
        ends[role.number()][1] = Some(Box::new(mine));
        ends[role.next().number()][0] = Some(Box::new(theirs));
    }
    let begun = Instant::now();
    let costs = std::thread::scope(|scope| {
        let handles: Vec<_> = Role::ALL
            .into_iter()
            .zip(ends)
            .map(|(role, [previous, next])| {
                let (plan, lowered) = (&plan, &lowered);
                scope.spawn(move || Some(party((draft, lowered), plan, role, [previous?, next?])))
            })
            .collect();
        handles.into_iter().map(|handle| handle.join().ok().flatten()).collect::<Option<Vec<_>>>()
    });
    let costs = costs.ok_or_else(|| Problem::internal("a rehearsal broke off"))?;
    let costs = costs.into_iter().collect::<Result<Vec<_>, MpcError>>()?;
    let bytes = costs.iter().map(|(bytes, _)| *bytes).max().unwrap_or(0);
    let rounds = costs.iter().map(|(_, steps)| u64::from(*steps)).max().unwrap_or(0);
    Ok((begun.elapsed().as_secs_f64(), bytes, rounds))
}

/// A table that is made up: keys that differ, and the least value that each column can have.
fn made_up(input: &Input) -> Table {
    let rows = input.max_rows as usize;
    let cells = input.columns.iter().map(|column| match &column.values {
        Values::Key => Cells::Texts((0..rows).map(|row| Some(row.to_string())).collect()),
        // An integer to join by may have to be different in each row.
        Values::Integer { min, max, .. } => {
            let span = max.abs_diff(*min).saturating_add(1);
            Cells::Integers((0..rows as u64).map(|row| Some(min.wrapping_add_unsigned(row % span))).collect())
        }
        Values::Code { .. } => Cells::Integers(vec![Some(0); rows]),
    });
    Table { rows, columns: cells.collect() }
}

/// One party of a rehearsal: bytes sent, and steps.
fn party(
    (draft, lowered): (&Draft, &Lowered),
    plan: &Plan,
    role: Role,
    [previous, next]: [Box<dyn Channel>; 2],
) -> Result<(u64, u32), MpcError> {
    let under = agreed(draft, &lowered.digest, SessionId([0; 16]));
    Context::join(role, previous, next, &under, security(draft), &mut randomness())?.run(|context| {
        let own = plan
            .inputs
            .iter()
            .map(|input| (usize::from(input.owner) == role.number()).then(|| made_up(input)));
        let own: Vec<Option<Table>> = own.collect();
        run(context, plan, (&own, &mut |_| Ok(())), &terms(draft), &mut randomness())?;
        let sent = context.meters().iter().map(|meter| meter.total.bytes_sent).sum();
        Ok((sent, context.steps()))
    })
}

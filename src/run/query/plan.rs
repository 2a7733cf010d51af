//! What a question would cost: it is rehearsed on this machine, over tables that are made up. What
//! is made up decides nothing: cost depends on the plan and on how many rows come in. Large tables are rehearsed at two smaller
//! sizes, and the rest is added in proportion.

use super::compute::{agreed, terms};
use super::engine::Lowered;
use super::query_terms;
use crate::contract::Draft;
use crate::node::randomness;
use crate::problem::Problem;
use crate::run::plan::Link;
use crate::run::several::rehearsal::{Rehearsed, rehearsed};
use serde::Serialize;
use yinshu_mpc::MpcError;
use yinshu_mpc::query::{Cells, Input, Note, Stops, Table, Tell, Values, provide, run_in_stages};
use yinshu_net::SessionId;

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
        whole.seconds = grown(small.seconds, large.seconds);
        whole.bytes = grown(small.bytes as f64, large.bytes as f64) as u64;
        whole.rounds = (large.rounds as f64 * depth) as u64;
    }
    let (computing, bytes, rounds) = (whole.seconds, whole.bytes, whole.rounds);
    Ok(QueryEstimate {
        seconds: computing + link.travel(bytes, rounds),
        computing,
        bytes,
        rounds,
        rows: most,
    })
}

/// A run with tables of so many rows at most.
fn once(draft: &Draft, lowered: &Lowered, rows: u64) -> Result<Rehearsed, Problem> {
    let mut plan = lowered.plan.clone();
    plan.inputs.iter_mut().for_each(|input| input.max_rows = input.max_rows.min(rows));
    let under = agreed(draft, &lowered.digest, (SessionId([0; 16]), None));
    let own = |party: usize| -> Vec<Option<Table>> {
        let analysis = matches!(plan.tell, Tell::Analysis(_));
        let own = |input: &Input| (usize::from(input.owner) == party).then(|| made_up(input, analysis));
        plan.inputs.iter().map(own).collect()
    };
    let terms = terms(draft);
    rehearsed(
        draft,
        (&under, query_terms(draft).security.into()),
        |context, outside| {
            let own = own(context.role().number());
            let stops = Stops { of: under, from: None, keep: &mut |_| Ok(()) };
            let with: (&[Option<Table>], &mut [_], Note<'_>) = (&own, outside, &mut |_| Ok(()));
            let done = run_in_stages(context, &plan, with, (&terms, stops), &mut randomness());
            match done {
                // What is made up need not have an answer.
                Ok(_) | Err(MpcError::Undefined { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        },
        |provider, party| provide(provider, &plan, (party as u8, &own(party)), &terms, &mut randomness()),
    )
}

/// A table that is made up: keys that differ, and for figures the least value that each column can have. Of an `analysis` of
/// these nothing would be told, and it would be over soon: there values go up and down.
fn made_up(input: &Input, analysis: bool) -> Table {
    let rows = input.max_rows as usize;
    let mixed = |row: u64, column: u64| row.wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ (column << 20)) >> 40;
    let cells = (1..).zip(&input.columns).map(|(number, column)| match &column.values {
        Values::Key => Cells::Texts((0..rows).map(|row| Some(row.to_string())).collect()),
        Values::Integer { min, max, .. } => {
            let span = max.abs_diff(*min).saturating_add(1);
            // One to join by may have to be different in each row.
            let of = |row: u64| if analysis { mixed(row, number) } else { row };
            let value = |row: u64| Some(min.wrapping_add_unsigned(of(row) % span));
            Cells::Integers((0..rows as u64).map(value).collect())
        }
        Values::Code { of } => {
            let of = if analysis { of.len().max(1) as u64 } else { 1 };
            Cells::Integers((0..rows as u64).map(|row| Some((mixed(row, number) % of) as i64)).collect())
        }
    });
    Table { rows, columns: cells.collect() }
}

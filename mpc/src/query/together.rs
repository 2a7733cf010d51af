//! How tables are put together, step by step, so that a run can go on after any join.

use super::stops::Stops;
use super::tables::Relation;
use super::values::{Value, ones};
use super::{ColumnAt, From, Join, Plan, join};
use crate::context::Context;
use crate::error::MpcError;
use crate::shares::Shares;
use std::collections::BTreeMap;

/// What is done next with the tables made last.
enum Step<'a> {
    /// This input is taken up.
    Input(usize),
    /// So many are put one after the other.
    Union(usize),
    /// The last but one is the one side, the last the many side.
    Join { number: usize, kind: Join, one: &'a From },
}

/// All steps in their order; joins are numbered from the outermost on.
fn steps(plan: &Plan) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    walk(&plan.from, &mut 0, &mut steps);
    steps
}

fn walk<'a>(from: &'a From, joins: &mut usize, steps: &mut Vec<Step<'a>>) {
    match from {
        From::Input(at) => steps.push(Step::Input(*at)),
        From::Union(parts) => {
            parts.iter().for_each(|part| walk(part, joins, steps));
            steps.push(Step::Union(parts.len()));
        }
        From::Join { one, many, kind, .. } => {
            let number = *joins;
            *joins += 1;
            walk(one, joins, steps);
            walk(many, joins, steps);
            steps.push(Step::Join { number, kind: *kind, one });
        }
    }
}

/// The tables of a question on their way to one.
pub(super) struct Tables {
    /// How many rows each input had, by what all were told.
    pub(super) rows: Vec<usize>,
    /// The inputs that are not taken up yet.
    pub(super) waiting: Vec<Option<Relation>>,
    /// Those that were put together, the last one last.
    pub(super) made: Vec<Relation>,
}

impl Tables {
    /// Does what is left to do after so many joins; `persons` as in [`join::join`]. What there is before it and after each
    /// further join is kept where `stops` are given.
    pub(super) fn put_together(
        &mut self,
        context: &mut Context,
        plan: &Plan,
        (mut done, persons): (usize, bool),
        mut stops: Option<&mut Stops<'_>>,
    ) -> Result<Relation, MpcError> {
        let steps = steps(plan);
        let joins = steps.iter().enumerate().filter(|(_, step)| matches!(step, Step::Join { .. }));
        let next = done.checked_sub(1).and_then(|last| joins.map(|(at, _)| at + 1).nth(last)).unwrap_or(0);
        if let Some(stops) = &mut stops {
            stops.keep(context, done, self)?;
        }
        context.phase("join");
        for step in &steps[next..] {
            let made = self.step(context, plan, step, persons)?;
            self.made.push(made);
            if let (Step::Join { .. }, Some(stops)) = (step, &mut stops) {
                done += 1;
                stops.keep(context, done, self)?;
                context.phase("join");
            }
        }
        self.made.pop().ok_or_else(missing)
    }

    fn step(
        &mut self,
        context: &mut Context,
        plan: &Plan,
        step: &Step<'_>,
        persons: bool,
    ) -> Result<Relation, MpcError> {
        match step {
            Step::Input(at) => {
                let input = self.waiting.get_mut(*at).and_then(Option::take);
                input.ok_or_else(|| MpcError::Senseless { what: format!("table {at}") })
            }
            Step::Union(parts) => {
                let from = self.made.len().checked_sub(*parts).ok_or_else(missing)?;
                let parts = self.made.split_off(from);
                union(context, &parts)
            }
            Step::Join { number, kind, one } => {
                let (table, alone) = (first_table(plan, one), matches!(one, From::Input(_)));
                let many = self.made.pop().ok_or_else(missing)?;
                let one = self.made.pop().ok_or_else(missing)?;
                join::join(context, one, many, (*number, *kind), (&table, alone, persons))
            }
        }
    }
}

fn missing() -> MpcError {
    MpcError::Senseless { what: "tables put together".to_owned() }
}

/// The name of the tables on the one side of a join.
fn first_table(plan: &Plan, from: &From) -> String {
    match from {
        From::Input(at) => plan.inputs[*at].table.clone(),
        From::Union(parts) => parts.iter().map(|part| first_table(plan, part)).collect::<Vec<_>>().join(", "),
        From::Join { many, .. } => first_table(plan, many),
    }
}

/// One after the other, by the names of the first.
fn union(context: &mut Context, parts: &[Relation]) -> Result<Relation, MpcError> {
    let rows = parts.iter().map(|part| part.rows).sum();
    let owners = parts.iter().flat_map(|part| part.owners.iter().copied()).collect();
    let valid = parts.iter().any(|part| part.valid.is_some()).then(|| {
        let each: Vec<_> = parts.iter().map(|part| part.validity(context)).collect();
        Shares::concat(&each)
    });
    let there = parts.iter().any(|part| part.there.is_some()).then(|| {
        let each = parts.iter().map(|part| part.there.clone().unwrap_or_else(|| ones(context, part.rows)));
        Shares::concat(&each.collect::<Vec<_>>())
    });
    let names: Vec<ColumnAt> =
        parts.first().map(|part| part.columns.keys().copied().collect()).unwrap_or_default();
    let mut columns = BTreeMap::new();
    for (place, at) in names.into_iter().enumerate() {
        // Columns of each part are in the order of their numbers.
        let each: Vec<Value> =
            parts.iter().filter_map(|part| part.columns.values().nth(place).cloned()).collect();
        columns.extend(Value::concat(context, &each).map(|value| (at, value)));
    }
    let mut keys = BTreeMap::new();
    for of in parts.first().map(|part| part.keys.keys().copied().collect::<Vec<_>>()).unwrap_or_default() {
        let word = |number: usize| {
            let each: Vec<_> = parts.iter().filter_map(|part| part.keys.get(&of)).collect();
            Shares::concat(each.iter().map(|words| &words[number]).collect::<Vec<_>>())
        };
        keys.insert(of, [word(0), word(1)]);
    }
    // Only tables as they came in are put one after the other: none was joined.
    Ok(Relation { rows, owners, valid, there, first: None, columns, keys })
}

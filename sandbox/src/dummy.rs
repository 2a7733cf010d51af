//! Made-up tables to write questions against elsewhere: the columns, values and bounds that a policy makes public, and nothing
//! learnt from rows.
//!
//! Only what the description and the policy say goes in, and a seed: the same seed gives the same tables whatever the rows
//! of the data set are, and whether there are any. Beside the tables stand a description and the policy, so that a room
//! of one's own answers questions about them.
//!
//! Columns are as the policy shows them: what is masked has the values, bounds and looks of what it is masked into, and
//! neither says how. The policy has one user, whoever asked for the tables, and none of its conditions on rows: those are the
//! owner's, and may name columns and values that are not granted.

use crate::airlock::Review;
use crate::approval::Approval;
use crate::dataset::{Column, Dataset, Domain, Table, wrong};
use crate::error::SandboxError;
use crate::masks::{self, Form};
use crate::policy::{Grant, Policy};
use crate::question::Value;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::path::Path;
use std::sync::Arc;
use yinshu_data::write::{CsvStyle, CsvWriter};
use yinshu_data::{ColumnKind, Source};

/// Of so many rows, one has no value in a column that may have none.
const MISSING: u32 = 20;

/// Writes a made-up table of every granted table to a folder, and says their names.
///
/// # Errors
/// [`SandboxError::Table`]: a file cannot be written.
pub fn write(
    (policy, user): (&Policy, &str),
    dataset: &Dataset,
    out: &Path,
    rows: u64,
    seed: u64,
) -> Result<Vec<String>, SandboxError> {
    std::fs::create_dir_all(out).map_err(SandboxError::files(out))?;
    let mut dice = ChaCha20Rng::seed_from_u64(seed);
    let mut written = Vec::new();
    let mut shown = dataset.clone();
    shown.dataset.sample = None;
    shown.tables.retain(|table| policy.grant(&table.name).is_some());
    let known: Vec<String> = shown.tables.iter().map(|table| table.name.clone()).collect();
    let is_known = |end: &String| known.iter().any(|table| end.starts_with(&format!("{table}.")));
    shown.joins.retain(|join| is_known(&join.left) && is_known(&join.right));
    for table in &mut shown.tables {
        let Some(grant) = policy.grant(&table.name) else { continue };
        let entity = table.entity.clone();
        table.columns.retain(|column| column.name == entity || grant.columns.contains_key(&column.name));
        let made =
            (0..table.columns.len()).map(|at| made(grant, table, at)).collect::<Result<Vec<_>, _>>()?;
        for (column, made) in table.columns.iter_mut().zip(&made) {
            column.aliases.clear();
            if column.name == entity {
                column.kind = ColumnKind::Code;
            }
            made.describe(column);
            // An identity number that nobody has is none elsewhere.
            shown.dataset.test_region |= matches!(made.domain, Domain::Pseudonym(Form::Identity(_)));
        }
        let name = format!("{}.csv", table.name);
        table.source = Source {
            path: Some(name.clone().into()),
            encoding: Some("utf-8".to_owned()),
            delimiter: Some(','),
            header_row: Some(1),
            ..Source::default()
        };
        one(table, &made, &out.join(&name), rows, &mut dice)?;
        written.push(name);
    }
    let described = toml::to_string(&shown).map_err(|error| wrong("dataset", &error.to_string()))?;
    let approved =
        toml::to_string(&theirs(policy, user)).map_err(|error| wrong("policy", &error.to_string()))?;
    for (name, text) in [("dataset.toml", described), ("policy.toml", approved)] {
        let path = out.join(name);
        std::fs::write(&path, text).map_err(SandboxError::files(&path))?;
        written.push(name.to_owned());
    }
    Ok(written)
}

/// The policy, for whoever asked for the tables.
fn theirs(policy: &Policy, user: &str) -> Policy {
    let mut theirs = policy.clone();
    theirs.policy.users = [user.to_owned()].into();
    theirs.review = Review::default();
    (theirs.approval, theirs.bound) = (Approval::default(), None);
    for grant in &mut theirs.grants {
        grant.rows = None;
        grant.masks.clear();
    }
    theirs
}

/// What is made up for a column.
struct Made {
    domain: Domain,
    /// Whether it is something else than what lies in the table.
    masked: bool,
    /// The values that there are, where not all between the bounds are.
    among: Option<Arc<[Option<i64>]>>,
}

fn made(grant: &Grant, table: &Table, at: usize) -> Result<Made, SandboxError> {
    let (value, domain) = masks::shown(grant, table, at, Value::Missing)?;
    let column = &table.columns[at];
    let coarse = column.mask.and_then(|mask| mask.coarse()?.of(&domain, Value::Missing).ok());
    let among = match (value, coarse) {
        _ if matches!(domain, Domain::Text(_)) => None,
        (Value::Lookup(_, among), _) | (_, Some((Value::Lookup(_, among), _))) => Some(among),
        _ => None,
    };
    let masked = among.is_some() || column.mask.is_some() || domain != table.domain(at);
    Ok(Made { domain, masked, among })
}

impl Made {
    /// The column as if it had always been what it is masked into.
    fn describe(&self, column: &mut Column) {
        column.shown = None;
        if !self.masked || matches!(self.domain, Domain::Person | Domain::Pseudonym(_)) {
            return;
        }
        column.mask = None;
        match &self.domain {
            Domain::Text(list) => (column.kind, column.values) = (ColumnKind::Text, list.clone()),
            Domain::Day { from, to } => {
                (column.from, column.to) =
                    (Some(crate::dataset::date(*from)), Some(crate::dataset::date(*to)));
            }
            Domain::Number { decimals, min, max } => {
                let unit = 10i64.pow(*decimals);
                (column.min, column.max) = (Some(min.div_euclid(unit)), Some(max.div_euclid(unit)));
            }
            Domain::Person | Domain::Pseudonym(_) => {}
        }
    }

    fn number(&self, (from, to): (i64, i64), dice: &mut ChaCha20Rng) -> i64 {
        let some = self.among.as_ref().and_then(|among| among[dice.random_range(0..among.len())]);
        some.unwrap_or_else(|| dice.random_range(from..=to))
    }
}

fn one(
    table: &Table,
    made: &[Made],
    path: &Path,
    rows: u64,
    dice: &mut ChaCha20Rng,
) -> Result<(), SandboxError> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let mut out = CsvWriter::create(path, &names, CsvStyle::default())?;
    for row in 0..rows {
        let mut cell = |at: usize| {
            if table.columns[at].nullable && dice.random_range(0..MISSING) == 0 {
                return String::new();
            }
            match &made[at].domain {
                // Not the form of any number that identifies somebody.
                Domain::Person if table.single => format!("P{row:09}"),
                Domain::Person => format!("P{:09}", dice.random_range(0..rows)),
                Domain::Text(values) => values[dice.random_range(0..values.len())].clone(),
                Domain::Day { from, to } => crate::answer::date(made[at].number((*from, *to), dice)),
                Domain::Number { decimals, min, max } => {
                    crate::answer::written(made[at].number((*min, *max), dice).into(), *decimals)
                }
                Domain::Pseudonym(form) => form.written(form.any(dice.random())),
            }
        };
        out.row((0..names.len()).map(&mut cell))?;
    }
    out.finish().map(drop).map_err(Into::into)
}

#[cfg(test)]
mod tests;

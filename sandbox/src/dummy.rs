//! Made-up tables to write questions against elsewhere: the columns, values and bounds that a policy makes public, and nothing
//! learnt from rows.
//!
//! Only what the description and the policy say goes in, and a seed: the same seed gives the same tables whatever the rows
//! of the data set are, and whether there are any. Beside the tables stand a description and the policy, so that a room
//! of one's own answers questions about them.

use crate::dataset::{Dataset, Domain, Table, wrong};
use crate::error::SandboxError;
use crate::policy::Policy;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::path::Path;
use yinshu_data::write::{CsvStyle, CsvWriter};
use yinshu_data::{ColumnKind, Source};

/// Of so many rows, one has no value in a column that may have none.
const MISSING: u32 = 20;

/// Writes a made-up table of every granted table to a folder, and says their names.
///
/// # Errors
/// [`SandboxError::Table`]: a file cannot be written.
pub fn write(
    policy: &Policy,
    dataset: &Dataset,
    out: &Path,
    rows: u64,
    seed: u64,
) -> Result<Vec<String>, SandboxError> {
    std::fs::create_dir_all(out).map_err(SandboxError::files(out))?;
    let mut dice = ChaCha20Rng::seed_from_u64(seed);
    let mut written = Vec::new();
    let mut shown = dataset.clone();
    shown.tables.retain(|table| policy.grant(&table.name).is_some());
    let known: Vec<String> = shown.tables.iter().map(|table| table.name.clone()).collect();
    let is_known = |end: &String| known.iter().any(|table| end.starts_with(&format!("{table}.")));
    shown.joins.retain(|join| is_known(&join.left) && is_known(&join.right));
    for table in &mut shown.tables {
        let Some(grant) = policy.grant(&table.name) else { continue };
        let entity = table.entity.clone();
        table.columns.retain(|column| column.name == entity || grant.columns.contains_key(&column.name));
        for column in &mut table.columns {
            column.aliases.clear();
            if column.name == entity {
                column.kind = ColumnKind::Code;
            }
        }
        let name = format!("{}.csv", table.name);
        let encoding = Some("utf-8".to_owned());
        table.source = Source { path: Some(name.clone().into()), encoding, ..Source::default() };
        one(table, &out.join(&name), rows, &mut dice)?;
        written.push(name);
    }
    let described = toml::to_string(&shown).map_err(|error| wrong("dataset", &error.to_string()))?;
    let approved = toml::to_string(policy).map_err(|error| wrong("policy", &error.to_string()))?;
    for (name, text) in [("dataset.toml", described), ("policy.toml", approved)] {
        let path = out.join(name);
        std::fs::write(&path, text).map_err(SandboxError::files(&path))?;
        written.push(name.to_owned());
    }
    Ok(written)
}

fn one(table: &Table, path: &Path, rows: u64, dice: &mut ChaCha20Rng) -> Result<(), SandboxError> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let mut out = CsvWriter::create(path, &names, CsvStyle::default())?;
    for row in 0..rows {
        let mut cell = |at: usize| {
            if table.columns[at].nullable && dice.random_range(0..MISSING) == 0 {
                return String::new();
            }
            match table.domain(at) {
                // Not the form of any number that identifies somebody.
                Domain::Person if table.single => format!("P{row:09}"),
                Domain::Person => format!("P{:09}", dice.random_range(0..rows)),
                Domain::Text(values) => values[dice.random_range(0..values.len())].clone(),
                Domain::Day { from, to } => crate::answer::date(dice.random_range(from..=to)),
                Domain::Number { decimals, min, max } => {
                    crate::answer::written(dice.random_range(min..=max).into(), decimals)
                }
            }
        };
        out.row((0..names.len()).map(&mut cell))?;
    }
    out.finish().map(drop).map_err(Into::into)
}

#[cfg(test)]
mod tests;

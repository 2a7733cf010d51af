//! The manifest of a program: what it is, what it reads, what it gives.
//!
//! ```toml
//! [program]
//! name = "moves"
//! kind = "score"                    # or "aggregate"
//! table = "residents"
//! reads = ["age", "wage"]           # columns, in the order of their numbers in the program
//! each = "row"                      # of a score: or "person"
//!
//! [[column]]                        # what it gives: numbers within bounds, or texts of a list
//! name = "risk"
//! kind = "integer"
//! min = 0
//! max = 9
//! ```
//!
//! A score's columns stand beside the table's own in questions. Under disclosure control one that is summed up has 16 values at
//! most, since each is judged as a condition; in groups and conditions it may have more.

use super::Kind;
use crate::dataset::{Column, Dataset, Domain, plain_name, wrong};
use crate::error::SandboxError;
use crate::policy::{Grant, Policy, Use, Uses};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Columns that a program reads or gives, at most.
const MOST_COLUMNS: usize = 64;

/// Values of a column that is summed up under disclosure control, at most.
const MOST_SUMMED: i64 = 16;

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What it is and reads.
    pub program: About,
    /// What it gives.
    #[serde(rename = "column")]
    pub columns: Vec<Column>,
}

/// `[program]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The table that it reads.
    pub table: String,
    /// Which columns.
    pub reads: Vec<String>,
    /// What a score gives values to.
    #[serde(default)]
    pub each: Each,
}

/// What a score gives values to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Each {
    /// Every row.
    #[default]
    Row,
    /// Every person: all rows of one have the same.
    Person,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`SandboxError::Description`].
    pub fn parse(text: &str) -> Result<Self, SandboxError> {
        let read: Self = toml::from_str(text).map_err(|error| wrong("program", error.message()))?;
        plain_name("program.name", &read.program.name)?;
        for (what, many) in [("program.reads", read.program.reads.len()), ("column", read.columns.len())] {
            if !(1..=MOST_COLUMNS).contains(&many) {
                return Err(wrong(what, "there are 1 to 64 columns"));
            }
        }
        if read.program.kind == Kind::Aggregate && read.program.each == Each::Person {
            return Err(wrong("program.each", "it is for scores"));
        }
        let mut names = BTreeSet::new();
        for column in &read.columns {
            let place = format!("column.{}", column.name);
            plain_name(&place, &column.name)?;
            if column.name != column.name.to_lowercase() {
                return Err(wrong(&place, "names are in lower case"));
            }
            if !names.insert(&column.name) {
                return Err(wrong(&place, "columns have different names"));
            }
            column.domain().map_err(|why| wrong(&place, why))?;
            let set = column.mask.is_some() || column.shown.is_some() || column.amounts.is_some();
            if set || !column.aliases.is_empty() {
                return Err(wrong(&place, "it has a name, a kind, and bounds or values"));
            }
        }
        Ok(read)
    }

    /// What its columns can be.
    #[must_use]
    pub fn outputs(&self) -> Vec<Domain> {
        let domain = |column: &Column| column.domain().expect("looked at when the manifest was read");
        self.columns.iter().map(domain).collect()
    }

    /// The numbers in the table of the columns that it reads.
    ///
    /// A column that is not granted is refused as one that is not there. A score's columns go into conditions, and so does
    /// what it reads; what is shown less of is not read at all.
    ///
    /// # Errors
    /// [`SandboxError::NoPrograms`], [`SandboxError::NoSuch`], [`SandboxError::NotGranted`], [`SandboxError::Description`].
    pub fn reads(&self, policy: &Policy, dataset: &Dataset) -> Result<(usize, Vec<usize>), SandboxError> {
        let none = |name: &str| SandboxError::NoSuch { name: name.to_owned() };
        let About { table: name, reads, kind, .. } = &self.program;
        let grant = policy.grant(name).ok_or_else(|| none(name))?;
        let at = dataset.table(name).ok_or_else(|| none(name))?;
        if !grant.programs {
            return Err(SandboxError::NoPrograms { policy: policy.policy.name.clone(), table: name.clone() });
        }
        let table = &dataset.tables[at];
        if let (Kind::Score, Some(taken)) =
            (kind, self.columns.iter().find(|c| table.column(&c.name).is_some()))
        {
            // Said of every name that the table has, granted or not, so that no more is learnt than that it may not be used.
            return Err(wrong(&format!("column.{}", taken.name), "the name cannot be used"));
        }
        let read = |name: &String| {
            let told = format!("{}.{name}", self.program.table);
            let (Some(uses), Some(column)) = (grant.columns.get(name), table.column(name)) else {
                return Err(none(&told));
            };
            let wanted = match kind {
                Kind::Score => uses.0.contains(&Use::Compare),
                // Whom a row is about is a running number for it.
                Kind::Aggregate => true,
            };
            match wanted && !crate::masks::is_coarse(grant, &table.columns[column]) {
                true => Ok(column),
                false => {
                    Err(SandboxError::NotGranted { column: told, wanted: Use::Compare.name().to_owned() })
                }
            }
        };
        Ok((at, reads.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// The strictest level of what it reads.
    #[must_use]
    pub fn level(&self, dataset: &Dataset) -> String {
        let About { table, reads, .. } = &self.program;
        let columns = dataset.tables.iter().filter(|of| of.name == *table).flat_map(|of| &of.columns);
        let levels = columns.filter(|column| reads.contains(&column.name)).map(|column| &*column.level);
        crate::airlock::label::strictest(levels.chain([&*dataset.dataset.level]))
    }

    /// The data set and the policy with a score's columns beside those of its table.
    #[must_use]
    pub fn beside(&self, policy: &Policy, dataset: &Dataset) -> (Policy, Dataset) {
        let (mut policy, mut dataset) = (policy.clone(), dataset.clone());
        let (noisy, level) = (policy.private(dataset.dataset.mode).is_some(), self.level(&dataset));
        let name = &self.program.table;
        let table = dataset.tables.iter_mut().find(|table| table.name == *name);
        let grant: Option<&mut Grant> = policy.grants.iter_mut().find(|grant| grant.table == *name);
        let (Some(table), Some(grant)) = (table, grant) else { return (policy, dataset) };
        for column in &self.columns {
            let summed = noisy || column.domain().is_ok_and(|domain| is_summed(&domain));
            let mut uses: BTreeSet<Use> = [Use::GroupKey, Use::Compare].into();
            uses.extend(summed.then_some(Use::Aggregate));
            grant.columns.insert(column.name.clone(), Uses(uses));
            table.columns.push(Column {
                nullable: true,
                scored: !noisy,
                level: level.clone(),
                ..column.clone()
            });
        }
        (policy, dataset)
    }
}

/// Whether a column has so few values that each can be judged.
fn is_summed(domain: &Domain) -> bool {
    matches!(domain, Domain::Number { min, max, .. } if max - min < MOST_SUMMED)
}

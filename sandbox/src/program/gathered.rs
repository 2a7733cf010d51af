//! An aggregate as a worker is given it, and what it came to.

use super::aggregate::Aggregate;
use super::manifest::Manifest;
use super::scored::{as_text, of_text};
use super::{Failed, Limits, Machine, Output};
use crate::answer::{Answer, Field, date, written};
use crate::dataset::{Dataset, Domain};
use crate::error::SandboxError;
use crate::policy::Policy;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// An aggregate over the rows of a table.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gathering {
    /// The component.
    #[serde(serialize_with = "as_text", deserialize_with = "of_text")]
    component: Vec<u8>,
    /// Which columns of the table it reads.
    pub(crate) reads: Vec<usize>,
    outputs: Vec<Output>,
    pub(crate) limits: Limits,
    /// How long it may take in all.
    pub(crate) seconds: u64,
}

/// The component is long.
impl std::fmt::Debug for Gathering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gathering").field("reads", &self.reads).finish_non_exhaustive()
    }
}

/// Values of a table, row by row.
pub type Sheet = Vec<Vec<Option<i64>>>;

/// What an aggregate came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// Its table; nothing where it failed.
    pub sheet: Option<Sheet>,
    /// How many rows it saw.
    pub rows: u64,
    /// Of how many persons.
    pub persons: u64,
    /// Why it failed, for the operator.
    pub reason: Option<String>,
}

impl Gathering {
    /// An aggregate by its manifest; the number of its table, too.
    ///
    /// # Errors
    /// What it reads is not granted.
    pub fn of(
        manifest: &Manifest,
        component: Vec<u8>,
        policy: &Policy,
        dataset: &Dataset,
    ) -> Result<(usize, Self), SandboxError> {
        let (table, reads) = manifest.reads(policy, dataset)?;
        let outputs = manifest.outputs().iter().map(Output::of).collect();
        let (limits, seconds) = (policy.limits.program.clone(), policy.limits.seconds);
        Ok((table, Self { component, reads, outputs, limits, seconds }))
    }

    /// Started.
    pub(crate) fn started(&self, machine: &Machine, until: Instant) -> Result<Aggregate, Failed> {
        Aggregate::start(machine, &self.component, &self.outputs, &self.limits, until)
    }

    /// Values row after row as a table, if they are one: within the limits, and of what is declared.
    pub(crate) fn sheet(&self, values: &[i64]) -> Option<Sheet> {
        super::aggregate::sheet(values, &self.outputs, &self.limits).ok()
    }

    /// How many values there may be.
    pub(crate) fn cells(&self) -> usize {
        self.limits.cells
    }
}

impl Manifest {
    /// A table of this program as it is handed out.
    #[must_use]
    pub fn answer(&self, sheet: &Sheet) -> Answer {
        let domains = self.outputs();
        let is_number = |domain: &Domain| matches!(domain, Domain::Number { .. });
        let field = |(value, domain): (&Option<i64>, &Domain)| match (value, domain) {
            (Some(value), Domain::Number { decimals, .. }) => {
                written((*value).into(), *decimals).parse().map_or(Field::Missing, Field::Number)
            }
            (Some(value), Domain::Day { .. }) => Field::Text(date(*value)),
            (Some(value), Domain::Text(list)) => {
                let text = usize::try_from(*value).ok().and_then(|at| list.get(at));
                text.map_or(Field::Missing, |text| Field::Text(text.clone()))
            }
            _ => Field::Missing,
        };
        Answer {
            columns: self.columns.iter().zip(&domains).map(|(c, d)| (c.name.clone(), is_number(d))).collect(),
            rows: sheet.iter().map(|row| row.iter().zip(&domains).map(field).collect()).collect(),
            label: None,
        }
    }
}

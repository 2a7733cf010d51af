//! Programs: what a researcher has computed over granted rows by a WebAssembly component, and cannot be said in SQL.
//!
//! ```text
//! component ─▶ makeup: what it is made of ─▶ approved: by a person ─▶ machine ─▶ score:     a person's rows ─▶ columns ─▶ question
//!                                                                           └▶ aggregate: all rows ─▶ table ─▶ a person's review
//! ```
//!
//! # Security
//! A component has its own memory and what `guest/wit/yinshu.wit` says: no clock, no randomness, no files, no network, no
//! environment. What else it imports is a trap. Values go in and come out as whole numbers within declared bounds, so that
//! nothing hides in the bits of what is no number, in texts or in types.
//!
//! Whoever wrote it may try to carry somebody's row out in its result. A *score* sees one person at a time and remembers
//! nobody ([`score`]); its columns are judged as a `CASE` is. An *aggregate* sees everybody, and nothing it says is released
//! by rule ([`aggregate`]). Fuel, memory, time and the size of results are bounded by the policy; whoever asked is told of any
//! failure by one code, and the log has the reason for the operator.

pub mod aggregate;
pub mod approved;
mod driver;
pub mod gathered;
mod machine;
mod makeup;
pub mod manifest;
mod rows;
pub mod score;
pub mod scored;

pub use machine::Machine;
pub use makeup::{MOST_BYTES, Makeup, component};
pub use rows::{MISSING, Rows};

use crate::dataset::Domain;
use serde::{Deserialize, Serialize};

/// The functions that a score may call.
pub const PERSON: &str = "yinshu:program/person@0.1.0";

/// What a program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It gives values to the rows of one person at a time.
    Score,
    /// It sees all rows and gives one table.
    Aggregate,
}

impl Kind {
    /// As it stands in a manifest.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::Aggregate => "aggregate",
        }
    }

    /// What a component of this kind exports.
    fn exports(self) -> &'static [&'static str] {
        match self {
            Self::Score => &["score"],
            Self::Aggregate => &["batch", "finish"],
        }
    }
}

/// `[limits.program]` of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Instructions of a score for each row of a person.
    pub fuel: u64,
    /// Instructions of an aggregate, in all.
    pub fuel_in_all: u64,
    /// Memory of an instance, in MiB.
    pub memory_mib: u64,
    /// Rows of the table of an aggregate.
    pub rows: usize,
    /// Cells of it.
    pub cells: usize,
    /// Significant digits of its numbers.
    pub digits: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 1_000_000,
            fuel_in_all: 20_000_000_000,
            memory_mib: 64,
            rows: 200,
            cells: 1000,
            digits: 4,
        }
    }
}

impl Limits {
    /// Memory in bytes.
    fn memory(&self) -> usize {
        usize::try_from(self.memory_mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX)
    }
}

/// Why a program gave nothing: for the operator. Whoever asked is told that it did not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// It is no component, or none of its kind.
    #[error("it is no such program: {0}")]
    Unfit(String),
    /// It trapped: no fuel, no memory, no stack, a division by zero, an import that is not there.
    #[error("it trapped: {0}")]
    Trapped(String),
    /// Its time is over.
    #[error("its time is over")]
    Time,
    /// It gave more than it may.
    #[error("its table is too large: {0}")]
    Output(String),
    /// The machine itself.
    #[error("the machine failed: {0}")]
    Machine(String),
}

impl Failed {
    fn unfit(error: impl std::fmt::Display) -> Self {
        Self::Unfit(format!("{error:#}"))
    }

    fn machine(error: impl std::fmt::Display) -> Self {
        Self::Machine(format!("{error:#}"))
    }
}

/// What a program may give as a value of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The least.
    min: i64,
    /// The greatest.
    max: i64,
    /// Whether they are numbers, and no places in a list or days.
    number: bool,
}

impl Output {
    /// What is declared of a column.
    #[must_use]
    pub fn of(domain: &Domain) -> Self {
        match domain {
            Domain::Number { min, max, .. } => Self { min: *min, max: *max, number: true },
            Domain::Text(list) => {
                let max = i64::try_from(list.len()).unwrap_or(i64::MAX) - 1;
                Self { min: 0, max, number: false }
            }
            Domain::Day { from, to } => Self { min: *from, max: *to, number: false },
            // Whom a row is about is given by no program: nothing lies between these.
            Domain::Person | Domain::Pseudonym(_) => Self { min: 1, max: 0, number: false },
        }
    }

    /// A value that a program gave, if it is one of those that are declared.
    fn declared(self, value: i64) -> Option<i64> {
        (self.min..=self.max).contains(&value).then_some(value)
    }
}

#[cfg(test)]
pub(crate) mod tests;

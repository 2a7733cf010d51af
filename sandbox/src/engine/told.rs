//! What the owner of a data set is told of its tables once they were read: counts by column and reason, and no values.

use crate::dataset::Table;
use crate::error::SandboxError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use yinshu_data::clean::CleanBatch;
use yinshu_data::ident::Reason;

/// What the owner is told of a table: counts, and no values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Rows that are in.
    pub rows: u64,
    /// Rows that are not: nothing says whom they are about, or a value that is always there is missing.
    pub left_out: u64,
    /// By column, values that are missing since they are none of those that the description declares.
    pub undeclared: BTreeMap<String, u64>,
    /// By column and reason, values that cleaning could not read, so that they are missing.
    #[serde(default)]
    pub unread: BTreeMap<String, BTreeMap<Reason, u64>>,
    /// Rows in which nothing stands for whom they are about.
    #[serde(default)]
    pub nobody: u64,
    /// By column that is not nullable, rows that are left out since they have no value in it.
    #[serde(default)]
    pub without: BTreeMap<String, u64>,
    /// Rows that have too few or too many fields.
    #[serde(default)]
    pub ragged: u64,
}

impl Told {
    /// What cleaning could not read: the column, why, and how many values.
    pub fn reasons(&self) -> impl Iterator<Item = (&str, Reason, u64)> {
        self.unread.iter().flat_map(|(column, reasons)| {
            reasons.iter().map(|(reason, values)| (column.as_str(), *reason, *values))
        })
    }

    /// Of no row at all: what kept most of them out, and how many.
    fn most(&self) -> Option<(&str, Cause, u64)> {
        let unread = self.reasons().map(|(column, reason, rows)| (column, Cause::Unread(reason), rows));
        let undeclared =
            self.undeclared.iter().map(|(column, rows)| (column.as_str(), Cause::Undeclared, *rows));
        let without = self.without.iter().map(|(column, rows)| (column.as_str(), Cause::Missing, *rows));
        let others = [("", Cause::Nobody, self.nobody), ("", Cause::Ragged, self.ragged)];
        // Of those alike the first, which says most.
        let all = unread.chain(undeclared).chain(without).chain(others).filter(|(.., rows)| *rows > 0);
        all.fold(None, |most: Option<(&str, Cause, u64)>, one| match most {
            Some(known) if known.2 >= one.2 => Some(known),
            _ => Some(one),
        })
    }

    /// Counts what cleaning could not read, and rows in which nothing stands for whom they are about.
    pub(super) fn add(&mut self, clean: &CleanBatch, table: &Table, nobody: u64) {
        let rejected = clean.rejected.iter().map(|one| (&one.column, one.reason));
        let flagged = clean.flagged.iter().filter(|one| one.made_null).map(|one| (&one.column, one.reason));
        let unread_ids = flagged.clone().filter(|(column, _)| **column == table.entity).count() as u64;
        // Of a row that is ragged no column is at fault.
        for (column, reason) in rejected.chain(flagged).filter(|(column, _)| !column.is_empty()) {
            *self.unread.entry(column.clone()).or_default().entry(reason).or_default() += 1;
        }
        self.nobody += nobody.saturating_sub(unread_ids);
    }

    pub(super) fn no_rows(&self, table: &str) -> SandboxError {
        let (column, cause, values) = self.most().unwrap_or(("", Cause::Empty, 0));
        let reason = if let Cause::Unread(reason) = cause { Some(reason) } else { None };
        SandboxError::NoRows {
            table: table.to_owned(),
            left_out: self.left_out,
            column: column.to_owned(),
            values,
            cause: cause.name(),
            reason: reason.map_or("", Reason::as_str),
        }
    }
}

/// What keeps rows out.
#[derive(Clone, Copy)]
enum Cause {
    Unread(Reason),
    Undeclared,
    Missing,
    Nobody,
    Ragged,
    Empty,
}

impl Cause {
    fn name(self) -> &'static str {
        match self {
            Self::Unread(Reason::TestRegion) => "test-region",
            Self::Unread(_) => "unread",
            Self::Undeclared => "undeclared",
            Self::Missing => "missing",
            Self::Nobody => "nobody",
            Self::Ragged => "ragged",
            Self::Empty => "empty",
        }
    }
}

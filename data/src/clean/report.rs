//! What was done to a file, or to several.

use super::plan::Plan;
use super::{Flag, Reject};
use crate::ident::Rule;
use crate::ident::precision::Suspicion;
use crate::table::{ColumnKind, TableSpec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The report of a cleaning. Counts are of values; a row with two bad values counts twice among the rules and once
/// among the rejected rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CleanReport {
    /// Files added up.
    pub files: u64,
    /// Rows read, ragged ones included.
    pub rows_in: u64,
    /// Rows kept.
    pub rows_out: u64,
    /// Rows rejected: the difference.
    pub rows_rejected: u64,
    /// What each rule did.
    pub rules: BTreeMap<Rule, Counts>,
    /// Each column of the description.
    pub columns: Vec<ColumnReport>,
    /// Headers that no column asked for.
    pub extra_columns: Vec<String>,
    /// Optional columns that are not in the file: all null.
    pub missing_columns: Vec<String>,
    /// Variant and traditional characters in names, as `昇→升`, and how often (R09).
    pub possible_variants: BTreeMap<String, u64>,
    /// Columns with values that may have lost digits (R04).
    pub suspicious: Vec<SuspiciousColumn>,
}

/// What one rule did, in values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Values changed to the canonical form.
    pub normalised: u64,
    /// Values for which a row was rejected.
    pub rejected: u64,
    /// Values flagged in rows that were kept, those made null included.
    pub flagged: u64,
}

/// One column of the description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: ColumnKind,
    /// The header it was found under.
    pub header: Option<String>,
    /// Nulls among the rows read (of a column not in the file: none are counted).
    pub nulls: u64,
    /// Values for which a row was rejected.
    pub rejected: u64,
    /// Values flagged.
    pub flagged: u64,
    /// Invalid values made null, which are among the flagged.
    pub made_null: u64,
}

/// A column with values that may have lost digits (R04), and how many of them chance would give at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuspiciousColumn {
    /// Its name.
    pub column: String,
    /// Passing `…000` that chance gives at most ([`Suspicion::expected_at_most`]).
    pub expected_at_most: f64,
    /// What was seen.
    #[serde(flatten)]
    pub suspicion: Suspicion,
}

impl CleanReport {
    pub(super) fn of_plan(spec: &TableSpec, plan: &Plan, headers: &[String]) -> Self {
        let mut report = Self { files: 1, ..Self::default() };
        for (column, source) in spec.columns.iter().zip(plan) {
            let header = source.map(|at| headers[at].clone());
            match &header {
                Some(header) if *header != column.name => report.counts(Rule::R15).normalised += 1,
                Some(_) => {}
                None => report.missing_columns.push(column.name.clone()),
            }
            let (name, kind) = (column.name.clone(), column.kind);
            report.columns.push(ColumnReport {
                name,
                kind,
                header,
                nulls: 0,
                rejected: 0,
                flagged: 0,
                made_null: 0,
            });
        }
        let unasked = headers.iter().enumerate().filter(|(at, _)| !plan.contains(&Some(*at)));
        report.extra_columns = unasked.map(|(_, header)| header.clone()).collect();
        report
    }

    fn counts(&mut self, rule: Rule) -> &mut Counts {
        self.rules.entry(rule).or_default()
    }

    pub(super) fn add(
        &mut self,
        normalised: &[u64; Rule::ALL.len()],
        rejected: &[Reject],
        flagged: &[Flag],
        variants: BTreeMap<(char, char), u64>,
    ) {
        for (&rule, &count) in Rule::ALL.iter().zip(normalised).filter(|(_, count)| **count > 0) {
            self.counts(rule).normalised += count;
        }
        for reject in rejected {
            self.counts(reject.rule).rejected += 1;
            if let Some(column) = self.columns.iter_mut().find(|column| column.name == reject.column) {
                column.rejected += 1;
            }
        }
        for flag in flagged {
            self.counts(flag.rule).flagged += 1;
            if let Some(column) = self.columns.iter_mut().find(|column| column.name == flag.column) {
                column.flagged += 1;
                column.made_null += u64::from(flag.made_null);
            }
        }
        for ((variant, simple), count) in variants {
            *self.possible_variants.entry(format!("{variant}→{simple}")).or_default() += count;
        }
        self.rows_rejected = self.rows_in - self.rows_out;
    }

    /// Adds the report of another file of the same table. Headers are kept as the first file has them.
    pub fn merge(&mut self, other: &Self) {
        self.files += other.files;
        self.rows_in += other.rows_in;
        self.rows_out += other.rows_out;
        self.rows_rejected += other.rows_rejected;
        for (&rule, counts) in &other.rules {
            let mine = self.counts(rule);
            mine.normalised += counts.normalised;
            mine.rejected += counts.rejected;
            mine.flagged += counts.flagged;
        }
        for column in &other.columns {
            match self.columns.iter_mut().find(|mine| mine.name == column.name) {
                Some(mine) => {
                    mine.header = mine.header.take().or_else(|| column.header.clone());
                    mine.nulls += column.nulls;
                    mine.rejected += column.rejected;
                    mine.flagged += column.flagged;
                    mine.made_null += column.made_null;
                }
                None => self.columns.push(column.clone()),
            }
        }
        append_new(&mut self.extra_columns, &other.extra_columns);
        append_new(&mut self.missing_columns, &other.missing_columns);
        for (pair, count) in &other.possible_variants {
            *self.possible_variants.entry(pair.clone()).or_default() += count;
        }
        for column in &other.suspicious {
            match self.suspicious.iter_mut().find(|mine| mine.column == column.column) {
                Some(mine) => {
                    mine.suspicion.merge(&column.suspicion);
                    mine.expected_at_most = mine.suspicion.expected_at_most();
                }
                None => self.suspicious.push(column.clone()),
            }
        }
    }
}

fn append_new(mine: &mut Vec<String>, other: &[String]) {
    for name in other {
        if !mine.contains(name) {
            mine.push(name.clone());
        }
    }
}

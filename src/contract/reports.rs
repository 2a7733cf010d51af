//! `[reports]`: what many reporters report to two aggregators. The recipient leads and gets the figures; the provider helps.

use super::{ContractError, Draft, Terms};
use jiff::civil::Date;
use jiff::tz;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use yinshu_crypto::hash::Digest;
use yinshu_data::table::ColumnKind;
use yinshu_reports::{Kind, Measurement, ReportsError, SealKey, Task, task};

/// `[reports]`: the terms of reports.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportsTerms {
    /// What one report says.
    pub kind: ReportKind,
    /// The columns of a reporter's table, each row of which is a report: for a vector one for each number, else one.
    pub columns: Vec<String>,
    /// For a sum: the greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// For a vector: bits of each number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
    /// For a histogram: what may stand in the column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<String>,
    /// The first day of which reports count (UTC+8).
    pub from: Date,
    /// The last.
    pub until: Date,
    /// The recipient's key for reports (`yinshu reports key`).
    pub leader_key: SealKey,
    /// The provider's.
    pub helper_key: SealKey,
}

/// What one report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportKind {
    /// 0 or 1.
    Count,
    /// A whole number.
    Sum,
    /// One of several words.
    Histogram,
    /// Whole numbers.
    Vector,
}

impl ReportsTerms {
    /// As the protocol has it; nothing where what goes with the kind is not there, or something else is.
    fn kind(&self) -> Option<Kind> {
        let small = |count: usize| u32::try_from(count).ok();
        let alone = self.columns.len() == 1;
        match (self.kind, self.max, self.bits, self.buckets.is_empty()) {
            (ReportKind::Count, None, None, true) if alone => Some(Kind::Count),
            (ReportKind::Sum, Some(max), None, true) if alone => Some(Kind::Sum { max }),
            (ReportKind::Histogram, None, None, false) if alone => {
                Some(Kind::Histogram { buckets: small(self.buckets.len())? })
            }
            (ReportKind::Vector, None, Some(bits), true) => {
                Some(Kind::Vector { length: small(self.columns.len())?, bits })
            }
            _ => None,
        }
    }

    /// Whether this may be reported.
    pub fn admits(&self, measurement: &Measurement) -> bool {
        self.kind().is_some_and(|kind| kind.admits(measurement).is_ok())
    }

    /// What a row has to hold, for people.
    pub fn wanted(&self) -> String {
        match self.kind() {
            Some(Kind::Histogram { .. }) => self.buckets.join(" / "),
            kind => kind.map_or_else(String::new, |kind| kind.wanted()),
        }
    }

    /// What the figures are of: the words of a histogram, else the columns.
    pub fn names(&self) -> &[String] {
        if self.buckets.is_empty() { &self.columns } else { &self.buckets }
    }

    fn task(&self, agreement: Digest, smallest: u32) -> Option<Result<Task, ReportsError>> {
        let from = seconds(self.from)?;
        let until = seconds(self.until.tomorrow().ok()?)?;
        let (kind, leader, helper) = (self.kind()?, self.leader_key, self.helper_key);
        let smallest = smallest.into();
        Some(Task::new(task::Terms { agreement, kind, smallest, from, until, leader, helper }))
    }
}

/// When a day begins (UTC+8), in seconds since 1970.
fn seconds(day: Date) -> Option<u64> {
    let begins = day.to_zoned(tz::TimeZone::fixed(tz::offset(8))).ok()?;
    u64::try_from(begins.timestamp().as_second()).ok()
}

impl Terms {
    pub(super) fn check_reports(&self, reports: &ReportsTerms) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        let twice = |all: &[String]| all.iter().collect::<HashSet<_>>().len() < all.len();
        if reports.columns.is_empty() || twice(&reports.columns) || twice(&reports.buckets) {
            return wrong("reports", "there is a column, and none stands twice, nor a bucket");
        }
        for name in &reports.columns {
            let Some(column) = self.data.table.columns.iter().find(|column| &column.name == name) else {
                return wrong("reports.columns", "data.table has no such column");
            };
            let fits = match reports.kind {
                ReportKind::Histogram => !column.kind.is_identifier(),
                _ => column.kind == ColumnKind::Integer,
            };
            if !fits {
                let why = "it is of kind integer; for a histogram of any that does not identify";
                return wrong("reports.columns", why);
            }
        }
        let heading = &self.contract;
        if reports.from < heading.valid_from
            || reports.from > reports.until
            || reports.until >= heading.valid_until
        {
            return wrong(
                "reports.until",
                "the days of reports are in order and within those of the contract, and end a day before it at least: \
                 the last reports have to be judged and collected under it",
            );
        }
        match reports.task(Digest::ZERO, self.data.min_group_size) {
            None => wrong(
                "reports.kind",
                "a sum has max, a histogram buckets, a vector bits and may have several columns; nothing else",
            ),
            Some(Err(error)) => wrong("reports", &error.to_string()),
            Some(Ok(_)) => Ok(()),
        }
    }
}

impl Draft {
    /// The task of a contract for reports.
    pub fn task(&self) -> Result<Task, ContractError> {
        let reports = self.terms.reports.as_ref();
        let task = reports.and_then(|reports| reports.task(self.digest, self.terms.data.min_group_size));
        let why = "it has no coherent section of this name";
        task.and_then(Result::ok).ok_or_else(|| ContractError::incoherent("reports", why))
    }
}

#[cfg(test)]
mod tests;

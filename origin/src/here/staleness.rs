//! How old the returned rows are, and which files are older than promised.

use crate::defect::{Defect, DefectKind, Detail};
use crate::terms::Terms;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Age of the rows on the period's last day, in whole days; a quantile is the smallest age that at
/// least that share of the rows does not exceed (nearest rank).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    /// Rows with an update time.
    pub rows: u64,
    /// Rows without one, or with one that is no date.
    pub without: u64,
    /// Rows updated after the period's last day; their age counts as 0.
    pub after_period: u64,
    /// Half of the rows are no older.
    pub p50: Option<u32>,
    /// Nine in ten are no older.
    pub p90: Option<u32>,
    /// Ninety-nine in a hundred are no older.
    pub p99: Option<u32>,
    /// The oldest row.
    pub max: Option<u32>,
}

/// One file's newest row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileAge {
    /// Name of the file within the package.
    pub file: String,
    /// Rows of the file that could be kept.
    pub rows: u64,
    /// Its newest update; none if no row has one.
    pub newest: Option<Date>,
    /// Whether it is older than promised.
    pub stale: bool,
}

/// Gathers ages, row by row.
#[derive(Default)]
pub(crate) struct Clock {
    ages: BTreeMap<u32, u64>,
    sum: Ages,
    newest: Option<Date>,
    last: Option<(String, Option<Date>)>,
    file_rows: u64,
}

impl Clock {
    pub(crate) fn add(&mut self, update_time: Option<&str>, terms: &Terms) {
        self.file_rows += 1;
        let Some(updated) = update_time.and_then(|time| self.day(time.get(..10).unwrap_or(time))) else {
            self.sum.without += 1;
            return;
        };
        self.sum.rows += 1;
        self.newest = self.newest.max(Some(updated));
        let days = (terms.period.to - updated).get_days();
        self.sum.after_period += u64::from(days < 0);
        *self.ages.entry(u32::try_from(days).unwrap_or(0)).or_default() += 1;
    }

    /// Rows of one day tend to come together: a day is parsed once.
    fn day(&mut self, text: &str) -> Option<Date> {
        match &self.last {
            Some((last, day)) if last == text => *day,
            _ => {
                let day = text.parse().ok();
                self.last = Some((text.to_owned(), day));
                day
            }
        }
    }

    /// The file ends: how old is its newest row? A file without rows is as old as can be.
    pub(crate) fn end_file(&mut self, file: &str, terms: &Terms) -> (FileAge, Option<Defect>) {
        let newest = self.newest.take();
        let rows = std::mem::take(&mut self.file_rows);
        let fresh_from = terms.fresh_from();
        let stale = terms.update_time.is_some() && newest.is_none_or(|newest| newest < fresh_from);
        let defect = stale.then(|| Defect {
            file: Some(file.to_owned()),
            detail: Detail::Age {
                newest: newest.map(|day| day.to_string()),
                fresh_from: fresh_from.to_string(),
            },
            ..Defect::new(DefectKind::StaleFile)
        });
        (FileAge { file: file.to_owned(), rows, newest, stale }, defect)
    }

    pub(crate) fn finish(self) -> Ages {
        let quantile = |percent: u64| {
            let rank = (self.sum.rows * percent).div_ceil(100).max(1);
            let mut seen = 0;
            self.ages.iter().find(|(_, count)| {
                seen += **count;
                seen >= rank
            })
        };
        let day = |percent| quantile(percent).map(|(&days, _)| days);
        Ages { p50: day(50), p90: day(90), p99: day(99), max: day(100), ..self.sum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use proptest::prelude::*;

    #[test]
    fn a_file_one_day_old_is_stale_under_a_daily_promise() {
        let mut terms = sample::terms();
        terms.cadence_days = 1;
        let mut clock = Clock::default();
        clock.add(Some("2026-11-20 08:00:00"), &terms);
        clock.add(Some("2026-11-01 08:00:00"), &terms);
        assert_eq!(clock.end_file("a", &terms).1, None);
        clock.add(Some("2026-11-19 23:59:59"), &terms);
        let (age, defect) = clock.end_file("b", &terms);
        assert!(age.stale);
        assert_eq!(defect.expect("stale").kind, DefectKind::StaleFile);
        assert!(clock.end_file("empty", &terms).0.stale);
        clock.add(Some("2027-01-01"), &terms);
        clock.add(None, &terms);
        let ages = clock.finish();
        assert_eq!((ages.rows, ages.without, ages.after_period), (4, 1, 1));
        assert_eq!((ages.p50, ages.max), (Some(0), Some(19)));
    }

    proptest! {
        #[test]
        fn quantiles_are_nearest_rank(days in proptest::collection::vec(0u32..400, 1..200)) {
            let terms = sample::terms();
            let mut clock = Clock::default();
            let mut sorted = days.clone();
            sorted.sort_unstable();
            for &age in &days {
                let day = terms.period.to - jiff::Span::new().days(age);
                clock.add(Some(&day.to_string()), &terms);
            }
            let ages = clock.finish();
            let rank = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
            prop_assert_eq!(ages.p50, Some(rank(50)));
            prop_assert_eq!(ages.p90, Some(rank(90)));
            prop_assert_eq!(ages.p99, Some(rank(99)));
            prop_assert_eq!(ages.max, sorted.last().copied());
        }
    }
}

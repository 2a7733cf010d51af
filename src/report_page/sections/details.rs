//! What is known of a kind of defect beyond its number.

use super::super::Page;
use super::super::figures::{self, grouped};
use super::super::words::Words;
use yinshu_origin::DefectKind;
use yinshu_origin::grid::ReleasedGrid;

/// How many examples are named.
const NAMED: usize = 5;

/// A short text, empty if there is nothing more to say.
pub(in crate::report_page) fn of(page: &Page<'_>, words: Words, kind: DefectKind) -> String {
    let report = page.report;
    let parts: Vec<String> = match kind {
        DefectKind::CountMismatch => report.completeness.counts.wrong.iter().map(wrong_count(page)).collect(),
        DefectKind::MissingResident => largest(page, report.completeness.missing.as_ref(), true),
        DefectKind::MissingColumn => report.consistency.columns.missing.iter().cloned().collect(),
        DefectKind::SurplusColumn => report.consistency.columns.surplus.iter().cloned().collect(),
        DefectKind::SurplusRow => largest(page, Some(&report.consistency.surplus), false),
        DefectKind::InvalidKey => {
            let by_rule = report.accuracy.invalid_keys.iter();
            by_rule.map(|(rule, count)| format!("{} ({})", words.rule(rule), grouped(*count))).collect()
        }
        DefectKind::FieldDiffersLocal => differing(page, &report.accuracy.with_local),
        DefectKind::FieldDiffersSource => {
            differing(page, report.accuracy.with_source.as_deref().unwrap_or_default())
        }
        DefectKind::StaleFile => {
            report.timeliness.files.iter().filter(|file| file.stale).map(|file| file.file.clone()).collect()
        }
        _ => Vec::new(),
    };
    let more = if parts.len() > NAMED { "…" } else { "" };
    parts[..parts.len().min(NAMED)].join(words.comma()) + more
}

fn wrong_count(page: &Page<'_>) -> impl Fn(&yinshu_origin::here::counts::WrongCount) -> String {
    |wrong| {
        let difference = i128::from(wrong.found) - i128::from(wrong.promised);
        let (found, promised) = (grouped(wrong.found), grouped(wrong.promised));
        format!("{} {}: {found} / {promised} ({difference:+})", page.name(&wrong.division), wrong.day)
    }
}

/// Divisions with the most: of their parts, or of their people.
fn largest(page: &Page<'_>, grid: Option<&ReleasedGrid>, parts: bool) -> Vec<String> {
    let Some(grid) = grid else { return Vec::new() };
    let mut found: Vec<(&str, u64)> = figures::by_division(grid)
        .into_iter()
        .filter_map(|(code, counts)| counts.map(|(part, whole)| (code, if parts { part } else { whole })))
        .filter(|(_, count)| *count > 0)
        .collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    found.into_iter().map(|(code, count)| format!("{} ({})", page.name(code), grouped(count))).collect()
}

fn differing(page: &Page<'_>, rates: &[yinshu_origin::here::agreement::FieldRate]) -> Vec<String> {
    let differ = rates.iter().map(|rate| (rate, rate.compared - rate.same.min(rate.compared)));
    differ
        .filter(|(_, count)| *count > 0)
        .map(|(rate, count)| format!("{} ({})", page.name(&rate.column), grouped(count)))
        .collect()
}

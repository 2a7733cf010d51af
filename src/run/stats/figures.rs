//! What a receiver makes of the figures that were opened: lines with means and variances, models, and files.

mod files;
mod further;
mod models;
mod noise;

pub(super) use files::{further, json, sheets, write, write_further};
pub use further::{Bin, Histogram, Test};
pub(super) use further::{histograms, tests};
pub use noise::{NoiseOf, NoiseUsed, noise};

use super::compute::{Hidden, Opened, Shown};
use crate::contract::{Cut, Measure, Of, Scope, Statistic, StatsTerms, quantile_name};
use crate::run::intersect::sums::written;
pub(super) use crate::run::several::files::TOTAL;
use serde::Serialize;
use std::collections::BTreeMap;

/// How a figure is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// It may be shown.
    Shown,
    /// It has noise.
    Noised,
    /// The rule itself hides it: too few persons, or one of them has too much.
    Rule,
    /// Another that is hidden would follow from it.
    Complement,
}

impl Protection {
    fn of(stats: &StatsTerms, hidden: &Hidden, at: usize) -> Self {
        match (hidden.hidden[at], hidden.ruled[at]) {
            (false, _) if stats.noise.is_some() => Self::Noised,
            (false, _) => Self::Shown,
            (true, true) => Self::Rule,
            (true, false) => Self::Complement,
        }
    }

    /// The word for results.
    pub fn word(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Noised => "noised",
            Self::Rule => "rule",
            Self::Complement => "complement",
        }
    }
}

/// One cell or total.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The part of each cut, or `total`.
    pub place: Vec<String>,
    /// Whether it is hidden.
    pub hidden: bool,
    /// How it is protected.
    pub protection: Protection,
    /// How many persons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// `column.statistic` → the figure; none where it has no value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, Option<String>>,
    /// Of figures with noise, how far from the truth each is at most in 95 of 100 runs, before anything is hidden; of means to the
    /// first order, and none with few persons.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub half_widths: BTreeMap<String, String>,
}

/// The names of the figures told, in the order of the contract.
pub(super) fn told(stats: &StatsTerms) -> Vec<String> {
    let of = |measure: &Measure| {
        let words = measure.statistics.iter().map(|statistic| statistic.word().to_owned());
        let words = words.chain(measure.quantiles.iter().map(|&quantile| quantile_name(quantile)));
        words.map(|word| format!("{}.{word}", measure.column)).collect::<Vec<_>>()
    };
    stats.measures.iter().flat_map(of).chain(models::told(stats)).collect()
}

/// The heads of the columns.
pub fn heads(stats: &StatsTerms) -> Vec<String> {
    let cuts = stats.group_by.iter().map(|cut| Cut::name(cut).to_owned());
    cuts.chain(["hidden".to_owned(), "count".to_owned()]).chain(told(stats)).collect()
}

/// The figures of which half-widths are told: all, where there is noise.
pub(super) fn with_half_widths(stats: &StatsTerms) -> Vec<String> {
    if stats.noise.is_none() { Vec::new() } else { [vec!["count".to_owned()], told(stats)].concat() }
}

/// All cells and totals, where this party received them.
pub(super) fn lines(stats: &StatsTerms, opened: &Opened) -> Option<Vec<Line>> {
    let shown = opened.shown.as_ref()?;
    let ranked: BTreeMap<&str, &Vec<Option<i64>>> =
        opened.ranked.iter().map(|(name, values)| (name.as_str(), values)).collect();
    let (cells, cuts) = (stats.cells(), stats.group_by.len());
    let across = cells.shape().with_totals().columns;
    let part = |parts: &[String], at: usize| parts.get(at).map_or(TOTAL.to_owned(), Clone::clone);
    let line = |at: usize| {
        let place = [part(&cells.rows, at / across), part(&cells.columns, at % across)];
        let count = shown.counts[at];
        let covered = covered([cells.rows.len(), cells.columns.len(), across], at);
        let figures = count.map(|count| {
            let line = Known { stats, shown, at, count };
            let mut figures = line.measured(&ranked);
            figures.extend(models::figures(&line));
            (figures, noise::half_widths(&line, covered))
        });
        let (figures, half_widths) = figures.unwrap_or_default();
        Line {
            place: place.into_iter().take(cuts).collect(),
            hidden: opened.table.hidden[at],
            protection: Protection::of(stats, &opened.table, at),
            count,
            figures,
            half_widths,
        }
    };
    Some((0..opened.table.hidden.len()).map(line).collect())
}

/// Of how many cells a figure of a table with totals is the sum.
fn covered([rows, columns, across]: [usize; 3], at: usize) -> usize {
    let all = |part: usize, parts: usize| if part < parts { 1 } else { parts };
    all(at / across, rows) * all(at % across, columns)
}

/// What is known of a line that is shown.
struct Known<'a> {
    stats: &'a StatsTerms,
    shown: &'a Shown,
    at: usize,
    count: i64,
}

impl Known<'_> {
    /// Whether something with this scope is told of this line.
    fn within(&self, scope: Scope) -> bool {
        scope == Scope::Cells || self.at + 1 == self.shown.counts.len()
    }

    /// A sum, where it is told of this line.
    fn sum(&self, of: Of) -> Option<i128> {
        let number = self.stats.sums().iter().position(|figure| figure.of == of)?;
        self.shown.sums[number][self.at]
    }

    fn measured(&self, ranked: &BTreeMap<&str, &Vec<Option<i64>>>) -> BTreeMap<String, Option<String>> {
        let mut figures = BTreeMap::new();
        for (at, measure) in self.stats.measures.iter().enumerate() {
            let moments = [self.sum(Of::Values(at)), self.sum(Of::Products(at, at))];
            let of_rank = |name: &str| {
                let value = ranked.get(name).and_then(|values| values[self.at]).filter(|_| self.count > 0)?;
                Some(written(value.into(), measure.decimals as usize))
            };
            for &statistic in &measure.statistics {
                let name = format!("{}.{}", measure.column, statistic.word());
                let found = match statistic.ranked() {
                    true => of_rank(&name),
                    false => figure(measure, statistic, (self.count.into(), moments)),
                };
                figures.insert(name, found);
            }
            for &quantile in &measure.quantiles {
                let name = format!("{}.{}", measure.column, quantile_name(quantile));
                let found = of_rank(&name);
                figures.insert(name, found);
            }
        }
        figures
    }
}

/// A statistic from exact moments.
fn figure(
    measure: &Measure,
    statistic: Statistic,
    (n, [sum, squares]): (i128, [Option<i128>; 2]),
) -> Option<String> {
    let unit = 10f64.powi(measure.decimals.cast_signed());
    // The numerator is exact, so that nothing cancels.
    let variance = || {
        let (sum, squares) = (sum?, squares?);
        let numerator = (n > 1).then(|| n * squares - sum * sum)?;
        Some(numerator as f64 / n as f64 / (n - 1) as f64 / (unit * unit))
    };
    match statistic {
        Statistic::Count => Some(n.to_string()),
        Statistic::Sum => Some(written(sum?, measure.decimals as usize)),
        Statistic::Mean => (n > 0).then_some(sum? as f64 / n as f64 / unit).map(|mean| mean.to_string()),
        Statistic::Variance => variance().map(|variance| variance.to_string()),
        Statistic::Sd => variance().map(|variance| variance.sqrt().to_string()),
        Statistic::Median | Statistic::Min | Statistic::Max => None,
    }
}

#[cfg(test)]
mod tests_of_models;

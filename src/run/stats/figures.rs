//! What a receiver makes of the figures that were opened: lines with means and variances, and files.

use super::StatsRun;
use super::compute::Opened;
use crate::contract::{Cut, Measure, Statistic, StatsTerms};
use crate::problem::Problem;
use crate::run::intersect::sums::written;
use crate::tables::{Out, file_beside};
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// What stands for all parts of a cut.
pub(super) const TOTAL: &str = "total";

/// How a figure is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// It may be shown.
    Shown,
    /// The rule itself hides it: too few persons, or one of them has too much.
    Rule,
    /// Another that is hidden would follow from it.
    Complement,
}

impl Protection {
    fn of(hidden: bool, ruled: bool) -> Self {
        match (hidden, ruled) {
            (false, _) => Self::Shown,
            (true, true) => Self::Rule,
            (true, false) => Self::Complement,
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
}

/// The statistics told, in the order of the contract.
fn told(stats: &StatsTerms) -> impl Iterator<Item = (&Measure, Statistic, String)> {
    stats.measures.iter().flat_map(|measure| {
        let named = move |s: &Statistic| (measure, *s, format!("{}.{}", measure.column, s.word()));
        measure.statistics.iter().map(named)
    })
}

/// The heads of the columns.
pub fn heads(stats: &StatsTerms) -> Vec<String> {
    let cuts = stats.group_by.iter().map(|cut| Cut::name(cut).to_owned());
    let told = told(stats).map(|(_, _, name)| name);
    cuts.chain(["hidden".to_owned(), "count".to_owned()]).chain(told).collect()
}

/// All cells and totals, where this party received them.
pub(super) fn lines(stats: &StatsTerms, opened: &Opened) -> Option<Vec<Line>> {
    let shown = opened.shown.as_ref()?;
    let (cells, cuts) = (stats.cells(), stats.group_by.len());
    let across = cells.shape().with_totals().columns;
    let part = |parts: &[String], at: usize| parts.get(at).map_or(TOTAL.to_owned(), Clone::clone);
    let line = |(at, &hidden): (usize, &bool)| {
        let place = [part(&cells.rows, at / across), part(&cells.columns, at % across)];
        let count = shown[0][at];
        let figures =
            count.map(|count| figures(stats, [shown, &opened.medians], (at, count))).unwrap_or_default();
        let protection = Protection::of(hidden, opened.ruled[at]);
        Line { place: place.into_iter().take(cuts).collect(), hidden, protection, count, figures }
    };
    Some(opened.hidden.iter().enumerate().map(line).collect())
}

/// The statistics of a line that is shown.
fn figures(
    stats: &StatsTerms,
    [shown, medians]: [&[Vec<Option<i64>>]; 2],
    (at, count): (usize, i64),
) -> BTreeMap<String, Option<String>> {
    let (mut figures, mut next) = (BTreeMap::new(), 1);
    let mut moment = |there: bool| {
        let number = there.then_some(next);
        next += usize::from(there);
        number.and_then(|number| shown[number][at]).unwrap_or(0)
    };
    let mut medians = medians.iter();
    for measure in &stats.measures {
        let median = measure.median().then(|| medians.next()?[at]).flatten();
        let (sum, squares) = (moment(measure.sums()), moment(measure.squares()));
        for &statistic in &measure.statistics {
            let name = format!("{}.{}", measure.column, statistic.word());
            figures.insert(name, figure(measure, statistic, ([count, sum, squares], median)));
        }
    }
    figures
}

/// A statistic from exact moments.
fn figure(
    measure: &Measure,
    statistic: Statistic,
    ([count, sum, squares], median): ([i64; 3], Option<i64>),
) -> Option<String> {
    let (n, sum, squares) = (i128::from(count), i128::from(sum), i128::from(squares));
    let unit = 10f64.powi(measure.decimals.cast_signed());
    // The numerator is exact, so that nothing cancels.
    let variance = (n > 1).then(|| (n * squares - sum * sum) as f64 / (n * (n - 1)) as f64 / (unit * unit));
    match statistic {
        Statistic::Count => Some(count.to_string()),
        Statistic::Sum => Some(written(sum, measure.decimals as usize)),
        Statistic::Median => {
            let median = median.filter(|_| n > 0);
            median.map(|median| written(median.into(), measure.decimals as usize))
        }
        Statistic::Mean => (n > 0).then(|| (sum as f64 / n as f64 / unit).to_string()),
        Statistic::Variance => variance.map(|variance| variance.to_string()),
        Statistic::Sd => variance.map(|variance| variance.sqrt().to_string()),
    }
}

/// Writes the lines as a table: what is hidden stays empty.
pub(super) fn write(path: &Path, stats: &StatsTerms, lines: &[Line]) -> Result<(), Problem> {
    let heads = heads(stats);
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut columns: Vec<StringBuilder> = heads.iter().map(|_| StringBuilder::new()).collect();
    for line in lines {
        let hidden = if line.hidden { "1" } else { "0" };
        let said = line.place.iter().cloned().map(Some).chain([Some(hidden.to_owned())]);
        let said = said.chain([line.count.map(|count| count.to_string())]);
        let said = said.chain(told(stats).map(|(_, _, name)| line.figures.get(&name).cloned().flatten()));
        columns.iter_mut().zip(said).for_each(|(column, value)| column.append_option(value));
    }
    let arrays = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
    let batch =
        RecordBatch::try_from_iter_with_nullable(heads.iter().zip(arrays).map(|(h, a)| (*h, a, true)));
    let batch = batch.map_err(|_| Problem::internal("columns of unequal length in the output"))?;
    let mut out = Out::create(path, &heads)?;
    out.write(&batch)?;
    out.finish()
}

/// Writes all that is known of a run.
pub(super) fn json(path: &Path, done: &StatsRun) -> Result<(), Problem> {
    let text = serde_json::to_vec_pretty(done)
        .map_err(|e| Problem::internal(format!("a result does not serialise: {e}")))?;
    whole(path, &text)
}

/// Writes a file beside and renames it.
pub(super) fn whole(path: &Path, text: &[u8]) -> Result<(), Problem> {
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let mut file = file_beside(path).map_err(failed)?;
    file.write_all(text).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

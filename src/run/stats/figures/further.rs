//! What stands beside the table: histograms, and tests of differences.

use super::{Known, Line, Protection, TOTAL, models, noise};
use crate::contract::{NoiseOn, Of, StatsTerms, TTest};
use crate::run::intersect::sums::written;
use crate::run::stats::compute::Opened;
use serde::Serialize;
use yinshu_mpc::release::Released;
use yinshu_mpc::release::pattern::Shape;
use yinshu_mpc::stats::Moments;
use yinshu_mpc::stats::difference::{chi_square, welch};

/// A histogram over all rows, ending with the total.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// Of which column.
    pub column: String,
    /// Its bins.
    pub bins: Vec<Bin>,
}

/// A bin: `from` … below `to` (in the last one, `to` too).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// The least value.
    pub from: String,
    /// Where the next begins.
    pub to: String,
    /// How many; none where it is hidden.
    pub count: Option<i64>,
    /// How it is protected.
    pub protection: Protection,
    /// With noise, how far from the truth it is at most in 95 of 100 runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_width: Option<String>,
}

/// A test, where all that it needs is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Test {
    /// `t-test` or `chi-square`.
    pub kind: &'static str,
    /// Of what.
    pub of: String,
    /// Names and values; none where a figure that it needs is hidden, or it has no value.
    pub figures: Vec<(&'static str, Option<f64>)>,
}

/// The histograms, where this party received them.
pub(in crate::run::stats) fn histograms(stats: &StatsTerms, opened: &Opened) -> Vec<Histogram> {
    let Some(shown) = &opened.shown else { return Vec::new() };
    let measures = stats.measures.iter().filter(|measure| !measure.histogram.is_empty());
    let noised = noise::noised(stats);
    let width = |column: &str, bins: usize| {
        let at = stats.measure(column)?;
        let found = noised.iter().find(|noised| noised.on == NoiseOn::Histogram(at))?;
        Some(noise::half_width(found.scale.ratio(), bins).to_string())
    };
    let each = measures.zip(&shown.bins).zip(&opened.histograms);
    let histogram = |((measure, counts), hidden): ((&crate::contract::Measure, &Vec<Option<i64>>), _)| {
        let bounds: Vec<String> =
            measure.bins().into_iter().map(|bound| written(bound, measure.decimals as usize)).collect();
        let bin = |(at, &count): (usize, &Option<i64>)| {
            let total = at + 1 == bounds.len();
            let [from, to] = if total { [0, bounds.len() - 1] } else { [at, at + 1] };
            Bin {
                from: bounds[from].clone(),
                to: bounds[to].clone(),
                count,
                protection: Protection::of(stats, hidden, at),
                half_width: count
                    .and_then(|_| width(&measure.column, if total { bounds.len() - 1 } else { 1 })),
            }
        };
        Histogram { column: measure.column.clone(), bins: counts.iter().enumerate().map(bin).collect() }
    };
    each.map(histogram).collect()
}

/// The tests, where this party received the figures.
pub(in crate::run::stats) fn tests(stats: &StatsTerms, opened: &Opened, lines: &[Line]) -> Vec<Test> {
    let Some(shown) = &opened.shown else { return Vec::new() };
    let place = |line: &Line, cut: usize, part: &str| {
        line.place.iter().enumerate().all(|(at, of)| if at == cut { of == part } else { of == TOTAL })
    };
    let moments = |test: &TTest, part: &str| -> Option<Moments> {
        let cut = stats.group_by.iter().position(|cut| cut.name() == test.cut)?;
        let at = lines.iter().position(|line| place(line, cut, part))?;
        let known = Known { stats, shown, at, count: lines[at].count? };
        let measure = stats.measure(&test.column)?;
        let [sum, squares] = [known.sum(Of::Values(measure))?, known.sum(Of::Products(measure, measure))?];
        let unit = models::moments(&known).units[measure];
        Some(Moments::of(known.count.cast_unsigned(), vec![sum], &[(0, 0, squares)], vec![unit]))
    };
    let t_test = |test: &TTest| {
        let [a, b] = &test.parts;
        let both = moments(test, a).zip(moments(test, b)).filter(|(a, b)| a.count.min(b.count) > 1);
        let found = both.map(|(a, b)| welch(&a, &b));
        let figure = |f: &dyn Fn(&yinshu_mpc::stats::difference::Difference) -> f64| {
            found.as_ref().map(f).filter(|value| value.is_finite())
        };
        Test {
            kind: "t-test",
            of: format!("{}: {} {a} – {b}", test.column, test.cut),
            figures: vec![
                ("difference", figure(&|found| found.difference)),
                ("t", figure(&|found| found.t)),
                ("degrees", figure(&|found| found.degrees)),
                ("p", figure(&|found| found.p)),
                ("low95", figure(&|found| found.interval[0])),
                ("high95", figure(&|found| found.interval[1])),
            ],
        }
    };
    let independence = stats.chi_square.then(|| independence(stats, &shown.counts));
    stats.t_tests.iter().map(t_test).chain(independence).collect()
}

/// Chi-square over the two cuts, without parts that have nobody.
fn independence(stats: &StatsTerms, counts: &[Option<i64>]) -> Test {
    let (shape, of) =
        (stats.cells().shape(), stats.group_by.iter().map(crate::contract::Cut::name).collect::<Vec<_>>());
    let found = peopled(Shape { rows: shape.rows, columns: shape.columns }, counts);
    let found = found.and_then(|table| chi_square(&table));
    Test {
        kind: "chi-square",
        of: of.join(" × "),
        figures: vec![
            ("chi_square", found.map(|found| found.0)),
            ("degrees", found.map(|found| found.1 as f64)),
            ("p", found.map(|found| found.2)),
        ],
    }
}

/// The cells of rows and columns that have somebody; none where some cell is hidden.
fn peopled(shape: Shape, counts: &[Option<i64>]) -> Option<Released> {
    let across = shape.with_totals().columns;
    let cell = |row: usize, column: usize| counts[row * across + column].map(i64::cast_unsigned);
    let cells: Option<Vec<Vec<u64>>> =
        (0..shape.rows).map(|row| (0..shape.columns).map(|column| cell(row, column)).collect()).collect();
    let cells = cells?;
    let rows: Vec<&Vec<u64>> = cells.iter().filter(|row| row.iter().any(|count| *count > 0)).collect();
    let columns: Vec<usize> =
        (0..shape.columns).filter(|&column| rows.iter().any(|row| row[column] > 0)).collect();
    let shape = Shape { rows: rows.len(), columns: columns.len() };
    let width = shape.with_totals().columns;
    let mut counts = vec![Some(0); shape.with_totals().rows * width];
    for (at, row) in rows.iter().enumerate() {
        columns.iter().enumerate().for_each(|(to, &column)| counts[at * width + to] = Some(row[column]));
    }
    Some(Released { shape, counts, sums: Vec::new() })
}

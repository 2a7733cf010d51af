//! Whether two groups differ: the t tests, and chi-square of two-way tables.

use super::column::Column;
use super::distributions::{chi_square_above, student_beyond, student_point};
use super::moments::{Moments, moments};
use crate::araki16::{gram, same_length};
use crate::context::Context;
use crate::error::MpcError;
use crate::release::pattern::Shape;
use crate::release::{Released, Rule, enough, table};
use crate::ring::Z64;
use crate::shares::Shares;

/// The difference between the means of two groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Rows of both groups: of those with the mark, and the others.
    pub counts: [u64; 2],
    /// Means of both.
    pub means: [f64; 2],
    /// Standard deviations of both, over n - 1.
    pub deviations: [f64; 2],
    /// The first mean less the second.
    pub difference: f64,
    /// B. L. Welch's t (Biometrika, 1947): variances need not be equal.
    pub t: f64,
    /// Its degrees of freedom.
    pub degrees: f64,
    /// The probability of a t so far from 0 where the means are equal.
    pub p: f64,
    /// The difference lies in this range with 95 % confidence.
    pub interval: [f64; 2],
}

/// Compares the mean of a column over rows with a mark (shared integers 0 or 1) with that over the others; `None` where
/// either group is smaller than the rule's minimum (and than two).
///
/// # Cost
/// One product a limb and value, then that of [`moments`].
///
/// *Opened:* whether both groups are large enough; then of both count, sum and sum of squares.
///
/// # Errors
/// As [`moments`].
pub fn between(
    context: &mut Context,
    column: &Column,
    marks: &Shares<Z64>,
    rule: &Rule,
) -> Result<Option<Difference>, MpcError> {
    same_length("the marks of two groups", marks.len(), column.len())?;
    let others = marks.linear(|mark| -mark).plus_public(context.role(), Z64(1));
    of_groups(context, column, [marks, &others], rule)
}

/// As [`between`], of two groups that need not be all rows: marks of each, of which no row has both.
pub(crate) fn of_groups(
    context: &mut Context,
    column: &Column,
    [marks, others]: [&Shares<Z64>; 2],
    rule: &Rule,
) -> Result<Option<Difference>, MpcError> {
    let rows = column.len();
    same_length("the marks of two groups", marks.len(), rows)?;
    same_length("the marks of two groups", others.len(), rows)?;
    let rule = Rule { minimum: rule.minimum.max(2), percent: None };
    let counts = Shares::concat([&marks.sum(), &others.sum()]);
    if !enough(context, &counts, &rule, rows)?.iter().all(|enough| *enough) {
        return Ok(None);
    }
    let first = moments(context, &[column], Some(marks), &rule)?;
    let second = moments(context, &[column], Some(others), &rule)?;
    Ok(first.zip(second).map(|(first, second)| welch(&first, &second)))
}

/// Compares the means of the first columns of two groups' moments. Nothing is opened beyond these; not numbers where a group
/// has fewer than two rows, or neither varies.
pub fn welch(first: &Moments, second: &Moments) -> Difference {
    let both = [first, second];
    let [a, b] = both.map(|group| group.variance(0) / group.count as f64);
    let means = both.map(|group| group.mean(0));
    let counts = both.map(|group| group.count);
    let difference = means[0] - means[1];
    let t = difference / (a + b).sqrt();
    let degrees = (a + b).powi(2) / (a * a / (counts[0] as f64 - 1.0) + b * b / (counts[1] as f64 - 1.0));
    let reach = student_point(0.05, degrees) * (a + b).sqrt();
    Difference {
        counts,
        means,
        deviations: both.map(|group| group.deviation(0)),
        difference,
        t,
        degrees,
        p: student_beyond(t, degrees),
        interval: [difference - reach, difference + reach],
    }
}

/// Counts of two categories of the same rows, with as much of chi-square as may be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoWay {
    /// Counts with totals, some hidden.
    pub table: Released,
    /// Pearson's statistic, its degrees of freedom and its probability where the categories are independent: only where no
    /// cell is hidden and no row or column is empty.
    pub chi_square: Option<(f64, u64, f64)>,
}

/// Counts rows by two categories, each given as shared integers 0 or 1, a vector for each category of which one is 1 in
/// each row.
///
/// # Cost
/// One element for each cell whatever the number of rows, then that of [`table()`].
///
/// *Opened:* the pattern, and the counts that the rule shows.
///
/// # Errors
/// [`MpcError::Lengths`]; else as [`table()`].
pub fn two_way(
    context: &mut Context,
    rows: &[&Shares<Z64>],
    columns: &[&Shares<Z64>],
    rule: &Rule,
) -> Result<TwoWay, MpcError> {
    let len = rows.first().map_or(0, |mark| mark.len());
    let all: Vec<&Shares<Z64>> = rows.iter().chain(columns).copied().collect();
    let products = gram(context, &all)?;
    let place = |i: usize, j: usize| i * all.len() - i * (i + 1) / 2 + j;
    let cells: Vec<usize> = (0..rows.len())
        .flat_map(|row| (0..columns.len()).map(move |column| (row, column)))
        .map(|(row, column)| place(row, rows.len() + column))
        .collect();
    let shape = Shape { rows: rows.len(), columns: columns.len() };
    let table = table(context, shape, &products.gather(&cells), &[], None, (rule, len))?;
    let chi_square = chi_square(&table);
    Ok(TwoWay { table, chi_square })
}

/// Pearson's chi-square of a table of which nothing is hidden.
pub fn chi_square(table: &Released) -> Option<(f64, u64, f64)> {
    let Shape { rows, columns } = table.shape;
    let width = table.shape.with_totals().columns;
    let counts: Option<Vec<f64>> = table.counts.iter().map(|count| count.map(|count| count as f64)).collect();
    let counts = counts?;
    let at = |row: usize, column: usize| counts[row * width + column];
    let row_sums: Vec<f64> = (0..rows).map(|row| (0..columns).map(|column| at(row, column)).sum()).collect();
    let column_sums: Vec<f64> =
        (0..columns).map(|column| (0..rows).map(|row| at(row, column)).sum()).collect();
    let total: f64 = row_sums.iter().sum();
    if rows < 2 || columns < 2 || row_sums.iter().chain(&column_sums).any(|sum| *sum == 0.0) {
        return None;
    }
    let mut statistic = 0.0;
    for (row, row_sum) in row_sums.iter().enumerate() {
        for (column, column_sum) in column_sums.iter().enumerate() {
            let expected = row_sum * column_sum / total;
            statistic += (at(row, column) - expected).powi(2) / expected;
        }
    }
    let degrees = ((rows - 1) * (columns - 1)) as u64;
    Some((statistic, degrees, chi_square_above(statistic, degrees as f64)))
}

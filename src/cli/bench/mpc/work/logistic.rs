//! Logistic regression on the breast cancer data of Wisconsin (benches/data/README.md): trained in secret, judged in the
//! clear on the rows that were held back.

use super::Clock;
use yinshu_mpc::araki16::{input, open};
use yinshu_mpc::fixed::{decode, encode};
use yinshu_mpc::stats::logistic::{FEATURE, Rows, Schedule, train as descend};
use yinshu_mpc::{Context, MpcError, Role, Shares, Z64, verify};

/// The data as a CSV, the label last.
pub(in crate::cli::bench::mpc) const TABLE: &str =
    include_str!("../../../../../benches/data/breast_cancer.csv");

/// Standardised features lie in -2^RANGE … 2^RANGE.
const RANGE: u32 = 4;

/// How far a coefficient may be from that in double precision.
const MOST: f64 = 1e-3;

const SCHEDULE: Schedule = Schedule { epochs: 10, batches: 8, rate: 0.5 };

/// Column after column, and labels.
struct Table {
    features: Vec<Vec<f64>>,
    labels: Vec<f64>,
}

/// The rows to train on, and those to judge by: every fifth. Features are less the mean and over the standard deviation of
/// the rows to train on.
fn tables() -> [Table; 2] {
    let rows: Vec<Vec<f64>> = TABLE
        .lines()
        .skip(1)
        .map(|line| line.split(',').filter_map(|cell| cell.trim().parse().ok()).collect())
        .collect();
    let width = rows.first().map_or(0, |row: &Vec<f64>| row.len().saturating_sub(1));
    let part =
        |held: bool| rows.iter().enumerate().filter(move |(at, _)| (at % 5 == 0) == held).map(|(_, r)| r);
    let scales: Vec<(f64, f64)> = (0..width)
        .map(|column| {
            let n = part(false).count() as f64;
            let mean = part(false).map(|row| row[column]).sum::<f64>() / n;
            let variance = part(false).map(|row| (row[column] - mean).powi(2)).sum::<f64>() / n;
            (mean, variance.sqrt())
        })
        .collect();
    [false, true].map(|held| Table {
        features: scales
            .iter()
            .enumerate()
            .map(|(column, (mean, deviation))| {
                part(held).map(|row| (row[column] - mean) / deviation).collect()
            })
            .collect(),
        labels: part(held).map(|row| row[width]).collect(),
    })
}

pub(super) fn train(context: &mut Context, clock: &mut Clock) -> Result<(), MpcError> {
    let [known, held] = tables();
    let rows = known.labels.len();
    let mut columns = Vec::with_capacity(known.features.len());
    for (number, values) in known.features.iter().enumerate() {
        // Columns of two parties; the labels are the third's.
        let owner = Role::ALL[number % 2];
        let words = encode("a feature", values, FEATURE, FEATURE + RANGE)?;
        columns.push(input(context, owner, (context.role() == owner).then_some(&words[..]), rows)?);
    }
    let labels: Vec<Z64> = known.labels.iter().map(|&label| Z64(label as u64)).collect();
    let own = context.role() == Role::Third;
    let labels: Shares<Z64> = input(context, Role::Third, own.then_some(&labels[..]), rows)?;
    let columns: Vec<&Shares<Z64>> = columns.iter().collect();
    let (weights, fraction) = clock.time(context, |context| {
        let rows = Rows::new(context, &columns, &labels, RANGE)?;
        let weights = descend(context, &rows, SCHEDULE)?;
        Ok((verify(context, weights.shares().clone())?, weights.fraction()))
    })?;
    let weights = decode(&open(context, &weights)?, fraction);
    let expected = in_the_clear(&known);
    let error = weights.iter().zip(expected).map(|(found, expected)| (found - expected).abs());
    let error = error.fold(0.0, f64::max);
    clock.compare(error < MOST);
    let auc = auc(&held, &weights);
    clock.note(|outcome| (outcome.error, outcome.auc) = (Some(error), Some(auc)));
    Ok(())
}

/// The same descent in double precision.
fn in_the_clear(known: &Table) -> Vec<f64> {
    let (rows, width) = (known.labels.len(), known.features.len() + 1);
    let Schedule { epochs, batches, rate } = SCHEDULE;
    let feature = |column: usize, row: usize| if column == 0 { 1.0 } else { known.features[column - 1][row] };
    let mut weights = vec![0.0; width];
    for step in 0..epochs * batches {
        let at = step % batches;
        let batch = at * rows / batches..(at + 1) * rows / batches;
        let mut gradient = vec![0.0; width];
        for row in batch.clone() {
            let linear: f64 = weights.iter().enumerate().map(|(column, w)| w * feature(column, row)).sum();
            let off = 1.0 / (1.0 + (-linear).exp()) - known.labels[row];
            gradient.iter_mut().enumerate().for_each(|(column, sum)| *sum += off * feature(column, row));
        }
        let scale = rate / batch.len() as f64;
        weights.iter_mut().zip(gradient).for_each(|(w, g)| *w -= scale * g);
    }
    weights
}

/// How often a row of label 1 is given more than one of label 0: the area under the receiver operating characteristic.
fn auc(held: &Table, weights: &[f64]) -> f64 {
    let score = |row: usize| {
        let features = held.features.iter().zip(&weights[1..]);
        weights[0] + features.map(|(column, weight)| column[row] * weight).sum::<f64>()
    };
    let of = |label: f64| -> Vec<f64> {
        (0..held.labels.len()).filter(|&row| held.labels[row] == label).map(score).collect()
    };
    let (ones, zeros) = (of(1.0), of(0.0));
    let above = |one: &f64| -> f64 {
        zeros
            .iter()
            .map(|zero| {
                if one > zero {
                    1.0
                } else if one == zero {
                    0.5
                } else {
                    0.0
                }
            })
            .sum()
    };
    ones.iter().map(above).sum::<f64>() / (ones.len() * zeros.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_are_there_and_the_area_is_that_of_the_definition() {
        let [known, held] = tables();
        assert_eq!((known.labels.len(), held.labels.len(), known.features.len()), (455, 114, 30));
        let most = known.features.iter().flatten().fold(0.0f64, |most, value| most.max(value.abs()));
        assert!(most < f64::from(RANGE).exp2(), "{most}");
        let table = Table { features: vec![vec![1.0, 2.0, 3.0, 2.0]], labels: vec![0.0, 0.0, 1.0, 1.0] };
        // Of four pairs three are right and one is a draw.
        assert_eq!(auc(&table, &[0.0, 1.0]), 3.5 / 4.0);
    }
}

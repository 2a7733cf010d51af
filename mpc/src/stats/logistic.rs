//! Logistic regression: in secret by batches, or by open steps to the maximum of the likelihood.
//!
//! | function | what is opened on the way | outcome |
//! |---|---|---|
//! | [`train`] | nothing | secret coefficients after so many epochs of gradient descent |
//! | [`newton`] | for each step, the score and the information matrix: p + p(p + 1)/2 sums over all rows | the maximum of the likelihood, with standard errors |
//! | [`information`] | the score and the information matrix at coefficients that all know | standard errors of these |
//!
//! # Numbers
//!
//! Features have [`FEATURE`] bits after the point and lie in -2^range … 2^range; who declares `range` keeps to it where
//! features are encoded ([`crate::fixed::encode`]). Coefficients of [`train`] have [`WEIGHT`] bits after the point; how
//! large they can become follows from the rate and the number of steps, and a training whose sums could overflow is
//! refused before it begins.
//!
//! Errors: of a predicted probability below 1e-7; of the maximum found by [`newton`] about 1e-6 of a standard error
//! and below. What [`train`] makes differs from the same descent in double precision by less than 1e-4.

pub(crate) mod rare;

use super::distributions::{normal_beyond, normal_point};
use super::regression::{Coefficient, inverse};
use crate::araki16::{self, open, same_length};
use crate::bits::{less, open_any};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{Fixed, MAX_BOUND, bits_of, shift, within};
use crate::release::Rule;
use crate::ring::Z64;
use crate::shares::Shares;
use crate::transcend::sigmoid;
use crate::verified::verify;

/// Bits after the point of a feature.
pub const FEATURE: u32 = 16;
/// Bits after the point of a coefficient in training.
pub const WEIGHT: u32 = 24;
/// Bits after the point of weighted features.
const WEIGHTED: u32 = 24;

/// Relative error of an information matrix, about: what is less cannot be told from nothing.
const EXACT: f64 = 1e-6;

/// Rows of features and their labels.
pub struct Rows {
    /// Row after row, an intercept of 1 first in each.
    features: Shares<Z64>,
    /// 0 or 1 for each row.
    labels: Shares<Z64>,
    /// Which rows count: 0 or 1 for each.
    among: Shares<Z64>,
    /// Features of a row, the intercept among them.
    width: usize,
    /// Features lie in -2^range … 2^range.
    range: u32,
}

/// How coefficients are trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// How often all rows are gone through.
    pub epochs: usize,
    /// Into how many batches they are cut each time, in their order.
    pub batches: usize,
    /// How far a step goes along the mean gradient of its batch.
    pub rate: f64,
}

impl Rows {
    /// Columns of features at [`FEATURE`] bits after the point, and labels 0 or 1.
    ///
    /// # Errors
    /// [`MpcError::Lengths`]; [`MpcError::TooLarge`]: a range of more than 8 bits.
    pub fn new(
        context: &Context,
        columns: &[&Shares<Z64>],
        labels: &Shares<Z64>,
        range: u32,
    ) -> Result<Self, MpcError> {
        let ones = Shares::public(context.role(), &vec![Z64(1); labels.len()]);
        Self::among(columns, labels, &ones, range)
    }

    /// As [`Self::new`], of the rows where `among` (an integer 0 or 1) is 1; in the others features and labels are 0.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn among(
        columns: &[&Shares<Z64>],
        labels: &Shares<Z64>,
        among: &Shares<Z64>,
        range: u32,
    ) -> Result<Self, MpcError> {
        within("the features of a regression", range, 8)?;
        same_length("the rows that count", among.len(), labels.len())?;
        columns.iter().try_for_each(|column| same_length("a feature", column.len(), labels.len()))?;
        let (rows, width) = (labels.len(), columns.len() + 1);
        let ones = among.times(Z64(1 << FEATURE));
        let all = Shares::concat(std::iter::once(&ones).chain(columns.iter().copied()).collect::<Vec<_>>());
        let places: Vec<usize> = (0..rows * width).map(|at| at % width * rows + at / width).collect();
        Ok(Self { features: all.gather(&places), labels: labels.clone(), among: among.clone(), width, range })
    }

    /// How many rows count.
    fn count(&self) -> Shares<Z64> {
        self.among.sum()
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// Column after column, from row after row.
fn transposed(rows: &Shares<Z64>, width: usize) -> Shares<Z64> {
    let len = rows.len() / width;
    rows.gather(&(0..rows.len()).map(|at| at % len * width + at / len).collect::<Vec<_>>())
}

/// Coefficients by gradient descent in batches, from zero, the intercept first. They stay shared.
///
/// # Cost
/// For each step 2 products of matrices (an element for each row and each coefficient), and [`sigmoid`] of a batch: about 75
/// rounds.
///
/// # Errors
/// [`MpcError::TooLarge`]: sums could overflow; fewer steps, a smaller rate or a smaller range are needed;
/// [`MpcError::Undefined`]: not a row for each batch, or a rate that is not above 0; else a failure of a channel or a
/// misstep of a peer.
pub fn train(context: &mut Context, rows: &Rows, schedule: Schedule) -> Result<Fixed, MpcError> {
    let Schedule { epochs, batches, rate } = schedule;
    let (len, width) = (rows.len(), rows.width);
    if batches == 0 || len < batches || !(rate > 0.0 && rate.is_finite()) {
        return Err(MpcError::Undefined { what: "a training without rows or rate" });
    }
    // No coefficient goes further than all steps along the greatest features.
    let furthest = (epochs * batches) as f64 * rate * f64::from(rows.range).exp2();
    let weight_bits = WEIGHT + furthest.log2().ceil().max(0.0) as u32 + 1;
    let linear_bits = FEATURE + rows.range + weight_bits + bits_of(width);
    within("the predictions of a regression", linear_bits, MAX_BOUND)?;
    within("the predictions of a regression", linear_bits - FEATURE - WEIGHT, 26)?;
    let cut: Vec<_> = (0..batches).map(|at| at * len / batches..(at + 1) * len / batches).collect();
    let scaled = steps(context, rows, &cut, rate)?;
    let mut weights: Shares<Z64> = Shares::zeros(width);
    for _ in 0..epochs {
        for (range, features) in cut.iter().zip(&scaled) {
            let batch = rows.features.slice(range.start * width..range.end * width);
            let linear = araki16::matrix(context, (&batch, range.len()), (&weights, 1))?;
            // 2^-20 of a prediction is enough for a gradient.
            let linear = shift(context, &linear, FEATURE + WEIGHT - 20, linear_bits)?;
            let linear = Fixed::new(linear, 20, linear_bits + 20 - FEATURE - WEIGHT)?;
            let p = sigmoid(context, &linear)?;
            let labels = rows.labels.slice(range.clone()).times(Z64(1 << p.fraction()));
            let off = p.shares().minus(&labels);
            let step = araki16::matrix(context, (features, width), (&off, 1))?;
            let step = shift(context, &step, WEIGHTED + p.fraction() - WEIGHT, MAX_BOUND)?;
            weights = weights.minus(&step);
        }
    }
    Fixed::new(weights, WEIGHT, weight_bits)
}

/// Of each batch its features, column after column, times the rate over the number of its rows.
fn steps(
    context: &mut Context,
    rows: &Rows,
    cut: &[std::ops::Range<usize>],
    rate: f64,
) -> Result<Vec<Shares<Z64>>, MpcError> {
    let width = rows.width;
    let mut scaled = Vec::with_capacity(cut.len());
    for range in cut {
        let batch = rows.features.slice(range.start * width..range.end * width);
        // rate / rows with 24 bits after the point, so that the features keep their own.
        let factor = (rate / range.len() as f64 * 24f64.exp2()).round();
        let factor_bits = (factor.max(1.0).log2().ceil() as u32) + 1;
        within("a rate", FEATURE + rows.range + factor_bits, MAX_BOUND)?;
        // A feature so scaled, an error with 29 bits after the point, the sum over the rows.
        let sum = rows.range + factor_bits + 30 + bits_of(range.len());
        within("a gradient", sum, MAX_BOUND)?;
        scaled.push(transposed(&batch, width).times(Z64(factor as u64)));
    }
    let all = shift(context, &Shares::concat(&scaled), FEATURE + 24 - WEIGHTED, MAX_BOUND)?;
    Ok(all.split(scaled.iter().map(Shares::len)))
}

/// The score and the information matrix at coefficients that all know.
#[derive(Clone, Debug, PartialEq)]
pub struct Information {
    /// The gradient of the log-likelihood.
    pub score: Vec<f64>,
    /// Minus its second derivatives.
    pub matrix: Vec<Vec<f64>>,
}

/// Opens the score and the information matrix of a logistic regression at public coefficients, the intercept first.
///
/// # Cost
/// [`sigmoid`] and two products for each row, one for each feature, and an element for each sum: about 85 rounds.
///
/// *Opened:* whether rows are enough, as one bit; then these sums over all rows. Rows are enough where the rule's minimum
/// have each label, and where in each feature the minimum have another value than the commonest: sums over the mark of a
/// rare category would be sums over these few rows.
///
/// *Not covered:* few rows that have two categories of different features: the sum of the products of two marks is one over
/// these. Where categories are crossed, a table of them under the same rule comes first.
///
/// # Errors
/// [`MpcError::Lengths`]; [`MpcError::Exposing`]: fewer rows of a label, or with other than the commonest value of a
/// feature, than the rule's minimum, or no more rows than coefficients; [`MpcError::TooLarge`]: predictions could be above 2^12 in size, or there are more than 2^20 rows;
/// else a failure of a channel or a misstep of a peer.
pub fn information(
    context: &mut Context,
    rows: &Rows,
    at: &[f64],
    rule: &Rule,
) -> Result<Information, MpcError> {
    same_length("the coefficients", at.len(), rows.width)?;
    large_enough(context, rows, rule)?;
    sums(context, rows, at)
}

/// Rows of either label, and those with other than the commonest value of each feature, must be the rule's minimum at least;
/// and rows more than there are coefficients.
fn large_enough(context: &mut Context, rows: &Rows, rule: &Rule) -> Result<(), MpcError> {
    let refused = Err(MpcError::Exposing { what: "a logistic regression of few rows" });
    let minimum = rule.minimum.max(1);
    if (rows.len() as u64) < minimum.saturating_mul(2) || rows.len() <= rows.width {
        return refused;
    }
    let ones = rows.labels.sum();
    let zeros = rows.count().minus(&ones);
    let features = transposed(&rows.features, rows.width);
    let features = features.slice(rows.len()..features.len());
    let others = rare::others(context, &features, &rows.among, (FEATURE + rows.range) as usize + 2)?;
    // One bit for all: labels, features, and rows beyond the coefficients.
    let counts = Shares::concat([&ones, &zeros, &others, &rows.count()]);
    let mut limits = vec![Z64(minimum); counts.len() - 1];
    limits.push(Z64(rows.width as u64 + 1));
    let limits = Shares::public(context.role(), &limits);
    let small = less(context, &counts, &limits, bits_of(rows.len() + 1) as usize + 2)?;
    if open_any(context, &small, counts.len())? { refused } else { Ok(()) }
}

fn sums(context: &mut Context, rows: &Rows, at: &[f64]) -> Result<Information, MpcError> {
    let (len, width, range) = (rows.len(), rows.width, rows.range);
    // Coefficients with 30 bits after the point, fewer where they are large.
    let most = at.iter().map(|c| c.abs()).sum::<f64>().max(1.0).log2().ceil() as u32;
    within("the predictions of a regression", range + most, 12)?;
    let fine = 30.min(MAX_BOUND - FEATURE - range - most - 1);
    let constants: Vec<Z64> =
        at.iter().map(|c| Z64::from((c * f64::from(fine).exp2()).round() as i64)).collect();
    let columns = transposed(&rows.features, width).split(vec![len; width]);
    let linear =
        columns.iter().zip(&constants).fold(Shares::zeros(len), |sum, (x, &c)| sum.plus(&x.times(c)));
    let keep = 28.min(46 - range - most - 1);
    let linear = shift(context, &linear, FEATURE + fine - keep, MAX_BOUND)?;
    let p = sigmoid(context, &Fixed::new(linear, keep, keep + range + most + 1)?)?;
    let shares = p.shares();
    // p(1 - p) at 28 bits after the point.
    let other = shares.linear(|value| -value).plus_public(context.role(), Z64(1 << p.fraction()));
    let spread = crate::fixed::products(context, &[(shares, &other, 2 * p.fraction() - 28)])?.remove(0);
    let off = rows.labels.times(Z64(1 << p.fraction())).minus(shares);
    within("a score", FEATURE + range + 30 + bits_of(len), 63)?;
    let all = transposed(&rows.features, width);
    let score = araki16::matrix(context, (&all, width), (&off, 1))?;
    // The features weighted, at 24 bits after the point; their products with features.
    let spreads = vec![&spread; width];
    let weighted =
        crate::fixed::products(context, &[(&all, &Shares::concat(spreads), FEATURE + 28 - WEIGHTED)])?;
    within("an information matrix", FEATURE + WEIGHTED + 2 * range + bits_of(len), 62)?;
    let matrix = araki16::matrix(context, (&weighted[0], width), (&rows.features, width))?;
    let upper: Vec<usize> = (0..width).flat_map(|i| (i..width).map(move |j| i * width + j)).collect();
    let opened = verify(context, Shares::concat([&score, &matrix.gather(&upper)]))?;
    let opened = open(context, &opened)?;
    let number = |word: &Z64, fraction: u32| word.signed() as f64 / f64::from(fraction).exp2();
    let score = opened[..width].iter().map(|word| number(word, FEATURE + p.fraction())).collect();
    let mut matrix = vec![vec![0.0; width]; width];
    for (place, word) in upper.iter().zip(&opened[width..]) {
        let (i, j) = (place / width, place % width);
        matrix[i][j] = number(word, FEATURE + WEIGHTED);
        matrix[j][i] = matrix[i][j];
    }
    Ok(Information { score, matrix })
}

impl Information {
    /// Coefficients with standard errors and 95 % confidence intervals (A. Wald).
    ///
    /// # Errors
    /// [`MpcError::Undefined`]: the matrix has no inverse.
    pub fn coefficients(&self, at: &[f64]) -> Result<Vec<Coefficient>, MpcError> {
        let inverse =
            inverse(&self.matrix, EXACT).ok_or(MpcError::Undefined { what: "a logistic regression" })?;
        let reach = normal_point(0.05);
        let each = at.iter().enumerate().map(|(place, &value)| {
            let error = inverse[place][place].sqrt();
            let interval = [value - reach * error, value + reach * error];
            Coefficient { value, error, p: normal_beyond(value / error), interval }
        });
        Ok(each.collect())
    }

    /// Coefficients and information of the features themselves, from those of features less their middle over their scale
    /// (these two for each but the intercept).
    pub(crate) fn rescaled(&self, at: &[f64], scales: &[(f64, f64)]) -> (Vec<f64>, Self) {
        let slopes = at[1..].iter().zip(scales).map(|(value, (_, scale))| value / scale);
        let mut moved = vec![at[0]];
        moved.extend(slopes);
        for (place, (middle, _)) in scales.iter().enumerate() {
            moved[0] -= moved[place + 1] * middle;
        }
        // A feature is its middle times the intercept and its scale times what was computed with.
        let back = |row: &[f64]| -> Vec<f64> {
            let rest =
                row[1..].iter().zip(scales).map(|(value, (middle, scale))| middle * row[0] + scale * value);
            std::iter::once(row[0]).chain(rest).collect()
        };
        let half: Vec<Vec<f64>> = self.matrix.iter().map(|row| back(row)).collect();
        let width = half.len();
        let turned: Vec<Vec<f64>> =
            (0..width).map(|column| back(&half.iter().map(|row| row[column]).collect::<Vec<_>>())).collect();
        (moved, Self { score: back(&self.score), matrix: turned })
    }

    /// Where I. Newton's next step goes, and how far that is in standard errors at most.
    fn step(&self, at: &[f64]) -> Result<(Vec<f64>, f64), MpcError> {
        let inverse =
            inverse(&self.matrix, EXACT).ok_or(MpcError::Undefined { what: "a logistic regression" })?;
        let mut furthest = 0.0f64;
        let each = at.iter().zip(&inverse).enumerate().map(|(place, (value, row))| {
            let step: f64 = row.iter().zip(&self.score).map(|(a, b)| a * b).sum();
            furthest = furthest.max(step.abs() / row[place].sqrt());
            value + step
        });
        Ok((each.collect(), furthest))
    }
}

/// The maximum of the likelihood, by at most `steps` of I. Newton's steps from zero, until one goes less than a millionth of
/// a standard error.
///
/// *Opened:* whether rows are enough, as in [`information`]; then for each step the score and the information matrix, sums over all
/// rows. What [`information`] does not cover is not covered here either; and several steps say more than one.
///
/// # Errors
/// As [`information`]; [`MpcError::Undefined`] where it does not converge, as with groups that a feature separates.
pub fn newton(
    context: &mut Context,
    rows: &Rows,
    steps: usize,
    rule: &Rule,
) -> Result<Vec<Coefficient>, MpcError> {
    let (at, information) = maximum(context, rows, steps, rule)?;
    information.coefficients(&at)
}

/// The coefficients that [`newton`] finds, and the information there.
pub(crate) fn maximum(
    context: &mut Context,
    rows: &Rows,
    steps: usize,
    rule: &Rule,
) -> Result<(Vec<f64>, Information), MpcError> {
    large_enough(context, rows, rule)?;
    let mut at = vec![0.0; rows.width];
    for _ in 0..steps {
        let information = sums(context, rows, &at)?;
        let (next, furthest) = information.step(&at)?;
        if furthest < 1e-6 {
            return Ok((at, information));
        }
        at = next;
    }
    Err(MpcError::Undefined { what: "a logistic regression that does not converge" })
}

#[cfg(test)]
mod tests;

//! Linear regression from exact moments.

use super::distributions::{fisher_above, student_beyond, student_point};
use super::moments::Moments;
use crate::error::MpcError;

/// A coefficient with what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficient {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// The probability of an estimate so far from 0 where the coefficient is 0.
    pub p: f64,
    /// The coefficient lies in this range with 95 % confidence.
    pub interval: [f64; 2],
}

/// An ordinary least squares fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// The intercept, and then a coefficient for each explaining column.
    pub coefficients: Vec<Coefficient>,
    /// The part of the variance that is explained.
    pub r_squared: f64,
    /// The standard deviation of what is not, with n - p - 1 degrees of freedom.
    pub residual: f64,
    /// The probability of so great a part where nothing is explained (F test).
    pub p: f64,
}

/// Regresses a column on others, all of the same moments. Nothing is opened beyond these.
///
/// The normal equations are solved by A.-L. Cholesky's method for columns scaled to variance 1, from centred sums of products
/// that are exact.
///
/// # Errors
/// [`MpcError::Undefined`]: a column is constant or follows from others, or there are not more rows than coefficients.
pub fn linear(moments: &Moments, explaining: &[usize], explained: usize) -> Result<Linear, MpcError> {
    let undefined = MpcError::Undefined { what: "a linear regression" };
    let (n, p) = (moments.count as f64, explaining.len());
    let free = n - p as f64 - 1.0;
    let scale = |column: usize| (moments.centred(column, column) as f64).sqrt();
    let total = scale(explained);
    if free < 1.0 || total == 0.0 || explaining.iter().any(|&column| scale(column) == 0.0) {
        return Err(undefined);
    }
    let part = |i: usize, j: usize| moments.correlation(i, j);
    let matrix: Vec<Vec<f64>> =
        explaining.iter().map(|&i| explaining.iter().map(|&j| part(i, j)).collect()).collect();
    let inverse = inverse(&matrix, 1e-13).ok_or(undefined)?;
    let right: Vec<f64> = explaining.iter().map(|&i| part(i, explained)).collect();
    let standard: Vec<f64> = inverse.iter().map(|row| dot(row, &right)).collect();
    let r_squared = dot(&standard, &right).clamp(0.0, 1.0);
    // Sums of squares about the means, in units.
    let square = |column: usize| scale(column) / n.sqrt() * moments.units[column];
    let residual = square(explained) * ((1.0 - r_squared) / free).sqrt();
    let slopes: Vec<f64> =
        explaining.iter().zip(&standard).map(|(&i, b)| b * square(explained) / square(i)).collect();
    let means: Vec<f64> = explaining.iter().map(|&i| moments.mean(i)).collect();
    let intercept = moments.mean(explained) - dot(&slopes, &means);
    let scaled: Vec<f64> = explaining.iter().zip(&means).map(|(&i, mean)| mean / square(i)).collect();
    let spread: f64 = inverse.iter().zip(&scaled).map(|(row, mean)| mean * dot(row, &scaled)).sum();
    let errors = explaining.iter().enumerate().map(|(at, &i)| residual * inverse[at][at].sqrt() / square(i));
    let errors = std::iter::once(residual * (1.0 / n + spread).sqrt()).chain(errors);
    let reach = student_point(0.05, free);
    let values = std::iter::once(intercept).chain(slopes.iter().copied());
    let coefficients = values
        .zip(errors)
        .map(|(value, error)| Coefficient {
            value,
            error,
            p: student_beyond(value / error, free),
            interval: [value - reach * error, value + reach * error],
        })
        .collect();
    let p = fisher_above(r_squared / p as f64 / ((1.0 - r_squared) / free), p as f64, free);
    Ok(Linear { coefficients, r_squared, residual, p })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The inverse of a symmetric positive definite matrix; `None` where of some column no more than the part `least` does not
/// follow from those before it.
pub(super) fn inverse(matrix: &[Vec<f64>], least: f64) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let mut lower = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let sum = matrix[i][j] - dot(&lower[i][..j], &lower[j][..j]);
            if i == j {
                // Not a number fails too.
                if sum.is_nan() || sum <= least * matrix[i][i].abs() {
                    return None;
                }
                lower[i][i] = sum.sqrt();
            } else {
                lower[i][j] = sum / lower[j][j];
            }
        }
    }
    let mut columns = Vec::with_capacity(n);
    for unit in 0..n {
        let mut x = vec![0.0; n];
        for i in 0..n {
            let one = if i == unit { 1.0 } else { 0.0 };
            x[i] = (one - dot(&lower[i][..i], &x[..i])) / lower[i][i];
        }
        for i in (0..n).rev() {
            let above: f64 = (i + 1..n).map(|k| lower[k][i] * x[k]).sum();
            x[i] = (x[i] - above) / lower[i][i];
        }
        columns.push(x);
    }
    Some(columns)
}

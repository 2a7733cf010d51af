//! Figures in the clear, to compare with.

/// The mean.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The covariance, with n - 1.
pub(crate) fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let (p, q) = (mean(a), mean(b));
    a.iter().zip(b).map(|(a, b)| (a - p) * (b - q)).sum::<f64>() / (a.len() as f64 - 1.0)
}

/// The standard deviation.
pub(crate) fn sd(values: &[f64]) -> f64 {
    covariance(values, values).sqrt()
}

/// The correlation.
pub(crate) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    covariance(a, b) / (sd(a) * sd(b))
}

/// Welch's t.
pub(crate) fn t(a: &[f64], b: &[f64]) -> f64 {
    let square = |values: &[f64]| covariance(values, values) / values.len() as f64;
    (mean(a) - mean(b)) / (square(a) + square(b)).sqrt()
}

/// Least squares with an intercept.
pub(crate) struct Fit {
    /// Of each explaining column: the slope and its standard error.
    pub(crate) slopes: Vec<[f64; 2]>,
    pub(crate) intercept: f64,
    pub(crate) r2: f64,
}

/// Fits by the normal equations of deviations from the means, whose matrix is turned round by Gauss and Jordan.
pub(crate) fn fit(explained: &[f64], explaining: &[&[f64]]) -> Fit {
    let k = explaining.len();
    let mut rows: Vec<Vec<f64>> = (0..k)
        .map(|i| {
            let products = (0..k).map(|j| covariance(explaining[i], explaining[j]));
            products.chain((0..k).map(|j| f64::from(u8::from(i == j)))).collect()
        })
        .collect();
    for at in 0..k {
        let pivot = rows[at][at];
        rows[at].iter_mut().for_each(|value| *value /= pivot);
        let own = rows[at].clone();
        for row in rows.iter_mut().enumerate().filter(|(other, _)| *other != at).map(|(_, row)| row) {
            let times = row[at];
            row.iter_mut().zip(&own).for_each(|(value, own)| *value -= times * own);
        }
    }
    let with: Vec<f64> = explaining.iter().map(|column| covariance(column, explained)).collect();
    let slope = |i: usize| (0..k).map(|j| rows[i][k + j] * with[j]).sum::<f64>();
    let all = covariance(explained, explained);
    let slopes: Vec<f64> = (0..k).map(slope).collect();
    let r2 = slopes.iter().zip(&with).map(|(slope, with)| slope * with).sum::<f64>() / all;
    let free = explained.len() as f64 - k as f64 - 1.0;
    let error = |i: usize| (all * (1.0 - r2) / free * rows[i][k + i]).sqrt();
    let means = slopes.iter().zip(explaining).map(|(slope, column)| slope * mean(column)).sum::<f64>();
    Fit {
        intercept: mean(explained) - means,
        slopes: slopes.iter().enumerate().map(|(i, slope)| [*slope, error(i)]).collect(),
        r2,
    }
}

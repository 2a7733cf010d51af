//! The same figures in the clear: the oracles of [`crate::stats`], over rows that everybody sees. Two passes over the
//! data, so that they share nothing with the formulas from moments.

/// The mean.
pub fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// The covariance, over n - 1.
pub fn covariance(x: &[f64], y: &[f64]) -> f64 {
    let (a, b) = (mean(x), mean(y));
    x.iter().zip(y).map(|(x, y)| (x - a) * (y - b)).sum::<f64>() / (x.len() as f64 - 1.0)
}

/// The correlation.
pub fn correlation(x: &[f64], y: &[f64]) -> f64 {
    covariance(x, y) / (covariance(x, x) * covariance(y, y)).sqrt()
}

/// The quantile at rank 1 + (n - 1)p, between two ranks in proportion.
pub fn quantile(x: &[f64], p: f64) -> f64 {
    let mut sorted = x.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = (x.len() - 1) as f64 * p;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

/// C. Gini's coefficient as half the mean difference of all pairs over the mean.
pub fn gini(x: &[f64]) -> f64 {
    let differences: f64 = x.iter().flat_map(|a| x.iter().map(move |b| (a - b).abs())).sum();
    differences / (2.0 * (x.len() as f64).powi(2) * mean(x))
}

/// Coefficients of least squares, the intercept first, with their standard errors, and R²: by Gauss's elimination of the
/// normal equations with pivots.
pub fn least_squares(columns: &[Vec<f64>], y: &[f64]) -> (Vec<f64>, Vec<f64>, f64) {
    let n = y.len();
    let mut all = vec![vec![1.0; n]];
    all.extend(columns.iter().cloned());
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let matrix: Vec<Vec<f64>> = all.iter().map(|a| all.iter().map(|b| dot(a, b)).collect()).collect();
    let inverse = inverse(matrix);
    let right: Vec<f64> = all.iter().map(|a| dot(a, y)).collect();
    let fit: Vec<f64> = inverse.iter().map(|row| dot(row, &right)).collect();
    let rest: f64 =
        (0..n).map(|row| (y[row] - (0..all.len()).map(|j| fit[j] * all[j][row]).sum::<f64>()).powi(2)).sum();
    let free = (n - all.len()) as f64;
    let errors = (0..all.len()).map(|j| (rest / free * inverse[j][j]).sqrt()).collect();
    let total = covariance(y, y) * (n as f64 - 1.0);
    (fit, errors, 1.0 - rest / total)
}

/// The inverse of a matrix by elimination with pivots.
pub fn inverse(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = matrix.len();
    for (i, row) in matrix.iter_mut().enumerate() {
        row.extend((0..n).map(|j| if i == j { 1.0 } else { 0.0 }));
    }
    for at in 0..n {
        let pivot =
            (at..n).max_by(|&a, &b| matrix[a][at].abs().total_cmp(&matrix[b][at].abs())).unwrap_or(at);
        matrix.swap(at, pivot);
        let scale = matrix[at][at];
        matrix[at].iter_mut().for_each(|value| *value /= scale);
        let row = matrix[at].clone();
        for (_, other) in matrix.iter_mut().enumerate().filter(|(number, _)| *number != at) {
            let factor = other[at];
            other.iter_mut().zip(&row).for_each(|(value, pivot)| *value -= factor * pivot);
        }
    }
    matrix.into_iter().map(|row| row[n..].to_vec()).collect()
}

/// The survival curve: for each time with events, who was at risk, the events, and the part that has had none.
pub fn kaplan_meier(times: &[u64], events: &[bool]) -> Vec<(u64, u64, u64, f64)> {
    let mut distinct: Vec<u64> =
        times.iter().zip(events).filter(|(_, event)| **event).map(|(time, _)| *time).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let mut survival = 1.0;
    let step = |time: u64| {
        let at_risk = times.iter().filter(|other| **other >= time).count();
        let ended = times.iter().zip(events).filter(|(other, event)| **other == time && **event).count();
        survival *= 1.0 - ended as f64 / at_risk as f64;
        (time, at_risk as u64, ended as u64, survival)
    };
    distinct.into_iter().map(step).collect()
}

/// Logistic regression by I. Newton's method, to convergence: coefficients, the intercept first, and standard errors.
pub fn logistic(columns: &[Vec<f64>], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut all = vec![vec![1.0; y.len()]];
    all.extend(columns.iter().cloned());
    let mut fit = vec![0.0; all.len()];
    let mut errors = fit.clone();
    for _ in 0..50 {
        let p: Vec<f64> = (0..y.len())
            .map(|row| 1.0 / (1.0 + (-(0..all.len()).map(|j| fit[j] * all[j][row]).sum::<f64>()).exp()))
            .collect();
        let information = all
            .iter()
            .map(|a| {
                all.iter().map(|b| (0..y.len()).map(|i| a[i] * b[i] * p[i] * (1.0 - p[i])).sum()).collect()
            })
            .collect();
        let inverse = inverse(information);
        let score: Vec<f64> = all.iter().map(|a| (0..y.len()).map(|i| a[i] * (y[i] - p[i])).sum()).collect();
        for j in 0..all.len() {
            fit[j] += inverse[j].iter().zip(&score).map(|(a, b)| a * b).sum::<f64>();
            errors[j] = inverse[j][j].sqrt();
        }
    }
    (fit, errors)
}

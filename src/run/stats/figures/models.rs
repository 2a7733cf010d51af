//! What is worked out of sums of products: weighted means, correlations, regressions.

use super::Known;
use crate::contract::{Correlation, Of, Regression, StatsTerms};
use std::collections::BTreeMap;
use yinshu_mpc::stats::Moments;
use yinshu_mpc::stats::regression::linear;

/// The names, in the order of the contract.
pub(super) fn told(stats: &StatsTerms) -> Vec<String> {
    let means =
        stats.weighted_means.iter().map(|mean| format!("weighted_mean.{}.{}", mean.column, mean.weight));
    let pairs = stats.correlations.iter().flat_map(Correlation::pairs);
    let pairs = pairs.flat_map(|[a, b]| ["covariance", "correlation"].map(|word| format!("{word}.{a}.{b}")));
    let regressions = stats.regressions.iter().flat_map(|model| {
        let of = |word: &str| format!("regression.{}.{word}", model.explained);
        let columns = std::iter::once("intercept").chain(model.explaining.iter().map(String::as_str));
        let names =
            columns.flat_map(|column| [of(column), of(&format!("{column}.se")), of(&format!("{column}.p"))]);
        names.chain(["r2", "residual_sd"].map(of)).collect::<Vec<_>>()
    });
    means.chain(pairs).chain(regressions).collect()
}

/// Those of a line, where their sums are told of it.
pub(super) fn figures(line: &Known<'_>) -> BTreeMap<String, Option<String>> {
    let (stats, moments) = (line.stats, moments(line));
    let mut figures = BTreeMap::new();
    let mut say =
        |name: String, value: f64| figures.insert(name, value.is_finite().then(|| value.to_string()));
    for mean in &stats.weighted_means {
        if let Some([column, weight]) = both(stats, &mean.column, &mean.weight) {
            let name = format!("weighted_mean.{}.{}", mean.column, mean.weight);
            say(name, moments.weighted_mean(column, weight));
        }
    }
    let correlations = stats.correlations.iter().filter(|model| line.within(model.scope) && line.count > 1);
    for [a, b] in correlations.flat_map(Correlation::pairs) {
        let Some([i, j]) = both(stats, a, b) else { continue };
        say(format!("covariance.{a}.{b}"), moments.covariance(i, j));
        say(format!("correlation.{a}.{b}"), moments.correlation(i, j));
    }
    for model in stats.regressions.iter().filter(|model| line.within(model.scope)) {
        regression(line, &moments, model, &mut |name, value| drop(say(name, value)));
    }
    figures
}

fn regression(line: &Known<'_>, moments: &Moments, model: &Regression, say: &mut dyn FnMut(String, f64)) {
    let number = |column: &String| line.stats.measure(column);
    let explaining: Option<Vec<usize>> = model.explaining.iter().map(number).collect();
    let Some((explaining, explained)) = explaining.zip(number(&model.explained)) else { return };
    // Where a column is constant or follows from others there is no answer.
    let Ok(found) = linear(moments, &explaining, explained) else { return };
    let of = |word: &str| format!("regression.{}.{word}", model.explained);
    let columns = std::iter::once("intercept").chain(model.explaining.iter().map(String::as_str));
    for (column, coefficient) in columns.zip(&found.coefficients) {
        say(of(column), coefficient.value);
        say(of(&format!("{column}.se")), coefficient.error);
        say(of(&format!("{column}.p")), coefficient.p);
    }
    say(of("r2"), found.r_squared);
    say(of("residual_sd"), found.residual);
}

/// The numbers of two measures.
fn both(stats: &StatsTerms, a: &str, b: &str) -> Option<[usize; 2]> {
    stats.measure(a).zip(stats.measure(b)).map(|(a, b)| [a, b])
}

/// All moments that are told of a line.
pub(super) fn moments(line: &Known<'_>) -> Moments {
    let stats = line.stats;
    let sums = (0..stats.measures.len()).map(|at| line.sum(Of::Values(at)).unwrap_or(0)).collect();
    let known = stats.sums().into_iter().filter_map(|figure| match figure.of {
        Of::Products(i, j) => line.sum(figure.of).map(|product| (i, j, product)),
        Of::Values(_) => None,
    });
    let units = stats.measures.iter().map(|measure| 10f64.powi(-measure.decimals.cast_signed())).collect();
    Moments::of(line.count.cast_unsigned(), sums, &known.collect::<Vec<_>>(), units)
}

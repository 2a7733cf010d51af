//! How much noise is in figures, for people: of each its mechanism, its ε, and how far it is from the truth in 95 runs of 100.

use super::Known;
use crate::contract::{NoiseOn, Noised, Statistic, StatsTerms};
use crate::run::intersect::sums::written;
use serde::Serialize;
use std::collections::BTreeMap;
use yinshu_audit::{Amount, Price};

/// What the noise of a run is, and what it costs each owner.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoiseUsed {
    /// `discrete-laplace`.
    pub mechanism: &'static str,
    /// What is charged to each owner's data set.
    pub price: Price,
    /// By figure.
    pub figures: Vec<NoiseOf>,
}

/// The noise of a figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoiseOf {
    /// `count`, `wage.sum`, `wage.histogram`.
    pub figure: String,
    /// Its ε.
    pub epsilon: Amount,
    /// What one row adds at most.
    pub sensitivity: String,
    /// In 95 of 100 cells the figure is off by no more than this.
    pub half_width: String,
}

/// The mechanism's name.
const MECHANISM: &str = "discrete-laplace";

fn decimals(stats: &StatsTerms, on: NoiseOn) -> usize {
    match on {
        NoiseOn::Sum(at) => stats.measures[at].decimals as usize,
        NoiseOn::Count | NoiseOn::Histogram(_) => 0,
    }
}

/// The figures with noise of a checked contract.
pub(super) fn noised(stats: &StatsTerms) -> Vec<Noised> {
    stats.noised().expect("the contract's noise was checked with it")
}

/// The noise of a contract, where it has any.
pub fn noise(stats: &StatsTerms) -> Option<NoiseUsed> {
    let price = stats.price().expect("the contract's noise was checked with it")?;
    let of = |noised: &Noised| {
        let decimals = decimals(stats, noised.on);
        NoiseOf {
            figure: noised.figure.clone(),
            epsilon: noised.epsilon,
            sensitivity: written(noised.sensitivity.cast_signed(), decimals),
            half_width: written(half_width(noised.scale.ratio(), 1), decimals),
        }
    };
    Some(NoiseUsed { mechanism: MECHANISM, price, figures: noised(stats).iter().map(of).collect() })
}

/// The least whole number that the noise of a figure exceeds at most 5 times in 100, either way; of a total, that of so many
/// cells together: by the normal distribution, corrected by the fourth moment (E. A. Cornish, R. A. Fisher, 1938).
pub(super) fn half_width(scale: f64, cells: usize) -> i128 {
    let r = (-1.0 / scale).exp();
    if cells == 1 {
        // Pr[|X| > h] = 2 r^(h + 1) / (1 + r).
        return ((scale * (40.0 / (1.0 + r)).ln()).ceil() as i128 - 1).max(0);
    }
    const Z: f64 = 1.959_963_985;
    let n = cells as f64;
    let deviation = (n * 2.0 * r).sqrt() / (1.0 - r);
    let excess = (1.0 + 4.0 * r + r * r) / (2.0 * r) / n;
    ((Z + (Z.powi(3) - 3.0 * Z) / 24.0 * excess) * deviation).ceil() as i128
}

/// The half-widths of a line's figures, by name; of so many cells.
pub(super) fn half_widths(line: &Known<'_>, cells: usize) -> BTreeMap<String, String> {
    let stats = line.stats;
    let mut widths = BTreeMap::new();
    if stats.noise.is_none() {
        return widths;
    }
    let noised = noised(stats);
    let of = |on: NoiseOn| {
        let found = noised.iter().find(|noised| noised.on == on)?;
        Some(half_width(found.scale.ratio(), cells))
    };
    let count = of(NoiseOn::Count).unwrap_or(0);
    widths.insert("count".to_owned(), count.to_string());
    for (at, measure) in stats.measures.iter().enumerate() {
        let decimals = measure.decimals as usize;
        for &statistic in &measure.statistics {
            let width = match statistic {
                Statistic::Count => Some(count.to_string()),
                Statistic::Sum => of(NoiseOn::Sum(at)).map(|width| written(width, decimals)),
                Statistic::Mean => of(NoiseOn::Sum(at)).and_then(|width| mean(line, at, (width, count))),
                _ => None,
            };
            widths.extend(width.map(|width| (format!("{}.{}", measure.column, statistic.word()), width)));
        }
    }
    widths
}

/// Of a quotient, from both: to the first order, and nothing where the count is within its own noise of zero.
fn mean(line: &Known<'_>, at: usize, (sum, count): (i128, i128)) -> Option<String> {
    let n = i128::from(line.count);
    let value = line.sum(crate::contract::Of::Values(at))? as f64 / n as f64;
    let width = (sum as f64).hypot(value * count as f64) / n as f64;
    let decimals = line.stats.measures[at].decimals;
    (n > count).then(|| format!("{:.*}", decimals as usize + 2, width / 10f64.powi(decimals.cast_signed())))
}

/// Of each figure what its noise is, and what the run costs, as rows beside a table.
pub(super) fn rows(noise: &NoiseUsed) -> Vec<Vec<Option<String>>> {
    let row = |of: &str, figure: &str, value: String| {
        let said = ["noise", of, figure].map(|text| Some(text.to_owned()));
        said.into_iter().chain([Some(value), Some("noised".to_owned())]).collect()
    };
    let each = noise.figures.iter().flat_map(|of| {
        [
            row(&of.figure, "mechanism", noise.mechanism.to_owned()),
            row(&of.figure, "epsilon", of.epsilon.to_string()),
            row(&of.figure, "sensitivity", of.sensitivity.clone()),
            row(&of.figure, "half_width95", of.half_width.clone()),
        ]
    });
    let price = [("rho", Some(noise.price.rho)), ("epsilon", noise.price.epsilon)];
    let price = price.into_iter().filter_map(|(name, amount)| Some(row("run", name, amount?.to_string())));
    each.chain(price).collect()
}

#[cfg(test)]
mod tests {
    use super::half_width;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn half_widths_hold_in_95_of_100() {
        for (seed, scale, cells) in
            [(1, 1.0, 1), (2, 40.0, 1), (3, 0.5, 2), (4, 40.0, 2), (5, 3.0, 5), (6, 1000.0, 90)]
        {
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            let r = f64::exp(-1.0 / scale);
            let mut geometric = || {
                let uniform = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
                ((1.0 - uniform).ln() / r.ln()).floor() as i128
            };
            let width = half_width(scale, cells);
            let runs = 20_000;
            let mut within = [0, 0];
            for _ in 0..runs {
                let total: i128 = (0..cells).map(|_| geometric() - geometric()).sum();
                within[0] += usize::from(total.abs() <= width);
                within[1] += usize::from(total.abs() < width);
            }
            let [within, narrower] = within.map(|count| f64::from(count as u32) / f64::from(runs));
            assert!(within > 0.945, "{scale} {cells}: {width} holds {within}");
            // Nor is it much wider than that.
            assert!(narrower < 0.957, "{scale} {cells}: {width} is wide, {narrower}");
        }
    }
}

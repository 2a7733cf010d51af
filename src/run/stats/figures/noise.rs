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
    /// What one person adds at most.
    pub sensitivity: String,
    /// In 95 of 100 cells the figure is off by no more than this, before anything is hidden.
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
    // Not 1 - r, of which nothing is left where the scale is great.
    let rest = -(-1.0 / scale).exp_m1();
    if cells == 1 {
        // Pr[|X| > h] = 2 r^(h + 1) / (1 + r).
        return ((scale * (40.0 / (1.0 + r)).ln()).ceil() as i128 - 1).max(0);
    }
    const Z: f64 = 1.959_963_985;
    let n = cells as f64;
    let deviation = (n * 2.0 * r).sqrt() / rest;
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

/// A quotient's width is told from so many widths of its count on: at three of them it holds in 9 of 10 runs, and soon in 95
/// of 100; with fewer persons the first order says nothing.
const SURE: i128 = 3;

/// The half-width of a quotient, from those of both, to the first order.
fn of_quotient(sum: i128, count: i128, [of_sum, of_count]: [i128; 2]) -> Option<f64> {
    let value = sum as f64 / count as f64;
    let width = (of_sum as f64).hypot(value * of_count as f64) / count as f64;
    (count >= SURE * of_count.max(1)).then_some(width)
}

fn mean(line: &Known<'_>, at: usize, (sum, count): (i128, i128)) -> Option<String> {
    let width = of_quotient(line.sum(crate::contract::Of::Values(at))?, line.count.into(), [sum, count])?;
    let decimals = line.stats.measures[at].decimals;
    Some(format!("{:.*}", decimals as usize + 2, width / 10f64.powi(decimals.cast_signed())))
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
    use super::{half_width, of_quotient};
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha20Rng;

    /// A draw of the noise of this scale.
    fn laplace(rng: &mut ChaCha20Rng, scale: f64) -> i128 {
        let mut geometric = || {
            let uniform = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
            ((1.0 - uniform).ln() * -scale).floor() as i128
        };
        geometric() - geometric()
    }

    #[test]
    fn half_widths_hold_in_95_of_100() {
        for (seed, scale, cells) in
            [(1, 1.0, 1), (2, 40.0, 1), (3, 0.5, 2), (4, 40.0, 2), (5, 3.0, 5), (6, 1000.0, 90)]
        {
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            let width = half_width(scale, cells);
            let runs = 20_000;
            let mut within = [0, 0];
            for _ in 0..runs {
                let total: i128 = (0..cells).map(|_| laplace(&mut rng, scale)).sum();
                within[0] += usize::from(total.abs() <= width);
                within[1] += usize::from(total.abs() < width);
            }
            let [within, narrower] = within.map(|count| f64::from(count as u32) / f64::from(runs));
            assert!(within > 0.945, "{scale} {cells}: {width} holds {within}");
            // Nor is it much wider than that.
            assert!(narrower < 0.957, "{scale} {cells}: {width} is wide, {narrower}");
        }
    }

    #[test]
    fn a_great_scale_has_a_width() {
        // As 1 - exp(-1/scale), a scale of 10^17 is none.
        let [one, many] = [1, 4].map(|cells| half_width(1e17, cells) as f64 / 1e17);
        assert!((one - 20f64.ln()).abs() < 1e-6, "{one}");
        assert!((many / (half_width(1e9, 4) as f64 / 1e9) - 1.0).abs() < 1e-6, "{many}");
    }

    #[test]
    fn widths_of_means_hold_where_there_are_many() {
        // How much greater than its width the count is, the value of each person, and the scales of counts and sums.
        let cases = [(3, 5_000, 4.0, 20_000.0, 0.90), (3, 5_000, 40.0, 1.0, 0.90)];
        let cases = cases.into_iter().chain([(20, 5_000, 4.0, 20_000.0, 0.945), (20, -70, 40.0, 1.0, 0.945)]);
        for (seed, (times, value, of_counts, of_sums, least)) in cases.enumerate() {
            let mut rng = ChaCha20Rng::seed_from_u64(seed as u64);
            let widths = [of_sums, of_counts].map(|scale| half_width(scale, 1));
            let truth = times * widths[1];
            let (mut told, mut within) = (0, 0);
            for _ in 0..20_000 {
                let count = truth + laplace(&mut rng, of_counts);
                let sum = truth * value + laplace(&mut rng, of_sums);
                let Some(width) = of_quotient(sum, count, widths) else { continue };
                told += 1;
                within += u32::from((sum as f64 / count as f64 - value as f64).abs() <= width);
            }
            let within = f64::from(within) / f64::from(told);
            assert!(told > 9_000 && within > least, "{times} {value}: {within} of {told}");
            assert!(within < 0.995, "{times} {value}: {within}, wider than need be");
        }
        // Where the count may be a third of what is told, there is none.
        assert_eq!(of_quotient(1_000, 29, [5, 10]), None);
        assert!(of_quotient(1_000, 30, [5, 10]).is_some() && of_quotient(0, 0, [5, 0]).is_none());
    }
}

//! `[stats.noise]`: figures with noise in place of exact ones.
//!
//! *Neighbours* are two tables of one owner: all rows of one person are in one of them and none in the other, all else being the
//! same. At most one row of a person counts, and no row decides on those of others (`run::stats::own`); it is in one cell and one bin,
//! so that cells partition persons: noise on all cells of a figure costs what it costs on one. Figures are told one after the
//! other of the same persons: what they cost adds up. What one person adds to a figure is 1 to a count, and to a sum the
//! greatest amount within the declared bounds of the column. A person with rows in the tables of several owners is protected by
//! each owner's budget for those there.

use super::StatsTerms;
use super::measures::bits;
use crate::contract::ContractError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use yinshu_audit::{Amount, Price};
use yinshu_mpc::noise::{RELEASE_BITS, Scale, within_release};

/// A unit of ε: 10^-9.
const NANO: u128 = 1_000_000_000;

/// The most ε of a run: beyond, it is noise by name alone.
const MAX_EPSILON: u128 = 4 * NANO;

/// The most of a weight.
const MAX_WEIGHT: u32 = 1000;

/// Bits of a figure with its noise, and without a sign.
const NOISED_BITS: u32 = 62;

/// `[stats.noise]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseTerms {
    /// ε of all figures of a run together, at most 9 digits after the point.
    pub epsilon: Amount,
    /// How it is divided: by figure, `count`, `wage.sum` or `wage.histogram`, a weight; 1 where nothing is said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, u32>,
}

/// What gets noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoiseOn {
    /// How many persons are in each cell.
    Count,
    /// The sum of a measure in each cell.
    Sum(usize),
    /// How many values are in each bin of a measure's histogram.
    Histogram(usize),
}

/// A figure with noise.
#[derive(Debug, Clone)]
pub struct Noised {
    /// Of what.
    pub on: NoiseOn,
    /// Its name.
    pub figure: String,
    /// What one person adds at most, in units of the last digit.
    pub sensitivity: u128,
    /// What it costs.
    pub epsilon: Amount,
    /// The scale of the noise, in units of the last digit.
    pub scale: Scale,
}

impl StatsTerms {
    /// The figures that get noise, and what one person adds to each: counts first, then sums, then histograms.
    fn noisy(&self) -> Vec<(NoiseOn, String, u128)> {
        let named = |word: &str, at: usize| format!("{}.{word}", self.measures[at].column);
        let all = 0..self.measures.len();
        let sums = all.clone().filter(|&at| self.measures[at].sums());
        let sums = sums.map(|at| (NoiseOn::Sum(at), named("sum", at), self.measures[at].most().max(1)));
        let histograms = all.filter(|&at| !self.measures[at].histogram.is_empty());
        let histograms = histograms.map(|at| (NoiseOn::Histogram(at), named("histogram", at), 1));
        std::iter::once((NoiseOn::Count, "count".to_owned(), 1)).chain(sums).chain(histograms).collect()
    }

    /// The figures with their noise, where the contract has any. Shares of ε are rounded down.
    ///
    /// # Errors
    /// [`ContractError::Incoherent`]: noise that is too large or too small to be.
    pub fn noised(&self) -> Result<Vec<Noised>, ContractError> {
        let Some(noise) = &self.noise else { return Ok(Vec::new()) };
        let figures = self.noisy();
        let weight = |figure: &str| u128::from(noise.weights.get(figure).copied().unwrap_or(1));
        let all: u128 = figures.iter().map(|(_, figure, _)| weight(figure)).sum();
        let each = figures.into_iter().map(|(on, figure, sensitivity)| {
            let nano = noise.epsilon.units() / NANO * weight(&figure) / all.max(1);
            let wrong = || {
                ContractError::incoherent(
                    "stats.noise",
                    "some figure's share of ε is too small for its bounds",
                )
            };
            let scale = Scale::new(sensitivity.saturating_mul(NANO), nano).map_err(|_| wrong())?;
            let epsilon = Amount::of_units(nano * NANO).map_err(|_| wrong())?;
            Ok(Noised { on, figure, sensitivity, epsilon, scale })
        });
        each.collect()
    }

    /// What a run costs each owner, where the contract has noise: each figure's ε as ρ, and how far the noise may be from
    /// the ideal.
    ///
    /// # Errors
    /// As [`Self::noised`].
    pub fn price(&self) -> Result<Option<Price>, ContractError> {
        let each: Vec<Amount> = self.noised()?.iter().map(|noised| noised.epsilon).collect();
        if each.is_empty() {
            return Ok(None);
        }
        // 2^-40, rounded up.
        let distance = (NANO * NANO).div_ceil(1 << RELEASE_BITS);
        let price = Amount::of_units(distance).and_then(|distance| Price::of(&each, distance));
        price.map(Some).map_err(|_| ContractError::incoherent("stats.noise.epsilon", "it is too large"))
    }

    /// The names of what has no noise, and may not stand beside it.
    fn exact(&self) -> Vec<String> {
        let told = self.measures.iter().flat_map(|measure| {
            let exact = measure.statistics.iter().filter(|statistic| !statistic.noised());
            let words = exact.map(|statistic| statistic.word().to_owned());
            let words = words.chain(measure.quantiles.iter().map(|&quantile| super::quantile_name(quantile)));
            words.map(|word| format!("{}.{word}", measure.column)).collect::<Vec<_>>()
        });
        let models = [
            ("weighted_mean", self.weighted_means.is_empty()),
            ("correlation", self.correlations.is_empty()),
            ("regression", self.regressions.is_empty()),
            ("t_test", self.t_tests.is_empty()),
            ("chi_square", !self.chi_square),
            ("dominance_percent", self.dominance_percent.is_none()),
        ];
        told.chain(models.into_iter().filter(|(_, none)| !none).map(|(name, _)| name.to_owned())).collect()
    }

    pub(super) fn check_noise(&self) -> Result<(), ContractError> {
        let Some(noise) = &self.noise else { return Ok(()) };
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        let exact = self.exact();
        if !exact.is_empty() {
            return Err(ContractError::NotNoised { figures: exact.join(", ") });
        }
        if self.unusable != super::Unusable::LeaveOut {
            return wrong(
                "stats.unusable",
                "with noise it is leave-out: that a table is refused would tell of a person",
            );
        }
        let nano = noise.epsilon.units() / NANO;
        if !noise.epsilon.units().is_multiple_of(NANO) || !(1..=MAX_EPSILON).contains(&nano) {
            return wrong(
                "stats.noise.epsilon",
                "it is above 0 and at most 4, with at most 9 digits after the point",
            );
        }
        let figures = self.noisy();
        let known = |name: &String| figures.iter().any(|(_, figure, _)| figure == name);
        let fit = |weight: &u32| (1..=MAX_WEIGHT).contains(weight);
        if !noise.weights.keys().all(known) || !noise.weights.values().all(fit) {
            return wrong(
                "stats.noise.weights",
                "they are 1 to 1000, of figures with noise: count, COLUMN.sum, COLUMN.histogram",
            );
        }
        self.check_room()
    }

    /// Whether figures have room for their noise: a total has that of all its cells.
    fn check_room(&self) -> Result<(), ContractError> {
        let (rows, cells) = (self.all_rows(), self.cells().count());
        let mut scales = Vec::new();
        for noised in self.noised()? {
            let parts = match noised.on {
                NoiseOn::Histogram(at) => self.measures[at].histogram.len() + 1,
                _ => cells,
            };
            scales.extend(vec![noised.scale; parts]);
            let most = noised.sensitivity.saturating_mul(rows.into());
            let noise = u128::from(noised.scale.bound()).saturating_mul(parts as u128);
            let bits = bits(most.saturating_add(noise));
            if bits > NOISED_BITS {
                let place = format!("stats.noise {}", noised.figure);
                return Err(ContractError::StatsOverflow { place, rows, bits, most: NOISED_BITS });
            }
        }
        within_release(&scales)
            .map_err(|_| ContractError::incoherent("stats.noise", "there are too many figures"))
    }
}

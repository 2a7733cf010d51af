//! Quantiles of noisy counts: how many values are in halves of the bounds, in quarters, and so on.
//!
//! A tree of ranges was chosen, and not the exponential mechanism over the bounds: its counts are sums of whole numbers, with
//! the noise that all others have, exactly drawn, and exactly what zCDP counts; probabilities of an exponential mechanism are of
//! sums of powers of e over up to 2^53 values, which whole numbers can only approach. All quantiles of the same values share one
//! tree, and are in the order that they should be wherever noise allows it.
//!
//! *What a person moves.* A row is in one range of each level, and what is drawn of a level are its left ranges: so a person with r
//! rows in each of g groups moves a level by √g · r, as a count. A tree of l levels and the whole count are l + 1 such
//! sums, which the price is divided among. Noise is drawn of the ranges that are come by alone; that they follow from noise
//! above them does no harm, since noise of each is its own and would be the same were all of them drawn before.

use super::measured::{Kind, Measurement};
use super::noise::gaussian;
use super::scale::Scale;
use crate::question::quantiles::WHOLE;
use rand::CryptoRng;
use std::collections::HashMap;

/// A tree of ranges of one group.
pub(super) struct Tree<'a> {
    measurement: &'a Measurement,
    scale: Scale,
    /// How many values are in each of the smallest ranges; nothing where none is.
    values: &'a [u64],
    /// Counts with noise, by level and number of the range: drawn once.
    drawn: HashMap<(u32, u32), f64>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(measurement: &'a Measurement, scale: Scale, values: &'a [u64]) -> Self {
        Self { measurement, scale, values, drawn: HashMap::new() }
    }

    /// How many values are in a range, with noise; `size` is how many smallest ranges it has, as a power of two.
    fn count(&mut self, size: u32, number: u32, dice: &mut impl CryptoRng) -> f64 {
        let (values, scale) = (self.values, self.scale);
        *self.drawn.entry((size, number)).or_insert_with(|| {
            let from = (number as usize) << size;
            let exact: u64 = values.iter().skip(from).take(1 << size).sum();
            scale.units(scale.steps(exact.into()) + gaussian(scale.variance, dice))
        })
    }

    /// The middle of the smallest range below which there are so many millionths of all, in units; nothing where there seems to
    /// be nobody. `all` is how many there are, with noise.
    pub(super) fn quantile(&mut self, all: f64, millionths: u32, dice: &mut impl CryptoRng) -> Option<f64> {
        let Kind::Ranges { step, levels } = self.measurement.kind else { return None };
        if all < 1.0 {
            return None;
        }
        let mut rank = all * f64::from(millionths) / f64::from(WHOLE);
        let mut number = 0;
        for size in (0..levels).rev() {
            let left = self.count(size, number * 2, dice);
            number *= 2;
            if rank > left {
                rank -= left;
                number += 1;
            }
        }
        let width = 2f64.powi(step as i32);
        let value = self.measurement.least as f64 + f64::from(number) * width + (width - 1.0) / 2.0;
        Some(value.min(self.measurement.greatest as f64))
    }
}

#[cfg(test)]
mod tests;

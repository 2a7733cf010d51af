//! Noise put on totals, and figures made of what comes out. All that is done after the noise costs nothing more.
//!
//! Every group that the declared values allow has a line, whether anybody is in it or not, or those have one that are chosen
//! ([`super::choice`]); noise of each measurement is drawn for each group, in their order.

use super::measured::{Kind, Made, Measured};
use super::noise::gaussian;
use super::off::Off;
use super::ranges::Tree;
use super::scale::Scale;
use crate::answer::Line;
use crate::dataset::Dataset;
use crate::engine::{Total, Totals};
use crate::error::SandboxError;
use crate::question::{Asked, MOST_GROUPS, Question};
use rand::CryptoRng;
use std::collections::HashMap;
use yinshu_audit::{Amount, Budget, Price};

/// What a question costs, and how much noise there will be.
#[derive(Debug, Clone)]
pub struct Quote {
    /// What is charged.
    pub price: Price,
    /// What is left of the data set's budget before.
    pub budget: Budget,
    /// What is left of the policy's share before, where it has one.
    pub share: Option<Budget>,
    /// Of each figure its name, and how far off it is in 95 of 100 cases.
    pub noise: Vec<(String, Off)>,
    /// Rows of one person that count in one group, and groups.
    pub counted: (u64, u64),
    /// Where groups are chosen, how many persons with noise one has that is told.
    pub least: Option<f64>,
}

impl Measured {
    /// The noise of each measurement, of which each has the same part of ρ.
    ///
    /// # Errors
    /// [`SandboxError::PriceTooSmall`].
    pub fn scales(&self, rho: Amount) -> Result<Vec<Scale>, SandboxError> {
        let parts = self.measurements.len() as u64;
        let scale = |measurement: &super::Measurement| {
            let parts = parts * measurement.sums();
            Scale::of(measurement.most(self.bounding.rows), self.bounding.groups, rho, parts)
        };
        self.measurements.iter().map(scale).collect()
    }

    /// Where groups are chosen, how many persons with noise one has that is told.
    #[must_use]
    pub fn least(&self, scales: &[Scale]) -> Option<f64> {
        self.choice.map(|choice| choice.least(&scales[choice.persons], self.bounding))
    }
}

/// The lines of an answer: totals with noise.
pub fn lines(
    question: &Question,
    dataset: &Dataset,
    (measured, scales): (&Measured, &[Scale]),
    totals: &Totals,
    dice: &mut impl CryptoRng,
) -> Vec<Line> {
    let of_place: HashMap<u64, &Total> = totals.groups.iter().map(|group| (group.place, group)).collect();
    let many = measured.measurements.len();
    let none = Total { place: 0, sums: vec![0; many], ranges: vec![Vec::new(); many] };
    let always: Vec<bool> = question.keys.iter().map(|key| key.always(question, dataset)).collect();
    let least = measured.choice.map(|choice| choice.persons).zip(measured.least(scales));
    // Of more groups than are all told, none that nobody is in is chosen.
    let places: Vec<u64> = match least {
        None => (0..question.groups()).collect(),
        Some(_) => totals.groups.iter().map(|group| group.place).collect(),
    };
    let mut lines = Vec::new();
    for place in places {
        let Some(labels) = labels(question, &always, place) else { continue };
        let total = of_place.get(&place).copied().unwrap_or(&none);
        let noisy = total.sums.iter().zip(scales);
        let noisy = noisy.map(|(sum, scale)| scale.units(scale.steps(*sum) + gaussian(scale.variance, dice)));
        let noisy: Vec<f64> = noisy.collect();
        if least.is_some_and(|(persons, least)| noisy[persons] < least) {
            continue;
        }
        let trees = measured.measurements.iter().zip(scales).zip(&total.ranges);
        let mut trees: Vec<Tree<'_>> =
            trees.map(|((measurement, scale), values)| Tree::new(measurement, *scale, values)).collect();
        let mut figure = |(asked, made): (&Asked, &Made)| match *made {
            Made::Quantile { ranges, millionths } => {
                let value = trees[ranges].quantile(noisy[ranges], millionths, dice);
                value.map(|value| value / asked.unit())
            }
            made => measured.figure(asked, made, &noisy),
        };
        let figures = question.figures.iter().zip(&measured.made).map(&mut figure).collect();
        lines.push(Line { labels, figures });
    }
    lines.truncate(MOST_GROUPS as usize);
    lines
}

/// The labels of a group; nothing where one is missing of a key that always has a value.
fn labels(question: &Question, always: &[bool], mut place: u64) -> Option<Vec<Option<String>>> {
    let mut labels = Vec::new();
    for (key, always) in question.keys.iter().zip(always).rev() {
        let many = key.labels.len() as u64 + 1;
        let label = key.labels.get((place % many) as usize).cloned();
        if label.is_none() && *always {
            return None;
        }
        labels.push(label);
        place /= many;
    }
    labels.reverse();
    Some(labels)
}

impl Measured {
    /// A figure of sums with noise: within the bounds of its values, and missing where nobody seems to be there.
    fn figure(&self, asked: &Asked, made: Made, noisy: &[f64]) -> Option<f64> {
        let unit = asked.unit();
        let from = |at: usize| match self.measurements[at].kind {
            Kind::Sum(from) | Kind::Squares { from, .. } => from as f64,
            Kind::Rows | Kind::Persons | Kind::Ranges { .. } => 0.0,
        };
        match made {
            Made::Quantile { .. } => None,
            Made::Count(at) => Some(noisy[at]),
            Made::Sum(at) => Some(noisy[at] / unit),
            Made::Mean { sum, count } => {
                let mean = noisy[sum] / noisy[count] + from(sum);
                let mean = mean.clamp(asked.min as f64, asked.max as f64);
                (noisy[count] >= 1.0).then_some(mean / unit)
            }
            Made::Spread { squares, sum, count, root } => {
                let Kind::Squares { step, middle, .. } = self.measurements[squares].kind else { return None };
                let rows = noisy[count];
                let square = (noisy[squares] / rows + middle as f64) * 2f64.powi(step as i32);
                let mean = noisy[sum] / rows;
                let far = (asked.max as f64 - asked.min as f64) / 2.0;
                // No values within these bounds are further apart.
                let most = far * far * rows / (rows - 1.0);
                let spread = ((square - mean * mean) * rows / (rows - 1.0)).clamp(0.0, most.max(0.0));
                let value = if root { spread.sqrt() / unit } else { spread / unit / unit };
                (rows >= 2.0).then_some(value)
            }
        }
    }
}

//! How far off figures are, said before anything is looked at.
//!
//! Of counts and sums that is a number. A mean is a sum over a count, so that its noise follows from how many rows it is of, n,
//! which is not said: what is said is by how much over n. With noise η of a sum, counted from the middle of bounds that are h
//! on either side, and κ of the count, the mean m from there is off by (η - m κ) / n but for terms of n⁻², where |m| ≤ h. A
//! variance of squares q (with noise ω, from their middle, h² / 2) is off by (ω - 2 m η + (2 m² - q + h² / 2) κ) / n, where the
//! last factor is 3/2 h² at most; a deviation s by that over 2 s. A quantile is the value of a rank that is
//! off by the noise of as many counts as its tree has levels, and of the whole.

use super::measured::{Kind, Made, Measured};
use super::scale::Scale;
use crate::question::{Asked, Question};

/// Of 100 numbers with noise, 95 are within so many standard deviations.
const MOSTLY: f64 = 1.96;

/// How far off a figure is in 95 of 100 cases at least, as far as that can be said without looking at data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Off {
    /// By so much.
    By(f64),
    /// By so much over the number of rows it is of.
    OverRows(f64),
    /// By so much over the number of rows and over the figure itself.
    OverRowsAndItself(f64),
    /// It is that of another rank.
    Rank {
        /// Off by so many rows.
        rows: f64,
        /// The values that are told apart are so far apart.
        steps: f64,
    },
}

impl Measured {
    /// Of each figure how far off it is.
    #[must_use]
    pub fn noise(&self, question: &Question, scales: &[Scale]) -> Vec<(String, Off)> {
        let one =
            |(asked, made): (&Asked, &Made)| (asked.figure.name.clone(), self.off(asked, *made, scales));
        question.figures.iter().zip(&self.made).map(one).collect()
    }

    fn off(&self, asked: &Asked, made: Made, scales: &[Scale]) -> Off {
        let unit = asked.unit();
        let noise = |at: usize| scales[at].deviation();
        let far = |from: i64| {
            let sides = [asked.max.saturating_sub(from), from.saturating_sub(asked.min)];
            sides[0].max(sides[1]) as f64
        };
        match made {
            Made::Count(at) | Made::Sum(at) => Off::By(MOSTLY * noise(at) / unit),
            Made::Mean { sum, count } => {
                let h = match self.measurements[sum].kind {
                    Kind::Sum(from) => far(from),
                    _ => 0.0,
                };
                Off::OverRows(MOSTLY * noise(sum).hypot(h * noise(count)) / unit)
            }
            Made::Spread { squares, sum, count, root } => {
                let (h, step) = match self.measurements[squares].kind {
                    Kind::Squares { from, step, .. } => (far(from), 2f64.powi(step as i32)),
                    _ => (0.0, 1.0),
                };
                let parts = [noise(squares) * step, 2.0 * h * noise(sum), 1.5 * h * h * noise(count)];
                let off = MOSTLY * parts.iter().map(|part| part * part).sum::<f64>().sqrt() / unit / unit;
                if root { Off::OverRowsAndItself(off / 2.0) } else { Off::OverRows(off) }
            }
            Made::Quantile { ranges, .. } => {
                let Kind::Ranges { step, levels } = self.measurements[ranges].kind else {
                    return Off::By(0.0);
                };
                let rows = MOSTLY * noise(ranges) * f64::from(levels + 1).sqrt();
                Off::Rank { rows, steps: 2f64.powi(step as i32) / unit }
            }
        }
    }
}

#[cfg(test)]
mod tests;

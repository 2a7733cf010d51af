//! Which groups are told, where there are more than all could be: those of which persons, counted with noise, are many.
//!
//! That a group is told says that somebody is in it. So one is told only if its persons, counted with noise as every count is, are at
//! least 1 + t (A. Korolova, K. Kenthapadi, N. Mishra, A. Ntoulas, "Releasing Search Queries and Clicks Privately", WWW
//! 2009, for Gaussian noise). *Why it is private:* in groups that others are in too, a person moves counts as ever, which ρ covers.
//! A group that a person is in alone is told, if at all, where the noise is t or more: discrete Gaussian noise is subgaussian
//! (Canonne, Kamath, Steinke 2020, section 3), so that this happens with a probability of exp(-t² / (2σ²)) at most, which is
//! δ / g for t = σ √(2 ln(g / δ)); a person is in g groups at most. But for an event of probability δ, then, all is ρ-zCDP:
//! δ-approximately (M. Bun, T. Steinke 2016, definition 8.1). Such δ add up, and add to the δ at which ρ is said as ε; this one
//! is charged beside ρ, of a budget of its own ([`super::Allowance::total`]). The threshold follows from public numbers, worked
//! out in floating point and rounded up, and one person more than that.

use super::measured::{Bounding, Choice};
use super::scale::Scale;

impl Choice {
    /// How many persons with noise a group has at least that is told.
    #[must_use]
    pub fn least(&self, scale: &Scale, bounding: Bounding) -> f64 {
        let all = bounding.groups as f64 / self.delta.to_f64();
        // One person, as taken in steps; the tail of the noise; and a person for digits that floating point might lack.
        let alone = 1.0 + scale.units(0);
        1.0 + alone + (scale.deviation() * (2.0 * all.ln()).sqrt() * (1.0 + 1e-9)).ceil()
    }
}

#[cfg(test)]
mod tests;

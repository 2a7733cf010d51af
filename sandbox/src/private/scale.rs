//! How much noise a measurement needs for its price, on which grid.
//!
//! A person moves each of `groups` groups of a measurement by at most Δ: in the Euclidean norm by √groups · Δ. Noise of
//! σ² = groups · Δ² / (2ρ) then makes it ρ-zCDP (Canonne, Kamath, Steinke 2020, section 2.2: of whole numbers with discrete
//! Gaussian noise of their own each, where ∑ Δⱼ² / σⱼ² ≤ ε², all together are ε²/2-concentrated differentially private;
//! over measurements that adds up).
//!
//! *Grid.* Where σ would be 2^20 units or more, sums are taken in steps of 2^s units, rounded down, before noise is added: of two
//! sums that are Δ apart the numbers of steps are ⌈Δ / 2^s⌉ apart at most, which is what noise is drawn for. What is lost is
//! less than a millionth of the noise. The step follows from public bounds and the price.

use super::noise::Variance;
use crate::error::SandboxError;
use yinshu_audit::Amount;

/// Units of [`Amount`] in one.
const ONE: u128 = 1_000_000_000_000_000_000;

/// Noise of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Sums are taken in steps of 2^this units.
    pub step: u32,
    /// σ², in steps.
    pub variance: Variance,
}

impl Scale {
    /// For what one person moves by `most` in each of `groups` groups at most, at one of `parts` equal parts of ρ.
    ///
    /// # Errors
    /// [`SandboxError::PriceTooSmall`]: noise so large is not drawn.
    pub fn of(most: u128, groups: u64, rho: Amount, parts: u64) -> Result<Self, SandboxError> {
        (0..128)
            .find_map(|step| Self::at(step, most, groups, rho, parts))
            .ok_or_else(|| SandboxError::PriceTooSmall { price: rho.to_string() })
    }

    fn at(step: u32, most: u128, groups: u64, rho: Amount, parts: u64) -> Option<Self> {
        let steps = most.div_ceil(1 << step).max(1);
        // groups · steps² / (2 ρ / parts), where ρ is of so many units of ONE.
        let square = steps.checked_mul(steps)?.checked_mul(groups.into())?;
        let above = square.checked_mul(u128::from(parts))?.checked_mul(ONE / 2)?;
        let variance = Variance::at_least(above, rho.units())?;
        Some(Self { step, variance })
    }

    /// A sum in steps.
    #[must_use]
    pub fn steps(&self, sum: i128) -> i128 {
        sum >> self.step
    }

    /// The middle of a step, in units.
    #[must_use]
    pub fn units(&self, steps: i128) -> f64 {
        let half = if self.step == 0 { 0.0 } else { 0.5 };
        (steps as f64 + half) * 2f64.powi(self.step as i32)
    }

    /// The standard deviation of the noise, in units.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        self.variance.deviation() * 2f64.powi(self.step as i32)
    }
}

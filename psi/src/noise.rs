//! Noise for a differentially private size: discrete Laplace on the integers, truncated and shifted, sampled
//! exactly from the generator's bits.
//!
//! C. Canonne, G. Kamath, T. Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS 2020:
//! Algorithm 1 (a coin of probability e^-γ) and Algorithm 2 (discrete Laplace). All arithmetic is on integers:
//! no floating point number's gaps show through the noise (Mironov, CCS 2012).
//!
//! # What is promised
//!
//! Z has P(z) = e^(-ε|z|)/W for |z| ≤ s and 0 beyond, W = Σ e^(-ε|z|). Added to a number that one entry's
//! replacement changes by at most one, the result is (ε, δ)-differentially private with
//! δ = P(-s) = e^(-εs)/W exactly: between the ends neighbouring probabilities differ by a factor of e^ε at
//! most, and each of two neighbouring numbers has one outcome, at an end, that the other cannot have.
//! [`Privacy::bound`] is the smallest s with e^(-εs) ≤ 2^-k, so that δ < 2^-k.
//!
//! # What is refused
//!
//! k below [`MIN_DELTA_BITS`], the statistical parameter of this library: δ is the chance that the noise hides nothing.
//! ε above [`MAX_EPSILON`] = 4: beyond, it is noise by name alone. At 4 a result is the truth itself 96 times in a hundred
//! (1 - P(0) = 2e^-ε/(1 + e^-ε)), and speaks for one of two neighbouring sets with odds of up to 55 to 1 (e^4). An ε of 1 or
//! less is what hides a person.

use crate::stream::below;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

/// The privacy that noise gives: ε = `numerator`/`denominator`, δ below 2^-`delta_bits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// Of ε.
    pub numerator: u32,
    /// Of ε.
    pub denominator: u32,
    /// δ is below 2 to the minus this.
    pub delta_bits: u32,
}

/// The most noise that a run takes: its double is the number of dummies.
pub const MAX_BOUND: u64 = 1 << 20;

/// δ is at most 2 to the minus this: the statistical parameter below which no run goes.
pub const MIN_DELTA_BITS: u32 = 40;

/// The largest ε of one run.
pub const MAX_EPSILON: u32 = 4;

/// ln 2 = 0.69314718…, rounded up, in millionths.
const LN_2_MILLIONTHS: u128 = 693_148;

impl Privacy {
    /// ε = 1 and δ below 2^-40.
    pub const ONE: Self = Self { numerator: 1, denominator: 1, delta_bits: 40 };

    /// ε itself, for reports and for sums of it over runs.
    pub fn epsilon(&self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// The largest noise s either way: ⌈k·ln 2/ε⌉. `None` where ε is zero, not a number or above [`MAX_EPSILON`], k is
    /// below [`MIN_DELTA_BITS`], or s would be above [`MAX_BOUND`].
    pub fn bound(&self) -> Option<u64> {
        let largest = u64::from(MAX_EPSILON) * u64::from(self.denominator);
        let hides = self.delta_bits >= MIN_DELTA_BITS && u64::from(self.numerator) <= largest;
        self.smallest_bound().filter(|_| hides)
    }

    fn smallest_bound(&self) -> Option<u64> {
        if self.numerator == 0 || self.denominator == 0 {
            return None;
        }
        let above = u128::from(self.delta_bits) * LN_2_MILLIONTHS * u128::from(self.denominator);
        let bound = above.div_ceil(1_000_000 * u128::from(self.numerator));
        u64::try_from(bound).ok().filter(|&bound| bound <= MAX_BOUND)
    }

    /// δ itself, for reports: floating point is good enough where nothing is sampled from it.
    pub fn delta(&self) -> Option<f64> {
        let (s, epsilon) = (self.bound()? as f64, self.epsilon());
        let whole = 1.0 + (-epsilon).exp() - 2.0 * (-epsilon * (s + 1.0)).exp();
        Some((-epsilon * s).exp() * (1.0 - (-epsilon).exp()) / whole)
    }

    /// Noise Z + s, in 0 ..= 2s; `None` as [`Privacy::bound`]. Its time depends on the noise.
    pub fn vartime_shifted(&self, rng: &mut impl CryptoRng) -> Option<u64> {
        self.bound().map(|bound| self.vartime_within(bound, rng))
    }

    /// Noise Z + s for s = `bound`, at most 2^20.
    fn vartime_within(&self, bound: u64, rng: &mut impl CryptoRng) -> u64 {
        let bound = i64::try_from(bound).expect("at most 2^20");
        loop {
            let z = vartime_discrete_laplace(self.numerator, self.denominator, rng);
            if (-bound..=bound).contains(&z) {
                return z.wrapping_add(bound).unsigned_abs();
            }
        }
    }

    /// What both sides must agree on, as bytes.
    pub(crate) fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.numerator.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.denominator.to_le_bytes());
        bytes[8..].copy_from_slice(&self.delta_bits.to_le_bytes());
        bytes
    }
}

/// A coin of probability `numerator`/`denominator` (at most 1).
fn coin(numerator: u64, denominator: u64, rng: &mut impl CryptoRng) -> bool {
    below(denominator, rng) < numerator
}

/// A coin of probability e^(-numerator/denominator) for a quotient in [0, 1]: Algorithm 1 of Canonne, Kamath
/// and Steinke, first case. Both numbers are below 2^32.
fn vartime_coin_exp(numerator: u64, denominator: u64, rng: &mut impl CryptoRng) -> bool {
    let mut k: u64 = 1;
    // A coin of probability γ/k falls false before k reaches 2^31, or the generator is broken.
    while coin(numerator, denominator.saturating_mul(k), rng) {
        k += 1;
    }
    k % 2 == 1
}

/// A sample with P(z) proportional to e^(-|z|·numerator/denominator): Algorithm 2 of Canonne, Kamath and
/// Steinke. Both numbers are above zero.
pub fn vartime_discrete_laplace(numerator: u32, denominator: u32, rng: &mut impl CryptoRng) -> i64 {
    let (s, t) = (u64::from(numerator), u64::from(denominator));
    loop {
        let u = below(t, rng);
        if !vartime_coin_exp(u, t, rng) {
            continue;
        }
        let mut v: u64 = 0;
        while vartime_coin_exp(1, 1, rng) {
            v += 1;
        }
        let y = (u + t * v) / s;
        let negative = rng.next_u32() & 1 == 1;
        if negative && y == 0 {
            continue;
        }
        let y = i64::try_from(y).expect("2^32 times a number of coins that fell true in a row");
        return if negative { -y } else { y };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn privacy(numerator: u32, denominator: u32, delta_bits: u32) -> Privacy {
        Privacy { numerator, denominator, delta_bits }
    }

    /// The samples' frequencies are those of the distribution: a chi-squared test at 1 in a million, with the
    /// values of few samples thrown together.
    #[test]
    fn frequencies_are_those_of_the_distribution() {
        let (seed, samples) = (11, 200_000u32);
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for privacy in [privacy(1, 1, 40), privacy(1, 3, 30), privacy(3, 2, 20), privacy(1, 2, 4)] {
            // Also where the ends are near enough to be seen, which no run takes.
            let (s, epsilon) = (privacy.smallest_bound().unwrap(), privacy.epsilon());
            let mut seen = vec![0u32; 2 * s as usize + 1];
            for _ in 0..samples {
                seen[privacy.vartime_within(s, &mut rng) as usize] += 1;
            }
            let weight = |at: usize| (-epsilon * (at as f64 - s as f64).abs()).exp();
            let whole: f64 = (0..seen.len()).map(weight).sum();
            let expected = |at| f64::from(samples) * weight(at) / whole;
            let (often, seldom): (Vec<_>, Vec<_>) = (0..seen.len()).partition(|&at| expected(at) >= 20.0);
            let square = |seen: f64, expected: f64| (seen - expected).powi(2) / expected.max(1.0);
            let mut chi: f64 = often.iter().map(|&at| square(f64::from(seen[at]), expected(at))).sum();
            let rest: u32 = seldom.iter().map(|&at| seen[at]).sum();
            chi += square(f64::from(rest), seldom.iter().map(|&at| expected(at)).sum());
            // Wilson and Hilferty: the quantile of 1 - 10^-6 of chi-squared with f degrees of freedom.
            let f = often.len() as f64;
            let limit = f * (1.0 - 2.0 / (9.0 * f) + 4.753 * (2.0 / (9.0 * f)).sqrt()).powi(3);
            assert!(chi < limit, "{privacy:?}: {chi} of {limit}");
        }
    }

    #[test]
    fn delta_is_what_is_asked_for() {
        for (privacy, bound) in [(Privacy::ONE, 28), (privacy(1, 10, 40), 278), (privacy(2, 1, 40), 14)] {
            assert_eq!(privacy.bound(), Some(bound));
            let delta = privacy.delta().unwrap();
            assert!(delta < 2f64.powi(-40) && delta > 2f64.powi(-48), "{privacy:?}: {delta}");
            // The definition itself: the sum over outcomes of what one number has more than e^ε of the other.
            let (s, epsilon) = (bound as i64, privacy.epsilon());
            let weight = |z: i64| if z.abs() <= s { (-epsilon * z.abs() as f64).exp() } else { 0.0 };
            let whole: f64 = (-s..=s).map(weight).sum();
            let excess = |z| (weight(z) - (epsilon + 1e-12).exp() * weight(z - 1)).max(0.0);
            let exact: f64 = (-s..=s + 1).map(excess).sum::<f64>() / whole;
            assert!((exact / delta - 1.0).abs() < 1e-3, "{exact} {delta}");
        }
    }

    /// Of what runs, not of a constant alone: [`Privacy::bound`] and [`Privacy::vartime_shifted`] are the only doors.
    #[test]
    fn the_statistical_parameter_is_not_lowered() {
        const { assert!(MIN_DELTA_BITS >= 40 && Privacy::ONE.delta_bits >= MIN_DELTA_BITS) };
        let bad = [
            privacy(0, 1, 40),
            privacy(1, 0, 40),
            privacy(1, 1, 0),
            privacy(1, 1, 39),
            privacy(4_001, 1_000, 40),
            privacy(u32::MAX, 1, 40),
            privacy(1, u32::MAX, 40),
        ];
        for bad in bad {
            assert_eq!((bad.bound(), bad.delta()), (None, None), "{bad:?}");
            assert_eq!(bad.vartime_shifted(&mut ChaCha20Rng::seed_from_u64(1)), None);
            assert!(crate::size::cost(crate::size::Opens::Noisy(bad), 1, 1, 1).is_err());
        }
        for good in [Privacy::ONE, privacy(4, 1, 40), privacy(1, 100, 60)] {
            assert!(good.delta().is_some_and(|delta| delta < 2f64.powi(-40)), "{good:?}");
        }
    }
}

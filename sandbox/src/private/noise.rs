//! Noise: whole numbers by the discrete Gaussian distribution, exactly, of random bits and whole numbers alone.
//!
//! C. Canonne, G. Kamath, T. Steinke, "The Discrete Gaussian for Differential Privacy" (NeurIPS 2020; arXiv 2004.00010, section
//! 5): Pr\[X = x\] is proportional to exp(-x² / (2σ²)) over the whole numbers. Each step names its section there. No
//! logarithm is taken, no floating-point number is met: what comes out has no low-order bits that would tell of what it is added
//! to (I. Mironov, CCS 2012).
//!
//! # How exact
//! σ² is a fraction n / 2^k, and everything that is drawn is a comparison of a uniform whole number with a whole number. One
//! thing departs from the paper: a candidate of 2^10 t or more, which is drawn with a probability below exp(-1000) and accepted
//! with one below exp(-500,000), is not looked at, so that 128 bits suffice. The distance from the distribution is less than
//! 2^-700,000 a number.
//!
//! # Security
//! How long a draw takes depends on the random bits and on σ, which is public, and not on what the noise is added to: it is
//! added afterwards.

use rand::{CryptoRng, TryCryptoRng, TryRng};
use zeroize::Zeroize as _;

/// Numerators of σ² stay below 2^48.
pub(super) const MOST_BITS: u32 = 48;

/// A candidate is looked at below so many times its scale.
const TAIL: u128 = 1 << 10;

/// σ² as a fraction with a power of two below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variance {
    numerator: u64,
    bits: u32,
}

impl Variance {
    /// At least `above` / `below`, by less than a millionth of it or of one more; nothing where it is 2^40 or more.
    #[must_use]
    pub fn at_least(above: u128, below: u128) -> Option<Self> {
        if below >> 100 != 0 {
            return None;
        }
        let (whole, rest) = (above.checked_div(below)?, above % below);
        let used = 128 - whole.leading_zeros();
        if used > MOST_BITS - 8 {
            return None;
        }
        let bits = (MOST_BITS - 1 - used).min(20);
        let numerator = u64::try_from((whole << bits) + (rest << bits).div_ceil(below)).ok()?;
        Some(Self { numerator: numerator.max(1), bits })
    }

    /// For people.
    #[must_use]
    pub fn deviation(self) -> f64 {
        (self.numerator as f64 / (1u64 << self.bits) as f64).sqrt()
    }

    /// σ² at least, as a fraction: the numerator, and how many bits are below.
    #[must_use]
    pub fn fraction(self) -> (u64, u32) {
        (self.numerator, self.bits)
    }
}

/// A uniform number below `most`, which is not nought.
fn below(most: u128, dice: &mut impl CryptoRng) -> u128 {
    let bits = 128 - (most - 1).leading_zeros();
    loop {
        let drawn = match bits {
            0 => return 0,
            1..=64 => u128::from(dice.next_u64() >> (64 - bits)),
            _ => (u128::from(dice.next_u64()) | u128::from(dice.next_u64()) << 64) >> (128 - bits),
        };
        if drawn < most {
            return drawn;
        }
    }
}

/// Whether something of probability `above` / `below` happens.
fn happens(above: u128, below_: u128, dice: &mut impl CryptoRng) -> bool {
    below(below_, dice) < above
}

/// Section 5.1, Bernoulli(exp(-γ)): whether something of probability exp(-γ) happens, for γ = `above` / `below`, any.
fn decays(above: u128, below: u128, dice: &mut impl CryptoRng) -> bool {
    // γ > 1: as often exp(-1) as it has wholes, then what is left.
    for _ in 0..above / below {
        if !decays_once(1, 1, dice) {
            return false;
        }
    }
    decays_once(above % below, below, dice)
}

/// Section 5.1 for γ in [0, 1].
fn decays_once(above: u128, below: u128, dice: &mut impl CryptoRng) -> bool {
    let mut k = 1u128;
    // A ← Bernoulli(γ / K), as both of Bernoulli(1 / K) and Bernoulli(γ), which are independent.
    while happens(1, k, dice) && happens(above, below, dice) {
        k += 1;
    }
    k % 2 == 1
}

/// Section 5.2, discrete Laplace of the scale t (s = 1 there): Pr\[Y = y\] is proportional to exp(-|y| / t).
fn laplace(t: u64, dice: &mut impl CryptoRng) -> (bool, u128) {
    let t = u128::from(t);
    loop {
        let u = below(t, dice);
        if !decays(u, t, dice) {
            continue;
        }
        let mut v = 0u128;
        while decays_once(1, 1, dice) {
            v += 1;
        }
        let (size, negative) = (u + t * v, happens(1, 2, dice));
        if !(negative && size == 0) {
            return (negative, size);
        }
    }
}

/// Section 5.3, discrete Gaussian of σ² = n / 2^k.
pub fn gaussian(variance: Variance, dice: &mut impl CryptoRng) -> i128 {
    let (n, d) = (u128::from(variance.numerator), 1u128 << variance.bits);
    // ⌊σ⌋ + 1
    let t = (n / d).isqrt() + 1;
    loop {
        let (negative, size) = laplace(t as u64, dice);
        if size >= TAIL * t {
            continue;
        }
        // (|Y| - σ²/t)² / (2σ²) = (|Y| d t - n)² / (2 n d t²): with n below 2^48 both are below 2^124.
        let apart = (size * d * t).abs_diff(n);
        if decays(apart * apart, 2 * n * d * t * t, dice) {
            return if negative { -(size as i128) } else { size as i128 };
        }
    }
}

/// The operating system's generator, read in blocks: nothing is stretched, and no byte is used twice.
pub struct System {
    block: Box<[u8; BLOCK]>,
    used: usize,
}

const BLOCK: usize = 4096;

impl Default for System {
    fn default() -> Self {
        Self { block: Box::new([0; BLOCK]), used: BLOCK }
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.block.zeroize();
    }
}

impl TryRng for System {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> {
        for byte in to {
            if self.used == BLOCK {
                // Without randomness nothing may be told: the question ends here.
                let filled = rand::rngs::SysRng.try_fill_bytes(&mut self.block[..]);
                filled.expect("the operating system has randomness");
                self.used = 0;
            }
            *byte = std::mem::take(&mut self.block[self.used]);
            self.used += 1;
        }
        Ok(())
    }
}

impl TryCryptoRng for System {}

#[cfg(test)]
mod tests;

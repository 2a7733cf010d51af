//! Noise that nobody knows: shares of whole numbers by the discrete Laplace distribution, to be added before anything opens.
//!
//! Of scale t, Pr[X = x] is proportional to r^|x| with r = exp(-1/t): added to a whole number that one person moves by Δ at
//! most, with t ≥ Δ/ε, it is ε-differentially private (A. Ghosh, T. Roughgarden, M. Sundararajan, STOC 2009, the two-sided
//! geometric mechanism). X is the difference of two geometric numbers, Pr\[G = g\] = (1 - r) r^g, and the bits of a geometric
//! number are independent of one another: bit i is one with the probability r^(2^i) / (1 + r^(2^i)) (C. Dwork, K.
//! Kenthapadi, F. McSherry, I. Mironov, M. Naor, "Our Data, Ourselves", EUROCRYPT 2006, section 3.2). Each is a comparison of
//! a random word that nobody knows with a threshold that all know.
//!
//! # What comes out, exactly
//!
//! k bits of each geometric number, where k is the least with 2^k ≥ 45 t; each is one with the probability c / 2^80 for
//! the whole number c nearest to what it should be. Thresholds are worked out in whole numbers, to less than 2^-115, so that no
//! rounding of floating-point numbers enters (I. Mironov, CCS 2012), and the noise is a whole number as what it is added
//! to. It lies within ±(2^k - 1): [`Scale::bound`], which belongs into whatever checks for overflow.
//!
//! *Statistical distance to the ideal* (H. Keller, H. Möllering, T. Schneider, O. Tkachenko, L. Zhao, "Secure Noise Sampling
//! for DP in MPC with Finite Precision", ARES 2024, count theirs likewise): leaving out the bits from k on costs r^(2^k) ≤
//! exp(-45) < 2^-64 of a geometric number, each bit half a unit, 2^-81, and what the threshold is off, below 2^-80 in all;
//! so at most 2 (2^-64 + k 2^-80) a number. [`laplace`] refuses more noise at once than is within [`RELEASE_BITS`], 2^-40, of
//! the ideal. Of a release within the distance η of one that is (ε, δ)-differentially private, what is promised
//! is (ε, δ + (1 + e^ε) η).
//!
//! # Cost
//!
//! 7 rounds for each 2^18 bits, and 2 for all; from each party about 35 bytes for each of the 2k bits of a number: 0.5 kB at
//! scale 2, 2.5 kB at 10^9.
//!
//! # Security
//!
//! *Learnt:* nothing but what is opened of sums with the noise: each party knows two of the three parts of every random word,
//! and the third is from a key that it does not have. No two numbers have a word in common, and none is used again: they
//! are of a step of their own. *A party that cheats* is caught as in every computation ([`crate::verified`]): what comes out of
//! [`laplace`] is shares, of which only verified ones open; words are not sent, and so cannot be chosen. What is done does
//! not depend on any secret: the thresholds are as public as the scales.
//!
//! *Two parties together* know the noise, as they know everything.

use crate::bits::{biased, compose};
use crate::context::{Context, words_of};
use crate::error::{Misstep, MpcError};
use crate::fixed::within;
use crate::ring::{Ring, Z64};
use crate::shares::Shares;
use threshold::thresholds;
use yinshu_crypto::hash::Digest;

mod threshold;

/// Bits of a random word, and of a probability.
pub const FRACTION: usize = 80;

/// What is left out of a geometric number has a probability of less than 2^-64.
pub const TAIL_BITS: u32 = 64;

/// ⌈64 ln 2⌉: so many times the scale, and a geometric number is as large with less than 2^-[`TAIL_BITS`].
const TAIL: u128 = 45;

/// All noise of a release is within 2^-40 of the ideal.
pub const RELEASE_BITS: u32 = 40;

/// The most bits of a geometric number.
const MAX_BITS: u32 = 60;

/// Bits of the numbers of a scale, which leave room to work with them.
const MAX_RATIO: u32 = 110;

/// The scale of a discrete Laplace distribution, a ratio: Δ/ε.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    numerator: u128,
    denominator: u128,
    bits: u32,
}

impl Scale {
    /// numerator / denominator.
    ///
    /// # Errors
    /// [`MpcError::TooLarge`]: noise of more than 60 bits, or a ratio of longer numbers than 110 bits;
    /// [`MpcError::Undefined`]: of zero.
    pub fn new(numerator: u128, denominator: u128) -> Result<Self, MpcError> {
        if numerator == 0 || denominator == 0 {
            return Err(MpcError::Undefined { what: "a scale of zero" });
        }
        let long = u128::BITS - numerator.max(denominator).leading_zeros();
        within("a scale of noise", long, MAX_RATIO)?;
        let bits = (0..).find(|&bits| denominator << bits >= TAIL * numerator || bits > MAX_BITS);
        let bits = bits.unwrap_or(MAX_BITS + 1);
        within("noise", bits, MAX_BITS)?;
        Ok(Self { numerator, denominator, bits })
    }

    /// How many bits each of the two geometric numbers has.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The largest noise either way.
    pub fn bound(&self) -> u64 {
        (1 << self.bits) - 1
    }

    /// The scale as a number, for people.
    pub fn ratio(&self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The distance to the ideal, at most, in units of 2^-80.
    fn distance(&self) -> u128 {
        2 * ((1 << (FRACTION as u32 - TAIL_BITS)) + u128::from(self.bits))
    }
}

/// Refuses more noise than is within the distance of a release ([`RELEASE_BITS`]).
///
/// # Errors
/// [`MpcError::TooLarge`].
pub fn within_release(scales: &[Scale]) -> Result<(), MpcError> {
    let distance: u128 = scales.iter().map(Scale::distance).sum();
    let bits = u128::BITS - distance.saturating_sub(1).leading_zeros();
    within("noise at once", bits, FRACTION as u32 - RELEASE_BITS)
}

/// A number of noise for each scale, within ±[`Scale::bound`].
///
/// # Errors
/// [`MpcError::TooLarge`]: as [`within_release`], before anything is sent; else a failure of a channel or a misstep of a peer.
pub fn laplace(context: &mut Context, scales: &[Scale]) -> Result<Shares<Z64>, MpcError> {
    within_release(scales)?;
    // Both geometric numbers of a scale have its thresholds.
    let one: Vec<u128> = scales.iter().flat_map(thresholds).collect();
    let lanes = one.len();
    let both = [one.as_slice(), one.as_slice()].concat();
    let bits = biased(context, &both, FRACTION)?;
    let ones = compose(context, &bits, both.len())?;
    let differences = ones.slice(0..lanes).minus(&ones.slice(lanes..2 * lanes));
    let mut each = differences.split(scales.iter().map(|scale| scale.bits as usize)).into_iter();
    let number = |_: &Scale| {
        let bits = each.next().expect("one for each scale");
        let weigh = |part: &[Z64]| {
            let weighed = part.iter().zip(0u32..).map(|(&bit, at)| bit * Z64(1 << at));
            vec![weighed.fold(Z64::ZERO, |sum, bit| sum + bit)]
        };
        Shares::new(weigh(&bits.own), weigh(&bits.next))
    };
    let numbers: Vec<_> = scales.iter().map(number).collect();
    Ok(Shares::concat(&numbers))
}

/// Waits until all three have come here and say the same of what they did, in two rounds. Before anything with noise opens,
/// every owner has noted what it costs: an owner that is slower, or has no budget left, is waited for.
///
/// # Errors
/// [`Misstep::OtherTerms`] of a party that says something else; else a failure of a channel or a misstep of a peer.
pub fn noted_by_all(context: &mut Context, what: &Digest) -> Result<(), MpcError> {
    let (role, said) = (context.role(), words_of(what));
    for (to, from) in [(role.next(), role.previous()), (role.previous(), role.next())] {
        if context.exchange(to, &said, from)? != said {
            return Err(context.blame(from, Misstep::OtherTerms));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

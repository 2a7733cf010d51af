//! How large the parts of a silent correlation are, and why that is enough.
//!
//! A correlation of n entries is expanded from regular noise: N ≥ 2n places in t blocks of equal length with one
//! noisy place each, multiplied by the matrix of a code (`code`) of rate 1/2. That it looks random is the
//! dual learning-parity-with-noise assumption (E. Boyle, G. Couteau, N. Gilboa, Y. Ishai, "Compressing Vector OLE",
//! CCS 2018; with regular noise: C. Hazay, E. Orsini, P. Scholl, E. Soria-Vazquez, "TinyKeys", CRYPTO 2018).
//!
//! # How many noisy places
//!
//! All attacks known on it, Gaussian elimination, statistical decoding and information-set decoding among them, are
//! linear tests (Boyle et al., "Correlated Pseudorandomness from Expand-Accumulate Codes", CRYPTO 2022, section
//! 2.3): find a word of the code of low weight w, and look at its product with the noise. With regular noise the
//! product is zero, or biased, by
//! - (1 − 2w/N)^t where noise is a one (bits),
//! - (1 − w/N)^t where noise is of a large field. Nothing better can be said of the larger fields: the code is
//!   binary, so that its words of low weight are those of the binary one; the test that counts is that all noisy
//!   places miss the word. (The first formula, which some libraries use for both, gives too few places here.)
//!
//! For GF(2^4) the second is exact: a noisy value is uniform among all sixteen, zero included, so that a character of the
//! product is 1 on average where the noise misses the word and 0 where it does not; and what several words of the code
//! say together is bounded by the best of their sums. That a sixteenth of the noise is zero makes it no easier to
//! guess n places free of it than the formula for bits allows, t·(−log2(1 − 15/16·n/N)), 435 bits.
//!
//! Finding words of low weight costs too. An elimination makes a code word vanish in n − 1 of N places of the
//! attacker's choice, and leaves N − n + 1 that are as good as coin flips; it comes out at weight w with the
//! probability that of N − n coins at most w show one. Better decoders (Stern, BJMM) win a polynomial factor in the
//! number of words, not in the weight that is typical. So the logarithm of the work for advantage one is
//!
//! min over w of (−log2 Pr\[Bin(N − n, 1/2) ≤ w\]) + t·(−log2(1 − w/N)),
//!
//! counting one operation for a test of N/4 additions and none for an elimination. [`Shape::security_bits`]
//! evaluates it with Hoeffding's bound for the first term, which favours the attacker, and also pooled Gauss (S. Esser,
//! R. Kübler, A. May, CRYPTO 2017): bits have to be free of noise in n of N places, (N/(N − n))^t; for field noise
//! it is enough that the noise misses one word of an information set, which has ones in half of its n
//! places, (1 − n/2N)^−t.
//!
//! # What is assumed of the code
//!
//! The code is fixed and public, so that nobody has to find its lightest words more than once, and the search
//! may take longer than a run is worth. It is therefore not counted at all down to a weight of [`LIGHTEST`]·N: t is large
//! enough that one word of this weight, given for nothing, leaves 128 bits,
//!
//! t·(−log2(1 − 0.17)) ≥ 128 for field noise (t ≥ 477), t·(−log2(1 − 0.34)) ≥ 128 for bits (t ≥ 214).
//!
//! An accumulator is constant between the places where something comes in, and linear algebra makes use of that: leaving
//! out a fifth of the blocks of D, making the longer runs after the first accumulator zero and then the longest ones
//! after the second, comes down to 0.5·(1 − 0.6)·N = 0.20·N (0.198 where both are chosen together), once for each
//! length and in polynomial time; `code/tests/light.rs` does so. Trying 2^80 coin flips on top of it reaches 0.18·N at
//! N = 2^15 and less far at every larger N. A library of the code's authors counts with 0.20; here the known mechanism
//! must not be the margin.
//!
//! *Assumption:* nobody finds words lighter than 0.17·N, of a block-accumulate code with σ = 32 and two
//! accumulators, with less work than the formula above counts. 0.17·N is a pseudo-distance: below what decoders come down
//! to, above what there is. The lightest words that exist are expected at 0.11·N (Gilbert–Varshamov), where
//! t·(−log2(1 − w/N)) is 80 bits for field noise: finding one by elimination costs 2^Ω(N), which is far above 2^128 at
//! every N used here. *Extrapolated:* the enumeration (`code/tests/enumerate.rs`) is an expectation over codes, computed
//! for N of some thousands and taken to hold for the one code fixed for each larger N; and of attacks that use the
//! structure of D and of the accumulators the one above is the best known to us.
//!
//! The shape of a run follows from n alone: both parties compute the same.

use crate::code;

/// The levels of a tree before its nodes are reduced to [`Shape::tops`].
pub(crate) const TOP_LEVELS: usize = 5;

/// Logarithm of the work that breaks the expansion, at least.
pub const COMPUTATIONAL: f64 = 128.0;

/// The weight of a code word, as a part of all places, that an attacker is given for nothing.
pub const LIGHTEST: f64 = 0.17;

/// The fewest entries that are expanded; fewer are cut off from as many. The chance that the code drawn for a
/// length has words of low weight falls with the length: `code/tests/enumerate.rs`.
pub(crate) const LEAST: usize = 1 << 14;

/// The most entries that are expanded at once; more come in several expansions.
pub const LARGEST: usize = 1 << 21;

/// The most entries that each of several expansions side by side makes: fewer, so that all together stay close to the
/// processor.
pub const LARGEST_BESIDE: usize = 1 << 17;

/// What the noisy values are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// They are ones: correlations of bits.
    Bits,
    /// They are random elements, zero included, of GF(2^4), GF(2^64) or GF(2^128).
    Field,
}

impl Noise {
    /// Logarithm of what one noisy place adds to the work of a test by a word of this weight, as a part of all places.
    fn miss(self, weight: f64) -> f64 {
        match self {
            Self::Bits => -(1.0 - 2.0 * weight).log2(),
            Self::Field => -(1.0 - weight).log2(),
        }
    }
}

/// The parts of one expansion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many entries come out.
    pub n: usize,
    /// t: how many trees, each with one noisy leaf.
    pub trees: usize,
    /// How many nodes are kept of the 32 that a tree has after five levels.
    pub tops: usize,
    /// How many levels follow.
    pub height: usize,
}

impl Shape {
    /// The smallest shape for `n` entries that reaches [`COMPUTATIONAL`].
    pub fn new(n: usize, noise: Noise) -> Self {
        // Whole blocks of the code: a narrow one at the end would have lighter words.
        let wanted = 2 * n.max(LEAST).next_multiple_of(code::SIGMA);
        let mut trees = (COMPUTATIONAL / noise.miss(LIGHTEST)).ceil() as usize;
        loop {
            // The longest blocks of the form tops·2^height that still make `trees` of them.
            let most = wanted / trees;
            let height = most.max(1 << TOP_LEVELS).ilog2() as usize - TOP_LEVELS;
            let height = if most >> height == 1 << TOP_LEVELS { height } else { height + 1 }.max(1);
            let tops = (most >> height).clamp((1 << (TOP_LEVELS - 1)) + 1, 1 << TOP_LEVELS);
            let shape = Self { n, trees: wanted.div_ceil(tops << height), tops, height };
            if shape.security_bits(noise) >= COMPUTATIONAL {
                return shape;
            }
            trees += 1;
        }
    }

    /// Levels of a tree: choices of the party that holds all leaves but one.
    pub fn depth(&self) -> usize {
        TOP_LEVELS + self.height
    }

    /// Leaves of a tree.
    pub fn leaves(&self) -> usize {
        self.tops << self.height
    }

    /// N: leaves of all trees.
    pub fn places(&self) -> usize {
        self.trees * self.leaves()
    }

    /// Logarithm of the work of the best attack on the expansion, as at the top of this file.
    pub fn security_bits(&self, noise: Noise) -> f64 {
        let places = self.places() as f64;
        let trees = self.trees as f64;
        let coins = places * (1.0 - code::RATE);
        // Weights from that of a typical word down to where finding one costs more than enough.
        let work = (0..=1000).map(|step| {
            let below = f64::from(step) / 1000.0 * coins / 2.0;
            let find = 2.0 * below * below / coins * std::f64::consts::LOG2_E;
            find + trees * noise.miss((coins / 2.0 - below) / places)
        });
        // n places that a bit must miss, or the n/2 of one word that field noise must.
        let pooled = trees * noise.miss(code::RATE / 2.0);
        let given = trees * noise.miss(LIGHTEST);
        work.fold(pooled.min(given), f64::min)
    }
}

#[cfg(test)]
mod tests;

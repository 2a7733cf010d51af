//! Oblivious key-value stores: a vector P such that a public linear function of P and a key gives the key's
//! value, and P says nothing of the keys where the values are random.
//!
//! A. Bienstock, S. Patel, J. Y. Seo, K. Yeo, "Near-Optimal Oblivious Key-Value Stores for Efficient PSI, PSU and
//! Volume-Hiding Multi-Maps", USENIX Security 2023 (BPSY23): the matrix whose rows are the keys' linear functions
//! is a band matrix of random bits. It is linear over GF(2), so that values may be any words under exclusive-or,
//! and an encoding in a subfield decodes in every extension of it.
//!
//! The construction of Raghuraman and Rindal (CCS 2022; rows of three ones in bins, and dense columns) was built
//! and measured beside it: for 2^20 items and 64-bit values it encodes in the same time, decodes no faster, and its
//! encodings have 1.28 n words where these have 1.18 n or 1.09 n ([`Width`]).
//!
//! # Use
//!
//! Keys are 128 pseudo-random bits, hashed from the items under a seed drawn *after* the items are fixed:
//! failure is as improbable as stated only then. Keys must be distinct: collapse equal items before, and put
//! random keys in their place, so that the number of keys is the declared one. Columns that no row needs are
//! filled with randomness.
//!
//! # Security
//!
//! Encoding fails with probability at most 2^-40 over the seed: [`Params::security`] says by how much, and by
//! which formula. Whoever knows P and guesses all the items can test the guess: P hides keys as far as values
//! are random and unknown.

mod band;
mod params;
mod sorted;

#[cfg(test)]
pub(crate) use band::solvable_of;
pub use params::{Params, Width};
pub use sorted::Sorted;

use rand_core::CryptoRng;
use std::fmt;
use yinshu_crypto::field::{F64, F128};

/// The statistical security parameter: encoding fails with probability at most 2^-40.
pub const STATISTICAL_BITS: u32 = 40;

/// A key: 128 bits, uniform and distinct.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Decides where the row is.
    pub place: u64,
    /// Decides, with `place`, what the row is.
    pub row: u64,
}

impl From<[u8; 16]> for Key {
    fn from(bytes: [u8; 16]) -> Self {
        let both = u128::from_le_bytes(bytes);
        Self { place: (both >> 64) as u64, row: both as u64 }
    }
}

impl Key {
    /// A second word of pseudo-random bits: both halves whitened, multiplied, and folded.
    #[inline]
    fn more(self) -> u64 {
        // The first 128 fractional bits of π.
        let (a, b) = (self.place ^ 0x243f_6a88_85a3_08d3, self.row ^ 0x1319_8a2e_0370_7344);
        let product = u128::from(a) * u128::from(b);
        (product as u64) ^ ((product >> 64) as u64)
    }
}

/// `of` scaled to `0..range`: uniform up to a share of range / 2^64.
#[inline]
fn scale(of: u64, range: u64) -> (u64, u64) {
    let product = u128::from(of) * u128::from(range);
    ((product >> 64) as u64, product as u64)
}

/// A value: a word under exclusive-or.
pub trait Word: Copy + Default + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// Exclusive-or.
    #[must_use]
    fn xor(self, other: Self) -> Self;

    /// This word where `bit` is 1, zero where it is 0.
    #[must_use]
    fn masked(self, bit: u64) -> Self;

    /// `count` uniform words.
    fn random(count: usize, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<Self>;
}

macro_rules! word {
    ($word:ty, $bits:ty, $new:expr, $old:expr) => {
        impl Word for $word {
            #[inline]
            fn xor(self, other: Self) -> Self {
                $new($old(self) ^ $old(other))
            }
            #[inline]
            fn masked(self, bit: u64) -> Self {
                $new($old(self) & <$bits>::from(bit).wrapping_neg())
            }
            fn random(count: usize, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<Self> {
                const BYTES: usize = size_of::<$bits>();
                let mut block = [0; 512 * BYTES];
                let mut words = Vec::with_capacity(count);
                while words.len() < count {
                    let bytes = &mut block[..512.min(count - words.len()) * BYTES];
                    rng.fill_bytes(bytes);
                    words.extend(bytes.as_chunks().0.iter().map(|&word| $new(<$bits>::from_le_bytes(word))));
                }
                words
            }
        }
    };
}

word!(u64, u64, u64::from, u64::from);
word!(u128, u128, u128::from, u128::from);
word!(F64, u64, F64, |word: F64| word.0);
word!(F128, u128, F128, |word: F128| word.0);

/// Encoding failed: with probability at most 2^-40 for distinct keys, and certainly for equal ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no encoding exists for these keys")]
pub struct Failed;

/// P such that the i-th of `keys` (in the order in which `sorted` was made from them) decodes to `values[i]`. Values
/// that are given away are freed half-way.
///
/// Its time depends on the keys.
///
/// # Errors
/// [`Failed`], see there.
pub fn vartime_encode<W: Word>(
    params: &Params,
    sorted: &Sorted,
    values: impl AsRef<[W]>,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<W>, Failed> {
    encode(params, sorted, (values, |_, given| given), rng)
}

/// As [`vartime_encode`] of values that come in the order of `sorted`.
///
/// # Errors
/// [`Failed`], see there.
pub fn vartime_encode_sorted<W: Word>(
    params: &Params,
    sorted: &Sorted,
    values: impl AsRef<[W]>,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<W>, Failed> {
    encode(params, sorted, (values, |at, _| at), rng)
}

fn encode<W: Word>(
    params: &Params,
    sorted: &Sorted,
    values: (impl AsRef<[W]>, impl Fn(usize, usize) -> usize),
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<W>, Failed> {
    assert_eq!(sorted.len() as u64, params.items(), "as many keys as declared");
    match params.width() {
        Width::Narrow => band::vartime_encode::<W, 2>(params, sorted, values, rng),
        Width::Wide => band::vartime_encode::<W, 4>(params, sorted, values, rng),
    }
}

/// The values of all keys of `sorted`, in its order.
pub fn vartime_decode<W: Word>(params: &Params, sorted: &Sorted, encoding: &[W]) -> Vec<W> {
    assert_eq!(encoding.len(), params.columns(), "the encoding is of these parameters");
    match params.width() {
        Width::Narrow => band::vartime_decode::<W, 2>(params, sorted, encoding),
        Width::Wide => band::vartime_decode::<W, 4>(params, sorted, encoding),
    }
}

/// As [`vartime_decode`] of values that are used up as they come, and lie nowhere: `each` gets which key in the order of
/// `sorted` the first is, up to 512 values of keys that follow each other, and as many places of `out`.
pub fn vartime_decode_each<W: Word, V: Send>(
    params: &Params,
    sorted: &Sorted,
    encoding: &[W],
    out: &mut [V],
    each: impl Fn(usize, &mut [W], &mut [V]) + Sync,
) {
    assert_eq!(encoding.len(), params.columns(), "the encoding is of these parameters");
    assert_eq!(out.len(), sorted.len(), "a place for each key");
    match params.width() {
        Width::Narrow => band::vartime_decode_each::<W, V, 2>(params, sorted, encoding, out, each),
        Width::Wide => band::vartime_decode_each::<W, V, 4>(params, sorted, encoding, out, each),
    }
}

#[cfg(test)]
mod tests;

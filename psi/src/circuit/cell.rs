//! A tag and a payload as one value of a key-value store.

use crate::okvs::Word;
use rand_core::CryptoRng;
use std::fmt;
use zeroize::DefaultIsZeroes;

/// N words: the tag, then the payload, filled up with zeros.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell<const N: usize>(pub(super) [u64; N]);

impl<const N: usize> Default for Cell<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> DefaultIsZeroes for Cell<N> {}

impl<const N: usize> fmt::Debug for Cell<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cell(…)")
    }
}

impl<const N: usize> Word for Cell<N> {
    #[inline]
    fn xor(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word ^= other);
        self
    }

    #[inline]
    fn masked(mut self, bit: u64) -> Self {
        self.0.iter_mut().for_each(|word| *word &= bit.wrapping_neg());
        self
    }

    fn random(count: usize, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<Self> {
        let mut words = vec![Self::default(); count];
        words.iter_mut().for_each(|cell| cell.0.iter_mut().for_each(|word| *word = rng.next_u64()));
        words
    }
}

impl<const N: usize> Cell<N> {
    /// The tag.
    pub(super) fn tag(self) -> u64 {
        self.0[0]
    }

    /// A payload of at most 8·(N − 1) bytes, with tag zero.
    pub(super) fn payload(bytes: &[u8]) -> Self {
        let mut cell = Self::default();
        for (word, bytes) in cell.0[1..].iter_mut().zip(bytes.chunks(8)) {
            let mut padded = [0; 8];
            padded[..bytes.len()].copy_from_slice(bytes);
            *word = u64::from_le_bytes(padded);
        }
        cell
    }

    /// Writes the first bytes of the payload, as many as there is room for.
    pub(super) fn write_payload(self, to: &mut [u8]) {
        for (bytes, word) in to.chunks_mut(8).zip(&self.0[1..]) {
            bytes.copy_from_slice(&word.to_le_bytes()[..bytes.len()]);
        }
    }

    /// Writes the first `tag` bytes of the tag and then of the payload, as many as there is room for.
    pub(super) fn write(self, tag: usize, to: &mut [u8]) {
        let (own, payload) = to.split_at_mut(tag);
        own.copy_from_slice(&self.tag().to_le_bytes()[..tag]);
        self.write_payload(payload);
    }

    /// Inverse of [`Self::write`].
    pub(super) fn read(tag: usize, bytes: &[u8]) -> Self {
        let (tag, payload) = bytes.split_at(tag);
        let mut cell = Self::payload(payload);
        let mut padded = [0; 8];
        padded[..tag.len()].copy_from_slice(tag);
        cell.0[0] = u64::from_le_bytes(padded);
        cell
    }
}

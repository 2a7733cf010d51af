//! From an item to its bins and its keys, one for each of its bins, and from evaluations to pads.

use super::cell::Cell;
use crate::okvs::{Key, Sorted};
use crate::radix::vartime_surely_differ;
use yinshu_crypto::field::F128;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::permutation::Permutation;

/// How many items are hashed at a time.
pub(super) const BATCH: usize = 256;

/// How many hash functions there are: bins of an item.
pub(super) const FUNCTIONS: usize = 3;

/// The three keys of one item, in the receiver's store and in the hint: one for each bin.
pub(super) type HintKeys = [Key; FUNCTIONS];

/// The bin of a key.
#[inline]
pub(super) fn bin(key: Key, bins: usize) -> u32 {
    ((u128::from(key.place) * bins as u128) >> 64) as u32
}

/// The hash functions of one run from keys to bins, all from the receiver's seed: which bins an entry has must depend on nothing
/// that the sender says.
pub(super) struct HintHashes([Permutation; FUNCTIONS]);

impl HintHashes {
    /// The functions of `seed`.
    pub(super) fn new(seed: &[u8; 16]) -> Self {
        Self(std::array::from_fn(|function| permutation("key", function, seed)))
    }

    /// The three keys of each item, by its key in the store of items; their bins are distinct.
    #[cfg(test)]
    pub(super) fn keys(&self, items: &[Key], bins: usize) -> Vec<HintKeys> {
        let mut all = vec![HintKeys::default(); items.len()];
        items.chunks(BATCH).zip(all.chunks_mut(BATCH)).for_each(|(items, out)| self.batch(items, bins, out));
        all
    }

    /// The three keys of each of at most [`BATCH`] items, by its key in the store of items; their bins are distinct.
    pub(super) fn batch(&self, items: &[Key], bins: usize, out: &mut [HintKeys]) {
        let mut blocks = [F128::ZERO; BATCH];
        let blocks = &mut blocks[..items.len()];
        for (function, hash) in self.0.iter().enumerate() {
            let input = |key: &Key| F128(u128::from(key.place) << 64 | u128::from(key.row));
            blocks.iter_mut().zip(items).for_each(|(block, key)| *block = input(key));
            hash.hash_each(blocks);
            out.iter_mut().zip(&*blocks).for_each(|(keys, block)| keys[function] = block.to_bytes().into());
        }
        out.iter_mut().for_each(|keys| make_distinct(keys, bins));
    }
}

/// One of the permutations of a run.
fn permutation(name: &str, number: usize, of: &[u8]) -> Permutation {
    let digest = Digest::of_parts("yinshu psi circuit v2", &[name.as_bytes(), &[number as u8], of]);
    Permutation::new(*digest.0.first_chunk().expect("a digest has 32 bytes"))
}

/// The hash of evaluations: a correlation-robust function, one for all cells of a run and of no other.
///
/// It has no index: who computes it on a guess tests the guess against all cells at once. What is left of 128 bits is
/// 128 − log2 3k, 104 for the most rows.
pub(super) struct PadHashes(Vec<Permutation>);

impl PadHashes {
    /// The function of the run of this digest ([`super::Shares::run`]), for cells of `words` words.
    pub(super) fn new(run: &Digest, words: usize) -> Self {
        // One for every two words.
        Self((0..words.div_ceil(2)).map(|block| permutation("pad", block, &run.0)).collect())
    }

    /// The pad of each of at most [`BATCH`] evaluations.
    pub(super) fn pads<const N: usize>(&self, evaluations: &[F128], out: &mut [Cell<N>]) {
        let mut blocks = [F128::ZERO; BATCH];
        let blocks = &mut blocks[..evaluations.len()];
        for (at, hash) in self.0.iter().enumerate() {
            blocks.copy_from_slice(evaluations);
            hash.hash_each(blocks);
            for (pad, block) in out.iter_mut().zip(&*blocks) {
                let halves = [block.0 as u64, (block.0 >> 64) as u64];
                pad.0[2 * at..].iter_mut().zip(halves).for_each(|(word, half)| *word = half);
            }
        }
    }
}

/// Of equal keys, the first one's place and that of each other.
pub(super) fn vartime_repeats(keys: &[Key]) -> Vec<(u32, u32)> {
    if vartime_surely_differ(keys.len(), |at| keys[at].place) {
        Vec::new()
    } else {
        Sorted::new(keys).repeats()
    }
}

/// Gives a key another place while its bin is that of one before it: rejection sampling, with a place that is hashed
/// from the row. Equal bins come with probability 2/m.
fn make_distinct(keys: &mut HintKeys, bins: usize) {
    for at in 1..FUNCTIONS {
        let mut tries = 0u64;
        while keys[..at].iter().any(|before| bin(*before, bins) == bin(keys[at], bins)) {
            tries += 1;
            keys[at].place = mixed(keys[at].row ^ tries.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
    }
}

/// A permutation of words that leaves no structure (the finalizer of splitmix64).
fn mixed(mut word: u64) -> u64 {
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_found() {
        assert_eq!(vartime_repeats(&[]), []);
        let key = |row: u64| Key { place: u64::MAX, row };
        let keys = [3, 1, 3, 2, 1, 3, 5].map(key);
        assert_eq!(vartime_repeats(&keys), [(1, 4), (0, 2), (0, 5)]);
        assert_eq!(vartime_repeats(&[1, 2, 3].map(key)), []);
        let keys: Vec<Key> = (0..500u64).map(|at| Key { place: (at % 250) << 56, row: at % 250 }).collect();
        let mut repeats = vartime_repeats(&keys);
        repeats.sort_unstable();
        assert!(repeats.into_iter().eq((0..250).map(|at| (at, at + 250))));
        let keys: Vec<Key> = (0..500u64).map(|at| Key { place: mixed(at), row: 0 }).collect();
        assert_eq!(vartime_repeats(&keys), []);
    }
}

//! From entries to keys and values, and from evaluations to tokens: what both roles compute alike.

use crate::Entry;
use crate::item::INITIAL;
use crate::okvs::{Key, Word};
use rayon::prelude::*;
use sha2::block_api::compress256;
use yinshu_crypto::field::{F64, F128, Subfield};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::permutation::Permutation;
use yinshu_ot::Security;

/// What the random oracle of outputs begins with, filled up to 32 bytes.
const OUTPUT_DOMAIN: &[u8] = b"yinshu psi rr22 output v2";

/// How many items are hashed at a time.
const BATCH: usize = 512;

/// The field of the values, between the item's hash and the words of the store.
pub trait Value: Subfield + Word {
    /// The part of a hash that makes a value.
    fn of(hash: F128) -> Self;
}

impl Value for F64 {
    #[inline]
    fn of(hash: F128) -> Self {
        hash.low()
    }
}

impl Value for F128 {
    #[inline]
    fn of(hash: F128) -> Self {
        hash
    }
}

/// The hash functions of one run, all from the receiver's seed.
pub(crate) struct Hashes {
    spread: Permutation,
    place: Permutation,
    value: Permutation,
    output: Permutation,
}

/// Keys and values of entries, in their order.
pub(crate) struct Hashed<A> {
    pub(crate) keys: Vec<Key>,
    pub(crate) values: Vec<A>,
}

impl Hashes {
    /// The functions of `seed`.
    pub(crate) fn new(seed: &[u8; 16]) -> Self {
        let permutation = |name: &str| {
            let digest = Digest::of_parts("yinshu psi rr22 v1", &[name.as_bytes(), seed]);
            Permutation::new(*digest.0.first_chunk().expect("a digest has 32 bytes"))
        };
        Self {
            spread: permutation("spread"),
            place: permutation("place"),
            value: permutation("value"),
            output: permutation("output"),
        }
    }

    /// The key and the value of each entry. With the halves l and h of an item and a = l ⊕ H(h), the key is H'(a)
    /// and the value (H^B of figure 4) h ⊕ H''(a). (l, h) to (a, h) is one-to-one, and from a to either output
    /// goes a pseudo-random function: equal keys and values need equal items or 2^64 work, whoever picks items.
    /// As items are digests, which stand for a random oracle of what they were made from, so does the value.
    pub(crate) fn entries<A: Value>(&self, entries: &[Entry]) -> Hashed<A> {
        let mut keys = vec![Key::default(); entries.len()];
        let mut values = vec![A::ZERO; entries.len()];
        let outputs = keys.par_chunks_mut(BATCH).zip(values.par_chunks_mut(BATCH));
        entries.par_chunks(BATCH).zip(outputs).for_each(|(entries, (keys, values))| {
            let (mut a, mut b) = ([F128::ZERO; BATCH], [F128::ZERO; BATCH]);
            let (a, b) = (&mut a[..entries.len()], &mut b[..entries.len()]);
            self.spread(entries, a);
            b.copy_from_slice(a);
            self.to_keys(a, keys);
            self.to_values(b, entries, values);
        });
        Hashed { keys, values }
    }

    /// The keys alone, as [`Self::entries`] makes them.
    pub(super) fn keys(&self, entries: &[Entry]) -> Vec<Key> {
        let mut keys = vec![Key::default(); entries.len()];
        entries.par_chunks(BATCH).zip(keys.par_chunks_mut(BATCH)).for_each(|(entries, keys)| {
            let mut a = [F128::ZERO; BATCH];
            let a = &mut a[..entries.len()];
            self.spread(entries, a);
            self.to_keys(a, keys);
        });
        keys
    }

    /// The values alone, as [`Self::entries`] makes them.
    pub(super) fn values<A: Value>(&self, entries: &[Entry]) -> Vec<A> {
        let mut values = vec![A::ZERO; entries.len()];
        entries.par_chunks(BATCH).zip(values.par_chunks_mut(BATCH)).for_each(|(entries, values)| {
            let mut a = [F128::ZERO; BATCH];
            let a = &mut a[..entries.len()];
            self.spread(entries, a);
            self.to_values(a, entries, values);
        });
        values
    }

    /// a = l ⊕ H(h).
    fn spread(&self, entries: &[Entry], a: &mut [F128]) {
        a.iter_mut().zip(entries).for_each(|(a, entry)| *a = half(entry, 1));
        self.spread.hash_each(a);
        a.iter_mut().zip(entries).for_each(|(a, entry)| *a += half(entry, 0));
    }

    fn to_keys(&self, a: &mut [F128], keys: &mut [Key]) {
        self.place.hash_each(a);
        keys.iter_mut().zip(a).for_each(|(key, a)| *key = Key::from(a.to_bytes()));
    }

    fn to_values<A: Value>(&self, a: &mut [F128], entries: &[Entry], values: &mut [A]) {
        self.value.hash_each(a);
        for ((value, a), entry) in values.iter_mut().zip(a).zip(entries) {
            *value = A::of(*a + half(entry, 1));
        }
    }

    /// H^o of figure 4, of many evaluations: in place. `entry` gives the entry that each is the evaluation of.
    ///
    /// Semi-honest: a correlation-robust function of the evaluation, one for all of them. A receiver that computes it on
    /// guesses of its own tests each guess against all n_y tokens at once: what is left of 128 bits is
    /// 128 − log2 n_y, 104 for the 2^24 tokens up to which values are of 64 bits, 96 for 2^32. Malicious: SHA-256 of
    /// `run` (all that was agreed on), the evaluation, the sum of both coins, and the item, for a random oracle of
    /// this protocol and this run.
    pub(super) fn outputs<'a>(
        &self,
        security: Security,
        (run, coins): (&Digest, F128),
        evaluations: &mut [F128],
        entry: impl Fn(usize) -> &'a Entry,
    ) {
        match security {
            Security::SemiHonest => self.output.hash_each(evaluations),
            Security::Malicious => {
                let started = started(run);
                let mut blocks = [[0; 64]; GATHERED];
                for (batch, evaluations) in evaluations.chunks_mut(GATHERED).enumerate() {
                    // Items lie anywhere: all of them are fetched before the first is hashed.
                    for (at, (block, evaluation)) in blocks.iter_mut().zip(&*evaluations).enumerate() {
                        block[..16].copy_from_slice(&(*evaluation + coins).to_bytes());
                        block[16..48].copy_from_slice(entry(batch * GATHERED + at).item.as_bytes());
                    }
                    evaluations
                        .iter_mut()
                        .zip(&mut blocks)
                        .for_each(|(to, block)| *to = output(started, block));
                }
            }
        }
    }
}

/// One of the two halves of an item.
#[inline]
fn half(entry: &Entry, at: usize) -> F128 {
    let halves = entry.item.as_bytes().as_chunks::<16>().0;
    F128::from_bytes(halves[at])
}

/// How many items are fetched before they are hashed.
const GATHERED: usize = 32;

/// The state of SHA-256 (FIPS 180-4) after the block that all outputs of a run begin with.
fn started(run: &Digest) -> [u32; 8] {
    let mut prefix = [0; 64];
    prefix[..OUTPUT_DOMAIN.len()].copy_from_slice(OUTPUT_DOMAIN);
    prefix[32..].copy_from_slice(&run.0);
    let mut state = INITIAL;
    compress256(&mut state, &[prefix]);
    state
}

/// Half of the digest after a last block with 48 bytes of content, which is filled up here.
fn output(mut state: [u32; 8], block: &mut [u8; 64]) -> F128 {
    block[48] = 0x80;
    block[56..].copy_from_slice(&(8 * (64 + 48u64)).to_be_bytes());
    compress256(&mut state, std::slice::from_ref(block));
    let mut digest = [0; 16];
    digest.as_chunks_mut().0.iter_mut().zip(state).for_each(|(to, word)| *to = word.to_be_bytes());
    F128::from_bytes(digest)
}

/// What the sender commits to its coin with, before it knows the receiver's.
pub(super) fn coin_commitment(coin: &[u8; 16], run: &Digest) -> Digest {
    Digest::of_parts("yinshu psi rr22 coin v1", &[&run.0, coin])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Item;
    use sha2::{Digest as _, Sha256};

    #[test]
    fn keys_and_values_are_the_same_alone() {
        let entries: Vec<Entry> = (0..1_234u64).map(|n| Item::new("x", &[&n.to_le_bytes()]).into()).collect();
        let hashes = Hashes::new(&[7; 16]);
        let Hashed { keys, values } = hashes.entries::<F64>(&entries);
        assert!(keys == hashes.keys(&entries) && values == hashes.values::<F64>(&entries));
    }

    #[test]
    fn a_malicious_output_is_sha_256() {
        let entries: Vec<Entry> = (0..77u64).map(|n| Item::new("x", &[&n.to_le_bytes()]).into()).collect();
        let (run, coins) = (Digest::sha256(b"run"), F128(5 << 77));
        let evaluations: Vec<F128> = (0..77).map(|n: u128| F128(((n * n) << 50) | n)).collect();
        let mut found = evaluations.clone();
        Hashes::new(&[1; 16]).outputs(Security::Malicious, (&run, coins), &mut found, |at| &entries[at]);
        for ((entry, evaluation), found) in entries.iter().zip(evaluations).zip(found) {
            let mut hash = Sha256::new();
            hash.update(OUTPUT_DOMAIN);
            hash.update(vec![0; 32 - OUTPUT_DOMAIN.len()]);
            hash.update(run.0);
            hash.update((evaluation + coins).to_bytes());
            hash.update(entry.item.as_bytes());
            assert_eq!(found.to_bytes(), hash.finalize()[..16]);
        }
    }
}

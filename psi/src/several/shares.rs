//! Zero shares behind a programmable function: the parts of sender and receiver in [`super::intersection`].

use super::DST;
use crate::Entry;
use crate::error::{Misstep, PsiError};
use crate::okvs::{self, Key, Params, Sorted, Width};
use crate::stream::{Point, elements, parts, raise, raise_points, ranges, vartime_firsts};
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::ops::Range;
use yinshu_crypto::group::{Exponent, Hasher};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

/// A seed that two senders share.
pub(super) type Seed = [u8; 32];

fn block(domain: &str, parts: &[&[u8]]) -> u128 {
    let digest = Digest::of_parts(domain, parts);
    u128::from_le_bytes(*digest.0.first_chunk().expect("a digest has 32 bytes"))
}

/// The pseudorandom function: the outer hash of an evaluation (Jarecki, Kiayias, Krawczyk, ASIACRYPT 2014).
fn outer(entry: &Entry, evaluated: &Point) -> u128 {
    let section = entry.section.to_le_bytes();
    block("yinshu psi several function", &[&section, entry.item.as_bytes(), evaluated])
}

/// An entry's key in a store.
fn key(seed: &Seed, entry: &Entry) -> Key {
    let section = entry.section.to_le_bytes();
    Key::from(block("yinshu psi several store", &[seed, &section, entry.item.as_bytes()]).to_le_bytes())
}

/// The exclusive-or of a sender's shares of zero for an entry (KMPRT17, section 5.3).
fn share(seeds: &[Secret<Seed>], entry: &Entry) -> u128 {
    let section = entry.section.to_le_bytes();
    let one = |seed: &Secret<Seed>| {
        block("yinshu psi several zero", &[seed.expose(), &section, entry.item.as_bytes()])
    };
    seeds.iter().map(one).fold(0, |sum, one| sum ^ one)
}

/// The shape of a store of `items` entries.
pub(super) fn params(items: u64) -> Params {
    Params::new(items, Width::Narrow)
}

/// What stays with a sender: keys for each section and the seeds it shares with the other senders.
pub(super) struct SenderSecret {
    pub(super) keys: Vec<Exponent>,
    pub(super) seeds: Vec<Secret<Seed>>,
}

impl SenderSecret {
    /// Raises the receiver's points, the first of which is number `first`, to their sections' keys.
    pub(super) fn evaluate(
        &self,
        points: &[Point],
        first: usize,
        sections: &[Range<usize>],
    ) -> Result<Vec<Point>, Misstep> {
        let mut raised = Vec::with_capacity(points.len());
        for (section, range) in parts(sections, &(first..first + points.len())) {
            let of = &points[range.start - first..range.end - first];
            raised.extend(raise_points(of, range.start, &self.keys[section])?);
        }
        Ok(raised)
    }

    /// The store of the own entries (by section), filled up with random keys where entries repeat.
    pub(super) fn vartime_store(
        &self,
        entries: &[Entry],
        rng: &mut impl CryptoRng,
    ) -> Result<(Seed, Vec<u8>), PsiError> {
        let fresh = vartime_firsts(entries);
        let sections = ranges(self.keys.iter().enumerate().map(|(section, _)| {
            entries.iter().filter(|entry| usize::from(entry.section) == section).count() as u64
        }));
        let elements = elements(entries, &fresh, &Hasher::new(DST), rng);
        let evaluated = sections.into_iter().zip(&self.keys).map(|(range, key)| raise(&elements[range], key));
        let evaluated: Vec<Point> = evaluated.flatten().collect();
        let (mut seed, mut spare) = ([0; 32], [0; 32]);
        rng.fill_bytes(&mut seed);
        rng.fill_bytes(&mut spare);
        let slot = |((index, entry), (evaluated, fresh)): ((usize, &Entry), (&Point, &bool))| {
            let value = share(&self.seeds, entry) ^ outer(entry, evaluated);
            if *fresh { (key(&seed, entry), value) } else { random_slot(&spare, index) }
        };
        let slots = entries.par_iter().enumerate().zip(evaluated.par_iter().zip(&fresh));
        let (keys, values): (Vec<Key>, Vec<u128>) = slots.map(slot).unzip();
        let store = okvs::vartime_encode(&params(entries.len() as u64), &Sorted::new(&keys), &values, rng);
        // With probability 2^-40 there is none; the run then fails for a reason of its own.
        let store = store.map_err(|_| PsiError::OutOfStep { step: "the encoding of a store" })?;
        Ok((seed, store.iter().flat_map(|word| word.to_le_bytes()).collect()))
    }
}

/// A random key and value in place of an entry that repeats another.
fn random_slot(spare: &Seed, index: usize) -> (Key, u128) {
    let index = index.to_le_bytes();
    let key = Key::from(block("yinshu psi several spare key", &[spare, &index]).to_le_bytes());
    (key, block("yinshu psi several spare value", &[spare, &index]))
}

/// What stays with the receiver: its entries by section, and its key.
pub(super) struct ReceiverSecret<'a> {
    pub(super) entries: &'a [Entry],
    fresh: Vec<bool>,
    key: Exponent,
    inverse: Exponent,
    hasher: Hasher,
}

impl<'a> ReceiverSecret<'a> {
    pub(super) fn new(entries: &'a [Entry], rng: &mut impl CryptoRng) -> Self {
        let key = Exponent::random(rng);
        let (fresh, inverse) = (vartime_firsts(entries), key.inverse());
        Self { entries, fresh, key, inverse, hasher: Hasher::new(DST) }
    }

    /// How many entries repeat another one.
    pub(super) fn duplicates(&self) -> u64 {
        self.fresh.iter().filter(|&&fresh| !fresh).count() as u64
    }

    /// Blinds some entries; a random point for one that repeats another.
    pub(super) fn blind(&self, range: Range<usize>, rng: &mut impl CryptoRng) -> Vec<Point> {
        raise(&elements(&self.entries[range.clone()], &self.fresh[range], &self.hasher, rng), &self.key)
    }

    /// Unblinds a sender's evaluations, the first of which is number `first`, into the function's values.
    pub(super) fn unblind(&self, evaluated: &[Point], first: usize) -> Result<Vec<u128>, Misstep> {
        let evaluated = raise_points(evaluated, first, &self.inverse)?;
        let entries = self.entries[first..].par_iter();
        Ok(entries.zip(&evaluated).map(|(entry, evaluated)| outer(entry, evaluated)).collect())
    }

    /// Takes the function's values off a sender's store: its share of zero where it holds the entry.
    pub(super) fn shares(&self, values: &[u128], items: u64, seed: &Seed, store: &[u8]) -> Vec<u128> {
        let words: Vec<u128> = store.as_chunks().0.iter().map(|word| u128::from_le_bytes(*word)).collect();
        let keys: Vec<Key> = self.entries.par_iter().map(|entry| key(seed, entry)).collect();
        let sorted = Sorted::new(&keys);
        let found = okvs::vartime_decode(&params(items), &sorted, &words);
        let mut shares = values.to_vec();
        sorted.indices().zip(found).for_each(|(index, word)| shares[index] ^= word);
        shares
    }

    /// Which entries have shares that cancel out over all senders; what repeats another is as the other is.
    pub(super) fn vartime_matched(&self, sums: &[u128]) -> Vec<bool> {
        let hits =
            self.entries.iter().zip(&self.fresh).zip(sums).filter(|((_, fresh), sum)| **fresh && **sum == 0);
        let held: std::collections::HashSet<Entry> = hits.map(|((entry, _), _)| *entry).collect();
        self.entries.iter().map(|entry| held.contains(entry)).collect()
    }
}

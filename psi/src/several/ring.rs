//! Sets on their way around the ring, and their comparison: one party's part in [`super::sizes`].

use super::DST;
use super::region::Regions;
use crate::Entry;
use crate::ecdh::msg::Token;
use crate::ecdh::token::token_bytes;
use crate::error::Misstep;
use crate::stream::{Point, hashed, raise, raise_points, ranges, shuffle_sections, vartime_firsts};
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::ops::Range;
use yinshu_crypto::group::{Exponent, Hasher};
use yinshu_crypto::hash::Digest;

/// Own entries by section, each once; the second value is how many repeated another.
pub(super) fn vartime_distinct(entries: &[Entry]) -> (Vec<Entry>, u64) {
    let firsts = vartime_firsts(entries);
    let mut distinct: Vec<Entry> =
        entries.iter().zip(&firsts).filter(|(_, first)| **first).map(|(entry, _)| *entry).collect();
    distinct.sort_by_key(|entry| entry.section);
    let repeats = (entries.len() - distinct.len()) as u64;
    (distinct, repeats)
}

/// Refuses a set with a point twice. Entries are distinct and keys permute the group, so that it stays one from
/// stop to stop; which points are equal is the same before and after they are raised.
pub(super) fn vartime_unequal(points: &[Point]) -> Result<(), Misstep> {
    let mut sorted: Vec<(Point, usize)> = points.iter().copied().zip(0..).collect();
    sorted.par_sort_unstable();
    let twice = sorted.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1);
    twice.min().map_or(Ok(()), |index| Err(Misstep::RepeatedPoint { index: index as u64 }))
}

/// A set under some of the keys, shuffled within each section.
pub(super) struct Travelling {
    pub(super) points: Vec<Point>,
    sections: Vec<Range<usize>>,
}

/// The key of this party, fresh in every run and wiped after it.
pub(super) struct SecretPackage(Exponent);

impl SecretPackage {
    pub(super) fn random(rng: &mut impl CryptoRng) -> Self {
        Self(Exponent::random(rng))
    }

    /// The own set under the own key.
    pub(super) fn start(&self, entries: &[Entry], counts: &[u64], rng: &mut impl CryptoRng) -> Travelling {
        self.shuffled(raise(&hashed(entries, &Hasher::new(DST)), &self.0), counts, rng)
    }

    /// Some points of another's set under one more key, in constant time; `first` is the number of the first.
    pub(super) fn pass(&self, points: &[Point], first: usize) -> Result<Vec<Point>, Misstep> {
        raise_points(points, first, &self.0)
    }

    /// A whole set as it travels on.
    pub(super) fn shuffled(
        &self,
        mut points: Vec<Point>,
        counts: &[u64],
        rng: &mut impl CryptoRng,
    ) -> Travelling {
        let sections = ranges(counts.iter().copied());
        shuffle_sections(&mut points, &sections, rng);
        Travelling { points, sections }
    }
}

/// Bytes of a token among sets of these sizes: any two of all entries collide with probability at most 2^-40.
pub(super) fn width(counts: &[Vec<u64>]) -> usize {
    let total: u64 = counts.iter().flatten().sum();
    token_bytes(total, total)
}

impl Travelling {
    /// The tokens of a set under all keys, sorted in each section.
    pub(super) fn tokens(self, width: usize) -> Vec<u8> {
        let token = |point: &Point| {
            let digest = Digest::of_parts("yinshu psi several token", &[point]);
            let mut token: Token = *digest.0.first_chunk().expect("a digest has 32 bytes");
            token[width..].fill(0);
            token
        };
        let mut tokens: Vec<Token> = self.points.par_iter().map(token).collect();
        self.sections.into_iter().for_each(|section| tokens[section].sort_unstable());
        tokens.iter().flat_map(|token| &token[..width]).copied().collect()
    }
}

/// The tokens of one party's set, as they come in.
pub(super) struct Tokens {
    width: usize,
    sections: Vec<Range<usize>>,
    tokens: Vec<Token>,
}

impl Tokens {
    pub(super) fn new(counts: &[u64], width: usize) -> Self {
        Self { width, sections: ranges(counts.iter().copied()), tokens: Vec::new() }
    }

    /// How many there will be.
    pub(super) fn total(&self) -> usize {
        self.sections.last().map_or(0, |last| last.end)
    }

    /// Takes the next: within each section each must be above the one before.
    pub(super) fn absorb(&mut self, bytes: &[u8]) -> Result<(), Misstep> {
        for cut in bytes.chunks_exact(self.width) {
            let mut token = Token::default();
            token[..self.width].copy_from_slice(cut);
            let index = self.tokens.len();
            let starts = self.sections.iter().any(|section| section.start == index);
            if !starts && self.tokens.last().is_some_and(|last| *last >= token) {
                return Err(Misstep::UnsortedToken { index: index as u64 });
            }
            self.tokens.push(token);
        }
        Ok(())
    }
}

/// Counts, in each section, which parties hold each token. `sets[i]` is party i's.
pub(super) fn vartime_compare(sets: &[Tokens]) -> Vec<Regions> {
    let sections = sets[0].sections.len();
    let compare = |section: usize| {
        let mut held: Vec<(Token, u8)> = Vec::new();
        for (party, set) in sets.iter().enumerate() {
            held.extend(set.tokens[set.sections[section].clone()].iter().map(|token| (*token, 1u8 << party)));
        }
        held.sort_unstable();
        let mut regions = Regions::empty(sets.len());
        for group in held.chunk_by(|one, other| one.0 == other.0) {
            regions.add(group.iter().fold(0, |mask, (_, party)| mask | party));
        }
        regions
    };
    (0..sections).into_par_iter().map(compare).collect()
}

//! Classes of persons that are alike, and what follows from how large they are.

use super::Risk;
use std::collections::BTreeMap;

/// Mixes 64 bits (the finaliser of SplitMix64, a permutation).
pub(super) fn mixed(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// A cell of a column of a table, as a word that says which column it is of.
pub(super) fn cell(table: usize, column: usize, value: Option<i64>) -> u64 {
    let place = mixed(((table as u64) << 32 | column as u64).wrapping_add(0x9e37_79b9_7f4a_7c15));
    mixed(place ^ mixed(value.unwrap_or(i64::MIN).cast_unsigned()))
}

/// How many classes there are of each size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Classes(BTreeMap<u64, u64>);

/// The lengths of runs of equal words.
fn runs(sorted: &[u64]) -> impl Iterator<Item = u64> {
    sorted.chunk_by(|a, b| a == b).map(|run| run.len() as u64)
}

impl Classes {
    /// Those of persons whose fingerprints are equal.
    pub(super) fn of(mut prints: Vec<u64>) -> Self {
        prints.sort_unstable();
        let mut sizes = BTreeMap::new();
        runs(&prints).for_each(|size| *sizes.entry(size).or_insert(0) += 1);
        Self(sizes)
    }

    pub(super) fn persons(&self) -> u64 {
        self.0.iter().map(|(size, classes)| size * classes).sum()
    }

    pub(super) fn count(&self) -> u64 {
        self.0.values().sum()
    }

    pub(super) fn least(&self) -> u64 {
        self.0.keys().next().copied().unwrap_or(0)
    }

    fn share(&self, of: f64) -> f64 {
        let persons = self.persons();
        if persons == 0 { 0.0 } else { of / persons as f64 }
    }

    /// The share of persons in classes of fewer than so many.
    pub(super) fn share_below(&self, size: u64) -> f64 {
        self.share(self.0.range(..size).map(|(size, classes)| size * classes).sum::<u64>() as f64)
    }

    /// The chance to name the right one, where the persons are this share of the population.
    pub(super) fn risk(&self, share: f64) -> Risk {
        let each = |(size, classes): (&u64, &u64)| individual(*size, share) * (size * classes) as f64;
        Risk {
            most: self.0.keys().next().map_or(0.0, |size| individual(*size, share)),
            mean: self.share(self.0.iter().map(each).sum()),
        }
    }

    /// The share of the unique ones that is unique in the population, of which the persons are this share: classes of the
    /// population are taken to be distributed as those of the sample (Zayatz 1991).
    pub(super) fn unique_in_population(&self, share: f64) -> f64 {
        let one = |size: u64, classes: u64| {
            let exponent = i32::try_from(size - 1).unwrap_or(i32::MAX);
            classes as f64 * size as f64 * (1.0 - share).powi(exponent)
        };
        let all: f64 = self.0.iter().map(|(size, classes)| one(*size, *classes)).sum();
        let unique = self.0.get(&1).copied().unwrap_or(0) as f64;
        if all > 0.0 { unique / all } else { 0.0 }
    }
}

/// The chance to name the right one in a class of so many, where these are a share of the population: the mean of 1/F, of which F
/// has the negative binomial distribution that the sample leaves (Benedetti and Franconi 1998, as in μ-ARGUS and sdcMicro; from three on
/// their approximation).
fn individual(size: u64, share: f64) -> f64 {
    let rest = 1.0 - share;
    if rest <= 0.0 {
        return 1.0 / size as f64;
    }
    match size {
        1 => share / rest * -share.ln(),
        2 => share / (rest * rest) * (share * share.ln() + rest),
        _ => share / (size as f64 - rest),
    }
}

/// Different values in a class, at least, and the share of persons in whose class there is one.
pub(super) fn diversity(classes: &[u64], values: &[u64]) -> (u64, f64) {
    let mut pairs: Vec<(u64, u64)> = classes.iter().copied().zip(values.iter().copied()).collect();
    pairs.sort_unstable();
    let (mut least, mut alike) = (u64::MAX, 0);
    for class in pairs.chunk_by(|a, b| a.0 == b.0) {
        let different = class.chunk_by(|a, b| a == b).count() as u64;
        least = least.min(different);
        alike += if different == 1 { class.len() } else { 0 };
    }
    match pairs.len() {
        0 => (0, 0.0),
        all => (least, alike as f64 / all as f64),
    }
}

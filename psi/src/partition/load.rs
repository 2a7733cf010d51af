//! One partition in memory: its distinct entries, padded to the public size.

use super::plan::{Plan, Role};
use super::spill::Spill;
use crate::{Entry, Item, PsiError};
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::hash::Digest;

/// The distinct entries of `partition` and random ones up to the public size, sorted.
///
/// A random item equals none of another's with probability 1 − 2^-200 and more; items are digests, so that
/// sorting mixes them. An entry repeated without end costs time and no memory.
pub(super) fn padded(
    spill: &Spill,
    partition: u32,
    rng: &mut impl CryptoRng,
) -> Result<Vec<Entry>, PsiError> {
    let (plan, role) = (spill.plan(), spill.role());
    let max = plan.size(role);
    let size = usize::try_from(max).expect("within the memory of this side");
    // Room for a quarter more: looking for repeats is rare, and frees a quarter at least.
    let room = size + size / 4 + 4096;
    let mut entries: Vec<Entry> = Vec::with_capacity(size + 1);
    let overfull = || PsiError::Overfull { partition, max };
    spill.each(partition, |records| {
        if entries.len() + records.len() > room {
            distinct(&mut entries);
            if entries.len() > size {
                return Err(overfull());
            }
        }
        entries.extend(records.iter().map(|record| record.entry));
        Ok(())
    })?;
    distinct(&mut entries);
    let missing = missing(plan, role, &entries).ok_or_else(overfull)?;
    for (section, count) in missing {
        entries.extend((0..count).map(|_| random(section, rng)));
    }
    entries.par_sort_unstable();
    Ok(entries)
}

fn distinct(entries: &mut Vec<Entry>) {
    entries.par_sort_unstable();
    entries.dedup();
}

/// How much padding each section needs; `None` if there are too many entries.
fn missing(plan: &Plan, role: Role, entries: &[Entry]) -> Option<Vec<(u16, u64)>> {
    let capacities = plan.capacities(role);
    let count = |section: u16| {
        let end = entries.partition_point(|entry| entry.section <= section);
        (end - entries.partition_point(|entry| entry.section < section)) as u64
    };
    match role {
        // The sender's sections are not told apart from outside.
        Role::Sender => Some(vec![(0, capacities[0].checked_sub(entries.len() as u64)?)]),
        Role::Receiver => (0..)
            .zip(&capacities)
            .map(|(section, capacity)| Some((section, capacity.checked_sub(count(section))?)))
            .collect(),
    }
}

fn random(section: u16, rng: &mut impl CryptoRng) -> Entry {
    let mut digest = Digest::ZERO;
    rng.fill_bytes(&mut digest.0);
    Entry { section, item: Item::from_digest(digest) }
}

/// Where entries lie among sorted ones. Times depend on the own entries only.
///
/// Items are digests, so that their first bits say about where: a directory of one place for each four entries or so
/// stays in the cache, and what is left to search lies in a few neighbouring lines of memory.
pub(super) struct Places<'a> {
    entries: &'a [Entry],
    /// By the first bits of an item, where those with these bits begin; empty where there are several sections.
    starts: Vec<u32>,
    /// How many bits of the first 64 are not used.
    unused: u32,
}

fn head(entry: &Entry) -> u64 {
    u64::from_be_bytes(*entry.item.as_bytes().first_chunk().expect("an item has 32 bytes"))
}

impl<'a> Places<'a> {
    /// Of these entries, sorted.
    pub(super) fn vartime_of(entries: &'a [Entry]) -> Self {
        let bits = (entries.len() / 4).max(2).ilog2();
        let unused = 64 - bits;
        if entries.first().map(|first| first.section) != entries.last().map(|last| last.section) {
            return Self { entries, starts: Vec::new(), unused };
        }
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        for (at, entry) in (0..).zip(entries) {
            let bucket = head(entry) >> unused;
            while starts.len() as u64 <= bucket {
                starts.push(at);
            }
        }
        starts.resize((1 << bits) + 1, u32::try_from(entries.len()).expect("a partition is in memory"));
        Self { entries, starts, unused }
    }

    /// The place of an entry.
    pub(super) fn vartime_find(&self, entry: &Entry) -> Option<usize> {
        let bucket = (head(entry) >> self.unused) as usize;
        let range = match self.starts.get(bucket..bucket + 2) {
            Some(&[from, to]) => from as usize..to as usize,
            _ => 0..self.entries.len(),
        };
        let from = range.start;
        self.entries[range].binary_search(entry).ok().map(|at| from + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_a_plain_search() {
        let entry = |section, n: u32| Entry { section, item: Item::new("test", &[&n.to_le_bytes()]) };
        for sections in [1, 3] {
            for len in [0, 1, 2, 3, 9, 1000] {
                let mut entries: Vec<Entry> = (0..len).map(|n| entry((n % sections) as u16, n)).collect();
                entries.sort_unstable();
                let places = Places::vartime_of(&entries);
                for n in 0..2 * len + 2 {
                    let wanted = entry((n % sections) as u16, n);
                    assert_eq!(
                        places.vartime_find(&wanted),
                        entries.binary_search(&wanted).ok(),
                        "{n} of {len}"
                    );
                }
            }
        }
    }
}

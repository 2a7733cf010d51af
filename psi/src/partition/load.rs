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

/// Where `entry` lies in sorted entries. Its time depends on the own entries only.
///
/// Items are digests, so that their first bytes say about where: a few steps instead of log2 of them all.
pub(super) fn vartime_find(entries: &[Entry], entry: &Entry) -> Option<usize> {
    let head = u64::from_be_bytes(*entry.item.as_bytes().first_chunk().expect("an item has 32 bytes"));
    let (mut low, mut high) = (0, entries.len());
    if entries.first().map(|first| first.section) == entries.last().map(|last| last.section) {
        let guess =
            usize::try_from((u128::from(head) * entries.len() as u128) >> 64).expect("below the length");
        let mut step = 64;
        low = guess.saturating_sub(step);
        while low > 0 && entries[low] > *entry {
            step *= 4;
            low = guess.saturating_sub(step);
        }
        step = 64;
        high = entries.len().min(guess.saturating_add(step));
        while high < entries.len() && entries[high] < *entry {
            step *= 4;
            high = entries.len().min(guess.saturating_add(step));
        }
        high = entries.len().min(high + 1);
    }
    entries[low..high].binary_search(entry).ok().map(|at| low + at)
}

//! The same function in the clear: the oracle of every protocol here.

use crate::Entry;
use std::collections::HashSet;

/// What the two parties of an intersection should learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// For each of the receiver's entries, in order: does the sender hold it?
    pub receiver: Vec<bool>,
    /// The indices of the sender's entries that the receiver holds, ascending, duplicates included.
    pub sender: Vec<u64>,
}

/// The intersection of the receiver's `x` and the sender's `y`.
pub fn intersect(x: &[Entry], y: &[Entry]) -> Plain {
    let (held_x, held_y): (HashSet<_>, HashSet<_>) = (x.iter().collect(), y.iter().collect());
    Plain {
        receiver: x.iter().map(|entry| held_y.contains(entry)).collect(),
        sender: (0u64..).zip(y).filter(|(_, entry)| held_x.contains(entry)).map(|(index, _)| index).collect(),
    }
}

/// How many distinct entries of `x` and `y` are shared in each of the sections.
pub fn sizes(x: &[Entry], y: &[Entry], sections: usize) -> Vec<u64> {
    let (held_x, held_y): (HashSet<_>, HashSet<_>) = (x.iter().collect(), y.iter().collect());
    let mut sizes = vec![0; sections];
    for entry in held_x.intersection(&held_y) {
        sizes[usize::from(entry.section)] += 1;
    }
    sizes
}

/// How many entries repeat another one.
pub fn repeats(entries: &[Entry]) -> u64 {
    (entries.len() - entries.iter().collect::<HashSet<_>>().len()) as u64
}

/// How many distinct entries of `x` are among the rows, and the sum of each column over those rows.
pub fn sums(x: &[Entry], rows: &[crate::sum::Row], columns: usize) -> (u64, Vec<i128>) {
    let held: HashSet<_> = x.iter().collect();
    let matched: Vec<_> = rows.iter().filter(|row| held.contains(&row.entry)).collect();
    let entries: HashSet<_> = matched.iter().map(|row| row.entry).collect();
    let sum = |column| matched.iter().map(|row| row.values[column]).sum();
    (entries.len() as u64, (0..columns).map(sum).collect())
}

/// How many distinct entries of each section exactly the parties of each mask hold: bit i of a mask stands for
/// `sets[i]`, and the number for mask k is at place k - 1.
pub fn regions(sets: &[Vec<Entry>], sections: usize) -> Vec<Vec<u64>> {
    let mut masks = std::collections::HashMap::new();
    for (party, set) in sets.iter().enumerate() {
        set.iter().for_each(|entry| *masks.entry(entry).or_insert(0usize) |= 1 << party);
    }
    let mut sizes = vec![vec![0; (1 << sets.len()) - 1]; sections];
    masks.iter().for_each(|(entry, mask)| sizes[usize::from(entry.section)][mask - 1] += 1);
    sizes
}

/// For each entry of `sets[receiver]`, in order: do all the others hold it?
pub fn intersect_all(sets: &[Vec<Entry>], receiver: usize) -> Vec<bool> {
    let held: Vec<HashSet<&Entry>> = sets.iter().map(|set| set.iter().collect()).collect();
    sets[receiver].iter().map(|entry| held.iter().all(|set| set.contains(entry))).collect()
}

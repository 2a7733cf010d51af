//! The same joins in the clear, row against row: the oracle.

use super::plan::{Alternative, Counts, Duplicates, Found, Plan};

fn equal<K: AsRef<[u8]>>(alternative: &Alternative, left: &[Option<K>], right: &[Option<K>]) -> bool {
    alternative.columns.iter().all(|&column| match (&left[column], &right[column]) {
        (Some(one), Some(other)) => one.as_ref() == other.as_ref(),
        _ => false,
    })
}

/// What [`super::Matching::rows`] says of the left rows.
pub fn rows<K: AsRef<[u8]>>(
    plan: &Plan,
    duplicates: Duplicates,
    left: &[Vec<Option<K>>],
    right: &[Vec<Option<K>>],
) -> Vec<Option<Found>> {
    let most = match duplicates {
        Duplicates::Once => 1,
        Duplicates::Counted { cap } => u64::from(cap),
    };
    let found = |row: &Vec<Option<K>>| {
        let hit = |(alternative, one): (usize, &Alternative)| {
            let partners = right.iter().filter(|other| equal(one, row, other)).count() as u64;
            (partners > 0).then_some(Found { alternative, pairs: partners.min(most) })
        };
        plan.alternatives.iter().enumerate().find_map(hit)
    };
    left.iter().map(found).collect()
}

/// What the sections of each alternative count, where no key has more rows than the cap.
pub fn counts<K: AsRef<[u8]>>(plan: &Plan, left: &[Vec<Option<K>>], right: &[Vec<Option<K>>]) -> Vec<Counts> {
    let count = |alternative: &Alternative| {
        let partners = |row: &Vec<Option<K>>, of: &[Vec<Option<K>>]| {
            of.iter().filter(|other| equal(alternative, row, other)).count() as u64
        };
        let with = |rows: &[Vec<Option<K>>], of: &[Vec<Option<K>>]| {
            rows.iter().filter(|row| partners(row, of) > 0).count() as u64
        };
        Counts {
            pairs: left.iter().map(|row| partners(row, right)).sum(),
            left: with(left, right),
            right: with(right, left),
        }
    };
    plan.alternatives.iter().map(count).collect()
}

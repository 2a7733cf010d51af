//! Groups whose keys and sizes are released.
//!
//! Rows are shuffled together with their keys, and the keys are opened: in random order they say which keys there are and how
//! many rows each has, and nothing else. Sums over groups that all know need no message. So this takes no sorting.
//!
//! # Cost
//! A shuffle of the keys and of each column, and 8 bytes a row from each party to open the keys: 3 rounds, and those of
//! [`verify`] where a party may cheat.
//!
//! # Security
//! *Learnt,* by all three parties: every key and how many rows it has, the least group too. The sums stay shared. No rule
//! withholds a group: this is for contracts that release the sizes of groups whatever they are, and for keys that say
//! nothing about a person. [`super::sums`] is for all others.

use super::{same_length, sums_by_public};
use crate::araki16::open;
use crate::bits::Planes;
use crate::context::Context;
use crate::error::MpcError;
use crate::permute::Permutation;
use crate::ring::Z64;
use crate::shares::Shares;
use crate::verified::verify;
use std::collections::BTreeMap;

/// Groups in the order of their keys, of which all but the sums is known.
pub struct Released {
    /// The key of each.
    pub keys: Vec<u64>,
    /// How many rows each has.
    pub counts: Vec<u64>,
    /// For each column, its sum over each group.
    pub sums: Vec<Shares<Z64>>,
}

/// Opens the keys of shuffled rows, and sums columns over the rows of each key.
///
/// # Errors
/// [`MpcError::Lengths`]; else a failure of a channel or a misstep of a peer.
pub fn released_sums(
    context: &mut Context,
    keys: &Planes,
    columns: &[&Shares<Z64>],
) -> Result<Released, MpcError> {
    let rows = keys.lanes();
    columns.iter().try_for_each(|column| same_length("a column of groups", column.len(), rows))?;
    let shuffle = Permutation::random(context, rows)?;
    let shuffled = shuffle.shuffle(context, &keys.to_words())?;
    let columns = columns
        .iter()
        .map(|column| shuffle.shuffle(context, column))
        .collect::<Result<Vec<_>, MpcError>>()?;
    let shuffled = verify(context, shuffled)?;
    let opened = open(context, &shuffled)?;
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    opened.iter().for_each(|key| *counts.entry(key.0).or_default() += 1);
    let numbers: BTreeMap<u64, usize> = counts.keys().copied().zip(0..).collect();
    let groups: Vec<usize> = opened.iter().map(|key| numbers[&key.0]).collect();
    let sums = columns.iter().map(|column| sums_by_public(column, &groups, counts.len()));
    let sums = sums.collect::<Result<_, _>>()?;
    let (keys, counts) = counts.into_iter().unzip();
    Ok(Released { keys, counts, sums })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Security;
    use crate::tests::given::{given, planes, random, words};
    use crate::tests::{agreed_under, three};

    #[test]
    fn counts_and_sums_are_those_in_the_clear() {
        for (seed, rows, security) in [
            (1, 0, Security::SemiHonest),
            (2, 1, Security::SemiHonest),
            (3, 700, Security::SemiHonest),
            (4, 300, Security::Malicious),
        ] {
            let keys: Vec<u64> = random(seed, rows, 63).iter().map(|v| v.cast_unsigned() % 9).collect();
            let values: Vec<u64> =
                random(seed + 10, rows, 63).iter().map(|v| v.cast_unsigned() >> 20).collect();
            let (found, sums) = agreed_under(security, seed, |context| {
                let (by, column) = (planes(context, &keys, 5)?, given(context, &values)?);
                let mut found = released_sums(context, &by, &[&column])?;
                let sums = words(context, found.sums.pop().unwrap())?;
                Ok(((found.keys, found.counts), sums))
            });
            let mut expected: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
            for (key, value) in keys.iter().zip(&values) {
                let group = expected.entry(*key).or_default();
                *group = (group.0 + 1, group.1 + value);
            }
            let counts = expected.iter().map(|(key, group)| (*key, group.0)).unzip();
            assert_eq!(found, counts);
            assert_eq!(sums, expected.values().map(|group| group.1).collect::<Vec<_>>());
        }
    }

    #[test]
    fn columns_have_the_rows_of_the_keys() {
        let ends = three(5, |context| {
            let (by, column) = (planes(context, &[1, 2], 4)?, given(context, &[7])?);
            released_sums(context, &by, &[&column]).map(drop)
        });
        let lengths = |end: &Result<(), MpcError>| matches!(end, Err(MpcError::Lengths { .. }));
        assert!(ends.iter().all(lengths));
    }
}

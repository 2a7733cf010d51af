//! Sorting by keys that are uniform: one pass into buckets that fit a cache, a second one within each, and
//! insertion where a few are left. Keys that are not uniform cost more, and nothing else.

use rayon::prelude::*;
use std::cmp::Ordering;

/// Binary logarithm of how many items a bucket has on average.
const LOG_BUCKET: u32 = 10;

/// The most buckets: each takes a cache line while items are dealt out.
const MOST_LOG_BUCKETS: u32 = 14;

/// Up to so many items are sorted by insertion.
const FEW: usize = 32;

/// `items` in ascending order: first by `key`, then by `order`. Which of two equal items comes first may change
/// from one version to another. Takes time that depends on the items.
pub(crate) fn vartime_sort<T: Copy + Default + Send + Sync>(
    items: &[T],
    key: impl Fn(&T) -> u64 + Sync,
    order: impl Fn(&T, &T) -> Ordering + Sync,
) -> Vec<T> {
    vartime_sort_of(items.len(), |at| items[at], key, order)
}

/// As [`vartime_sort`] of `count` items that need not lie anywhere: `item` makes each from its number, twice.
pub(crate) fn vartime_sort_of<T: Copy + Default + Send + Sync>(
    count: usize,
    item: impl Fn(usize) -> T,
    key: impl Fn(&T) -> u64 + Sync,
    order: impl Fn(&T, &T) -> Ordering + Sync,
) -> Vec<T> {
    let log = (count.max(1).ilog2()).saturating_sub(LOG_BUCKET).min(MOST_LOG_BUCKETS);
    let bucket = |item: &T| (key(item) >> 1 >> (63 - log)) as usize;
    let (mut sorted, mut ends) = (vec![T::default(); count], Vec::new());
    deal(count, item, &mut sorted, (1 << log, bucket), &mut ends);
    let mut buckets = Vec::with_capacity(ends.len());
    let mut rest = sorted.as_mut_slice();
    let mut start = 0;
    for end in ends {
        let (bucket, following) = rest.split_at_mut(end - start);
        buckets.push(bucket);
        (rest, start) = (following, end);
    }
    let within = |item: &T| (key(item) << log >> 56) as usize;
    buckets.into_par_iter().for_each_init(
        || (Vec::new(), Vec::new()),
        |(copy, ends), bucket| {
            if bucket.len() <= FEW {
                return insert(bucket, &order);
            }
            copy.clear();
            copy.extend_from_slice(bucket);
            deal(copy.len(), |at| copy[at], bucket, (256, within), ends);
            let mut start = 0;
            for &mut end in ends {
                let part = &mut bucket[start..end];
                if part.len() <= FEW {
                    insert(part, &order);
                } else {
                    part.sort_unstable_by(&order);
                }
                start = end;
            }
        },
    );
    sorted
}

/// Slots of the table in which the keys of a bucket are looked up.
const TABLE: usize = 4 << LOG_BUCKET;

/// Are `count` uniform keys different from each other? `false` also where that is not worth finding out: a sort will
/// tell. Takes time that depends on the keys.
pub(crate) fn vartime_surely_differ(count: usize, key: impl Fn(usize) -> u64) -> bool {
    let log = (count.max(1).ilog2()).saturating_sub(LOG_BUCKET).min(MOST_LOG_BUCKETS);
    let bucket = |key: &u64| (key >> 1 >> (63 - log)) as usize;
    let (mut dealt, mut ends) = (vec![0; count], Vec::new());
    deal(count, key, &mut dealt, (1 << log, bucket), &mut ends);
    let starts: Vec<usize> = std::iter::once(0).chain(ends.iter().copied()).collect();
    starts.par_windows(2).all(|bucket| {
        let keys = &dealt[bucket[0]..bucket[1]];
        // Zero stands for a free slot.
        let mut table = [0u64; TABLE];
        keys.len() <= TABLE / 4 * 3
            && keys.iter().all(|&key| {
                let mut slot = (key << log >> 1) as usize >> (61 - LOG_BUCKET);
                while table[slot] != 0 && table[slot] != key {
                    slot = (slot + 1) % TABLE;
                }
                let free = key != 0 && table[slot] == 0;
                table[slot] = key;
                free
            })
    })
}

/// The items bucket by bucket, each in the order it had, and where each bucket ends.
fn deal<T: Copy>(
    count: usize,
    item: impl Fn(usize) -> T,
    dealt: &mut [T],
    (buckets, bucket): (usize, impl Fn(&T) -> usize),
    ends: &mut Vec<usize>,
) {
    // Where the next item of each bucket comes to: at last, where the bucket ends.
    ends.clear();
    ends.resize(buckets + 1, 0);
    (0..count).for_each(|at| ends[bucket(&item(at)) + 1] += 1);
    for at in 1..=buckets {
        ends[at] += ends[at - 1];
    }
    ends.pop();
    for at in 0..count {
        let item = item(at);
        let next = &mut ends[bucket(&item)];
        dealt[*next] = item;
        *next += 1;
    }
}

fn insert<T: Copy>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    for at in 1..items.len() {
        let item = items[at];
        let mut to = at;
        while to > 0 && order(&item, &items[to - 1]).is_lt() {
            items[to] = items[to - 1];
            to -= 1;
        }
        items[to] = item;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    fn check(mut items: Vec<(u64, u32)>) {
        let sorted = vartime_sort(&items, |item| item.0, Ord::cmp);
        items.sort_unstable();
        assert!(sorted == items);
    }

    #[test]
    fn sorts_every_kind_of_list() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for count in [0, 1, 2, 33, 1_000, 2_048, 50_000, 100_001] {
            let mut uniform = || rng.next_u64();
            check((0..count).map(|at| (uniform(), at)).collect());
            check((0..count).map(|at| (u64::from(at % 7), at)).collect());
            check((0..count).rev().map(|at| (u64::MAX - u64::from(at), at)).collect());
            check(vec![(5, 5); count as usize]);
        }
    }

    #[test]
    fn repeats_are_never_overlooked() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        for count in [1, 2, 5, 1_000, 2_047, 4_097, 8_191, 70_000] {
            let mut keys: Vec<u64> = (0..count).map(|_| rng.next_u64()).collect();
            let differ = |keys: &[u64]| vartime_surely_differ(keys.len(), |at| keys[at]);
            assert!(differ(&keys), "{count}");
            if count > 1 {
                let last = keys.len() - 1;
                keys[last] = keys[last / 3];
                assert!(!differ(&keys), "{count}");
            }
            assert!(!differ(&vec![7; 2_000]) && !differ(&[0, 0]));
        }
        assert!(vartime_surely_differ(0, |_| 0));
    }

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(items in proptest::collection::vec(any::<(u64, u32)>(), 0..300)) {
            check(items);
        }
    }
}

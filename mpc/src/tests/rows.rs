use super::*;
use crate::araki16::{input, open};
use crate::bits::Planes;
use crate::permute::Permutation;
use crate::sort;
use crate::verified::verify;
use crate::{B64, Ring, Shares, Z64};
use rand_core::Rng;

fn given<R: Ring>(context: &mut Context, words: &[u64]) -> Result<Shares<R>, MpcError> {
    let values: Vec<R> = words.iter().map(|&word| R::of(word)).collect();
    let ours = (context.role() == Role::First).then_some(&values[..]);
    input(context, Role::First, ours, values.len())
}

fn words<R: Ring>(context: &mut Context, shares: Shares<R>) -> Result<Vec<u64>, MpcError> {
    let verified = verify(context, shares)?;
    Ok(open(context, &verified)?.into_iter().map(R::word).collect())
}

#[test]
fn a_shuffle_moves_all_columns_alike_and_can_be_undone() {
    let both = [Security::SemiHonest, Security::Malicious];
    for (len, security) in [0, 1, 2, 1000].into_iter().flat_map(|len| both.map(|security| (len, security))) {
        let x: Vec<u64> = (0..len).collect();
        let y: Vec<u64> = (0..len).map(|x| x * x).collect();
        let (a, b, back) = agreed_under(security, 60, |context| {
            let (a, b): (Shares<Z64>, Shares<B64>) = (given(context, &x)?, given(context, &y)?);
            let permutation = Permutation::random(context, a.len())?;
            let (a, b) = (permutation.shuffle(context, &a)?, permutation.shuffle(context, &b)?);
            let back = permutation.unshuffle(context, &a)?;
            Ok((words(context, a)?, words(context, b)?, words(context, back)?))
        });
        assert_eq!(back, x);
        assert!(a.iter().zip(&b).all(|(a, b)| a * a == *b));
        assert!(len < 1000 || a != x);
        let mut sorted = a;
        sorted.sort_unstable();
        assert_eq!(sorted, x);
    }
}

#[test]
fn a_shuffle_takes_every_order_alike() {
    let mut counts = std::collections::HashMap::new();
    for seed in 0..1200 {
        let security = if seed % 2 == 0 { Security::SemiHonest } else { Security::Malicious };
        let order = agreed_under(security, seed, |context| {
            let rows: Shares<Z64> = given(context, &[0, 1, 2])?;
            let permutation = Permutation::random(context, 3)?;
            let rows = permutation.shuffle(context, &rows)?;
            words(context, rows)
        });
        *counts.entry(order).or_insert(0u32) += 1;
    }
    // 200 each, ± 5 deviations of 12.9.
    assert!(counts.len() == 6 && counts.values().all(|count| count.abs_diff(200) < 65), "{counts:?}");
}

#[test]
fn rows_sort_by_secret_keys_and_stay_in_order_where_keys_are_equal() {
    let mut rng = ChaCha20Rng::seed_from_u64(70);
    for len in [0, 1, 2, 8, 9, 100, 3000] {
        for range in [1, 10, 1 << 32] {
            let keys: Vec<u64> = (0..len).map(|_| rng.next_u64() % range).collect();
            let numbers: Vec<u64> = (0..len as u64).collect();
            let (sorted, moved, back) = agreed(71, |context| {
                let shares: Shares<B64> = given(context, &keys)?;
                let order = sort::order(context, &Planes::of_words(&shares, 33))?;
                let column: Shares<Z64> = given(context, &numbers)?;
                let sorted = order.apply(context, &shares)?;
                let moved = order.apply(context, &column)?;
                let back = order.undo(context, &moved)?;
                Ok((words(context, sorted)?, words(context, moved)?, words(context, back)?))
            });
            let mut expected: Vec<(u64, u64)> = keys.iter().copied().zip(numbers.iter().copied()).collect();
            expected.sort_unstable();
            let found: Vec<(u64, u64)> = sorted.into_iter().zip(moved).collect();
            assert_eq!(found, expected);
            assert_eq!(back, numbers);
        }
    }
}

#[test]
fn groups_are_those_in_the_clear() {
    let mut rng = ChaCha20Rng::seed_from_u64(80);
    for (len, range) in [(0, 1), (1, 1), (50, 1), (50, 1000), (2000, 30)] {
        let keys: Vec<u64> = (0..len).map(|_| rng.next_u64() % range).collect();
        let values: Vec<u64> = (0..len).map(|_| rng.next_u64()).collect();
        let (names, counts, sums) = agreed(81, |context| {
            let shares: Shares<B64> = given(context, &keys)?;
            let column: Shares<Z64> = given(context, &values)?;
            let mut groups = crate::group::sums(context, &Planes::of_words(&shares, 10), &[&column])?;
            let sums = groups.sums.pop().unwrap();
            Ok((words(context, groups.keys)?, words(context, groups.counts)?, words(context, sums)?))
        });
        let mut expected = std::collections::BTreeMap::new();
        for (&key, &value) in keys.iter().zip(&values) {
            let (count, sum) = expected.entry(key).or_insert((0u64, 0u64));
            (*count, *sum) = (*count + 1, sum.wrapping_add(value));
        }
        let found: Vec<_> = names.into_iter().zip(counts.into_iter().zip(sums)).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
    }
}

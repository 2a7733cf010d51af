use super::*;
use crate::araki16::{input, open};
use crate::bits::{Planes, compose, decompose, equal, less, less_words, select, sign};
use crate::verified::verify;
use crate::{B64, Ring, Shares, Z64};
use rand_core::Rng;

/// Values with many at the edges.
fn values(seed: u64, len: usize, bits: u32) -> Vec<u64> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mask = u64::MAX >> (64 - bits);
    let edges = [0, 1, mask, mask - 1, mask >> 1, (mask >> 1) + 1];
    (0..len).map(|at| if at % 3 == 0 { edges[at / 3 % 6] } else { rng.next_u64() & mask }).collect()
}

fn given(context: &mut Context, owner: Role, words: &[u64]) -> Result<Shares<Z64>, MpcError> {
    let values: Vec<Z64> = words.iter().map(|&word| Z64(word)).collect();
    let ours = (context.role() == owner).then_some(&values[..]);
    input(context, owner, ours, values.len())
}

fn given_bits(context: &mut Context, words: &[u64], bits: usize) -> Result<Planes, MpcError> {
    let values: Vec<B64> = words.iter().map(|&word| B64(word)).collect();
    let ours = (context.role() == Role::Second).then_some(&values[..]);
    Ok(Planes::of_words(&input(context, Role::Second, ours, values.len())?, bits))
}

fn words<R: Ring>(context: &mut Context, shares: Shares<R>) -> Result<Vec<u64>, MpcError> {
    let verified = verify(context, shares)?;
    Ok(open(context, &verified)?.into_iter().map(R::word).collect())
}

fn bits(words: &[u64], len: usize) -> Vec<bool> {
    (0..len).map(|at| words[at / 64] >> (at % 64) & 1 == 1).collect()
}

#[test]
fn bits_of_integers() {
    for (count, len) in [(64, 200), (32, 64), (31, 65), (1, 7), (2, 100), (3, 100), (20, 0)] {
        let x = values(20 + count as u64, len, 64);
        let out = agreed(21, |context| {
            let shares = given(context, Role::First, &x)?;
            let planes = decompose(context, &shares, count)?;
            words(context, planes.to_words())
        });
        let mask = u64::MAX >> (64 - count);
        assert_eq!(out, x.iter().map(|x| x & mask).collect::<Vec<_>>(), "{count} bits");
    }
}

#[test]
fn signs() {
    for count in [64, 33, 32, 5, 3, 2, 1] {
        let x: Vec<u64> = values(30, 300, count)
            .iter()
            .map(|x| x.wrapping_shl(64 - count) as i64 >> (64 - count))
            .map(i64::cast_unsigned)
            .collect();
        let out = agreed(31, |context| {
            let shares = given(context, Role::Third, &x)?;
            let signs = sign(context, &shares, count as usize)?;
            words(context, signs)
        });
        assert_eq!(
            bits(&out, x.len()),
            x.iter().map(|&x| x.cast_signed() < 0).collect::<Vec<_>>(),
            "{count} bits"
        );
    }
}

#[test]
fn comparisons() {
    let (x, y) = (values(40, 400, 62), values(41, 400, 62));
    let expected: Vec<bool> = x.iter().zip(&y).map(|(x, y)| x < y).collect();
    let out = agreed(42, |context| {
        let (a, b) = (given(context, Role::First, &x)?, given(context, Role::Second, &y)?);
        let less = less(context, &a, &b, 63)?;
        words(context, less)
    });
    assert_eq!(bits(&out, x.len()), expected);
    for count in [1, 2, 7, 32, 64] {
        let (x, y) = (values(43, 400, count), values(44, 400, count));
        let out = agreed(45, |context| {
            let (a, b) = (given_bits(context, &x, count as usize)?, given_bits(context, &y, count as usize)?);
            let less = less_words(context, &a, &b)?;
            let equal = equal(context, &a, &b)?;
            Ok((words(context, less)?, words(context, equal)?))
        });
        assert_eq!(
            bits(&out.0, x.len()),
            x.iter().zip(&y).map(|(x, y)| x < y).collect::<Vec<_>>(),
            "{count}"
        );
        assert_eq!(
            bits(&out.1, x.len()),
            x.iter().zip(&y).map(|(x, y)| x == y).collect::<Vec<_>>(),
            "{count}"
        );
    }
}

#[test]
fn a_comparison_of_64_bits_costs_what_is_said() {
    let x = values(46, 1 << 12, 64);
    let ends = three(47, |context| {
        let shares = given(context, Role::First, &x)?;
        let (before, step) = (sent(context), context.steps());
        sign(context, &shares, 64)?;
        Ok((sent(context) - before, context.steps() - step))
    });
    for end in ends {
        let (bytes, rounds) = end.unwrap();
        assert_eq!(rounds, 8);
        // 63 carries, 62 sums, 116 in the tree: 241 bits a value.
        assert_eq!(bytes, 241 * (1 << 12) / 8 + 8 * 5);
    }
}

#[test]
fn bits_become_integers_and_choose() {
    let x = values(50, 130, 64);
    let (yes, no) = (values(51, 130, 64), values(52, 130, 64));
    let out = agreed(53, |context| {
        let planes = given_bits(context, &x, 1)?;
        let ones = compose(context, &planes.plane(0), x.len())?;
        let (a, b) = (given(context, Role::First, &yes)?, given(context, Role::First, &no)?);
        let chosen = select(context, &ones, &a, &b)?;
        Ok((words(context, ones)?, words(context, chosen)?))
    });
    for (at, x) in x.iter().enumerate() {
        assert_eq!(out.0[at], x & 1);
        assert_eq!(out.1[at], if x & 1 == 1 { yes[at] } else { no[at] });
    }
}

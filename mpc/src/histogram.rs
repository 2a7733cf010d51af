//! Counts of values between public edges.
//!
//! # Cost
//!
//! For each edge [`less_public`] and [`count`]; from each party about 2·bits + 2 bits a row and edge; ⌈log2 bits⌉ + 4 +
//! ⌈log1.5 (rows / 128)⌉ rounds for all edges of a batch.
//!
//! *Learnt:* nothing; the counts are shares.

use crate::araki16::{multiply, same_length};
use crate::bits::{Planes, count, less_public};
use crate::context::Context;
use crate::error::MpcError;
use crate::ring::{B64, Z64};
use crate::shares::Shares;

/// How many of these words without sign lie below the first edge, between each two, and from the last edge on: one
/// count more than edges. Rows without a bit in `among` (64 in a word) do not count.
///
/// # Errors
/// [`MpcError::Lengths`], [`MpcError::Undefined`] where edges do not rise; else a failure of a channel or a misstep of a
/// peer.
pub fn histogram(
    context: &mut Context,
    values: &Planes,
    edges: &[u64],
    among: Option<&Shares<B64>>,
) -> Result<Shares<Z64>, MpcError> {
    if !edges.is_sorted_by(|a, b| a < b) {
        return Err(MpcError::Undefined { what: "a histogram whose edges do not rise" });
    }
    let (rows, words) = (values.lanes(), values.lanes().div_ceil(64));
    let all = match among {
        Some(rows) => rows.clone(),
        None => Shares::zeros(words).not(context.role()),
    };
    same_length("the rows that count", all.len(), words)?;
    let mut below =
        edges.iter().map(|&edge| less_public(context, values, edge)).collect::<Result<Vec<_>, MpcError>>()?;
    if among.is_some() && !below.is_empty() {
        let masks = vec![&all; below.len()];
        below = multiply(context, &Shares::concat(&below), &Shares::concat(masks))?
            .split(vec![words; edges.len()]);
    }
    below.push(all);
    let counts = count(context, &below, rows)?;
    let before = Shares::concat([&Shares::zeros(1), &counts.slice(0..edges.len())]);
    Ok(counts.minus(&before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::agreed;
    use crate::tests::given::{flags, planes, random, words};

    #[test]
    fn counts_are_those_in_the_clear() {
        for (seed, rows, bits) in [(1, 0, 5), (2, 1, 5), (3, 700, 7), (4, 200, 64)] {
            let values: Vec<u64> =
                random(seed, rows, 63).iter().map(|v| v.cast_unsigned() >> (64 - bits)).collect();
            let some: Vec<bool> = (0..rows).map(|at| at % 3 != 0).collect();
            for edges in [vec![], vec![3], vec![0, 1, 17, 64, 100, 128, 1 << 40]] {
                let (all, part) = agreed(seed, |context| {
                    let (x, among) = (planes(context, &values, bits)?, flags(context, &some)?);
                    let all = histogram(context, &x, &edges, None)?;
                    let part = histogram(context, &x, &edges, Some(&among))?;
                    Ok((words(context, all)?, words(context, part)?))
                });
                let bin = |value: &u64| edges.iter().filter(|edge| **edge <= *value).count();
                let mut expected = [vec![0; edges.len() + 1], vec![0; edges.len() + 1]];
                for (value, &some) in values.iter().zip(&some) {
                    expected[0][bin(value)] += 1;
                    expected[1][bin(value)] += u64::from(some);
                }
                assert_eq!([all, part], expected, "{rows} {bits} {edges:?}");
            }
        }
    }

    #[test]
    fn edges_rise() {
        let [first, ..] = crate::tests::three(5, |context| {
            let x = planes(context, &[1, 2], 4)?;
            histogram(context, &x, &[3, 3], None).map(drop)
        });
        assert_eq!(first.unwrap_err().code(), 9210);
    }
}

//! The least, the greatest and the median of rows that count, of which nobody learns how many they are: shares, that only open
//! if the rule says so.
//!
//! As [`crate::quantile`], bit by bit from the top, but that nothing opens on the way: rows are kept by products with the
//! bit just found.
//!
//! # Cost
//! [`decompose`]; then for each bit of a value 13 rounds and a count about, and from each party 4 bits a row and rank.

use super::values::Value;
use crate::araki16::multiply;
use crate::bits::{Planes, bits_of_integers, compose, count, decompose, less};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::ring::{B64, Z64};
use crate::shares::Shares;

/// Which value of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// The first.
    Least,
    /// The last.
    Greatest,
    /// The sum of the two in the middle, or twice the one.
    Middle,
}

/// The value of this rank among rows where `among` (0 or 1) is 1; nothing that means anything where there is none.
pub(super) fn ranked(
    context: &mut Context,
    value: &Value,
    among: &Shares<Z64>,
    rank: Rank,
) -> Result<Shares<Z64>, MpcError> {
    let role = context.role();
    let rows = among.len();
    let total = among.sum();
    let ranks = match rank {
        Rank::Least => Shares::public(role, &[Z64(1)]),
        Rank::Greatest => total,
        Rank::Middle => {
            let twice = [total.clone().plus_public(role, Z64(1)), total.plus_public(role, Z64(2))];
            bits_of_integers(context, &Shares::concat(&twice), 1..bits_of(rows + 3) as usize + 1)?
        }
    };
    let bounds = value.bounds;
    let bits = bounds.difference_bits(bounds);
    let planes = decompose(context, &value.shares.clone().plus_public(role, -Z64::from(bounds.min)), bits)?;
    let among = Planes::of_parts(&among.own, &among.next, 1).plane(0);
    let found = by_rank(context, &planes, &among, &ranks)?;
    let offset = Z64::from(bounds.min) * Z64(found.len() as u64);
    Ok(found.sum().plus_public(role, offset))
}

/// For each shared rank, the value of that rank among words without sign, of the rows with a bit in `among`.
fn by_rank(
    context: &mut Context,
    values: &Planes,
    among: &Shares<B64>,
    ranks: &Shares<Z64>,
) -> Result<Shares<Z64>, MpcError> {
    let (rows, words, wanted) = (values.lanes(), among.len(), ranks.len());
    let mut active = Shares::concat(vec![among; wanted]);
    let (mut ranks, mut found) = (ranks.clone(), Shares::zeros(wanted));
    for at in (0..values.count()).rev() {
        let plane = values.plane(at);
        let ones = multiply(context, &active, &Shares::concat(vec![&plane; wanted]))?;
        let zeros = active.plus(&ones);
        let counts = count(context, &zeros.split(vec![words; wanted]), rows)?;
        let beyond = less(context, &counts, &ranks, bits_of(rows) as usize + 2)?;
        let one = compose(context, &beyond, wanted)?;
        let dropped = multiply(context, &counts, &one)?;
        ranks = ranks.minus(&dropped);
        found = found.plus(&one.times(Z64(1 << at)));
        let masks = spread(&beyond, wanted, words);
        let moved = multiply(context, &masks, &zeros.plus(&ones))?;
        active = zeros.plus(&moved);
    }
    Ok(found)
}

/// Each of the first bits in all bits of so many words.
fn spread(bits: &Shares<B64>, len: usize, words: usize) -> Shares<B64> {
    let part = |part: &[B64]| -> Vec<B64> {
        let all = |at: usize| B64(0u64.wrapping_sub(part[at / 64].0 >> (at % 64) & 1));
        (0..len).flat_map(|at| std::iter::repeat_n(all(at), words)).collect()
    };
    Shares::new(part(&bits.own), part(&bits.next))
}

//! The least and the greatest of many.
//!
//! # Cost
//!
//! A tournament: ⌈log2 n⌉ levels of [`less`], [`compose`] and one product, each with half as many values as the one before.
//! For values of 64 bits about 55 bytes each from each party.
//!
//! *Learnt:* nothing.

use crate::araki16::same_length;
use crate::bits::{compose, less, select};
use crate::context::Context;
use crate::error::MpcError;
use crate::ring::Z64;
use crate::shares::Shares;

/// Element by element, the lesser and the greater of two vectors of integers whose differences have `bits` bits at most,
/// the sign among them.
///
/// # Errors
/// [`MpcError::Lengths`]; else a failure of a channel or a misstep of a peer.
///
/// # Panics
/// Unless there are 1 to 64 bits.
pub fn ordered(
    context: &mut Context,
    x: &Shares<Z64>,
    y: &Shares<Z64>,
    bits: usize,
) -> Result<[Shares<Z64>; 2], MpcError> {
    same_length("the right sides of comparisons", y.len(), x.len())?;
    let less = less(context, x, y, bits)?;
    let less = compose(context, &less, x.len())?;
    let least = select(context, &less, x, y)?;
    let greatest = x.plus(y).minus(&least);
    Ok([least, greatest])
}

/// The least and the greatest of integers of which any two differ by a number of `bits` bits at most, its sign among them:
/// two vectors of one element, of none where there are no values.
///
/// # Errors
/// A failure of a channel or a misstep of a peer.
///
/// # Panics
/// As [`ordered`].
pub fn extremes(context: &mut Context, x: &Shares<Z64>, bits: usize) -> Result<[Shares<Z64>; 2], MpcError> {
    let (mut least, mut greatest) = halves(context, x, bits)?;
    while least.len() > 1 {
        // Both tournaments in the same rounds: the second among negatives.
        let (n, all) = (least.len(), Shares::concat([&least, &greatest.linear(|value| -value)]));
        let (half, odd) = (n / 2, n % 2);
        let side = |from: usize| {
            Shares::concat([&all.slice(from..from + half), &all.slice(n + from..n + from + half)])
        };
        let [winners, _] = ordered(context, &side(0), &side(half), bits)?;
        let rest = |from: usize| all.slice(from + n - odd..from + n);
        least = Shares::concat([&winners.slice(0..half), &rest(0)]);
        greatest = Shares::concat([&winners.slice(half..2 * half), &rest(n)]).linear(|value| -value);
    }
    Ok([least, greatest])
}

/// The first round, in which one comparison serves both.
fn halves(
    context: &mut Context,
    x: &Shares<Z64>,
    bits: usize,
) -> Result<(Shares<Z64>, Shares<Z64>), MpcError> {
    let (half, odd) = (x.len() / 2, x.slice(x.len() / 2 * 2..x.len()));
    let [least, greatest] = ordered(context, &x.slice(0..half), &x.slice(half..2 * half), bits)?;
    Ok((Shares::concat([&least, &odd]), Shares::concat([&greatest, &odd])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::agreed;
    use crate::tests::given::{integers, random, signed};

    #[test]
    fn they_are_those_in_the_clear() {
        for (seed, len, bits) in [(1, 0, 8), (2, 1, 8), (3, 2, 8), (4, 3, 62), (5, 100, 62), (6, 37, 3)] {
            let values = random(seed, len, bits);
            let out = agreed(seed, |context| {
                let x = integers(context, &values)?;
                let [least, greatest] = extremes(context, &x, bits as usize + 2)?;
                Ok([signed(context, least)?, signed(context, greatest)?])
            });
            let expected = [values.iter().min(), values.iter().max()];
            assert_eq!(out, expected.map(|value| value.copied().into_iter().collect::<Vec<_>>()));
        }
    }
}

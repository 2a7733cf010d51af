//! Features that nearly all rows have in common, such as the mark of a rare category.
//!
//! A value that more than half of the rows have is, bit by bit, what more than half of them have. So the majorities of the
//! bits of a feature are looked for, and the rows counted that are not equal to these; nobody learns the value. Where no value
//! is that common, what is looked for is the value of few rows or of none, and nearly all are counted.
//!
//! # Cost
//!
//! [`decompose`] of all features; two bits sent for each of their bits; two [`count`]s and two comparisons.

use crate::araki16::multiply;
use crate::bits::{Planes, all, count, decompose, less};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::ring::{B64, Z64};
use crate::shares::Shares;

/// Of each of so many features, one after the other, how many of its values in rows that count (where `among` is 1, and not 0;
/// in the others features are 0) are not the commonest, where more than half of them are that one; else at least a third of
/// them. Values have `bits` bits, the sign among them.
pub(crate) fn others(
    context: &mut Context,
    features: &Shares<Z64>,
    among: &Shares<Z64>,
    bits: usize,
) -> Result<Shares<Z64>, MpcError> {
    let rows = among.len();
    let width = features.len().checked_div(rows).unwrap_or(0);
    let words = rows.div_ceil(64);
    // Each feature from a word on.
    let none = Shares::zeros(64 * words - rows);
    let padded: Vec<_> =
        features.split(vec![rows; width]).into_iter().flat_map(|f| [f, none.clone()]).collect();
    let planes = decompose(context, &Shares::concat(&padded), bits)?;
    let of_feature = |plane: &Shares<B64>, at: usize| plane.slice(at * words..(at + 1) * words);
    let each: Vec<_> = (0..bits)
        .map(|bit| planes.plane(bit))
        .flat_map(|plane| (0..width).map(move |at| of_feature(&plane, at)))
        .collect();
    let ones = count(context, &each, rows)?;
    let twice = ones.plus(&ones);
    let half = among.sum().gather(&vec![0; ones.len()]);
    let majority = less(context, &half, &twice, bits_of(rows + 1) as usize + 3)?;
    // The bit of a feature, in all its rows.
    let spread = |part: &[B64]| -> Vec<B64> {
        let bit = |at: usize| B64((part[at / 64].0 >> (at % 64) & 1).wrapping_neg());
        (0..bits * width).flat_map(|at| vec![bit(at); words]).collect()
    };
    let majority = Shares::new(spread(&majority.own), spread(&majority.next));
    let differs = Shares::concat(&each).plus(&majority);
    let lanes = 64 * words * width;
    let plane = |bit: usize| differs.slice(bit * words * width..(bit + 1) * words * width);
    let same = (1..bits).fold(Planes::of_plane(lanes, plane(0)), |planes, bit| {
        planes.and_then(&Planes::of_plane(lanes, plane(bit)))
    });
    let same = all(context, same.not(context.role()))?;
    let among_bits = Planes::of_parts(&among.own, &among.next, 1).plane(0);
    let same = multiply(context, &same, &Shares::concat(vec![&among_bits; width]))?;
    let same: Vec<_> = (0..width).map(|at| of_feature(&same, at)).collect();
    let same = count(context, &same, rows)?;
    Ok(among.sum().gather(&vec![0; width]).minus(&same))
}

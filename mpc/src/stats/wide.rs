//! Sums that need more than 64 bits: opened exactly, and nothing but the sum.

use crate::araki16::open;
use crate::bits::{compose_planes, decompose};
use crate::context::Context;
use crate::error::MpcError;
use crate::ring::{B64, Z64};
use crate::shares::Shares;
use crate::verified::verify;

/// Opens Σ parts[k] 2^(k·width), value by value, where each part lies in -2^62 … 2^62. Carries are worked out on shares, so
/// that the bits of the sum open and no part does.
///
/// # Cost
/// For each part but the last [`decompose`] of 64 bits, a composition and an opening: about 1.1 kilobytes a value from
/// each party, 13 rounds.
pub(super) fn open_sum(
    context: &mut Context,
    parts: &[Shares<Z64>],
    width: u32,
) -> Result<Vec<i128>, MpcError> {
    let role = context.role();
    let len = parts.first().map_or(0, Shares::len);
    let mut sums = vec![0i128; len];
    let mut carry = Shares::zeros(len);
    let offset = 1u64 << 63;
    for (at, part) in parts.iter().enumerate() {
        let whole = part.plus(&carry);
        let place = at as u32 * width;
        if at + 1 == parts.len() {
            let opened = verify(context, whole)?;
            let opened = open(context, &opened)?;
            sums.iter_mut().zip(opened).for_each(|(sum, top)| *sum += i128::from(top.signed()) << place);
            break;
        }
        let planes = decompose(context, &whole.plus_public(role, Z64(offset)), 64)?;
        let upper = planes.some(width as usize..64);
        let ones = compose_planes(context, &upper)?.split(vec![len; upper.count()]);
        let above =
            (0..).zip(&ones).fold(Shares::zeros(len), |sum, (bit, one)| sum.plus(&one.times(Z64(1 << bit))));
        carry = above.plus_public(role, -Z64(offset >> width));
        let low = planes.some(0..width as usize).to_words();
        let low = verify(context, low)?;
        let low: Vec<B64> = open(context, &low)?;
        sums.iter_mut().zip(low).for_each(|(sum, low)| *sum += i128::from(low.0) << place);
    }
    Ok(sums)
}

//! Where a word begins.

use super::planes::{Planes, and_each};
use crate::context::Context;
use crate::error::MpcError;
use crate::shares::Shares;

/// Of each word without sign, a single one in the place of its highest bit; zero stays zero.
///
/// Place j is whether any bit from j up is one, less whether any from j + 1 up is: prefixes by J. Sklansky's conditional
/// sums, as for carries.
///
/// # Cost
/// ⌈log2 count⌉ rounds; from each party count/2 bits a value in each.
///
/// # Errors
/// [`MpcError`]: a failure of a channel or a misstep of a peer.
pub fn highest(context: &mut Context, x: &Planes) -> Result<Planes, MpcError> {
    let (lanes, count, words, role) = (x.lanes(), x.count(), x.words(), context.role());
    // Whether all bits from here up are zero.
    let mut clear = x.not(role);
    let mut block = 1;
    while block < count {
        // Counted from the top, so that blocks are whole there.
        let lower: Vec<usize> = (0..count).filter(|at| (count - 1 - at) / block % 2 == 1).collect();
        let above = |at: usize| count - (count - 1 - at) / block * block;
        let pairs: Vec<_> = lower.iter().map(|&at| (clear.view(at), clear.view(above(at)))).collect();
        let products = and_each(context, lanes, &pairs)?;
        for (number, &at) in lower.iter().enumerate() {
            clear.bits.set_at(at * words, &products.plane(number));
        }
        block *= 2;
    }
    // One more than the highest place: above it all is zero.
    let ones = Shares::zeros(words).not(role);
    let higher = Shares::concat([&clear.bits.slice(words.min(clear.bits.len())..clear.bits.len()), &ones]);
    Ok(match count {
        0 => clear,
        _ => Planes::new(lanes, count, clear.bits.plus(&higher)),
    })
}

//! Random bits that nobody knows and that are one with a probability that all know.

use super::adder::{Carries, carry_out};
use super::planes::Planes;
use crate::context::{Context, blocks};
use crate::error::MpcError;
use crate::ring::{B64, Ring};
use crate::shares::Shares;

/// For each threshold a bit that is one with the probability threshold / 2^fraction, exactly: whether a random word of so
/// many bits is below it. Where a threshold's bit is one a carry comes out of a bit that is zero; where it is zero, none
/// does, and one that comes in goes through a bit that is zero. All of them are worked on at once, each against its own.
///
/// # Cost
/// ⌈log2 fraction⌉ rounds; from each party 2·fraction bits a bit about: the words cost nothing.
///
/// # Errors
/// [`MpcError`]: a failure of a channel or a misstep of a peer.
///
/// # Panics
/// Unless a word has 1 to 127 bits.
pub(crate) fn biased(
    context: &mut Context,
    thresholds: &[u128],
    fraction: usize,
) -> Result<Shares<B64>, MpcError> {
    assert!((1..128).contains(&fraction), "a word to compare has 1 to 127 bits");
    let mut bits = Shares::zeros(thresholds.len().div_ceil(64));
    for lanes in blocks(thresholds.len()) {
        let from = lanes.start / 64;
        let below = below(context, &thresholds[lanes], fraction)?;
        bits.set_at(from, &below);
    }
    Ok(bits)
}

fn below(context: &mut Context, thresholds: &[u128], fraction: usize) -> Result<Shares<B64>, MpcError> {
    let (role, lanes) = (context.role(), thresholds.len());
    let words = lanes.div_ceil(64);
    let masks: Vec<B64> =
        (0..fraction).flat_map(|at| thresholds.chunks(64).map(move |some| mask(some, at))).collect();
    // The complement of a random word is one, too.
    let inverted = context.random::<B64>(fraction * words);
    let part = |own: &[B64]| own.iter().zip(&masks).map(|(&bit, &mask)| bit * mask).collect();
    let generate = Shares::new(part(&inverted.own), part(&inverted.next));
    let propagate = inverted.plus(&Shares::public(role, &masks));
    let planes = |bits| Planes::new(lanes, fraction, bits);
    carry_out(context, Carries { generate: planes(generate), propagate: planes(propagate) })
}

/// A bit of up to 64 thresholds.
fn mask(thresholds: &[u128], at: usize) -> B64 {
    let bit = |(lane, &threshold): (usize, &u128)| B64(u64::from(threshold >> at & 1 == 1) << lane);
    thresholds.iter().enumerate().map(bit).fold(B64::ZERO, |mask, bit| mask + bit)
}

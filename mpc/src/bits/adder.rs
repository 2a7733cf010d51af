//! Sums of shared words, and their bits.

use super::planes::{Planes, and_each, majorities};
use crate::context::{Context, blocks};
use crate::error::MpcError;
use crate::ring::{B64, Z64};
use crate::shares::Shares;

/// What decides a carry, for neighbouring bits at once: `generate` is whether a carry comes out of them, `propagate` whether
/// one that comes in goes through.
pub(super) struct Carries {
    pub(super) generate: Planes,
    pub(super) propagate: Planes,
}

/// x as two words of `bits` bits whose sum it is, both shared bit by bit: the exclusive-or of the parts of x, and their
/// majorities. Those belong one place higher: `bits - 1` of them.
pub(super) fn carry_save(
    context: &mut Context,
    x: &Shares<Z64>,
    bits: usize,
) -> Result<[Planes; 2], MpcError> {
    let parts = Shares::new(words(&x.own), words(&x.next));
    let sums = Planes::of_words(&parts, bits);
    let carries = majorities(context, &sums, bits.saturating_sub(1))?;
    Ok([sums, carries])
}

fn words(values: &[Z64]) -> Vec<B64> {
    values.iter().map(|value| B64(value.0)).collect()
}

/// The carry out of all bits, neighbours first: one round for each doubling.
pub(super) fn carry_out(context: &mut Context, carries: Carries) -> Result<Planes, MpcError> {
    let Carries { mut generate, mut propagate } = carries;
    while generate.count() > 1 {
        let (lanes, pairs) = (generate.lanes(), generate.count() / 2);
        // Block 0 is the lowest; whether a carry goes through it is never asked.
        let carried = (0..pairs).map(|at| (propagate.view(2 * at + 1), generate.view(2 * at)));
        let through = (1..pairs).map(|at| (propagate.view(2 * at + 1), propagate.view(2 * at)));
        let products = and_each(context, lanes, &carried.chain(through).collect::<Vec<_>>())?;
        let odd = generate.count() % 2 == 1;
        let higher: Vec<_> =
            (0..pairs).map(|at| generate.plane(2 * at + 1).plus(&products.plane(at))).collect();
        let mut going: Vec<_> = (1..pairs).map(|at| products.plane(pairs + at - 1)).collect();
        // In the place of block 0.
        going.insert(0, Shares::zeros(generate.words()));
        let (mut coming, last) = (higher, generate.count() - 1);
        if odd {
            coming.push(generate.plane(last));
            going.push(propagate.plane(last));
        }
        let blocks = coming.len();
        generate = Planes::new(lanes, blocks, Shares::concat(&coming));
        propagate = Planes::new(lanes, blocks, Shares::concat(&going));
    }
    Ok(generate)
}

/// The carries into each place but the lowest, by J. Sklansky's conditional sums (IRE Transactions on Electronic Computers,
/// 1960): one round for each doubling, half of all places in each.
fn carries_into(context: &mut Context, carries: Carries) -> Result<Planes, MpcError> {
    let Carries { mut generate, mut propagate } = carries;
    let (lanes, count, words) = (generate.lanes(), generate.count(), generate.words());
    let mut block = 1;
    while block < count {
        let upper: Vec<usize> = (0..count).filter(|at| at / block % 2 == 1).collect();
        let below = |at: usize| at / block * block - 1;
        let carried = upper.iter().map(|&at| (propagate.view(at), generate.view(below(at))));
        // In the lowest two blocks all carries are known after this round.
        let open: Vec<usize> = upper.iter().copied().filter(|&at| at >= 2 * block).collect();
        let through = open.iter().map(|&at| (propagate.view(at), propagate.view(below(at))));
        let products = and_each(context, lanes, &carried.chain(through).collect::<Vec<_>>())?;
        for (number, &at) in upper.iter().enumerate() {
            generate.bits.add_at(at * words, &products.plane(number));
        }
        for (number, &at) in open.iter().enumerate() {
            propagate.bits.set_at(at * words, &products.plane(upper.len() + number));
        }
        block *= 2;
    }
    Ok(generate)
}

/// The carries of adding two words, place by place.
pub(super) fn add(context: &mut Context, a: &Planes, b: &Planes) -> Result<Carries, MpcError> {
    let pairs: Vec<_> = (0..a.count()).map(|at| (a.view(at), b.view(at))).collect();
    Ok(Carries { generate: and_each(context, a.lanes(), &pairs)?, propagate: a.xor(b) })
}

/// The lowest `bits` bits of shared integers.
///
/// # Cost
/// 2 + ⌈log2 (bits - 2)⌉ rounds; with 64 bits about 40 bytes a value from each party.
///
/// # Errors
/// [`MpcError`]: a failure of a channel or a misstep of a peer.
///
/// # Panics
/// Unless there are 1 to 64 bits.
pub fn decompose(context: &mut Context, x: &Shares<Z64>, bits: usize) -> Result<Planes, MpcError> {
    assert!((1..=64).contains(&bits), "a word has 1 to 64 bits");
    let mut done = Vec::new();
    for block in blocks(x.len()) {
        done.push(decompose_block(context, &x.slice(block), bits)?);
    }
    Ok(Planes::beside(&done, bits))
}

fn decompose_block(context: &mut Context, x: &Shares<Z64>, bits: usize) -> Result<Planes, MpcError> {
    let [sums, carries] = carry_save(context, x, bits)?;
    if bits == 1 {
        return Ok(sums);
    }
    // In places 1 to bits - 1 the carries are added to the sums; place 0 has none.
    let halves = sums.some(1..bits).xor(&carries);
    let lowest = sums.some(0..1).and_then(&halves.some(0..1));
    if bits == 2 {
        return Ok(lowest);
    }
    let added = add(context, &sums.some(1..bits - 1), &carries.some(0..bits - 2))?;
    let into = carries_into(context, added)?;
    Ok(lowest.and_then(&halves.some(1..bits - 1).xor(&into)))
}

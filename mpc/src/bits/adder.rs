//! Sums of shared words, and their bits. Planes are worked on in place: what is copied and wiped is most of the time that
//! this takes.

use super::planes::{Planes, and_each, majorities};
use crate::context::{Context, blocks};
use crate::error::MpcError;
use crate::ring::{B64, Z64};
use crate::shares::Shares;
use std::ops::Range;

/// What decides a carry, for neighbouring bits at once: `generate` is whether a carry comes out of them, `propagate` whether
/// one that comes in goes through.
pub(super) struct Carries {
    pub(super) generate: Planes,
    pub(super) propagate: Planes,
}

/// Some of x as two words of `bits` bits whose sum it is, both shared bit by bit: the exclusive-or of the parts of x, and
/// their majorities. Those belong one place higher: `bits - 1` of them.
pub(super) fn carry_save(
    context: &mut Context,
    x: &Shares<Z64>,
    lanes: Range<usize>,
    bits: usize,
) -> Result<[Planes; 2], MpcError> {
    let sums = Planes::of_parts(&x.own[lanes.clone()], &x.next[lanes], bits);
    let carries = majorities(context, &sums, bits.saturating_sub(1))?;
    Ok([sums, carries])
}

/// The carry out of all bits, neighbours first: one round for each doubling.
pub(super) fn carry_out(context: &mut Context, carries: Carries) -> Result<Shares<B64>, MpcError> {
    let Carries { mut generate, mut propagate } = carries;
    let lanes = generate.lanes();
    // The planes that stand for blocks of bits, the lowest first: each that of the highest bit in its block.
    let mut blocks: Vec<usize> = (0..generate.count()).collect();
    while blocks.len() > 1 {
        // Whether a carry goes through the lowest block is never asked.
        let pairs: Vec<(usize, usize)> = blocks.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let carried = pairs.iter().map(|&(low, high)| (propagate.view(high), generate.view(low)));
        let through = pairs[1..].iter().map(|&(low, high)| (propagate.view(high), propagate.view(low)));
        let products = and_each(context, lanes, &carried.chain(through).collect::<Vec<_>>())?;
        for (at, &(_, high)) in pairs.iter().enumerate() {
            generate.add_plane(high, products.view(at));
        }
        for (at, &(_, high)) in pairs[1..].iter().enumerate() {
            propagate.set_plane(high, products.view(pairs.len() + at));
        }
        blocks = blocks.chunks(2).map(|block| block[block.len() - 1]).collect();
    }
    Ok(generate.plane(blocks.first().copied().unwrap_or(0)))
}

/// The carries into each place but the lowest, by J. Sklansky's conditional sums (IRE Transactions on Electronic Computers,
/// 1960): one round for each doubling, half of all places in each.
fn carries_into(context: &mut Context, carries: Carries) -> Result<Planes, MpcError> {
    let Carries { mut generate, mut propagate } = carries;
    let (lanes, count) = (generate.lanes(), generate.count());
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
            generate.add_plane(at, products.view(number));
        }
        for (number, &at) in open.iter().enumerate() {
            propagate.set_plane(at, products.view(upper.len() + number));
        }
        block *= 2;
    }
    Ok(generate)
}

/// The carries of adding some planes of one word and some of another, place by place.
pub(super) fn add(
    context: &mut Context,
    (a, from): (&Planes, Range<usize>),
    (b, to): (&Planes, Range<usize>),
) -> Result<Carries, MpcError> {
    let pairs: Vec<_> = from.zip(to).map(|(i, j)| (a.view(i), b.view(j))).collect();
    let propagate = Planes::sums(a.lanes(), &pairs);
    Ok(Carries { generate: and_each(context, a.lanes(), &pairs)?, propagate })
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
    let mut done = Planes::zeros(x.len(), bits);
    for lanes in blocks(x.len()) {
        let from = lanes.start / 64;
        let [mut sums, carries] = carry_save(context, x, lanes, bits)?;
        // In places 1 to bits - 1 the carries are added to the sums; place 0 has none.
        if bits > 2 {
            let added = add(context, (&sums, 1..bits - 1), (&carries, 0..bits - 2))?;
            let into = carries_into(context, added)?;
            (2..bits).for_each(|at| sums.add_plane(at, into.view(at - 2)));
        }
        (1..bits).for_each(|at| sums.add_plane(at, carries.view(at - 1)));
        done.set_lanes(from, &sums);
    }
    Ok(done)
}

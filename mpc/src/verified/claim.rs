//! Claims are made: products that are recorded as they are computed.

use super::record::{BLOCK, Bank, Parts};
use super::{Place, check};
use crate::context::{CHUNK, Context};
use crate::error::MpcError;
use crate::products::Products;
use crate::ring::{Ring, Z64};
use crate::shares::Shares;
use std::collections::VecDeque;
use std::ops::Range;

/// Frames on their way before one is awaited; a claim about integers has two.
const AHEAD: usize = 4;

/// What a call of [`claim`] goes through.
struct Claiming<R: Ring> {
    shares: Shares<R>,
    /// The upper halves, as they travel: none for bits.
    upper: Shares<Z64>,
    steps: [u32; 2],
}

/// [`Context::reshare`] where parties may cheat: the same messages, and for integers the upper halves.
pub(crate) fn claim<R: Ring, P: Products<R>>(
    context: &mut Context,
    products: &P,
) -> Result<Shares<R>, MpcError> {
    let width = products.width();
    if !R::INTEGERS && width != 1 {
        return add_up(context, products);
    }
    let outputs = products.outputs();
    let mut shares: Shares<R> = Shares::zeros(outputs);
    // As many outputs as fill a block, and whole frames.
    let together = match width.max(1) {
        few @ ..=16 => BLOCK / few / CHUNK * CHUNK,
        many => (BLOCK / many).max(1),
    };
    for from in (0..outputs).step_by(together) {
        let range = from..outputs.min(from + together);
        let mut record = context.take_record(R::INTEGERS);
        let bank = if P::INNER { &mut record.inner } else { &mut record.products };
        let claimed = claim_some(context, products, range, bank);
        let full = record.size() >= BLOCK;
        context.put_record(R::INTEGERS, record);
        shares.set_at(from, &claimed?);
        if full {
            check(context)?;
        }
    }
    Ok(shares)
}

fn claim_some<R: Ring, P: Products<R>>(
    context: &mut Context,
    products: &P,
    range: Range<usize>,
    bank: &mut Bank,
) -> Result<Shares<R>, MpcError> {
    let len = range.len();
    bank.runs.push((len, products.width()));
    let empty = || Shares::zeros(if R::INTEGERS { len } else { 0 });
    let steps = [context.advance(), context.advance()];
    let mut all = Claiming { shares: Shares::zeros(len), upper: empty(), steps };
    let mut underway = VecDeque::new();
    for from in (0..len).step_by(CHUNK) {
        let chunk = from..len.min(from + CHUNK);
        let products_from = bank.x.own.len();
        let outputs = range.start + chunk.start..range.start + chunk.end;
        products.factors(outputs, &mut bank.x, &mut bank.y);
        give::<R, P>(context, bank, products_from, products.width(), chunk.clone(), &mut all)?;
        underway.push_back((chunk, products_from));
        if underway.len() == AHEAD {
            let (chunk, products_from) = underway.pop_front().expect("it was just filled");
            take::<R, P>(context, bank, products_from, products.width(), chunk, &mut all)?;
        }
    }
    underway
        .into_iter()
        .try_for_each(|(chunk, from)| take::<R, P>(context, bank, from, products.width(), chunk, &mut all))?;
    Ok(all.shares)
}

/// The sum of products of some words, of which for integers the upper half counts.
#[inline]
fn sum<R: Ring>(left: &[u64], right: &[u64]) -> u128 {
    left.iter().zip(right).fold(0, |sum: u128, (&u, &v)| {
        if R::INTEGERS { sum.wrapping_add(u128::from(u) * u128::from(v)) } else { sum ^ u128::from(u & v) }
    })
}

/// Computes and sends this party's summands, as prover; and notes r of the party before.
fn give<R: Ring, P: Products<R>>(
    context: &mut Context,
    bank: &mut Bank,
    from: usize,
    width: usize,
    range: Range<usize>,
    all: &mut Claiming<R>,
) -> Result<(), MpcError> {
    let (len, start) = (range.len(), range.start as u64);
    let [low, high] = all.steps.map(u64::from);
    let masks = |step, next: bool| {
        let mut words = vec![0; len];
        match next {
            true => context.prss().with_next_words(step, start, &mut words),
            false => context.prss().with_previous_words(step, start, &mut words),
        }
        words
    };
    let (before, after) = (masks(low, false), masks(low, true));
    let (x, y): (&Parts, &Parts) = (&bank.x, &bank.y);
    let own = &mut all.shares.own[range.clone()];
    let mut upper = if R::INTEGERS { masks(high, true) } else { Vec::new() };
    for (at, out) in own.iter_mut().enumerate() {
        let part = from + at * width..from + (at + 1) * width;
        // What the left verifier knows besides, and what the two verifiers know together.
        let (local, both) = if P::INNER {
            (R::ZERO, sum::<R>(&x.own[part.clone()], &x.next[part]))
        } else {
            let crossed = sum::<R>(&x.own[part.clone()], &y.next[part.clone()]);
            let other = sum::<R>(&y.own[part.clone()], &x.next[part.clone()]);
            let local = R::of(sum::<R>(&x.own[part.clone()], &y.own[part]) as u64);
            (local, if R::INTEGERS { crossed.wrapping_add(other) } else { crossed ^ other })
        };
        let [mask, r] = [R::of(before[at]), R::of(after[at])];
        let left = R::of(both as u64) - r;
        *out = left + local + mask;
        if R::INTEGERS {
            let lower = u128::from(left.word()) + u128::from(r.word());
            upper[at] = ((both.wrapping_sub(lower) >> 64) as u64).wrapping_sub(upper[at]);
        }
    }
    bank.right.low.extend(before);
    if R::INTEGERS {
        bank.right.high.extend(masks(high, false));
    }
    context.twist(Place::Reshare, own);
    let to = context.role().previous();
    context.send(to, all.steps[0], own)?;
    if R::INTEGERS {
        let upper: Vec<Z64> = upper.into_iter().map(Z64).collect();
        let ours = &mut all.upper.own[range];
        ours.copy_from_slice(&upper);
        context.twist(Place::Upper, ours);
        context.send(to, all.steps[1], ours)?;
    }
    Ok(())
}

/// Receives the next party's summands, and notes its L.
fn take<R: Ring, P: Products<R>>(
    context: &mut Context,
    bank: &mut Bank,
    from: usize,
    width: usize,
    range: Range<usize>,
    all: &mut Claiming<R>,
) -> Result<(), MpcError> {
    let (len, party) = (range.len(), context.role().next());
    let came: Vec<R> = context.recv(party, all.steps[0], len)?;
    let mut masks = vec![0; len];
    context.prss().with_next_words(all.steps[0].into(), range.start as u64, &mut masks);
    for (at, (&z, &mask)) in came.iter().zip(&masks).enumerate() {
        let part = from + at * width..from + (at + 1) * width;
        let local = if P::INNER { 0 } else { sum::<R>(&bank.x.next[part.clone()], &bank.y.next[part]) };
        bank.left.low.push((z - R::of(local as u64) - R::of(mask)).word());
    }
    if R::INTEGERS {
        let upper: Vec<Z64> = context.recv(party, all.steps[1], len)?;
        bank.left.high.extend(upper.into_iter().map(|word| word.0));
    }
    all.shares.next[range].copy_from_slice(&came);
    Ok(())
}

/// Every product of its own; the sums are local. Bits of one word belong to different claims, of which each is about one
/// product.
fn add_up<R: Ring, P: Products<R>>(context: &mut Context, products: &P) -> Result<Shares<R>, MpcError> {
    let [mut x, mut y] = [Parts::default(), Parts::default()];
    products.factors(0..products.outputs(), &mut x, &mut y);
    let shares = |parts: &Parts| {
        let of = |words: &[u64]| words.iter().map(|&word| R::of(word)).collect();
        Shares::new(of(&parts.own), of(&parts.next))
    };
    let products_of = claim(context, &crate::products::Each(&shares(&x), &shares(&y)))?;
    let width = products.width();
    let sums = |parts: &[R]| -> Vec<R> {
        let row = |at: usize| &parts[at * width..(at + 1) * width];
        (0..products.outputs()).map(|at| row(at).iter().fold(R::ZERO, |sum, &part| sum + part)).collect()
    };
    Ok(Shares::new(sums(&products_of.own), sums(&products_of.next)))
}

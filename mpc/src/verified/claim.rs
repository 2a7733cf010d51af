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
    let together = match BLOCK / width.max(1) / CHUNK {
        0 => (BLOCK / width).max(1),
        frames => frames * CHUNK,
    };
    for from in (0..outputs).step_by(together) {
        let range = from..outputs.min(from + together);
        let mut record = context.take_record(R::INTEGERS);
        let bank = if P::INNER { &mut record.inner } else { &mut record.products };
        bank.runs.push((range.len(), width));
        reserve::<R, P>(bank, range.len(), width);
        let claiming = Claiming {
            products,
            bank,
            shares: &mut shares,
            range,
            steps: [context.advance(), context.advance()],
            scratch: Vec::new(),
        };
        let done = claiming.run(context);
        let full = record.size() >= BLOCK;
        context.put_record(R::INTEGERS, record);
        done?;
        if full {
            check(context)?;
        }
    }
    Ok(shares)
}

/// Makes room for all that is to come, once.
fn reserve<R: Ring, P: Products<R>>(bank: &mut Bank, outputs: usize, width: usize) {
    let factors = if P::INNER { vec![&mut bank.x] } else { vec![&mut bank.x, &mut bank.y] };
    for parts in factors {
        parts.own.reserve(outputs * width);
        parts.next.reserve(outputs * width);
    }
    for wide in [&mut bank.left, &mut bank.right] {
        wide.low.reserve(outputs);
        wide.high.reserve(if R::INTEGERS { outputs } else { 0 });
    }
}

/// The sum of products of some words, of which for integers the upper half counts.
#[inline(always)]
fn sum<R: Ring>(left: &[u64], right: &[u64]) -> u128 {
    left.iter().zip(right).fold(0, |sum: u128, (&u, &v)| {
        if R::INTEGERS { sum.wrapping_add(u128::from(u) * u128::from(v)) } else { sum ^ u128::from(u & v) }
    })
}

/// A party's summand without masks: what its left verifier knows besides L, and the sum of which L and r are shares.
#[inline(always)]
fn halves<R: Ring>(inner: bool, x: [&[u64]; 2], y: [&[u64]; 2]) -> (R, u128) {
    if inner {
        return (R::ZERO, sum::<R>(x[0], x[1]));
    }
    let (one, other) = (sum::<R>(x[0], y[1]), sum::<R>(y[0], x[1]));
    let both = if R::INTEGERS { one.wrapping_add(other) } else { one ^ other };
    (R::of(sum::<R>(x[0], y[0]) as u64), both)
}

/// Outputs whose masks are made at a time.
const STRIP: usize = 1024;

/// Some outputs on their way.
struct Claiming<'a, R: Ring, P> {
    products: &'a P,
    bank: &'a mut Bank,
    shares: &'a mut Shares<R>,
    range: Range<usize>,
    steps: [u32; 2],
    /// The upper halves of a frame.
    scratch: Vec<Z64>,
}

impl<R: Ring, P: Products<R>> Claiming<'_, R, P> {
    fn run(mut self, context: &mut Context) -> Result<(), MpcError> {
        let len = self.range.len();
        let mut underway = VecDeque::new();
        for from in (0..len).step_by(CHUNK) {
            let chunk = from..len.min(from + CHUNK);
            let factor = self.bank.x.own.len();
            let outputs = self.range.start + chunk.start..self.range.start + chunk.end;
            self.products.factors(outputs, &mut self.bank.x, &mut self.bank.y);
            self.give(context, factor, chunk.clone())?;
            underway.push_back((factor, chunk));
            if underway.len() == AHEAD {
                let (factor, chunk) = underway.pop_front().expect("it was just filled");
                self.take(context, factor, chunk)?;
            }
        }
        underway.into_iter().try_for_each(|(factor, chunk)| self.take(context, factor, chunk))
    }

    /// The factors of an output: this party's own parts and the next ones.
    #[inline(always)]
    fn factors(parts: &Parts, range: Range<usize>) -> [&[u64]; 2] {
        if parts.own.is_empty() { [&[], &[]] } else { [&parts.own[range.clone()], &parts.next[range]] }
    }

    /// Computes and sends this party's summands, as prover; and notes r of the party before.
    fn give(&mut self, context: &mut Context, factor: usize, chunk: Range<usize>) -> Result<(), MpcError> {
        let (width, start) = (self.products.width(), chunk.start as u64);
        let [low, high] = self.steps.map(u64::from);
        let known = self.bank.right.low.len();
        self.bank.right.low.resize(known + chunk.len(), 0);
        context.prss().with_previous_words(low, start, &mut self.bank.right.low[known..]);
        if R::INTEGERS {
            self.bank.right.high.resize(known + chunk.len(), 0);
            context.prss().with_previous_words(high, start, &mut self.bank.right.high[known..]);
            self.scratch.resize(chunk.len(), Z64::ZERO);
        }
        let own = &mut self.shares.own[self.range.start..][chunk.clone()];
        let (x, y) = (&self.bank.x, &self.bank.y);
        let (mut after, mut hiding) = ([0; STRIP], [0; STRIP]);
        for (strip, out) in own.chunks_mut(STRIP).enumerate() {
            let from = strip * STRIP;
            let (after, hiding) = (&mut after[..out.len()], &mut hiding[..out.len()]);
            context.prss().with_next_words(low, start + from as u64, after);
            if R::INTEGERS {
                context.prss().with_next_words(high, start + from as u64, hiding);
            }
            let before = &self.bank.right.low[known + from..];
            let mut first = factor + from * width;
            let masks = before.iter().zip(&*after).zip(&mut *hiding);
            for (out, ((&before, &after), hiding)) in out.iter_mut().zip(masks) {
                let part = first..first + width;
                first += width;
                let factors = [Self::factors(x, part.clone()), Self::factors(y, part)];
                let (local, both) = halves::<R>(P::INNER, factors[0], factors[1]);
                let r = R::of(after);
                let left = R::of(both as u64) - r;
                *out = left + local + R::of(before);
                if R::INTEGERS {
                    let lower = u128::from(left.word()) + u128::from(after);
                    *hiding = ((both.wrapping_sub(lower) >> 64) as u64).wrapping_sub(*hiding);
                }
            }
            if R::INTEGERS {
                let upper = self.scratch[from..].iter_mut().zip(&*hiding);
                upper.for_each(|(upper, &word)| *upper = Z64(word));
            }
        }
        context.twist(Place::Reshare, own);
        let to = context.role().previous();
        context.send(to, self.steps[0], own)?;
        if R::INTEGERS {
            context.twist(Place::Upper, &mut self.scratch);
            context.send(to, self.steps[1], &self.scratch)?;
        }
        Ok(())
    }

    /// Receives the next party's summands, and notes its L.
    fn take(&mut self, context: &mut Context, factor: usize, chunk: Range<usize>) -> Result<(), MpcError> {
        let (width, start, party) = (self.products.width(), chunk.start as u64, context.role().next());
        let next = &mut self.shares.next[self.range.start..][chunk];
        context.recv_into(party, self.steps[0], next)?;
        let mut masks = [0; STRIP];
        let mut first = factor;
        for (strip, came) in next.chunks(STRIP).enumerate() {
            let masks = &mut masks[..came.len()];
            context.prss().with_next_words(self.steps[0].into(), start + (strip * STRIP) as u64, masks);
            let (x, y) = (&self.bank.x.next, &self.bank.y.next);
            self.bank.left.low.extend(came.iter().zip(&*masks).map(|(&z, &mask)| {
                let part = first..first + width;
                first += width;
                let local = if P::INNER { 0 } else { sum::<R>(&x[part.clone()], &y[part]) };
                (z - R::of(local as u64) - R::of(mask)).word()
            }));
        }
        if R::INTEGERS {
            self.scratch.resize(next.len(), Z64::ZERO);
            context.recv_into(party, self.steps[1], &mut self.scratch)?;
            self.bank.left.high.extend(self.scratch.iter().map(|word| word.0));
        }
        Ok(())
    }
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

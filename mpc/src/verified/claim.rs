//! Claims are made: products that are recorded as they are computed.

use super::moved::check_if_many;
use super::record::{BLOCK, Bank, Gram, Parts};
use super::{Place, check};
use crate::context::{CHUNK, Context};
use crate::error::MpcError;
use crate::products::{Pairs, Products};
use crate::ring::Ring;
use crate::shares::Shares;
use std::collections::VecDeque;
use std::ops::Range;

/// Frames on their way before one is awaited.
const AHEAD: usize = 8;

/// [`Context::reshare`] where parties may cheat: the same messages, of which all note what they know.
pub(crate) fn claim<R: Ring, P: Products<R>>(
    context: &mut Context,
    products: &P,
) -> Result<Shares<R>, MpcError> {
    let width = products.width();
    if !R::INTEGERS && width != 1 {
        return add_up(context, products);
    }
    if let Some(pairs) = products.pairs().filter(|pairs| R::INTEGERS && worth(pairs.vectors)) {
        return claim_pairs(context, pairs);
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
        let claiming = Claiming { products, bank, shares: &mut shares, range, step: context.advance() };
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

/// Whether vectors may be kept until the products of every two are checked: that takes no more memory than to keep both factors
/// of every product of one pair, or little.
fn worth<R: Ring>(vectors: &[&Shares<R>]) -> bool {
    let elements: usize = vectors.iter().map(|vector| vector.len()).sum();
    vectors.len() <= MOST && (vectors.len() <= 2 || elements <= 8 * BLOCK)
}

/// Vectors of which every two are multiplied: what one combination of them takes ([`Field::combine`]).
///
/// [`Field::combine`]: super::field::Field::combine
const MOST: usize = 64;

/// [`claim`] of the products of every two of some vectors, which are noted once and not with each other.
fn claim_pairs<R: Ring>(context: &mut Context, pairs: &Pairs<'_, R>) -> Result<Shares<R>, MpcError> {
    let (outputs, step) = (pairs.outputs(), context.advance());
    let mut own = vec![R::ZERO; outputs];
    pairs.summands(0..outputs, &mut own);
    let [mut right, mut after] = [(); 2].map(|()| vec![0; outputs]);
    context.prss().with_previous_words(step.into(), 0, &mut right);
    context.prss().with_next_words(step.into(), 0, &mut after);
    let masks = right.iter().zip(&after);
    own.iter_mut().zip(masks).for_each(|(own, (&r, &mask))| *own = *own + R::of(r) - R::of(mask));
    context.twist(Place::Reshare, &mut own);
    let (to, from) = (context.role().previous(), context.role().next());
    let next = context.exchange_at(step, to, &own, from)?;
    let local = pairs.of_next().into_iter().zip(after);
    let left = next.iter().zip(local).map(|(&z, (local, mask))| (z - local - R::of(mask)).word());
    let vector = |shares: &&Shares<R>| {
        let mut parts = Parts::default();
        parts.push_shares(shares);
        parts
    };
    let gram = Gram { vectors: pairs.vectors.iter().map(vector).collect(), left: left.collect(), right };
    let mut record = context.take_record(R::INTEGERS);
    record.grams.push(gram);
    context.put_record(R::INTEGERS, record);
    check_if_many(context, R::INTEGERS)?;
    Ok(Shares::new(own, next))
}

/// Makes room for all that is to come, once.
fn reserve<R: Ring, P: Products<R>>(bank: &mut Bank, outputs: usize, width: usize) {
    let factors = if P::INNER { vec![&mut bank.x] } else { vec![&mut bank.x, &mut bank.y] };
    for parts in factors {
        parts.own.reserve(outputs * width);
        parts.next.reserve(outputs * width);
    }
    [&mut bank.left, &mut bank.right].into_iter().for_each(|known| known.reserve(outputs));
}

/// Outputs whose masks are made at a time.
const STRIP: usize = 1024;

/// Some outputs on their way.
struct Claiming<'a, R: Ring, P> {
    products: &'a P,
    bank: &'a mut Bank,
    shares: &'a mut Shares<R>,
    range: Range<usize>,
    step: u32,
}

impl<R: Ring, P: Products<R>> Claiming<'_, R, P> {
    fn run(mut self, context: &mut Context) -> Result<(), MpcError> {
        let len = self.range.len();
        let mut underway = VecDeque::new();
        for from in (0..len).step_by(CHUNK) {
            let chunk = from..len.min(from + CHUNK);
            let claim = self.give(context, chunk.clone())?;
            underway.push_back((claim, chunk));
            if underway.len() == AHEAD {
                let (claim, chunk) = underway.pop_front().expect("it was just filled");
                self.take(context, claim, chunk)?;
            }
        }
        underway.into_iter().try_for_each(|(claim, chunk)| self.take(context, claim, chunk))
    }

    /// Computes and sends this party's summands, as prover. Notes r of the party before, and of L of the party after what is
    /// known before its summand comes: - x_(i+1) y_(i+1) - r. Gives the number of the first of these claims.
    fn give(&mut self, context: &mut Context, chunk: Range<usize>) -> Result<usize, MpcError> {
        let (width, step, claim) = (self.products.width(), u64::from(self.step), self.bank.right.len());
        let first = self.bank.x.own.len();
        let outputs = self.range.start + chunk.start..self.range.start + chunk.end;
        self.products.factors(outputs, &mut self.bank.x, &mut self.bank.y);
        let own = &mut self.shares.own[self.range.start..][chunk.clone()];
        let Bank { x, y, left, right, .. } = &mut *self.bank;
        let [mut before, mut after] = [[0; STRIP]; 2];
        for (out, at) in own.chunks_mut(STRIP).zip((0..).step_by(STRIP)) {
            let (before, after) = (&mut before[..out.len()], &mut after[..out.len()]);
            let position = (chunk.start + at) as u64;
            context.prss().with_previous_words(step, position, before);
            context.prss().with_next_words(step, position, after);
            right.extend_from_slice(before);
            let factors = first + at * width..first + (at + out.len()) * width;
            local::<R>(P::INNER, width, x.part(factors.clone()), y.part(factors), (out, after));
            left.extend_from_slice(after);
            out.iter_mut().zip(&*before).for_each(|(out, &mask)| *out = *out + R::of(mask));
        }
        context.twist(Place::Reshare, own);
        context.send(context.role().previous(), self.step, own)?;
        Ok(claim)
    }

    /// Receives the next party's summands, and adds them to what is known of its L.
    fn take(&mut self, context: &mut Context, claim: usize, chunk: Range<usize>) -> Result<(), MpcError> {
        let next = &mut self.shares.next[self.range.start..][chunk];
        context.recv_into(context.role().next(), self.step, next)?;
        let left = self.bank.left[claim..].iter_mut().zip(&*next);
        left.for_each(|(left, &z)| *left = (R::of(*left) + z).word());
        Ok(())
    }
}

/// Of some outputs this party's summand less the masks that are in `after`, and in the place of those what it knows of the next
/// party's summand, negated.
fn local<R: Ring>(
    inner: bool,
    width: usize,
    [x0, x1]: [&[u64]; 2],
    [y0, y1]: [&[u64]; 2],
    (out, after): (&mut [R], &mut [u64]),
) {
    let places = out.iter_mut().zip(after);
    match (inner, width) {
        (true, _) => {
            // The product of both parts alone, which the next party has no factor of.
            for ((out, after), (&x0, &x1)) in places.zip(x0.iter().zip(x1)) {
                let mask = R::of(*after);
                *out = R::of(x0) * R::of(x1) - mask;
                *after = (-mask).word();
            }
        }
        (false, 1) => {
            let factors = x0.iter().zip(x1).zip(y0.iter().zip(y1));
            for ((out, after), ((&x0, &x1), (&y0, &y1))) in places.zip(factors) {
                let [x0, x1, y0, y1, mask] = [x0, x1, y0, y1, *after].map(R::of);
                let both = x1 * y1 + mask;
                *out = (x0 + x1) * (y0 + y1) - both;
                *after = (-both).word();
            }
        }
        _ => {
            let rows = x0.chunks(width).zip(x1.chunks(width)).zip(y0.chunks(width).zip(y1.chunks(width)));
            for ((out, after), ((x0, x1), (y0, y1))) in places.zip(rows) {
                let factors = x0.iter().zip(x1).zip(y0.iter().zip(y1));
                let (all, both) =
                    factors.fold((R::ZERO, R::of(*after)), |(all, both), ((&x0, &x1), (&y0, &y1))| {
                        let [x0, x1, y0, y1] = [x0, x1, y0, y1].map(R::of);
                        (all + (x0 + x1) * (y0 + y1), both + x1 * y1)
                    });
                *out = all - both;
                *after = (-both).word();
            }
        }
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

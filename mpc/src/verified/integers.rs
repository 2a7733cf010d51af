//! Claims modulo 2^64 as one about integers, and that as one modulo a random prime.

use super::prime::{Prime, Residue};
use super::record::{Record, Seat, Side, Wide};
use yinshu_crypto::keystream::KeyStream;

/// Bits of the sum of all weighted products, shared among the verifiers over the integers: [`SHARE`] words of the one hide
/// it, [`TOTAL`] of the other.
#[cfg_attr(not(test), expect(dead_code, reason = "a test compares it with the size of primes"))]
pub(super) const TOTAL_BITS: u32 = 64 * TOTAL as u32;
/// Words of the left verifier's share, in two's complement.
pub(super) const TOTAL: usize = 6;
/// Words of the right verifier's share, without sign. A sum of n products times weights is below n·2^192: it is hidden up
/// to n·2^-128.
pub(super) const SHARE: usize = 5;

/// Weights are made this many at a time.
const AHEAD: usize = 1024;

/// For each output of a bank or of moved rows, a weight of 64 bits. It is odd: then one claim that is wrong in its upper
/// half alone does not pass either, though nobody needs that half.
fn weights(stream: &KeyStream, bank: usize, count: usize) -> impl Iterator<Item = u64> {
    let mut words = vec![0; AHEAD.min(count.next_multiple_of(2))];
    (0..count).map(move |at| {
        if at % AHEAD == 0 {
            stream.words(bank as u64, at as u64, &mut words);
        }
        words[at % AHEAD] | 1
    })
}

/// The weight of each product of a bank.
fn spread<'a>(
    stream: &'a KeyStream,
    bank: usize,
    runs: &'a [(usize, usize)],
) -> impl Iterator<Item = u64> + use<'a> {
    let outputs = runs.iter().map(|(outputs, _)| outputs).sum();
    let mut weights = weights(stream, bank, outputs);
    let widths = runs.iter().flat_map(|&(outputs, width)| std::iter::repeat_n(width, outputs));
    widths.flat_map(move |width| std::iter::repeat_n(weights.next().unwrap_or_default(), width))
}

/// The sum of weighted products, of which no carry is lost.
#[derive(Default)]
struct Total {
    /// Sums of halves of products, and how often each passed 2^128.
    sums: [(u128, u64); 2],
}

impl Total {
    #[inline]
    fn add(&mut self, weight: u64, product: u128) {
        for ((sum, carries), half) in self.sums.iter_mut().zip([product as u64, (product >> 64) as u64]) {
            let (next, carried) = sum.overflowing_add(u128::from(weight) * u128::from(half));
            *sum = next;
            *carries += u64::from(carried);
        }
    }

    fn words(&self) -> [u64; TOTAL] {
        let mut words = [0u64; TOTAL];
        for (shift, (sum, carries)) in self.sums.iter().enumerate() {
            let mut carry = false;
            let summand = [*sum as u64, (*sum >> 64) as u64, *carries];
            for (at, word) in words[shift..].iter_mut().enumerate() {
                let (once, first) = word.overflowing_add(summand.get(at).copied().unwrap_or(0));
                let (twice, second) = once.overflowing_add(u64::from(carry));
                (*word, carry) = (twice, first | second);
            }
        }
        words
    }
}

/// As prover: the sum over the integers of all products times their weights.
pub(super) fn total(record: &Record, stream: &KeyStream) -> [u64; TOTAL] {
    let mut total = Total::default();
    for (at, bank) in record.banks().into_iter().enumerate() {
        let sides = [Side::Left, Side::Right].map(|side| bank.factors(Seat::Prover, side));
        let [left, right] = sides;
        for (left, right) in left.iter().zip(&right) {
            for ((&u, &v), weight) in left.iter().zip(*right).zip(spread(stream, at, &bank.runs)) {
                total.add(weight, u128::from(u) * u128::from(v));
            }
        }
    }
    for (at, moved) in record.moved[Seat::Prover as usize].iter().enumerate() {
        let (Some(rows), Some(moves)) = (&moved.rows, &moved.moves) else { continue };
        let weights = weights(stream, 2 + at, moved.len);
        moves.apply(rows).into_iter().zip(weights).for_each(|(row, weight)| total.add(weight, row.into()));
    }
    total.words()
}

/// `total - share`: the left verifier's share.
pub(super) fn difference(total: &[u64; TOTAL], share: &[u64]) -> [u64; TOTAL] {
    let (mut out, mut borrow) = (*total, false);
    for (at, word) in out.iter_mut().enumerate() {
        let (once, first) = word.overflowing_sub(share.get(at).copied().unwrap_or(0));
        let (twice, second) = once.overflowing_sub(u64::from(borrow));
        (*word, borrow) = (twice, first | second);
    }
    out
}

/// As verifier: the sum of all L or of all r times their weights, modulo 2^128.
pub(super) fn known(record: &Record, seat: Seat, stream: &KeyStream) -> u128 {
    let weigh = |wide: &Wide, bank| {
        weights(stream, bank, wide.low.len())
            .enumerate()
            .fold(0u128, |sum, (at, weight)| sum.wrapping_add(wide.at(at).wrapping_mul(u128::from(weight))))
    };
    let banks = record.banks().into_iter().enumerate();
    let banks = banks.filter_map(|(at, bank)| Some(weigh(bank.known(seat)?, at)));
    let moved = record.moved[seat as usize].iter().zip(2..).map(|(moved, at)| weigh(&moved.known, at));
    banks.chain(moved).fold(0, u128::wrapping_add)
}

/// The factors of all products on a side modulo the prime, those on the left times their weights.
pub(super) fn side(
    record: &Record,
    seat: Seat,
    side: Side,
    field: &Prime,
    stream: &KeyStream,
) -> Vec<Residue> {
    let mut out = Vec::with_capacity(2 * record.size());
    for (at, bank) in record.banks().into_iter().enumerate() {
        for words in bank.factors(seat, side) {
            match side {
                Side::Left => {
                    let weights = spread(stream, at, &bank.runs).map(|weight| field.weight(weight));
                    out.extend(words.iter().zip(weights).map(|(&word, weight)| field.weigh(word, weight)));
                }
                Side::Right => out.extend(words.iter().map(|&word| field.of(word))),
            }
        }
    }
    for (moved, at) in record.moved[seat as usize].iter().zip(2..) {
        if moved.rows_on == side {
            out.extend(moved.rows.iter().flatten().map(|&word| field.of(word)));
        } else if let Some(moves) = &moved.moves {
            let weights: Vec<Residue> =
                weights(stream, at, moved.len).map(|weight| field.of(weight)).collect();
            out.extend(moves.undo(&weights));
        }
    }
    out
}

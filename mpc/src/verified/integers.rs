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

/// Products that are worked on at a time.
const PIECE: usize = 1 << 12;

/// For each output of a bank or of moved rows, a weight of 64 bits. It is odd: then one claim that is wrong in its upper
/// half alone does not pass either, though nobody needs that half.
struct Weights<'a> {
    stream: &'a KeyStream,
    bank: usize,
    drawn: usize,
    words: [u64; AHEAD],
}

impl<'a> Weights<'a> {
    fn new(stream: &'a KeyStream, bank: usize) -> Self {
        Self { stream, bank, drawn: 0, words: [0; AHEAD] }
    }

    fn fill(&mut self, mut out: &mut [u64]) {
        while !out.is_empty() {
            let at = self.drawn % AHEAD;
            if at == 0 {
                self.stream.words(self.bank as u64, self.drawn as u64, &mut self.words);
            }
            let (now, later) = out.split_at_mut(out.len().min(AHEAD - at));
            now.iter_mut().zip(&self.words[at..]).for_each(|(out, word)| *out = word | 1);
            self.drawn += now.len();
            out = later;
        }
    }

    fn next(&mut self) -> u64 {
        let mut one = [0];
        self.fill(&mut one);
        one[0]
    }

    fn all(stream: &KeyStream, bank: usize, count: usize) -> Vec<u64> {
        let mut words = vec![0; count];
        Weights::new(stream, bank).fill(&mut words);
        words
    }
}

/// The weight of each product of a bank, in order.
struct Spread<'a> {
    weights: Weights<'a>,
    runs: std::slice::Iter<'a, (usize, usize)>,
    outputs: usize,
    width: usize,
    /// Products of the present output that are left.
    left: usize,
    weight: u64,
}

impl<'a> Spread<'a> {
    fn new(stream: &'a KeyStream, bank: usize, runs: &'a [(usize, usize)]) -> Self {
        let weights = Weights::new(stream, bank);
        Self { weights, runs: runs.iter(), outputs: 0, width: 0, left: 0, weight: 0 }
    }

    fn fill(&mut self, out: &mut [u64]) {
        let mut out = out;
        while !out.is_empty() {
            while self.left == 0 {
                while self.outputs == 0 {
                    let Some(&(outputs, width)) = self.runs.next() else { return };
                    (self.outputs, self.width) = (outputs, width);
                }
                if self.width == 1 {
                    let (now, later) = out.split_at_mut(out.len().min(self.outputs));
                    self.weights.fill(now);
                    self.outputs -= now.len();
                    out = later;
                    if out.is_empty() {
                        return;
                    }
                } else {
                    self.outputs -= 1;
                    (self.left, self.weight) = (self.width, self.weights.next());
                }
            }
            let (now, later) = out.split_at_mut(out.len().min(self.left));
            now.fill(self.weight);
            self.left -= now.len();
            out = later;
        }
    }
}

/// The sum of weighted products, of which no carry is lost.
#[derive(Default)]
struct Total {
    /// Sums of what the words of numbers are times their weights, and how often each passed 2^128.
    sums: [(u128, u64); 3],
}

impl Total {
    /// Adds a number of 129 bits.
    #[inline]
    fn add(&mut self, weight: u64, (number, carried): (u128, bool)) {
        let words = [number as u64, (number >> 64) as u64, u64::from(carried)];
        for ((sum, carries), word) in self.sums.iter_mut().zip(words) {
            let (next, carried) = sum.overflowing_add(u128::from(weight) * u128::from(word));
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
    let mut weights = [0; PIECE];
    for (at, bank) in record.banks().into_iter().enumerate() {
        let [left, right] = [Side::Left, Side::Right].map(|side| bank.factors(Seat::Prover, side));
        let mut spread = Spread::new(stream, at, &bank.runs);
        for from in (0..bank.x.own.len()).step_by(PIECE) {
            let range = from..bank.x.own.len().min(from + PIECE);
            let weights = &mut weights[..range.len()];
            spread.fill(weights);
            let product = |vector: usize, at: usize| {
                u128::from(left[vector][from + at]) * u128::from(right[vector][from + at])
            };
            // Products of two sharings are in two pairs of vectors.
            match left.len() {
                1 => weights.iter().enumerate().for_each(|(at, &weight)| {
                    total.add(weight, (product(0, at), false));
                }),
                _ => weights.iter().enumerate().for_each(|(at, &weight)| {
                    total.add(weight, product(0, at).overflowing_add(product(1, at)));
                }),
            }
        }
    }
    for (moved, at) in record.moved[Seat::Prover as usize].iter().zip(2..) {
        let (Some(rows), Some(moves)) = (&moved.rows, &moved.moves) else { continue };
        let weights = Weights::all(stream, at, moved.len);
        let rows = moves.apply(rows).into_iter().zip(weights);
        rows.for_each(|(row, weight)| total.add(weight, (row.into(), false)));
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
        let mut weights = Weights::new(stream, bank);
        let (mut drawn, mut low, mut high) = ([0; PIECE], 0u128, 0u64);
        for (lows, highs) in wide.low.chunks(PIECE).zip(wide.high.chunks(PIECE)) {
            let drawn = &mut drawn[..lows.len()];
            weights.fill(drawn);
            for ((&weight, &l), &h) in drawn.iter().zip(lows).zip(highs) {
                low = low.wrapping_add(u128::from(l) * u128::from(weight));
                high = high.wrapping_add(h.wrapping_mul(weight));
            }
        }
        low.wrapping_add(u128::from(high) << 64)
    };
    let banks = record.banks().into_iter().enumerate();
    let banks = banks.filter_map(|(at, bank)| Some(weigh(bank.known(seat)?, at)));
    let moved = record.moved[seat as usize].iter().zip(2..).map(|(moved, at)| weigh(&moved.known, at));
    banks.chain(moved).fold(0, u128::wrapping_add)
}

/// Gives the factors of all products modulo the prime, piece by piece: those on the left times their weights; none of a
/// side that this party does not know. A piece is as long as a multiple of `corners`, filled up with zeros.
pub(super) fn pieces(
    (record, seat): (&Record, Seat),
    corners: usize,
    (field, stream): (&Prime, &KeyStream),
    mut each: impl FnMut(&[Residue], &[Residue]),
) {
    let (knows_left, knows_right) = (seat != Seat::Right, seat != Seat::Left);
    let mut buffers = [[Residue::default(); PIECE]; 2];
    let mut weights = [0; PIECE];
    let mut weighed = [Residue::default(); PIECE];
    let mut give = |buffers: &mut [[Residue; PIECE]; 2], len: usize| {
        let filled = len.next_multiple_of(corners);
        buffers.iter_mut().for_each(|buffer| buffer[len..filled].fill(Residue::default()));
        let [left, right] = buffers;
        each(&left[..if knows_left { filled } else { 0 }], &right[..if knows_right { filled } else { 0 }]);
    };
    for (at, bank) in record.banks().into_iter().enumerate() {
        let sides = [(knows_left, Side::Left), (knows_right, Side::Right)];
        let [left, right] =
            sides.map(|(knows, side)| if knows { bank.factors(seat, side) } else { Vec::new() });
        let len = bank.x.own.len();
        let mut spread = Spread::new(stream, at, &bank.runs);
        for from in (0..len).step_by(PIECE) {
            let range = from..len.min(from + PIECE);
            let weights = &mut weights[..range.len()];
            if knows_left {
                spread.fill(weights);
                field.of_each(&mut weighed[..range.len()], weights);
            }
            for vector in 0..left.len().max(right.len()) {
                let [left_out, right_out] = &mut buffers;
                if let Some(words) = left.get(vector) {
                    let (out, by) = (&mut left_out[..range.len()], &weighed[..range.len()]);
                    field.weigh_each(out, &words[range.clone()], by);
                }
                if let Some(words) = right.get(vector) {
                    field.of_each(&mut right_out[..range.len()], &words[range.clone()]);
                }
                give(&mut buffers, range.len());
            }
        }
    }
    for (moved, at) in record.moved[seat as usize].iter().zip(2..) {
        let (rows, moves) = (moved.rows.as_deref(), moved.moves.as_ref());
        let weights: Option<Vec<u64>> = moves.map(|moves| moves.undo(&Weights::all(stream, at, moved.len)));
        let [left, right] = match moved.rows_on {
            Side::Left => [rows, weights.as_deref()],
            Side::Right => [weights.as_deref(), rows],
        };
        for from in (0..moved.len).step_by(PIECE) {
            let range = from..moved.len.min(from + PIECE);
            for (buffer, words) in buffers.iter_mut().zip([left, right]) {
                if let Some(words) = words {
                    field.of_each(&mut buffer[..range.len()], &words[range.clone()]);
                }
            }
            give(&mut buffers, range.len());
        }
    }
}

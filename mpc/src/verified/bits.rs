//! Claims about bits, 64 in a word, as one about elements of GF(2^64).
//!
//! A word is an element by itself: bit l is the coefficient of x^l, so that a word of errors is zero only if all its bits
//! are. Products are of bits, though, and are taken word by word as long as nothing but bits is in play: the words of 2^k
//! rows are made polynomials in k variables ([`super::fold`]) whose values at {0, 1, ∞}^k are words again.

use super::field::{Binary, Field};
use super::fold::{Cube, Source};
use super::record::{Bank, Record, Seat, Side};
use crate::pool;
use yinshu_crypto::field::{F64, rows};
use yinshu_crypto::keystream::KeyStream;
use yinshu_crypto::widest::{Work, run};

/// Columns that are worked on at a time.
const COLUMNS: usize = 64;

/// How the outputs of both banks lie: in 2^k rows.
pub(super) fn cube(record: &Record) -> Cube {
    let outputs = record.banks().into_iter().map(Bank::outputs).max().unwrap_or(0);
    Cube { variables: (outputs.max(1).ilog2() / 2).min(6) }
}

/// A weight for each column.
fn weights(stream: &KeyStream, bank: usize, columns: usize) -> Vec<F64> {
    let mut words = vec![0; columns];
    stream.words(bank as u64, 0, &mut words);
    words.into_iter().map(F64).collect()
}

fn columns(bank: &Bank, cube: Cube) -> usize {
    bank.outputs().div_ceil(cube.corners())
}

/// Words of a row from a column on; beyond the last output they are zero.
fn row(words: &[u64], start: usize, out: &mut [u64]) {
    let there = words.get(start..).unwrap_or_default();
    let len = there.len().min(out.len());
    out[..len].copy_from_slice(&there[..len]);
    out[len..].fill(0);
}

/// As prover: the weighted sums of products at all points that are no corner.
pub(super) fn products(record: &Record, cube: Cube, stream: &KeyStream) -> Vec<F64> {
    let plan = cube.plan();
    let mut sums = vec![F64::ZERO; plan.len()];
    for (at, bank) in record.banks().into_iter().enumerate() {
        let [left, right] = [Side::Left, Side::Right].map(|side| bank.factors(Seat::Prover, side));
        let columns = columns(bank, cube);
        let weights = weights(stream, at, columns);
        let mut rows: Vec<Vec<u64>> = vec![vec![0; plan.len() * COLUMNS]; 2 * left.len()];
        for from in (0..columns).step_by(COLUMNS) {
            let width = COLUMNS.min(columns - from);
            for (rows, words) in rows.iter_mut().zip(left.iter().chain(&right)) {
                run(Spread { plan: &plan, rows, words, columns, from, width });
            }
            let (left, right) = rows.split_at(left.len());
            for (point, sum) in sums.iter_mut().enumerate() {
                if matches!(plan[point], Source::Corner(_)) {
                    continue;
                }
                let mut products = [F64::ZERO; COLUMNS];
                for (left, right) in left.iter().zip(right) {
                    let (left, right) = (&left[point * COLUMNS..], &right[point * COLUMNS..]);
                    let both = left.iter().zip(right);
                    products[..width].iter_mut().zip(both).for_each(|(p, (u, v))| p.0 ^= u & v);
                }
                *sum += rows::dot(&weights[from..from + width], &products[..width]);
            }
        }
    }
    sums
}

/// Fills the rows of all points from the words of the corners.
struct Spread<'a> {
    plan: &'a [Source],
    rows: &'a mut [u64],
    words: &'a [u64],
    columns: usize,
    from: usize,
    width: usize,
}

impl Work for Spread<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (at, source) in self.plan.iter().enumerate() {
            let (before, out) = self.rows.split_at_mut(at * COLUMNS);
            let out = &mut out[..self.width];
            match *source {
                Source::Corner(corner) => row(self.words, corner * self.columns + self.from, out),
                Source::Difference(a, b) => {
                    let both = before[a * COLUMNS..].iter().zip(&before[b * COLUMNS..]);
                    out.iter_mut().zip(both).for_each(|(out, (a, b))| *out = a ^ b);
                }
            }
        }
    }
}

/// As verifier: the weighted sums of L or of r at the corners.
pub(super) fn known(record: &Record, seat: Seat, cube: Cube, stream: &KeyStream) -> Vec<F64> {
    let mut sums = vec![F64::ZERO; cube.corners()];
    for (at, bank) in record.banks().into_iter().enumerate() {
        let Some(known) = bank.known(seat) else { continue };
        let columns = columns(bank, cube);
        let weights = weights(stream, at, columns);
        let mut words = vec![0; columns];
        for (corner, sum) in sums.iter_mut().enumerate() {
            row(known, corner * columns, &mut words);
            let elements: Vec<F64> = words.iter().map(|&word| F64(word)).collect();
            *sum += Binary.dot(&weights, &elements);
        }
    }
    sums
}

/// The factors of all products on a side at a point, those on the left times their weights: an element for each bit of a
/// column.
pub(super) fn side(
    record: &Record,
    seat: Seat,
    side: Side,
    (cube, at_point): (Cube, &[F64]),
    stream: &KeyStream,
) -> Vec<F64> {
    // Vectors come out of the pool as zeros, with a few elements more for a round's last columns.
    let room = |bank: &Bank| bank.factors(seat, side).len() * 64 * columns(bank, cube);
    let of_moved =
        record.moved[seat as usize].iter().filter(|moved| moved.rows_on == side || moved.moves.is_some());
    let len = record.banks().into_iter().map(room).sum();
    let mut out = pool::zeros(len + of_moved.map(|moved| moved.len).sum::<usize>() + 64);
    let mut from = 0;
    for (at, bank) in record.banks().into_iter().enumerate() {
        let columns = columns(bank, cube);
        let weights = weights(stream, at, columns);
        for words in bank.factors(seat, side) {
            let out = &mut out[from..from + 64 * columns];
            from += out.len();
            rows::by_bit(out, words, at_point);
            if side == Side::Left {
                let (elements, _) = out.as_chunks_mut::<64>();
                elements.iter_mut().zip(&weights).for_each(|(elements, &weight)| {
                    rows::mul_each(elements, &lanes(weight));
                });
            }
        }
    }
    out.truncate(len);
    moved(record, seat, side, stream, &mut out);
    out
}

/// A weight times x^l, for each bit l.
fn lanes(weight: F64) -> [F64; 64] {
    let mut lanes = [weight; 64];
    for at in 1..64 {
        let last = lanes[at - 1].0;
        lanes[at] = F64((last << 1) ^ ((last >> 63) * 0x1b));
    }
    lanes
}

/// Rows that were moved, and their weights.
fn moved(record: &Record, seat: Seat, side: Side, stream: &KeyStream, out: &mut Vec<F64>) {
    for (moved, at) in record.moved[seat as usize].iter().zip(2..) {
        if moved.rows_on == side {
            out.extend(moved.rows.iter().flatten().map(|&word| F64(word)));
        } else if let Some(moves) = &moved.moves {
            out.extend(moves.undo(&weights(stream, at, moved.len)));
        }
    }
}

/// As verifier: the weighted sum of all L or all r of moved rows.
pub(super) fn known_moved(record: &Record, seat: Seat, stream: &KeyStream) -> F64 {
    let moved = record.moved[seat as usize].iter().zip(2..);
    moved.fold(F64::ZERO, |sum, (moved, at)| {
        let words: Vec<F64> = moved.known.iter().map(|&word| F64(word)).collect();
        sum + rows::dot(&weights(stream, at, moved.len), &words)
    })
}

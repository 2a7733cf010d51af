//! 64 words of 64 bits, rows to columns.

use crate::pool;
use crate::ring::Ring;
use yinshu_crypto::widest::{Work, run};

/// Turns bit j of word i into bit i of word j: six rounds of exchanges of halves (H. S. Warren, *Hacker's Delight*,
/// second edition, section 7-3).
#[inline(always)]
pub(super) fn transpose(square: &mut [u64; 64]) {
    exchange::<32>(square, 0x0000_0000_ffff_ffff);
    exchange::<16>(square, 0x0000_ffff_0000_ffff);
    exchange::<8>(square, 0x00ff_00ff_00ff_00ff);
    exchange::<4>(square, 0x0f0f_0f0f_0f0f_0f0f);
    exchange::<2>(square, 0x3333_3333_3333_3333);
    exchange::<1>(square, 0x5555_5555_5555_5555);
}

/// Exchanges the upper half of rows with the lower half of those `HALF` further on, in each group of twice as many.
#[inline(always)]
fn exchange<const HALF: usize>(square: &mut [u64; 64], mask: u64) {
    for group in square.chunks_exact_mut(2 * HALF) {
        let (upper, lower) = group.split_at_mut(HALF);
        for (a, b) in upper.iter_mut().zip(lower) {
            let swap = (*a >> HALF ^ *b) & mask;
            *a ^= swap << HALF;
            *b ^= swap;
        }
    }
}

/// The lowest `planes` bits of each value: plane after plane, each of ⌈values / 64⌉ words.
pub(super) fn planes_of<R: Ring, B: Ring>(values: &[R], planes: usize) -> Vec<B> {
    let mut out = pool::zeros(planes * values.len().div_ceil(64));
    run(ToPlanes { values, planes, out: &mut out });
    out
}

/// Squares at a time: a plane's words fill a line of the cache.
const WIDE: usize = 8;

struct ToPlanes<'a, R, B> {
    values: &'a [R],
    planes: usize,
    out: &'a mut [B],
}

impl<R: Ring, B: Ring> Work for ToPlanes<'_, R, B> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let words = self.values.len().div_ceil(64);
        let mut squares = [[0; 64]; WIDE];
        for (at, chunk) in self.values.chunks(64 * WIDE).enumerate() {
            let wide = chunk.len().div_ceil(64);
            for (square, chunk) in squares.iter_mut().zip(chunk.chunks(64)) {
                square.iter_mut().zip(chunk).for_each(|(word, value)| *word = value.word());
                square[chunk.len()..].fill(0);
                transpose(square);
            }
            for plane in 0..self.planes {
                let to = plane * words + at * WIDE;
                let out = self.out[to..to + wide].iter_mut();
                out.zip(&squares).for_each(|(out, square)| *out = B::of(square[plane]));
            }
        }
    }
}

/// The inverse, for `len` values.
pub(super) fn values_of<B: Ring, R: Ring>(planes: &[B], len: usize) -> Vec<R> {
    let mut out = pool::zeros(len);
    run(FromPlanes { planes, out: &mut out });
    out
}

struct FromPlanes<'a, B, R> {
    planes: &'a [B],
    out: &'a mut [R],
}

impl<B: Ring, R: Ring> Work for FromPlanes<'_, B, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let words = self.out.len().div_ceil(64);
        let mut square = [0; 64];
        for (at, chunk) in self.out.chunks_mut(64).enumerate() {
            square.fill(0);
            for (word, plane) in square.iter_mut().zip(self.planes.chunks_exact(words)) {
                *word = plane[at].word();
            }
            transpose(&mut square);
            chunk.iter_mut().zip(&square).for_each(|(value, &word)| *value = R::of(word));
        }
    }
}

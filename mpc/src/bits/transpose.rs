//! 64 words of 64 bits, rows to columns.

use crate::ring::Ring;

/// Turns bit j of word i into bit i of word j: six rounds of exchanges of halves (H. S. Warren, *Hacker's Delight*,
/// second edition, section 7-3).
pub(super) fn transpose(square: &mut [u64; 64]) {
    let mut mask = u64::MAX >> 32;
    let mut half = 32;
    while half > 0 {
        for from in (0..64).step_by(2 * half) {
            for at in from..from + half {
                let swap = (square[at] >> half ^ square[at + half]) & mask;
                square[at] ^= swap << half;
                square[at + half] ^= swap;
            }
        }
        half /= 2;
        mask ^= mask << half;
    }
}

/// The lowest `planes` bits of each value: plane after plane, each of ⌈values / 64⌉ words.
pub(super) fn planes_of<R: Ring, B: Ring>(values: &[R], planes: usize) -> Vec<B> {
    let words = values.len().div_ceil(64);
    let mut out = vec![B::ZERO; planes * words];
    let mut square = [0; 64];
    for (at, chunk) in values.chunks(64).enumerate() {
        square.fill(0);
        square.iter_mut().zip(chunk).for_each(|(word, value)| *word = value.word());
        transpose(&mut square);
        for (plane, &word) in square[..planes].iter().enumerate() {
            out[plane * words + at] = B::of(word);
        }
    }
    out
}

/// The inverse, for `len` values.
pub(super) fn values_of<B: Ring, R: Ring>(planes: &[B], len: usize) -> Vec<R> {
    let words = len.div_ceil(64);
    let mut out = vec![R::ZERO; len];
    let mut square = [0; 64];
    for (at, chunk) in out.chunks_mut(64).enumerate() {
        square.fill(0);
        for (word, plane) in square.iter_mut().zip(planes.chunks_exact(words)) {
            *word = plane[at].word();
        }
        transpose(&mut square);
        chunk.iter_mut().zip(&square).for_each(|(value, &word)| *value = R::of(word));
    }
    out
}

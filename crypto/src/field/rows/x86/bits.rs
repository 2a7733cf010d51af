//! Sums of weights chosen by bits, as products of matrices of 8 × 8 bits, of which GFNI multiplies eight at a time.

use super::{F64, gather};
use std::arch::x86_64::*;

/// Columns from which on it pays to arrange the weights.
pub(super) const WORTH: usize = 4;

pub(super) fn able() -> bool {
    is_x86_feature_detected!("gfni")
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi")
}

/// Byte l of word r to byte 7 - r of word l.
const COLUMNS: [u8; 64] = {
    let mut places = [0; 64];
    let mut at = 0;
    while at < 64 {
        places[at] = 8 * (7 - at as u8 % 8) + at as u8 / 8;
        at += 1;
    }
    places
};

/// Bytes in reverse order within each word.
const REVERSE: [u8; 64] = {
    let mut places = [0; 64];
    let mut at = 0;
    while at < 64 {
        places[at] = at as u8 ^ 7;
        at += 1;
    }
    places
};

/// So that bytes that are put between each other within lanes of 16 come out in order: see [`interleave`].
const SPREAD: [u8; 64] = {
    let mut places = [0; 64];
    let mut at = 0;
    while at < 64 {
        let (lane, place) = (at as u8 / 16, at as u8 % 16);
        places[at] = 8 * (place / 2) + 2 * lane + place % 2;
        at += 1;
    }
    places
};

#[inline]
#[target_feature(enable = "gfni,avx512f,avx512bw,avx512vbmi")]
#[allow(unsafe_code)]
fn bytes(table: &[u8; 64]) -> __m512i {
    // SAFETY: the table has the 64 bytes that are read; the address need not be aligned.
    unsafe { _mm512_loadu_si512(table.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "gfni,avx512f,avx512bw,avx512vbmi")]
fn words(of: &[u64; 8]) -> __m512i {
    let word = |at: usize| of[at].cast_signed();
    _mm512_set_epi64(word(7), word(6), word(5), word(4), word(3), word(2), word(1), word(0))
}

/// Byte l is made of bits l of eight words.
#[inline]
#[target_feature(enable = "gfni,avx512f,avx512bw,avx512vbmi")]
fn bits_of(words: __m512i) -> __m512i {
    let matrices = _mm512_permutexvar_epi8(bytes(&COLUMNS), words);
    let identity = _mm512_set1_epi64(0x8040_2010_0804_0201_u64.cast_signed());
    _mm512_gf2p8affine_epi64_epi8::<0>(identity, matrices)
}

/// As [`super::by_bit_wide`], for at most 64 weights.
#[target_feature(enable = "gfni,avx512f,avx512bw,avx512vbmi")]
#[allow(unsafe_code)]
pub(super) fn by_bit(out: &mut [[F64; 64]], from: &[u64], weights: &[F64]) {
    // For each eight rows and each byte of a weight, the matrix that takes bits of rows to bits of the byte.
    let mut matrices = [[0u64; 8]; 8];
    for (matrices, weights) in matrices.iter_mut().zip(weights.chunks(8)) {
        let mut eight = [0; 8];
        eight.iter_mut().zip(weights).for_each(|(word, weight)| *word = weight.0);
        let turned = _mm512_permutexvar_epi8(bytes(&REVERSE), bits_of(words(&eight)));
        // SAFETY: there is room for 64 bytes; the address need not be aligned.
        unsafe { _mm512_storeu_si512(matrices.as_mut_ptr().cast(), turned) };
    }
    let columns = out.len();
    let mut gathered = [[0; 8]; 64];
    for (chunk, out) in out.chunks_mut(8).enumerate() {
        gather(&mut gathered[..weights.len()], from, columns, 8 * chunk);
        for (column, out) in out.iter_mut().enumerate() {
            let mut chosen = [_mm512_setzero_si512(); 8];
            for (chosen, rows) in chosen.iter_mut().zip(gathered.as_chunks::<8>().0) {
                let bits = bits_of(words(&rows.map(|row| row[column])));
                *chosen = _mm512_permutexvar_epi8(bytes(&SPREAD), bits);
            }
            let mut sums = [_mm512_setzero_si512(); 8];
            for (chosen, matrices) in chosen.iter().zip(&matrices) {
                for (sum, &matrix) in sums.iter_mut().zip(matrices) {
                    let matrix = _mm512_set1_epi64(matrix.cast_signed());
                    *sum = _mm512_xor_si512(*sum, _mm512_gf2p8affine_epi64_epi8::<0>(*chosen, matrix));
                }
            }
            let (eights, _) = out.as_chunks_mut::<8>();
            for (eight, sums) in eights.iter_mut().zip(interleave(sums)) {
                // SAFETY: there is room for 64 bytes; the address need not be aligned.
                unsafe { _mm512_storeu_si512(eight.as_mut_ptr().cast(), sums) };
            }
        }
    }
}

/// Bytes 0 of all, then bytes 1, …: of each lane of 16 by itself, first those of bytes 0 and 1 of all lanes, and so on.
#[inline]
#[target_feature(enable = "gfni,avx512f,avx512bw,avx512vbmi")]
fn interleave(x: [__m512i; 8]) -> [__m512i; 8] {
    let [a, b, c, d] = [(0, 1), (2, 3), (4, 5), (6, 7)].map(|(low, high)| (x[low], x[high]));
    let mut out = [_mm512_setzero_si512(); 8];
    let eight = |(low, high): (__m512i, __m512i), upper: bool| match upper {
        false => _mm512_unpacklo_epi8(low, high),
        true => _mm512_unpackhi_epi8(low, high),
    };
    for (at, out) in out.iter_mut().enumerate() {
        let (first, second, third) = (at & 4 != 0, at & 2 != 0, at & 1 != 0);
        let sixteen = |low, high| match second {
            false => _mm512_unpacklo_epi16(low, high),
            true => _mm512_unpackhi_epi16(low, high),
        };
        let (low, high) =
            (sixteen(eight(a, first), eight(b, first)), sixteen(eight(c, first), eight(d, first)));
        *out = match third {
            false => _mm512_unpacklo_epi32(low, high),
            true => _mm512_unpackhi_epi32(low, high),
        };
    }
    out
}

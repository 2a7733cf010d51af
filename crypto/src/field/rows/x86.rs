//! The kernels: each says whether it ran.

use super::F64;
use std::arch::x86_64::*;

mod bits;

fn wide() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("vpclmulqdq")
}

fn narrow() -> bool {
    is_x86_feature_detected!("pclmulqdq") && is_x86_feature_detected!("sse4.1")
}

#[allow(unsafe_code)]
pub(super) fn dot(a: &[F64], b: &[F64]) -> Option<F64> {
    if wide() && a.len() >= 8 {
        // SAFETY: the processor has what the kernel is compiled for.
        Some(unsafe { dot_wide(a, b) })
    } else if narrow() {
        // SAFETY: as above.
        Some(unsafe { dot_narrow(a, b) })
    } else {
        None
    }
}

#[allow(unsafe_code)]
pub(super) fn combine(out: &mut [F64], rows: &[&[F64]], by: &[F64]) -> bool {
    if wide() && out.len() >= 8 {
        // SAFETY: the processor has what the kernel is compiled for.
        unsafe { combine_wide(out, rows, by) };
        return true;
    }
    if narrow() {
        // SAFETY: as above.
        unsafe { combine_narrow(out, rows, by, 0) };
        return true;
    }
    false
}

#[allow(unsafe_code)]
pub(super) fn mul_each(out: &mut [F64], by: &[F64]) -> bool {
    if wide() && out.len() >= 8 {
        // SAFETY: the processor has what the kernel is compiled for.
        unsafe { mul_each_wide(out, by) };
        return true;
    }
    if narrow() {
        // SAFETY: as above.
        unsafe { mul_each_narrow(out, by) };
        return true;
    }
    false
}

#[allow(unsafe_code)]
pub(super) fn by_bit(out: &mut [[F64; 64]], words: &[u64], weights: &[F64]) -> bool {
    if bits::able() && weights.len() <= 64 && out.len() >= bits::WORTH {
        // SAFETY: the processor has what the kernel is compiled for.
        unsafe { bits::by_bit(out, words, weights) };
        return true;
    }
    if wide() {
        // SAFETY: the processor has what the kernel is compiled for.
        unsafe { by_bit_wide(out, words, weights) };
        return true;
    }
    false
}

/// See [`super::cube`]; rows are as long as a multiple of eight.
#[allow(unsafe_code)]
pub(super) fn cube(a: &[&[F64]; 8], b: &[&[F64]; 8]) -> Option<[F64; 27]> {
    // SAFETY: the processor has what the kernel is compiled for.
    wide().then(|| unsafe { cube_wide(a, b) })
}

/// A product modulo x^64 + x^4 + x^3 + x + 1. What the tail brings above 64 bits has four bits.
#[inline]
fn reduce(low: u64, high: u64) -> F64 {
    let high = high ^ high >> 63 ^ high >> 61 ^ high >> 60;
    F64(low ^ high ^ high << 1 ^ high << 3 ^ high << 4)
}

#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn single(element: F64) -> __m128i {
    _mm_cvtsi64_si128(element.0.cast_signed())
}

#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn reduced(product: __m128i) -> F64 {
    reduce(_mm_cvtsi128_si64(product).cast_unsigned(), _mm_extract_epi64::<1>(product).cast_unsigned())
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn dot_narrow(a: &[F64], b: &[F64]) -> F64 {
    let mut sum = _mm_setzero_si128();
    for (&a, &b) in a.iter().zip(b) {
        sum = _mm_xor_si128(sum, _mm_clmulepi64_si128::<0>(single(a), single(b)));
    }
    reduced(sum)
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn combine_narrow(out: &mut [F64], rows: &[&[F64]], by: &[F64], from: usize) {
    for (at, out) in out.iter_mut().enumerate().skip(from) {
        let mut sum = _mm_setzero_si128();
        for (row, &by) in rows.iter().zip(by) {
            sum = _mm_xor_si128(sum, _mm_clmulepi64_si128::<0>(single(row[at]), single(by)));
        }
        *out = reduced(sum);
    }
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn mul_each_narrow(out: &mut [F64], by: &[F64]) {
    for (out, &by) in out.iter_mut().zip(by) {
        *out = reduced(_mm_clmulepi64_si128::<0>(single(*out), single(by)));
    }
}

#[inline]
#[target_feature(enable = "avx512f,vpclmulqdq")]
#[allow(unsafe_code)]
fn load(from: &[F64; 8]) -> __m512i {
    // SAFETY: `from` has 64 bytes, for an element is a word; the load asks for no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,vpclmulqdq")]
#[allow(unsafe_code)]
fn store(register: __m512i, to: &mut [F64; 8]) {
    // SAFETY: `to` has 64 bytes, and the store asks for no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), register) };
}

/// The products of elements in even places, and those in odd ones.
#[inline]
#[target_feature(enable = "avx512f,vpclmulqdq")]
fn products(a: __m512i, b: __m512i) -> [__m512i; 2] {
    [_mm512_clmulepi64_epi128::<0x00>(a, b), _mm512_clmulepi64_epi128::<0x11>(a, b)]
}

#[target_feature(enable = "avx512f,vpclmulqdq,pclmulqdq,sse4.1")]
fn dot_wide(a: &[F64], b: &[F64]) -> F64 {
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let mut sums = [_mm512_setzero_si512(); 2];
    for (a, b) in a.iter().zip(b) {
        let [even, odd] = products(load(a), load(b));
        sums = [_mm512_xor_si512(sums[0], even), _mm512_xor_si512(sums[1], odd)];
    }
    let mut words = [F64::ZERO; 8];
    store(_mm512_xor_si512(sums[0], sums[1]), &mut words);
    let half = |odd: usize| (0..4).fold(0, |sum, at| sum ^ words[2 * at + odd].0);
    reduce(half(0), half(1)) + dot_narrow(a_rest, b_rest)
}

#[target_feature(enable = "avx512f,vpclmulqdq,pclmulqdq,sse4.1")]
fn mul_each_wide(out: &mut [F64], by: &[F64]) {
    let (chunks, rest) = out.as_chunks_mut::<8>();
    let (factors, by_rest) = by.as_chunks::<8>();
    for (chunk, by) in chunks.iter_mut().zip(factors) {
        store(reduce_wide(products(load(chunk), load(by))), chunk);
    }
    mul_each_narrow(rest, by_rest);
}

#[target_feature(enable = "avx512f,vpclmulqdq,pclmulqdq,sse4.1")]
fn combine_wide(out: &mut [F64], rows: &[&[F64]], by: &[F64]) {
    let whole = out.len() / 8 * 8;
    let (chunks, _) = out.as_chunks_mut::<8>();
    for (at, chunk) in chunks.iter_mut().enumerate() {
        let mut sums = [_mm512_setzero_si512(); 2];
        for (row, by) in rows.iter().zip(by) {
            let eight = row[8 * at..].first_chunk::<8>().expect("rows are as long as what they make");
            let [even, odd] = products(load(eight), _mm512_set1_epi64(by.0.cast_signed()));
            sums = [_mm512_xor_si512(sums[0], even), _mm512_xor_si512(sums[1], odd)];
        }
        store(reduce_wide(sums), chunk);
    }
    combine_narrow(out, rows, by, whole);
}

/// Of each row, the words of eight columns from one on.
#[inline]
fn gather(gathered: &mut [[u64; 8]], words: &[u64], columns: usize, from: usize) {
    let width = 8.min(columns - from);
    for (row, words_of) in gathered.iter_mut().enumerate() {
        let start = (row * columns + from).min(words.len());
        let there = &words[start..words.len().min(start + width)];
        *words_of = there.first_chunk().copied().unwrap_or_else(|| {
            let mut few = [0; 8];
            few[..there.len()].copy_from_slice(there);
            few
        });
    }
}

/// A byte of a word says which of eight sums a weight is added to. Eight columns are gathered at a time: rows may lie a
/// power of two apart, and then only few of them are in the cache together.
#[target_feature(enable = "avx512f,vpclmulqdq")]
fn by_bit_wide(out: &mut [[F64; 64]], words: &[u64], weights: &[F64]) {
    let columns = out.len();
    let mut gathered = vec![[0; 8]; weights.len()];
    for (chunk, out) in out.chunks_mut(8).enumerate() {
        gather(&mut gathered, words, columns, 8 * chunk);
        for (column, out) in out.iter_mut().enumerate() {
            let mut sums = [_mm512_setzero_si512(); 8];
            for (words, weight) in gathered.iter().zip(weights) {
                let weight = _mm512_set1_epi64(weight.0.cast_signed());
                for (sum, chosen) in sums.iter_mut().zip(words[column].to_le_bytes()) {
                    *sum = _mm512_mask_xor_epi64(*sum, chosen, *sum, weight);
                }
            }
            let (eights, _) = out.as_chunks_mut::<8>();
            eights.iter_mut().zip(sums).for_each(|(eight, sum)| store(sum, eight));
        }
    }
}

/// [`reduce`], eight at a time.
#[inline]
#[target_feature(enable = "avx512f,vpclmulqdq")]
fn reduce_wide([even, odd]: [__m512i; 2]) -> __m512i {
    let low = _mm512_unpacklo_epi64(even, odd);
    let high = _mm512_unpackhi_epi64(even, odd);
    let xor = |a, b, c| _mm512_ternarylogic_epi64::<0x96>(a, b, c);
    let over =
        xor(_mm512_srli_epi64::<63>(high), _mm512_srli_epi64::<61>(high), _mm512_srli_epi64::<60>(high));
    let high = _mm512_xor_si512(high, over);
    let shifted =
        xor(_mm512_slli_epi64::<1>(high), _mm512_slli_epi64::<3>(high), _mm512_slli_epi64::<4>(high));
    xor(low, high, shifted)
}

/// Values at 0, at 1, or at ∞: `low`, `high`, or what both differ by.
#[inline]
#[target_feature(enable = "avx512f,vpclmulqdq")]
fn at_digit<const N: usize>(digit: usize, low: [__m512i; N], high: [__m512i; N]) -> [__m512i; N] {
    match digit {
        0 => low,
        1 => high,
        _ => {
            let mut out = high;
            for (out, low) in out.iter_mut().zip(low) {
                *out = _mm512_xor_si512(*out, low);
            }
            out
        }
    }
}

#[target_feature(enable = "avx512f,vpclmulqdq,pclmulqdq,sse4.1")]
fn cube_wide(a: &[&[F64]; 8], b: &[&[F64]; 8]) -> [F64; 27] {
    let eight = |rows: &[&[F64]; 8], at: usize| {
        let mut loaded = [_mm512_setzero_si512(); 8];
        for (loaded, row) in loaded.iter_mut().zip(rows) {
            *loaded = load(row[8 * at..].first_chunk::<8>().expect("rows of one length"));
        }
        loaded
    };
    let mut sums = [_mm512_setzero_si512(); 27];
    for at in 0..a[0].len() / 8 {
        let ([a0, a1, a2, a3, a4, a5, a6, a7], [b0, b1, b2, b3, b4, b5, b6, b7]) =
            (eight(a, at), eight(b, at));
        for (digit, sums) in sums.as_chunks_mut::<9>().0.iter_mut().enumerate() {
            let [a0, a1, a2, a3] = at_digit(digit, [a0, a1, a2, a3], [a4, a5, a6, a7]);
            let [b0, b1, b2, b3] = at_digit(digit, [b0, b1, b2, b3], [b4, b5, b6, b7]);
            for (digit, sums) in sums.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let [a0, a1] = at_digit(digit, [a0, a1], [a2, a3]);
                let [b0, b1] = at_digit(digit, [b0, b1], [b2, b3]);
                for (digit, sum) in sums.iter_mut().enumerate() {
                    let ([a], [b]) = (at_digit(digit, [a0], [a1]), at_digit(digit, [b0], [b1]));
                    let [even, odd] = products(a, b);
                    *sum = _mm512_ternarylogic_epi64::<0x96>(*sum, even, odd);
                }
            }
        }
    }
    let mut totals = [F64::ZERO; 27];
    for (total, sum) in totals.iter_mut().zip(sums) {
        let mut words = [F64::ZERO; 8];
        store(sum, &mut words);
        let half = |odd: usize| (0..4).fold(0, |sum, at| sum ^ words[2 * at + odd].0);
        *total = reduce(half(0), half(1));
    }
    totals
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    #[allow(unsafe_code)]
    pub(in super::super) fn narrow_agrees(rows: &[&[F64]], by: &[F64], expected: &[F64]) {
        if narrow() {
            let mut out = vec![F64::ONE; expected.len()];
            // SAFETY: the processor has what the kernels are compiled for.
            unsafe {
                combine_narrow(&mut out, rows, by, 0);
                let (mut each, mut twin) = (rows[0].to_vec(), rows[0].to_vec());
                mul_each_narrow(&mut each, rows[1]);
                super::super::portable_mul_each(&mut twin, rows[1]);
                assert_eq!(each, twin);
                assert_eq!(dot_narrow(rows[0], rows[1]), super::super::portable_dot(rows[0], rows[1]));
            }
            assert_eq!(out, expected);
        }
    }
}

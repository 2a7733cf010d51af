//! The kernels, on AVX-512 IFMA: each says how many elements it did.

use super::{BITS, Modulus, Residue};
use std::arch::x86_64::*;

fn able() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}

macro_rules! dispatch {
    ($name:ident($($argument:ident: $kind:ty),*) by $kernel:ident, over $length:ident) => {
        #[allow(unsafe_code)]
        pub(super) fn $name(field: &Modulus, $($argument: $kind),*) -> usize {
            if !able() {
                return 0;
            }
            let whole = $length.len() / 8 * 8;
            // SAFETY: the processor has what the kernel is compiled for.
            unsafe { $kernel(field, $($argument),*) };
            whole
        }
    };
}

dispatch!(of_each(out: &mut [Residue], words: &[u64]) by of_kernel, over out);
dispatch!(weigh_each(out: &mut [Residue], words: &[u64], by: &[Residue]) by weigh_kernel, over out);
dispatch!(subtract(out: &mut [Residue], a: &[Residue], b: &[Residue]) by subtract_kernel, over out);
dispatch!(combine(out: &mut [Residue], rows: &[&[Residue]], by: &[Residue]) by combine_kernel, over out);

/// The sum of products of the first elements, below 2^116 where there are 2^11 at most.
#[allow(unsafe_code)]
pub(super) fn dot(a: &[Residue], b: &[Residue]) -> (usize, u128) {
    if !able() {
        return (0, 0);
    }
    // SAFETY: the processor has what the kernel is compiled for.
    (a.len() / 8 * 8, unsafe { dot_kernel(a, b) })
}

/// Products of eight columns that are added before they are reduced.
const ROUNDS: usize = 1 << 11;

/// See [`Modulus::cube`]; rows are as long as a multiple of eight.
#[allow(unsafe_code)]
pub(super) fn cube(field: &Modulus, a: &[&[Residue]; 8], b: &[&[Residue]; 8]) -> Option<[Residue; 27]> {
    // SAFETY: the processor has what the kernel is compiled for.
    able().then(|| unsafe { cube_kernel(field, a, b) })
}

/// What every kernel needs of a modulus, in all lanes.
struct Wide {
    p: __m512i,
    inverse: __m512i,
    powers: [__m512i; 3],
    mask: __m512i,
}

/// Sums of lower and of upper halves of products: low + high·2^52.
#[derive(Clone, Copy)]
struct Sums {
    low: __m512i,
    high: __m512i,
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn each(word: u64) -> __m512i {
    _mm512_set1_epi64(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
#[allow(unsafe_code)]
fn load_words(from: &[u64; 8]) -> __m512i {
    // SAFETY: `from` has 64 bytes, and the load asks for no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
#[allow(unsafe_code)]
fn load(from: &[Residue; 8]) -> __m512i {
    // SAFETY: as above: a residue is a word.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
#[allow(unsafe_code)]
fn store(register: __m512i, to: &mut [Residue; 8]) {
    // SAFETY: `to` has 64 bytes, and the store asks for no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), register) };
}

impl Sums {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn zero() -> Self {
        Self { low: _mm512_setzero_si512(), high: _mm512_setzero_si512() }
    }

    /// Adds the products of numbers of 52 bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn add(self, a: __m512i, b: __m512i) -> Self {
        Self { low: _mm512_madd52lo_epu64(self.low, a, b), high: _mm512_madd52hi_epu64(self.high, a, b) }
    }
}

impl Wide {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn new(field: &Modulus) -> Self {
        let [once, twice, thrice] = field.powers;
        Self {
            p: each(field.p),
            inverse: each(field.inverse),
            powers: [each(once), each(twice), each(thrice)],
            mask: each(super::MASK),
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn once_less(&self, a: __m512i) -> __m512i {
        _mm512_min_epu64(a, _mm512_sub_epi64(a, self.p))
    }

    /// Of one product of elements below p, or of less than p·2^52.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn reduce_one(&self, sums: Sums) -> __m512i {
        self.once_less(self.divided(sums))
    }

    /// (low + high·2^52 + m·p) / 2^52.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn divided(&self, Sums { low, high }: Sums) -> __m512i {
        let m = _mm512_madd52lo_epu64(_mm512_setzero_si512(), low, self.inverse);
        let carry = _mm512_srli_epi64::<BITS>(_mm512_madd52lo_epu64(low, m, self.p));
        _mm512_add_epi64(_mm512_madd52hi_epu64(high, m, self.p), carry)
    }

    /// Of any sums: as [`Modulus::reduce`].
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn reduce(&self, Sums { low, high }: Sums) -> __m512i {
        let top = _mm512_srli_epi64::<BITS>(high);
        let folded = Sums { low, high: _mm512_and_si512(high, self.mask) }.add(top, self.powers[1]);
        self.once_less(self.once_less(self.once_less(self.divided(folded))))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn of(&self, words: __m512i) -> __m512i {
        // The multiplier takes the lowest 52 bits alone. Both products together are below p·(2^52 + 2^12).
        let sums = Sums::zero().add(words, self.powers[1]);
        let sums = sums.add(_mm512_srli_epi64::<BITS>(words), self.powers[2]);
        self.once_less(self.once_less(self.divided(sums)))
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn of_kernel(field: &Modulus, out: &mut [Residue], words: &[u64]) {
    let wide = Wide::new(field);
    let (out, (words, _)) = (out.as_chunks_mut::<8>().0, words.as_chunks::<8>());
    out.iter_mut().zip(words).for_each(|(out, words)| store(wide.of(load_words(words)), out));
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn weigh_kernel(field: &Modulus, out: &mut [Residue], words: &[u64], by: &[Residue]) {
    let wide = Wide::new(field);
    let factors = words.as_chunks::<8>().0.iter().zip(by.as_chunks::<8>().0);
    for (out, (words, by)) in out.as_chunks_mut::<8>().0.iter_mut().zip(factors) {
        store(wide.reduce_one(Sums::zero().add(wide.of(load_words(words)), load(by))), out);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn subtract_kernel(field: &Modulus, out: &mut [Residue], a: &[Residue], b: &[Residue]) {
    let p = each(field.p);
    let both = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    for (out, (a, b)) in out.as_chunks_mut::<8>().0.iter_mut().zip(both) {
        let difference = _mm512_sub_epi64(load(a), load(b));
        store(_mm512_min_epu64(difference, _mm512_add_epi64(difference, p)), out);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn combine_kernel(field: &Modulus, out: &mut [Residue], rows: &[&[Residue]], by: &[Residue]) {
    let wide = Wide::new(field);
    for (at, out) in out.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let mut sums = [Sums::zero(); 2];
        for (number, (row, by)) in rows.iter().zip(by).enumerate() {
            let eight = row[8 * at..].first_chunk::<8>().expect("rows are as long as what they make");
            sums[number % 2] = sums[number % 2].add(load(eight), each(by.0));
        }
        let [a, b] = sums;
        let both = Sums { low: _mm512_add_epi64(a.low, b.low), high: _mm512_add_epi64(a.high, b.high) };
        store(wide.reduce(both), out);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn dot_kernel(a: &[Residue], b: &[Residue]) -> u128 {
    let mut sums = [Sums::zero(); 2];
    let both = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    for (number, (a, b)) in both.enumerate() {
        sums[number % 2] = sums[number % 2].add(load(a), load(b));
    }
    let total = |half: [__m512i; 2]| {
        let mut lanes = [Residue(0); 8];
        store(_mm512_add_epi64(half[0], half[1]), &mut lanes);
        lanes.iter().map(|lane| u128::from(lane.0)).sum::<u128>()
    };
    total(sums.map(|sums| sums.low)) + (total(sums.map(|sums| sums.high)) << BITS)
}

/// `high - low`, or one of the two, for each number: a polynomial's values at ∞, at 0 and at 1.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn at_digit<const N: usize>(p: __m512i, digit: usize, low: [__m512i; N], high: [__m512i; N]) -> [__m512i; N] {
    match digit {
        0 => low,
        1 => high,
        _ => {
            let mut out = high;
            for (out, low) in out.iter_mut().zip(low) {
                let difference = _mm512_sub_epi64(*out, low);
                *out = _mm512_min_epu64(difference, _mm512_add_epi64(difference, p));
            }
            out
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn cube_kernel(field: &Modulus, a: &[&[Residue]; 8], b: &[&[Residue]; 8]) -> [Residue; 27] {
    let wide = Wide::new(field);
    let (p, len) = (wide.p, a[0].len() / 8);
    let mut totals = [Residue(0); 27];
    let eight = |rows: &[&[Residue]; 8], at: usize| {
        let mut loaded = [_mm512_setzero_si512(); 8];
        for (loaded, row) in loaded.iter_mut().zip(rows) {
            *loaded = load(row[8 * at..].first_chunk::<8>().expect("rows of one length"));
        }
        loaded
    };
    for from in (0..len).step_by(ROUNDS) {
        let mut sums = [Sums::zero(); 27];
        for at in from..len.min(from + ROUNDS) {
            let ([a0, a1, a2, a3, a4, a5, a6, a7], [b0, b1, b2, b3, b4, b5, b6, b7]) =
                (eight(a, at), eight(b, at));
            for (digit, sums) in sums.as_chunks_mut::<9>().0.iter_mut().enumerate() {
                let [a0, a1, a2, a3] = at_digit(p, digit, [a0, a1, a2, a3], [a4, a5, a6, a7]);
                let [b0, b1, b2, b3] = at_digit(p, digit, [b0, b1, b2, b3], [b4, b5, b6, b7]);
                for (digit, sums) in sums.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                    let [a0, a1] = at_digit(p, digit, [a0, a1], [a2, a3]);
                    let [b0, b1] = at_digit(p, digit, [b0, b1], [b2, b3]);
                    for (digit, sum) in sums.iter_mut().enumerate() {
                        let ([a], [b]) = (at_digit(p, digit, [a0], [a1]), at_digit(p, digit, [b0], [b1]));
                        *sum = sum.add(a, b);
                    }
                }
            }
        }
        for (total, sums) in totals.iter_mut().zip(sums) {
            let mut lanes = [Residue(0); 8];
            store(wide.reduce(sums), &mut lanes);
            *total = lanes.iter().fold(*total, |total, &lane| field.add(total, lane));
        }
    }
    totals
}

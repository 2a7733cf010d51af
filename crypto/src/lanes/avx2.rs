//! Four elements at a time with the 32-bit multiplication of AVX2.
//!
//! An element has ten limbs of 26 and 25 bits in turn (radix 2^25.5, as in D. Bernstein, "Curve25519: New
//! Diffie-Hellman Speed Records", PKC 2006), each in the low half of a 64-bit word. Limbs of a reduced element
//! are below 2^26 + 2^15, so that 38 times the product of two, ten times over, stays below 2^64, and 19 times
//! one below 2^32; those of a wide element are below 2^30.

#![allow(unsafe_code)]
#![allow(clippy::needless_range_loop)] // `at` is the number of a limb in several lists
// SAFETY, for every block here but `run`'s: an intrinsic is unsafe only because the processor may lack it.
// A `Proof` is made by `Proof::detect` alone, after the processor was found to have AVX2, and a `Four` is made
// only from a `Proof` or another `Four`. The type of a vector has no invalid values.

use super::{Field, Index, Job, Mask, Row, Words};
use std::arch::x86_64::*;

/// Evidence that the processor has AVX2.
#[derive(Clone, Copy)]
pub(crate) struct Proof(());

impl Proof {
    /// Asks the processor; the answer is kept by the standard library.
    #[inline]
    pub(super) fn detect() -> Option<Self> {
        std::arch::is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// Runs a job compiled for AVX2.
    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        // SAFETY: this proof was made after AVX2 was found.
        unsafe { run(self, job) }
    }
}

#[target_feature(enable = "avx2")]
fn run<J: Job>(proof: Proof, job: J) -> J::Output {
    job.run::<Four>(proof)
}

/// Where each limb begins, and after them where the last ends.
const BEGIN: [u32; 11] = [0, 26, 51, 77, 102, 128, 153, 179, 204, 230, 255];

/// The bits of an even and of an odd limb.
const LOW: [u64; 2] = [(1 << 26) - 1, (1 << 25) - 1];

/// Four elements, limb by limb.
#[derive(Clone, Copy)]
pub(crate) struct Four([__m256i; 10]);

#[inline(always)]
fn every(value: u64) -> __m256i {
    // SAFETY: see the top of the file; called only where a `Four` or a `Proof` is at hand.
    unsafe { _mm256_set1_epi64x(value.cast_signed()) }
}

#[inline(always)]
fn split(w: &Words) -> [u64; 10] {
    let mut limbs = [0; 10];
    for (at, limb) in limbs.iter_mut().enumerate() {
        let (word, bit) = ((BEGIN[at] / 64) as usize, BEGIN[at] % 64);
        let above = if bit > 38 && word < 3 { w[word + 1] << (64 - bit) } else { 0 };
        *limb = (w[word] >> bit | above) & LOW[at % 2];
    }
    limbs
}

#[inline(always)]
fn add(a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: see the top of the file.
    unsafe { _mm256_add_epi64(a, b) }
}

#[inline(always)]
fn sub(a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: see the top of the file.
    unsafe { _mm256_sub_epi64(a, b) }
}

#[inline(always)]
fn and(a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: see the top of the file.
    unsafe { _mm256_and_si256(a, b) }
}

/// The product of the low halves.
///
/// Written as an instruction because the compiler takes the intrinsic for a 64-bit product of masked words,
/// drops masks where it knows the upper halves to be zero, and where it has forgotten that by the time it
/// chooses instructions makes three products of one, which halves the speed of the whole kernel.
#[inline]
#[target_feature(enable = "avx2")]
fn low_product(a: __m256i, b: __m256i) -> __m256i {
    let product;
    // SAFETY: the instruction belongs to AVX2, which is enabled here, and touches these registers only.
    unsafe {
        std::arch::asm!(
            "vpmuludq {product}, {a}, {b}",
            product = lateout(ymm_reg) product, a = in(ymm_reg) a, b = in(ymm_reg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    product
}

/// As `low_product`.
#[inline(always)]
fn mul(a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: see the top of the file.
    unsafe { low_product(a, b) }
}

#[inline(always)]
fn shr<const BY: i32>(a: __m256i) -> __m256i {
    // SAFETY: see the top of the file.
    unsafe { _mm256_srli_epi64::<BY>(a) }
}

/// Nineteen times a word below 2^59.
#[inline(always)]
fn nineteen(a: __m256i) -> __m256i {
    // SAFETY: see the top of the file.
    let (two, sixteen) = unsafe { (_mm256_slli_epi64::<1>(a), _mm256_slli_epi64::<4>(a)) };
    add(add(a, two), sixteen)
}

/// What a limb has above its bits.
#[inline(always)]
fn above(at: usize, limb: __m256i) -> __m256i {
    if at.is_multiple_of(2) { shr::<26>(limb) } else { shr::<25>(limb) }
}

/// Carries out of limb `at` into the next.
#[inline(always)]
fn carry_one(l: &mut [__m256i; 10], at: usize) {
    let over = above(at, l[at]);
    l[at] = and(l[at], every(LOW[at % 2]));
    if at == 9 {
        l[0] = add(l[0], nineteen(over));
    } else {
        l[at + 1] = add(l[at + 1], over);
    }
}

/// Carries columns below 2^63: two chains of half the length, then once around.
#[inline(always)]
fn collect(mut l: [__m256i; 10]) -> Four {
    carry_one(&mut l, 0);
    carry_one(&mut l, 5);
    carry_one(&mut l, 1);
    carry_one(&mut l, 6);
    carry_one(&mut l, 2);
    carry_one(&mut l, 7);
    carry_one(&mut l, 3);
    carry_one(&mut l, 8);
    carry_one(&mut l, 4);
    carry_one(&mut l, 9);
    carry_one(&mut l, 5);
    carry_one(&mut l, 0);
    Four(l)
}

macro_rules! column {
    ($($a:ident[$i:literal] * $b:ident[$j:literal]),+) => {{
        let mut sum = every(0);
        $(sum = add(sum, mul($a[$i], $b[$j]));)+
        sum
    }};
}

/// Not inlined: at some 300 instructions a copy for every use would overflow the instruction cache.
#[target_feature(enable = "avx2")]
#[inline(never)]
#[rustfmt::skip] // a column a line
fn product(this: &Four, by: &Four) -> Four {
    let (a, b) = (this.0, by.0);
    let mut n = b;
    let mut d = a;
    for at in 1..10 {
        n[at] = mul(b[at], every(19));
    }
    for at in [1, 3, 5, 7, 9] {
        d[at] = add(a[at], a[at]);
    }
    collect([
        column!(a[0] * b[0], d[1] * n[9], a[2] * n[8], d[3] * n[7], a[4] * n[6], d[5] * n[5], a[6] * n[4], d[7] * n[3], a[8] * n[2], d[9] * n[1]),
        column!(a[0] * b[1], a[1] * b[0], a[2] * n[9], a[3] * n[8], a[4] * n[7], a[5] * n[6], a[6] * n[5], a[7] * n[4], a[8] * n[3], a[9] * n[2]),
        column!(a[0] * b[2], d[1] * b[1], a[2] * b[0], d[3] * n[9], a[4] * n[8], d[5] * n[7], a[6] * n[6], d[7] * n[5], a[8] * n[4], d[9] * n[3]),
        column!(a[0] * b[3], a[1] * b[2], a[2] * b[1], a[3] * b[0], a[4] * n[9], a[5] * n[8], a[6] * n[7], a[7] * n[6], a[8] * n[5], a[9] * n[4]),
        column!(a[0] * b[4], d[1] * b[3], a[2] * b[2], d[3] * b[1], a[4] * b[0], d[5] * n[9], a[6] * n[8], d[7] * n[7], a[8] * n[6], d[9] * n[5]),
        column!(a[0] * b[5], a[1] * b[4], a[2] * b[3], a[3] * b[2], a[4] * b[1], a[5] * b[0], a[6] * n[9], a[7] * n[8], a[8] * n[7], a[9] * n[6]),
        column!(a[0] * b[6], d[1] * b[5], a[2] * b[4], d[3] * b[3], a[4] * b[2], d[5] * b[1], a[6] * b[0], d[7] * n[9], a[8] * n[8], d[9] * n[7]),
        column!(a[0] * b[7], a[1] * b[6], a[2] * b[5], a[3] * b[4], a[4] * b[3], a[5] * b[2], a[6] * b[1], a[7] * b[0], a[8] * n[9], a[9] * n[8]),
        column!(a[0] * b[8], d[1] * b[7], a[2] * b[6], d[3] * b[5], a[4] * b[4], d[5] * b[3], a[6] * b[2], d[7] * b[1], a[8] * b[0], d[9] * n[9]),
        column!(a[0] * b[9], a[1] * b[8], a[2] * b[7], a[3] * b[6], a[4] * b[5], a[5] * b[4], a[6] * b[3], a[7] * b[2], a[8] * b[1], a[9] * b[0]),
    ])
}

/// As `product`.
#[target_feature(enable = "avx2")]
#[inline(never)]
#[rustfmt::skip] // a column a line
fn square(this: &Four) -> Four {
    let a = this.0;
    let (mut n, mut d, mut q) = (a, a, a);
    for at in 0..10 {
        n[at] = mul(a[at], every(19));
        d[at] = add(a[at], a[at]);
        q[at] = add(d[at], d[at]);
    }
    collect([
        column!(a[0] * a[0], q[1] * n[9], d[2] * n[8], q[3] * n[7], d[4] * n[6], d[5] * n[5]),
        column!(d[0] * a[1], d[2] * n[9], d[3] * n[8], d[4] * n[7], d[5] * n[6]),
        column!(d[0] * a[2], d[1] * a[1], q[3] * n[9], d[4] * n[8], q[5] * n[7], a[6] * n[6]),
        column!(d[0] * a[3], d[1] * a[2], d[4] * n[9], d[5] * n[8], d[6] * n[7]),
        column!(d[0] * a[4], q[1] * a[3], a[2] * a[2], q[5] * n[9], d[6] * n[8], d[7] * n[7]),
        column!(d[0] * a[5], d[1] * a[4], d[2] * a[3], d[6] * n[9], d[7] * n[8]),
        column!(d[0] * a[6], q[1] * a[5], d[2] * a[4], d[3] * a[3], q[7] * n[9], a[8] * n[8]),
        column!(d[0] * a[7], d[1] * a[6], d[2] * a[5], d[3] * a[4], d[8] * n[9]),
        column!(d[0] * a[8], q[1] * a[7], d[2] * a[6], q[3] * a[5], a[4] * a[4], d[9] * n[9]),
        column!(d[0] * a[9], d[1] * a[8], d[2] * a[7], d[3] * a[6], d[4] * a[5]),
    ])
}

impl Four {
    /// The limbs of the numbers below 2^255 - 19.
    #[inline(always)]
    fn freeze(self) -> [__m256i; 10] {
        let mut l = Self::carry(self).0;
        // Now below 2^255 + 2^236, hence below 2p: at least p where adding 19 carries out of bit 254.
        let mut over = every(19);
        for (at, limb) in l.iter().enumerate() {
            over = above(at, add(*limb, over));
        }
        l[0] = add(l[0], nineteen(over));
        for at in 0..9 {
            carry_one(&mut l, at);
        }
        l[9] = and(l[9], every(LOW[1]));
        l
    }
}

impl Field for Four {
    type Proof = Proof;
    type Wide = Self;
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(_: Proof, number: &Words) -> Self {
        let mut limbs = [every(0); 10];
        for (limb, value) in limbs.iter_mut().zip(split(number)) {
            *limb = every(value);
        }
        Self(limbs)
    }

    #[inline(always)]
    fn like(self, number: &Words) -> Self {
        Self::splat(Proof(()), number)
    }

    #[inline(always)]
    fn load(_: Proof, numbers: &[Words]) -> Self {
        let mut limbs = [[0; 4]; 10];
        for (lane, number) in numbers.iter().enumerate().take(4) {
            for (limb, value) in limbs.iter_mut().zip(split(number)) {
                limb[lane] = value;
            }
        }
        let mut vectors = [every(0); 10];
        for (vector, limb) in vectors.iter_mut().zip(&limbs) {
            // SAFETY: see the top of the file; `limb` has the 32 bytes that are read.
            *vector = unsafe { _mm256_loadu_si256(limb.as_ptr().cast()) };
        }
        Self(vectors)
    }

    #[inline(always)]
    fn store(self, numbers: &mut [Words]) {
        let mut limbs = [[0u64; 4]; 10];
        for (limb, vector) in limbs.iter_mut().zip(self.freeze()) {
            // SAFETY: see the top of the file; `limb` has the 32 bytes that are written.
            unsafe { _mm256_storeu_si256(limb.as_mut_ptr().cast(), vector) };
        }
        for (lane, number) in numbers.iter_mut().enumerate().take(4) {
            *number = [0; 4];
            for (limb, begin) in limbs.iter().zip(BEGIN) {
                let (word, bit) = ((begin / 64) as usize, begin % 64);
                number[word] |= limb[lane] << bit;
                if bit > 38 && word < 3 {
                    number[word + 1] |= limb[lane] >> (64 - bit);
                }
            }
        }
    }

    #[inline(always)]
    fn wide(self) -> Self {
        self
    }

    #[inline(always)]
    fn mul_wide(self, by: Self) -> Self {
        // SAFETY: see the top of the file.
        unsafe { product(&self, &by) }
    }

    #[inline(always)]
    fn square_wide(self) -> Self {
        // SAFETY: see the top of the file.
        unsafe { square(&self) }
    }

    #[inline(always)]
    fn add_wide(to: Self, this: Self) -> Self {
        let mut sum = to.0;
        for at in 0..10 {
            sum[at] = add(sum[at], this.0[at]);
        }
        Self(sum)
    }

    #[inline(always)]
    fn sub_wide(from: Self, this: Self) -> Self {
        // Plus 4p, limb by limb: above every limb of a reduced element and of a product.
        let mut difference = from.0;
        for at in 0..10 {
            let bias = 4 * if at == 0 { LOW[0] - 18 } else { LOW[at % 2] };
            difference[at] = add(difference[at], sub(every(bias), this.0[at]));
        }
        Self(difference)
    }

    #[inline(always)]
    fn carry(this: Self) -> Self {
        let mut l = this.0;
        let mut over = mul(above(9, l[9]), every(19));
        for at in 0..10 {
            let next = above(at, l[at]);
            l[at] = add(and(l[at], every(LOW[at % 2])), over);
            over = next;
        }
        Self(l)
    }

    #[inline(always)]
    fn select_wide(this: Self, other: Self, mask: Mask) -> Self {
        this.select(other, mask)
    }

    #[inline(always)]
    fn mul_small(self, by: u32) -> Self {
        let by = every(u64::from(by));
        let mut l = self.0;
        for limb in &mut l {
            *limb = mul(*limb, by);
        }
        collect(l)
    }

    #[inline(always)]
    fn select(self, other: Self, mask: Mask) -> Self {
        let mut chosen = self.0;
        // SAFETY: see the top of the file.
        unsafe {
            let bits = _mm256_set_epi64x(8, 4, 2, 1);
            let mask = _mm256_cmpeq_epi64(and(every(u64::from(mask)), bits), bits);
            for at in 0..10 {
                chosen[at] = _mm256_blendv_epi8(chosen[at], other.0[at], mask);
            }
        }
        Self(chosen)
    }

    #[inline(always)]
    fn zero_lanes(self) -> Mask {
        let l = self.freeze();
        let mut any = l[0];
        for limb in &l[1..] {
            // SAFETY: see the top of the file.
            any = unsafe { _mm256_or_si256(any, *limb) };
        }
        // SAFETY: see the top of the file.
        unsafe { _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(any, every(0)))) as Mask }
    }

    #[inline(always)]
    fn negative_lanes(self) -> Mask {
        // SAFETY: see the top of the file.
        unsafe { _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_slli_epi64::<63>(self.freeze()[0]))) as Mask }
    }

    fn pack(numbers: &[Words; 16]) -> Row {
        let mut row = [0; 80];
        for (entry, number) in numbers.iter().enumerate() {
            for (limb, value) in split(number).into_iter().enumerate() {
                row[8 * limb + entry / 2] |= value << (32 * (entry % 2));
            }
        }
        Row(row)
    }

    /// Permutations of registers: nothing is addressed at all.
    #[inline(always)]
    fn look_up(_: Proof, row: &Row, index: Index, neutral: u32) -> Self {
        let mut found = [every(0); 10];
        // SAFETY: see the top of the file; each half of a limb's sixteen half-words has the 32 bytes that are
        // read.
        unsafe {
            let four = i32::from_le_bytes([index[0], index[1], index[2], index[3]]);
            let index = _mm256_cvtepu8_epi64(_mm_set_epi32(0, 0, 0, four));
            let none = _mm256_cmpeq_epi64(index, every(0));
            let index = sub(index, every(1));
            let upper = _mm256_castsi256_ps(_mm256_slli_epi64::<28>(index));
            let keep = _mm256_andnot_si256(none, every(u64::from(u32::MAX)));
            for (found, limb) in found.iter_mut().zip(row.0.as_chunks::<8>().0) {
                let low = _mm256_load_si256(limb.as_ptr().cast());
                let high = _mm256_load_si256(limb[4..].as_ptr().cast());
                let low = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(low, index));
                let high = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(high, index));
                *found = and(_mm256_castps_si256(_mm256_blendv_ps(low, high, upper)), keep);
            }
            found[0] = add(found[0], and(none, every(u64::from(neutral))));
        }
        Self(found)
    }
}

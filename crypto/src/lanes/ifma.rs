//! Eight elements at a time with the 52-bit multiply-add of AVX-512 IFMA.
//!
//! An element has five limbs of 52 bits, the last of 47: `madd52` multiplies the low 52 bits of two words and
//! adds the low or the high half of the product, so that with this radix both halves land on limbs without
//! shifts, and operands need no masking: the first four limbs of a reduced element keep what was carried out of
//! them until the element is added to another. What overflows 260 bits comes back times 2^260 mod p = 608, what
//! overflows 255 bits times 19. The last limb of a reduced element is below 2^47 + 2^11; limbs of a wide one are
//! below 2^59.
//!
//! Costs in instructions, two of which start in a cycle: 67 a product, 55 a square, 11 a carry.

#![allow(unsafe_code)]
#![allow(clippy::needless_range_loop)] // `at` is the number of a limb in several lists
// SAFETY, for every block here but `run`'s: an intrinsic is unsafe only because the processor may lack it.
// A `Proof` is made by `Proof::detect` alone, after the processor was found to have all features used here,
// and an `Eight` is made only from a `Proof` or another `Eight`. The type of a vector has no invalid values.

mod buckets;

use super::{Field, Index, Job, Mask, Row, Words};
use std::arch::x86_64::*;

/// Evidence that the processor has AVX-512 F and IFMA.
#[derive(Clone, Copy)]
pub(crate) struct Proof(());

impl Proof {
    /// Asks the processor; the answer is kept by the standard library.
    #[inline]
    pub(super) fn detect() -> Option<Self> {
        let has = std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512ifma");
        has.then_some(Self(()))
    }

    /// Runs a job compiled for these features.
    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        // SAFETY: this proof was made after both features were found.
        unsafe { run(self, job) }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn run<J: Job>(proof: Proof, job: J) -> J::Output {
    job.run::<Eight>(proof)
}

const LOW: u64 = (1 << 52) - 1;
const TOP: u64 = (1 << 47) - 1;

/// Limbs of a multiple of p, each between 2^57 - 2^52 and 2^57: above every limb of a product.
const BIAS: [u64; 5] = bias();

const fn bias() -> [u64; 5] {
    // Σ 2^57·2^(52·i), i < 5, is 2^57 times the number with a one in each limb. Reduce it, limb by limb, to
    // r < 2^256 and take r away again: what remains is divisible by p and hardly smaller in each limb.
    let mut r = [1u64 << 57; 5];
    let mut pass = 0;
    while pass < 4 {
        r[0] += 19 * (r[4] >> 47);
        r[4] &= TOP;
        let mut at = 0;
        while at < 4 {
            r[at + 1] += r[at] >> 52;
            r[at] &= LOW;
            at += 1;
        }
        pass += 1;
    }
    [(1 << 57) - r[0], (1 << 57) - r[1], (1 << 57) - r[2], (1 << 57) - r[3], (1 << 57) - r[4]]
}

/// Eight elements, limb by limb.
#[derive(Clone, Copy)]
pub(crate) struct Eight([__m512i; 5]);

#[inline(always)]
fn every(value: u64) -> __m512i {
    // SAFETY: see the top of the file; called only where an `Eight` or a `Proof` is at hand.
    unsafe { _mm512_set1_epi64(value.cast_signed()) }
}

#[inline(always)]
fn split(w: &Words) -> [u64; 5] {
    [
        w[0] & LOW,
        (w[0] >> 52 | w[1] << 12) & LOW,
        (w[1] >> 40 | w[2] << 24) & LOW,
        (w[2] >> 28 | w[3] << 36) & LOW,
        (w[3] >> 16) & TOP,
    ]
}

macro_rules! lo {
    ($to:expr, $a:expr, $b:expr) => {
        // SAFETY: see the top of the file.
        $to = unsafe { _mm512_madd52lo_epu64($to, $a, $b) }
    };
}

macro_rules! hi {
    ($to:expr, $a:expr, $b:expr) => {
        // SAFETY: see the top of the file.
        $to = unsafe { _mm512_madd52hi_epu64($to, $a, $b) }
    };
}

#[inline(always)]
fn add(a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: see the top of the file.
    unsafe { _mm512_add_epi64(a, b) }
}

#[inline(always)]
fn sub(a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: see the top of the file.
    unsafe { _mm512_sub_epi64(a, b) }
}

#[inline(always)]
fn and(a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: see the top of the file.
    unsafe { _mm512_and_si512(a, b) }
}

#[inline(always)]
fn shr<const BY: u32>(a: __m512i) -> __m512i {
    // SAFETY: see the top of the file.
    unsafe { _mm512_srli_epi64::<BY>(a) }
}

/// Brings the upper five of ten columns back onto the lower five. Columns are below 2^56, the last below
/// 2^42 + 2^13.
#[inline(always)]
fn fold(mut r: [__m512i; 10]) -> [__m512i; 5] {
    let back = every(608);
    r[6] = add(r[6], shr::<52>(r[5]));
    lo!(r[0], r[5], back);
    hi!(r[1], r[5], back);
    r[7] = add(r[7], shr::<52>(r[6]));
    lo!(r[1], r[6], back);
    hi!(r[2], r[6], back);
    r[8] = add(r[8], shr::<52>(r[7]));
    lo!(r[2], r[7], back);
    hi!(r[3], r[7], back);
    r[9] = add(r[9], shr::<52>(r[8]));
    lo!(r[3], r[8], back);
    hi!(r[4], r[8], back);
    // 608·(2^42 + 2^13) is below 2^52: there is no high half.
    lo!(r[4], r[9], back);
    [r[0], r[1], r[2], r[3], r[4]]
}

impl Eight {
    /// The limbs of the numbers below 2^255 - 19.
    #[inline(always)]
    fn freeze(self) -> [__m512i; 5] {
        let mut l = self.wide();
        let low = every(LOW);
        // Below 2^255 + 2^219, hence below 2p: at least p where adding 19 carries out of bit 254.
        let mut over = add(l[0], every(19));
        for limb in &l[1..] {
            over = add(*limb, shr::<52>(over));
        }
        lo!(l[0], shr::<47>(over), every(19));
        for at in 0..4 {
            l[at + 1] = add(l[at + 1], shr::<52>(l[at]));
            l[at] = and(l[at], low);
        }
        l[4] = and(l[4], every(TOP));
        l
    }

    #[inline(always)]
    fn from_arrays(limbs: &[[u64; 8]; 5]) -> Self {
        let mut vectors = [every(0); 5];
        for (vector, limb) in vectors.iter_mut().zip(limbs) {
            // SAFETY: see the top of the file; `limb` has the 64 bytes that are read.
            *vector = unsafe { _mm512_loadu_si512(limb.as_ptr().cast()) };
        }
        Self(vectors)
    }
}

impl Field for Eight {
    type Proof = Proof;
    type Wide = [__m512i; 5];
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(_: Proof, number: &Words) -> Self {
        let [a, b, c, d, e] = split(number);
        Self([every(a), every(b), every(c), every(d), every(e)])
    }

    #[inline(always)]
    fn like(self, number: &Words) -> Self {
        Self::splat(Proof(()), number)
    }

    #[inline(always)]
    fn load(_: Proof, numbers: &[Words]) -> Self {
        let mut limbs = [[0; 8]; 5];
        for (lane, number) in numbers.iter().enumerate().take(8) {
            for (limb, value) in limbs.iter_mut().zip(split(number)) {
                limb[lane] = value;
            }
        }
        Self::from_arrays(&limbs)
    }

    #[inline(always)]
    fn store(self, numbers: &mut [Words]) {
        let mut limbs = [[0u64; 8]; 5];
        for (limb, vector) in limbs.iter_mut().zip(self.freeze()) {
            // SAFETY: see the top of the file; `limb` has the 64 bytes that are written.
            unsafe { _mm512_storeu_si512(limb.as_mut_ptr().cast(), vector) };
        }
        let [a, b, c, d, e] = &limbs;
        for (lane, number) in numbers.iter_mut().enumerate().take(8) {
            *number = [
                a[lane] | b[lane] << 52,
                b[lane] >> 12 | c[lane] << 40,
                c[lane] >> 24 | d[lane] << 28,
                d[lane] >> 36 | e[lane] << 16,
            ];
        }
    }

    #[inline(always)]
    fn wide(self) -> Self::Wide {
        let (l, low) = (self.0, every(LOW));
        [and(l[0], low), and(l[1], low), and(l[2], low), and(l[3], low), l[4]]
    }

    #[inline(always)]
    fn mul_wide(self, by: Self) -> Self::Wide {
        let mut r = [every(0); 10];
        for i in 0..5 {
            for j in 0..5 {
                lo!(r[i + j], self.0[i], by.0[j]);
            }
            for j in 0..5 {
                hi!(r[i + j + 1], self.0[i], by.0[j]);
            }
        }
        fold(r)
    }

    #[inline(always)]
    fn square_wide(self) -> Self::Wide {
        let a = self.0;
        let mut r = [every(0); 10];
        for i in 0..4 {
            for j in i + 1..5 {
                lo!(r[i + j], a[i], a[j]);
            }
            for j in i + 1..5 {
                hi!(r[i + j + 1], a[i], a[j]);
            }
        }
        for column in &mut r[1..9] {
            *column = add(*column, *column);
        }
        for i in 0..5 {
            lo!(r[2 * i], a[i], a[i]);
            hi!(r[2 * i + 1], a[i], a[i]);
        }
        fold(r)
    }

    #[inline(always)]
    fn add_wide(to: Self::Wide, this: Self::Wide) -> Self::Wide {
        let mut sum = to;
        for at in 0..5 {
            sum[at] = add(sum[at], this[at]);
        }
        sum
    }

    #[inline(always)]
    fn sub_wide(from: Self::Wide, this: Self::Wide) -> Self::Wide {
        let mut difference = from;
        for at in 0..5 {
            difference[at] = add(difference[at], sub(every(BIAS[at]), this[at]));
        }
        difference
    }

    #[inline(always)]
    fn carry(this: Self::Wide) -> Self {
        let mut l = this;
        lo!(l[0], shr::<47>(l[4]), every(19));
        l[4] = and(l[4], every(TOP));
        for at in 0..4 {
            l[at + 1] = add(l[at + 1], shr::<52>(l[at]));
        }
        Self(l)
    }

    #[inline(always)]
    fn select_wide(this: Self::Wide, other: Self::Wide, mask: Mask) -> Self::Wide {
        Self(this).select(Self(other), mask).0
    }

    #[inline(always)]
    fn mul_small(self, by: u32) -> Self {
        let by = every(u64::from(by));
        let mut r = [every(0); 5];
        for at in 0..4 {
            lo!(r[at], self.0[at], by);
            hi!(r[at + 1], self.0[at], by);
        }
        // The last limb is below 2^48: times 2^17 it may pass 2^52, and comes back times 608.
        lo!(r[4], self.0[4], by);
        let mut over = every(0);
        hi!(over, self.0[4], by);
        lo!(r[0], over, every(608));
        Self::carry(r)
    }

    #[inline(always)]
    fn select(self, other: Self, mask: Mask) -> Self {
        let mut chosen = self.0;
        for at in 0..5 {
            // SAFETY: see the top of the file.
            chosen[at] = unsafe { _mm512_mask_mov_epi64(chosen[at], mask, other.0[at]) };
        }
        Self(chosen)
    }

    #[inline(always)]
    fn zero_lanes(self) -> Mask {
        let l = self.freeze();
        let mut any = l[0];
        for limb in &l[1..] {
            // SAFETY: see the top of the file.
            any = unsafe { _mm512_or_si512(any, *limb) };
        }
        // SAFETY: see the top of the file.
        unsafe { _mm512_testn_epi64_mask(any, any) }
    }

    #[inline(always)]
    fn negative_lanes(self) -> Mask {
        // SAFETY: see the top of the file.
        unsafe { _mm512_test_epi64_mask(self.freeze()[0], every(1)) }
    }

    fn pack(numbers: &[Words; 16]) -> Row {
        let mut row = [0; 80];
        for (entry, number) in numbers.iter().enumerate() {
            for (limb, value) in split(number).into_iter().enumerate() {
                row[16 * limb + entry] = value;
            }
        }
        Row(row)
    }

    /// A permutation of two registers: nothing is addressed at all.
    #[inline(always)]
    fn look_up(_: Proof, row: &Row, index: Index, neutral: u32) -> Self {
        let mut found = [every(0); 5];
        // SAFETY: see the top of the file; each half of a limb's sixteen words has the 64 bytes that are read.
        unsafe {
            let index = _mm512_cvtepu8_epi64(_mm_set_epi64x(0, i64::from_le_bytes(index)));
            let some = _mm512_test_epi64_mask(index, index);
            let index = sub(index, every(1));
            for (found, limb) in found.iter_mut().zip(row.0.as_chunks::<16>().0) {
                let low = _mm512_load_si512(limb.as_ptr().cast());
                let high = _mm512_load_si512(limb[8..].as_ptr().cast());
                *found = _mm512_maskz_permutex2var_epi64(some, low, index, high);
            }
            found[0] = _mm512_mask_mov_epi64(every(u64::from(neutral)), some, found[0]);
        }
        Self(found)
    }
}

//! Sums of many points, each times a public number of its own, in buckets: for each place of the numbers a
//! point is added to the bucket of its digit, and bucket m counts m times (N. Pippenger, "On the Evaluation of
//! Powers and Related Problems", FOCS 1976).
//!
//! Digits are signed bytes. The eight lanes are eight places of one number: a point is the same in all, the
//! bucket is another in each, which is why buckets lie in memory lane by lane and are turned on their way.
//! Time and addresses depend on the numbers and the points.

use super::{Eight, Proof, every};
use crate::lanes::edwards::{AffineAddend, Point, constants};
use crate::lanes::plain::One;
use crate::lanes::{Field, Mask, Words, bytes, ristretto, words};
use std::arch::x86_64::*;

/// Signed digits in base 256 of a number below 2^255.
type Digits = [i8; 32];

/// Buckets of a lane: of the digits' magnitudes, 0 to 128.
const MAGNITUDES: usize = 129;

/// A point in one lane: the limbs of X, Y, Z and T one after another, and four words that say nothing.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Bucket([u64; 24]);

/// A point with Z = 1 as what is added: the limbs of y + x, y - x and 2dxy, and a word that says nothing.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Affine([u64; 16]);

/// Eight rows of eight words as their columns.
#[inline(always)]
fn turned(rows: [__m512i; 8]) -> [__m512i; 8] {
    let [a, b, c, d, e, f, g, h] = rows;
    let mut columns = rows;
    // SAFETY: see the top of the parent file.
    unsafe {
        let even = [_mm512_unpacklo_epi64(a, b), _mm512_unpacklo_epi64(c, d)];
        let even = [even[0], even[1], _mm512_unpacklo_epi64(e, f), _mm512_unpacklo_epi64(g, h)];
        let odd = [_mm512_unpackhi_epi64(a, b), _mm512_unpackhi_epi64(c, d)];
        let odd = [odd[0], odd[1], _mm512_unpackhi_epi64(e, f), _mm512_unpackhi_epi64(g, h)];
        for (first, [a, b, c, d]) in [even, odd].into_iter().enumerate() {
            let (low, high) = (_mm512_shuffle_i64x2::<0x88>(a, b), _mm512_shuffle_i64x2::<0x88>(c, d));
            columns[first] = _mm512_shuffle_i64x2::<0x88>(low, high);
            columns[first + 4] = _mm512_shuffle_i64x2::<0xdd>(low, high);
            let (low, high) = (_mm512_shuffle_i64x2::<0xdd>(a, b), _mm512_shuffle_i64x2::<0xdd>(c, d));
            columns[first + 2] = _mm512_shuffle_i64x2::<0x88>(low, high);
            columns[first + 6] = _mm512_shuffle_i64x2::<0xdd>(low, high);
        }
    }
    columns
}

#[inline(always)]
fn load(from: &[u64; 8]) -> __m512i {
    // SAFETY: see the top of the parent file; there are the 64 bytes that are read.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[inline(always)]
fn store(to: &mut [u64; 8], vector: __m512i) {
    // SAFETY: see the top of the parent file; there are the 64 bytes that are written.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), vector) }
}

/// The points of eight buckets, one a lane.
#[inline(always)]
fn gathered(buckets: [&Bucket; 8]) -> Point<Eight> {
    let mut limbs = [every(0); 24];
    for third in 0..3 {
        let rows = buckets.map(|bucket| load(&bucket.0.as_chunks().0[third]));
        limbs[8 * third..8 * third + 8].copy_from_slice(&turned(rows));
    }
    let coordinate = |at: usize| [limbs[at], limbs[at + 1], limbs[at + 2], limbs[at + 3], limbs[at + 4]];
    Point { x: coordinate(0), y: coordinate(5), z: coordinate(10), t: coordinate(15) }
}

/// What [`gathered`] reads: a point into a bucket for each lane.
#[inline(always)]
fn scatter(point: &Point<Eight>, buckets: &mut [Bucket], at: [usize; 8]) {
    let mut limbs = [every(0); 24];
    for (limbs, coordinate) in
        limbs.as_chunks_mut::<5>().0.iter_mut().zip([point.x, point.y, point.z, point.t])
    {
        *limbs = coordinate;
    }
    for third in 0..3 {
        let mut columns = [every(0); 8];
        columns.copy_from_slice(&limbs[8 * third..8 * third + 8]);
        for (at, row) in at.into_iter().zip(turned(columns)) {
            store(&mut buckets[at].0.as_chunks_mut().0[third], row);
        }
    }
}

/// Points ready to be added; `None` where one of the encodings is none (RFC 9496 section 4.3.1 from step 3 on).
#[inline(always)]
fn decoded(proof: Proof, encoded: &[[u8; 32]]) -> Option<Vec<Affine>> {
    let mut all = Vec::with_capacity(encoded.len() + 16);
    for sixteen in encoded.chunks(16) {
        let mut numbers = [[0; 4]; 16];
        for (number, encoded) in numbers.iter_mut().zip(sixteen) {
            *number = words(encoded);
        }
        let halves = ristretto::decode::<Eight>(proof, [&numbers[..8], &numbers[8..]]);
        let mut all_valid = 0;
        for (half, (point, valid)) in halves.into_iter().enumerate() {
            all_valid |= u16::from(valid) << (8 * half);
            let t2d = Eight::carry(point.t).mul(Eight::splat(proof, &constants::D2));
            let (plus, minus) = (Eight::sum(point.y, point.x), Eight::difference(point.y, point.x));
            let mut limbs = [every(0); 16];
            for (limbs, part) in limbs.as_chunks_mut::<5>().0.iter_mut().zip([plus, minus, t2d]) {
                *limbs = part.0;
            }
            let mut points = [Affine([0; 16]); 8];
            for (half, columns) in limbs.as_chunks::<8>().0.iter().enumerate() {
                for (point, row) in points.iter_mut().zip(turned(*columns)) {
                    store(&mut point.0.as_chunks_mut().0[half], row);
                }
            }
            all.extend(points);
        }
        if all_valid.trailing_ones() < sixteen.len() as u32 {
            return None;
        }
    }
    all.truncate(encoded.len());
    Some(all)
}

/// The digits of a number below 2^255, the lowest first.
fn digits(number: &[u8; 32]) -> Digits {
    let mut carry = 0;
    number.map(|byte| {
        let digit = i16::from(byte) + carry;
        carry = i16::from(digit > 127);
        (digit - (carry << 8)) as i8
    })
}

/// The sums for the places 8·`group` to 8·`group` + 7, one a lane.
#[inline(always)]
fn sums(
    proof: Proof,
    points: &[Affine],
    digits: &[Digits],
    group: usize,
    buckets: &mut [Bucket],
) -> Point<Eight> {
    let neutral = Point::identity(Eight::splat(proof, &[0; 4]));
    for magnitude in 0..MAGNITUDES {
        scatter(&neutral, buckets, std::array::from_fn(|lane| lane * MAGNITUDES + magnitude));
    }
    for (point, digits) in points.iter().zip(digits) {
        let eight: &[i8; 8] = &digits.as_chunks().0[group];
        let mut negative: Mask = 0;
        let mut at = [0; 8];
        for (lane, (at, digit)) in at.iter_mut().zip(eight).enumerate() {
            *at = lane * MAGNITUDES + usize::from(digit.unsigned_abs());
            negative |= Mask::from(*digit < 0) << lane;
        }
        let limb = |number: usize| every(point.0[number]);
        let part = |at: usize| Eight([limb(at), limb(at + 1), limb(at + 2), limb(at + 3), limb(at + 4)]);
        let addend = AffineAddend { plus: part(0), minus: part(5), t2d: part(10) };
        let sum = gathered(at.map(|at| &buckets[at])).add_affine_signed(&addend, negative);
        scatter(&sum, buckets, at);
    }
    // Σ m·bucket[m] is the sum, over m, of all buckets from m on.
    let (mut from, mut total) = (neutral, neutral);
    for magnitude in (1..MAGNITUDES).rev() {
        from = from.add(gathered(std::array::from_fn(|lane| &buckets[lane * MAGNITUDES + magnitude])));
        total = total.add(from);
    }
    total
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn sum(proof: Proof, encoded: &[[u8; 32]], numbers: &[[u8; 32]]) -> Option<[u8; 32]> {
    let points = decoded(proof, encoded)?;
    let digits: Vec<Digits> = numbers.iter().map(digits).collect();
    let mut buckets = vec![Bucket([0; 24]); 8 * MAGNITUDES];
    let mut total = Point::<One>::identity(One::splat((), &[0; 4]));
    for group in (0..4).rev() {
        let eight = sums(proof, &points, &digits, group, &mut buckets);
        let coordinates = [eight.x, eight.y, eight.z, eight.t].map(|coordinate| {
            let mut numbers: [Words; 8] = [[0; 4]; 8];
            Eight::carry(coordinate).store(&mut numbers);
            numbers
        });
        for lane in (0..8).rev() {
            let [x, y, z, t] =
                coordinates.each_ref().map(|numbers| One::load((), &numbers[lane..=lane]).wide());
            total = total.doubled(8).add(Point { x, y, z, t });
        }
    }
    let mut out = Vec::with_capacity(1);
    ristretto::encode_doubles(&[total], &mut out);
    Some(bytes(&out[0][0]))
}

impl Proof {
    /// *Twice* the sum of elements, each times its number below 2^255, encoded; `None` where one of the canonical,
    /// non-negative numbers below p that are given as encodings encodes nothing.
    pub(in crate::lanes) fn vartime_sum(
        self,
        encoded: &[[u8; 32]],
        numbers: &[[u8; 32]],
    ) -> Option<[u8; 32]> {
        // SAFETY: this proof was made after both features were found.
        unsafe { sum(self, encoded, numbers) }
    }
}

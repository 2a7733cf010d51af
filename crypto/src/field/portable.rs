//! The same loops without any special instruction: constant-time, for every processor.

use super::{F64, F128};

/// The lower 64 bits of a carry-less product. Bits four apart are multiplied as integers: at most 16
/// products meet in a place, so that what is carried stays in the holes (T. Pornin, BearSSL, "Constant-Time
/// GHASH").
fn low_half(a: u64, b: u64) -> u64 {
    const MASKS: [u64; 4] =
        [0x1111_1111_1111_1111, 0x2222_2222_2222_2222, 0x4444_4444_4444_4444, 0x8888_8888_8888_8888];
    let part = |x: u64, i: usize| x & MASKS[i % 4];
    let mut product = 0;
    for (out, mask) in MASKS.iter().enumerate() {
        let sum = (0..4).fold(0, |sum, i| sum ^ part(a, i).wrapping_mul(part(b, 4 + out - i)));
        product |= sum & mask;
    }
    product
}

/// The carry-less product of two polynomials of degree below 64.
pub(super) fn clmul(a: u64, b: u64) -> u128 {
    let high = low_half(a.reverse_bits(), b.reverse_bits()).reverse_bits() >> 1;
    u128::from(high) << 64 | u128::from(low_half(a, b))
}

/// The remainder modulo x^64 + x^4 + x^3 + x + 1.
pub(super) fn reduce(product: u128) -> u64 {
    let fold = |high: u64| {
        let wide = u128::from(high);
        wide ^ wide << 1 ^ wide << 3 ^ wide << 4
    };
    let once = fold((product >> 64) as u64);
    product as u64 ^ once as u64 ^ fold((once >> 64) as u64) as u64
}

/// x^61 times an element, unreduced.
fn times_c(element: u64) -> u128 {
    u128::from(element) << 61
}

fn mul_64(a: F64, b: F128) -> F128 {
    let half = |half: F64| F64(reduce(clmul(a.0, half.0)));
    F128::new(half(b.low()), half(b.high()))
}

/// Karatsuba: (a + bX)(c + dX) = ac + x^61·bd + ((a + b)(c + d) + ac)·X.
pub(super) fn mul_128(a: F128, b: F128) -> F128 {
    let low = clmul(a.low().0, b.low().0);
    let high = clmul(a.high().0, b.high().0);
    let both = clmul((a.low() + a.high()).0, (b.low() + b.high()).0);
    F128::new(F64(reduce(low ^ times_c(reduce(high)))), F64(reduce(both ^ low)))
}

pub(super) fn mul_add_each_64(out: &mut [F128], a: &[F64], by: F128) {
    out.iter_mut().zip(a).for_each(|(out, &a)| *out += mul_64(a, by));
}

pub(super) fn mul_add_each_128(out: &mut [F128], a: &[F128], by: F128) {
    out.iter_mut().zip(a).for_each(|(out, &a)| *out += mul_128(a, by));
}

pub(super) fn inner_product_64(a: &[F64], b: &[F128]) -> F128 {
    a.iter().zip(b).fold(F128::ZERO, |sum, (&a, &b)| sum + mul_64(a, b))
}

pub(super) fn inner_product_128(a: &[F128], b: &[F128]) -> F128 {
    a.iter().zip(b).fold(F128::ZERO, |sum, (&a, &b)| sum + mul_128(a, b))
}

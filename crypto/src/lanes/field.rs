//! Powers and inverses in lanes.

use super::{Field, Mask};

/// `n` squarings of several elements side by side: one alone would wait for each result.
#[inline(always)]
fn squared<F: Field, const N: usize>(mut these: [F; N], n: u32) -> [F; N] {
    for _ in 0..n {
        for this in &mut these {
            *this = this.square();
        }
    }
    these
}

#[inline(always)]
pub(crate) fn multiplied<F: Field, const N: usize>(mut these: [F; N], by: [F; N]) -> [F; N] {
    for at in 0..N {
        these[at] = these[at].mul(by[at]);
    }
    these
}

/// To the power 2^250 - 1, and to the power 11: 249 squarings and 10 products.
#[inline(always)]
fn ladder_of_ones<F: Field, const N: usize>(x: [F; N]) -> ([F; N], [F; N]) {
    let x2 = squared(x, 1);
    let x9 = multiplied(squared(x2, 2), x);
    let x11 = multiplied(x9, x2);
    let ones5 = multiplied(squared(x11, 1), x9);
    let ones10 = multiplied(squared(ones5, 5), ones5);
    let ones20 = multiplied(squared(ones10, 10), ones10);
    let ones40 = multiplied(squared(ones20, 20), ones20);
    let ones50 = multiplied(squared(ones40, 10), ones10);
    let ones100 = multiplied(squared(ones50, 50), ones50);
    let ones200 = multiplied(squared(ones100, 100), ones100);
    (multiplied(squared(ones200, 50), ones50), x11)
}

/// To the power (p - 5)/8 = 2^252 - 3.
#[inline(always)]
pub(crate) fn root_power<F: Field, const N: usize>(x: [F; N]) -> [F; N] {
    let (ones250, _) = ladder_of_ones(x);
    multiplied(squared(ones250, 2), x)
}

/// Inverses, to the power p - 2 = 2^255 - 21; of zero, zero.
#[inline(always)]
pub(crate) fn inverted<F: Field, const N: usize>(x: [F; N]) -> [F; N] {
    let (ones250, x11) = ladder_of_ones(x);
    multiplied(squared(ones250, 5), x11)
}

/// Inverts all, lane by lane, with one inversion and three products each (P. Montgomery, "Speeding the Pollard
/// and Elliptic Curve Methods of Factorization", Mathematics of Computation 48, 1987). Zero stays zero.
#[inline(always)]
pub(crate) fn invert_each<F: Field>(all: &mut [F]) {
    let Some(&any) = all.first() else { return };
    let one = any.like(&[1, 0, 0, 0]);
    let mut product = one;
    let mut before = Vec::with_capacity(all.len());
    let mut zeros: Vec<Mask> = Vec::with_capacity(all.len());
    for this in all.iter_mut() {
        let zero = this.zero_lanes();
        *this = this.select(one, zero);
        before.push(product);
        zeros.push(zero);
        product = product.mul(*this);
    }
    let [mut inverse] = inverted([product]);
    for at in (0..all.len()).rev() {
        let this = all[at];
        all[at] = inverse.mul(before[at]).select(any.like(&[0; 4]), zeros[at]);
        inverse = inverse.mul(this);
    }
}

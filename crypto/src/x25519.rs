//! X25519 (RFC 7748), many points to one secret scalar.
//!
//! The Montgomery ladder of RFC 7748 section 5 in [`lanes`]: the scalar is the same in all lanes, so
//! that each step swaps all of them or none, by selection. Constant-time in the scalar and the points. All
//! conversions to affine coordinates of a batch share one inversion.
//!
//! A point of low order gives 32 zero bytes, as RFC 7748 section 6.1 says; who must not accept it looks for
//! them.

use crate::lanes::field::invert_each;
use crate::lanes::{self, Field, Job, Kernel, Mask, Words, bytes, words};
use zeroize::Zeroizing;

/// The u-coordinate of the base point.
pub const BASE: [u8; 32] = {
    let mut nine = [0; 32];
    nine[0] = 9;
    nine
};

/// X25519(scalar, point) for every point, in order, with the [fastest kernel](Kernel::best). The scalar is
/// clamped and bit 255 of each point ignored (RFC 7748 section 5). On one core; split long lists in parts of
/// 128 or more among cores.
pub fn multiply_each(points: &[[u8; 32]], scalar: &[u8; 32]) -> Vec<[u8; 32]> {
    multiply_each_with(Kernel::best(), points, scalar)
}

/// As [`multiply_each`], with a given kernel.
pub fn multiply_each_with(kernel: Kernel, points: &[[u8; 32]], scalar: &[u8; 32]) -> Vec<[u8; 32]> {
    let mut out = Vec::with_capacity(points.len());
    // As many as stay in the cache.
    for points in points.chunks(256) {
        lanes::run(kernel, Multiply { points, scalar, out: &mut out });
    }
    out
}

struct Multiply<'a> {
    points: &'a [[u8; 32]],
    scalar: &'a [u8; 32],
    out: &'a mut Vec<[u8; 32]>,
}

impl Job for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<F: Field>(self, proof: F::Proof) {
        let groups = self.points.len().div_ceil(F::LANES);
        let (mut x, mut z) = (Vec::with_capacity(groups), Vec::with_capacity(groups));
        for group in self.points.chunks(F::LANES) {
            let mut numbers: [Words; 8] = [[0; 4]; 8];
            for (number, point) in numbers.iter_mut().zip(group) {
                *number = words(point);
            }
            let (x_part, z_part) = ladder(F::load(proof, &numbers), self.scalar);
            x.push(x_part);
            z.push(z_part);
        }
        invert_each(&mut z);
        for ((x, z), group) in x.iter().zip(&z).zip(self.points.chunks(F::LANES)) {
            let mut numbers: [Words; 8] = [[0; 4]; 8];
            x.mul(*z).store(&mut numbers);
            for number in &numbers[..group.len()] {
                self.out.push(bytes(number));
            }
        }
    }
}

/// RFC 7748 section 5: the coordinates X and Z of the scalar's multiple.
#[inline(always)]
fn ladder<F: Field>(x1: F, scalar: &[u8; 32]) -> (F, F) {
    let mut k = Zeroizing::new(*scalar);
    k[0] &= 248;
    k[31] = k[31] & 127 | 64;
    let (one, zero) = (x1.like(&[1, 0, 0, 0]).wide(), x1.like(&[0; 4]).wide());
    let (mut x2, mut z2, mut x3, mut z3) = (one, zero, x1.wide(), one);
    let mut swapped: Mask = 0;
    for t in (0..255).rev() {
        let bit = F::ALL * (k[t / 8] >> (t % 8) & 1);
        let swap = std::hint::black_box(bit ^ swapped);
        swapped = bit;
        (x2, x3) = (F::select_wide(x2, x3, swap), F::select_wide(x3, x2, swap));
        (z2, z3) = (F::select_wide(z2, z3, swap), F::select_wide(z3, z2, swap));
        let (a, b) = (F::sum(x2, z2), F::difference(x2, z2));
        let (c, d) = (F::sum(x3, z3), F::difference(x3, z3));
        let (da, cb) = (d.mul_wide(a), c.mul_wide(b));
        let (aa, bb) = (a.square(), b.square());
        x3 = F::sum(da, cb).square_wide();
        z3 = F::difference(da, cb).square().mul_wide(x1);
        let e = aa.sub(bb);
        x2 = aa.mul_wide(bb);
        z2 = e.mul_wide(bb.add(e.mul_small(121_666)));
    }
    // The lowest bit of a clamped scalar is 0: the last step leaves nothing swapped.
    (F::carry(x2), F::carry(z2))
}

#[cfg(test)]
mod tests;

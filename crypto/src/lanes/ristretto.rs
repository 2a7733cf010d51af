//! ristretto255 in lanes: decoding, the one-way map and batched encoding (RFC 9496 section 4.3).

use super::edwards::{Point, constants};
use super::field::{invert_each, root_power};
use super::{Field, Mask, Words};

/// SQRT_RATIO_M1 of RFC 9496 section 4.2 for two vectors side by side: the non-negative root, and the lanes in
/// which u/v was a square.
#[inline(always)]
fn root_of_ratio<F: Field>(u: [F; 2], v: [F; 2]) -> [(F, Mask); 2] {
    let (mut uv3, mut uv7) = (u, u);
    for at in 0..2 {
        let v3 = v[at].square().mul(v[at]);
        uv3[at] = u[at].mul(v3);
        uv7[at] = uv3[at].mul(v3.mul(v[at]));
    }
    let powers = root_power(uv7);
    let mut roots = [(u[0], 0); 2];
    for at in 0..2 {
        let i = u[at].like(&constants::SQRT_M1);
        let r = uv3[at].mul(powers[at]);
        let check = v[at].mul(r.square());
        let correct = check.equal_lanes(u[at]);
        let negative = u[at].neg();
        let flipped = check.equal_lanes(negative);
        let flipped_i = check.equal_lanes(negative.mul(i));
        let r = r.select(r.mul(i), flipped | flipped_i);
        roots[at] = (r.negate(r.negative_lanes()), correct | flipped);
    }
    roots
}

/// Decodes two vectors of encodings, given as numbers below p that are not negative: RFC 9496 section 4.3.1
/// from step 3 on. The mask has the lanes that are valid.
#[inline(always)]
pub(crate) fn decode<F: Field>(proof: F::Proof, numbers: [&[Words]; 2]) -> [(Point<F>, Mask); 2] {
    let s = [F::load(proof, numbers[0]), F::load(proof, numbers[1])];
    let one = s[0].like(&[1, 0, 0, 0]);
    let (mut u1, mut u2, mut v, mut vu) = (s, s, s, s);
    for at in 0..2 {
        let ss = s[at].square();
        (u1[at], u2[at]) = (one.sub(ss), one.add(ss));
        let square = u2[at].square();
        let d = one.like(&constants::D);
        v[at] = d.mul(u1[at].square()).neg().sub(square);
        vu[at] = v[at].mul(square);
    }
    let roots = root_of_ratio([one; 2], vu);
    let mut points = [(Point::identity(one), 0); 2];
    for at in 0..2 {
        let (root, was_square) = roots[at];
        let (den_x, den_y) = (root.mul(u2[at]), root);
        let den_y = den_y.mul(den_x).mul(v[at]);
        let x = s[at].add(s[at]).mul(den_x);
        let x = x.negate(x.negative_lanes());
        let y = u1[at].mul(den_y);
        let t = x.mul(y);
        let valid = was_square & !t.negative_lanes() & !y.zero_lanes();
        points[at] = (Point { x: x.wide(), y: y.wide(), z: one.wide(), t: t.wide() }, valid);
    }
    points
}

/// The one-way map of RFC 9496 section 4.3.4: the sum of the points of two field elements.
#[inline(always)]
pub(crate) fn map<F: Field>(proof: F::Proof, numbers: [&[Words]; 2]) -> Point<F> {
    let t = [F::load(proof, numbers[0]), F::load(proof, numbers[1])];
    let one = t[0].like(&[1, 0, 0, 0]);
    let d = one.like(&constants::D);
    let (mut r, mut u, mut v) = (t, t, t);
    for at in 0..2 {
        r[at] = one.like(&constants::SQRT_M1).mul(t[at].square());
        u[at] = r[at].add(one).mul(one.like(&constants::ONE_MINUS_D_SQ));
        v[at] = one.neg().sub(r[at].mul(d)).mul(r[at].add(d));
    }
    let roots = root_of_ratio(u, v);
    let mut points = [Point::identity(one); 2];
    for at in 0..2 {
        let (root, was_square) = roots[at];
        let other = root.mul(t[at]);
        let other = other.neg().negate(other.negative_lanes());
        let s = other.select(root, was_square);
        let c = r[at].select(one.neg(), was_square);
        let n = c.mul(r[at].sub(one)).mul(one.like(&constants::D_MINUS_ONE_SQ)).sub(v[at]);
        let (w0, w1) = (s.add(s).mul(v[at]), n.mul(one.like(&constants::SQRT_AD_MINUS_ONE)));
        let ss = s.square();
        let (w2, w3) = (one.sub(ss), one.add(ss));
        points[at] = Point::from_factors(w0, w3, w1, w2);
    }
    points[0].add(points[1])
}

/// Encodes points, lane by lane (RFC 9496 section 4.3.2): at an inverse square root each, two side by side.
#[inline(always)]
pub(crate) fn encode<F: Field>(points: &[Point<F>], out: &mut Vec<[Words; 8]>) {
    for pair in points.chunks(2) {
        let pair = [pair[0], pair[pair.len() - 1]];
        let x = [F::carry(pair[0].x), F::carry(pair[1].x)];
        let y = [F::carry(pair[0].y), F::carry(pair[1].y)];
        let one = x[0].like(&[1, 0, 0, 0]);
        let (mut u1, mut u2, mut v) = (x, x, x);
        for at in 0..2 {
            let Point { y: wide_y, z, .. } = pair[at];
            u1[at] = F::sum(z, wide_y).mul(F::difference(z, wide_y));
            u2[at] = x[at].mul(y[at]);
            v[at] = u1[at].mul(u2[at].square());
        }
        let roots = root_of_ratio([one; 2], v);
        for at in 0..2 {
            let (z, t, i) = (F::carry(pair[at].z), F::carry(pair[at].t), one.like(&constants::SQRT_M1));
            let (den1, den2) = (roots[at].0.mul(u1[at]), roots[at].0.mul(u2[at]));
            let z_inverse = den1.mul(den2).mul(t);
            let rotate = t.mul(z_inverse).negative_lanes();
            let enchanted = den1.mul(one.like(&constants::INVSQRT_A_MINUS_D));
            let (to_x, to_y) = (x[at].select(y[at].mul(i), rotate), y[at].select(x[at].mul(i), rotate));
            let to_y = to_y.negate(to_x.mul(z_inverse).negative_lanes());
            let s = den2.select(enchanted, rotate).mul(z.sub(to_y));
            let mut numbers = [[0; 4]; 8];
            s.negate(s.negative_lanes()).store(&mut numbers);
            out.push(numbers);
        }
    }
    out.truncate(points.len());
}

/// What an encoding needs before and after the shared inversion.
struct Halfway<F> {
    e: F,
    f: F,
    g: F,
    h: F,
    eg: F,
    fh: F,
}

/// Encodes the *doubles* of points, lane by lane, with one inversion for all.
///
/// RFC 9496 section 4.3.2 takes an inverse square root; of a double 2P, with the factors E, F, G and H of its
/// coordinates, the root is known and inverses of EG and FH suffice (M. Hamburg, "Decaf: Eliminating Cofactors
/// through Point Compression", CRYPTO 2015; the batching as in `curve25519-dalek`).
#[inline(always)]
pub(crate) fn encode_doubles<F: Field>(points: &[Point<F>], out: &mut Vec<[Words; 8]>) {
    let mut halfway = Vec::with_capacity(points.len());
    let mut inverses = Vec::with_capacity(points.len());
    for point in points {
        let (x, y) = (F::carry(point.x), F::carry(point.y));
        let (t, zz) = (F::carry(point.t), F::carry(point.z).square_wide());
        let dtt = t.square().mul_wide(x.like(&constants::D));
        let e = F::sum(point.y, point.y).mul(x);
        let (f, h) = (F::sum(zz, dtt), F::difference(zz, dtt));
        let g = F::sum(y.square_wide(), x.square_wide());
        let (eg, fh) = (e.mul(g), f.mul(h));
        inverses.push(eg.mul(fh));
        halfway.push(Halfway { e, f, g, h, eg, fh });
    }
    invert_each(&mut inverses);
    for (part, inverse) in halfway.iter().zip(&inverses) {
        let mut numbers = [[0; 4]; 8];
        finish(part, *inverse).store(&mut numbers);
        out.push(numbers);
    }
}

#[inline(always)]
fn finish<F: Field>(part: &Halfway<F>, inverse: F) -> F {
    let i = inverse.like(&constants::SQRT_M1);
    let (z_inverse, t_inverse) = (part.eg.mul(inverse), part.fh.mul(inverse));
    let rotate = part.eg.mul(z_inverse).negative_lanes();
    let e = part.e.select(part.g, rotate);
    let g = part.g.select(part.e.neg(), rotate);
    let h = part.h.select(part.f.mul(i), rotate);
    let magic = inverse.like(&constants::INVSQRT_A_MINUS_D).select(i, rotate);
    let g = g.negate(h.mul(e).mul(z_inverse).negative_lanes());
    let s = h.sub(g).mul(magic.mul(g.mul(t_inverse)));
    s.negate(s.negative_lanes())
}

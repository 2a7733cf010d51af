//! Points in Jacobian coordinates: (X/Z², Y/Z³), the neutral one with Z = 0.
//!
//! Formulas: D. Bernstein, T. Lange, Explicit-Formulas Database, `dbl-2001-b` and `add-2007-bl`.

use super::Point;
use super::field::Field;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq as _};

#[derive(Clone, Copy)]
pub(super) struct Jacobian {
    x: Field,
    y: Field,
    z: Field,
}

impl ConditionallySelectable for Jacobian {
    #[inline(always)]
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self {
            x: Field::conditional_select(&a.x, &b.x, choice),
            y: Field::conditional_select(&a.y, &b.y, choice),
            z: Field::conditional_select(&a.z, &b.z, choice),
        }
    }
}

impl Jacobian {
    pub(super) const NEUTRAL: Self = Self { x: Field::ONE, y: Field::ONE, z: Field::ZERO };

    /// Twice this; the order is odd, and so there is no exception.
    #[inline(always)]
    pub(super) fn double(&self) -> Self {
        let delta = self.z.square();
        let gamma = self.y.square();
        let beta = self.x.mul(&gamma);
        let slope = self.x.sub(&delta).mul(&self.x.add(&delta));
        let alpha = slope.double().add(&slope);
        let beta4 = beta.double().double();
        let x = alpha.square().sub(&beta4.double());
        let z = self.y.add(&self.z).square().sub(&gamma).sub(&delta);
        let gamma8 = gamma.square().double().double().double();
        let y = alpha.mul(&beta4.sub(&x)).sub(&gamma8);
        Self { x, y, z }
    }

    /// The sum, of points that are neither equal, opposite nor neutral.
    #[inline(always)]
    fn add_distinct(&self, other: &Self) -> Self {
        let (zz1, zz2) = (self.z.square(), other.z.square());
        let (u1, u2) = (self.x.mul(&zz2), other.x.mul(&zz1));
        let s1 = self.y.mul(&other.z).mul(&zz2);
        let s2 = other.y.mul(&self.z).mul(&zz1);
        let h = u2.sub(&u1);
        let i = h.double().square();
        let j = h.mul(&i);
        let r = s2.sub(&s1).double();
        let v = u1.mul(&i);
        let x = r.square().sub(&j).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&s1.mul(&j).double());
        let z = self.z.add(&other.z).square().sub(&zz1).sub(&zz2).mul(&h);
        Self { x, y, z }
    }

    /// The sum, or this where the other stands for nothing (`size` is zero). The two must be neither equal
    /// nor opposite; this may be neutral.
    #[inline(always)]
    pub(super) fn add_or_keep(&self, other: &Self, size: u8) -> Self {
        let sum = self.add_distinct(other);
        let sum = Self::conditional_select(&sum, other, self.z.is_zero());
        Self::conditional_select(&sum, self, size.ct_eq(&0))
    }
}

/// One to sixteen times a point.
pub(super) struct Table([Jacobian; 16]);

impl Table {
    pub(super) fn of(point: &Point) -> Self {
        let one = Jacobian { x: point.x, y: point.y, z: Field::ONE };
        let mut table = [one; 16];
        for i in 1..16 {
            table[i] = if i % 2 == 1 { table[i / 2].double() } else { table[i - 1].add_distinct(&one) };
        }
        Self(table)
    }

    /// `size` times the point, or that of the opposite; the point itself for a size of zero. Reads every entry.
    #[inline(always)]
    pub(super) fn entry(&self, size: u8, negative: u8) -> Jacobian {
        let mut entry = self.0[0];
        for (i, other) in (1u8..).zip(&self.0).skip(1) {
            entry.conditional_assign(other, size.ct_eq(&i));
        }
        entry.y = Field::conditional_select(&entry.y, &Field::ZERO.sub(&entry.y), negative.into());
        entry
    }
}

/// Brings points to Z = 1 with one inversion (Montgomery's trick). None may be neutral.
pub(super) fn normalise(points: &[Jacobian]) -> Vec<Point> {
    let mut before = Vec::with_capacity(points.len());
    let mut product = Field::ONE;
    for point in points {
        before.push(product);
        product = product.mul(&point.z);
    }
    let mut inverse = product.invert();
    let mut out = Vec::with_capacity(points.len());
    for (point, before) in points.iter().zip(&before).rev() {
        let over = inverse.mul(before);
        inverse = inverse.mul(&point.z);
        let square = over.square();
        out.push(Point { x: point.x.mul(&square), y: point.y.mul(&square).mul(&over) });
    }
    out.reverse();
    out
}

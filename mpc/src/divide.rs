//! Reciprocals, quotients and reciprocal square roots of secret numbers.
//!
//! A positive integer x below 2^w is brought to m = x v / 2^w of 1/2 … 1 by the power of two v that its highest bit gives;
//! a polynomial and a few terms of a series then give 1/m, at [`UNIT`] bits after the point.
//!
//! # Errors of the results
//!
//! | what | relative error below | method |
//! |---|---|---|
//! | [`reciprocal`], [`quotient`] | 1e-7, and 1.5 units of the result for each limb | w = (11 - 7m)/4, e = 1 - mw, 1/m = w (1 + e)(1 + e²)(1 + e⁴): R. E. Goldschmidt, 1964 |
//! | [`inverse_root`] | 3e-7 | a quadratic y, e = 1 - m y², 1/√m = y (1 + e/2 + 3e²/8 + 5e³/16 + 35e⁴/128) |
//!
//! # Cost
//!
//! For numbers of w bits: [`decompose`], [`highest`] and [`compose_planes`] of w bits (16 w bytes); then 16 rounds and about
//! 280 bytes a number for a reciprocal, 30 rounds and 380 bytes for a root. With w = 21, 620 bytes and 32 rounds, and 740 bytes
//! and 46 rounds, from each party.
//!
//! *Learnt:* nothing.

use crate::araki16::multiply;
use crate::bits::{compose_planes, decompose, highest};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{self, Fixed, MAX_BOUND, products, shift, shift_each, within};
use crate::ring::Z64;
use crate::shares::Shares;

/// Bits after the point while a function is worked out: 2^-28 is 3.7e-9.
pub const UNIT: u32 = 28;

/// One, at that scale.
pub(crate) const ONE: i64 = 1 << UNIT;

/// A constant at that scale.
pub(crate) fn constant(value: f64) -> Z64 {
    Z64::from((value * ONE as f64).round() as i64)
}

/// Numbers as m 2^w / v with m of 1/2 … 1.
pub(crate) struct Normal {
    /// m at [`UNIT`] bits after the point, to within 1.5 units; zero for zero.
    pub(crate) mantissa: Shares<Z64>,
    /// For each place of a bit, whether the highest is there, as integers.
    places: Vec<Shares<Z64>>,
}

impl Normal {
    /// Integers from 0 on and below 2^width.
    pub(crate) fn of(context: &mut Context, x: &Shares<Z64>, width: u32) -> Result<Self, MpcError> {
        Self::with(context, x, width, |place| width - 1 - place)
    }

    /// With powers of four: m is of 1/4 … 1.
    fn by_fours(context: &mut Context, x: &Shares<Z64>, width: u32) -> Result<Self, MpcError> {
        Self::with(context, x, width, |place| (width - 1 - place) & !1)
    }

    fn with(
        context: &mut Context,
        x: &Shares<Z64>,
        width: u32,
        power: impl Fn(u32) -> u32,
    ) -> Result<Self, MpcError> {
        within("a number to normalise", width, MAX_BOUND)?;
        let bits = decompose(context, x, width as usize)?;
        let top = highest(context, &bits)?;
        let places = compose_planes(context, &top)?.split(vec![x.len(); width as usize]);
        let normal = Self { mantissa: Shares::zeros(x.len()), places };
        let scaled = multiply(context, x, &normal.weigh(|place| Z64(1 << power(place))))?;
        let mantissa = match width.checked_sub(UNIT) {
            None => scaled.times(Z64(1 << (UNIT - width))),
            Some(more) => shift(context, &scaled, more, width)?,
        };
        Ok(Self { mantissa, ..normal })
    }

    /// A number for each place of the highest bit; zero for zero.
    pub(crate) fn weigh(&self, weight: impl Fn(u32) -> Z64) -> Shares<Z64> {
        let zero = Shares::zeros(self.mantissa.len());
        (0..).zip(&self.places).fold(zero, |sum, (at, place)| sum.plus(&place.times(weight(at))))
    }
}

/// 1/m of numbers of 1/2 … 1, both at [`UNIT`].
pub(crate) fn of_mantissa(context: &mut Context, m: &Shares<Z64>) -> Result<Shares<Z64>, MpcError> {
    let role = context.role();
    // (11 - 7m)/4, at two bits more; |e| ≤ 0.081.
    let w = m.times(Z64::from(-7)).plus_public(role, Z64::from(11 * ONE));
    let mw = products(context, &[(m, &w, UNIT + 2)])?.remove(0);
    let e = mw.linear(|value| -value).plus_public(role, Z64::from(ONE));
    let plus_one = |value: &Shares<Z64>| value.clone().plus_public(role, Z64::from(ONE));
    let step = products(context, &[(&e, &e, UNIT), (&w, &plus_one(&e), UNIT + 2)])?;
    let step = products(context, &[(&step[0], &step[0], UNIT), (&step[1], &plus_one(&step[0]), UNIT)])?;
    Ok(products(context, &[(&step[1], &plus_one(&step[0]), UNIT)])?.remove(0))
}

/// Room for what a bound allows: the bound itself is included.
fn width(x: &Fixed) -> u32 {
    x.bound() + 1
}

/// Reciprocals of numbers that are not negative; 0 for 0. The result has the scale of 2^-(29 + bound) units of 1/x.
///
/// # Errors
/// [`MpcError::TooLarge`]: a bound of more than 30 bits, or more bits after the point than the number has; else a failure
/// of a channel or a misstep of a peer.
pub fn reciprocal(context: &mut Context, x: &Fixed) -> Result<Fixed, MpcError> {
    let width = width(x);
    within("a divisor", width + UNIT, MAX_BOUND)?;
    within("a divisor's scale", x.fraction(), width + UNIT)?;
    let normal = Normal::of(context, x.shares(), width)?;
    let inverse = of_mantissa(context, &normal.mantissa)?;
    let powers = normal.weigh(|place| Z64(1 << (width - 1 - place)));
    let shares = multiply(context, &inverse, &powers)?;
    Fixed::new(shares, UNIT + width - x.fraction(), UNIT + width)
}

/// Quotients of numbers by numbers that are not negative, at the scale with `fraction` bits; 0 where the divisor is 0.
///
/// # Errors
/// As [`reciprocal`], and [`MpcError::TooLarge`] where the quotient could have more than 60 bits.
pub fn quotient(context: &mut Context, a: &Fixed, x: &Fixed, fraction: u32) -> Result<Fixed, MpcError> {
    let inverse = reciprocal(context, x)?;
    // The reciprocal of an integer from 1 on is at most 1: its bound stands for that.
    fixed::multiply(context, a, &inverse, fraction)
}

/// Reciprocals of the square roots of numbers that are not negative; 0 for 0.
///
/// # Errors
/// [`MpcError::TooLarge`]: a bound of more than 57 bits; else a failure of a channel or a misstep of a peer.
pub fn inverse_root(context: &mut Context, x: &Fixed) -> Result<Fixed, MpcError> {
    let odd = x.fraction() % 2;
    let x = x.finer(x.fraction() + odd)?;
    let width = width(&x).next_multiple_of(2);
    within("a number under a root", width.max(x.fraction()), MAX_BOUND - 2)?;
    let role = context.role();
    let normal = Normal::by_fours(context, x.shares(), width)?;
    let m = &normal.mantissa;
    // y = 1.2562… - 0.4643… t + 0.2333… t² of t = (8m - 5)/3 by Chebyshev interpolation, written in m.
    let square = products(context, &[(m, m, UNIT)])?.remove(0);
    let [c0, c1, c2] = root_start();
    let y = square.times(constant(c2)).plus(&m.times(constant(c1)));
    let y = shift_each(context, &[(&y, UNIT)])?.remove(0).plus_public(role, constant(c0));
    let yy = products(context, &[(&y, &y, UNIT)])?.remove(0);
    let myy = products(context, &[(m, &yy, UNIT)])?.remove(0);
    let e = myy.linear(|value| -value).plus_public(role, Z64::from(ONE));
    let e2 = products(context, &[(&e, &e, UNIT)])?.remove(0);
    let higher = products(context, &[(&e, &e2, UNIT), (&e2, &e2, UNIT)])?;
    // Eighths of eighths: all coefficients are multiples of 1/128.
    let series = [(&e, 64), (&e2, 48), (&higher[0], 40), (&higher[1], 35)];
    let series =
        series.iter().fold(Shares::zeros(x.len()), |sum, (power, c)| sum.plus(&power.times(Z64(*c))));
    let series = series.plus_public(role, Z64::from(128 * ONE));
    // y < 2.2 and the series < 1.1, at 7 bits more: 2^30 by 2^36 would be too long.
    let series = shift_each(context, &[(&series, 7)])?.remove(0);
    let root = products(context, &[(&y, &series, UNIT)])?.remove(0);
    let halves = normal.weigh(|place| Z64(1 << ((width - 1 - place) / 2)));
    let shares = multiply(context, &root, &halves)?;
    Fixed::new(shares, UNIT + width / 2 - x.fraction() / 2, UNIT + 1 + width / 2)
}

/// The quadratic near 1/√m on 1/4 … 1, within 2.6 %: from powers of t = (8m - 5)/3 to those of m.
fn root_start() -> [f64; 3] {
    let [a, b, c] = [1.256_215_942_020_82, -0.464_363_201_554_394, 0.233_329_117_195_061];
    let (scale, offset) = (8.0 / 3.0, -5.0 / 3.0);
    [a + b * offset + c * offset * offset, b * scale + 2.0 * c * scale * offset, c * scale * scale]
}

/// Numbers of which the negative ones are turned round, and which they were (as integers 0 or 1).
///
/// # Errors
/// A failure of a channel or a misstep of a peer.
pub fn absolute(context: &mut Context, x: &Fixed) -> Result<(Fixed, Shares<Z64>), MpcError> {
    let negative = crate::bits::sign(context, x.shares(), x.bound() as usize + 2)?;
    let negative = crate::bits::compose(context, &negative, x.len())?;
    let part = multiply(context, &negative, x.shares())?;
    let shares = x.shares().minus(&part.times(Z64(2)));
    Ok((Fixed::new(shares, x.fraction(), x.bound())?, negative))
}

#[cfg(test)]
mod tests;

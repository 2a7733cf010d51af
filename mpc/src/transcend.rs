//! Exponential, logarithm and the logistic function of secret numbers.
//!
//! # Errors of the results
//!
//! | what | error below | method |
//! |---|---|---|
//! | [`exp`] of x ≤ c | 4e-8 of e^c, absolute | 2^-n 2^-r: a factor for each bit of n, a polynomial of degree 6 for 2^-r |
//! | [`log`] | 6e-8, absolute | the place of the highest bit, and a polynomial of degree 10 on 1/2 … 1 |
//! | [`sigmoid`] | 6e-8, absolute | 1/(1 + e^-\|x\|), turned round for negative x |
//!
//! For exponents of more than 36 bits in all (the bound of [`Fixed`]) 2^(bound - 61) is added.
//!
//! The polynomials interpolate at the zeros of Chebyshev polynomials (their own errors: 1.4e-9 and 8.2e-10).
//!
//! # Cost
//!
//! For numbers of 20 bits, from each party:
//!
//! | what | bytes a number | rounds |
//! |---|---|---|
//! | [`exp`] | 650 | 44, and ⌈log1.5 (numbers / 128)⌉ |
//! | [`log`] | 760 | 34 |
//! | [`sigmoid`] | 960 | 64 |
//!
//! *Learnt:* nothing; with [`exp`], whether any number is greater than was declared.

use crate::araki16::multiply;
use crate::bits::{Planes, all, compose_planes, decompose, open_any};
use crate::context::Context;
use crate::divide::{Normal, ONE, UNIT, absolute, constant, of_mantissa};
use crate::error::MpcError;
use crate::fixed::{Fixed, MAX_BOUND, products, shift, within};
use crate::ring::{B64, Z64};
use crate::shares::Shares;
use std::f64::consts::{LN_2, LOG2_E};

/// 2^((t - 1)/2) for t of -1 … 1.
const EXP2: [f64; 7] = [
    0.707_106_781_157_944,
    0.245_064_545_112_797,
    0.042_466_448_938_029,
    0.004_905_842_513_711_8,
    0.000_425_060_695_349_4,
    2.961_110_515_239_6e-5,
    1.709_180_054_671_5e-6,
];

/// ln((t + 3)/4) for t of -1 … 1.
const LOG: [f64; 11] = [
    -0.287_682_072_345_998,
    0.333_333_340_701_595,
    -0.055_555_563_104_564,
    0.012_345_533_324_675,
    -0.003_086_332_763_455_7,
    0.000_823_847_315_527_2,
    -0.000_228_988_066_125_8,
    6.353_888_684_386_2e-5,
    -1.837_035_866_247_1e-5,
    7.329_344_145_066_7e-6,
    -2.263_529_906_944_9e-6,
];

/// A polynomial, lowest coefficient first, of numbers of -1 … 1 at [`UNIT`] bits after the point, at the same scale.
fn polynomial(context: &mut Context, t: &Shares<Z64>, coefficients: &[f64]) -> Result<Shares<Z64>, MpcError> {
    Ok(polynomial_beside(context, t, coefficients, Vec::new())?.0)
}

/// [`polynomial`], and other factors at that scale, multiplied with each other as far as the rounds for it go.
fn polynomial_beside(
    context: &mut Context,
    t: &Shares<Z64>,
    coefficients: &[f64],
    mut beside: Vec<Shares<Z64>>,
) -> Result<(Shares<Z64>, Vec<Shares<Z64>>), MpcError> {
    let mut powers = vec![t.clone()];
    let degree = coefficients.len().saturating_sub(1);
    while powers.len() < degree {
        let have = powers.len();
        let new = have.min(degree - have);
        let mut factors: Vec<_> = (0..new).map(|at| (&powers[have - 1], &powers[at], UNIT)).collect();
        factors.extend(beside.chunks_exact(2).map(|pair| (&pair[0], &pair[1], UNIT)));
        let mut more = products(context, &factors)?;
        let mut halved = more.split_off(new);
        halved.extend(beside.chunks_exact(2).remainder().iter().cloned());
        (powers, beside) = (powers.into_iter().chain(more).collect(), halved);
    }
    let terms = powers.iter().zip(&coefficients[1..]);
    let sum = terms.fold(Shares::zeros(t.len()), |sum, (power, &c)| sum.plus(&power.times(constant(c))));
    let sum = shift(context, &sum, UNIT, MAX_BOUND)?;
    Ok((sum.plus_public(context.role(), constant(coefficients[0])), beside))
}

/// e^x of numbers that are at most `most`, which is at most 19. Opened is whether e^x is above the next power of two from
/// e^most on for any of them: then there is no room for it.
///
/// # Errors
/// [`MpcError::TooLarge`]: a greater `most`, numbers of more than 2^26 in size, or of more than 46 bits;
/// [`MpcError::Undefined`]: there is no room for some e^x; else a failure of a channel or a misstep of a peer.
pub fn exp(context: &mut Context, x: &Fixed, most: f64) -> Result<Fixed, MpcError> {
    let Power { value, beyond } = power(context, x, most, 0)?;
    match open_any(context, &beyond, x.len())? {
        true => Err(MpcError::Undefined { what: "an exponential of a number greater than declared" }),
        false => Ok(value),
    }
}

/// What [`power`] gives.
struct Power {
    value: Fixed,
    /// The bits of numbers that were too great, whose value means nothing.
    beyond: Shares<B64>,
}

/// e^x of numbers that are at most `most`, and of which they were not; with so many bits less after the point.
fn power(context: &mut Context, x: &Fixed, most: f64, less: u32) -> Result<Power, MpcError> {
    let up = (most * LOG2_E).ceil().max(0.0);
    within("an exponent", up as u32, UNIT)?;
    within("an exponent", x.bound().saturating_sub(x.fraction()), 26)?;
    within("an exponent", x.bound() + 14, MAX_BOUND)?;
    let role = context.role();
    // y = up - x log2 e, from 0 on; two units more, so that no error makes it negative.
    let bits = (MAX_BOUND - 1 - x.bound()).min(40);
    let factor = Z64::from((LOG2_E * f64::from(bits).exp2()).round() as i64);
    let scaled = x.shares().times(-factor);
    let scaled = match (x.fraction() + bits).checked_sub(UNIT) {
        Some(more) => shift(context, &scaled, more, MAX_BOUND)?,
        None => scaled.times(Z64(1 << (UNIT - x.fraction() - bits))),
    };
    let y = scaled.plus_public(role, Z64::from(up as i64 * ONE + 2));
    // Below 2^(whole - 1) in size: the highest bit is the sign.
    let whole = x.bound().saturating_sub(x.fraction()).max(5) + 3;
    let planes = decompose(context, &y, (UNIT + whole) as usize)?;
    let beyond = planes.plane((UNIT + whole) as usize - 1);
    // From 2^-32 on nothing is left.
    let some = |from: u32, to: u32| planes.some((UNIT + from) as usize..(UNIT + to) as usize);
    let none = all(context, some(5, whole).not(role))?;
    let none = Planes::of_plane(x.len(), none);
    let bits = compose_planes(context, &some(0, 5).and_then(&none))?.split(vec![x.len(); 6]);
    let low = bits[..5]
        .iter()
        .zip(0..)
        .fold(Shares::zeros(x.len()), |n, (bit, at)| n.plus(&bit.times(Z64(1 << at))));
    let r = y.minus(&low.times(Z64::from(ONE)));
    // What is above is not in r either: where it is not zero, r is made zero, so that nothing overflows.
    let r = multiply(context, &r, &bits[5])?;
    // 2^-r = 2^((t - 1)/2) of t = 1 - 2r.
    let t = r.times(Z64::from(-2)).plus_public(role, Z64::from(ONE));
    let mut others: Vec<_> = (0..5)
        .zip(&bits)
        .map(|(at, bit)| {
            let lost = 1.0 - (-f64::from(at).exp2()).exp2();
            bit.times(-constant(lost)).plus_public(role, Z64::from(ONE))
        })
        .collect();
    others.push(bits[5].times(Z64::from(ONE)));
    // The degree is such that one is left of the six.
    let (fraction, others) = polynomial_beside(context, &t, &EXP2, others)?;
    let value = products(context, &[(&fraction, &others[0], UNIT + less)])?.remove(0);
    Ok(Power { value: Fixed::new(value, UNIT - up as u32 - less, UNIT + 1 - less)?, beyond })
}

/// ln x of numbers from 0 on; of 0, the logarithm of half a unit.
///
/// # Errors
/// [`MpcError::TooLarge`]: a bound of more than 59 bits; else a failure of a channel or a misstep of a peer.
pub fn log(context: &mut Context, x: &Fixed) -> Result<Fixed, MpcError> {
    let (role, width) = (context.role(), x.bound() + 1);
    let normal = Normal::of(context, x.shares(), width)?;
    let zero = normal.weigh(|_| -Z64(1)).plus_public(role, Z64(1));
    let m = normal.mantissa.plus(&zero.times(Z64::from(ONE / 2)));
    let t = m.times(Z64(4)).plus_public(role, Z64::from(-3 * ONE));
    let log = polynomial(context, &t, &LOG)?;
    // x = m 2^(place + 1) units; half a unit for zero.
    let units = |place: f64| constant((place - f64::from(x.fraction())) * LN_2);
    let whole = normal.weigh(|place| units(f64::from(place + 1)));
    let whole = whole.plus(&zero.times(units(0.0)));
    Fixed::new(log.plus(&whole), UNIT, UNIT + 7)
}

/// 1/(1 + e^-x) of any numbers.
///
/// # Errors
/// [`MpcError::TooLarge`]: numbers of more than 2^26 in size, or of more than 46 bits; else a failure of a channel or a
/// misstep of a peer.
pub fn sigmoid(context: &mut Context, x: &Fixed) -> Result<Fixed, MpcError> {
    within("an exponent", x.bound() + 14, MAX_BOUND)?;
    let role = context.role();
    let (size, negative) = absolute(context, x)?;
    // Of no number above zero.
    let e = power(context, &size.times_integer(-1)?, 0.0, 1)?.value;
    // 2/(1 + e): of the mantissa (1 + e)/2, which is above 1/2.
    let m = e.shares().clone().plus_public(role, Z64::from(ONE / 2));
    let w = of_mantissa(context, &m)?;
    // w/2 or 1 - w/2, with a bit more after the point.
    let turned = w.times(Z64::from(-2)).plus_public(role, Z64::from(2 * ONE));
    let turned = multiply(context, &negative, &turned)?;
    Fixed::new(w.plus(&turned), UNIT + 1, UNIT + 2)
}

#[cfg(test)]
mod tests;

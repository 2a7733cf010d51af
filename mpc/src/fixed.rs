//! Fixed-point numbers: integers with a scale, and with a bound that is kept.
//!
//! A value is an integer over 2^fraction. Beside its shares stands its *bound*: the integer lies in
//! -2^bound … 2^bound. Every operation works out the bound of its result from those of its operands, which all parties
//! know, and refuses with [`MpcError::TooLarge`] before anything is sent where the result could need more than
//! [`MAX_BOUND`] bits. So what was declared truly cannot overflow unseen; that inputs keep what is declared is checked where
//! they are encoded ([`encode`]).
//!
//! # Truncation
//!
//! x / 2^d, where |x| ≤ 2^60. With X = x + 2^61, the three parts of X add up to X + w 2^64, and X / 2^d is the
//! sum of the parts' upper bits, less w 2^(64 - d), and less what the lower bits carry: 0, 1 or 2, which nobody computes. As
//! X < 2^62, the upper two bits m, l of the parts say what w is: with Q the majority of the l, 2w = M + Q + f, where M is
//! how many of the m are one and f the parity of M + Q. (The sum of the upper two bits and a carry of 0 to 2 is 4w.) One
//! is added for the mean carry, and half a unit before: **the result differs from the exact quotient by at most 1.5 units**,
//! never by more, whatever the shares are.
//!
//! # Cost
//!
//! | what | bytes a value from each party | rounds |
//! |---|---|---|
//! | [`Fixed::plus`], [`Fixed::times_integer`] | 0 | 0 |
//! | [`truncate`] | 32 1/8 | 3 |
//! | [`multiply`] | 40 1/8; with L limbs 72 1/4 L - 32 1/8 | 4; with limbs 7 |
//! | [`dot`] | as [`multiply`], for each output | 4 |
//!
//! # Security
//!
//! All messages are those of products and of [`compose_planes`]; nothing is opened.

use crate::araki16;
use crate::bits::{Planes, compose_planes};
use crate::context::Context;
use crate::error::MpcError;
use crate::ring::{B64, Z64};
use crate::role::Role;
use crate::shares::Shares;

/// Bits that an integer behind a value may have beside its sign, so that its shares can be truncated.
pub const MAX_BOUND: u32 = 60;

/// What is added so that a number to truncate is positive: 2^61.
const OFFSET: u32 = 61;

/// A vector of shared fixed-point numbers.
#[derive(Clone)]
pub struct Fixed {
    /// The integers.
    pub(crate) shares: Shares<Z64>,
    /// Bits after the point.
    pub(crate) fraction: u32,
    /// The integers lie in -2^bound … 2^bound.
    pub(crate) bound: u32,
}

/// Refuses what may need more bits than there are.
pub(crate) fn within(what: &'static str, found: u32, max: u32) -> Result<(), MpcError> {
    if found <= max { Ok(()) } else { Err(MpcError::TooLarge { what, found, max }) }
}

impl Fixed {
    /// Shared integers as numbers with this many bits after the point; the integers lie in -2^bound … 2^bound.
    ///
    /// # Errors
    /// [`MpcError::TooLarge`]: a bound of more than [`MAX_BOUND`] bits.
    pub fn new(shares: Shares<Z64>, fraction: u32, bound: u32) -> Result<Self, MpcError> {
        within("a fixed-point number", bound, MAX_BOUND)?;
        Ok(Self { shares, fraction, bound })
    }

    /// The integers.
    pub fn shares(&self) -> &Shares<Z64> {
        &self.shares
    }

    /// Bits after the point.
    pub fn fraction(&self) -> u32 {
        self.fraction
    }

    /// The integers lie in -2^bound … 2^bound.
    pub fn bound(&self) -> u32 {
        self.bound
    }

    /// How many numbers.
    pub fn len(&self) -> usize {
        self.shares.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    /// Sums; the coarser scale becomes the finer.
    ///
    /// # Errors
    /// [`MpcError::TooLarge`].
    pub fn plus(&self, other: &Self) -> Result<Self, MpcError> {
        let fraction = self.fraction.max(other.fraction);
        let (a, b) = (self.finer(fraction)?, other.finer(fraction)?);
        let bound = a.bound.max(b.bound) + 1;
        Self::new(a.shares.plus(&b.shares), fraction, bound)
    }

    /// Differences.
    ///
    /// # Errors
    /// As [`Self::plus`].
    pub fn minus(&self, other: &Self) -> Result<Self, MpcError> {
        self.plus(&Self { shares: other.shares.linear(|value| -value), ..other.clone() })
    }

    /// The same numbers with more bits after the point.
    ///
    /// # Errors
    /// [`MpcError::TooLarge`].
    pub fn finer(&self, fraction: u32) -> Result<Self, MpcError> {
        let more = fraction.saturating_sub(self.fraction);
        within("a number at a finer scale", self.bound + more, MAX_BOUND)?;
        Self::new(self.shares.times(Z64(1 << more)), self.fraction + more, self.bound + more)
    }

    /// Multiples of an integer that all know.
    ///
    /// # Errors
    /// [`MpcError::TooLarge`].
    pub fn times_integer(&self, factor: i64) -> Result<Self, MpcError> {
        let bits = u64::BITS - factor.unsigned_abs().saturating_sub(1).leading_zeros();
        Self::new(self.shares.times(Z64::from(factor)), self.fraction, self.bound + bits)
    }

    /// Numbers plus one that all know, rounded to their scale.
    ///
    /// # Errors
    /// [`MpcError::TooLarge`], [`MpcError::OutOfRange`].
    pub fn plus_public(&self, role: Role, summand: f64) -> Result<Self, MpcError> {
        let word = encode("a constant", &[summand], self.fraction, MAX_BOUND)?[0];
        let bits = u64::BITS - word.signed().unsigned_abs().leading_zeros();
        Self::new(self.shares.clone().plus_public(role, word), self.fraction, self.bound.max(bits) + 1)
    }

    /// The sum of all.
    ///
    /// # Errors
    /// [`MpcError::TooLarge`].
    pub fn sum(&self) -> Result<Self, MpcError> {
        Self::new(self.shares.sum(), self.fraction, self.bound + bits_of(self.len()))
    }
}

/// Bits by which a sum of so many is longer.
pub(crate) fn bits_of(count: usize) -> u32 {
    usize::BITS - count.saturating_sub(1).leading_zeros()
}

/// Numbers as integers over 2^fraction, for their owner to share.
///
/// # Errors
/// [`MpcError::OutOfRange`]: not a number, infinite, or not within -2^bound … 2^bound after scaling.
pub fn encode(what: &'static str, values: &[f64], fraction: u32, bound: u32) -> Result<Vec<Z64>, MpcError> {
    let scale = f64::from(fraction).exp2();
    let most = f64::from(bound.min(MAX_BOUND)).exp2();
    let each = values.iter().enumerate().map(|(row, value)| {
        let scaled = (value * scale).round();
        // Fails for what is not a number, too.
        if scaled.abs() <= most {
            Ok(Z64::from(scaled as i64))
        } else {
            Err(MpcError::OutOfRange { what, row })
        }
    });
    each.collect()
}

/// Opened integers as numbers.
pub fn decode(words: &[Z64], fraction: u32) -> Vec<f64> {
    words.iter().map(|word| word.signed() as f64 / f64::from(fraction).exp2()).collect()
}

/// Numbers with fewer bits after the point: the last `bits` are cut off. At most 1.5 units of what remains are lost or
/// gained.
///
/// # Errors
/// [`MpcError::TooLarge`]: there are not so many bits after the point; else a failure of a channel or
/// a misstep of a peer.
pub fn truncate(context: &mut Context, x: &Fixed, bits: u32) -> Result<Fixed, MpcError> {
    within("bits to cut off", bits, x.fraction.min(MAX_BOUND))?;
    let shares = shift(context, &x.shares, bits, x.bound)?;
    Ok(Fixed { shares, fraction: x.fraction - bits, bound: x.bound.saturating_sub(bits) + 1 })
}

/// Shared integers of -2^bound … 2^bound over 2^bits, to within 1.5.
pub(crate) fn shift(
    context: &mut Context,
    x: &Shares<Z64>,
    bits: u32,
    bound: u32,
) -> Result<Shares<Z64>, MpcError> {
    within("a number to truncate", bound.max(bits), MAX_BOUND)?;
    let mut cut = shift_each(context, &[(x, bits)])?;
    Ok(cut.pop().expect("one comes out for one"))
}

/// Vectors of integers of at most 2^60 in size, each over its own power of two, all in the same rounds.
pub(crate) fn shift_each(
    context: &mut Context,
    vectors: &[(&Shares<Z64>, u32)],
) -> Result<Vec<Shares<Z64>>, MpcError> {
    let role = context.role();
    let half = |bits: u32| if bits == 0 { 0 } else { 1 << (bits - 1) };
    let positive: Vec<_> = vectors
        .iter()
        .map(|&(x, bits)| x.clone().plus_public(role, Z64((1 << OFFSET) + half(bits))))
        .collect();
    let all = Shares::concat(&positive);
    let len = all.len();
    // Upper two bits of the parts; shared bit by bit, their exclusive-or.
    let upper = |values: &[Z64]| values.iter().map(|value| B64(value.0 >> (OFFSET + 1))).collect();
    let upper = Planes::of_words(&Shares::new(upper(&all.own), upper(&all.next)), 2);
    let majority = crate::bits::majority(context, &upper.some(0..1))?;
    let parity = upper.some(1..2).xor(&majority);
    let both = compose_planes(context, &majority.and_then(&parity))?;
    let m = all.linear(|part| Z64(part.0 >> 63));
    let wraps = m.plus(&both.slice(0..len)).plus(&both.slice(len..2 * len));
    let wraps = wraps.split(positive.iter().map(Shares::len));
    let each = vectors.iter().zip(&positive).zip(&wraps).map(|((&(x, bits), positive), wraps)| {
        if bits == 0 {
            return x.clone();
        }
        let cut = positive.linear(|part| Z64(part.0 >> bits));
        let cut = cut.minus(&wraps.times(Z64(1 << (63 - bits))));
        cut.plus_public(role, Z64(1) - Z64(1 << (OFFSET - bits)))
    });
    Ok(each.collect())
}

/// Products of pairs of vectors, each over its own power of two, all in the same rounds: 4 of them.
pub(crate) fn products(
    context: &mut Context,
    factors: &[(&Shares<Z64>, &Shares<Z64>, u32)],
) -> Result<Vec<Shares<Z64>>, MpcError> {
    let left = Shares::concat(&factors.iter().map(|&(left, _, _)| left.clone()).collect::<Vec<_>>());
    let right = Shares::concat(&factors.iter().map(|&(_, right, _)| right.clone()).collect::<Vec<_>>());
    let products = araki16::multiply(context, &left, &right)?;
    let products = products.split(factors.iter().map(|(left, _, _)| left.len()));
    let cuts: Vec<_> = products.iter().zip(factors).map(|(product, &(_, _, cut))| (product, cut)).collect();
    shift_each(context, &cuts)
}

/// Products, at the scale with `fraction` bits. Where the product of the integers could need more than [`MAX_BOUND`] bits,
/// the longer factor is cut into limbs.
///
/// Error: 1.5 units of the result for each limb.
///
/// # Errors
/// [`MpcError::TooLarge`]: not even limbs would fit, or the result would not; [`MpcError::Lengths`]; else a failure of a
/// channel or a misstep of a peer.
pub fn multiply(context: &mut Context, a: &Fixed, b: &Fixed, fraction: u32) -> Result<Fixed, MpcError> {
    let cut = (a.fraction + b.fraction).checked_sub(fraction);
    let cut = cut.ok_or(MpcError::TooLarge {
        what: "a product's scale",
        found: fraction,
        max: a.fraction + b.fraction,
    })?;
    if a.bound + b.bound <= MAX_BOUND {
        let product = araki16::multiply(context, &a.shares, &b.shares)?;
        let product = Fixed { shares: product, fraction: a.fraction + b.fraction, bound: a.bound + b.bound };
        return truncate(context, &product, cut);
    }
    let (long, short) = if a.bound >= b.bound { (a, b) } else { (b, a) };
    let result = (long.bound + short.bound).saturating_sub(cut) + 1;
    within("a product", result, MAX_BOUND)?;
    // Limbs of the longer factor, so short that each has a product that can be truncated: at least 8 bits.
    within("a product in limbs", short.bound + 2 + 8, MAX_BOUND)?;
    let limb = MAX_BOUND - 2 - short.bound;
    let limbs = limbs(context, long, limb)?;
    let shorts = vec![&short.shares; limbs.len()];
    let products = araki16::multiply(context, &Shares::concat(&limbs), &Shares::concat(shorts))?;
    let products = products.split(vec![a.len(); limbs.len()]);
    let places = products.iter().zip((0..).step_by(limb as usize));
    let down: Vec<_> = places.clone().map(|(product, at)| (product, cut.saturating_sub(at))).collect();
    let down = shift_each(context, &down)?;
    let sum = down.iter().zip(places).fold(Shares::zeros(a.len()), |sum, (product, (_, at))| {
        sum.plus(&product.times(Z64(1 << at.saturating_sub(cut))))
    });
    Fixed::new(sum, fraction, result)
}

/// Integers as sums of limbs, `width` bits apart, lowest first; each is at most 3 · 2^width in size. What truncation gets
/// wrong in one limb stands in the one below.
pub(crate) fn limbs(context: &mut Context, x: &Fixed, width: u32) -> Result<Vec<Shares<Z64>>, MpcError> {
    let cuts: Vec<_> = (1..x.bound.div_ceil(width)).map(|limb| (&x.shares, limb * width)).collect();
    let mut above = shift_each(context, &cuts)?;
    above.insert(0, x.shares.clone());
    let lower = above.windows(2).map(|pair| pair[0].minus(&pair[1].times(Z64(1 << width))));
    let mut limbs: Vec<_> = lower.collect();
    limbs.extend(above.pop());
    Ok(limbs)
}

/// For each `width` elements of both, the sum of their products, at the scale with `fraction` bits. Error: 1.5 units of
/// the result.
///
/// # Errors
/// As [`multiply`]; no limbs are tried.
pub fn dot(
    context: &mut Context,
    a: &Fixed,
    b: &Fixed,
    width: usize,
    fraction: u32,
) -> Result<Fixed, MpcError> {
    let bound = a.bound + b.bound + bits_of(width);
    within("a dot product", bound, MAX_BOUND)?;
    let shares = araki16::dot(context, &a.shares, &b.shares, width)?;
    let product = Fixed { shares, fraction: a.fraction + b.fraction, bound };
    truncate(context, &product, product.fraction.saturating_sub(fraction))
}

#[cfg(test)]
mod tests;

//! A shared column that says how large its values can be.

use crate::araki16::{input, multiply};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{self, Fixed, bits_of, within};
use crate::ring::Z64;
use crate::role::Role;
use crate::shares::Shares;

/// A column of integers of -2^bits … 2^bits, as limbs so short that sums of products of any two limbs over all rows
/// fit in 62 bits.
#[derive(Clone)]
pub struct Column {
    /// Lowest first; one limb where the values are short enough.
    pub(crate) limbs: Vec<Shares<Z64>>,
    pub(super) bits: u32,
    /// What an integer 1 stands for.
    pub(super) unit: f64,
}

/// Bits between limbs of so many rows: a limb has at most two bits more, and 16 products of limbs and of twice
/// that are added.
pub(crate) fn limb_bits(rows: usize) -> u32 {
    ((62 - 5 - bits_of(rows)) / 2).saturating_sub(2)
}

/// Numbers as multiples of a unit, for their owner to share: 12.34 yuan at a unit of 0.01 is 1234.
///
/// # Errors
/// [`MpcError::OutOfRange`]: not a number, or too large for 62 bits.
pub fn whole(what: &'static str, values: &[f64], unit: f64) -> Result<Vec<i64>, MpcError> {
    let most = f64::from(62).exp2();
    let each = values.iter().enumerate().map(|(row, value)| {
        let scaled = (value / unit).round();
        if scaled.abs() < most { Ok(scaled as i64) } else { Err(MpcError::OutOfRange { what, row }) }
    });
    each.collect()
}

impl Column {
    /// Shares a column of `rows` values of -2^bits … 2^bits that `owner` has: `values` at the owner, `None` at the others.
    ///
    /// # Cost
    /// That of [`input`] for each limb: one, or ⌈(bits + 1) / width⌉ where 2·bits + log2 rows is above 62.
    ///
    /// # Errors
    /// [`MpcError::OutOfRange`] at the owner, before anything is sent; [`MpcError::TooLarge`]: more than 62 bits; else as
    /// [`input`].
    pub fn input(
        context: &mut Context,
        what: &'static str,
        owner: Role,
        values: Option<&[i64]>,
        rows: usize,
        bits: u32,
    ) -> Result<Self, MpcError> {
        within("a column", bits, 62)?;
        if let Some(row) = values.and_then(|values| values.iter().position(|v| v.unsigned_abs() > 1 << bits))
        {
            return Err(MpcError::OutOfRange { what, row });
        }
        let (count, width) = Self::shape(bits, rows);
        let mut limbs = Vec::with_capacity(count);
        for limb in 0..count {
            let last = limb + 1 == count;
            let cut = |value: &i64| {
                let upper = value >> (limb as u32 * width).min(63);
                Z64::from(if last { upper } else { upper & ((1 << width) - 1) })
            };
            let ours: Option<Vec<Z64>> = values.map(|values| values.iter().map(cut).collect());
            limbs.push(input(context, owner, ours.as_deref(), rows)?);
        }
        Ok(Self { limbs, bits, unit: 1.0 })
    }

    /// A column that was computed.
    ///
    /// # Cost
    /// Nothing for a single limb; else 32 bytes a value and limb from each party, and 3 rounds.
    ///
    /// # Errors
    /// [`MpcError::TooLarge`]: more than 60 bits; else a failure of a channel or a misstep of a peer.
    pub fn of(context: &mut Context, shares: Shares<Z64>, bits: u32) -> Result<Self, MpcError> {
        let (count, width) = Self::shape(bits, shares.len());
        let limbs = if count == 1 {
            vec![shares]
        } else {
            fixed::limbs(context, &Fixed::new(shares, 0, bits)?, width)?
        };
        Ok(Self { limbs, bits, unit: 1.0 })
    }

    /// How many limbs, and the bits between them.
    fn shape(bits: u32, rows: usize) -> (usize, u32) {
        if 2 * bits + bits_of(rows) <= 62 {
            return (1, bits);
        }
        let width = limb_bits(rows);
        ((bits + 1).div_ceil(width) as usize, width)
    }

    /// Says what an integer 1 stands for, 0.01 yuan for example.
    #[must_use]
    pub fn in_units_of(mut self, unit: f64) -> Self {
        self.unit = unit;
        self
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.limbs.first().map_or(0, Shares::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bits of a value beside its sign.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The values, as integers of one word.
    pub fn values(&self) -> Shares<Z64> {
        self.at_places(Shares::clone)
    }

    /// The sum of the values, as a vector of one: exact where it has 63 bits, and else modulo 2^64.
    pub fn sum(&self) -> Shares<Z64> {
        self.at_places(Shares::sum)
    }

    fn at_places(&self, f: impl Fn(&Shares<Z64>) -> Shares<Z64>) -> Shares<Z64> {
        let width = limb_bits(self.len());
        let mut parts = self.limbs.iter().map(f).zip(0u32..);
        let first = parts.next().map_or(Shares::zeros(0), |(part, _)| part);
        parts.fold(first, |sum, (part, limb)| sum.plus(&part.times(Z64(1 << (limb * width)))))
    }

    /// The column with zeros where `among` (integers 0 or 1) is zero.
    ///
    /// # Errors
    /// As [`multiply`].
    pub fn only(&self, context: &mut Context, among: &Shares<Z64>) -> Result<Self, MpcError> {
        let masks = vec![among; self.limbs.len()];
        let kept = multiply(context, &Shares::concat(&self.limbs), &Shares::concat(masks))?;
        let limbs = kept.split(vec![self.len(); self.limbs.len()]);
        Ok(Self { limbs, ..self.clone() })
    }
}

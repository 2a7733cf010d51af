//! Sums that need more than 64 bits: opened exactly, and nothing but the sum.

use crate::araki16::{open, open_to};
use crate::bits::{compose_planes, decompose};
use crate::context::Context;
use crate::error::MpcError;
use crate::ring::{B64, Z64};
use crate::role::Role;
use crate::shares::Shares;
use crate::verified::{Verified, verify};

/// Integers of more than a word, with no more in their limbs than follows from them: all limbs but the highest are
/// numbers of `width` bits without sign.
pub struct Wide {
    low: Vec<Verified<B64>>,
    top: Verified<Z64>,
    width: u32,
}

impl Wide {
    /// `Σ parts[k] 2^(k·width)`, value by value, where each part lies in -2^62 … 2^62 and there is at least one. Carries are
    /// worked out on shares.
    ///
    /// # Cost
    /// For each part but the last [`decompose`] of 64 bits and a composition: about 1.1 kilobytes a value from each party,
    /// 12 rounds.
    ///
    /// # Errors
    /// A failure of a channel or a misstep of a peer.
    pub fn of(context: &mut Context, parts: &[Shares<Z64>], width: u32) -> Result<Self, MpcError> {
        let role = context.role();
        let len = parts.first().map_or(0, Shares::len);
        let mut carry = Shares::zeros(len);
        let offset = 1u64 << 63;
        let mut low = Vec::with_capacity(parts.len());
        let (last, before) = parts.split_last().map_or((&carry, &[][..]), |(last, before)| (last, before));
        let last = last.clone();
        for part in before {
            let whole = part.plus(&carry);
            let planes = decompose(context, &whole.plus_public(role, Z64(offset)), 64)?;
            let upper = planes.some(width as usize..64);
            let ones = compose_planes(context, &upper)?.split(vec![len; upper.count()]);
            let above = (0..)
                .zip(&ones)
                .fold(Shares::zeros(len), |sum, (bit, one)| sum.plus(&one.times(Z64(1 << bit))));
            carry = above.plus_public(role, -Z64(offset >> width));
            low.push(verify(context, planes.some(0..width as usize).to_words())?);
        }
        let top = verify(context, last.plus(&carry))?;
        Ok(Self { low, top, width })
    }

    /// Opens them to all.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(&self, context: &mut Context) -> Result<Vec<i128>, MpcError> {
        let low = self.low.iter().map(|words| open(context, words)).collect::<Result<Vec<_>, _>>()?;
        let top = open(context, &self.top)?;
        Ok(self.put_together(&low, &top))
    }

    /// Opens them to one party alone: `None` at the others.
    ///
    /// # Errors
    /// As [`open_to`].
    pub fn open_to(&self, context: &mut Context, receiver: Role) -> Result<Option<Vec<i128>>, MpcError> {
        let mut low = Vec::with_capacity(self.low.len());
        for words in &self.low {
            low.extend(open_to(context, receiver, words)?);
        }
        let top = open_to(context, receiver, &self.top)?;
        Ok(top.map(|top| self.put_together(&low, &top)))
    }

    fn put_together(&self, low: &[Vec<B64>], top: &[Z64]) -> Vec<i128> {
        let value = |(at, top): (usize, &Z64)| {
            let above = i128::from(top.signed()) << (self.low.len() as u32 * self.width);
            let places = low.iter().zip((0..).step_by(self.width as usize));
            places.fold(above, |sum, (words, place)| sum + (i128::from(words[at].0) << place))
        };
        top.iter().enumerate().map(value).collect()
    }
}

/// Opens Σ parts[k] 2^(k·width), value by value, where each part lies in -2^62 … 2^62: the bits of the sum open and no
/// part does.
///
/// # Cost
/// As [`Wide::of`], and an opening.
pub(super) fn open_sum(
    context: &mut Context,
    parts: &[Shares<Z64>],
    width: u32,
) -> Result<Vec<i128>, MpcError> {
    Wide::of(context, parts, width)?.open(context)
}

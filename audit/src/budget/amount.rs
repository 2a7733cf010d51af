//! Amounts of privacy: decimal numbers, never rounded down.

use crate::error::AuditError;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// Digits after the point.
const DIGITS: usize = 18;
const ONE: u128 = 10u128.pow(DIGITS as u32);

/// The largest amount: a billion.
const MOST: u128 = ONE * 1_000_000_000;

/// A number of 0 to 10^9 with 18 digits after the point, written as text: `0.125`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u128);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The smallest amount above nothing: 10^-18.
    pub const UNIT: Self = Self(1);

    /// 10^-6.
    pub const MILLIONTH: Self = Self(ONE / 1_000_000);

    /// So many times 10^-18.
    ///
    /// # Errors
    /// [`AuditError::AmountTooLarge`].
    pub fn of_units(units: u128) -> Result<Self, AuditError> {
        if units <= MOST { Ok(Self(units)) } else { Err(AuditError::AmountTooLarge) }
    }

    /// How many times 10^-18.
    pub fn units(self) -> u128 {
        self.0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`AuditError::AmountTooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, AuditError> {
        // Neither is above 2^100.
        Self::of_units(self.0 + other.0)
    }

    /// What is left without another; nothing where that is more.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// So many times as much.
    ///
    /// # Errors
    /// [`AuditError::AmountTooLarge`].
    pub fn times(self, count: u32) -> Result<Self, AuditError> {
        self.0.checked_mul(count.into()).ok_or(AuditError::AmountTooLarge).and_then(Self::of_units)
    }

    /// Half of its square, rounded up: what an ε costs.
    ///
    /// # Errors
    /// [`AuditError::AmountTooLarge`].
    pub fn half_of_square(self) -> Result<Self, AuditError> {
        // x² = (whole + rest)², each part in units; the parts below a unit are kept until the end.
        let (whole, rest) = (self.0 / ONE, self.0 % ONE);
        let too_large = || AuditError::AmountTooLarge;
        let large = whole.checked_mul(self.0 + rest).ok_or_else(too_large)?;
        // 2 units² of rest²: (whole² + 2 whole rest) is whole in units, rest² has 36 digits after the point.
        let small = rest * rest;
        let twice = large.checked_add(small / ONE).ok_or_else(too_large)?;
        let more = u128::from(!small.is_multiple_of(ONE));
        Self::of_units((twice + more).div_ceil(2))
    }

    /// A hundredth, rounded down.
    #[must_use]
    pub const fn part_of_100(self) -> Self {
        Self(self.0 / 100)
    }

    /// For people.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 / ONE)?;
        let rest = format!("{:018}", self.0 % ONE);
        match rest.trim_end_matches('0') {
            "" => Ok(()),
            digits => write!(f, ".{digits}"),
        }
    }
}

impl FromStr for Amount {
    type Err = AuditError;

    /// Digits, and perhaps a point and 1 to 18 more.
    fn from_str(text: &str) -> Result<Self, AuditError> {
        let bad = || AuditError::BadAmount { text: text.to_owned() };
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        };
        if !digits(whole, 10) || !digits(rest, DIGITS) {
            return Err(bad());
        }
        let padded = format!("{whole}{rest:0<DIGITS$}");
        Self::of_units(padded.parse().map_err(|_| bad())?)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

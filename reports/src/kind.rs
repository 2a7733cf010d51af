//! What is reported, and what comes of many reports.

use crate::error::ReportsError;
use serde::{Deserialize, Serialize};

/// The most numbers that a report is encoded in: with more, a report is longer than a frame of the channel.
pub const MAX_ELEMENTS: u64 = 1 << 16;

/// The order of the field of 64 bits in which counts and sums are added (draft-irtf-cfrg-vdaf-18 section 6.1.3).
const ORDER: u128 = 0xffff_ffff_0000_0001;

/// The most reports in one batch, whatever is reported.
pub const MAX_REPORTS: u64 = 1 << 32;

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kind {
    /// Yes or no; how many say yes comes out.
    Count,
    /// A whole number from 0 to `max`; their sum comes out.
    Sum {
        /// The greatest number that may be reported.
        max: u64,
    },
    /// One of so many buckets; how many reported each comes out.
    Histogram {
        /// How many there are.
        buckets: u32,
    },
    /// A list of whole numbers; the sum for each place comes out.
    Vector {
        /// How many numbers.
        length: u32,
        /// Bits of each, 1 to 32.
        bits: u32,
    },
}

/// What one reporter measured. It is a secret: it does not print.
#[derive(Clone, PartialEq, Eq)]
pub enum Measurement {
    /// For a count.
    Yes(bool),
    /// For a sum.
    Number(u64),
    /// For a histogram: counted from 0.
    Bucket(u32),
    /// For a vector.
    Numbers(Vec<u64>),
}

/// What came of many reports: one number for a count or sum, one for each bucket or place otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures(pub Vec<u64>);

impl Kind {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`ReportsError::BadTask`].
    pub fn check(&self) -> Result<(), ReportsError> {
        let wrong = |what| Err(ReportsError::BadTask { what });
        match *self {
            Self::Count => Ok(()),
            Self::Sum { max } if !(1..=1 << 48).contains(&max) => {
                wrong("the greatest number is 1 at least and 2^48 at most")
            }
            Self::Histogram { buckets } if !(2..=MAX_ELEMENTS).contains(&buckets.into()) => {
                wrong("there are 2 buckets at least and 65,536 at most")
            }
            Self::Vector { bits, .. } if !(1..=32).contains(&bits) => {
                wrong("a number of a vector has 1 bit at least and 32 at most")
            }
            Self::Vector { length, bits }
                if !(1..=MAX_ELEMENTS).contains(&(u64::from(length) * u64::from(bits))) =>
            {
                wrong("length times bits is 1 at least and 65,536 at most")
            }
            _ => Ok(()),
        }
    }

    /// How many figures come out.
    pub fn figures(&self) -> usize {
        match *self {
            Self::Count | Self::Sum { .. } => 1,
            Self::Histogram { buckets } => buckets as usize,
            Self::Vector { length, .. } => length as usize,
        }
    }

    /// The greatest value of one figure of one report.
    pub fn most(&self) -> u64 {
        match *self {
            Self::Count | Self::Histogram { .. } => 1,
            Self::Sum { max } => max,
            Self::Vector { bits, .. } => (1 << bits) - 1,
        }
    }

    /// The most reports of one batch: no sum of so many exceeds the field, nor a figure 64 bits.
    pub fn most_reports(&self) -> u64 {
        let fit = (ORDER - 1) / u128::from(self.most());
        u64::try_from(fit).unwrap_or(u64::MAX).min(MAX_REPORTS)
    }

    /// Whether a measurement is one of this kind, within its bounds.
    ///
    /// # Errors
    /// [`ReportsError::BadMeasurement`].
    pub fn admits(&self, measurement: &Measurement) -> Result<(), ReportsError> {
        let fits = match (*self, measurement) {
            (Self::Count, Measurement::Yes(_)) => true,
            (Self::Sum { max }, Measurement::Number(number)) => *number <= max,
            (Self::Histogram { buckets }, Measurement::Bucket(bucket)) => *bucket < buckets,
            (Self::Vector { length, .. }, Measurement::Numbers(numbers)) => {
                numbers.len() == length as usize && numbers.iter().all(|number| *number <= self.most())
            }
            _ => false,
        };
        if fits { Ok(()) } else { Err(ReportsError::BadMeasurement { wanted: self.wanted() }) }
    }

    /// What a measurement has to be, in words.
    pub fn wanted(&self) -> String {
        match *self {
            Self::Count => "0 or 1".to_owned(),
            Self::Sum { max } => format!("0 – {max}"),
            Self::Histogram { buckets } => format!("0 – {}", buckets - 1),
            Self::Vector { length, .. } => format!("{length} × 0 – {}", self.most()),
        }
    }

    /// Whether figures can have come of so many reports.
    pub(crate) fn possible(&self, figures: &Figures, reports: u64) -> bool {
        let most = u128::from(reports) * u128::from(self.most());
        let total: u128 = figures.0.iter().map(|figure| u128::from(*figure)).sum();
        figures.0.iter().all(|figure| u128::from(*figure) <= most)
            && (!matches!(self, Self::Histogram { .. }) || total == u128::from(reports))
    }

    /// Bytes that name the kind, for digests.
    pub(crate) fn bytes(&self) -> [u8; 25] {
        let (tag, a, b) = match *self {
            Self::Count => (1, 0, 0),
            Self::Sum { max } => (2, max, 0),
            Self::Histogram { buckets } => (3, buckets.into(), 0),
            Self::Vector { length, bits } => (4, length.into(), bits.into()),
        };
        let chunk = crate::scheme::chunk_length(*self) as u64;
        let mut bytes = [tag; 25];
        bytes[1..].copy_from_slice([a, b, chunk].map(u64::to_le_bytes).as_flattened());
        bytes
    }
}

impl std::fmt::Debug for Measurement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Measurement(…)")
    }
}

//! Rounding that sticks to what is counted, and values that do not undo it.
//!
//! A count is rounded up or down to a multiple of the base, up as often as brings it right on average. Whether up
//! or down is taken from HMAC-SHA-256, under a secret, of the set that was counted: the same set is rounded the
//! same way whoever asks, however often and in whatever words, so that there is nothing to average.
//!
//! A mean beside an exact sum would give the count away, and so would a mean with many digits (22/7 has seven
//! behind it). Where counts are rounded, a mean has no more digits than leave *every* count that rounds to the
//! shown one possible, a rate is the ratio of two rounded counts, and a sum is the shown mean times the shown
//! count.

use hmac::{Hmac, KeyInit, Mac};
use roaring::RoaringBitmap;
use sha2::Sha256;

use super::cells::{Figure, Measure, Part};
use super::rules::Rules;
use super::sets::{Space, digest};

/// What rounding needs to know of a figure beyond its part.
pub(super) struct Counted<'a> {
    /// Its rules.
    pub(super) rules: &'a Rules,
    /// What makes rounding unforeseeable.
    pub(super) secret: &'a [u8; 32],
    /// Whether values are zeros and ones.
    pub(super) binary: bool,
}

impl Counted<'_> {
    /// What is shown of a figure that may be seen.
    pub(super) fn value(&self, figure: &Figure, part: &Part) -> f64 {
        let unit = 10f64.powi(i32::try_from(figure.decimals).unwrap_or(i32::MAX));
        let exact = self.rules.round <= 1;
        let value = match figure.measure {
            Measure::Quantile(_) if part.level.is_some() => part.level.unwrap_or_default() as f64 / unit,
            Measure::Rows => self.count(part.rows, &part.persons) as f64,
            Measure::Persons => self.count(part.persons.len(), &part.persons) as f64,
            Measure::Sum if exact => part.sum as f64 / unit,
            Measure::Mean | Measure::Quantile(_) if exact => part.sum as f64 / part.rows as f64 / unit,
            Measure::Variance if exact => variance(part) / unit / unit,
            Measure::Deviation if exact => variance(part).sqrt() / unit,
            _ => self.coarse(figure, part, unit),
        };
        if value == 0.0 { 0.0 } else { value }
    }

    /// A value of a part whose number of rows is not to be found out.
    fn coarse(&self, figure: &Figure, part: &Part, unit: f64) -> f64 {
        let rows = self.count(part.rows, &part.persons) as f64;
        // The least number of rows that could have been rounded to this.
        let least = (rows - self.rules.round as f64 + 1.0).max(self.rules.least as f64).max(2.0);
        if self.binary {
            let ones = self.count(u64::try_from(part.sum).unwrap_or(0), &part.telling) as f64;
            let rate = if rows > 0.0 { (ones / rows).min(1.0) } else { 0.0 };
            let spread = rate * (1.0 - rate) * rows / (rows - 1.0).max(1.0);
            return match figure.measure {
                Measure::Sum => ones,
                Measure::Mean => rate,
                Measure::Variance => spread,
                _ => spread.sqrt(),
            };
        }
        // Of values that are all multiples of a hundred, the mean of every count is told by a hundred times fewer digits.
        let step = part.step.max(1) as f64;
        let mean = nearest(part.sum as f64 / part.rows as f64, step / least);
        let spread = nearest(variance(part), 2.0 * step * step / (least - 1.0));
        match figure.measure {
            Measure::Sum => mean * rows / unit,
            Measure::Mean | Measure::Quantile(_) => mean / unit,
            Measure::Variance => spread / unit / unit,
            _ => spread.sqrt() / unit,
        }
    }

    /// A count as it is shown.
    pub(super) fn count(&self, count: u64, persons: &RoaringBitmap) -> u64 {
        let base = self.rules.round.max(1);
        let over = count % base;
        if over == 0 {
            return count;
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret).expect("HMAC takes a key of any length");
        mac.update(b"yinshu sandbox count\0");
        mac.update(&digest(Space::Persons, persons, &[]));
        mac.update(&count.to_le_bytes());
        mac.update(&base.to_le_bytes());
        let drawn: [u8; 8] = mac.finalize().into_bytes()[..8].try_into().expect("eight of 32 bytes");
        let drawn = (u128::from(u64::from_le_bytes(drawn)) * u128::from(base)) >> 64;
        if drawn < u128::from(over) { count - over + base } else { count - over }
    }
}

/// The nearest multiple of the least power of ten that is not below `step`.
fn nearest(value: f64, step: f64) -> f64 {
    let power = step.log10().ceil() as i32;
    // Dividing by a whole power of ten gives the float next to the decimal number; multiplying by 0.1 does not.
    if power < 0 {
        let scale = 10f64.powi(-power);
        (value * scale).round() / scale
    } else {
        let scale = 10f64.powi(power);
        (value / scale).round() * scale
    }
}

/// The sample variance in squared units: of whole numbers without a loss where 128 bits hold them.
fn variance(part: &Part) -> f64 {
    let rows = i128::from(part.rows);
    let exact = rows
        .checked_mul(part.squares)
        .zip(part.sum.checked_mul(part.sum))
        .and_then(|(a, b)| a.checked_sub(b));
    let (n, over) = (part.rows as f64, (part.rows as f64 - 1.0).max(1.0));
    match exact {
        Some(spread) => spread as f64 / n / over,
        None => ((part.squares as f64 - part.sum as f64 * (part.sum as f64 / n)) / over).max(0.0),
    }
}

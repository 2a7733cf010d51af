//! Digits lost in a spreadsheet: rule R04.
//!
//! Excel keeps 15 significant digits. An 18-digit number typed or opened as a number loses its last three,
//! which then read `000`, or the cell is saved as `1.10105E+17`. The lost digits cannot be had back.
//!
//! One value that ends in `000` and fails its check is lost for certain and refused. One that passes may be
//! real: sequence x00 and check 0 meet about once in a thousand people. So a column is judged as a whole:
//!
//! - **Proof**: a failing `…000`, or scientific notation. Real losses fail ten times out of eleven, so a
//!   damaged file shows one within a few damaged rows.
//! - **Statistics**: passing `…000` more often than `n/1000 + 6·sqrt(n/1000) + 3` of `n` values. (Six standard
//!   deviations of the Poisson count that chance gives; the 3 keeps short columns quiet, where the count is far
//!   from normal.)
//!
//! Values that end in `000` and pass are always flagged. Once a column is condemned they are refused, from
//! the first row of the batch that condemned it. Those let through in earlier batches are counted and listed
//! ([`Suspicion::passed`], [`Suspicion::rows`]): a careful caller starts again with the column condemned from
//! the first row on ([`crate::clean::Cleaner::condemn`]). Streaming allows nothing better: the
//! proof may be in the last row.

use serde::{Deserialize, Serialize};

/// Most row numbers kept of the values let through.
pub const ROWS_KEPT: usize = 10_000;

/// `1.10105E+17`: a number in scientific notation with a positive exponent.
pub fn is_scientific(text: &str) -> bool {
    split_scientific(text).is_some_and(|(_, exponent)| exponent > 0)
}

/// The mantissa and exponent of a number in scientific notation (`1.10105`, 17).
pub fn split_scientific(text: &str) -> Option<(&str, i32)> {
    let at = text.find(['E', 'e'])?;
    let (mantissa, exponent) = (&text[..at], &text[at + 1..]);
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    // A credit code such as 12E4… is longer than any number a spreadsheet writes before its E.
    let sound = !whole.is_empty()
        && whole.len() <= 2
        && fraction.len() <= 17
        && (1..=3).contains(&digits.len())
        && [whole, fraction, digits].into_iter().all(all_digits);
    if sound { Some((mantissa, exponent.parse().ok()?)) } else { None }
}

/// Takes `.0` off a whole number that was kept as floating point, and says how many digits it has.
pub fn strip_zero_fraction(text: &mut String) -> Option<usize> {
    let (whole, fraction) = text.split_once('.')?;
    let sound = !whole.is_empty()
        && !fraction.is_empty()
        && whole.bytes().all(|b| b.is_ascii_digit())
        && fraction.bytes().all(|b| b == b'0');
    let digits = whole.len();
    if !sound {
        return None;
    }
    text.truncate(digits);
    Some(digits)
}

/// What is known about one column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Suspicion {
    /// Values seen.
    pub values: u64,
    /// Values that end in `000` and pass their check.
    pub suspects: u64,
    /// Values lost for certain.
    pub lost: u64,
    /// Suspects let through in batches before the column was condemned.
    pub passed: u64,
    /// The row numbers of those, the first [`ROWS_KEPT`].
    pub rows: Vec<u64>,
    /// Was the column found to have lost digits?
    pub condemned: bool,
}

impl Suspicion {
    /// How many suspects chance gives, at most (see the module's text).
    pub fn expected_at_most(&self) -> f64 {
        let mean = self.values as f64 / 1000.0;
        mean + 6.0 * mean.sqrt() + 3.0
    }

    /// Judges the column with what is known now.
    pub fn judge(&mut self) -> bool {
        self.condemned |= self.lost > 0 || self.suspects as f64 > self.expected_at_most();
        self.condemned
    }

    /// Notes a suspect that was let through.
    pub fn pass(&mut self, row: u64) {
        self.passed += 1;
        if self.rows.len() < ROWS_KEPT {
            self.rows.push(row);
        }
    }

    /// Adds what is known of the same column in another file. Files are judged each by itself.
    pub fn merge(&mut self, other: &Self) {
        self.values += other.values;
        self.suspects += other.suspects;
        self.lost += other.lost;
        self.passed += other.passed;
        let room = ROWS_KEPT - self.rows.len().min(ROWS_KEPT);
        self.rows.extend(other.rows.iter().take(room));
        self.condemned |= other.condemned;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_scientific_notation() {
        for text in ["1.10105E+17", "1.10105e17", "1.10105194912310E+17", "1E+17", "-1.5E+18"] {
            assert!(is_scientific(text), "{text}");
        }
        for text in
            ["1.5E-3", "E+17", "110105E", "91350100M000100Y43", "12E456789012345678", "1.2.3E+4", "1E"]
        {
            assert!(!is_scientific(text), "{text}");
        }
    }

    #[test]
    fn strips_zero_fractions() {
        for (text, after, digits) in [("12.0", "12", Some(2)), ("12.5", "12.5", None), ("12", "12", None)] {
            let mut text = text.to_owned();
            assert_eq!(strip_zero_fraction(&mut text), digits);
            assert_eq!(text, after);
        }
    }

    #[test]
    fn chance_does_not_condemn_but_excess_does() {
        let mut column = Suspicion { values: 100_000, suspects: 100, ..Default::default() };
        assert!(!column.judge());
        column.suspects = 163;
        assert!(!column.judge());
        column.suspects = 164;
        assert!(column.judge());
        assert!(Suspicion { values: 5, lost: 1, ..Default::default() }.judge());
        assert!(!Suspicion { values: 5, suspects: 3, ..Default::default() }.judge());
    }
}

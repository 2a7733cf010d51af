//! Citizen identity numbers: GB 11643-1999, its 15-digit elder, and the cards beside it.
//!
//! An 18-character number is 6 digits of division (GB/T 2260, at *first issue*: it never changes later),
//! 8 of birth date, 3 of sequence (odd for men) and a check character by ISO 7064 MOD 11-2. The 15-digit form
//! has a two-digit year and no check; sequences 996 to 999 in it mark people born before 1900.
//! Residence permits of Hong Kong, Macao and Taiwan residents use the same form under 810000, 820000 and
//! 830000. Foreign permanent residents have an 18-digit number that starts with 9 (cards of 2023), or 15
//! characters (3 letters, 12 digits; older cards): see [`Found`].

mod clean;
mod facts;
#[cfg(test)]
mod tests;

pub use clean::{Accept, clean};
pub use facts::{AgeBand, CitizenId, Sex};

use super::date::valid_day;

/// What a citizen id is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The made-up divisions 99xxxx are accepted (tests and demonstrations only).
    pub test_region: bool,
    /// No one is born after this day, as `YYYYMMDD`.
    pub latest_birth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { test_region: false, latest_birth: 20_991_231 }
    }
}

/// Which number an identity column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A citizen's number, 18 characters.
    Citizen,
    /// A residence permit of a Hong Kong, Macao or Taiwan resident.
    ResidencePermit,
    /// A foreign permanent resident's number of 18 digits.
    ForeignNew,
    /// A foreign permanent resident's number of 3 letters and 12 digits.
    ForeignOld,
}

/// 2^(17−i) mod 11 for the first 17 places (GB 11643-1999, table 1).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [u8; 11] = *b"10X98765432";

/// The check character over the first 17 digits. `None` if one of them is no ASCII digit.
#[inline]
pub fn check_character(first_17: &[u8; 17]) -> Option<u8> {
    let (mut sum, mut bad) = (0u32, false);
    for (digit, weight) in first_17.iter().zip(WEIGHTS) {
        let value = digit.wrapping_sub(b'0');
        bad |= value > 9;
        sum += u32::from(value) * weight;
    }
    if bad { None } else { Some(CHECKS[(sum % 11) as usize]) }
}

/// Provinces of GB/T 2260 by their first two digits, with 71, 81, 82 and the permits' 83.
const PROVINCES: [bool; 100] = {
    let mut table = [false; 100];
    let known: [usize; 35] = [
        11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53,
        54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
    ];
    let mut i = 0;
    while i < known.len() {
        table[known[i]] = true;
        i += 1;
    }
    table
};

/// Are these two ASCII digits a province?
#[inline]
pub fn is_province(digits: [u8; 2]) -> bool {
    let code = number(&digits);
    code < 100 && PROVINCES[code as usize]
}

/// The value of ASCII digits; garbage (but no panic) for other bytes.
#[inline]
fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0u32, |n, d| n.wrapping_mul(10).wrapping_add(u32::from(d.wrapping_sub(b'0'))))
}

/// Is this birth date possible, given the sequence number? People born before 1900 have 996 to 999.
#[inline]
fn plausible_birth(birth: u32, sequence: u32, limits: &Limits) -> bool {
    let (year, month, day) = (birth / 10_000, birth / 100 % 100, birth % 100);
    valid_day(year, month, day)
        && birth <= limits.latest_birth
        && (year >= 1900 || (year >= 1800 && (996..=999).contains(&sequence)))
}

/// Is the text a valid 18-character citizen id (permits included), with an upper-case `X`?
#[inline]
pub fn is_valid(id: &[u8], limits: &Limits) -> bool {
    let Some((first_17, &[check])) = id.split_first_chunk::<17>() else { return false };
    check_character(first_17) == Some(check)
        && (is_province([id[0], id[1]]) || (limits.test_region && id.starts_with(b"99")))
        && plausible_birth(number(&id[6..14]), number(&id[14..17]), limits)
}

/// [`is_valid`], and no case for the slow path (an end of `000` is held against the column, R04).
#[inline]
pub fn is_canonical(id: &[u8], limits: &Limits) -> bool {
    is_valid(id, limits) && !id.ends_with(b"000")
}

/// The 18-character form of a 15-digit id (R01), not yet held against any [`Limits`]:
/// `19` is put before the year, `18` if the sequence is 996 to 999.
pub fn from_15(id: &[u8; 15]) -> Option<[u8; 18]> {
    let century = if (996..=999).contains(&number(&id[12..])) { b"18" } else { b"19" };
    let mut out = [0; 18];
    out[..6].copy_from_slice(&id[..6]);
    out[6..8].copy_from_slice(century);
    out[8..17].copy_from_slice(&id[6..]);
    out[17] = check_character(out.first_chunk::<17>()?)?;
    Some(out)
}

//! Dates, months and timestamps: rule R10.
//!
//! Taken are `1990-03-07`, `1990/3/7`, `1990.3.7`, `19900307`, `1990年3月7日` and Excel serial numbers
//! (days since 1899-12-30, as ECMA-376 part 1, 18.17.4.1 counts them from March 1900 on). `00000000`,
//! `0000-00-00`, `99999999`, `1900-01-00` and the years 0000, 0001 and 9999 mean that there is no date.
//! Day-first and month-first dates are refused: which is meant cannot be known. Years are 1800 to 2199.
//! Timestamps without an offset are Beijing time; with one they are converted to it (UTC+8).

mod parse;
mod serial;

use super::{Marks, Reason, Rule, Verdict, settle, whitespace};
use parse::{Moment, Parsed};
use std::fmt::Write as _;

/// Is this a day of the Gregorian calendar?
#[inline]
pub fn valid_day(year: u32, month: u32, day: u32) -> bool {
    const DAYS: [u8; 16] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0];
    if month > 12 || day == 0 {
        return false;
    }
    let leap =
        month == 2 && year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    day <= u32::from(DAYS[(month & 15) as usize]) + u32::from(leap)
}

/// `YYYY-MM-DD`, in range.
#[inline]
pub fn is_canonical_date(text: &[u8]) -> bool {
    match text {
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => {
            let (year, year_ok) = four([*y1, *y2, *y3, *y4]);
            let (month, month_ok) = two(*m1, *m2);
            let (day, day_ok) = two(*d1, *d2);
            year_ok & month_ok & day_ok && in_range(year) && valid_day(year, month, day)
        }
        _ => false,
    }
}

/// `YYYY-MM`, in range.
#[inline]
pub fn is_canonical_month(text: &[u8]) -> bool {
    match text {
        [y1, y2, y3, y4, b'-', m1, m2] => {
            let (year, year_ok) = four([*y1, *y2, *y3, *y4]);
            let (month, month_ok) = two(*m1, *m2);
            year_ok & month_ok && in_range(year) && (1..=12).contains(&month)
        }
        _ => false,
    }
}

/// `YYYY-MM-DD HH:MM:SS`, in range.
#[inline]
pub fn is_canonical_timestamp(text: &[u8]) -> bool {
    match text {
        [date @ .., b' ', h1, h2, b':', m1, m2, b':', s1, s2] => {
            let (hour, hour_ok) = two(*h1, *h2);
            let (minute, minute_ok) = two(*m1, *m2);
            let (second, second_ok) = two(*s1, *s2);
            hour_ok & minute_ok & second_ok
                && hour < 24
                && minute < 60
                && second < 60
                && is_canonical_date(date)
        }
        _ => false,
    }
}

fn in_range(year: u32) -> bool {
    (1800..=2199).contains(&year)
}

#[inline]
fn two(tens: u8, ones: u8) -> (u32, bool) {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (u32::from(tens) * 10 + u32::from(ones), tens < 10 && ones < 10)
}

#[inline]
fn four(digits: [u8; 4]) -> (u32, bool) {
    let ((high, high_ok), (low, low_ok)) = (two(digits[0], digits[1]), two(digits[2], digits[3]));
    (high * 100 + low, high_ok & low_ok)
}

/// Which form a column's values take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// `YYYY-MM`.
    Month,
    /// `YYYY-MM-DD`; a time of day is cut off.
    Day,
    /// `YYYY-MM-DD HH:MM:SS`; a date alone is its first second.
    Second,
}

/// Cleans one cell. `out` is scratch.
pub fn clean(raw: &str, grain: Grain, out: &mut String, marks: &mut Marks) -> Verdict {
    // The plain forms of digits need no folding.
    let plain = match grain {
        Grain::Month => parse::six_digits(raw.as_bytes()),
        Grain::Day => parse::eight_digits(raw.as_bytes()),
        Grain::Second => None,
    };
    let parsed = plain.map_or_else(
        || {
            fold(raw, out, marks);
            parse::parse(out, grain)
        },
        Parsed::Moment,
    );
    match parsed {
        Parsed::Moment(moment) => {
            let mut buffer = [0; 19];
            let text = moment.write(grain, &mut buffer);
            if plain.is_some() || out.as_str() != text {
                marks.normalised(Rule::R10);
            }
            settle(raw, text, out)
        }
        Parsed::Sentinel => {
            marks.normalised(Rule::R10);
            Verdict::Null
        }
        Parsed::Nothing => Verdict::Invalid(Reason::Date),
    }
}

/// Trims and folds, keeping a single blank between date and time.
fn fold(raw: &str, out: &mut String, marks: &mut Marks) {
    let text = whitespace::trim(raw);
    if text.len() != raw.len() {
        marks.normalised(Rule::R03);
    }
    out.clear();
    let mut blank = false;
    for c in text.chars() {
        if whitespace::is_blank(c) {
            blank = true;
            continue;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
        }
        match whitespace::ascii_twin(c) {
            Some(twin) => {
                marks.normalised(Rule::R02);
                out.push(twin);
            }
            None => out.push(c),
        }
    }
}

impl Moment {
    fn write<'a>(&self, grain: Grain, buffer: &'a mut [u8; 19]) -> &'a str {
        let length = match grain {
            Grain::Month => 7,
            Grain::Day => 10,
            Grain::Second => 19,
        };
        *buffer = *b"0000-00-00 00:00:00";
        let put = |at: usize, n: u32, buffer: &mut [u8; 19]| {
            buffer[at] = b'0' + (n / 10 % 10) as u8;
            buffer[at + 1] = b'0' + (n % 10) as u8;
        };
        let fields = [
            (0, self.year / 100),
            (2, self.year % 100),
            (5, self.month),
            (8, self.day),
            (11, self.hour),
            (14, self.minute),
            (17, self.second),
        ];
        for (at, n) in fields {
            put(at, n, buffer);
        }
        std::str::from_utf8(&buffer[..length]).unwrap_or_default()
    }
}

/// `20200131` of a canonical date, or `None`.
pub fn compact(canonical: &str) -> Option<String> {
    if !is_canonical_date(canonical.as_bytes()) {
        return None;
    }
    let mut out = String::with_capacity(8);
    write!(out, "{}{}{}", &canonical[..4], &canonical[5..7], &canonical[8..]).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests;

//! Whole and decimal numbers: plain ASCII, exact, no exponent.

use super::{Marks, Reason, Verdict, precision, settle, whitespace};

/// Digits allowed in a number after an exponent is written out.
const LONGEST: usize = 64;

/// Cleans one cell to an optional `-` and digits without leading zeros.
///
/// A fraction of zeros is dropped (`12.0`), thousands separators too. Scientific notation is refused (R04):
/// what it left out is lost.
pub fn clean_integer(raw: &str, out: &mut String, marks: &mut Marks) -> Verdict {
    prepare(raw, out, marks);
    if precision::is_scientific(out) {
        return Verdict::Invalid(Reason::PrecisionLost);
    }
    let Some((negative, whole, fraction)) = parts(out) else { return Verdict::Invalid(Reason::NotNumber) };
    if fraction.bytes().any(|b| b != b'0') {
        return Verdict::Invalid(Reason::NotNumber);
    }
    let text = plain(negative, whole, "");
    settle(raw, &text, out)
}

/// Cleans one cell to an optional `-`, digits, and a fraction if there is one. Zeros at the end of a fraction
/// stay: they tell the scale. An exponent is written out when no digit is missing for it, or refused (R04).
pub fn clean_decimal(raw: &str, out: &mut String, marks: &mut Marks) -> Verdict {
    prepare(raw, out, marks);
    if let Some((mantissa, exponent)) = precision::split_scientific(out) {
        return match written_out(mantissa, exponent) {
            Some(text) => settle(raw, &text, out),
            None => Verdict::Invalid(Reason::PrecisionLost),
        };
    }
    let Some((negative, whole, fraction)) = parts(out) else { return Verdict::Invalid(Reason::NotNumber) };
    let text = plain(negative, whole, fraction);
    settle(raw, &text, out)
}

/// A plain number on the quick path: digits, no leading zero, at most one point between digits.
#[inline]
pub fn is_canonical(text: &[u8], decimal: bool) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        [] => false,
        [b'0'] => text.len() == 1,
        [b'0', next, ..] if *next != b'.' => false,
        _ => {
            let points = digits.iter().filter(|b| **b == b'.').count();
            let sound = digits.iter().all(|b| b.is_ascii_digit() || *b == b'.');
            let fraction = decimal && points == 1 && !digits.ends_with(b".") && !digits.starts_with(b".");
            sound && (points == 0 || fraction) && !(text.len() != digits.len() && zero(digits))
        }
    }
}

fn zero(digits: &[u8]) -> bool {
    digits.iter().all(|b| matches!(b, b'0' | b'.'))
}

/// Folds, and takes out currency signs and thousands separators that stand where they should.
fn prepare(raw: &str, out: &mut String, marks: &mut Marks) {
    whitespace::tidy_code(raw, out, marks);
    let unsigned = out.trim_start_matches(['¥', '￥', '$']);
    if unsigned.len() != out.len() {
        *out = unsigned.to_owned();
    }
    if out.contains(',') && grouped(out) {
        out.retain(|c| c != ',');
    }
}

/// `1,234,567.89`: groups of three after the first.
fn grouped(text: &str) -> bool {
    let whole = text.trim_start_matches(['-', '+']).split('.').next().unwrap_or_default();
    let mut groups = whole.split(',');
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
    first && groups.all(|group| group.len() == 3) && !text.split('.').skip(1).any(|rest| rest.contains(','))
}

fn parts(text: &str) -> Option<(bool, &str, &str)> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let sound = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    sound.then_some((negative, whole, fraction))
}

fn plain(negative: bool, whole: &str, fraction: &str) -> String {
    let whole = whole.trim_start_matches('0');
    let mut text = String::with_capacity(whole.len() + fraction.len() + 3);
    let zero = whole.is_empty() && zero(fraction.as_bytes());
    if negative && !zero {
        text.push('-');
    }
    text.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// `1.5E-3` as `0.0015`, `1.25E+2` as `125`; `None` if digits before the point would have to be made up.
fn written_out(mantissa: &str, exponent: i32) -> Option<String> {
    let (negative, whole, fraction) = parts(mantissa)?;
    let digits = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    if point > i32::try_from(digits.len()).ok()? || exponent.unsigned_abs() as usize > LONGEST {
        return None;
    }
    if point <= 0 {
        let zeros = "0".repeat(point.unsigned_abs() as usize);
        return Some(plain(negative, "0", &format!("{zeros}{digits}")));
    }
    let (whole, fraction) = digits.split_at(point as usize);
    Some(plain(negative, whole, fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(raw: &str, decimal: bool) -> Result<String, Reason> {
        let (mut out, mut marks) = (String::new(), Marks::default());
        let verdict = if decimal {
            clean_decimal(raw, &mut out, &mut marks)
        } else {
            clean_integer(raw, &mut out, &mut marks)
        };
        match verdict {
            Verdict::Same => Ok(raw.to_owned()),
            Verdict::Changed => Ok(out),
            Verdict::Invalid(reason) => Err(reason),
            Verdict::Null => panic!("nulls are the caller's"),
        }
    }

    #[test]
    fn integers() {
        for (raw, value) in [
            ("12", "12"),
            ("0012", "12"),
            ("１２", "12"),
            ("12.0", "12"),
            ("1,234", "1234"),
            ("-0", "0"),
            ("+5", "5"),
        ] {
            assert_eq!(run(raw, false).as_deref(), Ok(value), "{raw}");
        }
        assert_eq!(run("1.2E+11", false), Err(Reason::PrecisionLost));
        for raw in ["1.5", "1,23", "x", "", "-", "."] {
            assert_eq!(run(raw, false), Err(Reason::NotNumber), "{raw}");
        }
    }

    #[test]
    fn decimals() {
        for (raw, value) in [
            ("12.50", "12.50"),
            (".5", "0.5"),
            ("￥1,234.5", "1234.5"),
            ("1.5E-3", "0.0015"),
            ("1.25E+2", "125"),
            ("1.255E+2", "125.5"),
            ("-0.0", "0.0"),
        ] {
            assert_eq!(run(raw, true).as_deref(), Ok(value), "{raw}");
        }
        assert_eq!(run("1.2E+11", true), Err(Reason::PrecisionLost));
        assert!(run("1.2.3", true).is_err());
    }

    #[test]
    fn quick_path_agrees() {
        for raw in
            ["0", "10", "-1", "-0", "00", "01", "1.5", "0.5", "-0.0", "0.", ".5", "", "-", "1.2.3", "+1"]
        {
            for decimal in [false, true] {
                if is_canonical(raw.as_bytes(), decimal) {
                    assert_eq!(run(raw, decimal).as_deref(), Ok(raw), "{raw} {decimal}");
                }
            }
        }
        assert!(is_canonical(b"1.5", true) && is_canonical(b"10", false) && !is_canonical(b"1.5", false));
    }
}

//! Codes without a rule of their own: status, insurance kind, personal numbers. Rules R02 to R05.

use super::{Marks, Reason, Rule, Verdict, precision, whitespace};

/// Cleans one cell to folded, upper-case text without blanks. With a declared `width`, digits that are too few
/// get leading zeros (R05), and a code of another length is refused; without one nothing is padded.
pub fn clean(raw: &str, width: Option<u8>, out: &mut String, marks: &mut Marks) -> Verdict {
    whitespace::tidy_code(raw, out, marks);
    if out.bytes().any(|b| b.is_ascii_lowercase()) {
        marks.normalised(Rule::R02);
        out.make_ascii_uppercase();
    }
    if precision::is_scientific(out) && width.is_none_or(|width| usize::from(width) > 8) {
        return Verdict::Invalid(Reason::PrecisionLost);
    }
    if let Some(width) = width
        && !pad(out, usize::from(width), marks)
    {
        return Verdict::Invalid(Reason::Length);
    }
    if raw == out { Verdict::Same } else { Verdict::Changed }
}

/// Brings digits to `width` with leading zeros; false if the text has another length and cannot be brought to it.
pub fn pad(text: &mut String, width: usize, marks: &mut Marks) -> bool {
    if precision::strip_zero_fraction(text).is_some() {
        marks.normalised(Rule::R05);
    }
    let length = text.chars().count();
    if length >= width {
        return length == width;
    }
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    text.insert_str(0, &"0".repeat(width - length));
    marks.normalised(Rule::R05);
    true
}

/// Is the text plain upper-case ASCII of the declared width?
#[inline]
pub fn is_canonical(text: &[u8], width: Option<u8>) -> bool {
    width.is_none_or(|width| usize::from(width) == text.len())
        && !text.is_empty()
        && text.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && !(text.len() <= 8 && text.contains(&b'E'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(raw: &str, width: Option<u8>) -> (Result<String, Reason>, Marks) {
        let (mut out, mut marks) = (String::new(), Marks::default());
        let value = match clean(raw, width, &mut out, &mut marks) {
            Verdict::Same => Ok(raw.to_owned()),
            Verdict::Changed => Ok(out),
            Verdict::Invalid(reason) => Err(reason),
            Verdict::Null => panic!("nulls are the caller's"),
        };
        (value, marks)
    }

    #[test]
    fn pads_only_to_a_declared_width() {
        assert_eq!(run("12345", Some(7)).0.as_deref(), Ok("0012345"));
        assert!(run("12345", Some(7)).1.normalised.contains(Rule::R05));
        assert_eq!(run("12345", None).0.as_deref(), Ok("12345"));
        assert_eq!(run("10101.0", Some(6)).0.as_deref(), Ok("010101"));
        assert_eq!(run("12345678", Some(7)).0, Err(Reason::Length));
        assert_eq!(run("A1", Some(7)).0, Err(Reason::Length));
    }

    #[test]
    fn folds_and_refuses_lost_digits() {
        assert_eq!(run("ａ１ b", None).0.as_deref(), Ok("A1B"));
        assert_eq!(run("6.2220E+18", None).0, Err(Reason::PrecisionLost));
        assert_eq!(run("1E05", Some(4)).0.as_deref(), Ok("1E05"));
    }

    #[test]
    fn quick_path_agrees() {
        for raw in ["110", "A1", "1E05", "1E+5", "", "a", "12345678901234567E1"] {
            for width in [None, Some(3), Some(4)] {
                if is_canonical(raw.as_bytes(), width) {
                    assert_eq!(run(raw, width), (Ok(raw.to_owned()), Marks::default()));
                }
            }
        }
    }
}

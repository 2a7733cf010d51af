//! Division codes: GB/T 2260, and what became of old ones.

mod aliases;

pub use aliases::{AliasEntry, DivisionAliases, Step};

use super::{Marks, Reason, Rule, Verdict, citizen, code, whitespace};

/// Cleans one cell to 6 digits (or 9 or 12, if that is the declared width).
///
/// Leading zeros are put back only to a declared width (R05). A code of an unknown province is kept and flagged:
/// statistical tables have codes of their own. Old codes stay as they are: [`DivisionAliases`] is for those who
/// ask.
pub fn clean(
    raw: &str,
    width: Option<u8>,
    test_region: bool,
    out: &mut String,
    marks: &mut Marks,
) -> Verdict {
    whitespace::tidy_code(raw, out, marks);
    let length = usize::from(width.unwrap_or(6));
    if super::precision::strip_zero_fraction(out).is_some() {
        marks.normalised(Rule::R05);
    }
    if !out.bytes().all(|b| b.is_ascii_digit()) || out.is_empty() {
        return Verdict::Invalid(Reason::Characters);
    }
    if out.len() != length && !(width.is_some() && code::pad(out, length, marks)) {
        return Verdict::Invalid(Reason::Length);
    }
    let bytes = out.as_bytes();
    if !known(bytes, test_region) {
        marks.flag(Reason::UnknownDivision);
    }
    if raw == out { Verdict::Same } else { Verdict::Changed }
}

/// Is the text digits of the right length in a known province?
#[inline]
pub fn is_canonical(text: &[u8], width: Option<u8>, test_region: bool) -> bool {
    text.len() == usize::from(width.unwrap_or(6))
        && text.iter().all(u8::is_ascii_digit)
        && known(text, test_region)
}

fn known(digits: &[u8], test_region: bool) -> bool {
    // 66 is the statistical code of the Xinjiang corps.
    citizen::is_province([digits[0], digits[1]])
        || digits.starts_with(b"66")
        || (test_region && digits.starts_with(b"99"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(raw: &str, width: Option<u8>) -> (Result<String, Reason>, Marks) {
        let (mut out, mut marks) = (String::new(), Marks::default());
        let value = match clean(raw, width, true, &mut out, &mut marks) {
            Verdict::Same => Ok(raw.to_owned()),
            Verdict::Changed => Ok(out),
            Verdict::Invalid(reason) => Err(reason),
            Verdict::Null => panic!("nulls are the caller's"),
        };
        (value, marks)
    }

    #[test]
    fn codes() {
        assert_eq!(run("110105", None), (Ok("110105".to_owned()), Marks::default()));
        assert_eq!(run("990103.0", None).0.as_deref(), Ok("990103"));
        assert_eq!(run("10101", None).0, Err(Reason::Length));
        let (value, marks) = run("10101", Some(6));
        assert_eq!(value.as_deref(), Ok("010101"));
        assert!(marks.normalised.contains(Rule::R05));
        assert_eq!(marks.flag, Some(Reason::UnknownDivision));
        assert_eq!(run("110105001002", Some(12)).0.as_deref(), Ok("110105001002"));
        assert_eq!(run("110105001002", None).0, Err(Reason::Length));
        assert_eq!(run("朝阳区", None).0, Err(Reason::Characters));
    }
}

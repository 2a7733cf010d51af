//! Columns that hold several kinds of business identifier: credit codes, organisation codes and registration
//! numbers (R13). The kinds differ in length, so no two of them can be mistaken for one another when compared.

use super::{Marks, Reason, Verdict, credit_code, org_code, registration};

/// Which identifier it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// GB 32100, 18 characters.
    CreditCode,
    /// GB 11714, 9 characters.
    OrgCode,
    /// GS 15-2006, 15 digits.
    Registration,
}

/// What a canonical identifier is.
pub fn kind_of(id: &str) -> Option<Found> {
    let id = id.as_bytes();
    match id.len() {
        18 if credit_code::is_valid(id) => Some(Found::CreditCode),
        15 if registration::is_valid(id) => Some(Found::Registration),
        9 if org_code::is_valid(id) => Some(Found::OrgCode),
        _ => None,
    }
}

/// Cleans one cell to the canonical form of whichever of the three it is.
pub fn clean(raw: &str, out: &mut String, marks: &mut Marks) -> Verdict {
    match credit_code::clean(raw, out, marks) {
        // The folded text is in `out`: it is one of the elder kinds.
        Verdict::Invalid(Reason::RegistrationNumber | Reason::OrgCodeHere) => {
            if raw == out {
                Verdict::Same
            } else {
                Verdict::Changed
            }
        }
        Verdict::Invalid(_) if out.len() == 9 && out.is_ascii() => Verdict::Invalid(Reason::OrgCodeCheck),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_each_kind() {
        for (raw, value, found) in [
            ("91350100m000100y43", "91350100M000100Y43", Found::CreditCode),
            ("D2143569-X", "D2143569X", Found::OrgCode),
            ("110108000000016 ", "110108000000016", Found::Registration),
        ] {
            let (mut out, mut marks) = (String::new(), Marks::default());
            assert_eq!(clean(raw, &mut out, &mut marks), Verdict::Changed);
            assert_eq!((out.as_str(), kind_of(&out)), (value, Some(found)));
        }
        let (mut out, mut marks) = (String::new(), Marks::default());
        assert_eq!(clean("D21435691", &mut out, &mut marks), Verdict::Invalid(Reason::OrgCodeCheck));
        assert_eq!(clean("D2143569X", &mut out, &mut marks), Verdict::Same);
    }
}

//! Organisation codes: GB 11714-1997, eight characters and a check character.

use super::{Marks, Reason, Rule, Verdict, whitespace};

const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// The check character over eight digits and upper-case letters (A = 10 … Z = 35): 11 − Σ mod 11, ten written
/// `X`, eleven `0`. `None` for other characters.
pub fn check_character(first_8: &[u8]) -> Option<u8> {
    if first_8.len() != 8 {
        return None;
    }
    let mut sum = 0;
    for (character, weight) in first_8.iter().zip(WEIGHTS) {
        let value = match character {
            b'0'..=b'9' => character - b'0',
            b'A'..=b'Z' => character - b'A' + 10,
            _ => return None,
        };
        sum += u32::from(value) * weight;
    }
    Some(match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + digit as u8,
    })
}

/// Is the text nine characters with the right check?
pub fn is_valid(code: &[u8]) -> bool {
    matches!(code, [first @ .., check] if check_character(first) == Some(*check))
}

/// Cleans one cell to nine characters without a hyphen, upper case, as they stand in places 9 to 17 of a credit
/// code (R13).
pub fn clean(raw: &str, out: &mut String, marks: &mut Marks) -> Verdict {
    fold(raw, out, marks);
    if is_valid(out.as_bytes()) {
        return if raw == out { Verdict::Same } else { Verdict::Changed };
    }
    Verdict::Invalid(match out.len() {
        9 if out.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) => Reason::OrgCodeCheck,
        9 => Reason::Characters,
        _ => Reason::Length,
    })
}

/// Folds a business identifier: blanks and hyphens out, upper case (R02, R03, R13).
pub(super) fn fold(raw: &str, out: &mut String, marks: &mut Marks) {
    whitespace::tidy_code(raw, out, marks);
    if out.contains(['-', '_', '.']) || out.bytes().any(|b| b.is_ascii_lowercase()) {
        marks.normalised(Rule::R13);
        out.retain(|c| !matches!(c, '-' | '_' | '.'));
        out.make_ascii_uppercase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_of_the_standard() {
        // GB 11714-1997, 3.3.
        assert_eq!(check_character(b"D2143569"), Some(b'X'));
        let (mut out, mut marks) = (String::new(), Marks::default());
        assert_eq!(clean("d2143569-x", &mut out, &mut marks), Verdict::Changed);
        assert_eq!(out, "D2143569X");
        assert!(marks.normalised.contains(Rule::R13));
        assert_eq!(clean("D2143569X", &mut out, &mut marks), Verdict::Same);
        assert_eq!(clean("D2143568X", &mut out, &mut marks), Verdict::Invalid(Reason::OrgCodeCheck));
        assert_eq!(clean("D214356", &mut out, &mut marks), Verdict::Invalid(Reason::Length));
        assert_eq!(clean("D21435组X", &mut out, &mut marks), Verdict::Invalid(Reason::Length));
    }

    #[test]
    fn every_changed_digit_is_caught() {
        let good = *b"D2143569X";
        for at in 0..8 {
            for digit in b'0'..=b'9' {
                let mut code = good;
                code[at] = digit;
                // A letter and a digit eleven apart cannot be told apart by a sum modulo 11.
                if at > 0 {
                    assert_eq!(is_valid(&code), code == good);
                }
            }
        }
    }
}

//! Unified social credit codes: GB 32100-2015, 18 characters. Rule R13.
//!
//! Place 1 is the registering department, 2 the kind of body, 3 to 8 the division of registration, 9 to 17 the
//! organisation code (GB 11714), 18 the check character.

use super::{Marks, Reason, Rule, Verdict, org_code, precision, registration};

/// The characters in the order of their values: no I, O, S, V or Z.
pub const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// 3^(i−1) mod 31 for the first 17 places (GB 32100-2015, table 2).
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Value by character, 255 for characters outside the alphabet.
const VALUES: [u8; 256] = {
    let mut table = [255; 256];
    let mut i = 0;
    while i < ALPHABET.len() {
        table[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    table
};

/// The check character over the first 17: (31 − Σ mod 31) mod 31. `None` for characters outside the alphabet.
#[inline]
pub fn check_character(first_17: &[u8; 17]) -> Option<u8> {
    let (mut sum, mut bad) = (0u32, false);
    for (character, weight) in first_17.iter().zip(WEIGHTS) {
        let value = VALUES[usize::from(*character)];
        bad |= value == 255;
        sum += u32::from(value) * weight;
    }
    if bad { None } else { Some(ALPHABET[((31 - sum % 31) % 31) as usize]) }
}

/// Is the text 18 characters of the alphabet with the right check, and a digit in each place of the division?
#[inline]
pub fn is_valid(code: &[u8]) -> bool {
    let Some((first_17, &[check])) = code.split_first_chunk::<17>() else { return false };
    check_character(first_17) == Some(check) && code[2..8].iter().all(u8::is_ascii_digit)
}

/// [`is_valid`], and no case for the slow path (see R04).
#[inline]
pub fn is_canonical(code: &[u8]) -> bool {
    is_valid(code) && !code.ends_with(b"000")
}

/// The organisation code inside a canonical credit code (places 9 to 17).
pub fn org_code_of(code: &str) -> Option<&str> {
    if is_valid(code.as_bytes()) { code.get(8..17) } else { None }
}

/// The division of registration inside a canonical credit code (places 3 to 8).
pub fn division_of(code: &str) -> Option<&str> {
    if is_valid(code.as_bytes()) { code.get(2..8) } else { None }
}

/// Cleans one cell to 18 upper-case characters.
///
/// O, I, Z and S are no characters of the code: they are read as 0, 1, 2 and 5 if, and only if, the check is
/// then right, and the row is flagged. Registration numbers and organisation codes are told by name and refused:
/// a column that holds several kinds is one of [`super::org_id`].
pub fn clean(raw: &str, out: &mut String, marks: &mut Marks) -> Verdict {
    if let Some(reason) = lost_before_fold(raw) {
        return Verdict::Invalid(reason);
    }
    org_code::fold(raw, out, marks);
    match settle_code(out, marks) {
        Ok(()) if raw == out => Verdict::Same,
        Ok(()) => Verdict::Changed,
        Err(reason) => Verdict::Invalid(reason),
    }
}

/// Scientific notation must be seen while the point is still there.
pub(super) fn lost_before_fold(raw: &str) -> Option<Reason> {
    let text = super::whitespace::trim(raw);
    let lost = match text.split_once('.') {
        Some((_, fraction)) if !fraction.is_empty() && fraction.bytes().all(|b| b == b'0') => {
            precision::strip_zero_fraction(&mut text.to_owned()).is_some_and(|digits| digits > 15)
        }
        _ => precision::is_scientific(text),
    };
    lost.then_some(Reason::PrecisionLost)
}

/// Makes a folded code good or says what it is.
fn settle_code(code: &mut String, marks: &mut Marks) -> Result<(), Reason> {
    let bytes = code.as_bytes();
    if is_valid(bytes) {
        if bytes.ends_with(b"000") && bytes.iter().all(u8::is_ascii_digit) {
            marks.flag(Reason::PrecisionSuspect);
        }
        return Ok(());
    }
    match bytes.len() {
        18 => {}
        15 if registration::is_valid(bytes) => return Err(Reason::RegistrationNumber),
        15 if bytes.iter().all(u8::is_ascii_digit) => return Err(Reason::RegistrationCheck),
        9 if org_code::is_valid(bytes) => return Err(Reason::OrgCodeHere),
        _ if bytes.is_ascii() => return Err(Reason::Length),
        _ => return Err(Reason::Characters),
    }
    if bytes.ends_with(b"000") && bytes.iter().all(u8::is_ascii_digit) {
        return Err(Reason::PrecisionLost);
    }
    let fixed = look_alikes_as_digits(code);
    if fixed != *code && is_valid(fixed.as_bytes()) {
        *code = fixed;
        marks.normalised(Rule::R13);
        marks.flag(Reason::LookAlikeFixed);
        return Ok(());
    }
    let in_alphabet = code.bytes().all(|b| VALUES[usize::from(b)] != 255);
    Err(if in_alphabet { Reason::CreditCodeCheck } else { Reason::CreditCodeForm })
}

fn look_alikes_as_digits(code: &str) -> String {
    code.chars()
        .map(|c| match c {
            'O' => '0',
            'I' => '1',
            'Z' => '2',
            'S' => '5',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests;

//! From the text of a cell to an identity number, rules R01 to R04.

use super::{Found, Limits, check_character, from_15, is_province, number, plausible_birth};
use crate::ident::{Marks, Reason, Rule, Verdict, precision, settle, whitespace};

/// Which numbers a column takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// Citizens and residence permits (the 18-character form): a foreign number is refused by its name.
    Citizens,
    /// Those and foreign permanent residents, new and old form.
    Anyone,
}

/// Cleans one cell. `out` is scratch; the canonical value is 18 characters, upper case (15 for an
/// old foreign number).
pub fn clean(raw: &str, accept: Accept, limits: &Limits, out: &mut String, marks: &mut Marks) -> Verdict {
    whitespace::tidy_code(raw, out, marks);
    if out.bytes().any(|b| b.is_ascii_lowercase()) {
        marks.normalised(Rule::R02);
        out.make_ascii_uppercase();
    }
    if precision::is_scientific(out) {
        return Verdict::Invalid(Reason::PrecisionLost);
    }
    if let Some(lost) = precision::strip_zero_fraction(out) {
        // A number kept as floating point: 15 digits survive it, 18 do not.
        if lost > 15 {
            return Verdict::Invalid(Reason::PrecisionLost);
        }
        marks.normalised(Rule::R04);
    }
    match recognise(out.as_bytes(), accept, limits) {
        Ok(Recognised::AsIs(_)) => {
            if out.ends_with("000") && out.len() == 18 {
                marks.flag(Reason::PrecisionSuspect);
            }
            if raw == out { Verdict::Same } else { Verdict::Changed }
        }
        Ok(Recognised::From15(id)) => {
            marks.normalised(Rule::R01);
            let text: String = id.iter().copied().map(char::from).collect();
            settle(raw, &text, out)
        }
        Err(reason) => Verdict::Invalid(reason),
    }
}

pub(super) enum Recognised {
    AsIs(Found),
    From15([u8; 18]),
}

/// Tells what folded, upper-case text is.
pub(super) fn recognise(id: &[u8], accept: Accept, limits: &Limits) -> Result<Recognised, Reason> {
    match id.len() {
        15 if id[..3].iter().all(u8::is_ascii_uppercase) && id[3..].iter().all(u8::is_ascii_digit) => {
            foreign(Found::ForeignOld, accept)
        }
        15 => old_citizen(id, limits),
        18 => eighteen(id, accept, limits),
        _ if id.iter().all(|b| b.is_ascii_digit() || *b == b'X') => Err(Reason::Length),
        _ => Err(Reason::Characters),
    }
}

fn foreign(found: Found, accept: Accept) -> Result<Recognised, Reason> {
    match accept {
        Accept::Anyone => Ok(Recognised::AsIs(found)),
        Accept::Citizens => Err(Reason::ForeignResident),
    }
}

fn old_citizen(id: &[u8], limits: &Limits) -> Result<Recognised, Reason> {
    let id: &[u8; 15] = id.try_into().map_err(|_| Reason::Length)?;
    let long = from_15(id).ok_or(Reason::Characters)?;
    region([id[0], id[1]], limits)?;
    if !plausible_birth(number(&long[6..14]), number(&long[14..17]), limits) {
        return Err(Reason::BirthDate);
    }
    Ok(Recognised::From15(long))
}

fn region(first_two: [u8; 2], limits: &Limits) -> Result<(), Reason> {
    match first_two {
        [b'9', b'9'] if limits.test_region => Ok(()),
        [b'9', b'9'] => Err(Reason::TestRegion),
        two if is_province(two) => Ok(()),
        _ => Err(Reason::Province),
    }
}

fn eighteen(id: &[u8], accept: Accept, limits: &Limits) -> Result<Recognised, Reason> {
    let Some((first_17, &[check])) = id.split_first_chunk::<17>() else { return Err(Reason::Length) };
    let right = check_character(first_17).ok_or(Reason::Characters)?;
    if !check.is_ascii_digit() && check != b'X' {
        return Err(Reason::Characters);
    }
    if right != check {
        let lost = id.ends_with(b"000");
        return Err(if lost { Reason::PrecisionLost } else { Reason::CheckDigit });
    }
    let sequence = number(&id[14..17]);
    // Cards of 2023: 9, province of application, nationality, birth date, sequence, check.
    let is_foreign = id[0] == b'9' && is_province([id[1], id[2]]);
    if !is_foreign {
        region([id[0], id[1]], limits)?;
    }
    if !plausible_birth(number(&id[6..14]), sequence, limits) {
        return Err(Reason::BirthDate);
    }
    if is_foreign {
        return foreign(Found::ForeignNew, accept);
    }
    let permit = matches!(&id[..6], b"810000" | b"820000" | b"830000");
    Ok(Recognised::AsIs(if permit { Found::ResidencePermit } else { Found::Citizen }))
}

/// What a canonical number is, or why it is none.
pub(super) fn kind_of(id: &str, limits: &Limits) -> Result<Found, Reason> {
    match recognise(id.as_bytes(), Accept::Anyone, limits)? {
        Recognised::AsIs(found) => Ok(found),
        Recognised::From15(_) => Err(Reason::Length),
    }
}

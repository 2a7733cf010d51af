//! Noise that changes bytes and not meaning: what the cleaning rules R01 to R17 undo. None of it is
//! a defect.

use super::calendar::{Calendar, push_date, push_padded};
use super::dice::Dice;
use super::people::Person;

/// A usable key, as files write it.
pub(super) fn push_key(out: &mut String, person: &Person, dice: &mut Dice, this_year: u16) {
    let key = person.key();
    let old = if this_year.saturating_sub(person.year) >= 55 { 300 } else { 80 };
    // R01: cards issued before 1999 had fifteen digits.
    if person.year < 1999 && dice.chance(old) {
        return push_old_key(out, person);
    }
    if !dice.chance(400) {
        out.push_str(key);
        return;
    }
    // R02 and R03.
    match dice.below(8) {
        0 => out.extend(key.chars().map(full_width)),
        1 => out.push_str(&key.to_ascii_lowercase()),
        2 => push_all(out, &["'", key]),
        3 => push_all(out, &[key, "\u{A0}"]),
        4 => push_all(out, &["\u{3000}", key]),
        5 => push_all(out, &[key, "\u{200B}"]),
        _ => push_all(out, &[key, "\t"]),
    }
}

/// The fifteen digits of a card issued before 1999 (R01).
pub(super) fn push_old_key(out: &mut String, person: &Person) {
    let key = person.key();
    push_all(out, &[&key[..6], &key[8..17]]);
}

/// A key that lost its last three digits in a spreadsheet (R04), in a form no check accepts.
pub(super) fn push_lost_key(out: &mut String, person: &Person, dice: &mut Dice) {
    let key = person.key();
    let rounded = [&key.as_bytes()[..15], b"00"].concat();
    if super::people::check_character(&rounded) == b'0' || dice.chance(4_000) {
        push_all(out, &[&key[..1], ".", &key[1..6], "E+17"]);
    } else {
        push_all(out, &[&key[..15], "000"]);
    }
}

/// A name, as files write it.
pub(super) fn push_name(out: &mut String, person: &Person, dice: &mut Dice) {
    let name = person.name.as_str();
    // R07: six in a hundred dotted names carry another dot.
    if name.contains('\u{B7}') && dice.chance(600) {
        let dot = dice.pick(&["\u{2022}", "\u{2027}", "\u{30FB}", "\u{FF0E}", "."]);
        out.push_str(&name.replace('\u{B7}', dot));
        return;
    }
    out.push_str(name);
    // R09 and R03.
    match dice.below(1000) {
        0..3 => out.push_str(if person.male { "（男）" } else { "（女）" }),
        3..8 => out.push('\t'),
        8..10 => out.push('\u{3000}'),
        _ => {}
    }
}

/// A sex, mostly as the file's own habit has it (R16).
pub(super) fn push_sex(out: &mut String, male: bool, words: bool, dice: &mut Dice) {
    let habit = if dice.chance(150) { dice.below(3) } else { u32::from(words) };
    let [man, woman] = [["1", "2"], ["男", "女"], ["M", "F"]][habit as usize];
    out.push_str(if male { man } else { woman });
}

/// How a file writes dates.
#[derive(Clone, Copy, Debug)]
pub(super) enum DateHabit {
    /// 19900307
    Compact,
    /// 1990-03-07
    Iso,
    /// 1990/3/7
    Slashes,
    /// 1990年3月7日
    Chinese,
    /// 32939
    Excel,
}

/// A date, mostly as the file's own habit has it (R10).
pub(super) fn push_day(out: &mut String, day: u32, habit: DateHabit, calendar: &Calendar, dice: &mut Dice) {
    use DateHabit::{Chinese, Compact, Excel, Iso, Slashes};
    let habit = if dice.chance(300) { dice.pick(&[Compact, Iso, Slashes, Chinese, Excel]) } else { habit };
    let civil = calendar.civil(day);
    match habit {
        Compact => push_date(out, civil, ""),
        Iso => push_date(out, civil, "-"),
        // Serials of less than five digits would be dates before 1927-05-18.
        Excel if Calendar::excel_serial(day) >= 10_000 => {
            push_padded(out, Calendar::excel_serial(day), 1);
        }
        Slashes | Excel => push_parts(out, civil, ["/", "/", ""]),
        Chinese => push_parts(out, civil, ["年", "月", "日"]),
    }
}

/// A null, one of the many ways (R17).
pub(super) fn push_null(out: &mut String, dice: &mut Dice) {
    if dice.chance(1_500) {
        out.push_str(dice.pick(&["NULL", "\\N", "无", "-", "/", " "]));
    }
}

fn push_parts(out: &mut String, (year, month, day): (u16, u8, u8), after: [&str; 3]) {
    for (part, after) in [u32::from(year), u32::from(month), u32::from(day)].into_iter().zip(after) {
        push_padded(out, part, 1);
        out.push_str(after);
    }
}

fn push_all(out: &mut String, parts: &[&str]) {
    out.extend(parts.iter().copied());
}

fn full_width(ascii: char) -> char {
    char::from_u32(ascii as u32 + 0xFEE0).unwrap_or(ascii)
}

//! The written forms of a date.

use super::{Grain, serial, valid_day};

/// A day and a time of day, valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
}

pub(super) enum Parsed {
    Moment(Moment),
    Sentinel,
    Nothing,
}

/// `19900307`.
#[inline]
pub(super) fn eight_digits(text: &[u8]) -> Option<Moment> {
    let digits: &[u8; 8] = text.try_into().ok()?;
    let number = digits_value(digits)?;
    checked(number / 10_000, number / 100 % 100, number % 100)
}

/// `199003`, for months.
#[inline]
pub(super) fn six_digits(text: &[u8]) -> Option<Moment> {
    let digits: &[u8; 6] = text.try_into().ok()?;
    let number = digits_value(digits)?;
    checked(number / 100, number % 100, 1)
}

fn digits_value(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |n, d| {
        d.is_ascii_digit().then(|| n.wrapping_mul(10).wrapping_add(u32::from(d - b'0')))
    })
}

fn checked(year: u32, month: u32, day: u32) -> Option<Moment> {
    let sound = super::in_range(year) && valid_day(year, month, day);
    sound.then_some(Moment { year, month, day, ..Moment::default() })
}

/// Reads folded text.
pub(super) fn parse(text: &str, grain: Grain) -> Parsed {
    if is_sentinel(text) {
        return Parsed::Sentinel;
    }
    let moment = if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && text.matches('.').count() <= 1 {
        numeric(text, grain)
    } else {
        separated(text, grain)
    };
    moment.map_or(Parsed::Nothing, Parsed::Moment)
}

/// Dates that mean "none".
fn is_sentinel(text: &str) -> bool {
    let digits = || text.bytes().filter(u8::is_ascii_digit);
    let clear =
        text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/' | b'.' | b':' | b' ' | b'T'));
    if !clear || digits().count() < 4 {
        return false;
    }
    let dashed = |start: &str| {
        text.strip_prefix(start).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    digits().all(|b| b == b'0')
        || text.bytes().all(|b| b == b'9')
        || ["99991231", "9999", "00010101", "0001", "19000100"].into_iter().any(dashed)
        || text.starts_with("99991231")
        || ["1900-01-00", "1900/1/0", "1900-1-0", "1900/01/00"].into_iter().any(dashed)
        || (text.len() == 6 && text.starts_with("9999"))
}

/// Digits alone: `19900307`, `199003` for months, `19900307080000`, or an Excel serial number.
fn numeric(text: &str, grain: Grain) -> Option<Moment> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let zero_fraction = fraction.bytes().all(|b| b == b'0');
    match whole.len() {
        8 if zero_fraction => eight_digits(whole.as_bytes()),
        6 if zero_fraction && grain == Grain::Month => six_digits(whole.as_bytes()),
        7 if fraction.is_empty() => None,
        // 1990.3 is a month with a point, not a serial number.
        4 if (1..=2).contains(&fraction.len()) => match grain {
            Grain::Month => checked(whole.parse().ok()?, fraction.parse().ok()?, 1),
            _ => None,
        },
        14 if zero_fraction => {
            let day = eight_digits(&whole.as_bytes()[..8])?;
            let time = digits_value(&whole.as_bytes()[8..])?;
            with_time(day, time / 10_000, time / 100 % 100, time % 100)
        }
        5 => serial::moment(whole.parse().ok()?, fraction),
        _ => None,
    }
}

fn with_time(day: Moment, hour: u32, minute: u32, second: u32) -> Option<Moment> {
    let sound = hour < 24 && minute < 60 && second < 60;
    sound.then_some(Moment { hour, minute, second, ..day })
}

/// Numbers with marks between: year first.
fn separated(text: &str, grain: Grain) -> Option<Moment> {
    let (date, time) = split_time(text);
    let (year, rest) = take_number(date, 4, 4)?;
    let rest = take_mark(rest, "-/.年")?;
    let (month, rest) = take_number(rest, 1, 2)?;
    let rest = rest.strip_prefix('月').unwrap_or(rest);
    let rest = rest.trim_start_matches(['-', '/', '.']);
    if rest.is_empty() {
        return if grain == Grain::Month && time.is_empty() { checked(year, month, 1) } else { None };
    }
    let (day, rest) = take_number(rest, 1, 2)?;
    if !matches!(rest, "" | "日" | "号") {
        return None;
    }
    let day = checked(year, month, day)?;
    if time.is_empty() { Some(day) } else { time_of_day(day, time) }
}

/// Cuts `1990-03-07T08:00:00` and `1990年3月7日 8:00` in two.
fn split_time(text: &str) -> (&str, &str) {
    if let Some(at) = text.find(['T', 't']) {
        return (&text[..at], &text[at + 1..]);
    }
    if let Some((date, time)) = text.rsplit_once(['日', '号'])
        && !time.trim().is_empty()
    {
        return (date, time.trim());
    }
    match text.split_once(' ') {
        Some((date, time)) => (date, time),
        None => (text, ""),
    }
}

fn time_of_day(day: Moment, time: &str) -> Option<Moment> {
    let (time, offset) = split_offset(time.trim())?;
    let (hour, rest) = take_number(time, 1, 2)?;
    let rest = take_mark(rest, ":时")?;
    let (minute, rest) = take_number(rest, 1, 2)?;
    let rest = rest.strip_prefix([':', '分']).unwrap_or(rest);
    let (second, rest) = if rest.is_empty() { (0, "") } else { take_number(rest, 1, 2)? };
    let fraction = rest.strip_prefix('秒').unwrap_or(rest);
    let sound = fraction.is_empty()
        || fraction.strip_prefix('.').is_some_and(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()));
    let local = with_time(day, hour, minute, second)?;
    match (sound, offset) {
        (false, _) => None,
        (true, None) => Some(local),
        (true, Some(minutes)) => serial::shift(local, 8 * 60 - minutes),
    }
}

/// The offset from UTC in minutes, if one is written.
fn split_offset(time: &str) -> Option<(&str, Option<i32>)> {
    if let Some(utc) = time.strip_suffix(['Z', 'z']) {
        return Some((utc, Some(0)));
    }
    let Some(at) = time.find(['+', '-']) else { return Some((time, None)) };
    let sign = if time[at..].starts_with('-') { -1 } else { 1 };
    let digits: String = time[at + 1..].chars().filter(|c| *c != ':').collect();
    let sound = matches!(digits.len(), 2 | 4) && digits.bytes().all(|b| b.is_ascii_digit());
    if !sound {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = digits.get(2..4).filter(|m| !m.is_empty()).map_or(Ok(0), str::parse).ok()?;
    (hours <= 14 && minutes < 60).then_some((time[..at].trim_end(), Some(sign * (hours * 60 + minutes))))
}

fn take_number(text: &str, at_least: usize, at_most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    if !(at_least..=at_most).contains(&length) {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

fn take_mark<'a>(text: &'a str, marks: &str) -> Option<&'a str> {
    text.strip_prefix(|c| marks.contains(c))
}

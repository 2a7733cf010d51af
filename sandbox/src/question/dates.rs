//! Dates: days since 1970-01-01, their parts, and what they begin.

use super::bounds::{Number, boxed};
use super::read::{Scope, unsupported};
use super::texts;
use super::values::{Read, mixed};
use super::{Meaning, Part, Typed, Value};
use crate::dataset::day_number;
use crate::policy::Use;
use datafusion::sql::sqlparser::ast::{DateTimeField, Expr};
use jiff::civil::Date;
use std::fmt::Display;

/// Years, months or weeks that a table of days goes through at most.
const MOST_STEPS: i64 = 1 << 16;

impl Scope<'_> {
    /// A part of a day, as a number.
    pub(super) fn calendar(&self, part: Part, expr: &Expr, wanted: Use) -> Read<Typed> {
        let day = self.value(expr, wanted)?;
        let Meaning::Day { from, to } = day.meaning else { return Err(mixed(expr)) };
        let (min, max) = match part {
            Part::Year => (part_of(Part::Year, from), part_of(Part::Year, to)),
            Part::Quarter => (1, 4),
            Part::Month => (1, 12),
            Part::Day => (1, 31),
            Part::Weekday => (0, 6),
        };
        let value = Value::Calendar(part, boxed(day.value));
        Ok(Typed { value, meaning: Meaning::Number { decimals: 0, min: min.into(), max: max.into() } })
    }

    /// `date_trunc`: the first day of the year, quarter, month or week that a day is in.
    pub(super) fn begun(&self, field: &Expr, expr: &Expr, wanted: Use) -> Read<Typed> {
        let field = self.value(field, wanted)?;
        let day = self.value(expr, wanted)?;
        let Meaning::Day { from, to } = day.meaning else { return Err(mixed(expr)) };
        let of = |part| Value::Calendar(part, boxed(day.value.clone()));
        let count = |most: i64, part| {
            let years = Value::Multiply(boxed(of(Part::Year)), boxed(Value::Number(most)));
            Value::Add(boxed(years), boxed(of(part)))
        };
        let year = |day| part_of(Part::Year, day);
        // Which one it is in, counted so that one more is the next, and when one begins.
        type Begins = fn(i64) -> i64;
        let (value, first, last, begins): (Value, i64, i64, Begins) =
            match texts::as_literal(&field).map(str::to_lowercase).as_deref() {
                Some("year") => (of(Part::Year), year(from), year(to), |at| first_of(at, 1)),
                Some("quarter") => (
                    count(4, Part::Quarter),
                    year(from) * 4 + part_of(Part::Quarter, from),
                    year(to) * 4 + part_of(Part::Quarter, to),
                    |at| first_of((at - 1).div_euclid(4), 3 * (at - 1).rem_euclid(4) + 1),
                ),
                Some("month") => (
                    count(12, Part::Month),
                    year(from) * 12 + part_of(Part::Month, from),
                    year(to) * 12 + part_of(Part::Month, to),
                    |at| first_of((at - 1).div_euclid(12), (at - 1).rem_euclid(12) + 1),
                ),
                Some("week") => {
                    // Weeks begin on Mondays, as day -3 was one; nothing is below zero once it is moved.
                    let moved = (from + 3).div_euclid(7) * 7 - 3;
                    let ahead = Value::Subtract(boxed(day.value.clone()), boxed(Value::Number(moved)));
                    let at = Value::Divide(boxed(ahead), boxed(Value::Number(7)));
                    let first = (moved + 3) / 7;
                    let value = Value::Add(boxed(at), boxed(Value::Number(first)));
                    (value, first, (to + 3).div_euclid(7), |at| at * 7 - 3)
                }
                _ => return Err(unsupported("function", expr)),
            };
        if last - first >= MOST_STEPS {
            return Err(unsupported("wide-group", expr));
        }
        let days = (first..=last).map(|at| Some(begins(at))).collect();
        let place = Value::Subtract(boxed(value), boxed(Value::Number(first)));
        let meaning = Meaning::Day { from: begins(first), to: begins(last) };
        Ok(Typed { value: Value::Lookup(boxed(place), days), meaning })
    }
}

fn first_of(year: i64, month: i64) -> i64 {
    let date = i16::try_from(year).ok().zip(i8::try_from(month).ok());
    let date = date.and_then(|(year, month)| Date::new(year, month, 1).ok());
    date.map_or(0, day_number)
}

/// How many days one is after another.
pub(super) fn days_between(left: Typed, right: Typed, text: &dyn Display) -> Read<Number> {
    let number = |typed: Typed| match typed.meaning {
        Meaning::Day { from, to } => {
            Ok(Number { value: typed.value, decimals: 0, min: from.into(), max: to.into() })
        }
        _ => Err(mixed(text)),
    };
    number(left)?.subtract(number(right)?, text)
}

/// The day that a text says.
pub(super) fn day(text: &str, expr: &dyn Display) -> Read<Typed> {
    let date: Date = text.trim().parse().map_err(|_| mixed(expr))?;
    let day = day_number(date);
    Ok(Typed { value: Value::Number(day), meaning: Meaning::Day { from: day, to: day } })
}

pub(super) fn part(field: &DateTimeField) -> Option<Part> {
    Some(match field {
        DateTimeField::Year => Part::Year,
        DateTimeField::Quarter => Part::Quarter,
        DateTimeField::Month => Part::Month,
        DateTimeField::Day => Part::Day,
        DateTimeField::Dow | DateTimeField::DayOfWeek => Part::Weekday,
        _ => return None,
    })
}

/// The same by its name.
pub(super) fn named(field: &str) -> Option<Part> {
    Some(match field.to_lowercase().as_str() {
        "year" => Part::Year,
        "quarter" => Part::Quarter,
        "month" => Part::Month,
        "day" => Part::Day,
        "dow" => Part::Weekday,
        _ => return None,
    })
}

/// A part of a day that is given by its number; nothing that jiff cannot say is ever a day here.
pub(crate) fn part_of(part: Part, day: i64) -> i64 {
    let days = jiff::Span::new().try_days(day).unwrap_or_default();
    let date = jiff::civil::date(1970, 1, 1).saturating_add(days);
    match part {
        Part::Year => date.year().into(),
        Part::Quarter => i64::from((date.month() + 2) / 3),
        Part::Month => date.month().into(),
        Part::Day => date.day().into(),
        Part::Weekday => date.weekday().to_sunday_zero_offset().into(),
    }
}

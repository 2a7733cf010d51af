//! Labels that are less exact: what a policy shows of a column.
//!
//! ```toml
//! [grant.masks]
//! town = "county"                 # of a division code: its county, city or province
//! born = "month"
//! wage = { band = 5000 }
//! use_of = { recode = { "有房" = ["自住", "出租"] } }
//! ```
//!
//! The column *is* this for whoever asks: groups, conditions and everything made of it. Groups are formed of the coarse values,
//! so that the rules of release judge those; no condition tells apart what a label does not.

use crate::dataset::Domain;
use crate::question::{Part, Value, part_of};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Values of a coarse column at most.
const MOST_VALUES: i64 = 4096;

/// Days that a column of dates can have to be shown more coarsely.
const MOST_DAYS: i64 = 1 << 18;

/// What is shown of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coarse {
    /// Of a division code the first two digits.
    Province,
    /// The first four.
    City,
    /// The first six.
    County,
    /// The first day of the week.
    Week,
    /// The first day of the month.
    Month,
    /// The first day of the quarter.
    Quarter,
    /// The first day of the year.
    Year,
    /// The first day of the decade.
    Decade,
    /// The least amount of its band.
    Band(u32),
    /// One text for several; what is not named stays.
    Recode(BTreeMap<String, Vec<String>>),
}

/// How coarse a date is, from fine to coarse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The week, from Monday on.
    Week,
    /// The month.
    Month,
    /// The quarter.
    Quarter,
    /// The year.
    Year,
    /// Ten years.
    Decade,
}

impl Level {
    /// The first day of what a day is in.
    #[must_use]
    pub fn begins(self, day: i64) -> i64 {
        let year = part_of(Part::Year, day);
        let first = |year: i64, month: i64| {
            let date = i16::try_from(year).ok().zip(i8::try_from(month).ok());
            let date = date.and_then(|(year, month)| jiff::civil::Date::new(year, month, 1).ok());
            date.map_or(day, crate::dataset::day_number)
        };
        match self {
            // Day -3 was a Monday.
            Self::Week => (day + 3).div_euclid(7) * 7 - 3,
            Self::Month => first(year, part_of(Part::Month, day)),
            Self::Quarter => first(year, part_of(Part::Quarter, day) * 3 - 2),
            Self::Year => first(year, 1),
            Self::Decade => first(year.div_euclid(10) * 10, 1),
        }
    }
}

impl Level {
    /// Days of the longest there is.
    fn days(self) -> i64 {
        match self {
            Self::Week => 7,
            Self::Month => 31,
            Self::Quarter => 92,
            Self::Year => 366,
            Self::Decade => 3653,
        }
    }

    /// What each day begins in: the calendar is asked once for each week, month or so, since this is done for every question.
    fn all(self, from: i64, to: i64) -> Vec<i64> {
        let mut all = Vec::with_capacity(usize::try_from(to - from + 1).unwrap_or(0));
        let (mut day, mut first) = (from, self.begins(from));
        while day <= to {
            let next = self.begins(first + self.days());
            all.extend((day..next.min(to + 1)).map(|_| first));
            (day, first) = (next, next);
        }
        all
    }
}

/// The greatest multiple of `width` that is no more.
pub(super) fn floor(value: i64, width: i64) -> i64 {
    value.div_euclid(width) * width
}

impl Coarse {
    pub(super) fn level(&self) -> Option<Level> {
        Some(match self {
            Self::Week => Level::Week,
            Self::Month => Level::Month,
            Self::Quarter => Level::Quarter,
            Self::Year => Level::Year,
            Self::Decade => Level::Decade,
            _ => return None,
        })
    }

    /// Digits of a division code.
    fn digits(&self) -> Option<usize> {
        Some(match self {
            Self::Province => 2,
            Self::City => 4,
            Self::County => 6,
            _ => return None,
        })
    }

    /// Of two masks of one column what neither tells apart is not told apart: the stricter, or where neither is, one that is as
    /// strict as both; nothing where they do not go together.
    #[must_use]
    pub fn strictest(&self, other: &Self) -> Option<Self> {
        if self == other {
            return Some(self.clone());
        }
        if let (Some(a), Some(b)) = (self.level(), other.level()) {
            // A week may lie in two months.
            let nested = a.min(b) != Level::Week;
            return nested.then(|| if a > b { self.clone() } else { other.clone() });
        }
        if let (Some(a), Some(b)) = (self.digits(), other.digits()) {
            return Some(if a < b { self.clone() } else { other.clone() });
        }
        match (self, other) {
            (Self::Band(a), Self::Band(b)) if *a > 0 && *b > 0 => {
                let (mut x, mut y) = (*a, *b);
                while y > 0 {
                    (x, y) = (y, x % y);
                }
                (a / x).checked_mul(*b).map(Self::Band)
            }
            _ => None,
        }
    }

    /// What values there are then, and what each is made into, from `value` on; a sentence about what is wrong otherwise.
    pub(crate) fn of(&self, domain: &Domain, value: Value) -> Result<(Value, Domain), &'static str> {
        match domain {
            Domain::Text(list) => self.of_text(list, value),
            Domain::Day { from, to } => {
                let level = self.level().ok_or("of dates week, month, quarter, year and decade are known")?;
                if to - from >= MOST_DAYS {
                    return Err("the dates lie too far apart");
                }
                let days: Arc<[_]> = level.all(*from, *to).into_iter().map(Some).collect();
                let at = Value::Subtract(Box::new(value), Box::new(Value::Number(*from)));
                let shown = Domain::Day { from: level.begins(*from), to: level.begins(*to) };
                Ok((Value::Lookup(Box::new(at), days), shown))
            }
            Domain::Number { decimals, min, max } => {
                let Self::Band(width) = self else { return Err("of numbers a band is known") };
                let width = super::units(*width, *decimals).ok_or("a band is at least 1 wide")?;
                let (low, high) = (floor(*min, width), floor(*max, width));
                if (high - low) / width >= MOST_VALUES {
                    return Err("there are more than 4096 bands");
                }
                let ahead = Value::Subtract(Box::new(value), Box::new(Value::Number(low)));
                let at = Value::Divide(Box::new(ahead), Box::new(Value::Number(width)));
                let bands = (0..=(high - low) / width).map(|at| Some(low + at * width)).collect();
                let shown = Domain::Number { decimals: *decimals, min: low, max: high };
                Ok((Value::Lookup(Box::new(at), bands), shown))
            }
            Domain::Person | Domain::Pseudonym(_) => Err("it is not shown at all"),
        }
    }

    fn of_text(&self, list: &[String], value: Value) -> Result<(Value, Domain), &'static str> {
        let shown: Vec<String> = match (self, self.digits()) {
            (_, Some(digits)) => {
                let code =
                    |text: &String| text.len() >= digits && text.bytes().all(|byte| byte.is_ascii_digit());
                if !list.iter().all(code) {
                    return Err("county, city and province are for division codes");
                }
                list.iter().map(|text| text[..digits].to_owned()).collect()
            }
            (Self::Recode(groups), _) => {
                let all: Vec<&String> = groups.values().flatten().collect();
                if all.iter().any(|text| !list.contains(text)) {
                    return Err("what is recoded is one of the values");
                }
                if all.iter().collect::<std::collections::BTreeSet<_>>().len() < all.len() {
                    return Err("a value is recoded once");
                }
                let into =
                    |text: &String| groups.iter().find(|(_, of)| of.contains(text)).map(|(new, _)| new);
                list.iter().map(|text| into(text).unwrap_or(text).clone()).collect()
            }
            _ => return Err("of texts county, city, province and recode are known"),
        };
        let mut labels = shown.clone();
        labels.sort();
        labels.dedup();
        let place = |text: &String| labels.binary_search(text).ok().map(|at| at as i64);
        let places = shown.iter().map(place).collect();
        Ok((Value::Lookup(Box::new(value), places), Domain::Text(labels)))
    }
}

//! Days as numbers and back, by a table made once: millions of dates are printed per run.

use super::ScenarioError;
use jiff::civil::{Date, date};

/// The first day of the table; nobody here was born before.
const FIRST: Date = date(1925, 1, 1);

/// Every day from 1925 to two days after the period.
pub(super) struct Calendar {
    days: Vec<(u16, u8, u8)>,
    period_end: u32,
}

impl Calendar {
    /// The calendar of a batch that ends on `period_end`.
    pub(super) fn new(period_end: Date) -> Result<Self, ScenarioError> {
        if !(2000..2100).contains(&period_end.year()) {
            return Err(ScenarioError::Period { day: period_end.to_string() });
        }
        let mut days = Vec::new();
        let mut day = FIRST;
        let mut after = 0;
        let mut end = 0;
        while after < 3 {
            if day == period_end {
                end = days.len() as u32;
            }
            after += u32::from(day >= period_end);
            days.push((day.year().unsigned_abs(), day.month().unsigned_abs(), day.day().unsigned_abs()));
            day = day.tomorrow().map_err(|_| ScenarioError::Period { day: day.to_string() })?;
        }
        Ok(Self { days, period_end: end })
    }

    /// The number of the last day of the batch.
    pub(super) fn period_end(&self) -> u32 {
        self.period_end
    }

    /// The number of the last day of a year that ends before the batch does.
    pub(super) fn last_of(&self, year: u16) -> u32 {
        self.days.partition_point(|day| day.0 <= year) as u32 - 1
    }

    /// How many days the table has.
    pub(super) fn len(&self) -> usize {
        self.days.len()
    }

    /// Year, month and day of a day's number.
    pub(super) fn civil(&self, day: u32) -> (u16, u8, u8) {
        self.days[day as usize]
    }

    /// The same day as jiff's type.
    pub(super) fn date(&self, day: u32) -> Date {
        let (year, month, of_month) = self.civil(day);
        date(year.cast_signed(), month.cast_signed(), of_month.cast_signed())
    }

    /// Excel's serial number of a day after February 1900 (day 1 is 1900-01-01, and Excel counts a
    /// 29 February 1900 that never was).
    pub(super) fn excel_serial(day: u32) -> u32 {
        // 1925-01-01 is serial 9133.
        day + 9133
    }
}

/// Appends a number padded with zeros to `width` digits, ten at most.
pub(super) fn push_padded(out: &mut String, mut number: u32, width: usize) {
    let mut digits = [b'0'; 10];
    let mut used = 0;
    while number > 0 || used < width {
        digits[9 - used] = b'0' + (number % 10) as u8;
        number /= 10;
        used += 1;
    }
    out.extend(digits[10 - used..].iter().map(|digit| char::from(*digit)));
}

/// Appends `1990-03-07`, with whatever stands between.
pub(super) fn push_date(out: &mut String, (year, month, day): (u16, u8, u8), between: &str) {
    push_padded(out, u32::from(year), 4);
    out.push_str(between);
    push_padded(out, u32::from(month), 2);
    out.push_str(between);
    push_padded(out, u32::from(day), 2);
}

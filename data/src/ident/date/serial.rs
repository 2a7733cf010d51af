//! Excel's day numbers, and days counted from a fixed one.

use super::parse::Moment;

/// Days from 0000-03-01 to 1899-12-30, Excel's day 0.
const EXCEL_EPOCH: i64 = 693_899;

/// The moment of serial number `days` and the digits of its fraction. Days before 1900-03-01 are off by one in
/// Excel (it has a 29 February 1900) and are refused.
pub(super) fn moment(days: u32, fraction: &str) -> Option<Moment> {
    if days < 61 || fraction.len() > 15 {
        return None;
    }
    let part: f64 = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().ok()? };
    let seconds = (part * 86_400.0).round() as i64;
    from_days(EXCEL_EPOCH + i64::from(days) + seconds / 86_400, seconds % 86_400)
}

/// The moment so many minutes later.
pub(super) fn shift(at: Moment, minutes: i32) -> Option<Moment> {
    let seconds = i64::from(at.hour * 3600 + at.minute * 60 + at.second) + i64::from(minutes) * 60;
    from_days(to_days(at) + seconds.div_euclid(86_400), seconds.rem_euclid(86_400))
}

/// Days since 0000-03-01 in the proleptic Gregorian calendar: years begin in March, so that the leap day comes last.
fn to_days(at: Moment) -> i64 {
    let (month, day) = (i64::from(at.month), i64::from(at.day));
    let year = i64::from(at.year) - i64::from(month <= 2);
    let march_based = (month + 9) % 12;
    year * 365 + year / 4 - year / 100 + year / 400 + (march_based * 153 + 2) / 5 + day - 1
}

fn from_days(days: i64, seconds: i64) -> Option<Moment> {
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_based = (5 * day_of_year + 2) / 153;
    let month = (march_based + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let field = |n: i64| u32::try_from(n).ok();
    let at = Moment {
        year: field(year)?,
        month: field(month)?,
        day: field(day_of_year - (153 * march_based + 2) / 5 + 1)?,
        hour: field(seconds / 3600)?,
        minute: field(seconds / 60 % 60)?,
        second: field(seconds % 60)?,
    };
    super::in_range(at.year).then_some(at)
}

//! Rows per division and day of one file, as it stands.

use super::error::PackageError;
use super::manifest::{DivisionCounts, Roles};
use arrow_array::{Array, StringArray};
use jiff::civil::Date;
use std::collections::BTreeMap;
use yinshu_data::Source;

/// What was counted of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCount {
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: u64,
    /// Day of its newest update.
    pub newest: Option<Date>,
    /// Rows per division and day.
    pub counts: DivisionCounts,
}

/// Counts the rows of a file as they stand: no cleaning rule is applied and no row left out but total
/// and blank rows. A row's division is its text without blanks around it; its day is the date its
/// update time begins with (`2026-11-21 …`, `2026/11/1`, `20261121`, `2026年11月1日`), or none. Rows
/// with too few or too many fields count as rows of no division and no day.
///
/// Memory grows with divisions times days, not with rows.
///
/// # Errors
/// [`PackageError::NoColumn`], [`PackageError::Table`].
pub fn count_raw(source: &Source, name: &str, roles: &Roles) -> Result<FileCount, PackageError> {
    let table = |e: yinshu_data::DataError| PackageError::Table {
        file: name.into(),
        reading: e.code(),
        detail: e.to_string(),
    };
    let mut reader = yinshu_data::open(source).map_err(table)?;
    let columns = reader.columns().to_vec();
    let place = |column: &String| {
        let missing = || PackageError::NoColumn { file: name.into(), column: column.clone() };
        columns.iter().position(|c| c == column).ok_or_else(missing)
    };
    for key in &roles.key {
        place(key)?;
    }
    let division = place(&roles.division)?;
    let update_time = roles.update_time.as_ref().map(place).transpose()?;
    let mut counted = FileCount { columns, ..FileCount::default() };
    while let Some(raw) = reader.next_batch().map_err(table)? {
        let text = |at: usize| raw.batch.column(at).as_any().downcast_ref::<StringArray>();
        let (division, time) = (text(division), update_time.and_then(text));
        for row in 0..raw.batch.num_rows() {
            let division = division.and_then(|d| value(d, row)).map_or("", str::trim);
            counted.add(division, time.and_then(|t| value(t, row)).and_then(day_of));
        }
        for _ in &raw.ragged {
            counted.add("", None);
        }
    }
    Ok(counted)
}

impl FileCount {
    /// Counts one row.
    pub fn add(&mut self, division: &str, day: Option<Date>) {
        self.rows += 1;
        self.newest = self.newest.max(day);
        // Looked up before it is inserted, so that a row costs no allocation but its day.
        if !self.counts.contains_key(division) {
            self.counts.insert(division.to_owned(), BTreeMap::new());
        }
        let days = self.counts.get_mut(division).expect("just inserted");
        *days.entry(day.map_or_else(String::new, |d| d.to_string())).or_default() += 1;
    }
}

/// Adds one file's counts to those of all.
pub(super) fn add(all: &mut DivisionCounts, one: DivisionCounts) {
    for (division, days) in one {
        let into = all.entry(division).or_default();
        for (day, rows) in days {
            *into.entry(day).or_default() += rows;
        }
    }
}

fn value(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

/// The date a text begins with: year, month, day, separated by anything but digits, or eight digits.
fn day_of(text: &str) -> Option<Date> {
    let text = text.trim();
    let digits = |t: &str| t.bytes().take_while(u8::is_ascii_digit).count();
    let number = |t: &str| t.parse::<i16>().ok();
    let first = digits(text);
    if first >= 8 {
        let (y, m, d) = (number(&text[..4])?, number(&text[4..6])?, number(&text[6..8])?);
        return Date::new(y, m.try_into().ok()?, d.try_into().ok()?).ok();
    }
    let mut rest = text;
    let mut parts = [0i16; 3];
    for (i, part) in parts.iter_mut().enumerate() {
        let n = digits(rest);
        *part = number(&rest[..n]).filter(|_| if i == 0 { n == 4 } else { n <= 2 })?;
        rest = rest[n..].trim_start_matches(|c: char| !c.is_ascii_digit());
    }
    Date::new(parts[0], parts[1].try_into().ok()?, parts[2].try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_people_write_them() {
        let day = |t: &str| day_of(t).map(|d| d.to_string());
        for text in [
            "2026-11-01",
            "2026/11/1 8:00",
            "20261101",
            "20261101083000",
            "2026年11月1日",
            " 2026.11.01T00:00",
        ] {
            assert_eq!(day(text).as_deref(), Some("2026-11-01"), "{text}");
        }
        for text in [
            "",
            "NULL",
            "0000-00-00",
            "2026-13-01",
            "2026-02-30",
            "11/1/2026",
            "2026",
            "2026-11",
            "99999999",
            "十一月",
            "-1",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}

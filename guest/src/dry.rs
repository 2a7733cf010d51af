//! Programs run without a sandbox, over made-up tables: `yinshu-sandbox dummy` writes them.
//!
//! ```no_run
//! use yinshu_guest::Person as _;
//! use yinshu_guest::dry::{Column, Dry};
//!
//! let columns = [Column::number("age", 0), Column::number("wage", 2), Column::text("town", &["990101", "990102"])];
//! let table = Dry::read("made-up/residents.csv", "id", &columns).unwrap();
//! let of_first = table.score(|person, row, _| person.value(row, 0));
//! ```

use crate::{Aggregate, Batch, MISSING, Person, Table, there};
use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use std::path::Path;

/// What a column holds, as the description of the data set says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    name: String,
    holds: Holds,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Holds {
    Number(u32),
    Text(Vec<String>),
    Date,
}

impl Column {
    /// Numbers with so many digits after the point.
    #[must_use]
    pub fn number(name: &str, decimals: u32) -> Self {
        Self { name: name.to_owned(), holds: Holds::Number(decimals) }
    }

    /// Texts of a list.
    #[must_use]
    pub fn text(name: &str, values: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            holds: Holds::Text(values.iter().map(|text| (*text).to_owned()).collect()),
        }
    }

    /// Dates.
    #[must_use]
    pub fn date(name: &str) -> Self {
        Self { name: name.to_owned(), holds: Holds::Date }
    }

    fn value(&self, text: &str) -> Option<i64> {
        match &self.holds {
            Holds::Number(decimals) => number(text, *decimals),
            Holds::Text(values) => values.iter().position(|value| value == text).map(|at| at as i64),
            Holds::Date => day(text),
        }
    }
}

/// A number in units of its last digit.
fn number(text: &str, decimals: u32) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, point) = digits.split_once('.').unwrap_or((digits, ""));
    let (decimals, plain) = (decimals as usize, |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()));
    if whole.is_empty() || !plain(whole) || !plain(point) || point.len() > decimals {
        return None;
    }
    let value: i64 = format!("{whole}{point:0<decimals$}").parse().ok()?;
    Some(if negative { -value } else { value })
}

/// Days since 1970-01-01 of a date as 2026-11-22 (Hinnant, "chrono-compatible low-level date algorithms").
fn day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// A table with the rows of each person beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dry {
    rows: usize,
    /// Column after column.
    values: Vec<i64>,
    /// Where each person begins, and where the last one ends.
    starts: Vec<usize>,
}

/// A person of a [`Dry`].
#[derive(Debug, Clone, Copy)]
pub struct One<'a> {
    of: &'a Dry,
    first: usize,
    count: usize,
}

impl Person for One<'_> {
    fn rows(&self) -> u32 {
        u32::try_from(self.count).unwrap_or(u32::MAX)
    }

    fn value(&self, row: u32, column: u32) -> Option<i64> {
        let (row, column) = (row as usize, column as usize);
        let inside = row < self.count;
        inside
            .then(|| self.of.values.get(column * self.of.rows + self.first + row).copied().and_then(there))?
    }
}

impl Dry {
    /// Reads a table with a line of names, of which `entity` says whom a row is about.
    ///
    /// # Errors
    /// A sentence: the file cannot be read, or a column is not in it.
    pub fn read(path: impl AsRef<Path>, entity: &str, columns: &[Column]) -> Result<Self, String> {
        let text = std::fs::read_to_string(path.as_ref());
        Self::parse(&text.map_err(|error| format!("{}: {error}", path.as_ref().display()))?, entity, columns)
    }

    /// The same of a text. Fields have no quotes in them, as tables of `yinshu-sandbox dummy` have none.
    ///
    /// # Errors
    /// A sentence: a column is not in it.
    pub fn parse(text: &str, entity: &str, columns: &[Column]) -> Result<Self, String> {
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        let place = |name: &str| {
            names.iter().position(|known| *known == name).ok_or_else(|| format!("there is no column {name}"))
        };
        let person = place(entity)?;
        let places = columns.iter().map(|column| place(&column.name)).collect::<Result<Vec<_>, _>>()?;
        let mut rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        rows.retain(|row| row.len() == names.len());
        rows.sort_by_key(|row| row[person]);
        let changes = (1..rows.len()).filter(|at| rows[*at][person] != rows[*at - 1][person]);
        let mut starts: Vec<usize> = core::iter::once(0).chain(changes).collect();
        if !rows.is_empty() {
            starts.push(rows.len());
        }
        let column = |(column, at): (&Column, &usize)| {
            rows.iter().map(|row| column.value(row[*at]).unwrap_or(MISSING)).collect::<Vec<_>>()
        };
        let values = columns.iter().zip(&places).flat_map(column).collect();
        Ok(Self { rows: rows.len(), values, starts })
    }

    /// The persons.
    pub fn persons(&self) -> impl Iterator<Item = One<'_>> {
        self.starts.windows(2).map(|ends| One { of: self, first: ends[0], count: ends[1] - ends[0] })
    }

    /// What a score gives each row as its first output.
    pub fn score<'t>(&'t self, score: impl Fn(&One<'t>, u32, u32) -> Option<i64>) -> Vec<Option<i64>> {
        let of = |person: One<'t>| (0..person.rows()).map(|row| score(&person, row, 0)).collect::<Vec<_>>();
        self.persons().flat_map(of).collect()
    }

    /// The values of an aggregate's table, row after row; it is given all rows at once.
    #[must_use]
    pub fn aggregate<A: Aggregate>(&self) -> Vec<Option<i64>> {
        let (mut program, mut table) = (A::default(), Table::default());
        program.batch(&Batch::of(self.rows, &self.values));
        program.finish(&mut table);
        table.values().iter().map(|value| there(*value)).collect()
    }
}

//! Cells as whole numbers: of those that a description declares, and masked where it says so.

use super::declared;
use super::register::Numbers;
use crate::dataset::{Dataset, Domain};
use crate::error::SandboxError;
use crate::masks::Masker;
use datafusion::arrow::array::{Array as _, Int64Array, StringArray};
use std::collections::HashMap;

/// How the cells of a column are put down.
pub(super) struct Code {
    /// The column.
    pub(super) column: usize,
    /// What its cells are before they are masked; nothing where only the mask says what they are.
    plain: Option<Domain>,
    places: HashMap<String, i64>,
    masker: Option<Masker>,
}

impl Code {
    /// Of a column that is not the one that says whom a row is about.
    ///
    /// # Errors
    /// [`SandboxError::Description`]: a text is declared that cleaning never leaves.
    pub(super) fn of(
        dataset: &Dataset,
        table: usize,
        column: usize,
        secret: &[u8; 32],
    ) -> Result<Self, SandboxError> {
        let masker = Masker::of(dataset, table, column, secret);
        let plain = match &masker {
            Some(masker) => masker.plain().cloned(),
            None => Some(dataset.tables[table].domain(column)),
        };
        let places = match &plain {
            Some(Domain::Text(list)) => {
                let of = &dataset.tables[table];
                declared::places(&of.name, &of.columns[column], list, dataset.dataset.test_region)?
            }
            _ => HashMap::new(),
        };
        Ok(Self { column, plain, places, masker })
    }

    /// Cells of these rows, given whom each is about, and how many are none that the description declares.
    pub(super) fn encoded(
        &self,
        (texts, ids): (&StringArray, &StringArray),
        rows: &[usize],
        masked: &mut Numbers,
    ) -> Result<(Int64Array, u64), SandboxError> {
        let mut undeclared = 0;
        let mut values = Vec::with_capacity(rows.len());
        for &row in rows {
            if texts.is_null(row) {
                values.push(None);
                continue;
            }
            let text = texts.value(row);
            let value = match &self.masker {
                Some(masker) => {
                    let mut number = |parts: &[&[u8]]| {
                        let digest = masked.digest(parts);
                        masked.number(digest, 0)
                    };
                    masker.value((text, ids.value(row)), &|text| self.plain(text), &mut number)?
                }
                None => self.plain(text),
            };
            undeclared += u64::from(value.is_none());
            values.push(value);
        }
        Ok((values.into(), undeclared))
    }

    fn plain(&self, text: &str) -> Option<i64> {
        match self.plain.as_ref()? {
            Domain::Text(_) => self.places.get(text).copied(),
            Domain::Number { decimals, min, max } => {
                scaled(text, *decimals).filter(|value| (*min..=*max).contains(value))
            }
            Domain::Day { from, to } => {
                let date = text.parse::<jiff::civil::Date>().ok().map(crate::dataset::day_number);
                date.filter(|day| (*from..=*to).contains(day))
            }
            Domain::Person | Domain::Pseudonym(_) => None,
        }
    }
}

/// A number in units of 10^-decimals; further digits are rounded off, half away from zero.
fn scaled(text: &str, decimals: u32) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, point) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(point) {
        return None;
    }
    let decimals = decimals as usize;
    let (kept, rest) = point.split_at(point.len().min(decimals));
    let value: i64 = format!("{whole}{kept:0<decimals$}").parse().ok()?;
    let value = value.checked_add(i64::from(rest.as_bytes().first().is_some_and(|digit| *digit >= b'5')))?;
    Some(if negative { -value } else { value })
}

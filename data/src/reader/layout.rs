//! Which row is the header, and which rows are no data (R14): titles above, totals below, blanks between.

use super::{COLUMN_LIMIT, Found, Ragged};
use crate::error::DataError;
use crate::source::{Source, TotalRows};

/// Rows among which the header is looked for.
pub(super) const HEADER_AMONG: usize = 100;

/// A row held while the header is looked for.
#[derive(Debug, Clone, Default)]
pub(super) struct HeldRow {
    pub(super) number: u64,
    pub(super) cells: Vec<String>,
}

impl HeldRow {
    /// The cells one after the other, and where each stands.
    pub(super) fn flat(&self) -> (Vec<u8>, Vec<(usize, usize)>) {
        let (mut text, mut spans) = (Vec::new(), Vec::with_capacity(self.cells.len()));
        for cell in &self.cells {
            let start = text.len();
            text.extend_from_slice(cell.as_bytes());
            spans.push((start, text.len()));
        }
        (text, spans)
    }
}

/// The table's shape once its header is known.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) columns: Vec<String>,
    /// Rows before this one are titles; rows from it on are data.
    pub(super) first_data_row: u64,
    drop_totals: bool,
    short_is_ragged: bool,
}

/// What a row is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    Skip,
    Ragged(Ragged),
}

impl Layout {
    /// Decides on the header from the first rows (at most [`HEADER_AMONG`], blank ones left out, in order) and notes
    /// the decision in `found`. `short_is_ragged`: a row with fewer fields than the header is ragged (CSV), rather
    /// than one whose last cells are empty (XLSX).
    pub(super) fn decide(
        path: &str,
        rows: &[HeldRow],
        source: &Source,
        short_is_ragged: bool,
        found: &mut Found,
    ) -> Result<Self, DataError> {
        let drop_totals = source.total_rows.unwrap_or_default() == TotalRows::Drop;
        let header_row = header_row(path, rows, source)?;
        found.header_row = Some(header_row);
        found.title_rows_skipped = rows.iter().filter(|row| row.number < header_row).count() as u64;
        let header = rows.iter().find(|row| row.number == header_row);
        let columns = match &source.columns {
            Some(columns) => columns.clone(),
            None => names(&header.map(|row| row.cells.clone()).unwrap_or_default(), found),
        };
        let widest = header.map_or(0, |row| row.cells.len()).max(columns.len());
        if widest > COLUMN_LIMIT {
            return Err(DataError::TooManyColumns {
                path: path.to_owned(),
                row: header_row,
                limit: COLUMN_LIMIT,
            });
        }
        refuse_duplicates(path, &columns)?;
        Ok(Self { columns, first_data_row: header_row + 1, drop_totals, short_is_ragged })
    }

    /// Says what a row is and counts it in `found`.
    #[inline]
    pub(super) fn judge(
        &self,
        row: u64,
        text: &[u8],
        spans: &[(usize, usize)],
        found: &mut Found,
    ) -> Verdict {
        let cell = |span: &(usize, usize)| text.get(span.0..span.1).unwrap_or_default();
        let Some(first) = spans.iter().map(cell).find(|cell| has_content(cell)) else {
            found.blank_rows_skipped += 1;
            return Verdict::Skip;
        };
        if self.drop_totals && is_total(first) {
            found.total_rows_dropped += 1;
            return Verdict::Skip;
        }
        let expected = self.columns.len();
        if spans.len() == expected {
            found.rows += 1;
            return Verdict::Keep;
        }
        let surplus = spans.get(expected..).unwrap_or_default();
        let beyond = surplus.iter().rposition(|span| has_content(cell(span)));
        let short = self.short_is_ragged && spans.len() < expected;
        if short || beyond.is_some() {
            found.ragged_rows += 1;
            let fields = beyond.map_or(spans.len().min(expected), |i| expected + i + 1);
            return Verdict::Ragged(Ragged { row, fields, expected });
        }
        found.rows += 1;
        Verdict::Keep
    }
}

/// Whether a cell holds more than ASCII blanks and ideographic spaces.
#[inline]
fn has_content(cell: &[u8]) -> bool {
    match cell.first() {
        None => false,
        Some(b) if b.is_ascii_graphic() => true,
        Some(_) => !std::str::from_utf8(cell).is_ok_and(|text| text.trim().is_empty()),
    }
}

/// Whether a row's first cell with content marks it as a total: 合计, 总计, 小计, 共计 (blanks between the characters
/// allowed), alone or followed by a colon or a number (`合 计`, `共计：37人`, `小计3`).
#[inline]
pub(super) fn is_total(first: &[u8]) -> bool {
    // The lead bytes of 合, 总, 小, 共 and of a leading ideographic space or ASCII blank.
    if !matches!(first.first(), Some(0xE5 | 0xE6 | 0xE3 | b' ' | b'\t')) || first.len() > 120 {
        return false;
    }
    let Ok(text) = std::str::from_utf8(first) else { return false };
    let mut rest = text.chars().filter(|c| !c.is_whitespace());
    let (Some(a), Some(b)) = (rest.next(), rest.next()) else { return false };
    matches!((a, b), ('合' | '总' | '小' | '共', '计'))
        && rest.next().is_none_or(|c| matches!(c, ':' | '：' | '(' | '（') || c.is_numeric())
}

fn header_row(path: &str, rows: &[HeldRow], source: &Source) -> Result<u64, DataError> {
    if let Some(given) = source.header_row {
        if given > 0 && !rows.iter().any(|row| row.number == given) {
            return Err(DataError::HeaderRow { path: path.to_owned(), row: given });
        }
        return Ok(given);
    }
    if rows.is_empty() {
        return Err(DataError::Empty { path: path.to_owned() });
    }
    let filled = |row: &HeldRow| row.cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    let most = rows.iter().map(filled).max().unwrap_or_default();
    for row in rows {
        let cells = filled(row);
        // A title fills one cell of a wide table, or every cell of a merged area with the same text.
        let first = row.cells.iter().map(|cell| cell.trim()).find(|cell| !cell.is_empty());
        let same = row.cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).all(|c| Some(c) == first);
        if most > 1 && (cells < 2 || cells * 2 <= most || same) {
            continue;
        }
        if row.cells.iter().any(|cell| looks_like_data(cell)) {
            return Err(DataError::NoHeader { path: path.to_owned(), row: row.number });
        }
        return Ok(row.number);
    }
    Err(DataError::NoHeader { path: path.to_owned(), row: rows[0].number })
}

/// Identifiers, dates, amounts and telephone numbers have six digits or more; column names do not.
fn looks_like_data(cell: &str) -> bool {
    cell.chars().filter(|c| c.is_ascii_digit() || ('０'..='９').contains(c)).count() >= 6
}

/// Column names from the header's cells: blanks around and line breaks inside removed, nameless ones at the end
/// dropped, other nameless ones called by position.
fn names(cells: &[String], found: &mut Found) -> Vec<String> {
    let width = cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
    found.trailing_columns_dropped = cells.len() - width;
    let mut names = Vec::with_capacity(width);
    for (i, cell) in cells[..width].iter().enumerate() {
        let name: String = cell.trim().chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        if name.is_empty() {
            found.unnamed_columns += 1;
            names.push(format!("column_{}", i + 1));
        } else {
            names.push(name);
        }
    }
    names
}

/// Refuses two columns of one name, whatever gave the names.
pub(super) fn refuse_duplicates(path: &str, columns: &[String]) -> Result<(), DataError> {
    let mut seen = std::collections::HashMap::with_capacity(columns.len());
    for (i, column) in columns.iter().enumerate() {
        if let Some(first) = seen.insert(column.as_str(), i + 1) {
            return Err(DataError::DuplicateColumn {
                path: path.to_owned(),
                column: column.clone(),
                first,
                second: i + 1,
            });
        }
    }
    Ok(())
}

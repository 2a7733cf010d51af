//! Workbooks (Office Open XML), read cell by cell with `calamine`.
//!
//! What is held in memory beside one batch is what `calamine` holds: the workbook's shared strings and styles, and
//! the list of merged areas. A sheet of numbers streams; a sheet in which every cell is a different text costs about
//! that text. The sheet is passed over twice, first for its merged areas, which stand at its end.
//!
//! Cells become text as Excel shows them in a plain format: integers without exponent, dates as `YYYY-MM-DD`, date
//! and time as `YYYY-MM-DD HH:MM:SS`, durations as `HH:MM:SS`, `TRUE`/`FALSE`, errors as `#N/A`. A number cell of more
//! than 15 digits has already lost its last ones in Excel; it is given out as plain digits (zeros where they were
//! lost) for rule R04 to reject. The value of a merged area stands in each of its cells.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use calamine::{DataRef, Reader, SheetVisible, Xlsx, XlsxError};

use super::number::number_text;
use super::pump::{Outbox, Pump, Stop, start};
use super::{BATCH_BYTES, COLUMN_LIMIT, Found};
use crate::error::DataError;
use crate::source::Source;

mod gather;
mod merged;

use gather::Gather;
use merged::Merged;

/// Opens a workbook and reads up to the header of its sheet.
pub(super) fn open(path: &Path, name: String, source: &Source) -> Result<Pump, DataError> {
    let (path, source): (PathBuf, Source) = (path.to_path_buf(), source.clone());
    start(name.clone(), move |outbox| read(&path, &name, &source, outbox))
}

fn read(path: &Path, name: &str, source: &Source, outbox: &Outbox) -> Result<(), Stop> {
    let damaged = |e: XlsxError| DataError::Damaged {
        path: name.to_owned(),
        format: "xlsx".to_owned(),
        reason: e.to_string(),
    };
    let mut book: Xlsx<BufReader<File>> = calamine::open_workbook(path).map_err(damaged)?;
    let sheet = choose(&book, name, source.sheet.as_deref())?;
    let mut merged = Merged::new(book.merge_cells_by_sheet_name(&sheet).map_err(damaged)?);
    let found = Found {
        format: "xlsx".to_owned(),
        sheet: Some(sheet.clone()),
        merged_areas: merged.len(),
        ..Found::default()
    };
    let mut gather = Gather::new(name, source, found, outbox);
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(damaged)?;
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let (number, column) = cell.get_position();
        if row.number != u64::from(number) + 1 {
            row.finish(name, &mut merged, &mut gather)?;
            row.begin(name, u64::from(number) + 1)?;
        }
        row.put(name, column as usize, cell.get_value())?;
    }
    row.finish(name, &mut merged, &mut gather)?;
    gather.finish()
}

fn choose(book: &Xlsx<BufReader<File>>, path: &str, wanted: Option<&str>) -> Result<String, DataError> {
    let sheets = book.sheets_metadata();
    let chosen = match wanted {
        Some(name) => sheets.iter().find(|sheet| sheet.name == name),
        None => sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible).or(sheets.first()),
    };
    chosen.map(|sheet| sheet.name.clone()).ok_or_else(|| DataError::NoSheet {
        path: path.to_owned(),
        sheet: wanted.unwrap_or("").to_owned(),
        present: sheets.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>().join(", "),
    })
}

/// The row being put together; `number` 0 before the first.
#[derive(Default)]
struct Row {
    number: u64,
    text: Vec<u8>,
    spans: Vec<(usize, usize)>,
}

impl Row {
    fn begin(&mut self, path: &str, number: u64) -> Result<(), DataError> {
        if number < self.number {
            return Err(damage(path, "its rows are out of order"));
        }
        self.number = number;
        self.text.clear();
        self.spans.clear();
        Ok(())
    }

    fn put(&mut self, path: &str, column: usize, value: &DataRef<'_>) -> Result<(), DataError> {
        if matches!(value, DataRef::Empty) {
            return Ok(());
        }
        let start = self.text.len();
        write_cell(value, &mut self.text);
        self.place(path, column, start)
    }

    /// Makes the text from `start` on the content of `column`.
    fn place(&mut self, path: &str, column: usize, start: usize) -> Result<(), DataError> {
        if column >= COLUMN_LIMIT {
            return Err(DataError::TooManyColumns {
                path: path.to_owned(),
                row: self.number,
                limit: COLUMN_LIMIT,
            });
        }
        if self.text.len() > BATCH_BYTES {
            return Err(DataError::FieldTooLong {
                path: path.to_owned(),
                row: self.number,
                limit: BATCH_BYTES,
            });
        }
        if self.spans.len() <= column {
            self.spans.resize(column + 1, (0, 0));
        }
        self.spans[column] = (start, self.text.len());
        Ok(())
    }

    fn finish(&mut self, path: &str, merged: &mut Merged, gather: &mut Gather<'_>) -> Result<(), Stop> {
        if self.number == 0 {
            return Ok(());
        }
        let fills = merged.row(self.number, |column| {
            self.spans.get(column).map_or(&[][..], |span| &self.text[span.0..span.1])
        });
        let fills = fills.ok_or_else(|| damage(path, "its merged areas overlap"))?;
        for (column, value) in fills {
            let start = self.text.len();
            self.text.extend_from_slice(&value);
            self.place(path, column, start)?;
        }
        gather.row(self.number, &self.text, &self.spans)
    }
}

fn damage(path: &str, reason: &str) -> DataError {
    DataError::Damaged { path: path.to_owned(), format: "xlsx".to_owned(), reason: reason.to_owned() }
}

fn write_cell(value: &DataRef<'_>, out: &mut Vec<u8>) {
    let text = match value {
        DataRef::Empty => return,
        DataRef::SharedString(text) => return out.extend_from_slice(text.as_bytes()),
        DataRef::String(text) => return out.extend_from_slice(text.as_bytes()),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => number_text(*n),
        DataRef::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(when) => date_text(when),
        DataRef::DateTimeIso(text) => {
            let text = text.replace('T', " ");
            text.strip_suffix(" 00:00:00").map_or(text.clone(), str::to_owned)
        }
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(e) => e.to_string(),
    };
    out.extend_from_slice(text.as_bytes());
}

/// A serial number in a date format. Below 1 it is a time of day.
fn date_text(when: &calamine::ExcelDateTime) -> String {
    let serial = when.as_f64();
    if when.is_duration() || (0.0..1.0).contains(&serial) {
        let seconds = (serial * 86_400.0).round() as i64;
        let sign = if seconds < 0 { "-" } else { "" };
        let seconds = seconds.abs();
        return format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, _) = when.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => date,
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
    }
}

#[cfg(test)]
mod tests;

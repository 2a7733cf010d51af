//! The files of a joint computation's result: a table, a workbook, JSON, a page, or a folder of all these.

use crate::problem::Problem;
use crate::tables::{Out, file_beside};
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What stands for all parts of a cut.
pub(in crate::run) const TOTAL: &str = "total";

/// Rows of text; what is missing or hidden stays empty.
pub(in crate::run) type Rows = Vec<Vec<Option<String>>>;

/// A sheet of a workbook. The first columns are text whatever they look like.
pub(in crate::run) struct Sheet {
    pub(in crate::run) name: &'static str,
    pub(in crate::run) heads: Vec<String>,
    pub(in crate::run) rows: Rows,
    pub(in crate::run) texts: usize,
}

/// What is written of a result.
pub(in crate::run) trait Files {
    /// Writes the table, and beside it what else there is.
    fn table(&self, path: &Path) -> Result<(), Problem>;
    /// The sheets of a workbook.
    fn sheets(&self) -> Vec<Sheet>;
    /// All that is known.
    fn json(&self) -> serde_json::Result<Vec<u8>>;
    /// A page for people.
    fn page(&self) -> String;
}

/// In which form a result goes out.
pub(in crate::run) enum Form {
    Table,
    Json,
    Page,
    Workbook,
    Folder,
}

impl Form {
    /// By the extension; one that names none is refused.
    pub(in crate::run) fn of(path: &Path) -> Result<Self, Problem> {
        match path.extension().and_then(|e| e.to_str()) {
            None => Ok(Self::Folder),
            Some(e) if e.eq_ignore_ascii_case("json") => Ok(Self::Json),
            Some(e) if e.eq_ignore_ascii_case("html") => Ok(Self::Page),
            Some(e) if e.eq_ignore_ascii_case("xlsx") => Ok(Self::Workbook),
            Some(_) => Out::check(path).map(|()| Self::Table),
        }
    }

    /// Writes a result.
    pub(in crate::run) fn write(&self, path: &Path, result: &impl Files) -> Result<(), Problem> {
        match self {
            Self::Table => result.table(path),
            Self::Workbook => workbook(path, &result.sheets()),
            Self::Json => {
                let text = result
                    .json()
                    .map_err(|e| Problem::internal(format!("a result does not serialise: {e}")))?;
                whole(path, &text)
            }
            Self::Page => whole(path, result.page().as_bytes()),
            Self::Folder => {
                fs::create_dir_all(path).map_err(|e| Problem::writing(path, &e))?;
                Self::Table.write(&path.join("table.csv"), result)?;
                Self::Workbook.write(&path.join("table.xlsx"), result)?;
                Self::Json.write(&path.join("result.json"), result)?;
                Self::Page.write(&path.join("report.html"), result)
            }
        }
    }
}

/// Beside a table: the file of what does not fit into it.
pub(in crate::run) fn further(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-further.{extension}"))
}

/// Writes rows of text under heads.
pub(in crate::run) fn columns(
    path: &Path,
    heads: &[String],
    rows: &[Vec<Option<String>>],
) -> Result<(), Problem> {
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut columns: Vec<StringBuilder> = heads.iter().map(|_| StringBuilder::new()).collect();
    for row in rows {
        columns.iter_mut().zip(row).for_each(|(column, value)| column.append_option(value.as_deref()));
    }
    let arrays = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
    let batch =
        RecordBatch::try_from_iter_with_nullable(heads.iter().zip(arrays).map(|(h, a)| (*h, a, true)));
    let batch = batch.map_err(|_| Problem::internal("columns of unequal length in the output"))?;
    let mut out = Out::create(path, &heads)?;
    out.write(&batch)?;
    out.finish()
}

/// Writes a workbook, of the sheets that have a row.
fn workbook(path: &Path, sheets: &[Sheet]) -> Result<(), Problem> {
    let failed = |e: XlsxError| Problem::internal(format!("a workbook was not made: {e}"));
    let mut book = Workbook::new();
    for (at, sheet) in sheets.iter().enumerate() {
        if at == 0 || !sheet.rows.is_empty() {
            fill(book.add_worksheet(), sheet).map_err(failed)?;
        }
    }
    let bytes = book.save_to_buffer().map_err(failed)?;
    whole(path, &bytes)
}

/// Fills a sheet: columns that are not of text have numbers where a cell can hold all their digits (15) and text where not.
fn fill(into: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    into.set_name(sheet.name)?.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    for (at, head) in (0u16..).zip(&sheet.heads) {
        into.write_string_with_format(0, at, head, &bold)?;
    }
    for (row, values) in (1u32..).zip(&sheet.rows) {
        for (at, value) in (0u16..).zip(values) {
            let Some(value) = value else { continue };
            let whole = value.bytes().filter(u8::is_ascii_digit).count() <= 15 || value.contains(['.', 'e']);
            match value.parse::<f64>() {
                Ok(number) if usize::from(at) >= sheet.texts && whole => {
                    into.write_number(row, at, number)?
                }
                _ => into.write_string(row, at, value)?,
            };
        }
    }
    Ok(())
}

/// Writes a file beside and renames it.
fn whole(path: &Path, text: &[u8]) -> Result<(), Problem> {
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let mut file = file_beside(path).map_err(failed)?;
    file.write_all(text).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

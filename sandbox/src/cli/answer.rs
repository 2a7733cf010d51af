//! An answer as it is handed out: on the terminal, as JSON, or in a file. Each carries its label.

use super::{Cli, plain};
use crate::airlock::{Label, label, scan};
use crate::answer::{Answer, Field};
use crate::error::SandboxError;
use comfy_table::{CellAlignment, Table};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use yinshu_beside::Texts;
use yinshu_data::write::{CsvStyle, CsvWriter};

/// Where an answer goes.
#[derive(Debug, clap::Args)]
pub struct Out {
    /// Writes the answer to a file of lines, and not to the terminal.
    #[arg(long, value_name = "FILE", conflicts_with = "xlsx")]
    pub csv: Option<PathBuf>,
    /// Writes the answer to a workbook.
    #[arg(long, value_name = "FILE")]
    pub xlsx: Option<PathBuf>,
}

/// What a command says, and the answer that it hands out.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) text: String,
    pub(crate) answer: Option<Answer>,
}

impl From<String> for Told {
    fn from(text: String) -> Self {
        Self { text, answer: None }
    }
}

impl Told {
    /// An answer, handed out.
    pub(super) fn handed_out(
        answer: Answer,
        out: &Out,
        cli: &Cli,
        texts: &Texts,
    ) -> Result<Self, SandboxError> {
        Ok(Self { text: handed_out(&answer, out, cli, texts)?, answer: Some(answer) })
    }
}

/// Hands an answer out.
pub(super) fn handed_out(
    answer: &Answer,
    out: &Out,
    cli: &Cli,
    texts: &Texts,
) -> Result<String, SandboxError> {
    let path = match (&out.csv, &out.xlsx) {
        (Some(path), _) => written(answer, path).map(|()| path)?,
        (None, Some(path)) => workbook(answer, path, texts).map(|()| path)?,
        (None, None) if cli.json => return Ok(as_json(answer).to_string()),
        (None, None) => {
            let label = answer.label.as_ref().map(Label::line).unwrap_or_default();
            return Ok(match answer.rows.is_empty() {
                true => format!("{}\n{label}", texts.own("nothing", &[])),
                false => format!("{}\n{label}", table(answer)),
            });
        }
    };
    let (rows, path) = (answer.rows.len(), path.display().to_string());
    let named = [("rows", rows.into()), ("path", path.clone().into())];
    let told = json!({ "rows": rows, "path": path, "label": answer.label });
    Ok(if cli.json { told.to_string() } else { texts.own("written", &named) })
}

fn text(field: &Field) -> String {
    match field {
        Field::Missing => String::new(),
        Field::Text(text) => text.clone(),
        Field::Number(number) => number.to_string(),
    }
}

/// As a terminal shows it: nothing in it does anything to the terminal.
pub(crate) fn table(answer: &Answer) -> Table {
    let mut table = plain();
    table.set_header(answer.columns.iter().map(|(name, _)| scan::plain(name)));
    for row in &answer.rows {
        table.add_row(row.iter().map(|field| match field {
            Field::Missing => "·".to_owned(),
            field => scan::plain(&text(field)),
        }));
    }
    for (at, (_, number)) in answer.columns.iter().enumerate() {
        if let (true, Some(column)) = (number, table.column_mut(at)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

pub(super) fn as_json(answer: &Answer) -> Value {
    let field = |field: &Field| match field {
        Field::Missing => Value::Null,
        Field::Text(text) => json!(text),
        Field::Number(number) => json!(number),
    };
    let rows: Vec<Vec<Value>> = answer.rows.iter().map(|row| row.iter().map(field).collect()).collect();
    let kind = |number: &bool| if *number { "number" } else { "text" };
    let columns: Vec<Value> =
        answer.columns.iter().map(|(name, number)| json!({ "name": name, "type": kind(number) })).collect();
    json!({ "columns": columns, "rows": rows, "label": answer.label })
}

/// The names of the columns of a file, and of its label.
fn heads(answer: &Answer) -> Vec<&str> {
    let names = answer.columns.iter().map(|(name, _)| name.as_str());
    names.chain(answer.label.as_ref().map(|_| label::COLUMN)).collect()
}

fn written(answer: &Answer, path: &Path) -> Result<(), SandboxError> {
    let label = answer.label.as_ref().map(Label::line);
    let mut out = CsvWriter::create(path, &heads(answer), CsvStyle::EXCEL)?;
    for row in &answer.rows {
        out.row(row.iter().map(text).chain(label.clone()))?;
    }
    out.finish()?;
    Ok(())
}

/// A workbook: the label in every line, on every printed page, and on a sheet of its own.
fn workbook(answer: &Answer, path: &Path, texts: &Texts) -> Result<(), SandboxError> {
    let failed = |error: XlsxError| SandboxError::Files {
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let label = answer.label.as_ref().map(Label::line);
    let bold = Format::new().set_bold();
    let mut book = Workbook::new();
    let mut fill = || {
        let sheet = book.add_worksheet().set_name(texts.own("sheet-result", &[]))?;
        for (name, at) in heads(answer).into_iter().zip(0..) {
            sheet.write_string_with_format(0, at, name, &bold)?;
        }
        for (row, line) in answer.rows.iter().zip(1..) {
            for (field, at) in row.iter().zip(0..) {
                match field {
                    Field::Missing => continue,
                    Field::Text(text) => sheet.write_string(line, at, text)?,
                    Field::Number(number) => sheet.write_number(line, at, *number)?,
                };
            }
            if let (Some(label), Ok(at)) = (&label, u16::try_from(row.len())) {
                sheet.write_string(line, at, label)?;
            }
        }
        let printed: String = label.iter().flat_map(|label| label.chars()).take(200).collect();
        sheet.set_header(format!("&C{}", printed.replace('&', "&&")));
        let own = book.add_worksheet().set_name(label::COLUMN)?;
        for ((name, text), at) in answer.label.iter().flat_map(Label::named).zip(0..) {
            own.write_string_with_format(at, 0, texts.own(&format!("label-{name}"), &[]), &bold)?;
            own.write_string(at, 1, text)?;
        }
        book.save_to_buffer()
    };
    let bytes = fill().map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let files = SandboxError::files(path);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(&files)?;
    std::io::Write::write_all(&mut file, &bytes).and_then(|()| file.as_file().sync_all()).map_err(&files)?;
    file.persist(path).map(drop).map_err(|error| files(error.error))
}

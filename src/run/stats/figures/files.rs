//! The files of a result.

use super::{Histogram, Line, NoiseUsed, Test, heads, noise, told, with_half_widths};
use crate::contract::StatsTerms;
use crate::problem::Problem;
use crate::run::stats::StatsRun;
use crate::tables::{Out, file_beside};
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// Rows of text under heads.
fn columns(path: &Path, heads: &[&str], rows: &[Vec<Option<String>>]) -> Result<(), Problem> {
    let mut columns: Vec<StringBuilder> = heads.iter().map(|_| StringBuilder::new()).collect();
    for row in rows {
        columns.iter_mut().zip(row).for_each(|(column, value)| column.append_option(value.as_deref()));
    }
    let arrays = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
    let batch =
        RecordBatch::try_from_iter_with_nullable(heads.iter().zip(arrays).map(|(h, a)| (*h, a, true)));
    let batch = batch.map_err(|_| Problem::internal("columns of unequal length in the output"))?;
    let mut out = Out::create(path, heads)?;
    out.write(&batch)?;
    out.finish()
}

/// The heads of a table in a file: after the figures, the half-widths of those with noise.
fn file_heads(stats: &StatsTerms) -> Vec<String> {
    let widths = with_half_widths(stats).into_iter().map(|name| format!("half_width95.{name}"));
    heads(stats).into_iter().chain(widths).collect()
}

/// The lines as text: what is hidden stays empty.
fn rows(stats: &StatsTerms, lines: &[Line]) -> Vec<Vec<Option<String>>> {
    let (told, widths) = (told(stats), with_half_widths(stats));
    let row = |line: &Line| {
        let hidden = if line.hidden { "1" } else { "0" };
        let said = line.place.iter().cloned().map(Some).chain([Some(hidden.to_owned())]);
        let said = said.chain([line.count.map(|count| count.to_string())]);
        let said = said.chain(told.iter().map(|name| line.figures.get(name).cloned().flatten()));
        said.chain(widths.iter().map(|name| line.half_widths.get(name).cloned())).collect()
    };
    lines.iter().map(row).collect()
}

/// Writes the lines as a table.
pub(in crate::run::stats) fn write(path: &Path, stats: &StatsTerms, lines: &[Line]) -> Result<(), Problem> {
    let heads = file_heads(stats);
    columns(path, &heads.iter().map(String::as_str).collect::<Vec<_>>(), &rows(stats, lines))
}

/// The heads of what stands beside the table.
const FURTHER: [&str; 5] = ["kind", "of", "figure", "value", "protection"];

/// Histograms, tests and what the noise is, a figure in a row.
pub(in crate::run::stats) fn further(
    noise: Option<&NoiseUsed>,
    histograms: &[Histogram],
    tests: &[Test],
) -> Vec<Vec<Option<String>>> {
    let bins = histograms.iter().flat_map(|histogram| {
        let bin = |bin: &super::Bin| {
            let name = format!("{} – {}", bin.from, bin.to);
            let count = bin.count.map(|count| count.to_string());
            let protection = bin.protection.word().to_owned();
            vec![
                Some("histogram".to_owned()),
                Some(histogram.column.clone()),
                Some(name),
                count,
                Some(protection),
            ]
        };
        let width = |bin: &super::Bin| {
            let name = format!("half_width95 {} – {}", bin.from, bin.to);
            let said = [Some("histogram".to_owned()), Some(histogram.column.clone()), Some(name)];
            let width = bin.half_width.clone()?;
            Some(said.into_iter().chain([Some(width), Some(bin.protection.word().to_owned())]).collect())
        };
        histogram.bins.iter().flat_map(|one| std::iter::once(bin(one)).chain(width(one))).collect::<Vec<_>>()
    });
    let tests = tests.iter().flat_map(|test| {
        let figure = |(name, value): &(&str, Option<f64>)| {
            let value = value.map(|value| value.to_string());
            vec![Some(test.kind.to_owned()), Some(test.of.clone()), Some((*name).to_owned()), value, None]
        };
        test.figures.iter().map(figure).collect::<Vec<_>>()
    });
    bins.chain(tests).chain(noise.map(noise::rows).unwrap_or_default()).collect()
}

/// Writes what stands beside the table, where there is any.
pub(in crate::run::stats) fn write_further(path: &Path, rows: &[Vec<Option<String>>]) -> Result<(), Problem> {
    if rows.is_empty() { Ok(()) } else { columns(path, &FURTHER, rows) }
}

/// Writes all that is known of a run; with noise, without how many rows this party has, which has none.
pub(in crate::run::stats) fn json(path: &Path, done: &StatsRun) -> Result<(), Problem> {
    let failed = |e| Problem::internal(format!("a result does not serialise: {e}"));
    let text = match &done.noise {
        None => serde_json::to_vec_pretty(done),
        Some(_) => serde_json::to_value(done).and_then(|mut said| {
            said.as_object_mut().map(|all| all.remove("rows"));
            serde_json::to_vec_pretty(&said)
        }),
    };
    whole(path, &text.map_err(failed)?)
}

/// Writes a workbook: a sheet of the table with how each line is protected, and one of the rest.
pub(in crate::run::stats) fn workbook(
    path: &Path,
    stats: &StatsTerms,
    done: &StatsRun,
) -> Result<(), Problem> {
    let failed = |e: XlsxError| Problem::internal(format!("a workbook was not made: {e}"));
    let mut book = Workbook::new();
    let mut heads = file_heads(stats);
    heads.push("protection".to_owned());
    let mut lines = rows(stats, &done.table);
    for (row, line) in lines.iter_mut().zip(&done.table) {
        row.push(Some(line.protection.word().to_owned()));
    }
    let texts = done.cuts.len();
    sheet(book.add_worksheet(), "table", &heads, (&lines, texts)).map_err(failed)?;
    let further = further(done.noise.as_ref(), &done.histograms, &done.tests);
    if !further.is_empty() {
        let heads = FURTHER.map(str::to_owned);
        sheet(book.add_worksheet(), "further", &heads, (&further, 3)).map_err(failed)?;
    }
    let bytes = book.save_to_buffer().map_err(failed)?;
    whole(path, &bytes)
}

/// Fills a sheet: the first columns are text whatever they look like, the others numbers where a cell can hold all their
/// digits (15) and text where not.
fn sheet(
    sheet: &mut Worksheet,
    name: &str,
    heads: &[String],
    (rows, texts): (&[Vec<Option<String>>], usize),
) -> Result<(), XlsxError> {
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    for (at, head) in (0u16..).zip(heads) {
        sheet.write_string_with_format(0, at, head, &bold)?;
    }
    for (row, values) in (1u32..).zip(rows) {
        for (at, value) in (0u16..).zip(values) {
            let Some(value) = value else { continue };
            let whole = value.bytes().filter(u8::is_ascii_digit).count() <= 15 || value.contains(['.', 'e']);
            match value.parse::<f64>() {
                Ok(number) if usize::from(at) >= texts && whole => sheet.write_number(row, at, number)?,
                _ => sheet.write_string(row, at, value)?,
            };
        }
    }
    Ok(())
}

/// Writes a file beside and renames it.
pub(in crate::run::stats) fn whole(path: &Path, text: &[u8]) -> Result<(), Problem> {
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let mut file = file_beside(path).map_err(failed)?;
    file.write_all(text).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

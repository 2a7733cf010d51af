//! A result as rows of text, and its files.

use super::{Histogram, Line, NoiseUsed, Test, heads, noise, told, with_half_widths};
use crate::contract::StatsTerms;
use crate::problem::Problem;
use crate::run::several::files::{Sheet, columns};
use crate::run::stats::StatsRun;
use std::path::Path;

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
    columns(path, &file_heads(stats), &rows(stats, lines))
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
    if rows.is_empty() { Ok(()) } else { columns(path, &FURTHER.map(str::to_owned), rows) }
}

/// All that is known of a run; with noise, without how many rows this party has, which has none.
pub(in crate::run::stats) fn json(done: &StatsRun) -> serde_json::Result<Vec<u8>> {
    match &done.noise {
        None => serde_json::to_vec_pretty(done),
        Some(_) => serde_json::to_value(done).and_then(|mut said| {
            said.as_object_mut().map(|all| all.remove("rows"));
            serde_json::to_vec_pretty(&said)
        }),
    }
}

/// The sheets of a workbook: the table with how each line is protected, and the rest.
pub(in crate::run::stats) fn sheets(stats: &StatsTerms, done: &StatsRun) -> Vec<Sheet> {
    let mut heads = file_heads(stats);
    heads.push("protection".to_owned());
    let mut lines = rows(stats, &done.table);
    for (row, line) in lines.iter_mut().zip(&done.table) {
        row.push(Some(line.protection.word().to_owned()));
    }
    let further = further(done.noise.as_ref(), &done.histograms, &done.tests);
    vec![
        Sheet { name: "table", heads, rows: lines, texts: done.cuts.len() },
        Sheet { name: "further", heads: FURTHER.map(str::to_owned).to_vec(), rows: further, texts: 3 },
    ]
}

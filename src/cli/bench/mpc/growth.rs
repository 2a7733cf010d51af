//! `yinshu bench mpc --growth`: how time, bytes and memory grow with the rows, as a table and as a chart.
//!
//! `docs/growth-mpc.md` holds what one machine gave.

use super::show::{decimal, empty, seconds};
use super::work::{Job, Work};
use super::{Figures, one};
use crate::cli::Ui;
use crate::cli::bench::growth::chart::{self, Chart, Series};
use crate::cli::bench::show::{grouped, none, size};
use crate::lang::Texts;
use crate::problem::Problem;
use plotters::style::RGBColor;
use std::fs;
use std::path::Path;
use yinshu_mpc::Security;

/// The largest tables where nothing else is asked for, as a power of two: ten million rows.
pub(in crate::cli::bench) const TO: u32 = 24;

/// The smallest and the largest.
const SIZES: [u32; 4] = [4, 5, 6, 7];

const MANY: usize = 10_000_000;
const SOME: usize = 1_000_000;

/// What is run up to how many rows, and its colour in the chart: what is slow is not waited for.
const WORKS: [(Work, usize, RGBColor); 6] = [
    (Work::Share, MANY, RGBColor(120, 120, 120)),
    (Work::Multiply, MANY, RGBColor(0, 0, 255)),
    (Work::Less64, MANY, RGBColor(0, 140, 140)),
    (Work::Groups, SOME, RGBColor(0, 150, 0)),
    (Work::Sort, SOME, RGBColor(220, 120, 0)),
    (Work::Join, SOME, RGBColor(255, 0, 0)),
];

/// Tables up to this size are run so many times, and the quickest run counts.
const SHORT: usize = 100_000;
const RUNS: usize = 3;

/// Measures tables of up to 2^`to` rows.
pub(in crate::cli::bench) fn run(to: u32, ui: &mut Ui) -> Result<Vec<Figures>, Problem> {
    let most = 1usize << to;
    let mut sizes: Vec<usize> = SIZES.iter().map(|&digits| 10usize.pow(digits)).collect();
    sizes.retain(|rows| *rows <= most);
    if sizes.is_empty() {
        sizes.push(most);
    }
    let mut figures = Vec::new();
    for (work, largest, _) in WORKS {
        for &rows in sizes.iter().filter(|rows| **rows <= largest) {
            let runs = if rows <= SHORT { RUNS } else { 1 };
            figures.push(one(&Job { work, rows, security: Security::SemiHonest, runs }, None, ui)?);
        }
    }
    Ok(figures)
}

/// Writes the chart.
pub(in crate::cli::bench) fn draw(figures: &[Figures], path: &Path, texts: &Texts) -> Result<(), Problem> {
    fs::write(path, svg(figures, texts)).map_err(|e| Problem::writing(path, &e))
}

fn svg(figures: &[Figures], texts: &Texts) -> String {
    let series = WORKS.map(|(work, _, colour)| Series {
        name: texts.say(&format!("ui-bench-mpc-{}", work.word()), &[]),
        colour,
        points: figures
            .iter()
            .filter(|row| row.work == work)
            .map(|row| {
                let bytes = row.bytes_sent.iter().max().map(|bytes| *bytes as f64 / 1e6);
                let memory = row.peak_bytes.map(|bytes| bytes as f64 / 1e6);
                (row.rows as f64, [Some(row.seconds), bytes, memory])
            })
            .collect(),
    });
    let titles = ["time", "bytes", "memory"].map(|panel| format!("ui-bench-mpc-panel-{panel}"));
    let titles = titles.map(|title| texts.say(&title, &[]));
    chart::svg(&Chart { titles, base: 10.0, legend: true, series: &series })
}

/// The figures as a table for people.
pub(in crate::cli::bench) fn table(figures: &[Figures], texts: &Texts) -> String {
    let mut table = empty(&["work", "rows", "time", "cpu", "bytes", "each", "steps", "memory"], texts);
    for row in figures {
        let bytes = row.bytes_sent.iter().max().copied().unwrap_or(0);
        table.add_row([
            texts.say(&format!("ui-bench-mpc-{}", row.work.word()), &[]),
            grouped(row.rows as u64),
            seconds(row.seconds),
            row.cpu_seconds.map_or_else(none, |cpu| format!("{cpu:.2} s")),
            decimal(bytes),
            format!("{:.1} B", bytes as f64 / row.rows as f64),
            grouped(row.steps.into()),
            row.peak_bytes.map_or_else(none, size),
        ]);
    }
    table.to_string()
}

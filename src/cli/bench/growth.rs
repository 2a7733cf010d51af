//! `yinshu bench psi --growth`: how time, bytes and memory grow with the sets, as a table and as a chart.
//!
//! Every size is a whole run between two nodes, from CSV to CSV, each party in a process of its own on this machine.
//! `docs/growth.md` holds what one machine gave.

pub(super) mod chart;

use super::peers::{Nodes, sets};
use super::show::{grouped, none, size};
use crate::cli::Ui;
use crate::lang::Texts;
use crate::problem::Problem;
use crate::run::Way;
use chart::{Chart, Series};
use comfy_table::{ContentArrangement, Table, presets};
use plotters::style::{BLUE, RED};
use serde::Serialize;
use std::fs;
use std::path::Path;

/// The smallest sets, as a power of two, and the step from one size to the next.
const FROM: u32 = 10;
const STEP: usize = 2;

/// The largest sets where nothing else is asked for, as a power of two.
pub(super) const TO: u32 = 20;

/// The largest sets that may be asked for.
pub(super) const MOST: u32 = 27;

/// The ways that are run, and the largest sets of each: what is slow is not waited for.
const WAYS: [(Way, u32); 2] = [(Way::Rr22, MOST), (Way::Ecdh, 20)];

/// Sets up to this size are run so many times, and the quickest run counts.
const SHORT: u32 = 18;
const RUNS: usize = 3;

/// One way at one size.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    /// How it was computed.
    way: Way,
    /// Items of each side; half of them are shared.
    items: u64,
    /// From the first byte read to the last written.
    seconds: f64,
    /// Processor time of both parties.
    cpu_seconds: Option<f64>,
    /// Bytes of both directions.
    bytes: Option<u64>,
    /// Peak memory of the larger party.
    peak_bytes: Option<u64>,
}

/// Measures sets of up to 2^`to` items.
pub(super) fn run(to: u32, ui: &mut Ui) -> Result<Vec<Figures>, Problem> {
    let mut figures = Vec::new();
    for exponent in (FROM.min(to)..=to).rev().step_by(STEP).collect::<Vec<_>>().into_iter().rev() {
        ui.say("ui-bench-peers-case", &[("case", format!("2^{exponent}").into())]);
        let folder = tempfile::tempdir().map_err(|e| Problem::writing(&std::env::temp_dir(), &e))?;
        let (own, other) = (folder.path().join("recipient.csv"), folder.path().join("provider.csv"));
        let items = 1 << exponent;
        sets::write(&own, 0..items)?;
        sets::write(&other, items / 2..items / 2 + items)?;
        let nodes = Nodes::new(folder.path(), &other)?;
        for (way, _) in WAYS.into_iter().filter(|(_, largest)| exponent <= *largest) {
            let runs = if exponent <= SHORT { RUNS } else { 1 };
            let measured = (0..runs).map(|_| one(&nodes, &own, way, items, ui));
            let all = measured.collect::<Result<Vec<_>, _>>()?;
            figures.extend(all.into_iter().min_by(|one, other| one.seconds.total_cmp(&other.seconds)));
        }
    }
    Ok(figures)
}

fn one(nodes: &Nodes, own: &Path, way: Way, items: u64, ui: &Ui) -> Result<Figures, Problem> {
    let word = word(way);
    let took = nodes.intersect(own, None, &["--protocol", &word], ui)?;
    if took.shared != Some(items - items / 2) {
        return Err(Problem::internal(format!("{word} found {:?} of {items} items shared", took.shared)));
    }
    let (seconds, cpu_seconds, bytes, peak_bytes) =
        (took.seconds, took.cpu_seconds, took.bytes, took.peak_bytes);
    Ok(Figures { way, items, seconds, cpu_seconds, bytes, peak_bytes })
}

fn word(way: Way) -> String {
    let word = serde_json::to_value(way).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

/// Writes the chart.
pub(super) fn draw(figures: &[Figures], path: &Path, texts: &Texts) -> Result<(), Problem> {
    fs::write(path, svg(figures, texts)).map_err(|e| Problem::writing(path, &e))
}

fn svg(figures: &[Figures], texts: &Texts) -> String {
    let series = [(Way::Rr22, BLUE), (Way::Ecdh, RED)].map(|(way, colour)| Series {
        name: word(way),
        colour,
        points: figures
            .iter()
            .filter(|row| row.way == way)
            .map(|row| {
                let [bytes, memory] = [row.bytes, row.peak_bytes].map(|bytes| bytes.map(|n| n as f64 / 1e6));
                (row.items as f64, [Some(row.seconds), bytes, memory])
            })
            .collect(),
    });
    let titles = ["time", "bytes", "memory"].map(|panel| format!("ui-bench-growth-panel-{panel}"));
    let titles = titles.map(|title| texts.say(&title, &[]));
    chart::svg(&Chart { titles, base: 2.0, legend: false, series: &series })
}

/// The figures as a table for people.
pub(super) fn table(figures: &[Figures], texts: &Texts) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    let heads = ["items", "way", "time", "cpu", "bytes", "each", "memory"];
    table.set_header(heads.map(|head| texts.say(&format!("ui-bench-growth-head-{head}"), &[])));
    for row in figures {
        let each = |bytes: u64| format!("{:.1} B", bytes as f64 / row.items as f64);
        table.add_row([
            format!("2^{} = {}", row.items.ilog2(), grouped(row.items)),
            word(row.way),
            format!("{:.2} s", row.seconds),
            row.cpu_seconds.map_or_else(none, |cpu| format!("{cpu:.2} s")),
            row.bytes.map_or_else(none, size),
            row.bytes.map_or_else(none, each),
            row.peak_bytes.map_or_else(none, size),
        ]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn figures() -> Vec<Figures> {
        let row = |(way, exponent): (Way, u32)| Figures {
            way,
            items: 1 << exponent,
            seconds: 0.05 * f64::from(1 << (exponent - 10)),
            cpu_seconds: None,
            bytes: Some(30 << exponent),
            peak_bytes: Some((20 << 20) + (200 << exponent)),
        };
        [(Way::Rr22, 10), (Way::Ecdh, 10), (Way::Rr22, 12), (Way::Rr22, 14)].map(row).to_vec()
    }

    #[test]
    fn a_table_and_a_chart() {
        for lang in [Lang::En, Lang::Zh] {
            let texts = Texts::new(lang);
            let table = table(&figures(), &texts);
            assert!(table.contains("2^14 = 16,384") && table.contains("30.0 B"), "{table}");
            let svg = svg(&figures(), &texts);
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"), "{svg}");
            // Three panels with a line of the way that has two points or more, and a point for every figure.
            let lines = svg.matches("stroke-width=\"2\"").count();
            assert_eq!((lines, svg.matches("<circle").count()), (3, 12), "{svg}");
        }
    }

    #[test]
    fn nothing_measured_is_drawn_empty() {
        assert!(svg(&[], &Texts::new(Lang::En)).contains("</svg>"));
    }
}

//! The rows as one table for people.

use super::{Figures, Took};
use crate::cli::bench::show::{grouped, none, size};
use crate::lang::Texts;
use comfy_table::{ContentArrangement, Table, presets};

/// How wide the table is where stdout is no terminal, in columns.
const WIDTH: u16 = 132;

/// Ours beside theirs.
pub(in crate::cli::bench) fn table(figures: &[Figures], texts: &Texts) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    let heads = ["case", "items", "ours", "peer", "theirs", "ratio", "target"];
    table.set_header(heads.map(|head| texts.say(&format!("ui-bench-peers-head-{head}"), &[])));
    for row in figures {
        let target = [
            row.target_seconds.map(|seconds| format!("{seconds} s")),
            row.target_bytes.map(|bytes| format!("{:.1} MB", bytes as f64 / 1e6)),
        ];
        table.add_row([
            row.case.to_owned(),
            format!("{} × {}", grouped(row.items.0), grouped(row.items.1)),
            cell(&row.ours),
            row.peer.to_owned(),
            row.theirs.as_ref().map_or_else(none, cell),
            row.times_quicker.map_or_else(none, |times| format!("{times:.1} ×")),
            target.into_iter().flatten().collect::<Vec<_>>().join("\n"),
        ]);
    }
    table.to_string()
}

fn cell(took: &Took) -> String {
    let lines = [
        Some(format!("{:.2} s", took.seconds)),
        took.cpu_seconds.map(|cpu| format!("{cpu:.2} s CPU")),
        took.bytes.map(|bytes| format!("{:.1} MB", bytes as f64 / 1e6)),
        took.peak_bytes.map(size),
    ];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

//! `yinshu bench psi --networks`: every protocol over slow networks, beside what the wire alone would take.
//!
//! The network is made in this process: the recipient dials a port here, and what comes is passed on to the
//! provider at the bandwidth and after half of the round trip, each way by itself ([`pipe`]).

pub(super) mod pipe;

use super::peers::{Nodes, sets};
use super::show::{grouped, none};
use crate::cli::Ui;
use crate::lang::Texts;
use crate::problem::Problem;
use crate::run::Way;
use crate::run::plan::{Link, Speed, choose, estimates};
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// The networks, by name.
const NETWORKS: [(&str, Link); 2] = [
    ("100 Mbit/s, 20 ms", Link { bits_per_second: 1e8, round_trip: 0.02 }),
    ("10 Mbit/s, 80 ms", Link { bits_per_second: 1e7, round_trip: 0.08 }),
];

/// Items of each side.
const SIZES: [u64; 3] = [1 << 8, 1 << 12, 1 << 16];
const QUICK: [u64; 1] = [1 << 8];

/// The ways that are run.
const WAYS: [Way; 3] = [Way::Ecdh, Way::Rr22, Way::Rr22Compact];

/// One network and size.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    network: &'static str,
    items: u64,
    /// What each way took, in seconds.
    took: Vec<(Way, f64)>,
    /// What would be chosen.
    chosen: Way,
    /// What bytes / bandwidth + rounds × round trip of the chosen way allows, in seconds: from dialling on, without any
    /// computing.
    floor: f64,
    /// What the chosen way took, in floors.
    ratio: f64,
}

/// Measures every network, size and way.
pub(super) fn run(quick: bool, ui: &mut Ui) -> Result<Vec<Figures>, Problem> {
    let sizes: &[u64] = if quick { &QUICK } else { &SIZES };
    let mut figures = Vec::new();
    for (network, link) in NETWORKS {
        for &items in sizes {
            ui.say("ui-bench-peers-case", &[("case", format!("{network}, {}", grouped(items)).into())]);
            figures.push(one(network, link, items, ui)?);
        }
    }
    Ok(figures)
}

fn one(network: &'static str, link: Link, items: u64, ui: &Ui) -> Result<Figures, Problem> {
    let folder = tempfile::tempdir().map_err(|e| Problem::writing(&std::env::temp_dir(), &e))?;
    let (own, other) = (folder.path().join("recipient.csv"), folder.path().join("provider.csv"));
    sets::write(&own, 0..items)?;
    sets::write(&other, items / 2..items / 2 + items)?;
    let nodes = Nodes::new(folder.path(), &other)?;
    let took = WAYS.map(|way| {
        ui.go_on()?;
        let word = serde_json::to_value(way).unwrap_or_default();
        let more = ["--protocol", word.as_str().unwrap_or_default()];
        Ok::<_, Problem>((way, nodes.intersect(&own, Some(link), &more, ui)?.seconds))
    });
    let all = estimates(None, items, items, link, &Speed::REFERENCE);
    let measured: Vec<_> = all.into_iter().filter(|one| WAYS.contains(&one.way)).collect();
    let chosen = choose(&measured);
    let best = measured.iter().find(|one| one.way == chosen);
    let floor = best.map_or(0.0, |one| one.seconds - one.computing);
    let took: Vec<(Way, f64)> = took.into_iter().collect::<Result<_, _>>()?;
    let ratio = took.iter().find(|(way, _)| *way == chosen).map_or(0.0, |(_, seconds)| seconds / floor);
    Ok(Figures { network, items, took, chosen, floor, ratio })
}

/// The figures as a table for people.
pub(super) fn table(figures: &[Figures], texts: &Texts) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    let heads = ["network", "items", "ecdh", "rr22", "compact", "chosen", "floor", "ratio"];
    table.set_header(heads.map(|head| texts.say(&format!("ui-bench-shaped-head-{head}"), &[])));
    for row in figures {
        let time = |way: Way| {
            let found = row.took.iter().find(|(one, _)| *one == way);
            found.map_or_else(none, |(_, seconds)| format!("{seconds:.2} s"))
        };
        let chosen = serde_json::to_value(row.chosen).unwrap_or_default();
        table.add_row([
            row.network.to_owned(),
            grouped(row.items),
            time(Way::Ecdh),
            time(Way::Rr22),
            time(Way::Rr22Compact),
            chosen.as_str().unwrap_or_default().to_owned(),
            format!("{:.2} s", row.floor),
            format!("{:.2}", row.ratio),
        ]);
    }
    table.to_string()
}

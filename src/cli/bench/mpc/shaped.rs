//! `yinshu bench mpc --networks`: smaller works over slow networks, beside what the wire alone would take.
//!
//! Each two parties have a wire of their own, made in this process ([`crate::cli::bench::shaped`]).

use super::show::{decimal, empty, seconds, security};
use super::work::{Job, Work};
use super::{Figures, one};
use crate::cli::Ui;
use crate::cli::bench::show::grouped;
use crate::lang::Texts;
use crate::problem::Problem;
use crate::run::plan::Link;
use serde::Serialize;
use yinshu_mpc::Security;

/// The networks, by name.
const NETWORKS: [(&str, Link); 2] = [
    ("1 Gbit/s, 1 ms", Link { bits_per_second: 1e9, round_trip: 0.001 }),
    ("100 Mbit/s, 20 ms", Link { bits_per_second: 1e8, round_trip: 0.02 }),
];

/// What is run, and how many rows of it.
const WORKS: [(Work, usize, Security); 13] = [
    (Work::Share, 100_000, Security::SemiHonest),
    (Work::Moments, 100_000, Security::SemiHonest),
    (Work::Multiply, 100_000, Security::SemiHonest),
    (Work::Multiply, 100_000, Security::Malicious),
    (Work::Less64, 100_000, Security::SemiHonest),
    (Work::Less64, 100_000, Security::Malicious),
    (Work::Sort, 10_000, Security::SemiHonest),
    (Work::Median, 10_000, Security::SemiHonest),
    (Work::Groups, 10_000, Security::SemiHonest),
    (Work::ReleasedGroups, 100_000, Security::SemiHonest),
    (Work::Join, 10_000, Security::SemiHonest),
    (Work::Correlation, 100_000, Security::SemiHonest),
    (Work::Logistic, 455, Security::SemiHonest),
];

/// The work with thousands of rounds is not run over round trips of more seconds than this.
const FAR: f64 = 0.01;

/// One work over one network.
#[derive(Debug, Serialize)]
pub(in crate::cli::bench) struct OverNetwork {
    network: &'static str,
    #[serde(flatten)]
    took: Figures,
    /// Bytes of the busiest wire over its bandwidth, and half a round trip for each step: without any computing. Steps that
    /// only draw shared randomness are among them, so that less than this is possible.
    floor: f64,
    /// Seconds over that.
    ratio: f64,
}

/// Measures every network and work.
pub(in crate::cli::bench) fn run(quick: bool, ui: &mut Ui) -> Result<Vec<OverNetwork>, Problem> {
    let mut figures = Vec::new();
    for (network, link) in NETWORKS {
        for (work, rows, security) in WORKS {
            if work == Work::Logistic && link.round_trip > FAR {
                continue;
            }
            let rows = if quick && work != Work::Logistic { rows / 10 } else { rows };
            ui.say("ui-bench-mpc-case", &[("case", network.into())]);
            let took = one(&Job { work, rows, security, runs: 1 }, Some(link), ui)?;
            let wire = took.widest_bytes as f64 * 8.0 / link.bits_per_second;
            let floor = wire + f64::from(took.steps) * link.round_trip / 2.0;
            figures.push(OverNetwork { network, ratio: took.seconds / floor, took, floor });
        }
    }
    Ok(figures)
}

/// The figures as a table for people.
pub(in crate::cli::bench) fn table(figures: &[OverNetwork], texts: &Texts) -> String {
    let heads = ["network", "work", "rows", "security", "time", "wire", "steps", "floor", "ratio"];
    let mut table = empty(&heads, texts);
    for row in figures {
        let took = &row.took;
        table.add_row([
            row.network.to_owned(),
            texts.say(&format!("ui-bench-mpc-{}", took.work.word()), &[]),
            grouped(took.rows as u64),
            security(took.security, texts),
            seconds(took.seconds),
            decimal(took.widest_bytes),
            grouped(took.steps.into()),
            seconds(row.floor),
            format!("{:.2}", row.ratio),
        ]);
    }
    table.to_string()
}

//! `yinshu bench psi --peers`: the same sets through this program and through others, in one run on one
//! machine, from CSV to CSV.
//!
//! The others come from the package index of Python into a folder of their own (`--venv`), at the versions
//! in [`theirs`]; their scripts are in `benches/peers/` and in this program. Each party is a process of its
//! own, as on two machines; all share these cores. Where Python 3.9 to 3.11 or the index is missing, our
//! figures stand alone.

mod cases;
mod nodes;
pub(super) mod sets;
mod show;
mod standard;
mod theirs;

pub(super) use show::table;

use crate::cli::Ui;
use crate::problem::Problem;
use cases::{CASES, Case, Shape};
pub(super) use nodes::{Ended, Nodes, no_process};
use serde::Serialize;
use std::path::Path;
use theirs::Peers;

/// What one side-by-side run took.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Took {
    /// From the first byte read to the last written.
    pub(super) seconds: f64,
    /// Processor time of both parties, where known.
    pub(super) cpu_seconds: Option<f64>,
    /// Bytes of both directions, where known.
    pub(super) bytes: Option<u64>,
    /// Peak memory of the larger party, where known.
    pub(super) peak_bytes: Option<u64>,
    /// Items in common that came out; none where only preparations were made.
    pub(super) shared: Option<u64>,
}

/// One row: ours, and theirs where it could be run.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// What was run.
    pub(super) case: &'static str,
    /// Items of the two sides.
    pub(super) items: (u64, u64),
    /// This program.
    pub(super) ours: Took,
    /// The other program's name and version.
    pub(super) peer: &'static str,
    /// What it took; none where it could not be run.
    pub(super) theirs: Option<Took>,
    /// Their seconds over ours.
    pub(super) times_quicker: Option<f64>,
    /// Seconds aimed at on the reference machine.
    pub(super) target_seconds: Option<f64>,
    /// Bytes aimed at.
    pub(super) target_bytes: Option<u64>,
}

/// Runs every case.
pub(super) fn run(quick: bool, venv: Option<&Path>, ui: &mut Ui) -> Result<Vec<Figures>, Problem> {
    let peers = Peers::install(venv, ui)?;
    let mut figures = Vec::new();
    for case in CASES.iter().filter(|case| !quick || case.quick) {
        ui.go_on()?;
        ui.say("ui-bench-peers-case", &[("case", case.name.into())]);
        figures.push(measure(case, peers.as_ref(), ui)?);
    }
    Ok(figures)
}

fn measure(case: &Case, peers: Option<&Peers>, ui: &Ui) -> Result<Figures, Problem> {
    let folder = tempfile::tempdir().map_err(|e| Problem::writing(&std::env::temp_dir(), &e))?;
    let (x, y) = case.items;
    let own = folder.path().join("recipient.csv");
    let other = folder.path().join("provider.csv");
    sets::write(&own, 0..x)?;
    sets::write(&other, x.min(y) / 2..x.min(y) / 2 + y)?;
    let expected = x.min(y) - x.min(y) / 2;
    let ours = match case.shape {
        Shape::Contract { protocol } => {
            let nodes = Nodes::new(folder.path(), &other)?;
            nodes.intersect(&own, None, &["--protocol", protocol], ui)?
        }
        Shape::Standard { suite } => standard::run(suite, folder.path(), [&own, &other], ui)?,
        Shape::Prepared => Nodes::prepared(folder.path(), &other)?.1,
        Shape::Asked => {
            let (nodes, _) = Nodes::prepared(folder.path(), &other)?;
            // The copy is fetched once for all queries.
            nodes.query(&own, ui)?;
            nodes.query(&own, ui)?
        }
    };
    let theirs = peers.map(|peers| peers.run(case, folder.path(), &own, &other, ui)).transpose()?.flatten();
    for took in std::iter::once(&ours).chain(&theirs) {
        match took.shared {
            Some(shared) if shared != expected => {
                let text = format!("{} found {shared} items where {expected} are shared", case.name);
                return Err(Problem::internal(text));
            }
            _ => {}
        }
    }
    Ok(Figures {
        case: case.name,
        items: case.items,
        times_quicker: theirs.as_ref().map(|theirs| theirs.seconds / ours.seconds),
        ours,
        peer: case.peer.name(),
        theirs,
        target_seconds: case.target_seconds,
        target_bytes: case.target_bytes,
    })
}

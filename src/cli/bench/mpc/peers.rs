//! `yinshu bench mpc --peers`: the same works through other programs, in the same run on the same machine.
//!
//! They come from the package index of Python ([`crate::cli::bench::python`]); their scripts are in `benches/peers/` and in this
//! program. Three processes each, without encryption and against parties that only look. Where they cannot be installed, our
//! figures stand alone.

use super::show::{empty, notes, seconds};
use super::work::{Job, Outcome, TABLE, Work};
use super::{Figures, one};
use crate::cli::Ui;
use crate::cli::bench::peers::Ended;
use crate::cli::bench::python::{Packages, Python, free_ports, last_object, script};
use crate::cli::bench::show::{grouped, none, size};
use crate::lang::Texts;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use yinshu_mpc::Security;

/// The packages, at the versions that the figures speak of.
const PACKAGES: Packages =
    Packages { names: &["spu==0.9.5", "mpyc==0.11"], test: "import spu, jax, mpyc.runtime" };

const SPU: &str = include_str!("../../../../benches/peers/spu.py");
const MPYC: &str = include_str!("../../../../benches/peers/mpyc.py");

/// Another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    /// SecretFlow SPU: replicated shares of three parties on a ring of 64 bits.
    Spu,
    /// MPyC: Shamir's shares modulo a prime.
    Mpyc,
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::Spu => "SecretFlow spu 0.9.5, ABY3",
            Self::Mpyc => "MPyC 0.11",
        }
    }
}

/// What is run through whom, at a size that it does in seconds.
const CASES: [(Work, usize, Peer); 15] = [
    (Work::Share, 1_000_000, Peer::Spu),
    (Work::Moments, 1_000_000, Peer::Spu),
    (Work::Multiply, 1_000_000, Peer::Spu),
    (Work::Less64, 1_000_000, Peer::Spu),
    (Work::Less32, 1_000_000, Peer::Spu),
    (Work::Sort, 100_000, Peer::Spu),
    (Work::Groups, 100_000, Peer::Spu),
    (Work::Correlation, 100_000, Peer::Spu),
    (Work::Logistic, 455, Peer::Spu),
    (Work::Share, 100_000, Peer::Mpyc),
    (Work::Moments, 100_000, Peer::Mpyc),
    (Work::Multiply, 100_000, Peer::Mpyc),
    (Work::Less64, 1_000, Peer::Mpyc),
    (Work::Less32, 1_000, Peer::Mpyc),
    (Work::Sort, 100, Peer::Mpyc),
];

/// What the other program took.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Theirs {
    seconds: f64,
    /// Processor time, of the parties that say it.
    cpu: Option<f64>,
    /// Bytes sent by the party that says most.
    #[serde(default)]
    sent: Option<u64>,
    /// Peak memory of the largest party.
    peak: Option<u64>,
    #[serde(flatten)]
    outcome: Outcome,
}

/// One work through this program and through another.
#[derive(Debug, Serialize)]
pub(in crate::cli::bench) struct Beside {
    ours: Figures,
    peer: &'static str,
    /// What it took; none where it could not be run.
    theirs: Option<Theirs>,
    /// Their seconds over ours.
    times_quicker: Option<f64>,
}

/// Runs every case; ours is taken from what was `measured` in this run, where it is there.
pub(in crate::cli::bench) fn run(
    quick: bool,
    venv: Option<&Path>,
    measured: &[Figures],
    ui: &mut Ui,
) -> Result<Vec<Beside>, Problem> {
    let Some(python) = Python::with(&PACKAGES, venv, ui)? else { return Ok(Vec::new()) };
    let folder = tempfile::tempdir().map_err(|e| Problem::writing(&std::env::temp_dir(), &e))?;
    let table = folder.path().join("breast_cancer.csv");
    fs::write(&table, TABLE).map_err(|e| Problem::writing(&table, &e))?;
    let mut figures = Vec::new();
    for (work, rows, peer) in CASES {
        let rows = if quick && rows > 1_000 { rows / 10 } else { rows };
        let job = Job { work, rows, security: Security::SemiHonest, runs: 3 };
        let same = |one: &&Figures| (one.work, one.rows, one.security) == (work, rows, job.security);
        let ours = match measured.iter().find(same) {
            Some(found) => found.clone(),
            None => one(&job, None, ui)?,
        };
        ui.go_on()?;
        ui.say("ui-bench-mpc-case", &[("case", format!("{}: {}", peer.name(), work.word()).into())]);
        let theirs = match peer {
            Peer::Spu => spu(&python, &job, folder.path(), &table)?,
            Peer::Mpyc => mpyc(&python, &job, folder.path())?,
        };
        let times_quicker = theirs.as_ref().map(|theirs| theirs.seconds / ours.seconds);
        figures.push(Beside { ours, peer: peer.name(), theirs, times_quicker });
    }
    Ok(figures)
}

/// Three processes; none where it fails, which is its answer.
fn spu(python: &Python, job: &Job, folder: &Path, table: &Path) -> Result<Option<Theirs>, Problem> {
    let (script, port) = (script(folder, "spu.py", SPU)?, free_ports(3)?);
    let start = |rank: u32| {
        let mut command = python.command();
        let words = [rank.to_string(), job.work.word(), job.rows.to_string(), port.to_string()];
        command.arg(&script).args(words).arg("--table").arg(table).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map(Ended)
    };
    let Ok(mut parties) = [0, 1, 2].into_iter().map(start).collect::<Result<Vec<_>, _>>() else {
        return Ok(None);
    };
    let mut told = Vec::new();
    for party in &mut parties {
        let mut text = Vec::new();
        let read = party.0.stdout.as_mut().map(|out| out.read_to_end(&mut text));
        match last_object(&text).and_then(|json| serde_json::from_value::<Theirs>(json).ok()) {
            Some(theirs) if read.is_some_and(|read| read.is_ok()) => told.push(theirs),
            _ => return Ok(None),
        }
    }
    let mut all = told[0].clone();
    all.seconds = told.iter().map(|party| party.seconds).fold(0.0, f64::max);
    all.cpu = told.iter().map(|party| party.cpu).sum();
    all.peak = told.iter().map(|party| party.peak).max().flatten();
    Ok(Some(all))
}

/// One process, which starts two others and speaks for itself alone.
fn mpyc(python: &Python, job: &Job, folder: &Path) -> Result<Option<Theirs>, Problem> {
    let (script, port) = (script(folder, "mpyc.py", MPYC)?, free_ports(3)?);
    let mut command = python.command();
    command.arg(script).arg(job.work.word()).arg(job.rows.to_string());
    command.args(["-M3", "--no-log", "-B"]).arg(port.to_string()).current_dir(folder);
    let ran = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    let json: Option<Value> = ran.ok().and_then(|ran| last_object(&ran.stdout));
    Ok(json.and_then(|json| serde_json::from_value(json).ok()))
}

/// Ours beside theirs.
pub(in crate::cli::bench) fn table(figures: &[Beside], texts: &Texts) -> String {
    let mut table = empty(&["work", "rows", "ours", "peer", "theirs", "quicker"], texts);
    for row in figures {
        let ours = [seconds(row.ours.seconds)].into_iter();
        let ours = ours.chain(row.ours.peak_bytes.map(size)).chain(notes(&row.ours.outcome, texts));
        let theirs = row.theirs.as_ref().map_or_else(none, |theirs| {
            let lines = [seconds(theirs.seconds)].into_iter().chain(theirs.peak.map(size));
            lines.chain(notes(&theirs.outcome, texts)).collect::<Vec<_>>().join("\n")
        });
        table.add_row([
            texts.say(&format!("ui-bench-mpc-{}", row.ours.work.word()), &[]),
            grouped(row.ours.rows as u64),
            ours.collect::<Vec<_>>().join("\n"),
            row.peer.to_owned(),
            theirs,
            row.times_quicker.map_or_else(none, |times| format!("{times:.1} ×")),
        ]);
    }
    table.to_string()
}

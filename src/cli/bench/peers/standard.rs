//! This program's side of the standard interconnection: two processes of it, as SecretFlow's are two.

use super::Took;
use super::nodes::{Ended, no_process};
use crate::cli::Ui;
use crate::cli::bench::python::free_ports;
use crate::cli::bench::watch::Watch;
use crate::problem::{CliError, Problem};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The words by which a child is known, for each rank.
const RANKS: [[&str; 4]; 2] = [["psi", "interconn", "--rank", "0"], ["psi", "interconn", "--rank", "1"]];

/// `psi interconn` between the two tables on one curve; rank 0 learns.
pub(super) fn run(suite: &str, folder: &Path, tables: [&Path; 2], ui: &Ui) -> Result<Took, Problem> {
    ui.go_on()?;
    let program = std::env::current_exe().map_err(|e| Problem::internal(e.to_string()))?;
    let first = free_ports(2)?;
    let address = |rank: usize| format!("127.0.0.1:{}", usize::from(first) + rank);
    let command = |rank: usize| {
        let mut command = Command::new(&program);
        command.args(["--lang", "en", "--json"]).args(RANKS[rank]);
        command.args(["--listen", &address(rank), "--peer", &address(1 - rank)]);
        command.args(["--suite", suite, "--result-rank", "0", "--column", "id"]);
        command.arg("--input").arg(tables[rank]).arg("--out").arg(folder.join(format!("ours-{rank}.csv")));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    };
    let watch = Watch::begin();
    let began = Instant::now();
    let mut other = Ended(command(1).spawn().map_err(no_process)?);
    let ran = command(0).output().map_err(no_process)?;
    let seconds = began.elapsed().as_secs_f64();
    let used = watch.end();
    let ended = other.0.wait().map_err(no_process)?;
    if !ran.status.success() || !ended.success() {
        let exit = if ran.status.success() { ended.code() } else { ran.status.code() };
        return Err(CliError::StepFailed { command: "psi interconn".to_owned(), exit }.into());
    }
    let json: Value = serde_json::from_slice(&ran.stdout)
        .map_err(|e| Problem::internal(format!("what psi interconn printed: {e}")))?;
    let figure = |pointer: &str| json.pointer(pointer).and_then(Value::as_u64);
    let parties = [used(&RANKS[0]), used(&RANKS[1])];
    Ok(Took {
        seconds,
        cpu_seconds: parties.iter().map(|used| used.map(|used| used.cpu)).sum(),
        bytes: figure("/meter/total/bytes_sent")
            .and_then(|sent| Some(sent + figure("/meter/total/bytes_received")?)),
        peak_bytes: parties.iter().flatten().map(|used| used.peak).max(),
        shared: figure("/shared"),
    })
}

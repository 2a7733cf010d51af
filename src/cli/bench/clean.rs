//! Rows read, decoded and cleaned a second, on one core, and the memory that takes.

use super::{machine, table};
use crate::cli::Ui;
use crate::problem::{CliError, Problem};
use crate::tables::CleanTable;
use serde::{Deserialize, Serialize};
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use yinshu_data::Source;

/// Rows a second aimed at.
pub(super) const TARGET_RATE: u64 = 1_000_000;
/// Peak memory aimed at, whatever the size of the file.
pub(super) const TARGET_PEAK: u64 = 200 << 20;

/// How often the table is read; the middle time counts.
const PASSES: usize = 3;

/// What cleaning took.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Figures {
    /// Rows of the table.
    pub(super) rows: u64,
    /// Rows that cleaning rejected.
    pub(super) rejected: u64,
    /// Columns of the table.
    pub(super) columns: usize,
    /// Length of the file.
    pub(super) bytes: u64,
    /// From opening the file to the last cleaned row: the middle one of three passes.
    pub(super) seconds: f64,
    /// Processor time of that pass: less than `seconds` where other programs took their share.
    pub(super) cpu_seconds: Option<f64>,
    /// Rows a second on one core.
    pub(super) rows_per_second: f64,
    /// What was aimed at.
    pub(super) target_rows_per_second: u64,
    /// Peak memory of the whole process.
    pub(super) peak_bytes: Option<u64>,
    /// What was aimed at.
    pub(super) target_peak_bytes: u64,
}

/// Measures in a process of its own, on `file` or on made rows.
pub(super) fn run(file: Option<&Path>, quick: bool, ui: &Ui) -> Result<Figures, Problem> {
    if let Some(path) = file {
        return alone(path, ui);
    }
    let rows = if quick { 100_000 } else { 1_000_000 };
    let folder = tempfile::tempdir().map_err(|e| Problem::writing(&std::env::temp_dir(), &e))?;
    let path = folder.path().join("sb_cbxx.csv");
    let bar = ui.progress("generate", rows);
    table::write(&path, rows, &bar, ui)?;
    drop(bar);
    alone(&path, ui)
}

/// Cleans the table three times in this process, which should have done nothing else.
pub(super) fn measure(path: &Path) -> Result<Figures, Problem> {
    let bytes = fs::metadata(path).map_err(|e| Problem::reading(path, &e))?.len();
    let (source, spec) = (Source::file(path), table::spec());
    let (mut rows, mut rejected, mut columns) = (0, 0, 0);
    let mut times = Vec::with_capacity(PASSES);
    for _ in 0..PASSES {
        let (began, cpu) = (Instant::now(), machine::thread_cpu());
        let mut table = CleanTable::open(&source, &spec)?;
        while let Some(batch) = table.next_batch()? {
            black_box(batch);
        }
        let cpu = cpu.and_then(|before| Some(machine::thread_cpu()? - before));
        times.push((began.elapsed().as_secs_f64(), cpu));
        (rows, rejected) = (table.report().rows_in, table.report().rows_rejected);
        columns = table.columns().len();
    }
    times.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let (seconds, cpu_seconds) = times[PASSES / 2];
    Ok(Figures {
        rows,
        rejected,
        columns,
        bytes,
        seconds,
        cpu_seconds,
        rows_per_second: rows as f64 / seconds,
        target_rows_per_second: TARGET_RATE,
        peak_bytes: machine::peak("self"),
        target_peak_bytes: TARGET_PEAK,
    })
}

/// A process that is ended with us.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It has ended already, unless something went wrong; then there is nobody to tell.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// [`measure`] in a process of its own: this program once more.
fn alone(path: &Path, ui: &Ui) -> Result<Figures, Problem> {
    let internal = |e: String| Problem::internal(format!("bench clean: {e}"));
    let program = std::env::current_exe().map_err(|e| internal(e.to_string()))?;
    let mut command = Command::new(program);
    command.args(["--json", "bench", "clean", "--file"]).arg(path);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = Ended(child.map_err(|e| internal(e.to_string()))?);
    let bar = ui.progress("clean", 0);
    let status = loop {
        ui.go_on()?;
        bar.set(0);
        match child.0.try_wait().map_err(|e| internal(e.to_string()))? {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    drop(bar);
    if !status.success() {
        return Err(CliError::StepFailed { command: "bench clean".to_owned(), exit: status.code() }.into());
    }
    #[derive(Deserialize)]
    struct Printed {
        clean: Figures,
    }
    // A few hundred bytes: the pipe held them while we waited.
    let out = child.0.stdout.take().ok_or_else(|| internal("no pipe".to_owned()))?;
    let printed: Printed = serde_json::from_reader(out).map_err(|e| internal(e.to_string()))?;
    Ok(printed.clean)
}

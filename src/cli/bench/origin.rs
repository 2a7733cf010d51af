//! A whole verification between two real nodes, as the demonstration plays it.

use super::watch::Watch;
use crate::cli::demo::{self, DemoArgs, Profile};
use crate::cli::{Global, Ui};
use crate::lang::Texts;
use crate::problem::Problem;
use crate::scenario::DEFAULT_SEED;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

/// Seconds aimed at for the county profile on two cores.
pub(super) const TARGET_SECONDS: u64 = 120;
/// Peak memory of a node aimed at, whatever the profile.
pub(super) const TARGET_PEAK: u64 = 1 << 30;

/// What the verification took.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// The size.
    pub(super) profile: Profile,
    /// Rows in the returned files.
    pub(super) returned_rows: u64,
    /// Rows in the county's own table.
    pub(super) local_rows: u64,
    /// Match tokens the county asked about.
    pub(super) asked_tokens: u64,
    /// Match tokens the provider showed.
    pub(super) shown_tokens: u64,
    /// Both halves.
    pub(super) seconds: f64,
    /// Processor time of both nodes, all threads together. Two idle cores need at least half of it.
    pub(super) cpu_seconds: Option<f64>,
    /// The half done at the county alone.
    pub(super) here_seconds: f64,
    /// The half done with the provider, the wait for it included.
    pub(super) there_seconds: f64,
    /// For the county profile on two cores.
    pub(super) target_seconds: Option<u64>,
    /// Bytes of both directions.
    pub(super) bytes: u64,
    /// Changes of direction.
    pub(super) rounds: u64,
    /// Peak memory of the county's process.
    pub(super) county_peak_bytes: Option<u64>,
    /// Peak memory of the provider's process.
    pub(super) provider_peak_bytes: Option<u64>,
    /// What was aimed at, for each.
    pub(super) target_peak_bytes: u64,
    /// Whether every planted defect was found, and nothing else.
    pub(super) perfect: bool,
}

/// Plays the demonstration in a temporary folder and reads what it reported of itself.
pub(super) fn run(profile: Profile, ui: &Ui) -> Result<Figures, Problem> {
    let folder = tempfile::tempdir().map_err(|e| Problem::writing(&std::env::temp_dir(), &e))?;
    let args = DemoArgs { profile, out: folder.path().join("demo"), seed: DEFAULT_SEED };
    // It narrates nothing: as under --json. Its long steps show their progress themselves.
    let mut silent = Ui::new(Texts::new(ui.texts().lang()), Global { json: true, ..Global::plain() });
    let watch = Watch::begin();
    let done = demo::run(&args, &mut silent);
    let used = watch.end();
    let done = done?.json;
    let report = done["report"].as_str().ok_or_else(|| Problem::internal("the demo names no report"))?;
    let report = read(Path::new(report))?;
    let figure = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    let list = |pointer: &str| report.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    let seconds = |step: &str| {
        let timings = list("/cost/timings");
        let found = timings.iter().find(|timing| timing["step"] == step);
        found.and_then(|timing| timing["seconds"].as_f64()).unwrap_or_default()
    };
    let total = list("/cost/traffic").into_iter().find(|t| t["phase"] == "total").unwrap_or_default();
    let traffic = |name: &str| total[name].as_u64().unwrap_or_default();
    let (county, provider) = (used(&["origin", "verify"]), used(&["node", "--sessions"]));
    let fields = list("/private/fields").len() as u64;
    Ok(Figures {
        profile,
        returned_rows: figure("/sizes/returned_rows"),
        local_rows: figure("/sizes/local_rows"),
        asked_tokens: figure("/private/asked_keys") + fields * figure("/private/asked_per_field"),
        shown_tokens: figure("/private/shown"),
        seconds: seconds("here") + seconds("there"),
        cpu_seconds: county.and_then(|county| Some(county.cpu + provider?.cpu)),
        here_seconds: seconds("here"),
        there_seconds: seconds("there"),
        target_seconds: (profile == Profile::County).then_some(TARGET_SECONDS),
        bytes: traffic("sent") + traffic("received"),
        rounds: traffic("rounds"),
        county_peak_bytes: county.map(|used| used.peak),
        provider_peak_bytes: provider.map(|used| used.peak),
        target_peak_bytes: TARGET_PEAK,
        perfect: done["perfect"] == true,
    })
}

fn read(path: &Path) -> Result<Value, Problem> {
    let bytes = std::fs::read(path).map_err(|e| Problem::reading(path, &e))?;
    serde_json::from_slice(&bytes).map_err(|e| Problem::internal(format!("report.json: {e}")))
}

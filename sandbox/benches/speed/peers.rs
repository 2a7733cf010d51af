//! Other programs over the same tables: SmartNoise-SQL, OpenDP and ACRO, by the scripts in `benches/peers/`.

use super::county::{self, County};
use super::{Line, RUNS, grouped};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A table of 2,000 cells.
pub(super) const CELLS: &str = "SELECT sex, street, COUNT(*) AS n FROM people GROUP BY sex, street";

/// And one of 20.
const FEW_CELLS: &str = "SELECT sex, town, COUNT(*) AS n FROM people GROUP BY sex, town";

/// Counts, sums and means by group.
pub(super) fn question(table: &str, key: &str, column: &str) -> String {
    format!("SELECT {key}, COUNT(*) AS n, SUM({column}) AS s, AVG({column}) AS m FROM {table} GROUP BY {key}")
}

/// Each beside ours, over the persons. A peer that cannot be run is named, and has no line.
pub(super) async fn beside(county: &County, folder: &Path, lines: &mut Vec<Line>) {
    for (name, script) in [("SmartNoise-SQL", "smartnoise"), ("OpenDP", "opendp")] {
        for key in ["town", "street"] {
            let case = format!("with noise: persons by {key} ({})", county::groups(key));
            let Some(theirs) = run(folder, script, county, key) else { continue };
            let ours = county.asked_with_noise("people", &question("people", key, "wage"), RUNS).await;
            lines.push(Line::of(case, ours, 0.1, (name, theirs)));
        }
    }
    for (key, cells, asked) in [("town", 20, FEW_CELLS), ("street", 2000, CELLS)] {
        let Some(theirs) = run(folder, "acro", county, key) else { continue };
        let ours = county.asked("people", asked, RUNS).await;
        let case = format!("disclosure control of {} cells", grouped(cells));
        lines.push(Line::of(case, ours, 0.1, ("ACRO", theirs)));
    }
}

/// How long it took by its own watch, without reading the table.
fn run(folder: &Path, peer: &str, county: &County, key: &str) -> Option<Duration> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../benches/peers/{peer}.py"));
    eprintln!("{peer}, by {key} ...");
    let mut command = Command::new(folder.join(peer).join("bin/python"));
    let out = command.arg(script).arg(county.csv("people")).arg(key).output().ok()?;
    let said = String::from_utf8_lossy(&out.stdout);
    let line = said.lines().rev().find(|line| line.starts_with('{'));
    let json: Option<serde_json::Value> = line.and_then(|line| serde_json::from_str(line).ok());
    let seconds = json.and_then(|json| json["seconds"].as_f64());
    if seconds.is_none() {
        let said = String::from_utf8_lossy(&out.stderr);
        eprintln!("{peer} cannot be run: {}", said.lines().last().unwrap_or_default());
    }
    seconds.map(Duration::from_secs_f64)
}

//! The speed of the sandbox, each line beside what it is compared with, in one run on this machine.
//!
//! ```text
//! benches/sandbox                                                  installs the peers, runs this with them
//! cargo bench -p yinshu-sandbox --bench speed [-- --quick] [-- --peers FOLDER]
//! ```
//!
//! A question is the whole way: it is read, recorded and synced, run in a process of its own that is shut in, judged against
//! the history or charged and given noise, looked through, recorded again. Peers are timed without reading the table. Of every
//! line the least of several runs is told; nothing is asserted.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement"
)]

mod county;
mod peers;
mod plain;
mod watch;

use comfy_table::{Table, presets};
use county::County;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use yinshu_sandbox::{question, worker};

/// Runs of a line.
const RUNS: usize = 5;

/// A line of the table.
pub(crate) struct Line {
    case: String,
    ours: Duration,
    /// What the aim is, as it is told.
    aim: String,
    met: bool,
    /// What it is compared with, and how long that took.
    beside: Option<(String, Duration)>,
}

impl Line {
    /// A line whose aim is a time.
    fn within(case: impl Into<String>, ours: Duration, most: Duration) -> Self {
        let aim = format!("{} ms", most.as_millis());
        Self { case: case.into(), ours, aim, met: ours <= most, beside: None }
    }

    /// A line whose aim is to take no more than so much of what another takes.
    fn of(case: impl Into<String>, ours: Duration, most: f64, other: (&str, Duration)) -> Self {
        let met = ours.as_secs_f64() <= most * other.1.as_secs_f64();
        let aim = format!("{most} of it");
        Self { case: case.into(), ours, aim, met, beside: Some((other.0.to_owned(), other.1)) }
    }
}

/// The least time of several runs, and what the last gave.
pub(crate) fn least<T>(runs: usize, mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut once = || {
        let began = Instant::now();
        let gave = run();
        (began.elapsed(), gave)
    };
    let (mut time, mut gave) = once();
    for _ in 1..runs {
        let (again, last) = once();
        (time, gave) = (time.min(again), last);
    }
    (time, gave)
}

fn main() -> ExitCode {
    if let Some(code) = worker::called() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let peers = arguments.iter().position(|argument| argument == "--peers");
    let peers = peers.and_then(|at| arguments.get(at + 1)).map(PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let lines = runtime.block_on(measured(if quick { 100_000 } else { 1_000_000 }, peers));
    println!("{}", table(&lines));
    ExitCode::SUCCESS
}

async fn measured(rows: usize, folder: Option<PathBuf>) -> Vec<Line> {
    eprintln!("{rows} persons with one row each, {rows} visits of {} persons ...", rows / county::EACH);
    let county = County::new(rows).await;
    let mut lines = vec![reading(&county), starting(&county).await];
    released(&county, rows, &mut lines).await;
    eprintln!("{} visits ...", 10 * rows);
    let large = County::of_visits(10 * rows).await;
    released_of(&large, 10 * rows, &mut lines).await;
    lines.push(given_up(&large).await);
    drop(large);
    noisy(&county, rows, &mut lines).await;
    if let Some(folder) = folder {
        peers::beside(&county, &folder, &mut lines).await;
    }
    lines
}

/// From a question's text to what would be run.
fn reading(county: &County) -> Line {
    let (dataset, policy) = county.read("people");
    let asked = "SELECT town, CASE WHEN age < 18 THEN 'child' WHEN age < 60 THEN 'adult' ELSE 'old' END AS band, COUNT(*) AS n, \
                 SUM(wage) AS wages, AVG(wage) AS mean, STDDEV(wage) AS spread FROM people WHERE age BETWEEN 1 AND 99 \
                 AND town <> 't07' GROUP BY 1, 2 ORDER BY n DESC LIMIT 20";
    let (time, read) = least(20, || question::read(asked, &dataset, &policy).map(drop));
    read.unwrap();
    Line::within("reading and checking a question", time, Duration::from_millis(5))
}

/// A question over a handful of rows: two workers are started and killed.
async fn starting(county: &County) -> Line {
    let time = county.asked("handful", "SELECT COUNT(*) AS n FROM handful", RUNS * 2).await;
    Line::within("a whole question over 100 rows, a worker started", time, Duration::from_millis(60))
}

async fn released(county: &County, rows: usize, lines: &mut Vec<Line>) {
    released_of(county, rows, lines).await;
    let cells = county.asked("people", peers::CELLS, RUNS).await;
    let plain = plain::Plain::people(county).await;
    let bare = plain.cells().await;
    lines.push(Line::within(
        "2,000 cells of two dimensions, counted, less the query itself",
        cells.saturating_sub(bare),
        Duration::from_millis(300),
    ));
}

/// Visits by group, released, beside plain DataFusion over the same numbers in memory.
async fn released_of(county: &County, rows: usize, lines: &mut Vec<Line>) {
    let plain = plain::Plain::visits(county).await;
    for key in ["town", "street"] {
        let asked =
            format!("SELECT {key}, COUNT(*) AS n, SUM(cost) AS s, AVG(cost) AS m FROM visits GROUP BY {key}");
        let ours = county.asked("visits", &asked, RUNS).await;
        let theirs = plain.by_person(key).await;
        let case = format!("{} visits by {key} ({})", grouped(rows), county::groups(key));
        lines.push(Line::of(case, ours, 1.5, ("DataFusion, by person first", theirs)));
    }
}

async fn noisy(county: &County, rows: usize, lines: &mut Vec<Line>) {
    for (table, column, limit) in [("people", "wage", 60), ("visits", "cost", 300)] {
        for key in ["town", "street"] {
            let asked = peers::question(table, key, column);
            let ours = county.asked_with_noise(table, &asked, RUNS).await;
            let case = format!("with noise: {} {table} by {key} ({})", grouped(rows), county::groups(key));
            lines.push(Line::within(case, ours, Duration::from_millis(limit)));
        }
    }
}

/// From giving a question up to its process being gone.
async fn given_up(county: &County) -> Line {
    let time =
        watch::given_up(county, "SELECT street, town, MEDIAN(cost) AS m FROM visits GROUP BY street, town")
            .await;
    Line::within("a question given up: until its process is gone", time, Duration::from_secs(1))
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let at = |(place, digit): (usize, char)| {
        let comma = place > 0 && (digits.len() - place).is_multiple_of(3);
        [comma.then_some(','), Some(digit)]
    };
    digits.chars().enumerate().flat_map(at).flatten().collect()
}

fn table(lines: &[Line]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["case", "ours", "aim", "", "beside", "theirs", "theirs / ours"]);
    let told = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    for line in lines {
        let (beside, theirs, ratio) = match &line.beside {
            None => (String::new(), String::new(), String::new()),
            Some((name, time)) => {
                let ratio = time.as_secs_f64() / line.ours.as_secs_f64();
                (name.clone(), told(*time), format!("{ratio:.2}"))
            }
        };
        let met = if line.met { "met" } else { "missed" };
        table.add_row([
            line.case.clone(),
            told(line.ours),
            line.aim.clone(),
            met.to_owned(),
            beside,
            theirs,
            ratio,
        ]);
    }
    table
}

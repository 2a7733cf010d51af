//! `yinshu reports`: counts, sums, histograms and vectors of many small reports.

use super::{Done, Ui};
use crate::node::Node;
use crate::problem::Problem;
use crate::run::{self, CollectJob, CollectRun, FileJob, JudgeJob};
use crate::tables::named_source;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::json;
use std::path::PathBuf;
use yinshu_reports::Outcome;

/// `yinshu reports …`.
#[derive(Debug, clap::Args)]
pub struct ReportsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ReportsCommand,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum ReportsCommand {
    /// Shows this node's key for reports.
    Key(KeyArgs),
    /// Makes reports.
    File(FileArgs),
    /// Judges reports, with the other aggregator.
    Judge(JudgeArgs),
    /// Opens the figures of a batch.
    Collect(CollectArgs),
}

/// Options of `yinshu reports key`.
#[derive(Debug, clap::Args)]
pub struct KeyArgs {}

/// Options of `yinshu reports file`.
#[derive(Debug, clap::Args)]
pub struct FileArgs {
    /// The contract.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// A table, each row of which is a report.
    #[arg(long, value_name = "CSV", required_unless_present = "value")]
    pub input: Option<PathBuf>,
    /// One report.
    #[arg(long, value_name = "TEXT", num_args = 1.., conflicts_with = "input")]
    pub value: Vec<String>,
    /// The file of reports to write.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Options of `yinshu reports judge`.
#[derive(Debug, clap::Args)]
pub struct JudgeArgs {
    /// The contract.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// A file of reports, or a folder of them.
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// A table of what was rejected.
    #[arg(long, value_name = "FILE")]
    pub rejected: Option<PathBuf>,
}

/// Options of `yinshu reports collect`.
#[derive(Debug, clap::Args)]
pub struct CollectArgs {
    /// The contract.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// The figures: `.csv`, `.parquet` or `.json`.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Writes what was collected last once more.
    #[arg(long)]
    pub again: bool,
}

/// Does what was asked with reports.
pub fn run(args: &ReportsArgs, ui: &mut Ui) -> Result<Done, Problem> {
    match &args.command {
        ReportsCommand::Key(_) => key(ui),
        ReportsCommand::File(args) => file(args, ui),
        ReportsCommand::Judge(args) => judge(args, ui),
        ReportsCommand::Collect(args) => collect(args, ui),
    }
}

fn key(ui: &mut Ui) -> Result<Done, Problem> {
    let key = run::reports_key(&Node::open(ui.dir())?)?.public();
    ui.print(&key.to_string());
    Ok(Done::with(json!({ "key": key })))
}

fn file(args: &FileArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let job = FileJob {
        contract: args.contract.clone(),
        input: args.input.as_deref().map(named_source).transpose()?,
        values: args.value.clone(),
        out: args.out.clone(),
    };
    let filed = run::file_reports(&job, ui)?;
    let args = [
        ("reports", filed.reports.into()),
        ("path", filed.out.display().to_string().into()),
        ("digest", filed.contract.to_string().into()),
    ];
    ui.say("ui-reports-filed", &args);
    Ok(Done::with(json!(filed)))
}

fn judge(args: &JudgeArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let job = JudgeJob {
        contract: args.contract.clone(),
        input: args.input.clone(),
        rejected: args.rejected.clone(),
    };
    let found = run::judge_reports(&node, &job, ui)?;
    let tally = found.judged.tally;
    let counts = [
        ("batch", found.judged.batch.into()),
        ("accepted", tally.of(Outcome::Accepted).into()),
        ("rejected", tally.rejected().into()),
        ("passed", found.judged.passed.into()),
        ("smallest", found.smallest.into()),
    ];
    ui.say("ui-reports-judged", &counts);
    for outcome in Outcome::ALL.into_iter().skip(1).filter(|outcome| tally.of(*outcome) > 0) {
        ui.say(&format!("ui-reports-{}", outcome.word()), &[("count", tally.of(outcome).into())]);
    }
    for passed in &found.passed_over {
        let why = Problem::from(passed.why.clone()).what(ui.texts());
        ui.say("ui-reports-passed-over", &[("why", why.into())]);
    }
    Ok(Done::with(json!(found)))
}

fn collect(args: &CollectArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let job = CollectJob { contract: args.contract.clone(), out: args.out.clone(), again: args.again };
    let found = run::collect_reports(&node, &job)?;
    let shown = table(&found, ui);
    ui.print(&shown);
    let args = [
        ("batch", found.batch.into()),
        ("accepted", found.tally.of(Outcome::Accepted).into()),
        ("path", found.out.display().to_string().into()),
    ];
    ui.say("ui-reports-collected", &args);
    Ok(Done::with(json!(found)))
}

/// The most figures that a terminal is given; the file has all.
const LINES: usize = 60;

fn table(found: &CollectRun, ui: &Ui) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    let heads = ["ui-reports-head-name", "ui-reports-head-total", "ui-reports-head-each"];
    table.set_header(heads.map(|head| ui.texts().say(head, &[])));
    for figure in found.figures.iter().take(LINES) {
        table.add_row([figure.name.clone(), figure.total.to_string(), format!("{:.4}", figure.per_report)]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

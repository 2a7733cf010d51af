//! `yinshu audit`: verifies, exports and checkpoints the audit log, and counts privacy budgets from it.

use super::{Done, Ui};
use crate::config::{Folder, read_key};
use crate::lang::Lang;
use crate::node::Node;
use crate::problem::{CliError, Exit, Problem};
use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use yinshu_audit::{AuditError, Budget, Checkpoint, Language, Log, Verified, export};
use yinshu_crypto::sign::PublicKey;

/// `yinshu audit …`.
#[derive(Debug, clap::Args)]
pub struct AuditArgs {
    /// What to do with the log.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What to do with the log.
#[derive(Debug, clap::Subcommand)]
pub enum AuditCommand {
    /// Checks it with the public key alone.
    Verify(VerifyArgs),
    /// Writes it as CSV or JSONL.
    Export(ExportArgs),
    /// Signs a checkpoint of this node's log.
    Checkpoint(CheckpointArgs),
    /// Says how much of each data set's privacy budget is spent.
    Budget(BudgetArgs),
}

/// Options of `yinshu audit verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// The log.
    #[arg(value_name = "LOG")]
    pub log: PathBuf,
    /// The node's public key, or a file that holds it.
    #[arg(long, value_name = "KEY")]
    pub key: String,
    /// A checkpoint kept elsewhere.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
}

/// Options of `yinshu audit export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The log.
    #[arg(value_name = "LOG")]
    pub log: PathBuf,
    /// The node's public key, or a file that holds it; this node's by default.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// The format.
    #[arg(long, value_enum, default_value = "csv")]
    pub format: Format,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// What an export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a spreadsheet: UTF-8 with a byte order mark.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// Options of `yinshu audit checkpoint`.
#[derive(Debug, clap::Args)]
pub struct CheckpointArgs {
    /// The file to write; shown by default.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `yinshu audit budget`.
#[derive(Debug, clap::Args)]
pub struct BudgetArgs {
    /// The δ for which ε is said.
    #[arg(long, value_name = "DELTA", default_value = "1e-6", value_parser = delta)]
    pub delta: f64,
}

fn delta(text: &str) -> Result<f64, String> {
    let found = text.parse::<f64>().map_err(|e| e.to_string())?;
    if found > 0.0 && found < 1.0 { Ok(found) } else { Err("0 < δ < 1".to_owned()) }
}

/// Does what was asked with the log.
pub fn run(args: &AuditArgs, ui: &mut Ui) -> Result<Done, Problem> {
    match &args.command {
        AuditCommand::Verify(args) => verify(args, ui),
        AuditCommand::Export(args) => export(args, ui),
        AuditCommand::Checkpoint(args) => checkpoint(args, ui),
        AuditCommand::Budget(args) => budgets(args, ui),
    }
}

fn verify(args: &VerifyArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let key = public_key(&args.key)?;
    let saved = args.checkpoint.as_deref().map(Checkpoint::load).transpose()?;
    let verified = yinshu_audit::verify(&args.log, &key, saved.as_ref()).map_err(found)?;
    tell(&verified, &args.log, ui);
    Ok(Done::with(json!({ "log": args.log.display().to_string(), "verified": verified })))
}

/// A log that holds, in a few lines.
fn tell(verified: &Verified, log: &Path, ui: &mut Ui) {
    ui.say(
        "ui-audit-verified",
        &[("log", log.display().to_string().into()), ("records", verified.records.into())],
    );
    if let (Some(first), Some(last)) = (verified.first, verified.last) {
        ui.say("ui-audit-span", &[("first", first.to_string().into()), ("last", last.to_string().into())]);
    }
    ui.say("ui-audit-root", &[("root", verified.head.root.to_string().into())]);
    match verified.checkpoint {
        Some(records) => ui.say("ui-audit-checkpointed", &[("records", records.into())]),
        None => ui.say("ui-audit-no-checkpoint", &[]),
    }
    if verified.backwards_count > 0 {
        ui.say("ui-audit-backwards", &[("records", verified.backwards_count.into())]);
    }
}

/// A log that does not hold is what `verify` is there to find: exit code 1, unless the file could
/// not be read at all.
fn found(error: AuditError) -> Problem {
    let problem = Problem::from(error);
    if problem.exit() == Exit::Files { problem } else { problem.exiting(Exit::Found) }
}

fn export(args: &ExportArgs, ui: &mut Ui) -> Result<Done, Problem> {
    if same_file(&args.log, &args.out) {
        return Err(CliError::SameFile { path: args.out.display().to_string() }.into());
    }
    let key = match &args.key {
        Some(given) => public_key(given)?,
        None => read_key(&Folder(ui.dir().to_owned()).node_key())?.public(),
    };
    let language = match ui.texts().lang() {
        Lang::Zh => Language::Chinese,
        Lang::En => Language::English,
    };
    let failed = |e: std::io::Error| Problem::writing(&args.out, &e);
    let folder = args.out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Beside, and renamed once the whole log has been found sound.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let to = BufWriter::new(&mut file);
    let verified = match args.format {
        Format::Csv => export::csv(&args.log, &key, None, language, to),
        Format::Jsonl => export::jsonl(&args.log, &key, None, language, to),
    }
    .map_err(found)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&args.out).map_err(|e| failed(e.error))?;
    let out = args.out.display().to_string();
    ui.say("ui-audit-exported", &[("records", verified.records.into()), ("out", out.clone().into())]);
    Ok(Done::with(json!({ "records": verified.records, "out": out })))
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn checkpoint(args: &CheckpointArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let folder = Folder(ui.dir().to_owned());
    let mut log = Log::open(&folder.audit_log(), read_key(&folder.node_key())?)?;
    let saved = log.checkpoint()?;
    let records = saved.head().size;
    match &args.out {
        Some(out) => {
            saved.save(out)?;
            let out = out.display().to_string();
            ui.say("ui-audit-checkpoint-saved", &[("records", records.into()), ("out", out.into())]);
        }
        None => ui.print(&saved.to_string()),
    }
    Ok(Done::with(json!({ "records": records, "checkpoint": saved.to_string() })))
}

/// What each data set with a privacy budget has spent, counted from the log, which has to hold: a charge that was taken out
/// or changed would be spent again.
fn budgets(args: &BudgetArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let log = node.folder.audit_log();
    // One that was not begun has no charges.
    if log.exists() {
        yinshu_audit::verify(&log, &node.key()?.public(), None).map_err(found)?;
    }
    let budgets = node.budgets()?;
    if budgets.is_empty() {
        ui.say("ui-audit-no-budget", &[]);
    } else {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
        let heads = ["catalogue", "total", "spent", "left", "charges", "epsilon"];
        table.set_header(heads.map(|head| ui.texts().say(&format!("ui-audit-budget-{head}"), &[])));
        for (catalogue, budget) in &budgets {
            let (spent, left) = (budget.spent.rho.to_string(), budget.left().to_string());
            let epsilon = epsilon(budget, args.delta);
            let (total, charges) = (budget.total.to_string(), budget.charges.to_string());
            table.add_row([catalogue.clone(), total, spent, left, charges, epsilon]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        ui.print(&table.to_string());
        ui.say("ui-audit-budget-long", &[("delta", args.delta.to_string().into())]);
    }
    let one = |(catalogue, budget): &(String, Budget)| {
        let epsilon = budget.spent.epsilon_at(args.delta);
        json!({ "catalogue": catalogue, "budget": budget, "left": budget.left(), "epsilon_at_delta": epsilon })
    };
    Ok(Done::with(json!({ "delta": args.delta, "budgets": budgets.iter().map(one).collect::<Vec<_>>() })))
}

/// What was spent as the ε for a δ, rounded up.
fn epsilon(budget: &Budget, delta: f64) -> String {
    let round = |epsilon: f64| format!("{:.4}", (epsilon * 1e4).ceil() / 1e4);
    budget.spent.epsilon_at(delta).map_or_else(|| "∞".to_owned(), round)
}

/// A public key as given: the key itself, or a file whose first line it is.
fn public_key(given: &str) -> Result<PublicKey, Problem> {
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let bad = || CliError::BadPublicKey { given: given.to_owned() };
    let path = Path::new(given);
    // The text of a key, mistyped, is no file name.
    if given.starts_with("ed25519:") || !path.exists() {
        return Err(bad().into());
    }
    let text = std::fs::read_to_string(path).map_err(|e| Problem::reading(path, &e))?;
    text.lines().next().and_then(|line| line.trim().parse().ok()).ok_or_else(|| bad().into())
}

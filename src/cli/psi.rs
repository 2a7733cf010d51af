//! `yinshu psi`: private set intersection over one column.

mod interconn;
mod join;
pub(super) mod plan;
mod prepare;
mod query;
mod several;
mod update;

pub use interconn::InterconnArgs;
pub use join::JoinArgs;
pub use plan::PlanArgs;
pub use prepare::PrepareArgs;
pub use query::QueryArgs;
pub use update::UpdateArgs;

use super::{Done, Ui};
use crate::node::Node;
use crate::problem::Problem;
use crate::run::{self, IntersectJob, Intersected, Joined, Shown};
use crate::tables::named_source;
use plan::bandwidth;
use serde_json::json;
use std::path::{Path, PathBuf};

/// `yinshu psi …`.
#[derive(Debug, clap::Args)]
pub struct PsiArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PsiCommand,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum PsiCommand {
    /// Runs one intersection under a contract.
    Run(RunArgs),
    /// Takes part in a run of several as a provider that nobody can dial.
    Join(JoinArgs),
    /// Intersects with a party of another make, by the standard.
    Interconn(InterconnArgs),
    /// Says what a run would cost and tell, before anything is sent.
    Plan(PlanArgs),
    /// Makes and updates the stored encoding of a large table.
    Prepare(PrepareArgs),
    /// Asks a provider's stored encoding about a small table.
    Query(QueryArgs),
    /// Says what entered or left an intersection since the last update.
    Update(UpdateArgs),
}

/// Options of `yinshu psi run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The contract.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// The table.
    #[arg(long, value_name = "CSV")]
    pub input: PathBuf,
    /// The column that holds the key; as the contract calls it where left out.
    #[arg(long, value_name = "NAME")]
    pub column: Option<String>,
    /// Names of columns in the contract and in the table.
    #[arg(long, value_name = "CONTRACT=TABLE", value_delimiter = ',', value_parser = renamed)]
    pub map: Vec<(String, String)>,
    /// The rows in common: `.csv` or `.parquet`.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Columns of the table to write.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// The protocol; the quickest that the contract allows where left out.
    #[arg(long, value_enum)]
    pub protocol: Option<run::Way>,
    /// The network's bandwidth, for the choice of the protocol.
    #[arg(long, value_name = "RATE", value_parser = bandwidth, default_value = "1gbit")]
    pub bandwidth: f64,
    /// Memory for the keys: sets that need more are divided on disk.
    #[arg(long, value_name = "SIZE", value_parser = memory, default_value = "1gib")]
    pub memory: u64,
    /// Workers that share the parts of divided sets, each over a channel of its own.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64), default_value_t = 1)]
    pub workers: u16,
    /// Discard an unfinished run of this contract rather than resume it.
    #[arg(long)]
    pub fresh: bool,
}

/// What an intersection may take where nobody says: 1 GiB.
const MEMORY: u64 = 1 << 30;

/// Bytes: `512mib`, `4gib`, `300kib`.
fn memory(text: &str) -> Result<u64, String> {
    let text = text.to_ascii_lowercase();
    let units = [("gib", 30), ("mib", 20), ("kib", 10)];
    let found = units.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)));
    let number = found.and_then(|(digits, shift)| digits.trim().parse::<u64>().ok()?.checked_mul(1 << shift));
    number.filter(|number| *number > 0).ok_or_else(|| "512mib, 4gib, 300kib".to_owned())
}

/// A column's name in the contract and in the table: `id=身份证号`.
fn renamed(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((contract, table)) if !contract.is_empty() && !table.is_empty() => {
            Ok((contract.to_owned(), table.to_owned()))
        }
        _ => Err("id=身份证号".to_owned()),
    }
}

/// Runs a command about intersections.
pub fn run(args: &PsiArgs, ui: &mut Ui) -> Result<Done, Problem> {
    match &args.command {
        PsiCommand::Run(args) => intersect(args, ui),
        PsiCommand::Join(args) => join::run(args, ui),
        PsiCommand::Query(args) => query::run(args, ui),
        PsiCommand::Update(args) => update::run(args, ui),
        PsiCommand::Plan(args) => plan::run(args, ui),
        PsiCommand::Prepare(args) => prepare::run(args, ui),
        PsiCommand::Interconn(args) => interconn::run(args, ui),
    }
}

fn intersect(args: &RunArgs, ui: &mut Ui) -> Result<Done, Problem> {
    if several::is_for(&args.contract) {
        return several::run(args, ui);
    }
    let node = Node::open(ui.dir())?;
    let job = IntersectJob {
        contract: args.contract.clone(),
        input: named_source(&args.input)?,
        column: args.column.clone().unwrap_or_default(),
        map: args.map.clone(),
        out: args.out.clone(),
        columns: args.columns.clone(),
        way: args.protocol,
        bandwidth: args.bandwidth,
        copy: None,
        memory: args.memory,
        workers: args.workers,
        fresh: args.fresh,
    };
    let found = under_contract(&node, &job, ui)?;
    Ok(show(&found, &args.out, ui))
}

fn under_contract(node: &Node, job: &IntersectJob, ui: &Ui) -> Result<Intersected, Problem> {
    run::intersect(node, job, ui)
}

/// Says what came out.
fn show(found: &Intersected, out: &Path, ui: &mut Ui) -> Done {
    let path = out.display().to_string();
    match found.shared {
        Shown::Exactly(count) if found.out.is_none() => ui.say(
            "ui-psi-counted",
            &[("own", found.own.into()), ("peer", found.peer.into()), ("shared", count.into())],
        ),
        Shown::Exactly(count) => ui.say(
            "ui-psi-done",
            &[
                ("own", found.own.into()),
                ("peer", found.peer.into()),
                ("shared", count.into()),
                ("path", path.into()),
            ],
        ),
        Shown::About(count) => ui.say("ui-psi-about", &[("count", count.into())]),
        Shown::FewerThan(smallest) => ui.say("ui-psi-withheld", &[("smallest", smallest.into())]),
    }
    if found.unreadable > 0 {
        ui.say("ui-psi-unreadable", &[("count", found.unreadable.into())]);
    }
    for sum in &found.sums {
        ui.say("ui-psi-sum", &[("column", sum.column.clone().into()), ("sum", sum.sum.clone().into())]);
    }
    for by in &found.by {
        ui.say("ui-psi-by", &[("key", by.key.clone().into()), ("rows", by.rows.into())]);
    }
    for joined in &found.joins {
        joins(joined, ui);
    }
    Done::with(json!(found))
}

fn joins(joined: &Joined, ui: &mut Ui) {
    let Some(counts) = &joined.counts else {
        return ui.say("ui-psi-join-withheld", &[("key", joined.key.clone().into())]);
    };
    ui.say(
        "ui-psi-join",
        &[
            ("key", joined.key.clone().into()),
            ("inner", counts.inner.into()),
            ("left", counts.left.into()),
            ("right", counts.right.into()),
            ("full", counts.full.into()),
            ("lonely", counts.left_anti.into()),
            ("others", counts.right_anti.into()),
        ],
    );
}

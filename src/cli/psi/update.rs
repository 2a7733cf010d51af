//! `yinshu psi update`: what entered or left an intersection since the last update.

use crate::cli::{Done, Ui};
use crate::node::Node;
use crate::problem::Problem;
use crate::run::{self, Packages, Shown, Tables, UpdateJob};
use crate::tables::named_source;
use serde_json::json;
use std::path::PathBuf;

/// Options of `yinshu psi update`.
#[derive(Debug, clap::Args)]
pub struct UpdateArgs {
    /// The contract, which is incremental.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// The whole table as it is now.
    #[arg(long, value_name = "TABLE", conflicts_with = "changes")]
    pub input: Option<PathBuf>,
    /// Packages of changes since the last update.
    #[arg(long, value_name = "TABLE", num_args = 1..)]
    pub changes: Vec<PathBuf>,
    /// The column of a package that says insert or delete.
    #[arg(long, value_name = "NAME", default_value = "change")]
    pub change_column: String,
    /// The column of a package that says when a row changed.
    #[arg(long, value_name = "NAME")]
    pub time_column: Option<String>,
    /// The column that holds the key.
    #[arg(long, value_name = "NAME")]
    pub column: String,
    /// The changes: `.csv` or `.parquet`.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Updates.
pub(super) fn run(args: &UpdateArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let tables = match &args.input {
        Some(path) => Tables::Whole(Box::new(named_source(path)?)),
        None => Tables::Changed(Packages {
            sources: args.changes.iter().map(|path| named_source(path)).collect::<Result<_, _>>()?,
            change: args.change_column.clone(),
            time: args.time_column.clone(),
        }),
    };
    let (contract, column) = (args.contract.clone(), args.column.clone());
    let job = UpdateJob { contract, tables, column, out: args.out.clone() };
    let done = run::update(&node, &job, ui)?;
    match done.changed {
        Shown::Exactly(0) => ui.say("ui-psi-unchanged", &[]),
        Shown::Exactly(count) => ui.say(
            "ui-psi-updated",
            &[("count", count.into()), ("path", args.out.display().to_string().into())],
        ),
        Shown::About(_) | Shown::FewerThan(_) => ui.say("ui-psi-update-withheld", &[]),
    }
    Ok(Done::with(json!(done)))
}

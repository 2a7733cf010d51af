//! `yinshu psi`: private set intersection over one column.

use super::{Done, Ui};
use crate::problem::Problem;
use std::path::PathBuf;

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
    /// The column that holds the key.
    #[arg(long, value_name = "NAME")]
    pub column: String,
    /// The other party.
    #[arg(long, value_name = "NAME")]
    pub peer: String,
    /// The rows in common.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Who learns the result.
    #[arg(long, value_enum, default_value = "receiver")]
    pub learn: Learn,
}

/// Who learns the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Learn {
    /// This side only.
    Receiver,
    /// Both sides.
    Both,
}

/// Runs one intersection.
pub fn run(args: &PsiArgs, _ui: &mut Ui) -> Result<Done, Problem> {
    let PsiCommand::Run(_args) = &args.command;
    Err(Problem::internal("psi run is not built yet"))
}

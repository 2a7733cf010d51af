//! `yinshu bench`: measures this machine.

use super::{Done, Ui};
use crate::problem::Problem;

/// Options of `yinshu bench`.
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// What to measure.
    #[arg(value_enum, default_value = "all", value_name = "WHAT")]
    pub what: What,
    /// A tenth of the size.
    #[arg(long)]
    pub quick: bool,
}

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// Rows cleaned per second.
    Clean,
    /// Items intersected per second.
    Psi,
    /// A whole verification.
    Origin,
    /// All of these.
    All,
}

/// Measures and prints figures.
pub fn run(_args: &BenchArgs, _ui: &mut Ui) -> Result<Done, Problem> {
    Err(Problem::internal("bench is not built yet"))
}

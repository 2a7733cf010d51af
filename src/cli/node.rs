//! `yinshu node`: serves peers.

use super::{Done, Ui};
use crate::problem::Problem;

/// Options of `yinshu node`.
#[derive(Debug, clap::Args)]
pub struct NodeArgs {
    /// Stop after this many sessions.
    #[arg(long, value_name = "N")]
    pub sessions: Option<u64>,
}

/// Serves peers until stopped.
pub fn run(_args: &NodeArgs, _ui: &mut Ui) -> Result<Done, Problem> {
    Err(Problem::internal("node is not built yet"))
}

//! `yinshu demo`: the whole flow with two nodes on this machine.

use super::{Done, Ui};
use crate::problem::Problem;
use std::path::PathBuf;

/// Options of `yinshu demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// How much data: 1 %, 10 % or 100 % of a prefecture city.
    #[arg(long, value_enum, default_value = "small")]
    pub profile: Profile,
    /// Where to put everything.
    #[arg(long, value_name = "DIR", default_value = "yinshu-demo")]
    pub out: PathBuf,
    /// The seed of the data.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Keep the data and the nodes' folders, not only the report.
    #[arg(long)]
    pub keep: bool,
}

/// The size of the demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// 4,800 rows returned.
    Small,
    /// 48,000 rows returned.
    County,
    /// 480,000 rows returned.
    City,
}

/// Plays the demonstration.
pub fn run(_args: &DemoArgs, _ui: &mut Ui) -> Result<Done, Problem> {
    Err(Problem::internal("demo is not built yet"))
}

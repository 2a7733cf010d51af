//! `yinshu psi join`: a provider that nobody can dial takes part in a run of several.

use crate::cli::{Done, Ui};
use crate::node::Node;
use crate::problem::Problem;
use crate::run;
use std::path::PathBuf;

/// Options of `yinshu psi join`.
#[derive(Debug, clap::Args)]
pub struct JoinArgs {
    /// The contract.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
}

/// Takes part.
pub(super) fn run(args: &JoinArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let answered = run::join_several(&node, &args.contract)?;
    ui.say("ui-psi-several-joined", &[]);
    Ok(Done::with(answered))
}

//! `yinshu node`: serves peers.

use super::{Done, Ui};
use crate::node::{Node, serve};
use crate::problem::Problem;
use serde_json::json;
use yinshu_psi::PsiError;

/// Options of `yinshu node`.
#[derive(Debug, clap::Args)]
pub struct NodeArgs {
    /// Stop after this many sessions.
    #[arg(long, value_name = "N")]
    pub sessions: Option<u64>,
}

/// Serves peers until stopped.
pub fn run(args: &NodeArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let serving = serve(Node::open(ui.dir())?)?;
    let address = serving.address().to_string();
    ui.say("ui-node-listening", &[("address", address.clone().into())]);
    let shared = &*ui;
    let answered = serving.run(args.sessions, &|| shared.interrupted(), &|ended| match ended {
        Ok(told) => {
            shared.note("ui-node-answered", &[]);
            if told.get("lost").is_some() {
                shared.warn(&PsiError::ResumeDiffers { what: "the table" }.into());
            }
        }
        Err(problem) => shared.warn(&problem),
    })?;
    Ok(Done::with(json!({ "address": address, "sessions": answered })))
}

//! `yinshu psi query`: a small table against a provider's stored encoding.

use super::{MEMORY, show, under_contract};
use crate::cli::{Done, Ui};
use crate::node::Node;
use crate::problem::Problem;
use crate::run::{IntersectJob, Way};
use crate::tables::named_source;
use std::path::PathBuf;

/// Options of `yinshu psi query`.
#[derive(Debug, clap::Args)]
pub struct QueryArgs {
    /// The contract, of the unbalanced protocol.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// The table.
    #[arg(long, value_name = "TABLE")]
    pub input: PathBuf,
    /// The column that holds the key.
    #[arg(long, value_name = "NAME")]
    pub column: String,
    /// The keys in common, with their payloads: `.csv` or `.parquet`.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Where the copy of the encoding is kept.
    #[arg(long, value_name = "FOLDER", required_unless_present = "buckets")]
    pub copy: Option<PathBuf>,
    /// Fetch buckets only, and no copy.
    #[arg(long, conflicts_with = "copy")]
    pub buckets: bool,
}

/// Asks.
pub(super) fn run(args: &QueryArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let job = IntersectJob {
        contract: args.contract.clone(),
        input: named_source(&args.input)?,
        column: args.column.clone(),
        map: Vec::new(),
        out: args.out.clone(),
        columns: Vec::new(),
        way: Some(if args.copy.is_some() { Way::Copy } else { Way::Buckets }),
        copy: args.copy.clone(),
        bandwidth: 1e9,
        memory: MEMORY,
        workers: 1,
        fresh: false,
    };
    let found = under_contract(&node, &job, ui)?;
    Ok(show(&found, &args.out, ui))
}

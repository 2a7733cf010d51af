//! `lower`, `local`, `explain`: a contract's question.

use crate::error::JointError;
use crate::lang::Texts;
use crate::sql::terms::Terms;
use crate::sql::{explain, local, lower};
use serde_json::{Value, json};
use std::io::BufWriter;
use std::path::PathBuf;

/// Options of `yinshu-joint lower` and `explain`.
#[derive(Debug, clap::Args)]
pub struct QuestionArgs {
    /// The contract with the question.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
}

/// Options of `yinshu-joint local`.
#[derive(Debug, clap::Args)]
pub struct LocalArgs {
    /// The contract with the question.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// The own table, by its name in the contract.
    #[arg(long, value_name = "NAME")]
    pub table: String,
    /// Where it is: a file, a folder of files, or a `.toml` description of a source.
    #[arg(long, value_name = "PATH")]
    pub source: PathBuf,
    /// Which of the plan's inputs is meant, where the table comes in more than once.
    #[arg(long, value_name = "N")]
    pub input: Option<usize>,
}

/// The plan of a contract's question, what it tells whom, and what owners run by themselves.
pub(super) async fn lowered(args: &QuestionArgs) -> Result<Value, JointError> {
    let terms = Terms::read(&args.contract)?;
    let plan = lower(&terms).await?;
    let (learns, pushed) = (explain::learns(&terms, &plan), explain::pushed(&terms, &plan));
    Ok(json!({ "plan": plan, "learns": learns, "pushed": pushed }))
}

/// The same for people.
pub(super) async fn explained(args: &QuestionArgs, texts: &Texts) -> Result<String, JointError> {
    let terms = Terms::read(&args.contract)?;
    Ok(explain::page(&terms, &lower(&terms).await?, texts))
}

/// The own part of a contract's question, as an Arrow IPC stream on stdout.
pub(super) async fn own_part(args: &LocalArgs) -> Result<(), JointError> {
    let terms = Terms::read(&args.contract)?;
    let plan = lower(&terms).await?;
    let input = local::meant(&plan, &args.table, args.input)?;
    let out = BufWriter::new(std::io::stdout().lock());
    local::run(&terms, input, &args.source, out).await.map(drop)
}

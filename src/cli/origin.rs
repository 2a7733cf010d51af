//! `yinshu origin`: packs, opens and verifies what is returned to a locality.

use super::{Done, Ui};
use crate::problem::Problem;
use jiff::civil::Date;
use std::path::PathBuf;
use std::str::FromStr;

/// `yinshu origin …`.
#[derive(Debug, clap::Args)]
pub struct OriginArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: OriginCommand,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum OriginCommand {
    /// Packs files under a signed manifest.
    Pack(PackArgs),
    /// Checks a package.
    Open(OpenArgs),
    /// Verifies a package against the contract, the local table and the provider.
    Verify(VerifyArgs),
    /// Objections and their status.
    Objection(ObjectionArgs),
}

/// Options of `yinshu origin pack`.
#[derive(Debug, clap::Args)]
pub struct PackArgs {
    /// The contract.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// The files to pack.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub files: Vec<PathBuf>,
    /// The package's folder, which must not exist.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The days the rows are from.
    #[arg(long, value_name = "FROM..TO")]
    pub period: Period,
    /// The last day on which the package may be opened.
    #[arg(long, value_name = "DATE")]
    pub expires: Date,
}

/// Days from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl FromStr for Period {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const SHAPE: &str = "2026-10-01..2026-10-31";
        let (from, to) = text.split_once("..").ok_or(SHAPE)?;
        let (from, to) = (from.parse().map_err(|_| SHAPE)?, to.parse().map_err(|_| SHAPE)?);
        if to < from { Err(SHAPE.into()) } else { Ok(Self { from, to }) }
    }
}

/// Options of `yinshu origin open`.
#[derive(Debug, clap::Args)]
pub struct OpenArgs {
    /// The package's folder.
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
}

/// Options of `yinshu origin verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// The package's folder.
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
    /// The contract.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// The local table: a file, or a `.toml` that says where it is.
    #[arg(long, value_name = "FILE")]
    pub local: PathBuf,
    /// The provider to verify with, as named in `yinshu.toml`.
    #[arg(long, value_name = "NAME", conflicts_with = "offline")]
    pub peer: Option<String>,
    /// Only the half that needs no provider.
    #[arg(long)]
    pub offline: bool,
    /// The report as a page.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Where report, defects and objections go.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The index of the batch before, for changes since.
    #[arg(long, value_name = "INDEX")]
    pub previous: Option<PathBuf>,
    /// End with exit code 1 where defects were found.
    #[arg(long)]
    pub fail_on_defects: bool,
}

/// `yinshu origin objection …`.
#[derive(Debug, clap::Args)]
pub struct ObjectionArgs {
    /// What to do with objections.
    #[command(subcommand)]
    pub command: ObjectionCommand,
}

/// What to do with objections.
#[derive(Debug, clap::Subcommand)]
pub enum ObjectionCommand {
    /// Lists those of a file.
    List(ListArgs),
    /// Moves some to their next state.
    Advance(AdvanceArgs),
}

/// Options of `yinshu origin objection list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// The objection file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Options of `yinshu origin objection advance`.
#[derive(Debug, clap::Args)]
pub struct AdvanceArgs {
    /// The objection file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The state to move to.
    #[arg(long, value_name = "STATE")]
    pub state: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub note: String,
    /// Only these, by id; all of them where left out.
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub only: Vec<String>,
}

/// Does what was asked with a package.
pub fn run(args: &OriginArgs, ui: &mut Ui) -> Result<Done, Problem> {
    match &args.command {
        OriginCommand::Pack(args) => pack(args, ui),
        OriginCommand::Open(args) => open(args, ui),
        OriginCommand::Verify(args) => verify(args, ui),
        OriginCommand::Objection(args) => objection(args, ui),
    }
}

fn pack(_args: &PackArgs, _ui: &mut Ui) -> Result<Done, Problem> {
    Err(Problem::internal("origin pack is not built yet"))
}

fn open(_args: &OpenArgs, _ui: &mut Ui) -> Result<Done, Problem> {
    Err(Problem::internal("origin open is not built yet"))
}

fn verify(_args: &VerifyArgs, _ui: &mut Ui) -> Result<Done, Problem> {
    Err(Problem::internal("origin verify is not built yet"))
}

fn objection(_args: &ObjectionArgs, _ui: &mut Ui) -> Result<Done, Problem> {
    Err(Problem::internal("origin objection is not built yet"))
}

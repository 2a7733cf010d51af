//! `yinshu origin`: packs, opens and verifies what is returned to a locality.

use super::{Done, Ui};
use crate::contract::{Draft, Scenario};
use crate::node::{Actor, Deed, Node, now, outcome};
use crate::problem::Problem;
use crate::run::{self, VerifyJob};
use crate::tables::named_source;
use jiff::civil::Date;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use yinshu_audit::Stage;
use yinshu_origin::objection::{ObjectionError, State, load, save};
use yinshu_origin::package::Keys;

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
    /// The last day on which the package may be opened (UTC+8).
    #[arg(long, value_name = "DATE")]
    pub expires: Date,
    /// The provider's name for the batch; its period where left out.
    #[arg(long, value_name = "NAME")]
    pub batch: Option<String>,
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
    #[arg(long, value_name = "STATE", value_parser = state)]
    pub state: State,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub note: String,
    /// Only these, by id; all of them where left out.
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub only: Vec<String>,
}

/// A state by its name.
fn state(text: &str) -> Result<State, String> {
    let named = serde_json::from_value(json!(text));
    named.map_err(|_| "raised, accepted, rejected, corrected, withdrawn".to_owned())
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

fn pack(args: &PackArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let draft = Draft::read(&args.contract)?.only(Scenario::OriginVerify)?;
    let approved = node.approve(draft, Actor::Operator)?;
    let bar = ui.progress("pack", 0);
    let manifest = run::pack(&node, &approved, args, &mut |files| bar.set(files))?;
    drop(bar);
    ui.say(
        "ui-origin-packed",
        &[
            ("path", args.out.display().to_string().into()),
            ("files", manifest.files.len().into()),
            ("rows", manifest.counted().into()),
        ],
    );
    Ok(Done::with(json!({ "package": args.out, "manifest": manifest.digest(), "rows": manifest.counted() })))
}

fn open(args: &OpenArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let package = run::open_package(&node, &args.package)?;
    let manifest = package.manifest();
    ui.say(
        "ui-origin-opened",
        &[
            ("provider", manifest.provider.to_string().into()),
            ("files", manifest.files.len().into()),
            ("rows", manifest.counted().into()),
            ("from", manifest.period.from.to_string().into()),
            ("to", manifest.period.to.to_string().into()),
        ],
    );
    Ok(Done::with(json!({ "digest": package.digest(), "manifest": manifest })))
}

fn verify(args: &VerifyArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let named = args.package.file_name().map_or_else(|| "batch".into(), |n| n.to_string_lossy().into_owned());
    let job = VerifyJob {
        package: args.package.clone(),
        contract: args.contract.clone(),
        local: named_source(&args.local)?,
        offline: args.offline,
        out: args.out.clone().unwrap_or_else(|| node.folder.results().join(format!("verify-{named}"))),
        previous: args.previous.clone(),
        html: args.html.clone(),
    };
    let verified = run::verify_return(&node, &job, ui)?;
    let found: u64 = verified.report.findings().filter_map(|f| f.count).sum();
    let html = &verified.html;
    run::print_page(&verified, ui);
    ui.say(
        "ui-origin-verified",
        &[
            ("folder", verified.folder.display().to_string().into()),
            ("html", html.display().to_string().into()),
            ("defects", found.into()),
            ("objections", verified.objections.into()),
        ],
    );
    let json = json!({
        "folder": verified.folder, "html": html, "defects": found, "objections": verified.objections,
        "report": verified.report, "provenance": verified.provenance,
    });
    Ok(if args.fail_on_defects && found > 0 { Done::found(json) } else { Done::with(json) })
}

fn objection(args: &ObjectionArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    match &args.command {
        ObjectionCommand::List(args) => list(&node, args, ui),
        ObjectionCommand::Advance(args) => advance(&node, args, ui),
    }
}

/// The objection files at a path: the file itself, or those of a folder, in order of name.
fn objection_files(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(|e| Problem::reading(path, &e))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "json"));
    files.sort();
    Ok(files)
}

fn known_keys(node: &Node) -> Result<Keys, Problem> {
    let peers = node.config.peers.iter().map(|peer| (peer.name.clone(), vec![peer.node_key]));
    let mut keys: Keys = peers.collect();
    keys.insert(node.config.node.name.clone(), vec![node.key()?.public()]);
    Ok(keys)
}

fn list(node: &Node, args: &ListArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let keys = known_keys(node)?;
    let mut all = Vec::new();
    for file in objection_files(&args.file)? {
        let objection = load(&file)?;
        let standing = objection.verify(&keys)?;
        let kinds = objection.claim.about.subjects().first().map_or("", |s| s.kind.name());
        ui.print(&format!("{}  {kinds}  {}  {}", objection.id, standing.defects, standing.state));
        all.push(json!({ "id": objection.id, "kind": kinds, "standing": standing }));
    }
    Ok(Done::with(json!({ "objections": all })))
}

fn advance(node: &Node, args: &AdvanceArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let keys = known_keys(node)?;
    let (key, me) = (node.key()?, &node.config.node.name);
    let mut moved = Vec::new();
    for file in objection_files(&args.file)? {
        let mut objection = load(&file)?;
        objection.verify(&keys)?;
        if !args.only.is_empty() && !args.only.contains(&objection.id) {
            continue;
        }
        let stepped = objection.advance(args.state, me, &args.note, &key, now()).map(drop);
        node.record(Deed {
            action: "objection.advance",
            object: &objection.id,
            content: json!({ "state": args.state, "note": args.note }),
            result: outcome(stepped.as_ref().err().map(ObjectionError::code)),
            stage: Stage::Exchange,
            by: Actor::Operator,
        })?;
        stepped?;
        save(file.parent().unwrap_or(Path::new(".")), &objection)?;
        moved.push(objection.id);
    }
    ui.say("ui-objections-moved", &[("count", moved.len().into()), ("state", args.state.to_string().into())]);
    Ok(Done::with(json!({ "moved": moved, "state": args.state })))
}

//! `yinshu bench`: measures this machine. Figures are printed and never judged.

mod clean;
mod growth;
mod machine;
mod mpc;
mod origin;
mod parts;
mod peers;
mod psi;
mod python;
mod shaped;
mod show;
mod table;
mod watch;

use super::demo::Profile;
use super::{Done, Ui};
use crate::problem::{CliError, Problem};
use machine::Machine;
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;

/// Options of `yinshu bench`.
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// What to measure.
    #[arg(value_enum, default_value = "all", value_name = "WHAT")]
    pub what: What,
    /// A tenth of the size.
    #[arg(long)]
    pub quick: bool,
    /// The size of the verification; `county`, or `small` when quick.
    #[arg(long, value_enum)]
    pub profile: Option<Profile>,
    /// Run the same through other programs, too.
    #[arg(long)]
    pub peers: bool,
    /// Run every protocol over slow networks, too.
    #[arg(long)]
    pub networks: bool,
    /// Run larger and larger sets or tables, and nothing else; write how time, bytes and memory grow.
    #[arg(long, conflicts_with_all = ["peers", "networks", "quick"])]
    pub growth: bool,
    /// The largest sets or tables of --growth, as a power of two.
    #[arg(long, value_name = "EXPONENT", requires = "growth",
          value_parser = clap::value_parser!(u32).range(4..=i64::from(growth::MOST)))]
    pub to: Option<u32>,
    /// The chart of --growth.
    #[arg(long, value_name = "SVG", requires = "growth", default_value = "growth.svg")]
    pub chart: PathBuf,
    /// Where the other programs are installed.
    #[arg(long, value_name = "DIR", requires = "peers")]
    pub venv: Option<PathBuf>,
    /// Larger tables, too, in joint computation.
    #[arg(long)]
    pub large: bool,
    /// Plays one of the three parties of a joint computation: what this program starts itself as.
    #[arg(long, hide = true, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(0..3))]
    pub party: Option<u8>,
    /// A CSV of the ten columns to clean, instead of made rows.
    #[arg(long, value_name = "CSV")]
    pub file: Option<PathBuf>,
}

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// Rows cleaned per second.
    Clean,
    /// Items intersected per second.
    Psi,
    /// Joint computation of three parties.
    Mpc,
    /// A whole verification.
    Origin,
    /// What the others are made of.
    Parts,
    /// All of these.
    All,
}

/// Everything measured. Times are in seconds, sizes in bytes.
#[derive(Debug, Serialize)]
struct Figures {
    quick: bool,
    machine: Machine,
    #[serde(skip_serializing_if = "Option::is_none")]
    clean: Option<clean::Figures>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    psi: Vec<psi::Figures>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    peers: Vec<peers::Figures>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mpc: Vec<mpc::Figures>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mpc_peers: Vec<mpc::peers::Beside>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mpc_networks: Vec<mpc::shaped::OverNetwork>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mpc_growth: Vec<mpc::Figures>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    networks: Vec<shaped::Figures>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    growth: Vec<growth::Figures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<origin::Figures>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<parts::Figures>,
}

/// Measures and prints figures.
pub fn run(args: &BenchArgs, ui: &mut Ui) -> Result<Done, Problem> {
    check(args)?;
    if let (Some(path), true) = (&args.file, ui.is_json()) {
        // One process that does nothing else: its peak memory is that of cleaning.
        return Ok(Done::with(json!({ "clean": clean::measure(path)? })));
    }
    if let Some(role) = args.party {
        return mpc::play(role, ui).map(|()| Done::with(json!({})));
    }
    let mut figures = Figures {
        quick: args.quick,
        machine: Machine::now(),
        clean: None,
        psi: Vec::new(),
        peers: Vec::new(),
        mpc: Vec::new(),
        mpc_peers: Vec::new(),
        mpc_networks: Vec::new(),
        mpc_growth: Vec::new(),
        networks: Vec::new(),
        growth: Vec::new(),
        origin: None,
        parts: Vec::new(),
    };
    if args.growth {
        return grow(args, figures, ui);
    }
    let wanted = |what: What| args.what == what || args.what == What::All;
    if wanted(What::Clean) {
        ui.say("ui-bench-clean", &[]);
        figures.clean = Some(clean::run(args.file.as_deref(), args.quick, ui)?);
    }
    if wanted(What::Parts) {
        ui.say("ui-bench-parts", &[]);
        figures.parts = parts::run(args.quick, ui)?;
    }
    if wanted(What::Psi) {
        ui.say("ui-bench-psi", &[]);
        figures.psi = psi::run(args.quick, ui)?;
        if args.peers {
            figures.peers = peers::run(args.quick, args.venv.as_deref(), ui)?;
        }
        if args.networks {
            figures.networks = shaped::run(args.quick, ui)?;
        }
    }
    if wanted(What::Mpc) {
        ui.say("ui-bench-mpc", &[]);
        figures.mpc = mpc::run(args.quick, args.large, ui)?;
        if args.peers {
            figures.mpc_peers = mpc::peers::run(args.quick, args.venv.as_deref(), &figures.mpc, ui)?;
        }
        if args.networks {
            figures.mpc_networks = mpc::shaped::run(args.quick, ui)?;
        }
    }
    if wanted(What::Origin) {
        let usual = if args.quick { Profile::Small } else { Profile::County };
        ui.say("ui-bench-origin", &[]);
        figures.origin = Some(origin::run(args.profile.unwrap_or(usual), ui)?);
    }
    figures.machine.load_after = machine::load();
    ui.say("ui-bench-done", &[]);
    print(&figures, args.what, ui);
    Ok(Done::with(json!(figures)))
}

/// Every table that has rows, and what it was measured on.
fn print(figures: &Figures, what: What, ui: &mut Ui) {
    if what != What::Mpc {
        ui.print(&show::table(figures, ui.texts()));
    }
    if !figures.mpc.is_empty() {
        ui.print(&mpc::table(&figures.mpc, ui.texts()));
    }
    if !figures.mpc_peers.is_empty() {
        ui.print(&mpc::peers::table(&figures.mpc_peers, ui.texts()));
    }
    if !figures.mpc_networks.is_empty() {
        ui.print(&mpc::shaped::table(&figures.mpc_networks, ui.texts()));
    }
    if !figures.peers.is_empty() {
        ui.print(&peers::table(&figures.peers, ui.texts()));
    }
    if !figures.networks.is_empty() {
        ui.print(&shaped::table(&figures.networks, ui.texts()));
    }
    ui.print(&show::machine(&figures.machine, ui.texts()));
}

/// Measures how an intersection grows, or joint computation.
fn grow(args: &BenchArgs, mut figures: Figures, ui: &mut Ui) -> Result<Done, Problem> {
    let table = if args.what == What::Mpc {
        figures.mpc_growth = mpc::growth::run(args.to.unwrap_or(mpc::growth::TO), ui)?;
        mpc::growth::draw(&figures.mpc_growth, &args.chart, ui.texts())?;
        mpc::growth::table(&figures.mpc_growth, ui.texts())
    } else {
        figures.growth = growth::run(args.to.unwrap_or(growth::TO), ui)?;
        growth::draw(&figures.growth, &args.chart, ui.texts())?;
        growth::table(&figures.growth, ui.texts())
    };
    figures.machine.load_after = machine::load();
    ui.say("ui-bench-done", &[]);
    ui.print(&format!("{table}\n{}", show::machine(&figures.machine, ui.texts())));
    ui.say("ui-bench-growth-chart", &[("path", args.chart.display().to_string().into())]);
    Ok(Done::with(json!(figures)))
}

/// Refuses options that what is measured has no use for.
fn check(args: &BenchArgs) -> Result<(), Problem> {
    let conflict = |option: &str, what: &str| {
        Err(CliError::Conflict { option: option.to_owned(), other: what.to_owned() }.into())
    };
    let name = clap::ValueEnum::to_possible_value(&args.what);
    let name = name.as_ref().map_or("", |value| value.get_name());
    if args.profile.is_some() && !matches!(args.what, What::Origin | What::All) {
        return conflict("--profile", name);
    }
    if args.peers && !matches!(args.what, What::Psi | What::Mpc | What::All) {
        return conflict("--peers", name);
    }
    if args.growth && !matches!(args.what, What::Psi | What::Mpc) {
        return conflict("--growth", name);
    }
    if args.networks && !matches!(args.what, What::Psi | What::Mpc | What::All) {
        return conflict("--networks", name);
    }
    if args.large && !matches!(args.what, What::Mpc | What::All) {
        return conflict("--large", name);
    }
    if args.party.is_some() && args.what != What::Mpc {
        return conflict("--party", name);
    }
    if args.file.is_some() && args.what != What::Clean {
        return conflict("--file", name);
    }
    if args.file.is_some() && args.quick {
        return conflict("--file", "--quick");
    }
    Ok(())
}

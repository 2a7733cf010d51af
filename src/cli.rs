//! The command line: what can be asked, who answers, and how the process ends.
//!
//! Each command is a file of this folder: its options as a struct, and
//! `run(&options, &mut Ui) -> Result<Done, Problem>`. Texts are in `locales/`, never here; the
//! comments on options are for readers of the code.

pub mod audit;
pub mod bench;
pub mod clean;
pub mod contract;
pub mod demo;
pub mod errors;
mod help;
pub mod init;
pub mod node;
pub mod origin;
pub mod peer;
pub mod psi;
pub mod reports;
pub mod sandbox;
pub mod stats;
mod ui;

use crate::lang::{self, Lang, Texts};
use crate::problem::{Exit, Problem, usage_error};
use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

pub use help::localised;
pub use ui::{Done, Ui};

/// The whole command line.
#[derive(Debug, clap::Parser)]
#[command(name = "yinshu", version, disable_help_flag = true, disable_version_flag = true)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools)]
pub struct Global {
    /// The language; by default that of the locale.
    #[arg(long, value_enum, global = true)]
    pub lang: Option<Lang>,
    /// One JSON object on stdout instead of text; errors as JSON on stderr.
    #[arg(long, global = true)]
    pub json: bool,
    /// No text but what was asked for and errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log to stderr.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// The node's folder.
    #[arg(short = 'C', long, value_name = "NODE_DIR", default_value = ".", global = true)]
    pub dir: PathBuf,
    /// No progress bars.
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Makes a node's folder.
    Init(init::InitArgs),
    /// Serves peers.
    Node(node::NodeArgs),
    /// Plays the whole flow with two nodes on this machine.
    Demo(demo::DemoArgs),
    /// The parties this node knows.
    Peer(peer::PeerArgs),
    /// Contracts.
    Contract(contract::ContractArgs),
    /// Return packages and their verification.
    Origin(origin::OriginArgs),
    /// Private set intersection.
    Psi(psi::PsiArgs),
    /// Joint statistics.
    Stats(stats::StatsArgs),
    /// Reports of many.
    Reports(reports::ReportsArgs),
    /// The data sandbox.
    Sandbox(sandbox::SandboxArgs),
    /// Cleans a table.
    Clean(clean::CleanArgs),
    /// The audit log.
    Audit(audit::AuditArgs),
    /// Measures this machine.
    Bench(bench::BenchArgs),
    /// Explains an error code.
    Errors(errors::ErrorsArgs),
    /// The help of a command.
    Help(help::HelpArgs),
}

impl Command {
    fn run(&self, ui: &mut Ui) -> Result<Done, Problem> {
        match self {
            Self::Init(args) => init::run(args, ui),
            Self::Node(args) => node::run(args, ui),
            Self::Demo(args) => demo::run(args, ui),
            Self::Peer(args) => peer::run(args, ui),
            Self::Contract(args) => contract::run(args, ui),
            Self::Origin(args) => origin::run(args, ui),
            Self::Psi(args) => psi::run(args, ui),
            Self::Stats(args) => stats::run(args, ui),
            Self::Reports(args) => reports::run(args, ui),
            Self::Sandbox(_) => unreachable!("run as a program of its own"),
            Self::Clean(args) => clean::run(args, ui),
            Self::Audit(args) => audit::run(args, ui),
            Self::Bench(args) => bench::run(args, ui),
            Self::Errors(args) => errors::run(args, ui),
            Self::Help(args) => help::run(args, ui),
        }
    }
}

/// Runs the command line of this process and says how the process ends.
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let texts = Texts::new(lang::chosen(&args, |name| std::env::var(name).ok()));
    let parsed = localised(Cli::command(), &texts)
        .try_get_matches_from(&args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(not_parsed(&error, &args, texts) as u8),
    };
    if let Command::Sandbox(args) = &cli.command {
        return sandbox::run(args, &cli.global, texts);
    }
    watch_for_interruption(&texts);
    if cli.global.verbose {
        log_to_stderr();
    }
    let mut ui = Ui::new(texts, cli.global.clone());
    let exit = match cli.command.run(&mut ui) {
        Ok(done) => ui.finish(&done),
        Err(problem) => ui.fail(&problem),
    };
    ExitCode::from(exit as u8)
}

/// Help and version go to stdout and are no failure; everything else is a problem.
fn not_parsed(error: &clap::Error, args: &[OsString], texts: Texts) -> Exit {
    let mut global = Global::plain();
    global.json = args.iter().take_while(|a| *a != "--").any(|a| a == "--json");
    let mut ui = Ui::new(texts, global);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            ui.raw(&error.render().to_string());
            Exit::Done
        }
        // A command named without what it needs: its help, and a failure, on stderr.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !ui.is_json() => {
            ui.complain(error.render().to_string().trim_end());
            Exit::Usage
        }
        _ => ui.fail(&usage_error(error)),
    }
}

impl Global {
    fn plain() -> Self {
        Self { lang: None, json: false, quiet: false, verbose: false, dir: ".".into(), no_progress: true }
    }
}

/// The first Ctrl-C asks the command to stop at its next step ([`Ui::interrupted`]) and leave
/// nothing half-written; after three seconds, or at the second Ctrl-C, the process ends at once.
fn watch_for_interruption(texts: &Texts) {
    let notice = texts.say("ui-interrupted", &[]);
    let set = ctrlc::set_handler(move || {
        if ui::interrupt() {
            std::process::exit(i32::from(Exit::Interrupted as u8));
        }
        let notice = notice.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(3));
            ui::stderr_line(&notice);
            std::process::exit(i32::from(Exit::Interrupted as u8));
        });
    });
    if let Err(error) = set {
        tracing::debug!(%error, "no handler for Ctrl-C");
    }
}

/// Logs to stderr, `YINSHU_LOG` (as `yinshu_net=trace`) choosing what; by default our own crates at
/// debug and everything else at warn.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("YINSHU_LOG").unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new(
            "warn,yinshu=debug,yinshu_net=debug,yinshu_data=debug,yinshu_psi=debug,yinshu_audit=debug,yinshu_origin=debug",
        )
    });
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if log.try_init().is_err() {
        tracing::debug!("a log was set up before");
    }
}

//! The command line: `prepare` and the two halves of a cluster; `lower`, `local` and `explain` for SQL across departments. Texts are in `locales/`, never here.

mod sql;

use crate::cluster::{self, Executor, Scheduler};
use crate::error::JointError;
use crate::lang::{Lang, Texts, texts};
use crate::prepare::{self, Engine, Job};
use crate::tasks;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use yinshu_beside::ends::{complain, fail, parsed, print};
use yinshu_data::{ColumnKind, ColumnSpec, TableSpec};

/// The whole command line.
#[derive(Debug, clap::Parser)]
#[command(name = "yinshu-joint", version, disable_help_flag = true, disable_version_flag = true)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
pub struct Cli {
    /// The language; by default that of the locale.
    #[arg(long, value_enum, global = true)]
    pub lang: Option<Lang>,
    /// One JSON object on stdout instead of text; errors as JSON on stderr.
    #[arg(long, global = true)]
    pub json: bool,
    /// Log to stderr.
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Prepares a set.
    Prepare(PrepareArgs),
    /// Hands out tasks of a cluster.
    Scheduler(SchedulerArgs),
    /// Does tasks of a cluster.
    Executor(ExecutorArgs),
    /// Has the parts of a job done on a cluster.
    Tasks(TasksArgs),
    /// Makes the plan of a contract's question.
    Lower(sql::QuestionArgs),
    /// Says for people what that plan is.
    Explain(sql::QuestionArgs),
    /// Runs the own part of it.
    Local(sql::LocalArgs),
}

/// Options of `yinshu-joint prepare`.
#[derive(Debug, clap::Args)]
pub struct PrepareArgs {
    /// Tables: files, folders of files, or `.toml` descriptions of sources.
    #[arg(long, value_name = "PATH", required = true, num_args = 1..)]
    pub input: Vec<PathBuf>,
    /// The column that holds the key.
    #[arg(long, value_name = "NAME", required_unless_present = "contract")]
    pub column: Option<String>,
    /// What the column holds, where there is no contract.
    #[arg(long, value_name = "KIND", default_value = "citizen-id", value_parser = kind)]
    pub kind: ColumnKind,
    /// The contract that says how both sides clean.
    #[arg(long, value_name = "FILE", conflicts_with = "kind")]
    pub contract: Option<PathBuf>,
    /// Prepare the provider's table of the contract, not the recipient's.
    #[arg(long, requires = "contract")]
    pub provider: bool,
    /// The folder to make.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Into how many files.
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub parts: u16,
    /// Memory for keys.
    #[arg(long, value_name = "SIZE", default_value = "1gib", value_parser = size)]
    pub memory: u64,
    /// How many tasks at once.
    #[arg(long, value_name = "N")]
    pub cores: Option<usize>,
    /// The scheduler of a cluster.
    #[arg(long, value_name = "HOST:PORT", value_parser = scheduler)]
    pub cluster: Option<String>,
    /// The node whose configuration may name a cluster.
    #[arg(short = 'C', long, value_name = "NODE_DIR", conflicts_with = "cluster")]
    pub dir: Option<PathBuf>,
}

/// Options of `yinshu-joint scheduler`.
#[derive(Debug, clap::Args)]
pub struct SchedulerArgs {
    /// Where to listen.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:50050")]
    pub listen: SocketAddr,
    /// Seconds of silence after which an executor is taken for dead.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(2..))]
    pub patience: u64,
}

/// Options of `yinshu-joint executor`.
#[derive(Debug, clap::Args)]
pub struct ExecutorArgs {
    /// The scheduler.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050", value_parser = scheduler)]
    pub scheduler: String,
    /// The address under which the others reach this one.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub address: IpAddr,
    /// The port.
    #[arg(long, value_name = "PORT", default_value = "0")]
    pub port: u16,
    /// How many tasks at once.
    #[arg(long, value_name = "N")]
    pub cores: Option<usize>,
    /// Memory for keys, all tasks together.
    #[arg(long, value_name = "SIZE", default_value = "2gib", value_parser = size)]
    pub memory: u64,
    /// The folder for keys between tasks.
    #[arg(long, value_name = "DIR")]
    pub work: PathBuf,
    /// The program that does parts of questions to a sandbox.
    #[arg(long, value_name = "PROGRAM")]
    pub sandbox: Option<PathBuf>,
}

/// Options of `yinshu-joint tasks`.
#[derive(Debug, clap::Args)]
pub struct TasksArgs {
    /// The scheduler.
    #[arg(long, value_name = "HOST:PORT", value_parser = scheduler)]
    pub cluster: String,
    /// How many parts.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub parts: u16,
    /// Bytes that may come of them.
    #[arg(long, value_name = "BYTES")]
    pub most: u64,
    /// The folder for what comes of them.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

fn kind(text: &str) -> Result<ColumnKind, String> {
    serde_json::from_value(Value::String(text.to_owned())).map_err(|error| error.to_string())
}

/// Bytes: `512mib`, `4gib`, `300kib`.
fn size(text: &str) -> Result<u64, String> {
    let text = text.to_ascii_lowercase();
    let units = [("gib", 30), ("mib", 20), ("kib", 10)];
    let found = units.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)));
    let number = found.and_then(|(digits, shift)| digits.trim().parse::<u64>().ok()?.checked_mul(1 << shift));
    number.filter(|number| *number > 0).ok_or_else(|| "512mib, 4gib, 300kib".to_owned())
}

/// `host:port`, also written `df://host:port`.
fn scheduler(text: &str) -> Result<String, String> {
    let place = text.strip_prefix("df://").unwrap_or(text).trim_end_matches('/');
    let valid =
        place.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if valid { Ok(place.to_owned()) } else { Err("host:port".to_owned()) }
}

/// What of a contract says how a table is cleaned; `yinshu` checks the rest of it.
#[derive(Deserialize)]
struct Contract {
    data: Data,
    psi: Psi,
}

#[derive(Deserialize)]
struct Data {
    table: TableSpec,
}

#[derive(Deserialize)]
struct Psi {
    column: String,
    kind: ColumnKind,
}

/// What of a node's configuration says where its cluster is.
#[derive(Deserialize)]
struct NodeConfig {
    cluster: Option<Cluster>,
}

#[derive(Deserialize)]
struct Cluster {
    scheduler: String,
}

fn described<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, JointError> {
    let text = std::fs::read_to_string(path).map_err(JointError::files(path))?;
    toml::from_str(&text).map_err(|error| JointError::Description {
        path: path.display().to_string(),
        reason: error.message().to_owned(),
    })
}

impl PrepareArgs {
    /// How the tables are cleaned, as `yinshu psi run` does, and the name of the key's column.
    fn rules(&self) -> Result<(TableSpec, String), JointError> {
        let contract = self.contract.as_deref().map(described::<Contract>).transpose()?;
        let given = self.column.clone().unwrap_or_default();
        let (column, kind, table) = match contract {
            Some(Contract { data, psi }) if self.provider => return Ok((data.table, psi.column)),
            Some(Contract { data, psi }) => (psi.column, psi.kind, data.table),
            None => (given.clone(), self.kind, TableSpec::default()),
        };
        let mut key = ColumnSpec::new(&column, kind).required();
        if !given.is_empty() && given != column {
            key.aliases.push(given);
        }
        Ok((TableSpec { columns: vec![key], ..table }, column))
    }

    fn engine(&self) -> Result<Engine, JointError> {
        let config =
            self.dir.as_ref().map(|dir| described::<NodeConfig>(&dir.join("yinshu.toml"))).transpose()?;
        let configured = config.and_then(|config| config.cluster).map(|cluster| cluster.scheduler);
        let configured = configured.as_deref().map(scheduler).transpose();
        let configured = configured.map_err(|reason| JointError::Usage { reason })?;
        Ok(match self.cluster.clone().or(configured) {
            Some(scheduler) => Engine::Cluster(scheduler),
            None => Engine::Here {
                cores: cores(self.cores),
                memory: usize::try_from(self.memory).unwrap_or(usize::MAX),
            },
        })
    }
}

fn cores(given: Option<usize>) -> usize {
    given.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(1).max(1)
}

/// Runs the command line of this process and says how the process ends.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let texts = texts(Lang::chosen(&args));
    let cli: Cli = match parsed(&args, &texts, |reason| JointError::Usage { reason }) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    if cli.verbose {
        log_to_stderr();
    }
    let ran = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| JointError::Failed { reason: error.to_string() })
        .and_then(|runtime| {
            let ran = runtime.block_on(run(&cli, &texts));
            // A thread that reads a table may be amid a batch that nobody wants.
            runtime.shutdown_background();
            ran
        });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error, cli.json, &texts),
    }
}

/// What the engines say of their work, a line each on stderr.
struct Stderr;

impl log::Log for Stderr {
    fn enabled(&self, of: &log::Metadata<'_>) -> bool {
        of.level() <= log::Level::Info
    }

    fn log(&self, said: &log::Record<'_>) {
        if self.enabled(said.metadata()) {
            complain(&format!("{} {}: {}", said.level(), said.target(), said.args()));
        }
    }

    fn flush(&self) {}
}

fn log_to_stderr() {
    // Refused only where another logger was set before.
    if log::set_logger(&Stderr).is_ok() {
        log::set_max_level(log::LevelFilter::Info);
    }
}

async fn run(cli: &Cli, texts: &Texts) -> Result<(), JointError> {
    let listening = |place: String| {
        let text = texts.say("joint-listening", &[("place", place.clone().into())]);
        print(&if cli.json { json!({ "listening": place }).to_string() } else { text });
    };
    match &cli.command {
        Command::Prepare(args) => {
            let told = tokio::select! {
                told = prepared(args) => told?,
                _ = tokio::signal::ctrl_c() => {
                    prepare::discard(&args.out).await;
                    return Err(JointError::Interrupted {});
                }
            };
            let number = |name: &str| told[name].as_u64().unwrap_or_default();
            let text = texts.say(
                "joint-prepared",
                &[
                    ("tables", number("tables").into()),
                    ("rows", number("rows").into()),
                    ("rejected", number("rejected").into()),
                    ("keys", number("keys").into()),
                    ("parts", number("parts").into()),
                    ("path", args.out.display().to_string().into()),
                ],
            );
            print(&if cli.json { told.to_string() } else { text });
            Ok(())
        }
        Command::Scheduler(args) => {
            let scheduler = Scheduler { listen: args.listen, patience: args.patience };
            tokio::select! {
                ended = cluster::schedule(&scheduler, |address| listening(address.to_string())) => ended,
                _ = tokio::signal::ctrl_c() => Ok(()),
            }
        }
        Command::Executor(args) => {
            let executor = Executor {
                scheduler: args.scheduler.clone(),
                address: args.address,
                port: args.port,
                cores: cores(args.cores),
                memory: args.memory,
                work: args.work.clone(),
                sandbox: args.sandbox.clone(),
            };
            cluster::execute(&executor, |port| listening(format!("{}:{port}", args.address))).await
        }
        Command::Tasks(args) => {
            let job = tasks::read(&mut std::io::stdin())?;
            tasks::run(job, args.parts.into(), &args.cluster, &args.out, args.most).await
        }
        Command::Lower(args) => {
            let told = sql::lowered(args).await?;
            print(&if cli.json { told.to_string() } else { format!("{told:#}") });
            Ok(())
        }
        Command::Explain(args) if cli.json => {
            print(&sql::lowered(args).await?.to_string());
            Ok(())
        }
        Command::Explain(args) => {
            print(&sql::explained(args, texts).await?);
            Ok(())
        }
        Command::Local(args) => tokio::select! {
            ran = sql::own_part(args) => ran,
            _ = tokio::signal::ctrl_c() => Err(JointError::Interrupted {}),
        },
    }
}

async fn prepared(args: &PrepareArgs) -> Result<Value, JointError> {
    let (rules, column) = args.rules()?;
    let named = args.input.iter().map(|path| prepare::named(path));
    let sources = named.collect::<Result<Vec<_>, _>>()?.concat();
    let (out, parts) = (args.out.clone(), args.parts.into());
    let made = prepare::prepare(&Job { sources, rules, column, out, parts }, &args.engine()?).await?;
    Ok(json!({
        "tables": made.report.files, "rows": made.report.rows_in, "rejected": made.report.rows_rejected,
        "keys": made.keys, "parts": made.parts.len(), "out": args.out, "cleaning": made.report,
    }))
}

#[cfg(test)]
mod tests;

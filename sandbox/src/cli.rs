//! The command line. Texts are in `locales/`, never here.

mod answer;
mod approver;
mod budget;
mod granted;
mod policy;
mod program;
mod review;
mod risk;
mod serve;
mod trace;

pub(crate) use answer::{Told, table};
pub(crate) use granted::values;

use self::serve::{Remote, Serve, User};
use crate::dataset::Dataset;
use crate::demo::{self, Demo};
use crate::door::call;
use crate::door::users::Users;
use crate::dummy;
use crate::engine::{Registered, register};
use crate::error::SandboxError;
use crate::lang::texts;
use crate::policy::Policy;
use crate::room::{Deed, Room};
use crate::session;
use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use rand::CryptoRng;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use yinshu_audit::Stage;
use yinshu_beside::ends::{fail, parsed, print};
use yinshu_beside::{Lang, Texts};
use zeroize::Zeroizing;

/// The whole command line.
#[derive(Debug, clap::Parser)]
#[command(name = "yinshu-sandbox", version, disable_help_flag = true, disable_version_flag = true)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
pub struct Cli {
    /// The language; by default that of the locale.
    #[arg(long, value_enum, global = true)]
    pub lang: Option<Lang>,
    /// One JSON object on stdout instead of text; errors as JSON on stderr.
    #[arg(long, global = true)]
    pub json: bool,
    /// The room.
    #[arg(short = 'C', long = "room", value_name = "DIR", global = true, default_value = ".")]
    pub room: PathBuf,
    /// Who does this, for the log.
    #[arg(long, value_name = "NAME", global = true)]
    pub user: Option<String>,
    /// A file with the secret of whoever asks: at a server, and in a room with a list of users.
    #[arg(long, value_name = "FILE", global = true)]
    pub secret: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Makes a room.
    Init,
    /// Registers a data set.
    Register {
        /// Its description.
        #[arg(value_name = "FILE")]
        description: PathBuf,
    },
    /// Looks at a policy without approving it.
    Check {
        /// The policy.
        #[arg(value_name = "FILE")]
        policy: PathBuf,
    },
    /// Approves a policy: from now on its users may ask.
    Approve {
        /// The policy.
        #[arg(value_name = "FILE")]
        policy: PathBuf,
        /// With which key.
        #[command(flatten)]
        key: approver::Key,
    },
    /// Policies, signed by persons.
    Policy {
        /// What to do.
        #[command(subcommand)]
        what: policy::Policies,
    },
    /// Who approves.
    Approver {
        /// What to do.
        #[command(subcommand)]
        what: approver::Approving,
    },
    /// Estimates how easily somebody is found in what policies grant.
    Risk {
        /// The data set.
        #[arg(value_name = "NAME")]
        dataset: String,
        /// A policy that may be approved; without it, all that are.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// Shows what a policy grants.
    Tables {
        /// Its name.
        #[arg(long, value_name = "NAME")]
        policy: String,
    },
    /// Asks a question in SQL.
    Query {
        /// Under which policy.
        #[arg(long, value_name = "NAME", required_unless_present = "server")]
        policy: Option<String>,
        /// At a server, and not in a room.
        #[command(flatten)]
        remote: Remote,
        /// Says what it would cost and how much noise there would be, and asks nothing.
        #[arg(long, conflicts_with = "server")]
        price: bool,
        /// For how much of the privacy budget: ρ.
        #[arg(long, value_name = "RHO")]
        spend: Option<String>,
        /// Where the answer goes.
        #[command(flatten)]
        out: answer::Out,
        /// The question.
        #[arg(value_name = "SQL")]
        sql: String,
    },
    /// Programs, written, put down and approved.
    Program {
        /// What to do.
        #[command(subcommand)]
        what: program::Programs,
    },
    /// Asks about what an approved score gives.
    Submit(program::Submit),
    /// Looks at results that wait, and decides on them.
    Review {
        /// With which key.
        #[command(flatten)]
        key: approver::Key,
        /// What to do; without it, which there are.
        #[command(subcommand)]
        what: Option<review::Reviewing>,
    },
    /// Shows which results waited or wait.
    Results,
    /// Hands out a result that a reviewer released.
    Fetch {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
        /// From a server, and not in a room.
        #[command(flatten)]
        remote: Remote,
        /// Where it goes.
        #[command(flatten)]
        out: answer::Out,
    },
    /// Shows one's own requests and what became of them.
    Requests,
    /// Says how much of the privacy budgets is spent, and under which policies.
    Budget,
    /// Says whose copy a file is.
    Trace {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Opens the researchers' door: Arrow Flight SQL.
    Serve(Serve),
    /// Who may come in by the door.
    User {
        /// What to do.
        #[command(subcommand)]
        command: User,
    },
    /// Writes made-up tables to try questions on.
    Dummy {
        /// Of what a policy grants.
        #[arg(long, value_name = "NAME")]
        policy: String,
        /// The folder.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Rows of each table.
        #[arg(long, value_name = "N", default_value = "1000")]
        rows: u64,
        /// The same number gives the same tables.
        #[arg(long, value_name = "N", default_value = "1")]
        seed: u64,
    },
    /// Plays a researcher's day in a county that does not exist.
    Demo(Demo),
}

/// Runs the command line of this process and says how the process ends.
#[must_use]
pub fn main(clock: fn() -> Timestamp, dice: &mut impl CryptoRng) -> ExitCode {
    let args: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let texts = texts(Lang::chosen(&args));
    let cli: Cli = match parsed(&args, &texts, |reason| SandboxError::Usage { reason }) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ran = runtime.map_err(|error| SandboxError::engine(&error)).and_then(|runtime| {
        let ran = runtime.block_on(run(&cli, &texts, clock, dice));
        // A thread that reads a table may be amid a batch that nobody wants.
        runtime.shutdown_background();
        ran
    });
    match ran {
        Ok(told) => {
            print(told.text.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error, cli.json, &texts),
    }
}

impl Cli {
    /// Who does this, where that need not be said.
    fn anyone(&self) -> &str {
        self.user.as_deref().filter(|user| !user.trim().is_empty()).unwrap_or("-")
    }

    fn user(&self) -> Result<&str, SandboxError> {
        let none = || SandboxError::Usage { reason: "user".to_owned() };
        self.user.as_deref().filter(|user| !user.trim().is_empty()).ok_or_else(none)
    }
}

impl Cli {
    /// The secret of whoever asks.
    fn secret(&self) -> Result<Zeroizing<String>, SandboxError> {
        let secret = match &self.secret {
            Some(path) => std::fs::read_to_string(path).map_err(SandboxError::files(path))?,
            None => std::env::var(SECRET)
                .map_err(|_| SandboxError::Usage { reason: format!("--secret FILE, {SECRET}") })?,
        };
        Ok(Zeroizing::new(Zeroizing::new(secret).trim().to_owned()))
    }

    /// Whoever asks in a room: taken at his word as long as nobody is in its list of users, and by his secret from then on.
    fn asker(&self, room: &Room) -> Result<&str, SandboxError> {
        let (user, users) = (self.user()?, Users::read(room.root())?);
        if users.list().is_empty() || users.knows(user, &self.secret()?).is_some() {
            return Ok(user);
        }
        let refused = SandboxError::NoLogin;
        recorded(self, room, "room", "sandbox.login", Some(&refused))?;
        Err(refused)
    }
}

/// The variable that a secret is read from where no file is named.
const SECRET: &str = "YINSHU_SANDBOX_SECRET";

/// Runs a command.
pub(crate) async fn run(
    cli: &Cli,
    texts: &Texts,
    clock: fn() -> Timestamp,
    dice: &mut impl CryptoRng,
) -> Result<Told, SandboxError> {
    let open = || Room::open(&cli.room, clock);
    let told = |value: Value, id: &str, named: &[yinshu_beside::Named<'_>]| match cli.json {
        true => value.to_string(),
        false => texts.own(id, named),
    };
    let handed_out = |answer, out| Told::handed_out(answer, out, cli, texts);
    let told = match &cli.command {
        Command::Init => approver::init(cli, texts, open, dice),
        Command::Register { description } => {
            let (room, user) = (open()?, cli.user()?);
            let dataset = Dataset::read(description)?;
            let name = dataset.dataset.name.clone();
            room.record(Deed {
                stage: Stage::Collection,
                ..Deed::new(user, &name, "sandbox.register", "begun")
            })?;
            let registered = register(&dataset, room.root(), room.secret()?).await;
            if let Err(error) = &registered {
                let deed = Deed::new(user, &name, "sandbox.register", "failed");
                let deed = deed.with(json!({ "code": error.code() }));
                room.record(Deed { stage: Stage::Collection, ..deed })?;
            }
            let registered = registered?;
            room.describe(&dataset)?;
            let counts =
                json!({ "dataset": name, "persons": registered.persons, "tables": registered.tables });
            let deed = Deed::new(user, &name, "sandbox.register", "ok").with(counts.clone());
            room.record(Deed { stage: Stage::Collection, ..deed })?;
            Ok(if cli.json { counts.to_string() } else { found(&registered, texts) })
        }
        Command::Check { policy } => policy::check(&open()?, cli, texts, policy).await,
        Command::Risk { dataset, policy } => {
            risk::run(&open()?, cli, texts, (dataset, policy.as_deref())).await
        }
        Command::Approve { policy, key } => policy::approve(&open()?, cli, texts, policy, key).await,
        Command::Policy { what } => policy::run(open, cli, texts, (what, clock())).await,
        Command::Approver { what } => approver::run(open, cli, texts, what, dice),
        Command::Tables { policy } => {
            let (policy, dataset) = approved(cli, &open()?, policy, "sandbox.tables")?;
            match cli.json {
                true => Ok(granted::granted(&policy, &dataset)?.to_string()),
                false => granted::shown(&policy, &dataset, texts),
            }
        }
        Command::Serve(args) => {
            let lang = cli.lang.unwrap_or_else(|| Lang::chosen(&[]));
            serve::serve(args, open()?, (lang, cli.json), dice).await
        }
        Command::User { command } => {
            let who = cli.user.as_deref().unwrap_or("operator");
            serve::user(command, &open()?, who, (texts, cli.json), dice)
        }
        Command::Query { policy, remote, spend, out, sql, .. } if remote.server.is_some() => {
            return handed_out(
                serve::ask(remote, cli, (policy.as_deref(), spend.as_deref()), sql).await?,
                out,
            );
        }
        Command::Query { policy, price, spend, out, sql, .. } => {
            let policy = policy.as_deref().unwrap_or_default();
            let (room, spend) = (open()?, budget::amount(spend.as_deref())?);
            if *price {
                return budget::quote(&room, cli, texts, (policy, sql), spend).map(Told::from);
            }
            return handed_out(session::ask_at(&room, policy, cli.asker(&room)?, sql, spend).await?, out);
        }
        Command::Budget => budget::run(&open()?, cli, texts),
        Command::Program { what } => program::run(open, cli, texts, what),
        Command::Submit(asked) => return program::submit(open, cli, texts, asked).await,
        Command::Review { key, what } => review::run(&open()?, cli, texts, (key, what.as_ref())),
        Command::Results => review::results(&open()?, cli, texts),
        Command::Fetch { id, remote, out } if remote.server.is_some() => {
            return handed_out(serve::ask(remote, cli, (None, None), &call::fetch(id)).await?, out);
        }
        Command::Fetch { id, out, .. } => {
            let room = open()?;
            return handed_out(crate::airlock::review::fetch(&room, cli.asker(&room)?, id)?, out);
        }
        Command::Requests => review::requests(&open()?, cli, texts),
        Command::Trace { file } => trace::run(&open()?, cli, texts, file),
        Command::Demo(demo) => demo::play(demo, cli, texts, clock, dice, &mut print).await,
        Command::Dummy { policy, out, rows, seed } => {
            let (policy, dataset) = approved(cli, &open()?, policy, "sandbox.dummy")?;
            let files = dummy::write((&policy, cli.user().unwrap_or("me")), &dataset, out, *rows, *seed)?;
            let path = out.display().to_string();
            Ok(told(
                json!({ "out": path, "files": files }),
                "dummy",
                &[("files", files.join(", ").into()), ("path", path.clone().into())],
            ))
        }
    };
    told.map(Told::from)
}

/// Records that somebody looked at something of the room, or why not.
fn recorded(
    cli: &Cli,
    room: &Room,
    object: &str,
    action: &str,
    refused: Option<&SandboxError>,
) -> Result<(), SandboxError> {
    let result = if refused.is_some() { "refused" } else { "ok" };
    let code = refused.map(SandboxError::code);
    room.record(Deed::new(cli.anyone(), object, action, result).with(json!({ "code": code }))).map(drop)
}

/// An approved policy; that it was looked at is recorded.
fn approved(cli: &Cli, room: &Room, policy: &str, action: &str) -> Result<(Policy, Dataset), SandboxError> {
    let known = room.policy(policy);
    recorded(cli, room, policy, action, known.as_ref().err())?;
    known
}

/// What the owner is told of registered tables.
fn found(registered: &Registered, texts: &Texts) -> String {
    let mut lines = vec![texts.own("registered", &[("persons", registered.persons.into())])];
    for (name, told) in &registered.tables {
        let rows =
            [("table", name.clone().into()), ("rows", told.rows.into()), ("left", told.left_out.into())];
        lines.push(texts.own("registered-table", &rows));
        for (column, reason, values) in told.reasons() {
            let named = [
                ("column", column.into()),
                ("values", values.into()),
                ("reason", if texts.chinese() { reason.chinese() } else { reason.english() }.into()),
            ];
            lines.push(texts.own("registered-unread", &named));
        }
        for (column, values) in &told.undeclared {
            let named = [("column", column.clone().into()), ("values", (*values).into())];
            lines.push(texts.own("registered-undeclared", &named));
        }
        for (column, rows) in &told.without {
            let named = [("column", column.clone().into()), ("rows", (*rows).into())];
            lines.push(texts.own("registered-without", &named));
        }
        for (id, rows) in [("registered-nobody", told.nobody), ("registered-ragged", told.ragged)] {
            if rows > 0 {
                lines.push(texts.own(id, &[("rows", rows.into())]));
            }
        }
    }
    lines.join("\n")
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

#[cfg(test)]
mod tests;

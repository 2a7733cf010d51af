//! Programs: written from a template, put down, looked at, approved, run.

use super::answer::Out;
use super::approver::Key;
use super::serve::Remote;
use super::{Cli, Told, approved, budget, plain, serve};
use crate::door::call;
use crate::error::SandboxError;
use crate::program::approved::{self as programs, Program};
use crate::program::{self, Kind, MOST_BYTES, Makeup};
use crate::room::{Room, written};
use crate::session;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use yinshu_beside::Texts;

/// What is done with programs.
#[derive(Debug, clap::Subcommand)]
pub enum Programs {
    /// Writes a template.
    New {
        /// The folder.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Puts a program down under a policy.
    Add {
        /// The component, or the module of which one is made.
        #[arg(value_name = "FILE")]
        component: PathBuf,
        /// What it is, reads and gives.
        #[arg(long, value_name = "FILE")]
        manifest: PathBuf,
        /// The policy.
        #[arg(long, value_name = "NAME")]
        policy: String,
    },
    /// Shows a program as whoever approves it sees it.
    Review {
        /// Its name.
        #[arg(value_name = "NAME")]
        name: String,
        /// The policy.
        #[arg(long, value_name = "NAME")]
        policy: String,
    },
    /// Approves a program as it is.
    Approve {
        /// Its name.
        #[arg(value_name = "NAME")]
        name: String,
        /// The policy.
        #[arg(long, value_name = "NAME")]
        policy: String,
        /// The digest of the component that was looked at.
        #[arg(long, value_name = "DIGEST")]
        component: String,
        /// With which key.
        #[command(flatten)]
        key: Key,
    },
    /// Shows the programs under a policy.
    List {
        /// The policy.
        #[arg(long, value_name = "NAME")]
        policy: String,
    },
}

/// A run of a program.
#[derive(Debug, clap::Args)]
pub struct Submit {
    /// Under which policy.
    #[arg(long, value_name = "NAME", required_unless_present = "server")]
    policy: Option<String>,
    /// At a server, and not in a room.
    #[command(flatten)]
    remote: Remote,
    /// Which program.
    #[arg(long, value_name = "NAME")]
    program: String,
    /// Says what it would cost and how much noise there would be, and runs nothing.
    #[arg(long, requires = "sql", conflicts_with = "server")]
    price: bool,
    /// For how much of the privacy budget: ρ.
    #[arg(long, value_name = "RHO")]
    spend: Option<String>,
    /// Where the answer goes.
    #[command(flatten)]
    out: Out,
    /// Of a score, the question, with its columns beside those of its table.
    #[arg(value_name = "SQL")]
    sql: Option<String>,
}

/// The files of a template, with what is in them.
const TEMPLATE: [(&str, &str); 5] = [
    ("Cargo.toml", include_str!("../../../guest/template/Cargo.toml.in")),
    ("README.md", include_str!("../../../guest/template/README.md")),
    ("program.toml", include_str!("../../../guest/template/program.toml")),
    ("src/lib.rs", include_str!("../../../guest/examples/moves.rs")),
    ("wit/yinshu.wit", include_str!("../../../guest/wit/yinshu.wit")),
];

/// Runs `program`.
pub(super) fn run(
    open: impl Fn() -> Result<Room, SandboxError>,
    cli: &Cli,
    texts: &Texts,
    what: &Programs,
) -> Result<String, SandboxError> {
    match what {
        Programs::New { folder } => template(folder, cli, texts),
        Programs::Add { component, manifest, policy } => {
            let room = open()?;
            let user = cli.asker(&room)?;
            let known = room.policy(policy)?;
            let bytes = read(component)?;
            let text = std::fs::read_to_string(manifest).map_err(SandboxError::files(manifest))?;
            let (read, makeup) = programs::add(&room, user, (&known.0, &known.1), &bytes, &text)?;
            let name = read.program.name;
            Ok(match cli.json {
                true => {
                    json!({ "program": name, "policy": policy, "quick": makeup.keeps_nothing }).to_string()
                }
                false => {
                    let named = [("program", name.into()), ("policy", policy.clone().into())];
                    [texts.own("program-added", &named), pace(read.program.kind, &makeup, texts)].join("\n")
                }
            })
        }
        Programs::Review { name, policy } => {
            let room = open()?;
            let found = programs::of(&room, policy, name);
            super::recorded(cli, &room, policy, "sandbox.program.review", found.as_ref().err())?;
            let found = found?;
            let makeup = found.makeup()?;
            let told = one(&found, &makeup);
            Ok(if cli.json { told.to_string() } else { shown(&found, &makeup, texts) })
        }
        Programs::Approve { name, policy, component, key } => {
            let room = open()?;
            let (known, _) = room.policy(policy)?;
            let approval = programs::approve(&room, &key.signer(&room, cli)?, &known, (name, component))?;
            let named = [("program", name.clone().into()), ("policy", policy.clone().into())];
            Ok(match cli.json {
                true => {
                    json!({ "program": name, "policy": policy, "component": approval.component }).to_string()
                }
                false => texts.own("program-approved", &named),
            })
        }
        Programs::List { policy } => {
            let room = open()?;
            approved(cli, &room, policy, "sandbox.program.list")?;
            let all = programs::all(&room, policy)?;
            if cli.json {
                let each = all.iter().map(|found| Ok(one(found, &found.makeup()?)));
                let each = each.collect::<Result<Vec<_>, SandboxError>>()?;
                return Ok(json!({ "programs": each }).to_string());
            }
            let mut table = plain();
            let heads =
                ["program", "kind", "table", "approved"].map(|id| texts.own(&format!("head-{id}"), &[]));
            table.set_header(heads);
            for found in &all {
                let about = &found.manifest.program;
                let by = found.approval.approver.clone();
                table.add_row([about.name.clone(), about.kind.name().to_owned(), about.table.clone(), by]);
            }
            Ok(table.to_string())
        }
    }
}

/// Runs `submit`.
pub(super) async fn submit(
    open: impl Fn() -> Result<Room, SandboxError>,
    cli: &Cli,
    texts: &Texts,
    Submit { policy, remote, program, price, spend, sql, out }: &Submit,
) -> Result<Told, SandboxError> {
    let told = |answer| Told::handed_out(answer, out, cli, texts);
    if remote.server.is_some() {
        let called = call::program(program, sql.as_deref());
        return told(serve::ask(remote, cli, (policy.as_deref(), spend.as_deref()), &called).await?);
    }
    let (room, spend) = (open()?, budget::amount(spend.as_deref())?);
    let of = (policy.as_deref().unwrap_or_default(), cli.asker(&room)?);
    match sql {
        Some(sql) if *price => {
            let quote = session::quote_of(&room, of, program, sql, spend)?;
            Ok(budget::told(&quote, cli, texts).into())
        }
        Some(sql) => told(session::submit(&room, of, program, sql, spend).await?),
        None => told(session::gather(&room, of, program).await?),
    }
}

fn read(component: &Path) -> Result<Vec<u8>, SandboxError> {
    let files = SandboxError::files(component);
    let about = std::fs::metadata(component).map_err(&files)?;
    match about.len() <= MOST_BYTES as u64 {
        true => {
            let read = std::fs::read(component).map_err(files)?;
            program::component(read).map_err(|error| SandboxError::Unfit { reason: error.to_string() })
        }
        false => Err(SandboxError::Unfit { reason: format!("it has more than {MOST_BYTES} bytes") }),
    }
}

/// How quick a program is, as whoever wrote it wants to know.
fn pace(of: Kind, makeup: &Makeup, texts: &Texts) -> String {
    match (of, makeup.keeps_nothing) {
        (Kind::Aggregate, _) => texts.own("program-aggregate", &[]),
        (Kind::Score, true) => texts.own("program-quick", &[]),
        (Kind::Score, false) => texts.own("program-slow", &[]),
    }
}

fn one(found: &Program, makeup: &Makeup) -> Value {
    let approval = &found.approval;
    let by = found.is_approved().then(|| json!({ "user": approval.approver, "time": approval.time }));
    json!({ "program": found.manifest.program, "columns": found.manifest.columns, "component": approval.component,
        "manifest": approval.manifest, "policy": approval.terms, "added": approval.added, "approved": by,
        "bytes": found.component.len(), "imports": makeup.imports, "quick": makeup.keeps_nothing })
}

fn shown(found: &Program, makeup: &Makeup, texts: &Texts) -> String {
    let (about, approval) = (&found.manifest.program, &found.approval);
    let columns: Vec<&str> = found.manifest.columns.iter().map(|column| &*column.name).collect();
    let named = [
        ("program", about.name.clone().into()),
        ("kind", about.kind.name().into()),
        ("table", about.table.clone().into()),
        ("reads", about.reads.join(", ").into()),
        ("columns", columns.join(", ").into()),
        ("component", approval.component.clone().into()),
        ("manifest", approval.manifest.clone().into()),
        ("bytes", (found.component.len() as u64).into()),
        ("imports", makeup.imports.join(", ").into()),
        ("added", approval.added.clone().into()),
    ];
    let state = match found.is_approved() {
        true => {
            let by = [("user", approval.approver.clone().into()), ("time", written(approval.time).into())];
            texts.own("program-by", &by)
        }
        false => texts.own("program-by-nobody", &[]),
    };
    [texts.own("program-one", &named), pace(about.kind, makeup, texts), state].join("\n")
}

fn template(folder: &Path, cli: &Cli, texts: &Texts) -> Result<String, SandboxError> {
    for (name, text) in TEMPLATE {
        let path = folder.join(name);
        let files = SandboxError::files(&path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(&files)?;
        }
        // What is there already is somebody's work.
        let mut file = std::fs::File::create_new(&path).map_err(&files)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(&files)?;
    }
    let path = folder.display().to_string();
    Ok(match cli.json {
        true => json!({ "out": path, "files": TEMPLATE.map(|(name, _)| name) }).to_string(),
        false => texts.own("program-new", &[("path", path.into())]),
    })
}

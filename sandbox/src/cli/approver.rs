//! `init` and `approver`: who approves, and with which key.

use super::{Cli, plain};
use crate::approval::{Role, Signer, approvers, signer};
use crate::error::SandboxError;
use crate::room::{Deed, Room};
use rand::CryptoRng;
use serde_json::json;
use std::path::{Path, PathBuf};
use yinshu_beside::Texts;
use yinshu_crypto::sign::PublicKey;

/// The first approver of a room that was made by nobody in particular.
const HOLDER: &str = "holder";

/// With which key somebody signs.
#[derive(Debug, Clone, clap::Args)]
pub struct Key {
    /// The file with it, where it does not lie in the room.
    #[arg(long = "key", id = "approver-key", value_name = "FILE", global = true)]
    key: Option<PathBuf>,
}

impl Key {
    /// Whoever `--user` says, if the key is that of an approver of this name.
    pub(super) fn signer(&self, room: &Room, cli: &Cli) -> Result<Signer, SandboxError> {
        let name = cli.user()?;
        room.approvers()?.one(name)?;
        Signer::of(room, name, self.read(room, name)?)
    }

    fn read(&self, room: &Room, name: &str) -> Result<yinshu_crypto::sign::SigningKey, SandboxError> {
        let here = signer::place(room.root(), name);
        signer::read(self.key.as_ref().unwrap_or(&here))
    }

    /// The file, away from a room.
    pub(super) fn file(&self) -> Result<&PathBuf, SandboxError> {
        self.key.as_ref().ok_or_else(|| SandboxError::Usage { reason: "--key FILE".to_owned() })
    }
}

/// What is done with approvers.
#[derive(Debug, clap::Subcommand)]
pub enum Approving {
    /// Makes a key to be an approver by.
    Key {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Adds an approver.
    Add {
        /// The name.
        #[arg(value_name = "NAME")]
        name: String,
        /// For whom he signs.
        #[arg(long, value_enum, default_value = "reviewer")]
        role: Role,
        /// His public key.
        #[arg(long, value_name = "KEY")]
        public: Option<String>,
        /// With which key of whose.
        #[command(flatten)]
        key: Key,
    },
    /// Shows who approves.
    List,
    /// Removes an approver.
    Remove {
        /// The name.
        #[arg(value_name = "NAME")]
        name: String,
        /// With which key of whose.
        #[command(flatten)]
        key: Key,
    },
}

/// Runs `init`: a room and its first approver.
pub(super) fn init(
    cli: &Cli,
    texts: &Texts,
    open: impl Fn() -> Result<Room, SandboxError>,
    dice: &mut impl CryptoRng,
) -> Result<String, SandboxError> {
    Room::make(&cli.room, dice)?;
    let room = open()?;
    let first = cli.user.as_deref().filter(|user| !user.trim().is_empty()).unwrap_or(HOLDER);
    room.record(Deed::new(first, "room", "sandbox.init", "ok"))?;
    let (_, file) = approvers::first(&room, first, dice)?;
    let (place, key) = (cli.room.display().to_string(), room.public_key()?.to_string());
    let file = file.display().to_string();
    let named = [
        ("path", place.clone().into()),
        ("key", key.clone().into()),
        ("approver", first.to_owned().into()),
        ("file", file.clone().into()),
    ];
    Ok(match cli.json {
        true => json!({ "room": place, "key": key, "approver": first, "approver_key": file }).to_string(),
        false => texts.own("made", &named),
    })
}

/// Runs `approver key`, for which no room is needed.
fn key(cli: &Cli, texts: &Texts, file: &Path, dice: &mut impl CryptoRng) -> Result<String, SandboxError> {
    let public = signer::make(file, dice)?.public().to_string();
    let file = file.display().to_string();
    let named = [("file", file.clone().into()), ("public", public.clone().into())];
    Ok(match cli.json {
        true => json!({ "file": file, "public": public }).to_string(),
        false => texts.own("approver-key", &named),
    })
}

/// Runs `approver`.
pub(super) fn run(
    open: impl Fn() -> Result<Room, SandboxError>,
    cli: &Cli,
    texts: &Texts,
    what: &Approving,
    dice: &mut impl CryptoRng,
) -> Result<String, SandboxError> {
    let done = |id: &str, name: &str, more: serde_json::Value| match cli.json {
        true => more.to_string(),
        false => texts.own(id, &[("name", name.to_owned().into())]),
    };
    match what {
        Approving::Key { file } => key(cli, texts, file, dice),
        Approving::Add { name, role, public, key } => {
            let room = open()?;
            let signer = key.signer(&room, cli)?;
            let known = public.as_ref().map(|public| public.parse::<PublicKey>());
            let known =
                known.transpose().map_err(|error| SandboxError::Usage { reason: error.to_string() })?;
            approvers::may_add(&room, name, known)?;
            let (public, file) = match known {
                Some(public) => (public, None),
                None => {
                    let file = signer::place(room.root(), name);
                    (signer::make(&file, dice)?.public(), Some(file.display().to_string()))
                }
            };
            approvers::add(&room, (name, *role, public), &signer)?;
            let told = done(
                "approver-added",
                name,
                json!({ "approver": name, "role": role, "key": public, "approver_key": file }),
            );
            Ok(match file.filter(|_| !cli.json) {
                Some(file) => format!("{told}\n{}", texts.own("approver-file", &[("file", file.into())])),
                None => told,
            })
        }
        Approving::List => {
            let room = open()?;
            let all = room.approvers()?;
            if cli.json {
                let each =
                    all.now().map(|one| json!({ "approver": one.name, "role": one.role, "key": one.key }));
                return Ok(json!({ "approvers": each.collect::<Vec<_>>() }).to_string());
            }
            let mut table = plain();
            table.set_header(["approver", "role", "key"].map(|id| texts.own(&format!("head-{id}"), &[])));
            for one in all.now() {
                let role = texts.own(&format!("role-{}", one.role), &[]);
                table.add_row([one.name.clone(), role, one.key.to_string()]);
            }
            Ok(table.to_string())
        }
        Approving::Remove { name, key } => {
            let room = open()?;
            approvers::remove(&room, name, &key.signer(&room, cli)?)?;
            Ok(done("approver-removed", name, json!({ "approver": name })))
        }
    }
}

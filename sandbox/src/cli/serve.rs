//! `serve`, `user`, and `query --server`: the door on the command line.

use super::Cli;
use crate::answer::Answer;
use crate::door::client::Place;
use crate::door::tls::Identity;
use crate::door::users::{Change, Users, change};
use crate::door::{self, Settings};
use crate::error::SandboxError;
use crate::lang::texts;
use crate::room::{Deed, Room};
use rand::CryptoRng;
use serde_json::json;
use std::path::PathBuf;
use yinshu_beside::ends::{complain, print};
use yinshu_beside::{Lang, Texts};

/// `serve`.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Where to listen.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:32010")]
    pub listen: String,
    /// The certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "key", required_unless_present = "self_signed")]
    pub certificate: Option<PathBuf>,
    /// Its key, in PEM.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// Makes a certificate.
    #[arg(long, conflicts_with = "certificate")]
    pub self_signed: bool,
    /// Names and addresses that a certificate made here is for.
    #[arg(long, value_name = "HOST", requires = "self_signed", default_values = ["localhost", "127.0.0.1", "::1"])]
    pub name: Vec<String>,
}

/// `user`.
#[derive(Debug, clap::Subcommand)]
pub enum User {
    /// Lets somebody in.
    Add {
        /// The name, as policies have it.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Shows who may come in.
    List,
    /// Lets somebody in no more.
    Remove {
        /// The name.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Makes a new secret for somebody.
    Renew {
        /// The name.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// `query --server`.
#[derive(Debug, clap::Args)]
pub struct Remote {
    /// Asks a server, and not a room.
    #[arg(long, value_name = "HOST:PORT", requires = "ca")]
    pub server: Option<String>,
    /// The certificates of servers that are trusted, in PEM.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub ca: Option<PathBuf>,
}

/// Serves until it is stopped.
pub(super) async fn serve(
    args: &Serve,
    room: Room,
    (lang, json): (Lang, bool),
    dice: &mut impl CryptoRng,
) -> Result<String, SandboxError> {
    let own = texts(lang);
    let identity = match (&args.certificate, &args.key) {
        (Some(certificate), Some(key)) => Identity { certificate: certificate.clone(), key: key.clone() },
        _ => Identity::self_signed(room.root(), &args.name, room.now(), dice)?,
    };
    let told = texts(lang);
    let tell = move |error: &SandboxError| {
        complain(&match json {
            true => told.json(error).to_string(),
            false => told.render(error),
        });
        if let Some(reason) = error.reason() {
            complain(reason);
        }
    };
    let serving = door::serve(room, &args.listen, &identity, lang, Settings::default(), dice, tell).await?;
    let (address, fingerprint) = (serving.address().to_string(), identity.fingerprint()?);
    let certificate = identity.certificate.display().to_string();
    print(&match json {
        true => {
            json!({ "address": address, "certificate": certificate, "fingerprint": fingerprint }).to_string()
        }
        false => own.own(
            "serving",
            &[
                ("address", address.into()),
                ("certificate", certificate.into()),
                ("fingerprint", fingerprint.into()),
            ],
        ),
    });
    stopped().await;
    serving.stop().await;
    Ok(if json { json!({ "stopped": true }).to_string() } else { own.own("stopped", &[]) })
}

/// Waits for Ctrl-C, or for the end of the process to be asked for.
async fn stopped() {
    #[cfg(unix)]
    if let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = term.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Changes or shows who may come in.
pub(super) fn user(
    command: &User,
    room: &Room,
    who: &str,
    (texts, json): (&Texts, bool),
    dice: &mut impl CryptoRng,
) -> Result<String, SandboxError> {
    let (name, done, word) = match command {
        User::List => {
            let users = Users::read(room.root())?;
            let list = users.list();
            let told = list.iter().map(|user| json!({ "name": user.name, "since": user.since }));
            return Ok(match json {
                true => json!({ "users": told.collect::<Vec<_>>() }).to_string(),
                false => list.iter().map(|user| format!("{}\t{}\n", user.name, user.since)).collect(),
            });
        }
        User::Add { name } => (name, Change::Add, "add"),
        User::Renew { name } => (name, Change::Renew, "renew"),
        User::Remove { name } => (name, Change::Remove, "remove"),
    };
    room.record(Deed::new(who, name, &format!("sandbox.user.{word}"), "begun"))?;
    let secret = change(room, name, done, dice)?;
    room.record(Deed::new(who, name, &format!("sandbox.user.{word}"), "ok"))?;
    Ok(match (secret, json) {
        (Some(secret), true) => json!({ "user": name, "secret": *secret }).to_string(),
        (Some(secret), false) => {
            texts.own("secret", &[("user", name.clone().into()), ("secret", secret.to_string().into())])
        }
        (None, true) => json!({ "user": name }).to_string(),
        (None, false) => texts.own("removed", &[("user", name.clone().into())]),
    })
}

/// Asks a server.
pub(super) async fn ask(
    remote: &Remote,
    cli: &Cli,
    (policy, spend): (Option<&str>, Option<&str>),
    sql: &str,
) -> Result<Answer, SandboxError> {
    let (Some(server), Some(ca)) = (&remote.server, &remote.ca) else {
        return Err(SandboxError::Usage { reason: "--server, --ca".to_owned() });
    };
    Place { server, trusted: ca, user: cli.user()?, secret: cli.secret()?, policy, spend }.ask(sql).await
}

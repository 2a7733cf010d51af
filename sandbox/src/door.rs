//! The researcher's door: Arrow Flight SQL over TLS, for ADBC, JDBC and database tools as they are.
//!
//! ```text
//! TLS ─ HTTP/2 ─ login: name and secret ─▶ token ─▶ list │ ask: ticket ─▶ fetch: session::ask ─▶ released answer
//! ```
//!
//! # Security
//! *A stranger* gets as far as the login. Connections, handshakes and failed logins are limited, a connection over which nobody
//! logs in is closed, and an unknown name and a wrong secret are answered alike after the same work (`users`, `logins`).
//!
//! *A researcher* gets what `session::ask` releases, and lists of what the own policies grant (`listing`, `own`): nothing else
//! stands behind the door. Approved programs are called (`call`), by what `session` makes of them. The engine and its catalogue are not reached from here, and no list has a count of rows or a
//! statistic in it. A ticket, a prepared question and a login are 256 random bits each; they belong to a user, end, and a
//! ticket is exchanged once (`kept`): one of somebody else is answered as one that never was. What a ticket stands for stays
//! here, so that nothing that was read and judged can be changed before it is run. The schema of an answer is that of its
//! question, fixed before anything runs.
//!
//! *Messages*: a refusal is a status with a code and a text; what is for the operator does not go out (`told`). Whatever the
//! protocol knows besides (writing, transactions, plans, parameters, exchange) is refused by name.
//!
//! *Load*: a user has so many requests at once, all together run so many questions at once, each no longer than the limit; what
//! nobody waits for any more is ended (`asking`).

mod asking;
pub(crate) mod call;
pub mod client;
mod desk;
mod flight;
mod kept;
mod listen;
mod listing;
mod logins;
mod options;
mod own;
mod result;
pub mod tls;
mod told;
pub mod users;

use crate::error::SandboxError;
use crate::room::Room;
use flight::House;
use jiff::SignedDuration;
use rand::{CryptoRng, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use yinshu_beside::Lang;

/// Times and limits.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a login lasts (12 hours).
    pub login: SignedDuration,
    /// How long a ticket waits to be fetched (5 minutes).
    pub ticket: SignedDuration,
    /// How long a prepared question is kept (1 hour).
    pub prepared: SignedDuration,
    /// Logins, tickets and prepared questions that are kept, of each, for one user (64) and in all (4096).
    pub kept_of_one: usize,
    /// In all.
    pub kept: usize,
    /// Questions that run at once (8); others wait.
    pub questions: usize,
    /// Requests of one user that run or wait at once (32).
    pub requests_of_one: u64,
    /// How long a question may wait and run (10 minutes); a policy's own limit ends most before.
    pub longest: Duration,
    /// Connections (256), and streams of each (64).
    pub connections: usize,
    /// Streams of a connection.
    pub streams: u32,
    /// TLS handshakes at once (32), and how long one takes (10 s).
    pub handshakes: usize,
    /// How long a handshake takes.
    pub handshake: Duration,
    /// How long a connection stays on which nobody logs in (30 s).
    pub strangers: Duration,
    /// Bytes of a message (256 KiB).
    pub message: usize,
    /// How long requests that have begun may go on when the server stops (10 s).
    pub farewell: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            login: SignedDuration::from_hours(12),
            ticket: SignedDuration::from_mins(5),
            prepared: SignedDuration::from_hours(1),
            kept_of_one: 64,
            kept: 4096,
            questions: 8,
            requests_of_one: 32,
            longest: Duration::from_secs(600),
            connections: 256,
            streams: 64,
            handshakes: 32,
            handshake: Duration::from_secs(10),
            strangers: Duration::from_secs(30),
            message: 256 << 10,
            farewell: Duration::from_secs(10),
        }
    }
}

/// A server that runs.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Serving {
    /// Where it listens, with the real port if 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections and waits for requests that have begun.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// Opens the door of a room. `tell` is told why something could not be done, for the operator.
///
/// # Errors
/// [`SandboxError::Server`]: the address cannot be listened at. [`SandboxError::Files`], [`SandboxError::Description`]: the
/// certificate, its key or the list of users cannot be used.
pub async fn serve(
    room: Room,
    address: &str,
    identity: &tls::Identity,
    lang: Lang,
    settings: Settings,
    dice: &mut impl CryptoRng,
    tell: impl Fn(&SandboxError) + Send + Sync + 'static,
) -> Result<Serving, SandboxError> {
    let config = identity.server()?;
    users::Users::read(room.root())?;
    let cannot = |error: std::io::Error| SandboxError::Server {
        address: address.to_owned(),
        reason: error.to_string(),
    };
    let tcp = TcpListener::bind(address).await.map_err(cannot)?;
    let bound = tcp.local_addr().map_err(cannot)?;
    let house = Arc::new(House {
        desk: desk::Desk::new(room, &settings, ChaCha20Rng::from_rng(dice)),
        turns: asking::Turns::new(&settings),
        languages: told::Languages::new(),
        lang,
        tell: Box::new(tell),
    });
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(listen::receive(tcp, config, house, settings, stopped));
    Ok(Serving { address: bound, stop, task })
}

#[cfg(test)]
mod tests;

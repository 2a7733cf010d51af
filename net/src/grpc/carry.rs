//! One connection carrying a session: envelopes out, envelopes in, until it breaks or the session ends.

use std::time::Duration;
use tokio::sync::mpsc;
use tonic::{Code, Status, Streaming};

use super::channel::Carried;
use super::link::Next;
use super::{Settings, wire::Envelope};
use crate::NetError;
use crate::session::malformed;

/// How long an acknowledgement waits for data to ride on.
const ACK_DELAY: Duration = Duration::from_millis(20);

/// How long a finished stream stays open for what is underway.
const LINGER: Duration = Duration::from_secs(1);

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// It broke; the session can go on over another.
    Lost(String),
    /// The session is over, or another connection has taken it.
    Finished,
}

/// Carries the session as connection number `generation`.
pub(super) async fn carry(
    carried: &Carried,
    generation: u64,
    out: mpsc::Sender<Envelope>,
    incoming: Streaming<Envelope>,
    settings: &Settings,
) -> End {
    tokio::select! {
        end = write(carried, generation, out, settings.keep_alive) => end,
        end = read(carried, generation, incoming, settings.silence) => end,
    }
}

async fn write(carried: &Carried, generation: u64, out: mpsc::Sender<Envelope>, keep_alive: Duration) -> End {
    loop {
        let next = carried.link().next(generation);
        let (envelope, last) = match next {
            Next::Send(envelope) => (envelope, false),
            Next::Last(envelope) => (envelope, true),
            Next::Finished => break,
            Next::Superseded => {
                // The wake-up was for the newer connection.
                carried.wake.notify_one();
                return End::Finished;
            }
            Next::Idle { owes } => {
                let pause = if owes { ACK_DELAY } else { keep_alive };
                if tokio::time::timeout(pause, carried.wake.notified()).await.is_ok() {
                    continue;
                }
                match carried.link().acknowledgement(generation) {
                    Some(envelope) => (envelope, false),
                    None => continue,
                }
            }
        };
        if out.send(envelope).await.is_err() {
            return End::Lost("the stream was closed".to_owned());
        }
        if last {
            break;
        }
    }
    // Ends our direction, and leaves the other side a moment to read the last of it and end its own.
    drop(out);
    tokio::time::sleep(LINGER).await;
    End::Finished
}

async fn read(
    carried: &Carried,
    generation: u64,
    mut incoming: Streaming<Envelope>,
    silence: Duration,
) -> End {
    loop {
        let Ok(message) = tokio::time::timeout(silence, incoming.message()).await else {
            return End::Lost(format!("nothing was heard for {} s", silence.as_secs()));
        };
        let envelope = match message {
            Ok(Some(envelope)) => envelope,
            Ok(None) => return End::Lost("the stream ended".to_owned()),
            Err(status) => match misbehaviour(carried, &status) {
                None => return End::Lost(explain(&status)),
                Some(error) => {
                    carried.fail(error, true);
                    // The writer says why, and ends; unless the connection is gone too.
                    tokio::time::sleep(2 * LINGER).await;
                    return End::Finished;
                }
            },
        };
        carried.now_heard();
        let failed = {
            let mut link = carried.link();
            if link.generation() != generation {
                return End::Finished;
            }
            link.receive(envelope).err()
        };
        if let Some(error) = failed {
            let said_by_peer = matches!(error, NetError::Refused { .. } | NetError::SessionLost { .. });
            carried.fail(error, !said_by_peer);
        }
        carried.changed.notify_all();
        carried.wake.notify_one();
    }
}

/// What the peer did wrong, if the stream broke because of that: too long a message, or not an envelope.
fn misbehaviour(carried: &Carried, status: &Status) -> Option<NetError> {
    match status.code() {
        Code::OutOfRange => Some(malformed(&carried.peer, "envelope: it is too long")),
        Code::DataLoss => Some(malformed(&carried.peer, "envelope")),
        _ => None,
    }
}

pub(super) fn explain(status: &Status) -> String {
    crate::error::printable(format!("{:?}: {}", status.code(), status.message()).as_bytes(), 200)
}

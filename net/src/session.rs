//! How parties meet. One party [`greet`]s, the other [`hear`]s it and then says [`welcome`] or
//! [`refuse`]s. Both sides compare what they mean by the session: its id, the parties, the protocol and
//! its version, and the digest of the signed contract. A difference is an error on **both** sides that
//! names both values and the peer.
//!
//! ```text
//! connector                                   listener
//!   greet: Hello ────────────────────────────▶ hear        (root decides: purpose, contract …)
//!   compare ◀──────────── Welcome(its Hello) ── welcome    compare
//!         or ◀──────── Refusal(code, reason) ── refuse
//! ```
//!
//! Over memory the greeting is a frame; over gRPC it travels in the opening envelope, so that a session
//! whose connection broke is found again by it ([`crate::grpc`]).
//!
//! # Strands
//! A session is one channel, its first [`Strand`], until both sides agree over it that there are more. The connector
//! then greets once for each: with the session's id, the same contract and the strand's number. A strand is bound to all
//! of what the first one was bound to, and belongs to the party that the first one's certificate proves.

mod hello;

pub use hello::{Hello, Reply, SessionId, Strand};

use crate::error::printable;
use crate::{Channel, NetError, PartyId};

/// The phase under which the greeting is metered.
pub const PHASE: &str = "hello";

/// The most bytes a refusal's reason may have.
pub const MAX_REASON: usize = 512;

/// Greets the peer of `channel` and waits for its answer, which is its own [`Hello`].
///
/// # Errors
/// [`NetError::Mismatch`] when the two sides differ, [`NetError::Refused`], and those of the channel.
pub fn greet(channel: &mut dyn Channel, mine: &Hello) -> Result<Hello, NetError> {
    channel.phase(PHASE);
    channel.send(mine.encode())?;
    await_answer(channel, mine)
}

/// Waits for a greeting over `channel` and checks that it is from its peer to `me`.
///
/// # Errors
/// [`NetError::Malformed`], [`NetError::Mismatch`] (`from`, `to`), and those of the channel.
pub fn hear(channel: &mut dyn Channel, me: &PartyId) -> Result<Hello, NetError> {
    channel.phase(PHASE);
    let frame = channel.recv(Hello::MAX)?;
    let theirs = Hello::decode(&frame).map_err(|_| malformed(channel.peer(), "greeting"))?;
    theirs.check_parties(channel.peer(), me)?;
    Ok(theirs)
}

/// Answers a heard greeting with our own, and compares. The peer is told our values either way, so that
/// both sides find the same difference.
///
/// # Errors
/// [`NetError::Mismatch`] and those of the channel.
pub fn welcome(channel: &mut dyn Channel, theirs: &Hello, mine: &Hello) -> Result<(), NetError> {
    channel.phase(PHASE);
    channel.send(Reply::Welcome(mine.clone()).encode())?;
    mine.compare(theirs, channel.peer())
}

/// Answers a heard greeting with a refusal: our error code and a reason, cut to [`MAX_REASON`] printable
/// bytes.
///
/// # Errors
/// Those of the channel.
pub fn refuse(channel: &mut dyn Channel, code: u16, reason: &str) -> Result<(), NetError> {
    channel.phase(PHASE);
    channel.send(Reply::Refusal { code, reason: printable(reason.as_bytes(), MAX_REASON) }.encode())?;
    channel.close()
}

/// Waits for the answer to `mine`, which has been sent already.
pub(crate) fn await_answer(channel: &mut dyn Channel, mine: &Hello) -> Result<Hello, NetError> {
    let frame = channel.recv(Reply::MAX)?;
    let peer = channel.peer();
    match Reply::decode(&frame).map_err(|_| malformed(peer, "answer to a greeting"))? {
        Reply::Welcome(theirs) => {
            theirs.check_parties(peer, &mine.from)?;
            mine.compare(&theirs, peer)?;
            Ok(theirs)
        }
        Reply::Refusal { code, reason } => Err(NetError::Refused { peer: peer.clone(), code, reason }),
    }
}

pub(crate) fn malformed(peer: &PartyId, what: &str) -> NetError {
    NetError::Malformed { peer: peer.clone(), what: what.to_owned() }
}

#[cfg(test)]
mod tests;

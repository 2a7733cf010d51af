//! What every protocol's `run.rs` shares: frames that may be a refusal instead, blame, and parting.

use crate::error::{Misstep, PsiError, Refusal};
use yinshu_net::{Channel, MAX_FRAME, NetError};

/// The kind of a refusal, in every protocol.
const REFUSAL: u8 = 255;

/// The longest refusal: what every `recv` must leave room for.
pub(crate) const REFUSAL_BYTES: usize = 2;

/// The refusal in a frame, if it is one.
pub fn refusal(frame: &[u8]) -> Option<Refusal> {
    match frame {
        [REFUSAL, reason] => Some(Refusal::from_byte(*reason)),
        _ => None,
    }
}

/// The frame of a refusal.
pub fn refuse(reason: Refusal) -> Vec<u8> {
    vec![REFUSAL, reason.to_byte()]
}

/// The next frame, of at most `max` bytes, unless the peer ends the run.
pub(crate) fn recv(channel: &mut dyn Channel, max: usize) -> Result<Vec<u8>, PsiError> {
    let frame = channel.recv(max.max(REFUSAL_BYTES))?;
    match refusal(&frame) {
        Some(reason) => Err(PsiError::Refused { peer: channel.peer().clone(), reason }),
        None => Ok(frame),
    }
}

/// Puts the peer's name to its misstep.
pub(crate) fn blame<T>(channel: &dyn Channel, result: Result<T, Misstep>) -> Result<T, PsiError> {
    result.map_err(|misstep| misstep.by(channel.peer()))
}

/// Tells the peer that the run is over. Where the peer has closed the channel, looks for why it did: its
/// refusal may lie behind up to `underway` frames of the protocol.
pub(crate) fn part(channel: &mut dyn Channel, error: PsiError, underway: usize) -> PsiError {
    if let Some(reason) = error.refusal() {
        // The run is over either way: if the peer cannot be told, its own channel tells it.
        let _ = channel.send(refuse(reason));
    } else if matches!(error, PsiError::Channel { cause: NetError::Closed { .. } }) {
        for _ in 0..=underway {
            match channel.recv(MAX_FRAME).ok().map(|frame| refusal(&frame)) {
                Some(Some(reason)) => return PsiError::Refused { peer: channel.peer().clone(), reason },
                Some(None) => {}
                None => break,
            }
        }
    }
    error
}

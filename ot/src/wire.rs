//! Frames: one byte of kind, then what the state of the run says comes, exactly.

use crate::error::{Misstep, OtError};
use yinshu_crypto::field::F128;
use yinshu_net::Channel;

/// The kind of a refusal in every protocol; a byte of reason follows.
const REFUSAL: u8 = 255;

/// The longest refusal.
const REFUSAL_BYTES: usize = 2;

/// A message: its kind on the wire and its name in errors.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) byte: u8,
    pub(crate) name: &'static str,
}

/// Sends what was gathered for a message.
pub(crate) fn send(channel: &mut dyn Channel, kind: Kind, parts: &[&[u8]]) -> Result<(), OtError> {
    let mut frame = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    frame.push(kind.byte);
    parts.iter().for_each(|part| frame.extend_from_slice(part));
    Ok(channel.send(frame)?)
}

/// The body of the next message, which must be of this kind and have exactly `len` bytes.
pub(crate) fn recv(channel: &mut dyn Channel, kind: Kind, len: usize) -> Result<Vec<u8>, OtError> {
    let mut frame = channel.recv((len + 1).max(REFUSAL_BYTES))?;
    if let [REFUSAL, reason] = frame[..] {
        return Err(OtError::Refused { peer: channel.peer().clone(), reason });
    }
    check(&frame, kind, len).map_err(|misstep| misstep.by(channel.peer()))?;
    frame.remove(0);
    Ok(frame)
}

/// Whether a frame is of a kind and has a body of `len` bytes.
pub(crate) fn check(frame: &[u8], kind: Kind, len: usize) -> Result<(), Misstep> {
    let found = frame.first().copied().unwrap_or(0);
    if found != kind.byte {
        Err(Misstep::WrongMessage { expected: kind.name, found })
    } else if frame.len() != len + 1 {
        Err(Misstep::WrongLength { message: kind.name, expected: len + 1, found: frame.len() })
    } else {
        Ok(())
    }
}

/// Elements as bytes, one after the other.
pub(crate) fn bytes(elements: &[F128]) -> Vec<u8> {
    elements.iter().flat_map(|element| element.to_bytes()).collect()
}

/// As many elements as whole ones are in `bytes`.
pub(crate) fn elements(bytes: &[u8]) -> Vec<F128> {
    let (whole, _) = bytes.as_chunks();
    whole.iter().map(|&element| F128::from_bytes(element)).collect()
}

/// Words as bytes, one after the other.
pub(crate) fn words_to_bytes(words: &[u64], out: &mut Vec<u8>) {
    words.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
}

/// As many words as whole ones are in `bytes`.
pub(crate) fn words(bytes: &[u8]) -> Vec<u64> {
    let (whole, _) = bytes.as_chunks();
    whole.iter().map(|&word| u64::from_le_bytes(word)).collect()
}

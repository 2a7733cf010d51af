//! Payloads: one per item, padded to one length and sealed under a key that only the item's OPRF output gives.
//!
//! ChaCha20-Poly1305 (RFC 8439) under the last 32 bytes of the output, with a random nonce, so that an item
//! whose payload changes never has two payloads under one key and nonce.

use super::Output;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce, Tag};

/// Length of a nonce.
pub(super) const NONCE_BYTES: usize = 12;

const LENGTH_BYTES: usize = 2;
const TAG_BYTES: usize = 16;

/// The longest payload there can be.
pub const MAX_PAYLOAD: usize = 4096;

/// What a payload of at most `max` bytes becomes: nonce, length and padded payload, tag.
pub(super) fn sealed_bytes(max: usize) -> usize {
    NONCE_BYTES + LENGTH_BYTES + max + TAG_BYTES
}

/// The longest payload of sealed ones of `sealed` bytes.
pub(super) fn payload_bytes(sealed: usize) -> Option<usize> {
    sealed.checked_sub(sealed_bytes(0)).filter(|&max| max <= MAX_PAYLOAD)
}

fn cipher(output: &Output) -> ChaCha20Poly1305 {
    let key: &[u8; 32] = output.last_chunk().expect("an output has 64 bytes");
    ChaCha20Poly1305::new(&Key::from(*key))
}

/// Seals `payload`, which has at most `max` (at most [`MAX_PAYLOAD`]) bytes.
pub(super) fn seal(output: &Output, nonce: [u8; NONCE_BYTES], payload: &[u8], max: usize) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(sealed_bytes(max));
    sealed.extend(nonce);
    let length = u16::try_from(payload.len()).expect("a payload has at most 4096 bytes");
    sealed.extend(length.to_le_bytes());
    sealed.extend(payload);
    sealed.resize(NONCE_BYTES + LENGTH_BYTES + max, 0);
    let inside = &mut sealed[NONCE_BYTES..];
    let tag = cipher(output).encrypt_inout_detached(&Nonce::from(nonce), &[], inside.into());
    sealed.extend_from_slice(&tag.expect("a payload is far below the limit of the cipher"));
    sealed
}

/// Opens what [`seal`] made; `None` when it was made under another output or altered.
pub(super) fn open(output: &Output, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let (inside, tag) = rest.split_last_chunk::<TAG_BYTES>()?;
    let mut inside = inside.to_vec();
    let tag = Tag::from(*tag);
    let nonce = Nonce::from(*nonce);
    cipher(output).decrypt_inout_detached(&nonce, &[], inside.as_mut_slice().into(), &tag).ok()?;
    let (length, padded) = inside.split_first_chunk::<LENGTH_BYTES>()?;
    padded.get(..usize::from(u16::from_le_bytes(*length))).map(<[u8]>::to_vec)
}

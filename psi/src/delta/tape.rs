//! A channel whose frames are hashed: both sides of an update end with one digest, or something was altered.

use super::msg::{self, Kind, TOKENS_CHUNK};
use super::table::Key;
use crate::error::{Misstep, PsiError};
use crate::partition::Role;
use crate::wire;
use sha2::{Digest as _, Sha256};
use yinshu_crypto::hash::Digest;
use yinshu_net::Channel;

pub(super) struct Tape<'a> {
    pub(super) channel: &'a mut dyn Channel,
    sent: Sha256,
    received: Sha256,
}

fn take(hash: &mut Sha256, frame: &[u8]) {
    hash.update((frame.len() as u64).to_le_bytes());
    hash.update(frame);
}

impl<'a> Tape<'a> {
    pub(super) fn new(channel: &'a mut dyn Channel) -> Self {
        Self { channel, sent: Sha256::new(), received: Sha256::new() }
    }

    pub(super) fn send(&mut self, frame: Vec<u8>) -> Result<(), PsiError> {
        take(&mut self.sent, &frame);
        Ok(self.channel.send(frame)?)
    }

    pub(super) fn recv<T>(
        &mut self,
        max: usize,
        decode: impl FnOnce(&[u8]) -> Result<T, Misstep>,
    ) -> Result<T, PsiError> {
        let frame = wire::recv(self.channel, max)?;
        take(&mut self.received, &frame);
        self.blame(decode(&frame))
    }

    pub(super) fn blame<T>(&self, result: Result<T, Misstep>) -> Result<T, PsiError> {
        wire::blame(self.channel, result)
    }

    /// Sends tokens, sorted, in chunks.
    pub(super) fn send_tokens(&mut self, kind: Kind, tokens: &[Key]) -> Result<(), PsiError> {
        tokens.chunks(TOKENS_CHUNK).try_for_each(|chunk| self.send(msg::encode_parts(kind, chunk)))
    }

    /// Reads `count` tokens in chunks and gives each to `visit` with its number.
    pub(super) fn recv_tokens(
        &mut self,
        kind: Kind,
        count: u64,
        mut visit: impl FnMut(u64, Key) -> Result<Result<(), Misstep>, PsiError>,
    ) -> Result<(), PsiError> {
        let (mut seen, mut last) = (0, None);
        while seen < count {
            let due = usize::try_from(count - seen).unwrap_or(TOKENS_CHUNK).min(TOKENS_CHUNK);
            let decode = |frame: &[u8]| msg::decode_tokens(frame, kind, due, seen, last);
            for token in self.recv(1 + 16 * due, decode)? {
                let visited = visit(seen, token)?;
                self.blame(visited)?;
                seen += 1;
                last = Some(token);
            }
        }
        Ok(())
    }

    /// The digest of what both sides said until now, after `before`.
    pub(super) fn chain(&self, before: Digest, role: Role) -> Digest {
        let [sent, received] =
            [&self.sent, &self.received].map(|hash| Digest(hash.clone().finalize().into()));
        let (receiver, sender) = if role == Role::Receiver { (sent, received) } else { (received, sent) };
        Digest::of_parts("yinshu psi delta chain v1", &[&before.0, &receiver.0, &sender.0])
    }
}

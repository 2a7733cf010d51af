//! Everything that both parties have sent so far, hashed: challenges and public keys come from it.

use yinshu_crypto::hash::Digest;

/// A running hash of all messages, the same on both sides.
#[derive(Clone)]
pub(crate) struct Transcript(Digest);

impl Transcript {
    /// Before the first message: of what both parties already agree on.
    pub(crate) fn new(context: &Digest) -> Self {
        Self(Digest::of_parts("yinshu ot transcript v2", &[&context.0]))
    }

    /// Takes in a message.
    pub(crate) fn absorb(&mut self, message: &[u8]) {
        self.0 = Digest::of_parts("yinshu ot message v1", &[&self.0.0, message]);
    }

    /// 32 bytes that nobody could know before the last message.
    pub(crate) fn challenge(&self, purpose: &str) -> [u8; 32] {
        Digest::of_parts("yinshu ot challenge v1", &[&self.0.0, purpose.as_bytes()]).0
    }

    /// A public key for the permutation, as [`Self::challenge`].
    pub(crate) fn key(&self, purpose: &str) -> [u8; 16] {
        let challenge = self.challenge(purpose);
        std::array::from_fn(|i| challenge[i])
    }
}

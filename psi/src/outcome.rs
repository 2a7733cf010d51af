//! What each side of an intersection learns, whatever the protocol.

use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

/// What the receiver learns.
#[derive(Debug)]
pub struct Received {
    /// For each own entry, in the order given: does the sender hold it?
    pub matched: Vec<bool>,
    /// How many tokens the sender showed.
    pub peer_items: u64,
    /// How many own entries repeat another one.
    pub duplicates: u64,
    /// The commitment to the own entries that the sender holds.
    pub commitment: Digest,
    /// What opens the commitment; to be kept, and kept secret until then.
    pub salt: Secret<[u8; 32]>,
}

/// What the sender learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// How many entries the receiver asked about, per section. Its own duplicates are among them.
    pub peer_items: Vec<u64>,
    /// The receiver's commitment to its entries ([`crate::terms::commitment`]), to be kept in the log.
    pub peer_commitment: Digest,
    /// How many own entries were used, duplicates included.
    pub own_items: u64,
    /// How many of them repeat another one.
    pub duplicates: u64,
    /// How many tokens were shown: own entries, with random tokens in place of duplicates and, where
    /// [`crate::Terms::own_items`] asks for it, of entries that are not there.
    pub tokens: u64,
    /// Where both learn: the indices of the own entries that the receiver says it holds, ascending.
    pub matched: Option<Vec<u64>>,
}

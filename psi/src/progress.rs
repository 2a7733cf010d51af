//! How far a run is.

use serde::Serialize;

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The receiver's entries are blinded, raised by the sender and unblinded.
    Points,
    /// The sender computes the tokens of its own entries.
    Tokens,
    /// The tokens travel and are looked up.
    Match,
    /// The matches travel back, where both learn them.
    Return,
}

/// How far a run is: `done` of `total` entries of this phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Entries done.
    pub done: u64,
    /// Entries in all, where known.
    pub total: Option<u64>,
}

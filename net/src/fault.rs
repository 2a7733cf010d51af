//! Whose fault an error was.

use serde::Serialize;

use crate::PartyId;

/// Whose fault an error was: the first thing an operator asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", content = "party", rename_all = "kebab-case")]
pub enum Fault {
    /// Ours: configuration, input or a defect on this side.
    Local,
    /// Nobody's: the network, or a machine that is down.
    Network,
    /// This peer broke the protocol, or refused.
    Peer(PartyId),
}

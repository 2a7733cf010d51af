//! Which sets are run, through what.

use super::theirs::Peer;

/// How this program is run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// `psi run` between two nodes, under a contract that names the protocol.
    Contract {
        /// The contract's `protocol`.
        protocol: &'static str,
    },
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    /// Its name.
    pub(super) name: &'static str,
    /// Items of the recipient and of the provider.
    pub(super) items: (u64, u64),
    /// How this program runs it.
    pub(super) shape: Shape,
    /// Who else runs it.
    pub(super) peer: Peer,
    /// Seconds aimed at on the reference machine of two cores.
    pub(super) target_seconds: Option<f64>,
    /// Bytes aimed at.
    pub(super) target_bytes: Option<u64>,
    /// Short enough for `--quick`.
    pub(super) quick: bool,
}

const fn contract(protocol: &'static str) -> Shape {
    Shape::Contract { protocol }
}

/// All rows.
pub(super) const CASES: &[Case] = &[
    Case {
        name: "ecdh",
        items: (1 << 14, 1 << 14),
        shape: contract("ecdh"),
        peer: Peer::SecretFlow("ecdh"),
        target_seconds: None,
        target_bytes: None,
        quick: true,
    },
    Case {
        name: "ecdh",
        items: (1 << 20, 1 << 20),
        shape: contract("ecdh"),
        peer: Peer::SecretFlow("ecdh"),
        target_seconds: Some(8.5),
        target_bytes: Some(80_000_000),
        quick: false,
    },
    Case {
        name: "ecdh",
        items: (1 << 16, 1 << 16),
        shape: contract("ecdh"),
        peer: Peer::OpenMined,
        target_seconds: None,
        target_bytes: None,
        quick: false,
    },
];

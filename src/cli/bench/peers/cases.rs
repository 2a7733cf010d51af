//! Which sets are run, through what.

use super::theirs::Peer;

/// How this program is run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// `psi run` between two nodes.
    Contract {
        /// Its `--protocol`.
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

const fn case(
    name: &'static str,
    log2: u32,
    protocol: &'static str,
    peer: Peer,
    target: Option<(f64, u64)>,
) -> Case {
    let (target_seconds, target_bytes) = match target {
        Some((seconds, bytes)) => (Some(seconds), Some(bytes)),
        None => (None, None),
    };
    let items = (1 << log2, 1 << log2);
    let quick = log2 < 16;
    Case { name, items, shape: contract(protocol), peer, target_seconds, target_bytes, quick }
}

/// All rows.
pub(super) const CASES: &[Case] = &[
    case("rr22", 14, "rr22", Peer::SecretFlow("rr22"), None),
    case("ecdh", 14, "ecdh", Peer::SecretFlow("ecdh"), None),
    case("rr22", 16, "rr22", Peer::SecretFlow("rr22"), Some((0.1, 3_000_000))),
    case("rr22", 20, "rr22", Peer::SecretFlow("rr22"), Some((0.6, 30_000_000))),
    case("rr22-compact", 20, "rr22-compact", Peer::SecretFlow("rr22-low"), Some((1.2, 19_000_000))),
    case("rr22-malicious", 20, "rr22-malicious", Peer::SecretFlow("kkrt"), None),
    case("ecdh", 16, "ecdh", Peer::OpenMined, None),
    case("ecdh", 20, "ecdh", Peer::SecretFlow("ecdh"), Some((8.5, 80_000_000))),
];

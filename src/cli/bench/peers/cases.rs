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
    /// `psi interconn` between two processes.
    Standard {
        /// Its `--suite`.
        suite: &'static str,
    },
    /// `psi prepare`: the provider's set is encoded. No keys come out.
    Prepared,
    /// `psi query` with a copy of the encoding that is there already.
    Asked,
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

/// A small set against a large one.
const fn unbalanced(
    name: &'static str,
    small: u32,
    shape: Shape,
    peer: &'static str,
    (target_seconds, target_bytes): (f64, Option<u64>),
) -> Case {
    let (items, peer) = ((1 << small, 1 << 20), Peer::SecretFlow(peer));
    Case { name, items, shape, peer, target_seconds: Some(target_seconds), target_bytes, quick: false }
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
    Case {
        shape: Shape::Standard { suite: "sm2" },
        ..case("interconn, SM2", 14, "", Peer::SecretFlow("sm2"), None)
    },
    Case {
        shape: Shape::Standard { suite: "curve25519" },
        ..case("interconn, Curve25519", 18, "", Peer::SecretFlow("ecdh"), None)
    },
    unbalanced("unbalanced, prepared", 10, Shape::Prepared, "ub-offline", (5.0, None)),
    unbalanced("unbalanced, asked", 10, Shape::Asked, "ub-online", (0.05, Some(200_000))),
    unbalanced("unbalanced, asked", 16, Shape::Asked, "ub-online", (0.7, None)),
];

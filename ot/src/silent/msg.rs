//! What travels, and its sizes.

use crate::base::{ANSWERS_BYTES, CHOICES_BYTES};
use crate::lanes::{Lanes, line_of};
use crate::shape::{LARGEST, LARGEST_BESIDE, Noise, Shape};
use crate::small::OPENING_BYTES as OPENING_BYTES_OF_TREES;
use crate::small::{COLUMNS, MASK_WORDS, PROOF_BYTES};
use crate::tree;
use crate::wire::Kind;
use crate::{Cost, Security};
use yinshu_crypto::field::{F128, Subfield};

pub(super) const CHOICES: Kind = Kind { byte: 1, name: "the choices of base transfers" };
pub(super) const KEYS: Kind = Kind { byte: 2, name: "the keys of base transfers" };
pub(super) const CORRECTIONS: Kind = Kind { byte: 3, name: "corrections" };
pub(super) const TREES: Kind = Kind { byte: 4, name: "trees" };
pub(super) const CHALLENGE: Kind = Kind { byte: 5, name: "the challenge" };
pub(super) const VALUE: Kind = Kind { byte: 6, name: "the value" };
pub(super) const OPENING: Kind = Kind { byte: 7, name: "the opening" };

/// Bytes of a share of the seed of the equation.
pub(super) const SEED_BYTES: usize = 16;
/// Bytes of a nonce of a commitment, and of a commitment.
pub(super) const NONCE_BYTES: usize = 32;
pub(super) const CHALLENGE_BYTES: usize = SEED_BYTES + NONCE_BYTES + 16 + 32;
pub(super) const VALUE_BYTES: usize = 16;
pub(super) const OPENING_BYTES: usize = 16 + NONCE_BYTES;

/// How many trees are grown at a time, in each lane: two for each of eight cores, and no more memory than a cache has.
pub(super) fn at_once<E: Lanes>() -> usize {
    if E::COUNT == 1 { 16 } else { 8 }
}

/// Where everything lies in the vector that goes through the base transfers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// The parts of one expansion.
    pub(super) shape: Shape,
    /// Bits of a noisy value; none where all are ones.
    pub(super) bits: usize,
    /// How many expansions are made side by side.
    lanes: usize,
}

impl Layout {
    /// For `n` entries in all lanes together.
    pub(super) fn new<A: Subfield, E: Lanes>(n: usize) -> Self {
        let (bits, noise) = if A::BITS == 1 { (0, Noise::Bits) } else { (A::BITS, Noise::Field) };
        Self { shape: Shape::new(n.div_ceil(E::COUNT), noise), bits, lanes: E::COUNT }
    }

    /// Trees in all lanes.
    pub(super) fn trees(&self) -> usize {
        self.shape.trees * self.lanes
    }

    /// Where the values begin: after one bit for each level of each tree.
    pub(super) fn values(&self) -> usize {
        (self.trees() * self.shape.depth()).div_ceil(64)
    }

    /// Where the mask of the equation's sum is.
    pub(super) fn mask(&self) -> usize {
        self.values() + (self.trees() * self.bits).div_ceil(64)
    }

    /// All words.
    pub(super) fn words(&self) -> usize {
        self.mask() + 2 + MASK_WORDS
    }

    /// Blocks of the streams of keys that one vector uses up.
    pub(super) fn stream_blocks(&self) -> u64 {
        self.words().div_ceil(2) as u64
    }

    pub(super) fn corrections_bytes(&self, security: Security) -> usize {
        let extra = if security == Security::Malicious { PROOF_BYTES + 32 } else { 0 };
        COLUMNS * self.words() * 8 + extra
    }

    /// Blocks that are sent for a tree: its corrections and the noisy leaf's.
    pub(super) fn tree_blocks(&self) -> usize {
        tree::correction_blocks(&self.shape) + 1
    }

    pub(super) fn trees_bytes(&self, security: Security) -> usize {
        let extra = if security == Security::Malicious { SEED_BYTES } else { 0 };
        self.trees() * self.tree_blocks() * 16 + extra
    }
}

/// How many entries each round of expansions of a run of `n` makes: as equal as they can be, and whole words of bits
/// where several are made side by side.
pub(super) fn parts<E: Lanes>(n: usize) -> Vec<usize> {
    let (largest, unit) = if E::COUNT == 1 { (LARGEST, 1) } else { (E::COUNT * LARGEST_BESIDE, 64) };
    let (count, units) = (n.div_ceil(largest), n.div_ceil(unit));
    (0..count).map(|part| unit * (units / count + usize::from(part < units % count))).collect()
}

/// The keys of all levels of the trees side by side number `tree`, from the rows of all.
pub(super) fn keys<E: Lanes>(rows: &[F128], tree: usize, depth: usize) -> Vec<E> {
    let row = |level: usize| (0..E::COUNT).map(move |lane| rows[(tree * E::COUNT + lane) * depth + level]);
    (0..depth).map(|level| line_of(row(level))).collect()
}

/// What a run of `n` entries takes.
pub(crate) fn cost<A: Subfield, E: Lanes>(n: usize, security: Security) -> Cost {
    let parts = parts::<E>(n);
    if parts.is_empty() {
        return Cost { from_sender: 0, from_receiver: 0, rounds: 0 };
    }
    let malicious = security == Security::Malicious;
    let mut cost = Cost {
        from_sender: 1 + CHOICES_BYTES as u64,
        from_receiver: 1 + (ANSWERS_BYTES + OPENING_BYTES_OF_TREES) as u64,
        rounds: 1 + parts.len() as u64 * if malicious { 5 } else { 2 },
    };
    for part in parts {
        let layout = Layout::new::<A, E>(part);
        let extra = if malicious { [1 + VALUE_BYTES, 2 + CHALLENGE_BYTES + OPENING_BYTES] } else { [0, 0] };
        cost.from_sender += (1 + layout.trees_bytes(security) + extra[0]) as u64;
        cost.from_receiver += (1 + layout.corrections_bytes(security) + extra[1]) as u64;
    }
    cost
}

//! What travels, and its sizes.

use crate::Security;
use crate::shape::{LARGEST, Noise, Shape};
use crate::small::{COLUMNS, MASK_WORDS, PROOF_BYTES};
use crate::tree;
use crate::wire::Kind;
use yinshu_crypto::field::Subfield;

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

/// Trees that are grown at a time: two for each of eight cores, and no more memory than a cache has.
pub(super) const TREES_AT_ONCE: usize = 16;

/// Where everything lies in the vector that goes through the base transfers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) shape: Shape,
    /// Words of a noisy value.
    pub(super) per: usize,
}

impl Layout {
    pub(super) fn new<A: Subfield>(n: usize) -> Self {
        let per = A::BYTES / 8;
        let noise = if per == 0 { Noise::Bits } else { Noise::Field };
        Self { shape: Shape::new(n, noise), per }
    }

    /// Where the values begin: after one bit for each level of each tree.
    pub(super) fn values(&self) -> usize {
        (self.shape.trees * self.shape.depth()).div_ceil(64)
    }

    /// Where the mask of the equation's sum is.
    pub(super) fn mask(&self) -> usize {
        self.values() + self.shape.trees * self.per
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
        self.shape.trees * self.tree_blocks() * 16 + extra
    }
}

/// How many entries each expansion of a run of `n` makes: as equal as they can be.
pub(super) fn parts(n: usize) -> Vec<usize> {
    let count = n.div_ceil(LARGEST);
    (0..count).map(|part| n / count + usize::from(part < n % count)).collect()
}

//! Puncturable pseudorandom functions in pairs of a dealer, who knows every leaf of a tree, and a holder, who
//! knows all but one that it chose.
//!
//! X. Guo, K. Yang, X. Wang, W. Zhang, X. Xie, J. Liu, W. Zhao, "Half-Tree: Halving the Cost of Tree Expansion in
//! COT and DPF", EUROCRYPT 2023: the pseudorandom correlated GGM tree of figure 8, with correlated transfers whose
//! difference is the same Δ as that of the tree. A level costs one hash for two nodes and one block on the wire;
//! the last level two hashes and two blocks, after which siblings have nothing to do with each other.
//!
//! The nodes of a level sum to Δ. After five levels the 32 nodes are reduced to `tops` by adding the
//! superfluous ones to the last: the sum stays Δ and the trees may have any `tops`·2^`height` leaves.
//!
//! # Security
//!
//! The holder learns nothing of the missing leaf, the dealer nothing of which it is, if H is circular
//! correlation robust (see [`yinshu_crypto::permutation`]). A dealer that sends other corrections makes the
//! holder's leaves wrong in a way that depends on the missing one: whoever must withstand that checks the
//! correlation made from the trees (`silent`).

use crate::shape::{Shape, TOP_LEVELS};
use yinshu_crypto::field::F128;
use yinshu_crypto::permutation::Permutation;
use zeroize::Zeroize;

/// Sets the keys of the last level apart from the nodes of trees.
const LAST_KEY: F128 = F128(1 << 127);

/// Blocks that a dealer sends for one tree: one a level, and another for the last.
pub(crate) fn correction_blocks(shape: &Shape) -> usize {
    shape.depth() + 1
}

/// Two buffers for the levels of a tree.
struct Levels {
    nodes: Vec<F128>,
    next: Vec<F128>,
}

impl Levels {
    fn new(shape: &Shape, first: [F128; 2]) -> Self {
        let room = (shape.leaves() / 2).max(1 << TOP_LEVELS);
        let (mut nodes, next) = (Vec::with_capacity(room), Vec::with_capacity(room));
        nodes.extend(first);
        Self { nodes, next }
    }

    /// One level further; returns the sum of the left nodes.
    fn grow(&mut self, hash: &Permutation) -> F128 {
        self.next.resize(2 * self.nodes.len(), F128::ZERO);
        let left = hash.grow(&self.nodes, &mut self.next);
        std::mem::swap(&mut self.nodes, &mut self.next);
        left
    }

    /// After the top levels: as many nodes as the shape has, with the same sum.
    fn reduce(&mut self, shape: &Shape) {
        let rest = self.nodes.drain(shape.tops..).fold(F128::ZERO, |sum, node| sum + node);
        self.nodes[shape.tops - 1] += rest;
    }
}

impl Drop for Levels {
    fn drop(&mut self) {
        self.nodes.as_mut_slice().zeroize();
        self.next.as_mut_slice().zeroize();
    }
}

/// The dealer's tree from a random node: fills `leaves` and returns the corrections and the sum of the leaves.
/// `keys` are the dealer's halves of the correlated transfers, one a level.
pub(crate) fn deal(
    hash: &Permutation,
    shape: &Shape,
    (root, delta): (F128, F128),
    keys: &[F128],
    leaves: &mut [F128],
) -> (Vec<F128>, F128) {
    let mut levels = Levels::new(shape, [root, root + delta]);
    let mut corrections = Vec::with_capacity(correction_blocks(shape));
    corrections.push(root + keys[0]);
    let last = keys.len() - 1;
    for (level, &key) in keys.iter().enumerate().take(last).skip(1) {
        corrections.push(levels.grow(hash) + key);
        if level + 1 == TOP_LEVELS {
            levels.reduce(shape);
        }
    }
    let sums = hash.leaves(&levels.nodes, leaves);
    let mut masks = [keys[last] + LAST_KEY, keys[last] + LAST_KEY + delta];
    hash.hash_each(&mut masks);
    corrections.extend([sums[0] + masks[0], sums[1] + masks[1]]);
    (corrections, sums[0] + sums[1])
}

/// Which transfers the holder chooses the second of, one bit a level from the lowest: the complement of the
/// path to `missing`.
pub(crate) fn choices(shape: &Shape, missing: usize) -> u64 {
    (0..shape.depth()).fold(0, |choices, level| choices | (1 ^ path(shape, missing, level)) << level)
}

/// The step that the path to `missing` takes at a level: 0 for left.
fn path(shape: &Shape, missing: usize, level: usize) -> u64 {
    (missing >> (shape.depth() - 1 - level) & 1) as u64
}

/// The holder's tree: fills `leaves` except the `missing` one, which becomes zero, and returns their sum.
/// `keys` are the holder's halves of the correlated transfers with [`choices`].
///
/// Time depends on `missing` only through the addresses of the few entries that are put right in each level.
pub(crate) fn hold(
    hash: &Permutation,
    shape: &Shape,
    missing: usize,
    (keys, corrections): (&[F128], &[F128]),
    leaves: &mut [F128],
) -> F128 {
    let last = keys.len() - 1;
    let mut hole = path(shape, missing, 0) as usize;
    let mut first = [F128::ZERO; 2];
    first[1 - hole] = keys[0] + corrections[0];
    let mut levels = Levels::new(shape, first);
    let mut sum = first[1 - hole];
    for level in 1..last {
        let left = levels.grow(hash);
        let step = path(shape, missing, level) as usize;
        // What grew from the hole is not of the tree. The sum of the right is that of the left and all parents.
        let garbage = [levels.nodes[2 * hole], levels.nodes[2 * hole + 1]];
        let sides = [left + garbage[0], left + sum + garbage[1]];
        let found = sides[1 - step] + keys[level] + corrections[level];
        levels.nodes[2 * hole + step] = F128::ZERO;
        levels.nodes[2 * hole + 1 - step] = found;
        sum = sides[0] + sides[1] + found;
        hole = 2 * hole + step;
        if level + 1 == TOP_LEVELS {
            levels.reduce(shape);
            levels.nodes[hole] = F128::ZERO;
            sum = levels.nodes.iter().fold(F128::ZERO, |sum, &node| sum + node);
        }
    }
    let mut sums = hash.leaves(&levels.nodes, leaves);
    let step = path(shape, missing, last) as usize;
    for (side, sum) in sums.iter_mut().enumerate() {
        *sum += leaves[2 * hole + side];
        leaves[2 * hole + side] = F128::ZERO;
    }
    let found = sums[1 - step] + corrections[last + 1 - step] + hash.hash(keys[last] + LAST_KEY);
    leaves[2 * hole + 1 - step] = found;
    sums[0] + sums[1] + found
}

#[cfg(test)]
mod tests;

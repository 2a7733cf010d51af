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
//! Several trees of one shape grow side by side, lane by lane ([`crate::lanes`]).
//!
//! # Security
//!
//! The holder learns nothing of the missing leaf, the dealer nothing of which it is, if H is circular
//! correlation robust (see [`yinshu_crypto::permutation`]). A dealer that sends other corrections makes the
//! holder's leaves wrong in a way that depends on the missing one: whoever must withstand that checks the
//! correlation made from the trees (`silent`).

use crate::lanes::Lanes;
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
struct Levels<E: Lanes> {
    nodes: Vec<E>,
    next: Vec<E>,
}

impl<E: Lanes> Levels<E> {
    fn new(shape: &Shape, first: [E; 2]) -> Self {
        let room = (shape.leaves() / 2).max(1 << TOP_LEVELS);
        let (mut nodes, next) = (Vec::with_capacity(room), Vec::with_capacity(room));
        nodes.extend(first);
        Self { nodes, next }
    }

    /// One level further; returns the sum of the left nodes.
    fn grow(&mut self, hash: &Permutation) -> E {
        self.next.resize(2 * self.nodes.len(), E::default());
        let left = E::grow(hash, &self.nodes, &mut self.next);
        std::mem::swap(&mut self.nodes, &mut self.next);
        left
    }

    /// After the top levels: as many nodes as the shape has, with the same sum.
    fn reduce(&mut self, shape: &Shape) {
        let rest = self.nodes.drain(shape.tops..).fold(E::default(), |sum, node| sum + node);
        self.nodes[shape.tops - 1] += rest;
    }
}

impl<E: Lanes> Drop for Levels<E> {
    fn drop(&mut self) {
        self.nodes.as_mut_slice().zeroize();
        self.next.as_mut_slice().zeroize();
    }
}

/// The dealer's tree from a random node: fills `leaves` and returns the corrections and the sum of the leaves.
/// `keys` are the dealer's halves of the correlated transfers, one a level.
pub(crate) fn deal<E: Lanes>(
    hash: &Permutation,
    shape: &Shape,
    (root, delta): (E, F128),
    keys: &[E],
    leaves: &mut [E],
) -> (Vec<E>, E) {
    let delta = E::splat(delta);
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
    let sums = E::leaves(hash, &levels.nodes, leaves);
    let key = keys[last] + E::splat(LAST_KEY);
    corrections.extend([sums[0] + E::hash(hash, key), sums[1] + E::hash(hash, key + delta)]);
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

/// The holder's tree: fills `leaves` except the one in each lane that is `missing`, which becomes zero, and returns
/// their sum. `keys` are the holder's halves of the correlated transfers with [`choices`].
///
/// Time depends on `missing` only through the addresses of the few entries that are put right in each level.
pub(crate) fn hold<E: Lanes>(
    hash: &Permutation,
    shape: &Shape,
    missing: &[usize],
    (keys, corrections): (&[E], &[E]),
    leaves: &mut [E],
) -> E {
    let last = keys.len() - 1;
    let mut holes: Vec<usize> = missing.iter().map(|&missing| path(shape, missing, 0) as usize).collect();
    let mut first = [E::default(); 2];
    let known = keys[0] + corrections[0];
    holes.iter().enumerate().for_each(|(lane, hole)| first[1 - hole].set_lane(lane, known.lane(lane)));
    let mut sum = first[0] + first[1];
    let mut levels = Levels::new(shape, first);
    for level in 1..last {
        let left = levels.grow(hash);
        // What grew from the hole is not of the tree. The sum of the right is that of the left and all parents.
        let (right, masks) = (left + sum, keys[level] + corrections[level]);
        for (lane, hole) in holes.iter_mut().enumerate() {
            let step = path(shape, missing[lane], level) as usize;
            let [zero, one] = [levels.nodes[2 * *hole].lane(lane), levels.nodes[2 * *hole + 1].lane(lane)];
            let sides = [left.lane(lane) + zero, right.lane(lane) + one];
            let found = sides[1 - step] + masks.lane(lane);
            levels.nodes[2 * *hole + step].set_lane(lane, F128::ZERO);
            levels.nodes[2 * *hole + 1 - step].set_lane(lane, found);
            sum.set_lane(lane, sides[0] + sides[1] + found);
            *hole = 2 * *hole + step;
        }
        if level + 1 == TOP_LEVELS {
            levels.reduce(shape);
            for (lane, &hole) in holes.iter().enumerate() {
                levels.nodes[hole].set_lane(lane, F128::ZERO);
            }
            sum = levels.nodes.iter().fold(E::default(), |sum, &node| sum + node);
        }
    }
    let sums = E::leaves(hash, &levels.nodes, leaves);
    let mask = E::hash(hash, keys[last] + E::splat(LAST_KEY));
    let mut total = E::default();
    for (lane, &hole) in holes.iter().enumerate() {
        let step = path(shape, missing[lane], last) as usize;
        let mut sides = sums.map(|sum| sum.lane(lane));
        for (side, sum) in sides.iter_mut().enumerate() {
            *sum += leaves[2 * hole + side].lane(lane);
            leaves[2 * hole + side].set_lane(lane, F128::ZERO);
        }
        let found = sides[1 - step] + corrections[last + 1 - step].lane(lane) + mask.lane(lane);
        leaves[2 * hole + 1 - step].set_lane(lane, found);
        total.set_lane(lane, sides[0] + sides[1] + found);
    }
    total
}

#[cfg(test)]
mod tests;

//! The same functions four at a time, and one bit of each of many hashes.

use super::{LEFT_LEAF, Permutation, RIGHT_LEAF};
use crate::field::{F128, F128x4};

/// How many lines are looked at together by [`Permutation::bits_of_multiples`]: one bit of each of their 64 blocks makes a
/// word.
pub const BITS_LINES: usize = 64 / F128x4::LANES;

impl Permutation {
    /// As [`Permutation::grow`] for four trees side by side, lane by lane.
    ///
    /// # Panics
    /// If there is not room for exactly two children each.
    pub fn grow_four(&self, parents: &[F128x4], children: &mut [F128x4]) -> F128x4 {
        assert_eq!(2 * parents.len(), children.len(), "two children each");
        #[cfg(target_arch = "x86_64")]
        if let Some(sum) = super::x86::four::grow(&self.keys, parents, children) {
            return sum;
        }
        self.portable_grow_four(parents, children)
    }

    fn portable_grow_four(&self, parents: &[F128x4], children: &mut [F128x4]) -> F128x4 {
        let mut sum = F128x4::default();
        for (&parent, pair) in parents.iter().zip(children.chunks_exact_mut(2)) {
            pair[0] = self.portable_four(parent);
            pair[1] = pair[0] + parent;
            sum += pair[0];
        }
        sum
    }

    /// As [`Permutation::leaves`] for four trees side by side, lane by lane.
    ///
    /// # Panics
    /// If there is not room for exactly two children each.
    pub fn leaves_four(&self, parents: &[F128x4], children: &mut [F128x4]) -> [F128x4; 2] {
        assert_eq!(2 * parents.len(), children.len(), "two children each");
        #[cfg(target_arch = "x86_64")]
        if let Some(sums) = super::x86::four::leaves(&self.keys, parents, children) {
            return sums;
        }
        self.portable_leaves_four(parents, children)
    }

    fn portable_leaves_four(&self, parents: &[F128x4], children: &mut [F128x4]) -> [F128x4; 2] {
        let mut sums = [F128x4::default(); 2];
        for (&parent, pair) in parents.iter().zip(children.chunks_exact_mut(2)) {
            for ((child, sum), tweak) in pair.iter_mut().zip(&mut sums).zip([LEFT_LEAF, RIGHT_LEAF]) {
                *child = self.portable_four(parent + F128x4::splat(tweak));
                *sum += *child;
            }
        }
        sums
    }

    fn portable_four(&self, x: F128x4) -> F128x4 {
        let mut blocks = <[F128; 4]>::from(x);
        self.portable(&mut blocks);
        blocks.into()
    }

    /// For 64 blocks x at a time, sixteen lines, one bit of H(x ⊕ m) for each of the offsets m: bit i of `out[..][m]` is
    /// that of block i, namely bit (i / 4) of the hash.
    ///
    /// # Panics
    /// If there are not sixteen lines for each array of words.
    pub fn bits_of_multiples<const M: usize>(
        &self,
        lines: &[F128x4],
        offsets: &[F128; M],
        out: &mut [[u64; M]],
    ) {
        assert_eq!(lines.len(), BITS_LINES * out.len(), "sixteen lines for each array of words");
        let (groups, _) = lines.as_chunks::<BITS_LINES>();
        #[cfg(target_arch = "x86_64")]
        if super::x86::four::bits(&self.keys, groups, offsets, out) {
            return;
        }
        self.portable_bits(groups, offsets, out);
    }

    fn portable_bits<const M: usize>(
        &self,
        groups: &[[F128x4; BITS_LINES]],
        offsets: &[F128; M],
        out: &mut [[u64; M]],
    ) {
        for (group, words) in groups.iter().zip(out) {
            for (word, &offset) in words.iter_mut().zip(offsets) {
                *word = 0;
                for (at, &line) in group.iter().enumerate() {
                    let hashes = self.portable_four(line + F128x4::splat(offset));
                    for lane in 0..F128x4::LANES {
                        *word |= (hashes.lane(lane).0 as u64 >> at & 1) << (F128x4::LANES * at + lane);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn random(n: usize) -> Vec<F128> {
        let mut rng = ChaCha20Rng::seed_from_u64(n as u64);
        (0..n).map(|_| F128::random(&mut rng)).collect()
    }

    #[test]
    fn four_trees_grow_as_one_does() {
        let permutation = Permutation::new([5; 16]);
        for n in [0, 1, 2, 3, 4, 7, 8, 9, 40] {
            let parents: Vec<F128x4> =
                random(4 * n).as_chunks().0.iter().map(|&four: &[F128; 4]| four.into()).collect();
            let (mut ours, mut theirs) = (vec![F128x4::default(); 2 * n], vec![F128x4::default(); 2 * n]);
            let left = permutation.grow_four(&parents, &mut ours);
            assert_eq!(left, permutation.portable_grow_four(&parents, &mut theirs));
            assert_eq!(ours, theirs);
            for lane in 0..4 {
                let parents: Vec<F128> = parents.iter().map(|four| four.lane(lane)).collect();
                let mut children = vec![F128::ZERO; 2 * n];
                assert_eq!(permutation.grow(&parents, &mut children), left.lane(lane));
                assert!(children.iter().zip(&ours).all(|(child, four)| *child == four.lane(lane)));
            }
            let sums = permutation.leaves_four(&parents, &mut ours);
            assert_eq!(sums, permutation.portable_leaves_four(&parents, &mut theirs));
            assert_eq!(ours, theirs);
            for lane in 0..4 {
                let parents: Vec<F128> = parents.iter().map(|four| four.lane(lane)).collect();
                let mut children = vec![F128::ZERO; 2 * n];
                assert_eq!(permutation.leaves(&parents, &mut children), sums.map(|sum| sum.lane(lane)));
                assert!(children.iter().zip(&ours).all(|(child, four)| *child == four.lane(lane)));
            }
        }
    }

    #[test]
    fn one_bit_of_every_hash() {
        let permutation = Permutation::new([6; 16]);
        let lines: Vec<F128x4> =
            random(192).as_chunks().0.iter().map(|&four: &[F128; 4]| four.into()).collect();
        let offsets = *random(16).as_chunks().0.first().unwrap();
        let (mut ours, mut theirs) = ([[1; 16]; 3], [[2; 16]; 3]);
        permutation.bits_of_multiples::<16>(&lines, &offsets, &mut ours);
        permutation.portable_bits(lines.as_chunks().0, &offsets, &mut theirs);
        assert_eq!(ours, theirs);
        for at in 0..192 {
            let block = lines[at / 4].lane(at % 4);
            for (m, &offset) in offsets.iter().enumerate() {
                let bit = permutation.hash(block + offset).0 as u64 >> (at % 64 / 4) & 1;
                assert_eq!(ours[at / 64][m] >> (at % 64) & 1, bit);
            }
        }
    }
}

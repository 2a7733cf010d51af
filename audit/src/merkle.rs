//! The Merkle tree over record digests (RFC 6962 §2.1), with its two proofs.
//!
//! Leaves are 32-byte digests; the tree and its proofs come from the `ct-merkle` crate, and this
//! module keeps sizes in range and gives errors in place of panics.

use crate::error::AuditError;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash, mem_backed_tree::MemoryBackedTree};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use yinshu_crypto::hash::Digest;

/// More leaves than this are refused in heads and proofs from outside.
pub const MAX_LEAVES: u64 = 1 << 40;

/// A tree's head: how many leaves, and the root over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Number of leaves.
    pub size: u64,
    /// Root hash (`MTH` of RFC 6962 §2.1); SHA-256 of nothing for an empty tree.
    pub root: Digest,
}

/// An append-only tree in memory: 96 bytes a leaf.
#[derive(Default)]
pub struct Tree(MemoryBackedTree<Sha256, [u8; 32]>);

impl Tree {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Digest) {
        self.0.push(leaf.0);
    }

    /// Number of leaves.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there is no leaf.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The head.
    pub fn head(&self) -> Head {
        Head { size: self.len(), root: Digest((*self.0.root().as_bytes()).into()) }
    }

    /// Where a leaf stands, from 0; linear search.
    pub fn position(&self, leaf: &Digest) -> Option<u64> {
        self.0.items().iter().position(|l| *l == leaf.0).map(|i| i as u64)
    }

    /// Leaf number `index`, from 0.
    pub fn leaf(&self, index: u64) -> Option<Digest> {
        self.0.get(usize::try_from(index).ok()?).map(|l| Digest(*l))
    }

    /// The audit path of leaf `index` (RFC 6962 §2.1.1), `None` when there is no such leaf.
    pub fn prove_inclusion(&self, index: u64) -> Option<Vec<Digest>> {
        let at = usize::try_from(index).ok().filter(|_| index < self.len())?;
        Some(digests(self.0.prove_inclusion(at).as_bytes()))
    }

    /// The proof that the tree of `old_size` leaves is a prefix of this one (RFC 6962 §2.1.2), `None`
    /// unless `1 <= old_size <= len`.
    pub fn prove_consistency(&self, old_size: u64) -> Option<Vec<Digest>> {
        let added = self.len().checked_sub(old_size).filter(|_| old_size > 0)?;
        Some(digests(self.0.prove_consistency(usize::try_from(added).ok()?).as_bytes()))
    }
}

impl Head {
    /// Checks that `leaf` stands at `index` in the tree of this head.
    ///
    /// # Errors
    /// [`AuditError::BadProof`].
    pub fn verify_inclusion(&self, leaf: &Digest, index: u64, path: &[Digest]) -> Result<(), AuditError> {
        let bad = AuditError::BadProof { proof: "inclusion".into() };
        if self.size > MAX_LEAVES || path.len() > 64 {
            return Err(bad);
        }
        let proof = InclusionProof::try_from_bytes(bytes(path)).map_err(|_| bad.clone())?;
        self.ct_root().verify_inclusion(&leaf.0, index, &proof).map_err(|_| bad)
    }

    /// Checks that the tree of `old` is a prefix of the tree of this head. Nothing precedes
    /// everything: an `old` of size 0 with the empty tree's root needs an empty proof.
    ///
    /// # Errors
    /// [`AuditError::BadProof`].
    pub fn verify_consistency(&self, old: &Self, proof: &[Digest]) -> Result<(), AuditError> {
        let bad = AuditError::BadProof { proof: "consistency".into() };
        if old.size == 0 {
            return if proof.is_empty() && *old == Tree::new().head() { Ok(()) } else { Err(bad) };
        }
        if self.size > MAX_LEAVES || old.size > self.size || proof.len() > 64 {
            return Err(bad);
        }
        let proof = ConsistencyProof::try_from_bytes(bytes(proof)).map_err(|_| bad.clone())?;
        self.ct_root().verify_consistency(&old.ct_root(), &proof).map_err(|_| bad)
    }

    fn ct_root(&self) -> RootHash<Sha256> {
        RootHash::new(self.root.0.into(), self.size)
    }
}

fn digests(proof: &[u8]) -> Vec<Digest> {
    let (whole, _) = proof.as_chunks::<32>();
    whole.iter().map(|chunk| Digest(*chunk)).collect()
}

fn bytes(proof: &[Digest]) -> Vec<u8> {
    proof.iter().flat_map(|d| d.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(i: u64) -> Digest {
        Digest::sha256(&i.to_le_bytes())
    }

    /// RFC 6962 §2.1, straight from its definition.
    fn plain_root(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest::sha256(b""),
            [one] => Digest::sha256(&[&[0][..], &one.0].concat()),
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                Digest::sha256(&[&[1][..], &plain_root(left).0, &plain_root(right).0].concat())
            }
        }
    }

    #[test]
    fn heads_and_proofs_of_all_small_trees() {
        let mut tree = Tree::new();
        let mut heads = vec![tree.head()];
        let leaves: Vec<Digest> = (0..20).map(leaf).collect();
        for (i, l) in leaves.iter().enumerate() {
            tree.push(*l);
            let head = tree.head();
            assert_eq!(head.root, plain_root(&leaves[..=i]));
            for (at, proven) in leaves[..=i].iter().enumerate() {
                let path = tree.prove_inclusion(at as u64).expect("a leaf");
                assert_eq!(head.verify_inclusion(proven, at as u64, &path), Ok(()));
                assert!(head.verify_inclusion(&leaf(99), at as u64, &path).is_err());
                assert!(head.verify_inclusion(proven, at as u64 + 1, &path).is_err());
            }
            for old in &heads[1..] {
                let proof = tree.prove_consistency(old.size).expect("a prefix");
                assert_eq!(head.verify_consistency(old, &proof), Ok(()));
                let other = Head { root: leaf(7), ..*old };
                assert!(head.verify_consistency(&other, &proof).is_err());
            }
            assert_eq!(head.verify_consistency(&heads[0], &[]), Ok(()));
            heads.push(head);
        }
        assert!(tree.prove_inclusion(20).is_none());
        assert!(tree.prove_consistency(0).is_none());
        assert!(tree.prove_consistency(21).is_none());
    }

    #[test]
    fn absurd_heads_are_refused() {
        let huge = Head { size: u64::MAX, root: leaf(1) };
        assert!(huge.verify_inclusion(&leaf(1), 0, &[]).is_err());
        assert!(huge.verify_consistency(&huge, &[]).is_err());
        let small = Head { size: 3, root: leaf(1) };
        assert!(small.verify_consistency(&huge, &[]).is_err());
        assert!(small.verify_consistency(&small, &vec![leaf(0); 65]).is_err());
    }
}

//! A public permutation of 128-bit blocks, AES-128 (FIPS 197) with a key that everybody knows, and the hash
//! functions that protocols make from it by the million.
//!
//! C. Guo, J. Katz, X. Wang, Y. Yu, "Efficient and Secure Multiparty Computation from Fixed-Key Block
//! Ciphers", IEEE S&P 2020, section 7.2: with a linear orthomorphism σ, here σ(l‖h) = (l ⊕ h)‖l, the function
//! H(x) = π(σ(x)) ⊕ σ(x) is circular correlation robust when π is an ideal permutation. (π(x) ⊕ x alone is
//! not.) Take a fresh key in every run: work spent on one key is then useless against another.
//!
//! On x86-64 with VAES and AVX-512 whole loops run in a kernel of our own. Elsewhere AES comes from the `aes` crate,
//! which chooses AES-NI, the ARMv8 instructions or a constant-time software kernel when the program runs.

mod four;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use four::BITS_LINES;

use crate::field::F128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

/// How many blocks are given to the cipher at a time.
const BATCH: usize = 64;

/// What sets the left and the right children of [`Permutation::leaves`] apart from those of
/// [`Permutation::grow`]: added to the parent before it is hashed.
const LEFT_LEAF: F128 = F128(1);
const RIGHT_LEAF: F128 = F128(2);

/// AES-128 under a public key.
pub struct Permutation {
    cipher: aes::Aes128Enc,
    #[cfg(target_arch = "x86_64")]
    keys: x86::Keys,
}

impl Permutation {
    /// The permutation of this key.
    pub fn new(key: [u8; 16]) -> Self {
        Self {
            cipher: aes::Aes128Enc::new(&key.into()),
            #[cfg(target_arch = "x86_64")]
            keys: x86::expand(key),
        }
    }

    /// H of up to [`BATCH`] blocks, in place.
    #[inline]
    fn hash_batch(&self, blocks: &mut [F128]) {
        #[cfg(target_arch = "x86_64")]
        let done = x86::hash_groups(&self.keys, blocks);
        #[cfg(not(target_arch = "x86_64"))]
        let done = 0;
        if done < blocks.len() {
            self.portable(&mut blocks[done..]);
        }
    }

    /// The same by the `aes` crate.
    fn portable(&self, blocks: &mut [F128]) {
        let mut images = [aes::Block::default(); BATCH];
        for (image, block) in images.iter_mut().zip(blocks.iter_mut()) {
            *block = sigma(*block);
            *image = block.to_bytes().into();
        }
        self.cipher.encrypt_blocks(&mut images[..blocks.len()]);
        for (block, image) in blocks.iter_mut().zip(images) {
            *block += F128::from_bytes(image.into());
        }
    }

    /// Replaces every block x by H(x).
    pub fn hash_each(&self, blocks: &mut [F128]) {
        blocks.chunks_mut(BATCH).for_each(|batch| self.hash_batch(batch));
    }

    /// H of one block: prefer [`Self::hash_each`] for more than a few.
    pub fn hash(&self, x: F128) -> F128 {
        let mut block = [x];
        self.hash_batch(&mut block);
        block[0]
    }

    /// `out[i] = H(seed ⊕ (start + i))`: a stream of pseudorandom blocks from position `start`.
    pub fn stream(&self, seed: F128, start: u64, out: &mut [F128]) {
        for (batch, at) in out.chunks_mut(BATCH).zip((start..).step_by(BATCH)) {
            batch.iter_mut().zip(at..).for_each(|(out, at)| *out = seed + F128(at.into()));
            self.hash_batch(batch);
        }
    }

    /// The children H(p) and p ⊕ H(p) of every parent p, side by side; returns the sum of all left ones. The
    /// sum of two siblings is their parent: the correlated tree of X. Guo, K. Yang, X. Wang, W. Zhang, X. Xie,
    /// J. Liu, W. Zhao, "Half-Tree", EUROCRYPT 2023, figure 3.
    ///
    /// # Panics
    /// If there is not room for exactly two children each.
    pub fn grow(&self, parents: &[F128], children: &mut [F128]) -> F128 {
        assert_eq!(2 * parents.len(), children.len(), "two children each");
        let mut sum = F128::ZERO;
        for (parents, children) in parents.chunks(BATCH).zip(children.chunks_mut(2 * BATCH)) {
            let mut images = [F128::ZERO; BATCH];
            let images = &mut images[..parents.len()];
            images.copy_from_slice(parents);
            self.hash_batch(images);
            for ((pair, &image), &parent) in children.chunks_exact_mut(2).zip(&*images).zip(parents) {
                pair[0] = image;
                pair[1] = image + parent;
                sum += image;
            }
        }
        sum
    }

    /// The children H(p ⊕ 1) and H(p ⊕ 2) of every parent p, side by side; returns the sums of all left and all
    /// right ones. Nothing relates siblings: the last level of a tree.
    ///
    /// # Panics
    /// If there is not room for exactly two children each.
    pub fn leaves(&self, parents: &[F128], children: &mut [F128]) -> [F128; 2] {
        assert_eq!(2 * parents.len(), children.len(), "two children each");
        let mut sums = [F128::ZERO; 2];
        for (parents, children) in parents.chunks(BATCH / 2).zip(children.chunks_mut(BATCH)) {
            for (pair, &parent) in children.chunks_exact_mut(2).zip(parents) {
                pair[0] = parent + LEFT_LEAF;
                pair[1] = parent + RIGHT_LEAF;
            }
            self.hash_batch(children);
            for pair in children.chunks_exact(2) {
                sums[0] += pair[0];
                sums[1] += pair[1];
            }
        }
        sums
    }
}

/// The linear orthomorphism: σ and x ↦ σ(x) ⊕ x are both permutations.
#[inline]
fn sigma(x: F128) -> F128 {
    F128::new(x.low() + x.high(), x.low())
}

#[cfg(test)]
mod tests;

//! AES-128 in counter mode (NIST SP 800-38A, section 6.5) under a secret key: pseudorandom words by the million.

use crate::secret::Secret;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

#[cfg(target_arch = "x86_64")]
mod x86;

/// How many blocks are given to the cipher at a time.
const BATCH: usize = 64;

/// A pseudorandom function from (nonce, position) to words of 64 bits.
///
/// On x86-64 with VAES and AVX-512 a kernel of our own writes the words in their place; elsewhere AES comes from the `aes`
/// crate.
pub struct KeyStream {
    cipher: aes::Aes128Enc,
    #[cfg(target_arch = "x86_64")]
    keys: Option<Secret<x86::Keys>>,
}

impl KeyStream {
    /// Under this key.
    pub fn new(key: &Secret<[u8; 16]>) -> Self {
        Self {
            cipher: aes::Aes128Enc::new(&(*key.expose()).into()),
            #[cfg(target_arch = "x86_64")]
            keys: x86::expand(key.expose()).map(Secret::new),
        }
    }

    /// The words of the stream `nonce` from position `start` on. No two uses that must be independent may share
    /// a nonce and positions.
    ///
    /// # Panics
    /// If `start` is odd: a block holds two words.
    pub fn words(&self, nonce: u64, start: u64, out: &mut [u64]) {
        assert!(start.is_multiple_of(2), "a block holds two words");
        #[cfg(target_arch = "x86_64")]
        if let Some(keys) = &self.keys {
            let (groups, rest) = out.as_chunks_mut::<{ x86::GROUP }>();
            x86::fill(keys.expose(), nonce, start / 2, groups);
            if !rest.is_empty() {
                let mut last = [[0; x86::GROUP]];
                let done = (groups.len() * x86::GROUP / 2) as u64;
                x86::fill(keys.expose(), nonce, (start / 2).wrapping_add(done), &mut last);
                rest.copy_from_slice(&last[0][..rest.len()]);
            }
            return;
        }
        self.portable(nonce, start, out);
    }

    /// The same by the `aes` crate.
    fn portable(&self, nonce: u64, start: u64, out: &mut [u64]) {
        let mut blocks = [aes::Block::default(); BATCH];
        for (words, first) in out.chunks_mut(2 * BATCH).zip((start / 2..).step_by(BATCH)) {
            let blocks = &mut blocks[..words.len().div_ceil(2)];
            for (block, position) in blocks.iter_mut().zip(first..) {
                *block = (u128::from(nonce) << 64 | u128::from(position)).to_le_bytes().into();
            }
            self.cipher.encrypt_blocks(blocks);
            for (pair, block) in words.chunks_mut(2).zip(&*blocks) {
                let (halves, _) = block.as_chunks::<8>();
                pair.iter_mut().zip(halves).for_each(|(word, half)| *word = u64::from_le_bytes(*half));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answer() {
        // AES-128 of the zero block under the zero key (GCM's H in NIST SP 800-38D, test case 1).
        let mut words = [0; 2];
        KeyStream::new(&Secret::new([0; 16])).words(0, 0, &mut words);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let expected =
            [0x66, 0xe9, 0x4b, 0xd4, 0xef, 0x8a, 0x2c, 0x3b, 0x88, 0x4c, 0xfa, 0x59, 0xca, 0x34, 0x2b, 0x2e];
        assert_eq!(bytes, expected);
    }

    #[test]
    fn the_kernel_agrees_with_its_twin() {
        let stream = KeyStream::new(&Secret::new(*b"any key will do."));
        for (nonce, start, len) in [(0, 0, 0), (1, 0, 1), (2, 8, 64), (u64::MAX, 2, 65), (3, 1 << 40, 1000)] {
            let (mut ours, mut theirs) = (vec![0; len], vec![1; len]);
            stream.words(nonce, start, &mut ours);
            stream.portable(nonce, start, &mut theirs);
            assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn a_stream_does_not_depend_on_how_it_is_cut() {
        let stream = KeyStream::new(&Secret::new([7; 16]));
        let mut whole = vec![0; 1001];
        stream.words(3, 0, &mut whole);
        let mut parts = vec![0; 1001];
        let (first, rest) = parts.split_at_mut(300);
        stream.words(3, 0, first);
        stream.words(3, 300, rest);
        assert_eq!(whole, parts);
        let mut other = vec![0; 1001];
        stream.words(4, 0, &mut other);
        assert!(whole.iter().zip(&other).all(|(a, b)| a != b));
    }
}

//! AES-128 in counter mode (NIST SP 800-38A, section 6.5) under a secret key: pseudorandom words by the million.

use crate::secret::Secret;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

/// How many blocks are given to the cipher at a time.
const BATCH: usize = 64;

/// A pseudorandom function from (nonce, position) to words of 64 bits.
pub struct KeyStream(aes::Aes128Enc);

impl KeyStream {
    /// Under this key.
    pub fn new(key: &Secret<[u8; 16]>) -> Self {
        Self(aes::Aes128Enc::new(&(*key.expose()).into()))
    }

    /// The words of the stream `nonce` from position `start` on. No two uses that must be independent may share
    /// a nonce and positions.
    ///
    /// # Panics
    /// If `start` is odd: a block holds two words.
    pub fn words(&self, nonce: u64, start: u64, out: &mut [u64]) {
        assert!(start.is_multiple_of(2), "a block holds two words");
        let mut blocks = [aes::Block::default(); BATCH];
        for (words, first) in out.chunks_mut(2 * BATCH).zip((start / 2..).step_by(BATCH)) {
            let blocks = &mut blocks[..words.len().div_ceil(2)];
            for (block, position) in blocks.iter_mut().zip(first..) {
                *block = (u128::from(nonce) << 64 | u128::from(position)).to_le_bytes().into();
            }
            self.0.encrypt_blocks(blocks);
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

//! expand_message_xmd with SHA-512 (RFC 9380 section 5.3.1) and hash_to_ristretto255 (appendix B).

use super::Element;
use crate::lanes::sha512_eight;
use sha2::{Digest as _, Sha512};

/// Output and block length of SHA-512 in bytes (`b_in_bytes` and `s_in_bytes` of RFC 9380).
const HASH_BYTES: usize = 64;
const BLOCK_BYTES: usize = 128;

/// An output length that expand_message_xmd cannot give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ExpandError {
    /// RFC 9380 section 5.3.1 step 2: at most 255 hash outputs.
    #[error("{bytes} bytes were asked for, of which expand_message_xmd gives at most {max}")]
    TooLong {
        /// What was asked for, in bytes.
        bytes: usize,
        /// What is possible, in bytes.
        max: usize,
    },
}

impl ExpandError {
    /// A stable four-digit code.
    pub fn code(&self) -> u16 {
        8110
    }
}

/// Fills `out` (at most 255·64 bytes) from `message` under the domain `dst`.
pub fn expand_message_xmd(message: &[u8], dst: &[u8], out: &mut [u8]) -> Result<(), ExpandError> {
    let max = 255 * HASH_BYTES;
    if out.len() > max {
        return Err(ExpandError::TooLong { bytes: out.len(), max });
    }
    Hasher::new(dst).expand(&[message], out);
    Ok(())
}

/// Hashes messages to group elements under one domain separation tag (RFC 9380 section 3.1).
///
/// Keeps the state after the zero block that every message starts with (`Z_pad`), so that a short message
/// costs one compression less.
#[derive(Clone)]
pub struct Hasher {
    padded: Sha512,
    dst_prime: Vec<u8>,
}

impl Hasher {
    /// Under `dst`, which should name protocol, version and suite. A tag longer than 255 bytes is hashed
    /// first (RFC 9380 section 5.3.3).
    pub fn new(dst: &[u8]) -> Self {
        let mut dst_prime = if dst.len() > 255 {
            Sha512::new().chain_update(b"H2C-OVERSIZE-DST-").chain_update(dst).finalize().to_vec()
        } else {
            dst.to_vec()
        };
        dst_prime.push(u8::try_from(dst_prime.len()).expect("at most 255 by the line above"));
        Self { padded: Sha512::new().chain_update([0; BLOCK_BYTES]), dst_prime }
    }

    /// hash_to_ristretto255 of the concatenation of `parts` (RFC 9380 appendix B): 64 uniform bytes by
    /// expand_message_xmd, then the one-way map. The caller makes the concatenation unambiguous.
    pub fn hash(&self, parts: &[&[u8]]) -> Element {
        let mut uniform = [0; 64];
        self.expand(parts, &mut uniform);
        Element::from_uniform_bytes(&uniform)
    }

    /// The 64 uniform bytes that each message expands to, which [`super::map_raise_encode_each`] maps to the
    /// group. Eight of one length are hashed side by side where the processor can.
    pub fn uniform_each(&self, messages: &[impl AsRef<[u8]>]) -> Vec<[u8; 64]> {
        let mut all = Vec::with_capacity(messages.len());
        let (eights, _) = messages.as_chunks::<8>();
        for eight in eights {
            match self.expand_eight(&std::array::from_fn(|lane| eight[lane].as_ref())) {
                Some(uniform) => all.extend(uniform),
                None => break,
            }
        }
        for message in &messages[all.len()..] {
            let mut uniform = [0; 64];
            self.expand(&[message.as_ref()], &mut uniform);
            all.push(uniform);
        }
        all
    }

    /// As `expand` to 64 bytes, for eight messages of one length.
    fn expand_eight(&self, messages: &[&[u8]; 8]) -> Option<[[u8; HASH_BYTES]; 8]> {
        let inputs = messages.map(|message| [message, &[0, HASH_BYTES as u8, 0], &self.dst_prime].concat());
        let first = sha512_eight(true, &inputs.each_ref().map(Vec::as_slice))?;
        let inputs = first.map(|first| [&first, &[1][..], &self.dst_prime].concat());
        sha512_eight(false, &inputs.each_ref().map(Vec::as_slice))
    }

    /// Steps 4 to 12 of RFC 9380 section 5.3.1; `out` holds at most 255 hash outputs.
    pub(crate) fn expand(&self, parts: &[&[u8]], out: &mut [u8]) {
        let length = u16::try_from(out.len()).expect("at most 255 * 64, checked by every caller");
        let mut first = self.padded.clone();
        for part in parts {
            first.update(part);
        }
        first.update(length.to_be_bytes());
        first.update([0]);
        first.update(&self.dst_prime);
        let first: [u8; HASH_BYTES] = first.finalize().into();
        let mut previous = [0; HASH_BYTES];
        for (chunk, index) in out.chunks_mut(HASH_BYTES).zip(1..=255u8) {
            // b_1 = H(b_0 || 1 || DST'), b_i = H((b_0 xor b_(i-1)) || i || DST')
            let mixed: [u8; HASH_BYTES] = std::array::from_fn(|at| first[at] ^ previous[at]);
            let hash = Sha512::new().chain_update(mixed).chain_update([index]).chain_update(&self.dst_prime);
            previous = hash.finalize().into();
            chunk.copy_from_slice(&previous[..chunk.len()]);
        }
    }
}

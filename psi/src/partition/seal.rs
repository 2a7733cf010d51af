//! What lies on disk is encrypted: items are digests of values that can be guessed.
//!
//! Every file has a ChaCha20 keystream (RFC 8439) of its own, under a key derived from the run's by SHA-256
//! of purpose and context; no file is written twice under one context, so that no keystream is used twice.
//! What a file must be is kept as a MAC: SHA-256 of the key and length-preceded parts, a prefix-free encoding.

use super::disk;
use crate::PsiError;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use rand_core::CryptoRng;
use std::io::Write;
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use zeroize::Zeroizing;

/// The key of a spill and of what is kept of its run. In memory only, unless [`Key::create`] keeps it:
/// then a run can be resumed after its process ended. Deleting the key erases the spill.
#[derive(Debug)]
pub struct Key(Secret<[u8; 32]>);

impl Key {
    /// A fresh key, in memory only.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *bytes);
        Self(Secret::new(*bytes))
    }

    /// A fresh key in a new file that only its owner can read (0600): 32 bytes.
    ///
    /// # Errors
    /// [`PsiError::Storage`]: the file exists or cannot be written.
    pub fn create(path: &Path, rng: &mut impl CryptoRng) -> Result<Self, PsiError> {
        let key = Self::random(rng);
        let mut file = disk::create(path)?;
        let write = file.write_all(key.0.expose()).and_then(|()| file.sync_all());
        write.map_err(disk::failed("writing", path))?;
        Ok(key)
    }

    /// The key that [`Key::create`] put into `path`.
    ///
    /// # Errors
    /// [`PsiError::Storage`] and [`PsiError::Damaged`].
    pub fn load(path: &Path) -> Result<Self, PsiError> {
        let bytes = Zeroizing::new(disk::read(path, 32)?.ok_or_else(|| disk::damaged(path, "existence"))?);
        let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| disk::damaged(path, "length"))?;
        Ok(Self(Secret::new(*bytes)))
    }

    /// 32 bytes that follow from the key, a purpose and a context.
    pub(crate) fn derive(&self, purpose: &str, context: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let parts: Vec<&[u8]> =
            std::iter::once(self.0.expose().as_slice()).chain(context.iter().copied()).collect();
        Zeroizing::new(Digest::of_parts(purpose, &parts).0)
    }

    /// The MAC of `parts` for a purpose.
    pub(crate) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> Digest {
        Digest(*self.derive(purpose, parts))
    }

    /// The keystream of one file.
    pub(crate) fn stream(&self, purpose: &str, context: &[&[u8]]) -> Stream {
        Stream(chacha20::ChaCha20::new(&(*self.derive(purpose, context)).into(), &[0; 12].into()))
    }
}

/// A keystream of 256 GiB.
pub(crate) struct Stream(chacha20::ChaCha20);

impl Stream {
    /// Encrypts or decrypts what lies `at` bytes into the file.
    pub(crate) fn apply(&mut self, at: u64, bytes: &mut [u8]) -> Result<(), &'static str> {
        self.0.try_seek(at).map_err(|_| "length")?;
        self.0.try_apply_keystream(bytes).map_err(|_| "length")
    }
}

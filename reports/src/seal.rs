//! Encryption of a share to its aggregator: HPKE (RFC 9180) in base mode, with DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256 and ChaCha20Poly1305.
//!
//! Sealing is the `hpke` crate's. Opening is written out here, since an aggregator has one key and very many encapsulated
//! ones: all multiplications of a batch go through the lanes of [`yinshu_crypto::x25519`] at once. That both agree is
//! tested both ways.

use crate::error::ReportsError;
use crate::task::Role;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use hkdf::Hkdf;
use hpke::{Deserializable as _, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use std::str::FromStr;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_crypto::x25519;
use zeroize::Zeroizing;

/// Bytes of an encapsulated key, with which a sealed share begins.
pub(crate) const ENCAPSULATED: usize = 32;

/// Bytes that sealing adds: the encapsulated key and the tag.
pub const SEALING: usize = ENCAPSULATED + 16;

const PUBLIC: &str = "x25519:";
const SECRET: &str = "yinshu-secret-x25519:";

type Kem = hpke::kem::X25519HkdfSha256;

/// The public key to which an aggregator's shares are encrypted, written `x25519:` and 64 hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SealKey([u8; 32]);

/// The secret half; wiped on drop, never printed.
pub struct OpenKey {
    scalar: Secret<[u8; 32]>,
    public: SealKey,
}

impl SealKey {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals a share; [`ReportsError::BadKey`] where the key is one of low order.
    ///
    /// # Errors
    /// As said.
    pub fn seal(
        &self,
        at: (&Digest, Role),
        about: &[u8],
        share: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ReportsError> {
        self.envelope(at, rng)?.close(about, share)
    }

    /// What a share can be sealed in, before it is there: the encapsulated key is known.
    pub(crate) fn envelope(
        &self,
        (task, role): (&Digest, Role),
        rng: &mut impl CryptoRng,
    ) -> Result<Envelope, ReportsError> {
        let key = <Kem as hpke::Kem>::PublicKey::from_bytes(&self.0).map_err(|_| ReportsError::BadKey)?;
        let begun = hpke::setup_sender_with_rng::<_, _, Kem>(&OpModeS::Base, &key, &info(task, role), rng);
        let (encapsulated, sender) = begun.map_err(|_| ReportsError::BadKey)?;
        Ok(Envelope { encapsulated: encapsulated.to_bytes().into(), sender })
    }
}

/// An encapsulated key, and what seals one share under it.
pub(crate) struct Envelope {
    encapsulated: [u8; ENCAPSULATED],
    sender: hpke::aead::AeadCtxS<hpke::aead::ChaCha20Poly1305, hpke::kdf::HkdfSha256, Kem>,
}

impl Envelope {
    /// What the sealed share will begin with.
    pub(crate) fn encapsulated(&self) -> &[u8; ENCAPSULATED] {
        &self.encapsulated
    }

    /// Seals the share.
    pub(crate) fn close(mut self, about: &[u8], share: &[u8]) -> Result<Vec<u8>, ReportsError> {
        let sealed = self.sender.seal(share, about).map_err(|_| ReportsError::BadKey)?;
        Ok([self.encapsulated.as_slice(), &sealed].concat())
    }
}

/// What a key is used for: a share sealed for one task or aggregator opens for no other.
fn info(task: &Digest, role: Role) -> Vec<u8> {
    [b"yinshu reports share v1".as_slice(), &task.0, &[role as u8]].concat()
}

impl OpenKey {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut scalar = Zeroizing::new([0; 32]);
        rng.fill_bytes(scalar.as_mut());
        Self::of(&scalar)
    }

    fn of(scalar: &[u8; 32]) -> Self {
        let public = x25519::multiply_each(&[x25519::BASE], scalar);
        Self { scalar: Secret::new(*scalar), public: SealKey(public[0]) }
    }

    /// The public half.
    pub fn public(&self) -> SealKey {
        self.public
    }

    /// The one-line text form, to be written to a file that only its owner can read.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{SECRET}{}\n", hex::encode(self.scalar.expose())))
    }

    /// Opens what was sealed, each with what it was said to be about; nothing where it does not open. On one core: split
    /// long lists.
    pub fn open_each(
        &self,
        (task, role): (&Digest, Role),
        sealed: &[(&[u8], &[u8])],
    ) -> Vec<Option<Zeroizing<Vec<u8>>>> {
        let encapsulated = |sealed: &[u8]| sealed.first_chunk::<32>().copied().unwrap_or([0; 32]);
        let points: Vec<[u8; 32]> = sealed.iter().map(|(_, sealed)| encapsulated(sealed)).collect();
        let shared = Zeroizing::new(x25519::multiply_each(&points, self.scalar.expose()));
        let info = info(task, role);
        let opened = sealed.iter().zip(shared.iter());
        opened.map(|((about, sealed), shared)| self.open(&info, about, sealed, shared)).collect()
    }

    /// RFC 9180 sections 4.1 (Decap), 5.1 (KeySchedule, mode 0) and 5.2 (Open, sequence number 0).
    fn open(
        &self,
        info: &[u8],
        about: &[u8],
        sealed: &[u8],
        shared: &[u8; 32],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (encapsulated, sealed) = sealed.split_first_chunk::<32>()?;
        // Section 7.1.4: a point of low order.
        if *shared == [0; 32] {
            return None;
        }
        let context = [*encapsulated, self.public.0];
        let pseudo = extract(&KEM_SUITE, &[], b"eae_prk", shared);
        let mut secret = Zeroizing::new([0; 32]);
        expand(&pseudo, &KEM_SUITE, b"shared_secret", context.as_flattened(), secret.as_mut());
        let mut schedule = vec![0];
        for (label, input) in [(b"psk_id_hash".as_slice(), [].as_slice()), (b"info_hash", info)] {
            let (hash, _) =
                Hkdf::<Sha256>::extract(Some(&[]), &[b"HPKE-v1", SUITE.as_slice(), label, input].concat());
            schedule.extend_from_slice(&hash);
        }
        let pseudo = extract(&SUITE, secret.as_ref(), b"secret", &[]);
        let (mut key, mut nonce) = (Zeroizing::new([0; 32]), [0; 12]);
        expand(&pseudo, &SUITE, b"key", &schedule, key.as_mut());
        expand(&pseudo, &SUITE, b"base_nonce", &schedule, &mut nonce);
        let cipher = chacha20poly1305::ChaCha20Poly1305::new((&*key).into());
        let payload = Payload { msg: sealed, aad: about };
        cipher.decrypt(&nonce.into(), payload).ok().map(Zeroizing::new)
    }
}

/// "KEM", DHKEM(X25519, HKDF-SHA256) (RFC 9180 section 7.1).
const KEM_SUITE: [u8; 5] = *b"KEM\x00\x20";

/// "HPKE", that KEM, HKDF-SHA256, ChaCha20Poly1305 (sections 7.2 and 7.3).
const SUITE: [u8; 10] = *b"HPKE\x00\x20\x00\x01\x00\x03";

/// LabeledExtract (section 4).
fn extract(suite: &[u8], salt: &[u8], label: &[u8], input: &[u8]) -> Hkdf<Sha256> {
    let input = Zeroizing::new([b"HPKE-v1", suite, label, input].concat());
    Hkdf::<Sha256>::extract(Some(salt), &input).1
}

/// LabeledExpand (section 4).
fn expand(pseudo: &Hkdf<Sha256>, suite: &[u8], label: &[u8], info: &[u8], out: &mut [u8]) {
    let length = u16::try_from(out.len()).expect("keys are short").to_be_bytes();
    let info = [length.as_slice(), b"HPKE-v1", suite, label, info].concat();
    pseudo.expand(&info, out).expect("a key is shorter than 255 blocks");
}

/// Whether 32 bytes, least first, are a number below 2^255 - 19.
fn canonical(bytes: &[u8; 32]) -> bool {
    bytes[31] < 0x7f
        || bytes[31] == 0x7f && (bytes[1..31].iter().any(|byte| *byte != 0xff) || bytes[0] < 0xed)
}

impl fmt::Display for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", hex::encode(self.0))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for OpenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenKey(of {})", self.public)
    }
}

impl FromStr for SealKey {
    type Err = ReportsError;
    fn from_str(text: &str) -> Result<Self, ReportsError> {
        let digits = text.trim().strip_prefix(PUBLIC).ok_or(ReportsError::BadKey)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| ReportsError::BadKey)?;
        // RFC 7748 section 5 takes a number modulo 2^255 - 19: each key has one way of being written here, so that two
        // that differ are two.
        if !canonical(&bytes) {
            return Err(ReportsError::BadKey);
        }
        // Points of low order take every secret to 0, and nothing could be sealed to them.
        if x25519::multiply_each(&[bytes], &[8; 32])[0] == [0; 32] {
            return Err(ReportsError::BadKey);
        }
        Ok(Self(bytes))
    }
}

impl FromStr for OpenKey {
    type Err = ReportsError;
    fn from_str(text: &str) -> Result<Self, ReportsError> {
        let digits = text.trim().strip_prefix(SECRET).ok_or(ReportsError::BadKey)?;
        let mut scalar = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits, scalar.as_mut()).map_err(|_| ReportsError::BadKey)?;
        Ok(Self::of(&scalar))
    }
}

impl Serialize for SealKey {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SealKey {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;

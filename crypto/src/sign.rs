//! Ed25519 signatures (RFC 8032) and their text forms.
//!
//! A public key is written `ed25519:` and 64 hexadecimal characters; a signature is 128. A private
//! key is one line, `yinshu-secret-ed25519:` and 64 hexadecimal characters, in a file that only its
//! owner can read.

use ed25519_dalek::Signer as _;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

const PUBLIC: &str = "ed25519:";
const SECRET: &str = "yinshu-secret-ed25519:";

/// A key or signature that does not parse, or a signature that does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SignError {
    /// Not a public key of the form `ed25519:<64 hex>`, or not a point on the curve.
    #[error("not an ed25519 public key")]
    BadPublicKey,
    /// Not a private key of the form `yinshu-secret-ed25519:<64 hex>`.
    #[error("not an ed25519 private key")]
    BadSecretKey,
    /// Not 128 hexadecimal characters.
    #[error("not an ed25519 signature")]
    BadSignature,
    /// The signature is not by this key over these bytes.
    #[error("the signature does not verify")]
    DoesNotVerify,
}

/// A private signing key; wiped on drop, never printed.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A new key.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self(ed25519_dalek::SigningKey::generate(rng))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs `message` under a domain, so that a signature made for one purpose never serves
    /// another: what is signed is the domain, a zero byte, and the message.
    pub fn sign(&self, domain: &str, message: &[u8]) -> Signature {
        Signature(self.0.sign(&with_domain(domain, message)))
    }

    /// The raw 32-byte seed (RFC 8032's private key), for other formats such as PKCS #8.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The one-line text form, to be written to a file only its owner can read.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{SECRET}{}\n", hex::encode(self.seed())))
    }
}

impl FromStr for SigningKey {
    type Err = SignError;
    fn from_str(text: &str) -> Result<Self, SignError> {
        let digits = text.trim().strip_prefix(SECRET).ok_or(SignError::BadSecretKey)?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits, seed.as_mut()).map_err(|_| SignError::BadSecretKey)?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public())
    }
}

/// A public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

impl PublicKey {
    /// Checks a signature over `message` made under `domain` (strict: no small-order keys, no
    /// malleable encodings).
    pub fn verify(&self, domain: &str, message: &[u8], signature: &Signature) -> Result<(), SignError> {
        self.0
            .verify_strict(&with_domain(domain, message), &signature.0)
            .map_err(|_| SignError::DoesNotVerify)
    }

    /// The 32 bytes of the key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", hex::encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = SignError;
    fn from_str(text: &str) -> Result<Self, SignError> {
        let digits = text.trim().strip_prefix(PUBLIC).ok_or(SignError::BadPublicKey)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| SignError::BadPublicKey)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| SignError::BadPublicKey)?;
        if key.is_weak() {
            return Err(SignError::BadPublicKey);
        }
        Ok(Self(key))
    }
}

/// A signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signature(ed25519_dalek::Signature);

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0.to_bytes()))
    }
}

impl FromStr for Signature {
    type Err = SignError;
    fn from_str(text: &str) -> Result<Self, SignError> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| SignError::BadSignature)?;
        Ok(Self(ed25519_dalek::Signature::from_bytes(&bytes)))
    }
}

macro_rules! as_text {
    ($($t:ty),*) => {$(
        impl Serialize for $t {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $t {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
as_text!(PublicKey, Signature);

fn with_domain(domain: &str, message: &[u8]) -> Vec<u8> {
    [domain.as_bytes(), &[0], message].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    #[test]
    fn signs_and_verifies_through_text() {
        let key = SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(1));
        let again: SigningKey = key.to_text().parse().expect("own text form");
        let public: PublicKey = key.public().to_string().parse().expect("own text form");
        let signature: Signature = again.sign("test", b"m").to_string().parse().expect("own text form");
        assert_eq!(public.verify("test", b"m", &signature), Ok(()));
        assert_eq!(public.verify("test", b"n", &signature), Err(SignError::DoesNotVerify));
        assert_eq!(public.verify("other", b"m", &signature), Err(SignError::DoesNotVerify));
    }

    #[test]
    fn refuses_what_is_not_a_key() {
        assert_eq!("ed25519:00".parse::<PublicKey>(), Err(SignError::BadPublicKey));
        // The identity point is a weak key: it would verify signatures nobody made.
        let identity = format!("ed25519:01{}", "00".repeat(31));
        assert_eq!(identity.parse::<PublicKey>(), Err(SignError::BadPublicKey));
        assert!("secret".parse::<SigningKey>().is_err());
    }

    #[test]
    fn does_not_print_the_seed() {
        let key = SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(2));
        assert!(!format!("{key:?}").contains(&hex::encode(key.seed())));
    }
}

//! ristretto255 (RFC 9496) and hashing to it (RFC 9380 appendix B): a group of prime order
//! ℓ = 2^252 + 27742317777372353535851937790883648493 with canonical 32-byte encodings.
//!
//! [`Element`] is a group element, [`Exponent`] a secret non-zero scalar, [`Hasher`] maps messages to
//! elements whose discrete logarithms nobody knows. Group operations are those of `curve25519-dalek`
//! and are constant-time in the exponent; [`raise_and_encode`] does many at once with one field
//! inversion for all encodings.
//!
//! What takes bytes and gives bytes for many elements at once runs in vector lanes ([`crate::lanes`]) and is
//! several times as quick: [`hash_raise_encode_each`], [`map_raise_encode_each`], [`decode_raise_encode_each`],
//! and blinding by a fixed element's powers with [`hash_blind_encode_each`] and [`decode_unblind_encode_each`].
//!
//! Decoding refuses everything that is not the canonical encoding of an element *other than the
//! identity*: ristretto255 has no elements of low order, so the identity is the only one whose powers
//! say nothing.

mod each;
mod expand;
pub mod lifted;
mod linear;

pub use each::{
    BATCH, BadElement, Base, Blinds, decode_raise_encode_each, decode_raise_encode_each_with,
    decode_unblind_encode_each, decode_unblind_encode_each_single, hash_blind_encode_each,
    hash_blind_encode_each_single, hash_raise_encode_each, hash_raise_encode_each_with,
    map_raise_encode_each,
};
pub use expand::{ExpandError, Hasher, expand_message_xmd};
pub(crate) use linear::{vartime_sum, vartime_sum_encoded};

use crate::secret::Secret;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, IsIdentity};
use rand_core::CryptoRng;
use std::fmt;
use zeroize::Zeroizing;

/// Length of an encoded element, in bytes.
pub const ELEMENT_BYTES: usize = 32;

/// Why 32 bytes are not an acceptable element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DecodeError {
    /// Not the canonical encoding of any element (RFC 9496 section 4.3.1).
    #[error("the bytes are not the canonical encoding of a ristretto255 element")]
    NotCanonical,
    /// The identity, which no honest party sends.
    #[error("the bytes encode the identity element")]
    Identity,
}

impl DecodeError {
    /// A stable four-digit code.
    pub fn code(&self) -> u16 {
        match self {
            Self::NotCanonical => 8101,
            Self::Identity => 8102,
        }
    }
}

/// An element of ristretto255.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Element(RistrettoPoint);

impl Element {
    /// The neutral element; [`Element::decode`] never returns it.
    pub fn identity() -> Self {
        Self(RistrettoPoint::identity())
    }

    /// The generator of RFC 9496 section 4.
    pub fn generator() -> Self {
        Self(curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT)
    }

    /// The one-way map of RFC 9496 section 4.3.4: 64 uniform bytes to a uniform element.
    pub fn from_uniform_bytes(bytes: &[u8; 64]) -> Self {
        Self(RistrettoPoint::from_uniform_bytes(bytes))
    }

    /// A uniform element.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 64];
        rng.fill_bytes(&mut bytes);
        Self::from_uniform_bytes(&bytes)
    }

    /// Reads the canonical encoding of an element other than the identity (RFC 9496 section 4.3.1).
    pub fn decode(bytes: &[u8; ELEMENT_BYTES]) -> Result<Self, DecodeError> {
        let point = CompressedRistretto(*bytes).decompress().ok_or(DecodeError::NotCanonical)?;
        if point.is_identity() { Err(DecodeError::Identity) } else { Ok(Self(point)) }
    }

    /// The canonical encoding (RFC 9496 section 4.3.2).
    pub fn encode(&self) -> [u8; ELEMENT_BYTES] {
        self.0.compress().to_bytes()
    }

    /// The generator raised to `to`, in constant time, from a table.
    pub fn power(to: &Exponent) -> Self {
        Self(RistrettoPoint::mul_base(to.0.expose()))
    }

    /// This element raised to `by`, in constant time.
    pub fn raise(&self, by: &Exponent) -> Self {
        Self(self.0 * by.0.expose())
    }
}

impl std::ops::Add for Element {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Element {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Element({})", hex::encode(self.encode()))
    }
}

/// A secret exponent, never zero; wiped on drop, without `Debug` of its value.
#[derive(Debug)]
pub struct Exponent(Secret<Scalar>);

impl Exponent {
    /// A uniform non-zero exponent.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        loop {
            let scalar = Scalar::random(rng);
            if scalar != Scalar::ZERO {
                return Self(Secret::new(scalar));
            }
        }
    }

    /// The exponent that undoes this one: `e.raise(&x).raise(&x.inverse()) == e`.
    pub fn inverse(&self) -> Self {
        Self(Secret::new(self.0.expose().invert()))
    }

    /// Twice this one: `e.raise(&x.doubled()) == e.raise(&x) + e.raise(&x)`.
    pub fn doubled(&self) -> Self {
        Self(Secret::new(self.0.expose() + self.0.expose()))
    }
}

/// Raises every element to `by` and encodes the results, in order.
///
/// An encoding alone costs an inverse square root; the encodings of *doubles* share one inversion
/// (Hamburg's batching, as `double_and_compress_batch` of `curve25519-dalek`). So the elements are raised
/// to `by`/2 and the doubling restores the missing factor. Constant-time in `by`. Give it 64 to 256
/// elements at a time: enough to share, few enough to stay in the cache.
pub fn raise_and_encode(elements: &[Element], by: &Exponent) -> Vec<[u8; ELEMENT_BYTES]> {
    let half = Zeroizing::new(by.0.expose().div_by_2());
    let halves: Vec<RistrettoPoint> = elements.iter().map(|element| element.0 * *half).collect();
    RistrettoPoint::double_and_compress_batch(&halves).into_iter().map(|encoded| encoded.to_bytes()).collect()
}

#[cfg(test)]
mod tests;

//! Proofs that one exponent joins many pairs of elements (RFC 9497 section 2.2): Chaum–Pedersen, made
//! non-interactive by hashing, for a random combination of the pairs.

use super::{Key, OprfError, Suite, to_scalar};
use crate::group::{ELEMENT_BYTES, Element, Exponent, vartime_sum, vartime_sum_encoded};
use curve25519_dalek::scalar::Scalar;
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha512};

/// Length of an encoded proof.
pub const PROOF_BYTES: usize = 64;

/// The most pairs of one proof: their numbers are hashed as two bytes.
pub const MAX_BATCH: usize = u16::MAX as usize;

/// Challenge and response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    challenge: Scalar,
    response: Scalar,
}

impl Proof {
    /// As 64 bytes: challenge, then response.
    pub fn encode(&self) -> [u8; PROOF_BYTES] {
        let mut bytes = [0; PROOF_BYTES];
        bytes[..32].copy_from_slice(self.challenge.as_bytes());
        bytes[32..].copy_from_slice(self.response.as_bytes());
        bytes
    }

    /// Reads 64 bytes; scalars must be reduced.
    ///
    /// # Errors
    /// [`OprfError::BadProof`] for others.
    pub fn decode(bytes: &[u8; PROOF_BYTES]) -> Result<Self, OprfError> {
        let scalar = |half: &[u8; 32]| Option::from(Scalar::from_canonical_bytes(*half));
        let (challenge, response) = bytes.split_first_chunk().ok_or(OprfError::BadProof)?;
        let response = response.first_chunk().ok_or(OprfError::BadProof)?;
        let (challenge, response) = scalar(challenge).zip(scalar(response)).ok_or(OprfError::BadProof)?;
        Ok(Self { challenge, response })
    }
}

impl Suite {
    /// `GenerateProof` with `ComputeCompositesFast`: that `evaluated` are the encodings of `blinded`, each
    /// raised to `key`. Time depends on the elements, which are public.
    ///
    /// # Errors
    /// [`OprfError::BatchSize`] and [`OprfError::BadElement`].
    pub fn prove(
        &self,
        key: &Key,
        blinded: &[[u8; ELEMENT_BYTES]],
        evaluated: &[[u8; ELEMENT_BYTES]],
        rng: &mut impl CryptoRng,
    ) -> Result<Proof, OprfError> {
        self.prove_with(key, blinded, evaluated, &Exponent::random(rng))
    }

    pub(super) fn prove_with(
        &self,
        key: &Key,
        blinded: &[[u8; ELEMENT_BYTES]],
        evaluated: &[[u8; ELEMENT_BYTES]],
        random: &Exponent,
    ) -> Result<Proof, OprfError> {
        let public = key.public().encode();
        let weights = self.weights(&public, blinded, evaluated)?;
        let m = vartime_sum_encoded(&weights, blinded)?;
        let z = m.raise(key.exponent());
        let (t2, t3) = (Element::generator().raise(random), m.raise(random));
        let challenge = self.challenge(&public, &[m, z, t2, t3]);
        let response = random.scalar() - challenge * key.exponent().scalar();
        Ok(Proof { challenge, response })
    }

    /// `VerifyProof`: that each of `evaluated` is the one of `blinded` raised to the key of `public`.
    /// Everything here is public: time depends on it.
    ///
    /// # Errors
    /// [`OprfError::BadProof`], [`OprfError::BatchSize`] and [`OprfError::BadElement`].
    pub fn verify(
        &self,
        public: &Element,
        blinded: &[[u8; ELEMENT_BYTES]],
        evaluated: &[[u8; ELEMENT_BYTES]],
        proof: &Proof,
    ) -> Result<(), OprfError> {
        let key = public.encode();
        let weights = self.weights(&key, blinded, evaluated)?;
        let m = vartime_sum_encoded(&weights, blinded)?;
        let z = vartime_sum_encoded(&weights, evaluated)?;
        let both = [proof.response, proof.challenge];
        let t2 = vartime_sum(&both, &[Element::generator(), *public]);
        let t3 = vartime_sum(&both, &[m, z]);
        if self.challenge(&key, &[m, z, t2, t3]) == proof.challenge {
            Ok(())
        } else {
            Err(OprfError::BadProof)
        }
    }

    /// The weights of `ComputeComposites`: what each pair counts in the combination.
    fn weights(
        &self,
        public: &[u8; ELEMENT_BYTES],
        blinded: &[[u8; ELEMENT_BYTES]],
        evaluated: &[[u8; ELEMENT_BYTES]],
    ) -> Result<Vec<Scalar>, OprfError> {
        if blinded.is_empty() || blinded.len() > MAX_BATCH || blinded.len() != evaluated.len() {
            return Err(OprfError::BatchSize);
        }
        let tag = [b"Seed-", self.context.as_slice()].concat();
        let tag_bytes = u16::try_from(tag.len()).expect("a tag is short").to_be_bytes();
        let seed = Sha512::new().chain_update(ELEMENT_LENGTH).chain_update(public);
        let seed: [u8; 64] = seed.chain_update(tag_bytes).chain_update(tag).finalize().into();
        let transcript = |((c, d), index): ((&[u8; 32], &[u8; 32]), u16)| {
            let index = index.to_be_bytes();
            [&[0, 64], &seed[..], &index, &ELEMENT_LENGTH, c, &ELEMENT_LENGTH, d, b"Composite"].concat()
        };
        let transcripts: Vec<Vec<u8>> = blinded.iter().zip(evaluated).zip(0u16..).map(transcript).collect();
        let uniform = self.to_scalar.uniform_each(&transcripts);
        Ok(uniform.iter().map(Scalar::from_bytes_mod_order_wide).collect())
    }

    fn challenge(&self, public: &[u8; ELEMENT_BYTES], points: &[Element; 4]) -> Scalar {
        let encoded = points.map(|point| point.encode());
        let mut parts: Vec<&[u8]> = vec![&ELEMENT_LENGTH, public];
        encoded.iter().for_each(|point| parts.extend([ELEMENT_LENGTH.as_slice(), point]));
        parts.push(b"Challenge");
        to_scalar(&self.to_scalar, &parts)
    }
}

/// `I2OSP(32, 2)`.
const ELEMENT_LENGTH: [u8; 2] = [0, ELEMENT_BYTES as u8];

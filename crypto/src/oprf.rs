//! Oblivious pseudorandom functions over prime-order groups, RFC 9497: OPRF(ristretto255, SHA-512) in all
//! three modes (section 4.1). A client learns F(k, x) of its own inputs, a server that holds k learns nothing
//! of them; in the verifiable modes a proof shows that the k of a public key was used.
//!
//! | RFC 9497 | here |
//! |---|---|
//! | `DeriveKeyPair` (3.2.1) | [`Suite::derive`] |
//! | `Blind` (3.3.1) | [`Suite::element`], then [`crate::group::raise_and_encode`] with a random exponent |
//! | `BlindEvaluate` (3.3.1) | [`crate::group::raise_and_encode`] with [`Key::exponent`] |
//! | `Finalize` (3.3.1) | [`crate::group::raise_and_encode`] with the inverse exponent, then [`Suite::output`] |
//! | `GenerateProof`, `VerifyProof` (2.2) | [`Suite::prove`], [`Suite::verify`] |
//! | tweaked keys of POPRF (3.3.3) | [`Suite::tweak`], [`Suite::tweak_public`] |
//!
//! Blinding and evaluating are operations on many elements at once, so they are the group's own; the caller
//! decides whether one exponent blinds one element (unconditional hiding, as the RFC has it) or a whole batch
//! (hiding under the decisional Diffie–Hellman assumption). One that knows the public key g^k may blind with
//! H(x)·g^r instead and take (g^k)^r off again, at a third of the cost:
//! [`crate::group::hash_blind_encode_each_single`], [`crate::group::decode_unblind_encode_each_single`].

mod proof;

pub use proof::{MAX_BATCH, PROOF_BYTES, Proof};

use crate::group::{BadElement, ELEMENT_BYTES, Element, Exponent, Hasher};
use crate::lanes::sha512_eight;
use curve25519_dalek::scalar::Scalar;
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

/// Length of an output: one SHA-512.
pub const OUTPUT_BYTES: usize = 64;

/// Which of the three protocols (RFC 9497 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// The server's key is not shown.
    Oprf = 0,
    /// The server proves that it used the key it published.
    Voprf = 1,
    /// As [`Mode::Voprf`], with a public input that both know.
    Poprf = 2,
}

/// Why a function of this module has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OprfError {
    /// A batch is empty, too long for one proof, or its lists have different lengths.
    #[error("a proof covers 1 to {MAX_BATCH} evaluations, and as many of each kind")]
    BatchSize,
    /// What is given as the encoding of an element is none.
    #[error("element {} of a batch is none: {}", .0.index, .0.cause)]
    BadElement(BadElement),
    /// The proof does not hold: another key was used for at least one element.
    #[error("the proof that the published key was used does not hold")]
    BadProof,
    /// A public input makes the key zero (probability 2^-252), or a text is longer than 65,535 bytes.
    #[error("the seed or the public input cannot be used")]
    BadInput,
}

impl From<BadElement> for OprfError {
    fn from(bad: BadElement) -> Self {
        Self::BadElement(bad)
    }
}

/// A server's key, with its public part.
#[derive(Debug)]
pub struct Key {
    exponent: Exponent,
    public: Element,
}

impl Key {
    /// A uniform key.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        Self::of(Exponent::random(rng))
    }

    fn of(exponent: Exponent) -> Self {
        let public = Element::generator().raise(&exponent);
        Self { exponent, public }
    }

    /// What elements are raised to.
    pub fn exponent(&self) -> &Exponent {
        &self.exponent
    }

    /// The public key.
    pub fn public(&self) -> Element {
        self.public
    }
}

/// The functions of one mode: their domain separation tags.
#[derive(Clone)]
pub struct Suite {
    mode: Mode,
    context: Vec<u8>,
    to_group: Hasher,
    to_scalar: Hasher,
}

impl Suite {
    /// `CreateContextString` of RFC 9497 section 3.1, and the tags of section 4.1.
    pub fn new(mode: Mode) -> Self {
        let mut context = b"OPRFV1-".to_vec();
        context.push(mode as u8);
        context.extend(b"-ristretto255-SHA512");
        let tag = |name: &[u8]| Hasher::new(&[name, &context].concat());
        let (to_group, to_scalar) = (tag(b"HashToGroup-"), tag(b"HashToScalar-"));
        Self { mode, context, to_group, to_scalar }
    }

    /// Which protocol this is.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What hashes inputs to the group, for many at once.
    pub fn hasher(&self) -> &Hasher {
        &self.to_group
    }

    /// `HashToGroup` of the concatenation of `parts`.
    pub fn element(&self, parts: &[&[u8]]) -> Element {
        self.to_group.hash(parts)
    }

    /// The last step of `Finalize` (RFC 9497 sections 3.3.1 and 3.3.3) for the input that is the concatenation
    /// of `parts`, at most 65,535 bytes. `info` is the public input of [`Mode::Poprf`]; it must be empty in
    /// the other modes, which have none.
    pub fn output(
        &self,
        parts: &[&[u8]],
        info: &[u8],
        evaluated: &[u8; ELEMENT_BYTES],
    ) -> [u8; OUTPUT_BYTES] {
        let length =
            |bytes: usize| u16::try_from(bytes).expect("inputs have at most 65,535 bytes").to_be_bytes();
        let mut hash = Sha512::new().chain_update(length(parts.iter().map(|part| part.len()).sum()));
        parts.iter().for_each(|part| hash.update(part));
        if self.mode == Mode::Poprf {
            hash.update(length(info.len()));
            hash.update(info);
        }
        hash.update(length(ELEMENT_BYTES));
        hash.update(evaluated);
        hash.chain_update(b"Finalize").finalize().into()
    }

    /// [`Suite::output`] of many inputs of 32 bytes, without a public input: eight side by side where the
    /// processor can.
    ///
    /// # Panics
    /// If there are fewer evaluations than inputs.
    pub fn output_each(
        &self,
        inputs: &[&[u8; 32]],
        evaluated: &[[u8; ELEMENT_BYTES]],
    ) -> Vec<[u8; OUTPUT_BYTES]> {
        assert!(inputs.len() <= evaluated.len(), "an evaluation for every input");
        let mut all = Vec::with_capacity(inputs.len());
        // Of Mode::Poprf inputs go point by point: they have a public input, if an empty one.
        let eights = if self.mode == Mode::Poprf { &[] } else { inputs.as_chunks::<8>().0 };
        for (inputs, evaluated) in eights.iter().zip(evaluated.as_chunks::<8>().0) {
            let mut messages = Zeroizing::new([[0; 76]; 8]);
            for (message, (input, evaluated)) in messages.iter_mut().zip(inputs.iter().zip(evaluated)) {
                message[1] = 32;
                message[2..34].copy_from_slice(*input);
                message[35] = ELEMENT_BYTES as u8;
                message[36..68].copy_from_slice(evaluated);
                message[68..].copy_from_slice(b"Finalize");
            }
            match sha512_eight(false, &messages.each_ref().map(<[u8; 76]>::as_slice)) {
                Some(outputs) => all.extend(outputs),
                None => break,
            }
        }
        for (input, evaluated) in inputs.iter().zip(evaluated).skip(all.len()) {
            all.push(self.output(&[input.as_slice()], &[], evaluated));
        }
        all
    }

    /// `DeriveKeyPair` (RFC 9497 section 3.2.1): the key of a seed of 32 uniform bytes and a name for its use.
    ///
    /// # Errors
    /// [`OprfError::BadInput`] for a name of more than 65,535 bytes, and with probability 2^-64,000.
    pub fn derive(&self, seed: &[u8; 32], info: &[u8]) -> Result<Key, OprfError> {
        let length = u16::try_from(info.len()).map_err(|_| OprfError::BadInput)?;
        let hasher = Hasher::new(&[b"DeriveKeyPair", self.context.as_slice()].concat());
        (0..=u8::MAX)
            .find_map(|counter| {
                let parts: [&[u8]; 4] = [seed, &length.to_be_bytes(), info, &[counter]];
                Exponent::from_scalar(to_scalar(&hasher, &parts)).map(Key::of)
            })
            .ok_or(OprfError::BadInput)
    }

    /// The key for a public input (RFC 9497 section 3.3.3, `BlindEvaluate`): `(k + m)`, to whose *inverse*
    /// elements are raised. A proof for it has blinded and evaluated points in each other's place.
    ///
    /// # Errors
    /// [`OprfError::BadInput`] where k + m is zero or `info` is too long.
    pub fn tweak(&self, key: &Key, info: &[u8]) -> Result<Key, OprfError> {
        let sum = Zeroizing::new(key.exponent.scalar() + self.info_scalar(info)?);
        Exponent::from_scalar(*sum).map(Key::of).ok_or(OprfError::BadInput)
    }

    /// The public part of [`Suite::tweak`] (RFC 9497 section 3.3.3, `Blind`).
    ///
    /// # Errors
    /// As [`Suite::tweak`].
    pub fn tweak_public(&self, public: &Element, info: &[u8]) -> Result<Element, OprfError> {
        let scalar = Exponent::from_scalar(self.info_scalar(info)?).ok_or(OprfError::BadInput)?;
        let tweaked = Element::generator().raise(&scalar) + *public;
        if tweaked == Element::identity() { Err(OprfError::BadInput) } else { Ok(tweaked) }
    }

    fn info_scalar(&self, info: &[u8]) -> Result<Scalar, OprfError> {
        let length = u16::try_from(info.len()).map_err(|_| OprfError::BadInput)?;
        Ok(to_scalar(&self.to_scalar, &[b"Info", &length.to_be_bytes(), info]))
    }
}

/// `HashToScalar` of RFC 9497 section 4.1: 64 uniform bytes, reduced.
fn to_scalar(hasher: &Hasher, parts: &[&[u8]]) -> Scalar {
    let mut uniform = Zeroizing::new([0; 64]);
    hasher.expand(parts, &mut *uniform);
    Scalar::from_bytes_mod_order_wide(&uniform)
}

#[cfg(test)]
mod tests;

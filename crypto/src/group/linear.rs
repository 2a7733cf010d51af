//! What proofs over the group compute: scalars in the open, and sums of public elements.

use super::each::refusal;
use super::{BadElement, DecodeError, ELEMENT_BYTES, Element, Exponent};
use crate::lanes;
use crate::secret::Secret;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;

/// The sum of `elements`, each raised to its scalar; time depends on both, which must be public.
pub(crate) fn vartime_sum(scalars: &[Scalar], elements: &[Element]) -> Element {
    debug_assert_eq!(scalars.len(), elements.len());
    let points = elements.iter().map(|element| element.0);
    Element(RistrettoPoint::vartime_multiscalar_mul(scalars, points))
}

/// From how many elements on the vector kernel is quicker: each of its buckets costs something.
const MANY: usize = 64;

/// The sum of encoded elements, each raised to its scalar; time depends on both, which must be public.
///
/// # Errors
/// [`BadElement`]: the first that is not the canonical encoding of an element other than the identity.
pub(crate) fn vartime_sum_encoded(
    scalars: &[Scalar],
    encoded: &[[u8; ELEMENT_BYTES]],
) -> Result<Element, BadElement> {
    debug_assert_eq!(scalars.len(), encoded.len());
    let numbers = || scalars.iter().map(Scalar::to_bytes).collect::<Vec<_>>();
    let even = |encoded: &[u8; ELEMENT_BYTES]| refusal(&lanes::words(encoded)).is_none();
    if encoded.len() >= MANY
        && encoded.iter().all(even)
        && let Some(Some(doubled)) = lanes::vartime_sum(encoded, &numbers())
    {
        let doubled = CompressedRistretto(doubled).decompress().expect("an encoding of our own");
        return Ok(Element(doubled * Scalar::ONE.div_by_2()));
    }
    let element = |(index, encoded): (usize, &[u8; ELEMENT_BYTES])| {
        Element::decode(encoded).map_err(|cause: DecodeError| BadElement { index, cause })
    };
    let elements: Result<Vec<Element>, BadElement> = encoded.iter().enumerate().map(element).collect();
    Ok(vartime_sum(scalars, &elements?))
}

impl Exponent {
    /// The exponent of a scalar; `None` for zero.
    pub(crate) fn from_scalar(scalar: Scalar) -> Option<Self> {
        (scalar != Scalar::ZERO).then(|| Self(Secret::new(scalar)))
    }

    /// The scalar, which is secret.
    pub(crate) fn scalar(&self) -> &Scalar {
        self.0.expose()
    }
}

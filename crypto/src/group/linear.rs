//! What proofs over the group compute: scalars in the open, and sums of public elements.

use super::{Element, Exponent};
use crate::secret::Secret;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;

/// The sum of `elements`, each raised to its scalar; time depends on both, which must be public.
pub(crate) fn vartime_sum(scalars: &[Scalar], elements: &[Element]) -> Element {
    debug_assert_eq!(scalars.len(), elements.len());
    let points = elements.iter().map(|element| element.0);
    Element(RistrettoPoint::vartime_multiscalar_mul(scalars, points))
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

//! Subfield vector oblivious linear evaluation: the sender gets a random Δ and a random vector B, the receiver
//! random vectors A and C = A·Δ + B. The entries of A are of a field K, all else of GF(2^128), which contains K.
//!
//! K = [`F64`](yinshu_crypto::field::F64) is enough where nobody deviates; against a receiver that does, use
//! K = [`F128`]. Either way the sender knows nothing of A and the receiver nothing of Δ.

pub mod ideal;

use yinshu_crypto::field::F128;
pub use yinshu_crypto::field::Subfield;
use zeroize::Zeroize;

/// The sender's part: Δ and B. Wiped on drop; take the vector out with [`std::mem::take`].
pub struct VoleSender {
    /// The secret factor, chosen at random in every run.
    pub delta: F128,
    /// One entry for each correlation.
    pub b: Vec<F128>,
}

/// The receiver's part: A and C = A·Δ + B. Wiped on drop; take the vectors out with [`std::mem::take`].
pub struct VoleReceiver<A: Subfield> {
    /// Random elements of the subfield.
    pub a: Vec<A>,
    /// A·Δ + B, entry by entry.
    pub c: Vec<F128>,
}

impl Drop for VoleSender {
    fn drop(&mut self) {
        self.delta.zeroize();
        self.b.as_mut_slice().zeroize();
    }
}

impl<A: Subfield> Drop for VoleReceiver<A> {
    fn drop(&mut self) {
        self.a.as_mut_slice().zeroize();
        self.c.as_mut_slice().zeroize();
    }
}

#[cfg(test)]
mod tests;

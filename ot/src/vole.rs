//! Subfield vector oblivious linear evaluation: the sender gets a random Δ and a random vector B, the receiver
//! random vectors A and C = A·Δ + B. The entries of A are of a field K, all else of GF(2^128), which contains K.
//!
//! K = [`F64`](yinshu_crypto::field::F64) is enough where nobody deviates; against a receiver that does, use
//! K = [`F128`]. Either way the sender knows nothing of A and the receiver nothing of Δ.

pub mod ideal;

use crate::code::{self, Element};
use crate::{Cost, OtError, Security, silent};
use rand_core::CryptoRng;
use yinshu_crypto::field::F128;
pub use yinshu_crypto::field::Subfield;
use yinshu_crypto::hash::Digest;
use yinshu_net::Channel;
use zeroize::Zeroize;

/// The most entries of one run.
pub const MOST: usize = 1 << 27;

/// Makes `n` entries with the peer, who calls [`receive`] with the same `n`, field and security: see [`silent`] for
/// messages, bytes and what is assumed. The channel is left open.
///
/// `context` is a digest of all that both sides have agreed on before (contract, settings, messages): it goes into every
/// hash, so that nothing of one session says anything in another. With another context of the peer the run fails
/// or gives what is not correlated.
///
/// # Errors
/// [`OtError`]: too many entries, a failure of the channel, or a misstep of the peer. The peer is told nothing.
pub fn send<A: Subfield>(
    channel: &mut dyn Channel,
    context: &Digest,
    n: usize,
    security: Security,
    rng: &mut impl CryptoRng,
) -> Result<VoleSender, OtError> {
    bounded(n)?;
    let mut all = VoleSender { delta: F128::ZERO, b: Vec::new() };
    all.delta = silent::send_each::<A, F128>(channel, context, n, security, rng, |_, part, b, _| {
        join(&mut all.b, b.whole(), part, n);
    })?;
    Ok(all)
}

/// The other side of [`send`].
///
/// # Errors
/// As [`send`].
pub fn receive<A: Subfield>(
    channel: &mut dyn Channel,
    context: &Digest,
    n: usize,
    security: Security,
    rng: &mut impl CryptoRng,
) -> Result<VoleReceiver<A>, OtError> {
    bounded(n)?;
    let mut all = VoleReceiver { a: Vec::new(), c: Vec::new() };
    silent::receive_each::<A, F128>(channel, context, n, security, rng, |part, a, c, _| {
        let (a, c) = rayon::join(|| a.whole(), || c.whole());
        join(&mut all.a, a, part, n);
        join(&mut all.c, c, part, n);
    })?;
    Ok(all)
}

/// What a run of `n` entries costs: exact.
pub fn cost<A: Subfield>(n: usize, security: Security) -> Cost {
    silent::msg::cost::<A, F128>(n, security)
}

/// Appends the first `part` elements, of `n` in all. What follows them means nothing, but is wiped.
fn join<E: Element>(all: &mut Vec<E>, elements: &mut Vec<E>, part: usize, n: usize) {
    if part == n {
        *all = std::mem::take(elements);
        code::wipe(&mut all[n..]);
        all.truncate(n);
    } else {
        // No growing later: that would leave copies behind.
        all.reserve_exact(n - all.len());
        all.extend_from_slice(&elements[..part]);
    }
}

fn bounded(n: usize) -> Result<(), OtError> {
    if n > MOST { Err(OtError::TooMany { found: n, max: MOST }) } else { Ok(()) }
}

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

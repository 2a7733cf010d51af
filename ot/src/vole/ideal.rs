//! The ideal functionality, for tests of what stands on it: a trusted party that deals both parts.

use super::{Subfield, VoleReceiver, VoleSender};
use rand_core::CryptoRng;
use yinshu_crypto::field::{F128, mul_add_each};

/// Deals `n` correlations. Both parts are in one place: nothing is secret.
pub fn vole<A: Subfield>(n: usize, rng: &mut impl CryptoRng) -> (VoleSender, VoleReceiver<A>) {
    let delta = F128::random(rng);
    let b: Vec<F128> = (0..n).map(|_| F128::random(rng)).collect();
    let a: Vec<A> = (0..n).map(|_| A::random(rng)).collect();
    let mut c = b.clone();
    mul_add_each(&mut c, &a, delta);
    (VoleSender { delta, b }, VoleReceiver { a, c })
}

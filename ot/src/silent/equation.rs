//! The equation that both parties check: Σ χ·C = Σ χ·B + Δ·Σ χ·A.

use super::msg::SEED_BYTES;
use crate::code::{Accumulated, Code};
use crate::lanes::Lanes;
use yinshu_crypto::field::{F128, inner_product};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::permutation::Permutation;

/// Factors that are made at a time.
const BATCH: usize = 1 << 12;

/// The factors χ, from the shares of both parties.
pub(super) struct Factors(Permutation);

impl Factors {
    pub(super) fn new(shares: [&[u8]; 2]) -> Self {
        let digest = Digest::of_parts("yinshu ot equation v1", &shares);
        Self(Permutation::new(digest.0[..16].try_into().expect("half of 32 bytes")))
    }

    /// Factor number i.
    pub(super) fn factor(&self, i: usize) -> F128 {
        let mut factor = [F128::ZERO];
        self.0.stream(F128::ZERO, i as u64, &mut factor);
        factor[0]
    }

    /// The sum of all entries, each by its factor.
    pub(super) fn sum<E: Lanes>(&self, code: &Code, entries: &Accumulated<E>) -> F128 {
        let mut factors = vec![F128::ZERO; BATCH];
        let (mut sum, mut at) = (F128::ZERO, 0);
        code.replay(entries, BATCH / E::COUNT, |entries| {
            let entries = E::spread(entries);
            let factors = &mut factors[..entries.len()];
            self.0.stream(F128::ZERO, at, factors);
            at += entries.len() as u64;
            sum += inner_product(factors, &entries);
        });
        sum
    }
}

/// A commitment to a seed or a value, hiding by its nonce.
pub(super) fn commit(purpose: &str, value: &[u8; SEED_BYTES], nonce: &[u8]) -> [u8; 32] {
    Digest::of_parts("yinshu ot commitment v1", &[purpose.as_bytes(), value, nonce]).0
}

/// What is committed to.
pub(super) const SEED: &str = "seed";
pub(super) const VALUE: &str = "value";

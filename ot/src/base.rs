//! Base oblivious transfers of random keys over ristretto255, secure against deviating parties.
//!
//! D. Masny, P. Rindal, "Endemic Oblivious Transfer", CCS 2019, figure 8 (from Diffie–Hellman key agreement).
//!
//! | # | from | what |
//! |---|---|---|
//! | 1 | chooser → dealer | for each transfer `r_0`, `r_1` with `r_(1-c)` random and `r_c` = g^x − H(`r_(1-c)`) |
//! | 2 | dealer → chooser | for each transfer g^y |
//!
//! The keys are `k_b` = F((`r_b` + H(`r_(1-b)`))^y); the chooser computes `k_c` as F((g^y)^x). Each transfer has a
//! fresh y its number and the context of the run go into H and F: what I. McQuoid, M. Rosulek, L. Roy, "Batching Base Oblivious
//! Transfers", ASIACRYPT 2021, section 4, ask of a batch.
//!
//! # Security
//!
//! Malicious parties, under the oracle Diffie–Hellman assumption in ristretto255 with random oracles H and F
//! (theorems 4.2 and 5.1 of the paper). A deviating party can influence its own random keys (it is *endemic*), which
//! is as good as uniform for everything that is built on it here: neither party's keys are ever its output.
//! Chosen over "simplest OT" (Chou, Orlandi 2015), whose proof needed repairs, and because it needs no extra round.
//! Not secure against a quantum computer.

use crate::error::Misstep;
use rand_core::CryptoRng;
use yinshu_crypto::field::F128;
use yinshu_crypto::group::{ELEMENT_BYTES, Element, Exponent, Hasher};
use yinshu_crypto::hash::Digest;
use zeroize::{Zeroize, Zeroizing};

/// How many base transfers a run has: one for each bit of Δ.
pub(crate) const TRANSFERS: usize = 128;

/// Bytes of the chooser's message: two points a transfer.
pub(crate) const CHOICES_BYTES: usize = TRANSFERS * 2 * ELEMENT_BYTES;

/// Bytes of the dealer's message: one point a transfer.
pub(crate) const ANSWERS_BYTES: usize = TRANSFERS * ELEMENT_BYTES;

type Encoded = [u8; ELEMENT_BYTES];

/// H: the context, the number of a transfer and a point of it to a point.
struct Mask<'a> {
    hasher: Hasher,
    context: &'a Digest,
}

impl<'a> Mask<'a> {
    fn new(context: &'a Digest) -> Self {
        let hasher = Hasher::new(b"YINSHU-OT-V2-base-ristretto255_XMD:SHA-512_R255MAP_RO_");
        Self { hasher, context }
    }

    fn of(&self, transfer: usize, point: &Encoded) -> Element {
        self.hasher.hash(&[&self.context.0, &(transfer as u64).to_le_bytes(), point])
    }
}

/// F: the shared point with the context and all that was sent for its transfer to a key.
fn key(context: &Digest, transfer: usize, pair: &[Encoded; 2], answer: &Encoded, shared: &Element) -> F128 {
    let number = (transfer as u64).to_le_bytes();
    let secret = Zeroizing::new(shared.encode());
    let parts: [&[u8]; 6] = [&context.0, &number, &pair[0], &pair[1], answer, &*secret];
    let digest = Zeroizing::new(Digest::of_parts("yinshu ot base key v2", &parts).0);
    F128::from_bytes(digest[..16].try_into().expect("half of 32 bytes"))
}

fn decode(index: usize, bytes: &Encoded) -> Result<Element, Misstep> {
    Element::decode(bytes).map_err(|cause| Misstep::BadPoint { index: index as u64, cause })
}

/// The chooser while it waits for the answers.
pub(crate) struct Choosing {
    context: Digest,
    choices: F128,
    exponents: Vec<Exponent>,
    pairs: Vec<[Encoded; 2]>,
}

impl Choosing {
    /// Chooses key number bit i of `choices` in transfer i; returns the message as well.
    pub(crate) fn new(context: &Digest, choices: F128, rng: &mut impl CryptoRng) -> (Self, Vec<u8>) {
        let mask = Mask::new(context);
        let exponents: Vec<_> = (0..TRANSFERS).map(|_| Exponent::random(rng)).collect();
        let pairs: Vec<[Encoded; 2]> = (0..TRANSFERS)
            .map(|i| {
                let other = Element::random(rng).encode();
                let own = (Element::power(&exponents[i]) - mask.of(i, &other)).encode();
                pick(choices, i, [own, other])
            })
            .collect();
        let message = pairs.as_flattened().as_flattened().to_vec();
        (Self { context: *context, choices, exponents, pairs }, message)
    }

    /// The chosen keys, from the dealer's [`ANSWERS_BYTES`].
    pub(crate) fn finish(self, answers: &[u8]) -> Result<Zeroizing<Vec<F128>>, Misstep> {
        let (answers, _) = answers.as_chunks::<ELEMENT_BYTES>();
        // No growing: that would leave copies behind.
        let mut keys = Zeroizing::new(Vec::with_capacity(TRANSFERS));
        for (i, answer) in answers.iter().enumerate() {
            let shared = decode(i, answer)?.raise(&self.exponents[i]);
            keys.push(key(&self.context, i, &self.pairs[i], answer, &shared));
        }
        Ok(keys)
    }
}

impl Drop for Choosing {
    fn drop(&mut self) {
        self.choices.zeroize();
    }
}

/// The pair as it is if choice i is 0, exchanged if it is 1; in constant time.
fn pick(choices: F128, i: usize, [own, other]: [Encoded; 2]) -> [Encoded; 2] {
    let mask = ((choices.0 >> i & 1) as u8).wrapping_neg();
    let differ: Encoded = std::array::from_fn(|at| (own[at] ^ other[at]) & mask);
    [std::array::from_fn(|at| own[at] ^ differ[at]), std::array::from_fn(|at| other[at] ^ differ[at])]
}

/// Both keys of a transfer, of all transfers.
pub(crate) type Pairs = Zeroizing<Vec<[F128; 2]>>;

/// Both keys of every transfer and the answers, from the chooser's [`CHOICES_BYTES`].
pub(crate) fn deal(
    context: &Digest,
    choices: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<(Pairs, Vec<u8>), Misstep> {
    let mask = Mask::new(context);
    let (points, _) = choices.as_chunks::<ELEMENT_BYTES>();
    let (pairs, _) = points.as_chunks::<2>();
    let (mut keys, mut answers) =
        (Zeroizing::new(Vec::with_capacity(TRANSFERS)), Vec::with_capacity(ANSWERS_BYTES));
    for (i, pair) in pairs.iter().enumerate() {
        let exponent = Exponent::random(rng);
        let answer = Element::power(&exponent).encode();
        let side = |b: usize| {
            let point = decode(2 * i + b, &pair[b])? + mask.of(i, &pair[1 - b]);
            Ok(key(context, i, pair, &answer, &point.raise(&exponent)))
        };
        keys.push([side(0)?, side(1)?]);
        answers.extend_from_slice(&answer);
    }
    Ok((keys, answers))
}

#[cfg(test)]
mod tests;

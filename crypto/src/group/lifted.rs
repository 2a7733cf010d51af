//! Lifted ElGamal: additively homomorphic encryption of small numbers, several slots to one ciphertext, under
//! keys that are shared by addition.
//!
//! T. ElGamal, CRYPTO 1984, with the message in the exponent (R. Cramer, R. Gennaro, B. Schoenmakers,
//! EUROCRYPT 1997). A ciphertext of the numbers v_1 … v_k under the keys J_1 … J_k is
//! (r·G, v_1·G + r·J_1, …, v_k·G + r·J_k): one random r serves all slots, as each has a key of its own
//! (K. Kurosawa, "Multi-recipient Public-Key Encryption with Shortened Ciphertext", PKC 2002). Secure under
//! the decisional Diffie–Hellman assumption against an eavesdropper; malleable by design.
//!
//! Ciphertexts add up slot by slot. Whoever opens one has v·G and finds v among the numbers up to a known
//! bound by baby steps and giant steps ([`Logs`]; D. Shanks, 1971).
//!
//! Encodings of *doubles* share one inversion ([`super::raise_and_encode`] tells why), so that
//! [`Ciphertext::double_and_encode`] encrypts twice what the ciphertext did; the opener halves.

use super::{DecodeError, ELEMENT_BYTES, Element, Exponent};
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_TABLE;
use curve25519_dalek::ristretto::{RistrettoBasepointTable, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, IsIdentity};
use rand_core::CryptoRng;
use std::collections::HashMap;
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// The width of a slot's number when it is encrypted, in bits.
pub const SLOT_BITS: u32 = 16;

/// The most slots of a ciphertext.
pub const MAX_SLOTS: usize = 64;

/// One party's share of the secret keys: one exponent for each slot.
pub struct KeyShare(Vec<Exponent>);

impl KeyShare {
    /// Fresh shares for `slots` slots.
    pub fn random(slots: usize, rng: &mut impl CryptoRng) -> Self {
        Self((0..slots).map(|_| Exponent::random(rng)).collect())
    }

    /// The public side of the shares, in the order of the slots.
    pub fn public(&self) -> Vec<Element> {
        self.0.iter().map(|share| Element(RISTRETTO_BASEPOINT_TABLE * share.0.expose())).collect()
    }

    /// Takes this share's part off a ciphertext: after the last share has done so each slot holds v·G. In
    /// constant time.
    pub fn strip(&self, ciphertext: &Ciphertext) -> Ciphertext {
        let first = ciphertext.0[0];
        let slots =
            ciphertext.0[1..].iter().zip(&self.0).map(|(slot, share)| slot - first * share.0.expose());
        Ciphertext(std::iter::once(first).chain(slots).collect())
    }
}

/// The keys under which the shares together decrypt, with tables that make encryption quick.
pub struct JointKey(Vec<RistrettoBasepointTable>);

impl JointKey {
    /// From both parties' public shares; `None` where their numbers differ, are none or too many, or two
    /// cancel out.
    pub fn new(ours: &[Element], theirs: &[Element]) -> Option<Self> {
        let sums: Vec<RistrettoPoint> = ours.iter().zip(theirs).map(|(a, b)| a.0 + b.0).collect();
        let fits = ours.len() == theirs.len() && (1..=MAX_SLOTS).contains(&ours.len());
        let usable = fits && !sums.iter().any(IsIdentity::is_identity);
        usable.then(|| Self(sums.iter().map(RistrettoBasepointTable::create).collect()))
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        self.0.len()
    }

    /// Encrypts one number for each slot (zero where `values` is shorter), in constant time.
    pub fn encrypt(&self, digits: &Digits, values: &[u16], rng: &mut impl CryptoRng) -> Ciphertext {
        let mut fresh = self.zero(rng);
        for (slot, &value) in fresh.0[1..].iter_mut().zip(values) {
            *slot += digits.lift(value);
        }
        fresh
    }

    /// The same numbers in a ciphertext that nobody can link to the one given, in constant time.
    pub fn rerandomise(&self, ciphertext: &Ciphertext, rng: &mut impl CryptoRng) -> Ciphertext {
        let mut fresh = self.zero(rng);
        fresh.add(ciphertext);
        fresh
    }

    fn zero(&self, rng: &mut impl CryptoRng) -> Ciphertext {
        let by = Zeroizing::new(Scalar::random(rng));
        let slots = self.0.iter().map(|key| key * &*by);
        Ciphertext(std::iter::once(RISTRETTO_BASEPOINT_TABLE * &*by).chain(slots).collect())
    }
}

/// Multiples of the generator by the digits of small numbers: v·G without a full multiplication.
pub struct Digits([[RistrettoPoint; 16]; 4]);

impl Default for Digits {
    fn default() -> Self {
        Self::new()
    }
}

impl Digits {
    /// The table: 16 multiples for each of four hexadecimal digits.
    pub fn new() -> Self {
        let mut unit = Element::generator().0;
        let row = |_: usize| {
            let mut multiple = RistrettoPoint::identity();
            let row = [(); 16].map(|()| advance(&mut multiple, &unit));
            unit = multiple;
            row
        };
        Self(std::array::from_fn(row))
    }

    /// v·G: each digit's multiple is picked by looking at all sixteen, in constant time.
    fn lift(&self, value: u16) -> RistrettoPoint {
        let mut sum = RistrettoPoint::identity();
        for (at, row) in self.0.iter().enumerate() {
            let digit = (value >> (4 * at)) & 15;
            let mut picked = row[0];
            for (index, multiple) in (1u16..).zip(&row[1..]) {
                picked.conditional_assign(multiple, index.ct_eq(&digit));
            }
            sum += picked;
        }
        sum
    }
}

/// A ciphertext: 1 + slots elements.
#[derive(Clone)]
pub struct Ciphertext(Vec<RistrettoPoint>);

impl Ciphertext {
    /// Zeros, without randomness: what sums start from.
    pub fn zero(slots: usize) -> Self {
        Self(vec![RistrettoPoint::identity(); 1 + slots])
    }

    /// The length of its encoding in elements.
    pub fn len(slots: usize) -> usize {
        1 + slots
    }

    /// Adds another, slot by slot.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(sum, one)| *sum += one);
    }

    /// Reads one element for the randomness and one for each slot; the second value is the position of the
    /// first that is none.
    pub fn decode(encoded: &[[u8; ELEMENT_BYTES]]) -> Result<Self, (DecodeError, usize)> {
        let decode = |(at, one)| Element::decode(one).map(|element| element.0).map_err(|cause| (cause, at));
        encoded.iter().enumerate().map(decode).collect::<Result<_, _>>().map(Self)
    }

    /// The encodings of ciphertexts of *twice* their numbers, one after another.
    pub fn double_and_encode(ciphertexts: &[Self]) -> Vec<[u8; ELEMENT_BYTES]> {
        let all: Vec<RistrettoPoint> = ciphertexts.iter().flat_map(|one| one.0.iter().copied()).collect();
        RistrettoPoint::double_and_compress_batch(&all).into_iter().map(|one| one.to_bytes()).collect()
    }

    /// What a slot holds once all shares are stripped, divided by 2 to the `halvings`.
    pub fn opened(&self, slot: usize, halvings: u32) -> Element {
        let mut factor = Scalar::ONE;
        (0..halvings).for_each(|_| factor = factor.div_by_2());
        Element(self.0[1 + slot] * factor)
    }
}

/// Baby steps: the multiples i·G for i below a number of steps, by the first bytes of their encodings.
pub struct Logs {
    baby: HashMap<u64, u32>,
    steps: u64,
}

/// How many multiples are encoded at once.
const STRIDE: u64 = 256;

impl Logs {
    /// The most baby steps: 4 million, some 100 MB.
    const MAX_STEPS: u64 = 1 << 22;

    /// Steps for logarithms up to `bound`: about its root, so that one logarithm costs as much as the table.
    pub fn new(bound: u64) -> Self {
        let steps = (bound.isqrt() + 1).clamp(STRIDE, Self::MAX_STEPS).next_multiple_of(STRIDE);
        let half = Scalar::ONE.div_by_2();
        let (start, step) = (RistrettoPoint::identity(), RISTRETTO_BASEPOINT_TABLE * &half);
        let count = usize::try_from(steps).expect("at most 2^22");
        let mut baby = HashMap::with_capacity(count);
        let mut index = 0u32;
        vartime_walk(start, step, steps, |key| {
            baby.insert(key, index);
            index += 1;
            false
        });
        Self { baby, steps }
    }

    /// The v ≤ `bound` with v·G = `element`, if there is one. Its time depends on v.
    pub fn vartime_log(&self, element: &Element, bound: u64) -> Option<u64> {
        let half = Scalar::ONE.div_by_2();
        let giant = -(RISTRETTO_BASEPOINT_TABLE * &(half * Scalar::from(self.steps)));
        let (mut at, mut found) = (0, None);
        vartime_walk(element.0 * half, giant, bound / self.steps + 1, |key| {
            let candidate = self.baby.get(&key).map(|&index| at * self.steps + u64::from(index));
            // The table knows 8 bytes of each encoding: the whole decides.
            let is = |&value: &u64| RISTRETTO_BASEPOINT_TABLE * &Scalar::from(value) == element.0;
            found = candidate.filter(|&value| value <= bound).filter(is);
            at += 1;
            found.is_some()
        });
        found
    }
}

/// Steps on by `step`, and returns where it was.
fn advance(at: &mut RistrettoPoint, step: &RistrettoPoint) -> RistrettoPoint {
    let before = *at;
    *at += step;
    before
}

/// The first eight bytes of the encodings of twice `start`, `start + step`, …, `count` of them, until `each`
/// returns true.
fn vartime_walk(start: RistrettoPoint, step: RistrettoPoint, count: u64, mut each: impl FnMut(u64) -> bool) {
    let (mut next, mut left) = (start, count);
    while left > 0 {
        let width = usize::try_from(left.min(STRIDE)).expect("at most 256");
        let halves: Vec<_> = (0..width).map(|_| advance(&mut next, &step)).collect();
        for encoded in RistrettoPoint::double_and_compress_batch(&halves) {
            let key = encoded.as_bytes().first_chunk().expect("an encoding has 32 bytes");
            if each(u64::from_le_bytes(*key)) {
                return;
            }
        }
        left -= width as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    #[test]
    fn sums_are_opened_by_both_shares_and_by_neither_alone() {
        let seed = 3;
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (ours, theirs) = (KeyShare::random(3, &mut rng), KeyShare::random(3, &mut rng));
        let key = JointKey::new(&ours.public(), &theirs.public()).unwrap();
        let (digits, logs) = (Digits::new(), Logs::new(100 * 65_535));
        let mut sum = Ciphertext::zero(3);
        let mut expected = [0u64; 3];
        for _ in 0..100 {
            let values = [u16::MAX, rng.next_u32() as u16, 0];
            expected.iter_mut().zip(values).for_each(|(sum, value)| *sum += u64::from(value));
            let fresh = key.encrypt(&digits, &values, &mut rng);
            let travelled = Ciphertext::decode(&Ciphertext::double_and_encode(&[fresh])).unwrap();
            sum.add(&key.rerandomise(&travelled, &mut rng));
        }
        let one = ours.strip(&sum);
        assert_eq!(logs.vartime_log(&one.opened(0, 1), 100 * 65_535), None);
        let both = theirs.strip(&one);
        let opened = [0, 1, 2].map(|slot| logs.vartime_log(&both.opened(slot, 1), 100 * 65_535));
        assert_eq!(opened, expected.map(Some));
    }

    #[test]
    fn logarithms_up_to_the_bound_and_no_further() {
        for bound in [0u64, 1, 255, 256, 70_000, 1_000_000] {
            let logs = Logs::new(bound);
            for value in [0, 1, bound / 2, bound.saturating_sub(1), bound, bound + 1, bound + 300] {
                let element = Element(RISTRETTO_BASEPOINT_TABLE * &Scalar::from(value));
                let expected = (value <= bound).then_some(value);
                assert_eq!(logs.vartime_log(&element, bound), expected, "{value} of {bound}");
            }
        }
    }

    #[test]
    fn digits_are_multiples() {
        let digits = Digits::new();
        for value in [0u16, 1, 15, 16, 0x1234, 0xffff] {
            assert_eq!(digits.lift(value), RISTRETTO_BASEPOINT_TABLE * &Scalar::from(value));
        }
    }

    #[test]
    fn keys_that_cancel_out_are_refused() {
        let mut rng = ChaCha20Rng::seed_from_u64(4);
        let share = KeyShare::random(1, &mut rng).public();
        let opposite = vec![Element(-share[0].0)];
        assert!(JointKey::new(&share, &opposite).is_none());
        assert!(JointKey::new(&share, &[]).is_none() && JointKey::new(&[], &[]).is_none());
    }
}

//! Many elements at once, from bytes to bytes, in vector lanes.
//!
//! One core computes; split long lists in parts of [`BATCH`] or more among cores. What is encoded is a
//! *double*, because encodings of doubles share one inversion (see [`crate::lanes`]); where the exponent is
//! known, half of it is used and the result is as if nothing were doubled. The two functions that say `single`
//! double nothing.
//!
//! Without vectors there is nothing to gain in raising to an arbitrary power: with [`Kernel::Plain`],
//! [`hash_raise_encode_each`] and its like go point by point ([`raise_and_encode`]). Their forms with a given
//! kernel always use it.

use super::{DecodeError, ELEMENT_BYTES, Element, Exponent, Hasher, raise_and_encode};
use crate::lanes::comb::{Digits, Table, shifted};
use crate::lanes::edwards::Point;
use crate::lanes::plain::One;
use crate::lanes::{self, Field, Job, Kernel, Words, bytes, ristretto, words};
use crate::secret::Secret;
use rand_core::CryptoRng;
use std::sync::OnceLock;
use zeroize::{Zeroize, Zeroizing};

/// How many elements share one inversion: enough to make it cheap, few enough to stay in the cache.
pub const BATCH: usize = 128;

/// An encoding that is refused: which one it is, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadElement {
    /// The first such, counted from 0.
    pub index: usize,
    /// Why.
    pub cause: DecodeError,
}

/// Hashes each message to the group ([`Hasher::hash`]), raises it to `by`, in constant time, and encodes it.
pub fn hash_raise_encode_each(
    hasher: &Hasher,
    messages: &[impl AsRef<[u8]>],
    by: &Exponent,
) -> Vec<[u8; ELEMENT_BYTES]> {
    messages.chunks(BATCH).flat_map(|part| map_raise_encode_each(&hasher.uniform_each(part), by)).collect()
}

/// Maps uniform bytes to the group ([`Element::from_uniform_bytes`]), raises to `by`, in constant time, and
/// encodes. With [`Hasher::uniform_each`] it does what [`hash_raise_encode_each`] does.
pub fn map_raise_encode_each(uniform: &[[u8; 64]], by: &Exponent) -> Vec<[u8; ELEMENT_BYTES]> {
    match Kernel::best() {
        Kernel::Plain => map_raise_encode_singly(uniform, by),
        vectors => map_raise_encode_each_with(vectors, uniform, by),
    }
}

/// As [`map_raise_encode_each`], with a given kernel.
pub(super) fn map_raise_encode_each_with(
    kernel: Kernel,
    uniform: &[[u8; 64]],
    by: &Exponent,
) -> Vec<[u8; ELEMENT_BYTES]> {
    let digits = by.half_digits();
    let mut out = Vec::with_capacity(uniform.len());
    for uniform in uniform.chunks(BATCH) {
        let (source, act) = (Source::Uniform(uniform), Act::Raise(&digits));
        let job = Pipeline { source, act, double: true, out: &mut out };
        pipeline(kernel, job).expect("every map succeeds");
    }
    out
}

/// As [`map_raise_encode_each`], point by point.
pub(super) fn map_raise_encode_singly(uniform: &[[u8; 64]], by: &Exponent) -> Vec<[u8; ELEMENT_BYTES]> {
    let raise = |uniform: &[[u8; 64]]| {
        raise_and_encode(&uniform.iter().map(Element::from_uniform_bytes).collect::<Vec<_>>(), by)
    };
    uniform.chunks(BATCH).flat_map(raise).collect()
}

/// As [`hash_raise_encode_each`], with a given kernel.
pub fn hash_raise_encode_each_with(
    kernel: Kernel,
    hasher: &Hasher,
    messages: &[impl AsRef<[u8]>],
    by: &Exponent,
) -> Vec<[u8; ELEMENT_BYTES]> {
    let raise = |part: &[_]| map_raise_encode_each_with(kernel, &hasher.uniform_each(part), by);
    messages.chunks(BATCH).flat_map(raise).collect()
}

/// Decodes each element ([`Element::decode`]), raises it to `by`, in constant time, and encodes it.
///
/// # Errors
/// [`BadElement`]: the first that is not the canonical encoding of an element other than the identity.
pub fn decode_raise_encode_each(
    encoded: &[[u8; ELEMENT_BYTES]],
    by: &Exponent,
) -> Result<Vec<[u8; ELEMENT_BYTES]>, BadElement> {
    match Kernel::best() {
        Kernel::Plain => decode_raise_encode_singly(encoded, by),
        vectors => decode_raise_encode_each_with(vectors, encoded, by),
    }
}

/// As [`decode_raise_encode_each`], point by point.
///
/// # Errors
/// As there.
pub(super) fn decode_raise_encode_singly(
    encoded: &[[u8; ELEMENT_BYTES]],
    by: &Exponent,
) -> Result<Vec<[u8; ELEMENT_BYTES]>, BadElement> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut elements = Vec::with_capacity(BATCH);
    for (at, part) in encoded.chunks(BATCH).enumerate() {
        elements.clear();
        for (index, encoded) in (at * BATCH..).zip(part) {
            elements.push(Element::decode(encoded).map_err(|cause| BadElement { index, cause })?);
        }
        out.extend(raise_and_encode(&elements, by));
    }
    Ok(out)
}

/// As [`decode_raise_encode_each`], with a given kernel.
///
/// # Errors
/// As there.
pub fn decode_raise_encode_each_with(
    kernel: Kernel,
    encoded: &[[u8; ELEMENT_BYTES]],
    by: &Exponent,
) -> Result<Vec<[u8; ELEMENT_BYTES]>, BadElement> {
    let digits = by.half_digits();
    decoding(kernel, encoded, true, |_| Act::Raise(&digits))
}

/// A fixed element whose powers are quick: a table of 96 KiB, made in less than a millisecond.
pub struct Base {
    kernel: Kernel,
    table: Table,
}

impl Base {
    /// Of an element, for the [fastest kernel](Kernel::best).
    pub fn new(element: &Element) -> Self {
        Self::new_with(Kernel::best(), element)
    }

    /// Of an element, for a given kernel.
    pub fn new_with(kernel: Kernel, element: &Element) -> Self {
        struct Build(Point<One>);
        impl Job for Build {
            type Output = Table;
            #[inline(always)]
            fn run<F: Field>(self, _: F::Proof) -> Table {
                Table::new::<F>(self.0)
            }
        }
        let number = words(&element.encode());
        let [(point, _), _] = ristretto::decode((), [&[number], &[]]);
        let kernel = if kernel.is_available() { kernel } else { Kernel::Plain };
        Self { kernel, table: lanes::run(kernel, Build(point)) }
    }

    /// Of the generator; made once.
    pub fn generator() -> &'static Self {
        static GENERATOR: OnceLock<Base> = OnceLock::new();
        GENERATOR.get_or_init(|| Self::new(&Element::generator()))
    }
}

/// Secret blinding exponents, one for each of many elements; wiped on drop.
///
/// Each is uniform among the numbers below 2^252, which is closer than 2^-127 to uniform modulo the order of
/// the group, 2^252 + 2^124.6: an element times the generator to such a power is uniform but for 2^-127,
/// whatever the element.
#[derive(Debug)]
pub struct Blinds(Secret<Vec<[u8; 32]>>);

impl Blinds {
    /// `count` fresh ones.
    pub fn random(count: usize, rng: &mut impl CryptoRng) -> Self {
        let mut all = vec![[0; 32]; count];
        rng.fill_bytes(all.as_flattened_mut());
        all.iter_mut().for_each(|one| one[31] &= 0x0f);
        Self(Secret::new(all))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.expose().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those of some elements.
    pub fn part(&self, range: std::ops::Range<usize>) -> &[[u8; 32]] {
        &self.0.expose()[range]
    }
}

/// For each message m with blinding exponent r: (H(m)·g^r)², encoded; g is the base. Constant-time in all.
///
/// # Panics
/// If there are fewer exponents than messages.
pub fn hash_blind_encode_each(
    hasher: &Hasher,
    messages: &[impl AsRef<[u8]>],
    base: &Base,
    blinds: &[[u8; 32]],
) -> Vec<[u8; ELEMENT_BYTES]> {
    hash_blind(hasher, messages, (base, blinds), true)
}

/// As [`hash_blind_encode_each`], but H(m)·g^r itself: at an inverse square root more for each.
///
/// # Panics
/// As there.
pub fn hash_blind_encode_each_single(
    hasher: &Hasher,
    messages: &[impl AsRef<[u8]>],
    base: &Base,
    blinds: &[[u8; 32]],
) -> Vec<[u8; ELEMENT_BYTES]> {
    hash_blind(hasher, messages, (base, blinds), false)
}

fn hash_blind(
    hasher: &Hasher,
    messages: &[impl AsRef<[u8]>],
    (base, blinds): (&Base, &[[u8; 32]]),
    double: bool,
) -> Vec<[u8; ELEMENT_BYTES]> {
    assert!(messages.len() <= blinds.len(), "a blinding exponent for every message");
    let mut out = Vec::with_capacity(messages.len());
    for (messages, blinds) in messages.chunks(BATCH).zip(blinds.chunks(BATCH)) {
        let uniform = hasher.uniform_each(messages);
        let act = Act::Shift { base, by: blinds, subtract: false };
        let job = Pipeline { source: Source::Uniform(&uniform), act, double, out: &mut out };
        pipeline(base.kernel, job).expect("every map succeeds");
    }
    out
}

/// For each encoded element v with blinding exponent r: (v·h^-r)², encoded; h is the base.
/// Constant-time in the exponents.
///
/// # Errors
/// As [`decode_raise_encode_each`].
///
/// # Panics
/// If there are fewer exponents than elements.
pub fn decode_unblind_encode_each(
    encoded: &[[u8; ELEMENT_BYTES]],
    base: &Base,
    blinds: &[[u8; 32]],
) -> Result<Vec<[u8; ELEMENT_BYTES]>, BadElement> {
    assert!(encoded.len() <= blinds.len(), "a blinding exponent for every element");
    decoding(base.kernel, encoded, true, |start| Act::Shift { base, by: &blinds[start..], subtract: true })
}

/// As [`decode_unblind_encode_each`], but v·h^-r itself: at an inverse square root more for each.
///
/// # Errors
/// As there.
///
/// # Panics
/// As there.
pub fn decode_unblind_encode_each_single(
    encoded: &[[u8; ELEMENT_BYTES]],
    base: &Base,
    blinds: &[[u8; 32]],
) -> Result<Vec<[u8; ELEMENT_BYTES]>, BadElement> {
    assert!(encoded.len() <= blinds.len(), "a blinding exponent for every element");
    decoding(base.kernel, encoded, false, |start| Act::Shift { base, by: &blinds[start..], subtract: true })
}

fn decoding<'a>(
    kernel: Kernel,
    encoded: &[[u8; ELEMENT_BYTES]],
    double: bool,
    act: impl Fn(usize) -> Act<'a>,
) -> Result<Vec<[u8; ELEMENT_BYTES]>, BadElement> {
    let mut out = Vec::with_capacity(encoded.len());
    for (at, part) in encoded.chunks(BATCH).enumerate() {
        let start = at * BATCH;
        let job = Pipeline { source: Source::Encoded(part), act: act(start), double, out: &mut out };
        pipeline(kernel, job).map_err(|bad| BadElement { index: start + bad.index, ..bad })?;
    }
    Ok(out)
}

impl Exponent {
    /// Signed digits in base 16 of half of this exponent. Constant-time.
    fn half_digits(&self) -> Zeroizing<[i8; 64]> {
        let half = Zeroizing::new(Zeroizing::new(self.0.expose().div_by_2()).to_bytes());
        let mut digits = Zeroizing::new([0; 64]);
        let mut carry = 0;
        for (at, digit) in digits.iter_mut().enumerate() {
            let nibble = (half[at / 2] >> (4 * (at % 2)) & 15).cast_signed() + carry;
            carry = (nibble + 8) >> 4;
            *digit = nibble - (carry << 4);
        }
        // The exponent is below 2^253: the last digit is at most 2 and nothing is carried out of it.
        digits
    }
}

/// Where elements come from.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// The one-way map of uniform bytes.
    Uniform(&'a [[u8; 64]]),
    /// Their encodings.
    Encoded(&'a [[u8; 32]]),
}

/// What becomes of them before they are encoded.
#[derive(Clone, Copy)]
enum Act<'a> {
    /// All to one power.
    Raise(&'a [i8; 64]),
    /// Each times its own power of the base, or divided by it.
    Shift { base: &'a Base, by: &'a [[u8; 32]], subtract: bool },
}

struct Pipeline<'a> {
    source: Source<'a>,
    act: Act<'a>,
    /// Whether they are doubled before they are encoded, which makes it cheap.
    double: bool,
    out: &'a mut Vec<[u8; 32]>,
}

/// Not generic, so that the kernels are compiled once, here.
fn pipeline(kernel: Kernel, job: Pipeline<'_>) -> Result<(), BadElement> {
    lanes::run(kernel, job)
}

impl Job for Pipeline<'_> {
    type Output = Result<(), BadElement>;

    #[inline(always)]
    fn run<F: Field>(self, proof: F::Proof) -> Result<(), BadElement> {
        let (mut points, count) = match self.source {
            Source::Uniform(uniform) => (mapped::<F>(proof, uniform), uniform.len()),
            Source::Encoded(encoded) => (decoded::<F>(proof, encoded)?, encoded.len()),
        };
        match self.act {
            Act::Raise(digits) => {
                for point in &mut points {
                    *point = point.times(digits);
                }
            }
            Act::Shift { base, by, subtract } => {
                for (point, by) in points.iter_mut().zip(by.chunks(F::LANES)) {
                    let mut numbers = [[0; 4]; 8];
                    for (number, by) in numbers.iter_mut().zip(by) {
                        *number = words(by);
                    }
                    let digits = Digits::new(&numbers[..F::LANES]);
                    numbers.zeroize();
                    *point = shifted(proof, *point, &base.table, &digits, subtract);
                }
            }
        }
        let mut encoded = Vec::with_capacity(points.len());
        match self.double {
            true => ristretto::encode_doubles(&points, &mut encoded),
            false => ristretto::encode(&points, &mut encoded),
        }
        let lanes = encoded.iter().flat_map(|numbers| &numbers[..F::LANES]);
        self.out.extend(lanes.take(count).map(bytes));
        Ok(())
    }
}

#[inline(always)]
fn mapped<F: Field>(proof: F::Proof, uniform: &[[u8; 64]]) -> Vec<Point<F>> {
    let mut points = Vec::with_capacity(uniform.len().div_ceil(F::LANES));
    for group in uniform.chunks(F::LANES) {
        let mut numbers = [[[0; 4]; 8]; 2];
        for (lane, bytes) in group.iter().enumerate() {
            let halves = bytes.as_chunks().0;
            numbers[0][lane] = words(&halves[0]);
            numbers[1][lane] = words(&halves[1]);
        }
        points.push(ristretto::map(proof, [&numbers[0], &numbers[1]]));
    }
    points
}

#[inline(always)]
fn decoded<F: Field>(proof: F::Proof, encoded: &[[u8; 32]]) -> Result<Vec<Point<F>>, BadElement> {
    let mut points = Vec::with_capacity(encoded.len().div_ceil(F::LANES) + 1);
    let mut first_bad = None;
    for (at, pair) in encoded.chunks(2 * F::LANES).enumerate() {
        let mut numbers = [[0; 4]; 16];
        let mut refused = [None; 16];
        for (lane, bytes) in pair.iter().enumerate() {
            numbers[lane] = words(bytes);
            refused[lane] = refusal(&numbers[lane]);
        }
        let halves = [&numbers[..F::LANES], &numbers[F::LANES..2 * F::LANES]];
        let [(first, first_valid), (second, second_valid)] = ristretto::decode(proof, halves);
        points.push(first);
        points.push(second);
        let valid = u16::from(first_valid & F::ALL) | u16::from(second_valid & F::ALL) << F::LANES;
        for (lane, refused) in refused.iter().enumerate().take(pair.len()) {
            let cause = refused.or((valid >> lane & 1 == 0).then_some(DecodeError::NotCanonical));
            let bad = cause.map(|cause| BadElement { index: at * 2 * F::LANES + lane, cause });
            first_bad = first_bad.or(bad);
        }
    }
    points.truncate(encoded.len().div_ceil(F::LANES));
    first_bad.map_or(Ok(points), Err)
}

/// RFC 9496 section 4.3.1 step 2: the number must be below p and not negative. And not the identity's.
#[inline(always)]
pub(super) fn refusal(number: &Words) -> Option<DecodeError> {
    const P: Words = [0xffff_ffff_ffff_ffed, u64::MAX, u64::MAX, u64::MAX >> 1];
    let below = number.iter().rev().lt(P.iter().rev());
    if *number == [0; 4] {
        Some(DecodeError::Identity)
    } else if !below || number[0] & 1 == 1 {
        Some(DecodeError::NotCanonical)
    } else {
        None
    }
}

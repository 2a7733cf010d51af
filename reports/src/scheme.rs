//! Prio3 of draft-irtf-cfrg-vdaf-18 for two aggregators and one proof, over the fields, circuits, proofs and
//! extendable-output function of the `prio` crate.
//!
//! | kind | circuit (section 7.4) | id | field | proof rests on |
//! |---|---|---|---|---|
//! | count | Prio3Count | 1 | 64 bits | the verification key |
//! | sum | Prio3Sum | 2 | 64 bits | the verification key |
//! | vector | Prio3SumVec | 3 | 128 bits | the verification key and joint randomness |
//! | histogram | Prio3Histogram | 4 | 128 bits | the verification key and joint randomness |
//!
//! The crate's own `shard` takes its randomness from the system, and its own verification copies shares, hashes them number
//! by number and has the helper expand its seed twice. Here sections 7.2.1 (sharding) and 7.2.2 (verification) are written
//! over bytes, with randomness as an argument; everything on the wire is the draft's, byte for byte: its published vectors
//! are tests, the bad ones too, and so is agreement with the crate.

mod bare;
mod query;
mod shard;
mod verify;

pub use bare::Bare;
pub use shard::Shares;
pub(crate) use verify::Begun;

use crate::kind::{Figures, Kind, Measurement};
use prio::field::{Field64, Field128, FieldElement, NttFriendlyFieldElement};
use prio::flp::gadgets::{Mul, ParallelSum};
use prio::flp::types::{Count, Histogram, Sum, SumVec};
use prio::flp::{Flp as _, Type};
use prio::vdaf::prio3::optimal_chunk_length;
use prio::vdaf::xof::{Xof as _, XofTurboShake128};
use query::Plan;

/// Bytes of a seed, and of the verification key.
pub const SEED: usize = 32;

/// Bytes of a report's id: the draft's nonce.
pub const NONCE: usize = 16;

/// Aggregators.
const SHARES: usize = 2;

/// Proofs of each report.
const PROOFS: u8 = 1;

/// The version of the draft, in every domain separation tag (section 6.2).
const VERSION: u8 = 18;

/// What an extendable-output function is used for (section 7.2, table 9).
#[derive(Clone, Copy)]
#[repr(u16)]
enum Usage {
    MeasurementShare = 1,
    ProofShare = 2,
    JointRandomness = 3,
    ProveRandomness = 4,
    QueryRandomness = 5,
    JointRandSeed = 6,
    JointRandPart = 7,
}

/// Bytes of everything of one kind: what is on the wire has the length that the task says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The public share.
    pub public: usize,
    /// The leader's input share.
    pub leader: usize,
    /// The helper's input share.
    pub helper: usize,
    /// A share of the verifier.
    pub verifier: usize,
    /// The verifier message.
    pub message: usize,
    /// A share of the aggregate.
    pub sum: usize,
    /// Randomness for sharding.
    pub random: usize,
}

/// A circuit that this crate has a [`Kind`] for.
pub(crate) trait Circuit: Type<Field: Send + Sync> + Send + Sync {
    /// The encoded measurement; nothing where it is of another kind or out of range.
    fn encode(&self, measurement: &Measurement) -> Option<Vec<Self::Field>>;
    /// The figures of a sum; nothing where they exceed 64 bits.
    fn figures(&self, sum: &[Self::Field], reports: usize) -> Option<Figures>;
    /// A share of the verifier: of an input and its proof, at the point that the query names. All have the lengths that the
    /// circuit says.
    fn asked(&self, plan: &Plan<Self::Field>, of: Asked<'_, Self::Field>) -> Option<Vec<Self::Field>>;
}

/// What a share of the verifier is made of.
pub(crate) struct Asked<'a, F> {
    input: &'a [F],
    proof: &'a [F],
    query: &'a [F],
    joint: &'a [F],
}

/// Of a histogram or vector: whether all inputs are bits, and what else is checked.
fn asked_in_pairs<F: NttFriendlyFieldElement>(
    plan: &Plan<F>,
    of: &Asked<'_, F>,
    check: impl FnOnce(F) -> F,
) -> Option<Vec<F>> {
    let t = *of.query.last().filter(|t| plan.admits(**t))?;
    let (seeds, gadget) = plan.parts(of.proof);
    let bits = plan.returned(gadget).fold(F::zero(), |sum, value| sum + value);
    let mut verifier = vec![check(bits)];
    verifier.extend(plan.pairs_at(seeds, of.input, of.joint, t));
    verifier.push(plan.gadget_at(gadget, t));
    Some(verifier)
}

impl Circuit for Count<Field64> {
    fn encode(&self, measurement: &Measurement) -> Option<Vec<Field64>> {
        let Measurement::Yes(yes) = measurement else { return None };
        self.encode_measurement(yes).ok()
    }
    fn figures(&self, sum: &[Field64], reports: usize) -> Option<Figures> {
        Some(Figures(vec![self.decode_result(sum, reports).ok()?]))
    }
    fn asked(&self, _: &Plan<Field64>, of: Asked<'_, Field64>) -> Option<Vec<Field64>> {
        self.query(of.input, of.proof, of.query, of.joint, SHARES).ok()
    }
}

impl Circuit for Sum<Field64> {
    fn encode(&self, measurement: &Measurement) -> Option<Vec<Field64>> {
        let Measurement::Number(number) = measurement else { return None };
        self.encode_measurement(number).ok()
    }
    fn figures(&self, sum: &[Field64], reports: usize) -> Option<Figures> {
        Some(Figures(vec![self.decode_result(sum, reports).ok()?]))
    }
    fn asked(&self, plan: &Plan<Field64>, of: Asked<'_, Field64>) -> Option<Vec<Field64>> {
        let (t, weights) = of.query.split_last().filter(|(t, _)| plan.admits(**t))?;
        let (seed, gadget) = plan.parts(of.proof);
        // One output alone is not weighted.
        let weights = weights.iter().copied().chain([Field64::one()]);
        let bits = plan.returned(gadget).zip(weights);
        let bits = bits.fold(Field64::zero(), |sum, (value, weight)| sum + value * weight);
        Some(vec![bits, plan.wire_at(*seed.first()?, of.input, *t), plan.gadget_at(gadget, *t)])
    }
}

fn small(figures: Vec<u128>) -> Option<Figures> {
    figures.into_iter().map(|figure| u64::try_from(figure).ok()).collect::<Option<_>>().map(Figures)
}

impl Circuit for Histogram<Field128, ParallelSum<Field128, Mul>> {
    fn encode(&self, measurement: &Measurement) -> Option<Vec<Field128>> {
        let Measurement::Bucket(bucket) = measurement else { return None };
        let bucket = *bucket as usize;
        (bucket < self.output_len()).then(|| self.encode_measurement(&bucket).ok()).flatten()
    }
    fn figures(&self, sum: &[Field128], reports: usize) -> Option<Figures> {
        small(self.decode_result(sum, reports).ok()?)
    }
    fn asked(&self, plan: &Plan<Field128>, of: Asked<'_, Field128>) -> Option<Vec<Field128>> {
        asked_in_pairs(plan, &of, |bits| {
            // The buckets add up to 1: half of it in each share.
            let one = of.input.iter().fold(-Field128::half(), |sum, value| sum + *value);
            of.query[0] * bits + of.query[1] * one
        })
    }
}

impl Circuit for SumVec<Field128, ParallelSum<Field128, Mul>> {
    fn encode(&self, measurement: &Measurement) -> Option<Vec<Field128>> {
        let Measurement::Numbers(numbers) = measurement else { return None };
        self.encode_measurement(&numbers.iter().copied().map(u128::from).collect()).ok()
    }
    fn figures(&self, sum: &[Field128], reports: usize) -> Option<Figures> {
        small(self.decode_result(sum, reports).ok()?)
    }
    fn asked(&self, plan: &Plan<Field128>, of: Asked<'_, Field128>) -> Option<Vec<Field128>> {
        asked_in_pairs(plan, &of, |bits| bits)
    }
}

/// Prio3 with a circuit.
pub(crate) struct Prio<T: Type> {
    circuit: T,
    plan: Plan<T::Field>,
    algorithm: u32,
    /// Of the application, in every tag.
    context: Vec<u8>,
}

/// Prio3 with the circuit of a kind.
pub(crate) enum AnyPrio {
    Count(Prio<Count<Field64>>),
    Sum(Prio<Sum<Field64>>),
    Histogram(Prio<Histogram<Field128, ParallelSum<Field128, Mul>>>),
    Vector(Prio<SumVec<Field128, ParallelSum<Field128, Mul>>>),
}

/// Does the same with whichever circuit there is.
macro_rules! each {
    ($any:expr, $prio:ident => $does:expr) => {
        match $any {
            $crate::scheme::AnyPrio::Count($prio) => $does,
            $crate::scheme::AnyPrio::Sum($prio) => $does,
            $crate::scheme::AnyPrio::Histogram($prio) => $does,
            $crate::scheme::AnyPrio::Vector($prio) => $does,
        }
    };
}
pub(crate) use each;

impl AnyPrio {
    /// For a kind that was checked.
    pub(crate) fn new(kind: Kind, context: Vec<u8>) -> Self {
        const CHECKED: &str = "the kind was checked";
        let chunk = chunk_length(kind);
        match kind {
            Kind::Count => Self::Count(Prio::with(Count::new(), 1, context)),
            Kind::Sum { max } => Self::Sum(Prio::with(Sum::new(max).expect(CHECKED), 2, context)),
            Kind::Vector { length, bits } => {
                let circuit = SumVec::new((1 << bits) - 1, length as usize, chunk).expect(CHECKED);
                Self::Vector(Prio::with(circuit, 3, context))
            }
            Kind::Histogram { buckets } => {
                let circuit = Histogram::new(buckets as usize, chunk).expect(CHECKED);
                Self::Histogram(Prio::with(circuit, 4, context))
            }
        }
    }

    /// Bytes of everything.
    pub(crate) fn sizes(&self) -> Sizes {
        each!(self, prio => prio.sizes())
    }
}

/// How many numbers go into one call of the circuit's gadget: about the root of how many there are, so that proofs are
/// short. 1 where the circuit takes them one by one.
pub(crate) fn chunk_length(kind: Kind) -> usize {
    match kind {
        Kind::Count | Kind::Sum { .. } => 1,
        Kind::Histogram { buckets } => optimal_chunk_length(buckets as usize),
        Kind::Vector { length, bits } => optimal_chunk_length(length as usize * bits as usize),
    }
}

impl<T: Type> Prio<T> {
    fn with(circuit: T, algorithm: u32, context: Vec<u8>) -> Self {
        Self { plan: Plan::of(&circuit), circuit, algorithm, context }
    }

    /// Bytes of everything.
    pub(crate) fn sizes(&self) -> Sizes {
        let joint = if self.joint() { SEED } else { 0 };
        let element = T::Field::ENCODED_SIZE;
        Sizes {
            public: SHARES * joint,
            leader: element * (self.circuit.input_len() + self.circuit.proof_len()) + joint,
            helper: SEED + joint,
            verifier: element * self.circuit.verifier_len() + joint,
            message: joint,
            sum: element * self.circuit.output_len(),
            random: SHARES * (SEED + joint),
        }
    }

    /// Whether the circuit takes joint randomness.
    fn joint(&self) -> bool {
        self.circuit.joint_rand_len() > 0
    }

    /// An extendable-output function with a seed, for a usage (section 6.2.1).
    fn xof(&self, seed: &[u8; SEED], usage: Usage) -> XofTurboShake128 {
        let mut tag = [0; 8];
        tag[0] = VERSION;
        tag[2..6].copy_from_slice(&self.algorithm.to_be_bytes());
        tag[6..].copy_from_slice(&(usage as u16).to_be_bytes());
        XofTurboShake128::init(seed, &[&tag, &self.context])
    }

    /// The bytes that both aggregators' joint randomness follows from: the seed, from both parts.
    fn joint_seed(&self, parts: [&[u8; SEED]; SHARES]) -> [u8; SEED] {
        let mut xof = self.xof(&[0; SEED], Usage::JointRandSeed);
        parts.iter().for_each(|part| xof.update(*part));
        *xof.into_seed().as_ref()
    }

    /// One aggregator's part of the joint randomness: what its share of the measurement hashes to under its blind.
    fn joint_part(&self, blind: &[u8; SEED], role: u8, nonce: &[u8; NONCE], share: &[u8]) -> [u8; SEED] {
        let mut xof = self.xof(blind, Usage::JointRandPart);
        xof.update(&[role]);
        xof.update(nonce);
        xof.update(share);
        *xof.into_seed().as_ref()
    }

    /// So many field elements from a seed.
    fn expand(&self, seed: &[u8; SEED], usage: Usage, binders: &[&[u8]], length: usize) -> Vec<T::Field> {
        use prio::vdaf::xof::IntoFieldVec as _;
        let mut xof = self.xof(seed, usage);
        binders.iter().for_each(|binder| xof.update(binder));
        xof.into_seed_stream().into_field_vec(length)
    }
}

/// Field elements as bytes.
pub(crate) fn encode<F: FieldElement>(elements: &[F], out: &mut Vec<u8>) {
    for element in elements {
        element.encode(out).expect("a field element always encodes");
    }
}

/// Bytes as so many field elements; nothing where one is not below the order.
pub(crate) fn decode<F: FieldElement>(bytes: &[u8], count: usize) -> Option<Vec<F>> {
    if bytes.len() != count * F::ENCODED_SIZE {
        return None;
    }
    bytes.chunks_exact(F::ENCODED_SIZE).map(|bytes| F::get_decoded(bytes).ok()).collect()
}

/// The next seed.
fn seed<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8; SEED]> {
    let (seed, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(seed)
}

#[cfg(test)]
mod tests;

/// For fuzzing: shares as a reporter sends them, and shares of verifiers and sums.
pub(crate) fn decoders(kind: Kind, data: &[u8]) {
    use crate::task::Role;
    let prio = AnyPrio::new(kind, Vec::new());
    let sizes = prio.sizes();
    let (public, rest) = data.split_at(sizes.public.min(data.len()));
    each!(&prio, prio => {
        for (role, length) in [(Role::Leader, sizes.leader), (Role::Helper, sizes.helper)] {
            let input = &rest[..length.min(rest.len())];
            if let Some(begun) = prio.begin(&[1; SEED], role, &[2; NONCE], (public, input)) {
                assert_eq!(begun.verifier.len(), sizes.verifier);
                assert!(!prio.agrees(&begun, &[0; SEED + 1]));
            }
        }
        let half = sizes.verifier.min(data.len());
        let _ = prio.decide(&data[..half], &data[data.len() - half..]);
        let _ = prio.unshard([data, data], 3);
    });
}

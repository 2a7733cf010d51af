//! Verification (section 7.2.2), aggregation and unsharding (sections 7.2.3 to 7.2.5).

use super::{Asked, Circuit, NONCE, PROOFS, Prio, SEED, Usage, decode, encode, seed};
use crate::kind::Figures;
use crate::task::Role;
use crate::wiped::Wiped;
use prio::field::FieldElement;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// What an aggregator keeps of a report between the two halves of its verification.
pub(crate) struct Begun<F: FieldElement> {
    /// What is added up if the report is valid.
    pub(super) output: Wiped<F>,
    /// What the joint randomness follows from, as this aggregator sees it.
    joint_seed: Option<[u8; SEED]>,
    /// Our share of the verifier.
    pub(crate) verifier: Vec<u8>,
}

impl<T: Circuit> Prio<T> {
    /// The first half, alone; nothing where a share is malformed or, with a probability below 2^-50, the query would
    /// show something.
    pub(crate) fn begin(
        &self,
        key: &[u8; SEED],
        role: Role,
        nonce: &[u8; NONCE],
        (public, input): (&[u8], &[u8]),
    ) -> Option<Begun<T::Field>> {
        let sizes = self.sizes();
        let own = role as u8;
        let (inputs, proofs) = (self.circuit.input_len(), self.circuit.proof_len());
        let element = T::Field::ENCODED_SIZE;
        let (share, proof, blind, bytes): (Wiped<_>, Wiped<_>, _, _);
        match role {
            Role::Leader if input.len() == sizes.leader => {
                let (measured, rest) = input.split_at(inputs * element);
                let (proved, rest) = rest.split_at(proofs * element);
                (share, proof) = (decode(measured, inputs)?.into(), decode(proved, proofs)?.into());
                (blind, bytes) = (rest, Zeroizing::new(measured.to_vec()));
            }
            Role::Helper if input.len() == sizes.helper => {
                let mut rest = input;
                let expanded = seed(&mut rest)?;
                share = self.expand(expanded, Usage::MeasurementShare, &[&[own]], inputs).into();
                proof = self.expand(expanded, Usage::ProofShare, &[&[PROOFS, own]], proofs).into();
                let mut encoded = Zeroizing::new(Vec::new());
                if self.joint() {
                    encoded.reserve_exact(inputs * element);
                    encode(&share, &mut encoded);
                }
                (blind, bytes) = (rest, encoded);
            }
            _ => return None,
        }
        let mut verifier = Vec::with_capacity(sizes.verifier);
        let (mut joint, mut joint_seed, mut joint_part) = (Vec::new(), None, None);
        if self.joint() {
            let part = self.joint_part(blind.try_into().ok()?, own, nonce, &bytes);
            let mut public = public;
            let (leader, helper) = (seed(&mut public)?, seed(&mut public)?);
            let both = if role == Role::Leader { [&part, helper] } else { [leader, &part] };
            let seed = self.joint_seed(both);
            joint = self.joint_randomness(&seed);
            (joint_seed, joint_part) = (Some(seed), Some(part));
            if !public.is_empty() {
                return None;
            }
        } else if !public.is_empty() {
            return None;
        }
        let query =
            self.expand(key, Usage::QueryRandomness, &[&[PROOFS], nonce], self.circuit.query_rand_len());
        let of = Asked { input: &share, proof: &proof, query: &query, joint: &joint };
        let asked = self.circuit.asked(&self.plan, of)?;
        encode(&asked, &mut verifier);
        verifier.extend(joint_part.into_iter().flatten());
        // What the crate copies within its own calls stays its own to wipe.
        let output = self.circuit.truncate(share.to_vec()).ok()?;
        Some(Begun { output: output.into(), joint_seed, verifier })
    }

    /// Both shares of the verifier make the verifier message; nothing where the proof does not hold.
    pub(crate) fn decide(&self, leader: &[u8], helper: &[u8]) -> Option<Vec<u8>> {
        let length = self.circuit.verifier_len();
        let split = length * T::Field::ENCODED_SIZE;
        let (leader, leader_part) = leader.split_at_checked(split)?;
        let (helper, helper_part) = helper.split_at_checked(split)?;
        let mut verifier: Vec<T::Field> = decode(leader, length)?;
        verifier.iter_mut().zip(decode::<T::Field>(helper, length)?).for_each(|(x, y)| *x += y);
        if !self.circuit.decide(&verifier).ok()? {
            return None;
        }
        match (self.joint(), leader_part.is_empty() && helper_part.is_empty()) {
            (false, true) => Some(Vec::new()),
            (true, _) => {
                let parts = [leader_part.try_into().ok()?, helper_part.try_into().ok()?];
                Some(self.joint_seed(parts).to_vec())
            }
            (false, false) => None,
        }
    }

    /// Whether the verifier message is the one that this aggregator's view of the report leads to.
    pub(crate) fn agrees(&self, begun: &Begun<T::Field>, message: &[u8]) -> bool {
        match &begun.joint_seed {
            Some(seed) => seed.as_slice().ct_eq(message).into(),
            None => message.is_empty(),
        }
    }

    /// Adds a report that was found valid.
    pub(crate) fn add(&self, sum: &mut [T::Field], begun: &Begun<T::Field>) {
        sum.iter_mut().zip(begun.output.iter()).for_each(|(x, y)| *x += *y);
    }

    /// A share of a sum, as bytes.
    pub(crate) fn sum_bytes(&self, sum: &[T::Field]) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.sizes().sum));
        encode(sum, &mut bytes);
        bytes
    }

    /// A share of a sum, from bytes.
    pub(crate) fn sum_of(&self, bytes: &[u8]) -> Option<Wiped<T::Field>> {
        decode(bytes, self.circuit.output_len()).map(Wiped::from)
    }
}

impl<T: Circuit> Prio<T> {
    /// The figures of both shares.
    pub(crate) fn unshard(&self, shares: [&[u8]; 2], reports: u64) -> Option<Figures> {
        let [mut sum, other] = [self.sum_of(shares[0])?, self.sum_of(shares[1])?];
        sum.iter_mut().zip(other.iter()).for_each(|(x, y)| *x += *y);
        self.circuit.figures(&sum, usize::try_from(reports).ok()?)
    }

    /// The encoded measurement; nothing where it is of another kind or out of range.
    pub(crate) fn encoded(&self, measurement: &crate::kind::Measurement) -> Option<Vec<T::Field>> {
        self.circuit.encode(measurement)
    }
}

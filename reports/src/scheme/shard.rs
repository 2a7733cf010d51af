//! Sharding (section 7.2.1).

use super::{NONCE, PROOFS, Prio, SEED, Usage, encode, seed};
use crate::task::Role;
use crate::wiped::Wiped;
use prio::flp::Type;
use zeroize::Zeroize;

/// What a reporter makes of a measurement.
pub struct Shares {
    /// For both aggregators.
    pub public: Vec<u8>,
    /// For the leader alone.
    pub leader: Vec<u8>,
    /// For the helper alone.
    pub helper: Vec<u8>,
}

impl Drop for Shares {
    fn drop(&mut self) {
        self.leader.zeroize();
        self.helper.zeroize();
    }
}

impl<T: Type> Prio<T> {
    /// Shards an encoded measurement. `random` is as long as the sizes say.
    pub(crate) fn shard(&self, encoded: &[T::Field], nonce: &[u8; NONCE], random: &[u8]) -> Shares {
        const LONG: &str = "there is as much randomness as the sizes say";
        let mut random = random;
        let mut next = || seed(&mut random).expect(LONG);
        let helper_seed = next();
        let blinds = self.joint().then(|| [next(), next()]);
        let prove_seed = next();

        let (leader, helper) = (Role::Leader as u8, Role::Helper as u8);
        let inputs = self.circuit.input_len();
        let helper_share = self.expand(helper_seed, Usage::MeasurementShare, &[&[helper]], inputs);
        let helper_share = Wiped::from(helper_share);
        let differences = encoded.iter().zip(helper_share.iter()).map(|(x, y)| *x - *y);
        let leader_share: Wiped<T::Field> = differences.collect::<Vec<_>>().into();
        let mut out = Shares {
            public: Vec::new(),
            leader: Vec::with_capacity(self.sizes().leader),
            helper: helper_seed.to_vec(),
        };
        encode(&leader_share, &mut out.leader);

        let mut joint = Vec::new();
        if let Some([helper_blind, leader_blind]) = blinds {
            let mut bytes = Vec::with_capacity(out.leader.len());
            encode(&helper_share, &mut bytes);
            let helper_part = self.joint_part(helper_blind, helper, nonce, &bytes);
            let leader_part = self.joint_part(leader_blind, leader, nonce, &out.leader);
            bytes.zeroize();
            out.public = [leader_part, helper_part].concat();
            out.helper.extend_from_slice(helper_blind);
            joint = self.joint_randomness(&self.joint_seed([&leader_part, &helper_part]));
        }

        let length = self.circuit.prove_rand_len();
        let prove = Wiped::from(self.expand(prove_seed, Usage::ProveRandomness, &[&[PROOFS]], length));
        let proof = self.circuit.prove(encoded, &prove, &joint);
        let mut proof = Wiped::from(proof.expect("all lengths are the circuit's own"));
        let mask = self.expand(helper_seed, Usage::ProofShare, &[&[PROOFS, helper]], proof.len());
        let mask = Wiped::from(mask);
        proof.iter_mut().zip(mask.iter()).for_each(|(x, y)| *x -= *y);
        encode(&proof, &mut out.leader);
        if let Some([_, leader_blind]) = blinds {
            out.leader.extend_from_slice(leader_blind);
        }
        out
    }

    /// The joint randomness of a seed.
    pub(super) fn joint_randomness(&self, seed: &[u8; SEED]) -> Vec<T::Field> {
        self.expand(seed, Usage::JointRandomness, &[&[PROOFS]], self.circuit.joint_rand_len())
    }
}

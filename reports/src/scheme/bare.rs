//! The scheme alone, over bytes: without sealing, channels or journals.

use super::{AnyPrio, NONCE, SEED, Shares, Sizes, each};
use crate::kind::{Figures, Kind, Measurement};
use crate::task::Role;

/// Prio3 of one kind for two aggregators, both in one place: to measure it, or to try a kind.
pub struct Bare(AnyPrio);

impl Bare {
    /// For a kind that was [checked](Kind::check), under an application context.
    pub fn new(kind: Kind, context: &[u8]) -> Self {
        Self(AnyPrio::new(kind, context.to_vec()))
    }

    /// Bytes of everything.
    pub fn sizes(&self) -> Sizes {
        self.0.sizes()
    }

    /// Shards a measurement; nothing where it is of another kind or out of range, or `random` is not as long as the
    /// sizes say.
    pub fn shard(&self, measurement: &Measurement, nonce: &[u8; NONCE], random: &[u8]) -> Option<Shares> {
        if random.len() != self.sizes().random {
            return None;
        }
        each!(&self.0, prio => prio.encoded(measurement).map(|encoded| prio.shard(&encoded, nonce, random)))
    }

    /// Verifies reports as both aggregators do, and adds up the valid ones: the figures, and how many were valid.
    pub fn aggregate<'r>(
        &self,
        key: &[u8; SEED],
        reports: impl Iterator<Item = (&'r [u8; NONCE], &'r Shares)>,
    ) -> (Option<Figures>, u64) {
        each!(&self.0, prio => {
            let zero = prio.sum_of(&vec![0; prio.sizes().sum]).expect("zeros are numbers of the field");
            let (mut sums, mut valid) = ([zero.clone(), zero], 0);
            for (nonce, shares) in reports {
                let begin = |role, input| prio.begin(key, role, nonce, (&shares.public, input));
                let leader = begin(Role::Leader, &shares.leader);
                let Some((leader, helper)) = leader.zip(begin(Role::Helper, &shares.helper)) else { continue };
                let message = prio.decide(&leader.verifier, &helper.verifier);
                if message.is_some_and(|m| prio.agrees(&leader, &m) && prio.agrees(&helper, &m)) {
                    valid += 1;
                    prio.add(&mut sums[0], &leader);
                    prio.add(&mut sums[1], &helper);
                }
            }
            let shares = sums.map(|sum| prio.sum_bytes(&sum));
            (prio.unshard([&shares[0], &shares[1]], valid), valid)
        })
    }
}

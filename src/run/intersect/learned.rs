//! The protocol of each kind of result, and what the recipient learns by it.

use super::keys::Keys;
use super::large::{Got, Large};
use super::way::Way;
use super::{Shown, matching, psi_terms};
use super::{stored, sums};
use crate::contract::{Draft, PsiResult, PsiTerms};
use crate::node::randomness;
use crate::problem::Problem;
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_net::{Channel, Meter};
use yinshu_psi::size::{self, Opens, Sizes};
use yinshu_psi::sum::{self, Opened};
use yinshu_psi::{Progress, Terms};

/// What the recipient learns of an intersection.
pub(super) enum Learned {
    /// For each of its keys whether it is shared.
    Keys(Vec<bool>),
    /// The same, and the provider's payload for each that is shared, where it opens.
    Labelled(Vec<bool>, Vec<Option<Vec<u8>>>),
    /// How many are shared.
    Size(u64),
    /// How many are shared and the sums over them; none where they are too few.
    Sums(Option<Opened>),
    /// How many are shared, with noise of the contract's privacy.
    Noisy(i64),
    /// Keys of a set that was divided on disk, and how many.
    Large(Box<Large>, u64),
}

/// What a protocol left with the recipient.
pub(super) struct Outcome {
    pub(super) learned: Learned,
    /// Items the provider showed.
    pub(super) peer_items: u64,
    /// What binds the recipient to its keys, and opens that.
    pub(super) commitment: Digest,
    pub(super) salt: Secret<[u8; 32]>,
    /// How many workers there were, and what went over the strands of all but the first.
    pub(super) workers: u16,
    pub(super) beside: Vec<Meter>,
}

impl Outcome {
    /// Of sets that were divided on disk.
    pub(super) fn of(got: Got) -> Result<Self, Problem> {
        let Got { large, peer_items, commitment, workers, beside } = got;
        let (salt, count) = (large.salt(), large.count()?);
        let learned = Learned::Large(Box::new(large), count);
        Ok(Self { learned, peer_items, commitment, salt, workers, beside })
    }

    /// Of sets in memory, over the session's one channel.
    fn whole(learned: Learned, peer_items: u64, commitment: Digest, salt: Secret<[u8; 32]>) -> Self {
        Self { learned, peer_items, commitment, salt, workers: 1, beside: Vec::new() }
    }
}

/// What is opened where only a size is.
pub(super) fn opens(psi: &PsiTerms) -> Opens {
    psi.noise.map_or(Opens::Total, Opens::Noisy)
}

/// The recipient's side.
pub(super) fn receive(
    channel: &mut dyn Channel,
    draft: &Draft,
    keys: &Keys,
    (way, copy): (Way, Option<&Path>),
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, Problem> {
    let psi = psi_terms(draft);
    let terms: Terms = matching(draft, psi.max_provider_keys);
    let mut rng = randomness();
    match psi.result {
        PsiResult::Keys if way.is_stored() => {
            let got = stored::ask(channel, psi, keys, &terms, copy, &mut rng, progress)?;
            let (peer_items, commitment, salt) = (got.peer_items, got.commitment, got.salt);
            let learned = match got.payloads {
                Some(payloads) => Learned::Labelled(got.matched, payloads),
                None => Learned::Keys(got.matched),
            };
            Ok(Outcome::whole(learned, peer_items, commitment, salt))
        }
        PsiResult::Keys => {
            let got = way.receive(channel, &keys.entries, &terms, &mut rng, progress)?;
            let (peer_items, commitment, salt) = (got.peer_items, got.commitment, got.salt);
            Ok(Outcome::whole(Learned::Keys(got.matched), peer_items, commitment, salt))
        }
        PsiResult::Counts => Err(Problem::internal("counts of joins, and no join")),
        PsiResult::Size => {
            let got = size::receive(channel, &keys.entries, &terms, opens(psi), &mut rng, progress)?;
            let learned = match got.sizes {
                Sizes::Noisy(count) => Learned::Noisy(count),
                Sizes::Total(count) => Learned::Size(count),
                Sizes::Sections(counts) => Learned::Size(counts.iter().sum()),
            };
            let (peer_items, commitment, salt) = (got.peer_items, got.commitment, got.salt);
            Ok(Outcome::whole(learned, peer_items, commitment, salt))
        }
        PsiResult::Regions => Err(Problem::internal("regions, of two parties")),
        PsiResult::Sums => {
            let asks = sums::asks(draft, psi)?;
            let got = sum::receive(channel, &keys.entries, &terms, &asks, &mut rng, progress)?;
            let (peer_items, commitment, salt) = (got.peer_rows, got.commitment, got.salt);
            Ok(Outcome::whole(Learned::Sums(got.opened), peer_items, commitment, salt))
        }
    }
}

impl Learned {
    /// How many shared keys have a payload that does not open. The provider was told nothing of it.
    pub(super) fn unreadable(&self) -> u64 {
        let Self::Labelled(matched, payloads) = self else { return 0 };
        matched.iter().zip(payloads).filter(|(matched, payload)| **matched && payload.is_none()).count()
            as u64
    }

    /// How many are shared, as far as it may be said. Noise hides a small group by itself.
    pub(super) fn shown(&self, smallest: u32) -> Shown {
        match self {
            Self::Keys(matched) | Self::Labelled(matched, _) => {
                Shown::of(matched.iter().filter(|matched| **matched).count() as u64, smallest)
            }
            Self::Size(count) | Self::Large(_, count) => Shown::of(*count, smallest),
            Self::Noisy(count) => Shown::About(*count),
            Self::Sums(opened) => {
                opened.as_ref().map_or(Shown::FewerThan(smallest), |opened| Shown::Exactly(opened.count))
            }
        }
    }
}

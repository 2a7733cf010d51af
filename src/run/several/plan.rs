//! What a run of several would cost.
//!
//! Bytes and rounds are those of [`yinshu_psi::several`]; computing is taken from what this machine needs for ECDH
//! between two, whose multiplications are the same.

use super::psi_terms;
use crate::contract::{Draft, PsiResult};
use crate::run::Way;
use crate::run::plan::{Link, Speed, estimates};
use serde::Serialize;

/// Bytes of a point, and at most of a token.
const POINT: u64 = 32;
const TOKEN: u64 = 16;

/// What a run would cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SeveralEstimate {
    /// From the first message to the result, each party on a machine like this one.
    pub seconds: f64,
    /// The part of it that is computing.
    pub computing: f64,
    /// What the party that sends the most sends.
    pub bytes: u64,
    /// Messages that wait for one another.
    pub rounds: u64,
    /// Peak memory of the larger party, roughly.
    pub memory: u64,
}

/// Estimates a run with so many keys of the recipient and of each provider.
pub fn estimate_several(
    draft: &Draft,
    (own, peer): (u64, u64),
    link: Link,
    speed: &Speed,
) -> SeveralEstimate {
    let psi = psi_terms(draft);
    let (parties, cells) = (draft.terms.parties.len() as u64, psi.cells().count() as u64);
    let (total, largest) = (own.saturating_add(peer.saturating_mul(parties - 1)), own.max(peer));
    // Between two, every key is multiplied by both.
    let multiplied = |keys: u64| {
        let two = estimates(None, keys / 2, keys - keys / 2, link, speed);
        two.iter().find(|one| one.way == Way::Ecdh).map_or(0.0, |one| one.computing / 2.0)
    };
    let opening = (parties - 1) * (66 + 8 * cells);
    let (computing, bytes, path, rounds) = if psi.result == PsiResult::Regions {
        let bytes = opening + POINT * (total - own.min(peer)) + TOKEN * largest;
        (multiplied(total), bytes, POINT * largest * (parties - 1) + TOKEN * total, parties + 2)
    } else {
        let store = peer.saturating_mul(TOKEN * 118 / 100);
        let (asked, answered) = (POINT * own * (parties - 1), POINT * own + store);
        let (first, then) = (multiplied(own * (parties + 1)), multiplied(own + peer));
        (first.max(then), opening + asked.max(answered), asked + answered * (parties - 1), 5)
    };
    let travel = link.travel(path, rounds);
    let memory = (16 << 20) + 200 * largest + 48 * total;
    SeveralEstimate { seconds: computing + travel, computing, bytes, rounds, memory }
}

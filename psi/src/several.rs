//! Three to five parties.
//!
//! [`sizes`]: how many entries are in each intersection of their sets (the regions of the Venn diagram, by
//! section where wanted), without anybody learning which. [`intersection`]: one named party learns which of
//! its entries *all* others hold, and nobody learns anything of fewer than all.
//!
//! Parties are numbered by their order in [`Agreement::parties`], and each has a channel to each other.
//!
//! # Sizes: a ring
//!
//! Commutative encryption with a shuffle at every stop: R. Agrawal, A. Evfimievski, R. Srikant, "Information
//! Sharing Across Private Databases", SIGMOD 2003 (section 4.2, the size alone), taken around a ring of several as
//! by J. Vaidya, C. Clifton, "Secure Set Intersection Cardinality with Application to Association Rule Mining",
//! Journal of Computer Security 2005. Group and hashing are those of [`crate::ecdh`].
//!
//! Party i of N has the set `X_i` of distinct entries and a key `k_i` for every run. H hashes an entry (section and
//! item) to the group, F to a token.
//!
//! | # | from | what |
//! |---|---|---|
//! | 1 | each → all | digest of the agreement, commitment to its set, size of its set in each section |
//! | 2 | i → i + 1 | H(x)^k_i for every x of `X_i`, **shuffled** within each section |
//! | 3 … N | i → i + 1 | what came from i - 1, raised to `k_i`, **shuffled** within each section |
//! | N + 1 | i → comparer | of what came last, raised to `k_i` (it is `X_(i+1)` under all keys): F, sorted by section |
//! | N + 2 | comparer → all | the sizes that are opened |
//!
//! With n entries in all and s sections, party i sends (N - 1)(66 + 8s) bytes, 32 for each entry of every set but
//! `X_(i+1)` and a byte a frame, and t for each entry of `X_(i+1)`. Each entry costs each party one multiplication.
//!
//! *Collusion.* Withstands N - 1 of the N parties, the comparer among them, if semi-honest: for the set of
//! the honest party and for those of the others alike, there is one shuffle and one key that they do not know.
//! What a coalition sees is the sizes of the regions. Assumption: decisional Diffie–Hellman, random oracle H.
//!
//! *Everybody learns* the sizes of all sets in each section (without repeats) and what is opened. *The comparer
//! learns* all regions; what it may pass on or publish of them is [`release`]'s. *[`Opens::only`]* keeps what it does
//! not name from single parties that do not compare, and from nobody else: two or more that put together what they
//! saw learn the sizes of regions between their own sets and those of others, whoever compares and whatever is
//! opened. (Of three, 0 holds `X_2`^k_2 and gets `X_1`^(k_1 k_2) from 2; with k_1 of 1 it counts `X_1` ∩ `X_2` in
//! each section.) Take it that any coalition knows all regions. A party that brings a set of one entry learns
//! from the sizes whether the others hold it: let regions be suppressed where they are small,
//! and let the contract say how large a set may be and how often it runs.
//!
//! # Intersection: zero shares
//!
//! V. Kolesnikov, N. Matania, B. Pinkas, M. Rosulek, N. Trieu, "Practical Multi-party Private Set Intersection
//! from Symmetric-Key Techniques", CCS 2017: figure 8's protocol in the augmented semi-honest model
//! (unconditional zero sharing, section 5.3), with a programmable function made of an oblivious pseudorandom
//! function (Diffie–Hellman, as in [`crate::ecdh`]) and an oblivious key-value store ([`crate::okvs`]).
//!
//! The receiver R has X and a key a. The other parties, the senders, have sets `Y_i` and keys `b_i` for each section.
//!
//! | # | from | what |
//! |---|---|---|
//! | 1 | each → all | digest of the agreement, commitment to its set, size of its set in each section |
//! | 2 | sender i → sender j > i | a seed `s_ij` |
//! | 3 | R → each sender | H(x)^a for every x, by section; a random point for a repeat |
//! | 4 | sender → R | those points to the power of `b_i`, in order |
//! | 5 | sender → R | a seed, and a key-value store of `Z_i(y)` ⊕ `F_i(y)` for every y in `Y_i` |
//!
//! `F_i(y)` = G(y, H(y)^b_i), and `Z_i(y)` is the exclusive-or over all other senders j of a pseudorandom
//! function of y under `s_ij`: over all senders the `Z_i` cancel out. R looks each x up in every store, takes `F_i(x)`
//! off, and has zero over all of them if every sender holds x, else 128 random bits.
//!
//! With n entries of R and m of a sender, in s sections: 66 + 8s to each other party, 32 to each sender j > i;
//! 32n + c(n) from R to each sender and as much back; then 33 + 16·columns(m) + c. columns(m) is about 1.18 m
//! ([`crate::okvs::Params`]); c counts frames of 4,096 points or 8,192 words. R pays one multiplication for each x
//! and one more for each sender; a sender one for each x and each y.
//!
//! *Collusion.* Withstands N - 1 parties, if semi-honest, in this sense. Senders without R, however many, learn
//! nothing but sizes. R with some senders learns which x all *other* senders hold, together: the same as if those
//! with it had brought all of X, which nothing could keep them from. (Where R and all senders but one
//! collude, that is R's intersection with the one.) Assumptions: one-more gap Diffie–Hellman, random oracles.
//!
//! *Everybody learns* the sizes of all sets in each section, repeats included. *R learns* which x all others hold;
//! of an x that one of them lacks, not which, nor how many do.
//!
//! # A party that does not follow the protocol
//!
//! Kinds, lengths, turns, points, that a set in the ring has none twice, tokens' order and sizes that cannot be are
//! checked. Whoever finds a fault ends
//! the run, tells the party its reason, and tells all others who it was; they pass it on, so that the run ends
//! for all and names the party: [`crate::PsiError::Elsewhere`] names both. Of a party that falls silent, each of the others
//! asks whom it waited for in turn until one is found that waits for nobody. What has the right form is believed: foreign
//! points make sizes wrong, a comparer can invent sizes that fit the sets' sizes, a sender can bring any set or
//! make R miss entries. A sender that knows another's set could encode `Z_i` for entries that it does not hold, which
//! is the same as holding them.
//!
//! *Not secure against a quantum computer*, one who records the run today included.

mod circle;
pub mod msg;
mod region;
pub mod release;
mod ring;
mod run;
mod shares;

pub use circle::Circle;
pub use region::{Opens, Regions, Sizes};
pub use run::{Asked, Facts, Intersected, Sized, intersection, sizes};

use crate::{PsiError, Section};
use serde::{Deserialize, Serialize};
use yinshu_crypto::hash::Digest;
use yinshu_net::PartyId;

/// Domain separation tag: protocol, version, and the suite identifier of RFC 9380 appendix B.
pub const DST: &[u8] = b"YINSHU-PSI-SEVERAL-V01-with-ristretto255_XMD:SHA-512_R255MAP_RO_";

/// The fewest and the most parties.
pub const PARTIES: std::ops::RangeInclusive<usize> = 3..=5;

/// What all parties agreed; the same on every side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The parties in their order.
    pub parties: Vec<PartyId>,
    /// The sections, at least one, and the most entries that any party may have in each.
    pub sections: Vec<Section>,
    /// The most entries that each party may have over all sections, in the order of the parties; empty for no more
    /// bounds than those of the sections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub most: Vec<u64>,
    /// What the run belongs to (the digest of a contract); [`Digest::ZERO`] for none.
    pub context: Digest,
}

impl Agreement {
    /// The digest that opens a run for `purpose`.
    fn digest(&self, purpose: &[u8]) -> Digest {
        let mut parts: Vec<Vec<u8>> = vec![purpose.to_vec(), self.context.0.to_vec()];
        parts.push(vec![self.parties.len() as u8]);
        parts.extend(self.parties.iter().map(|party| party.as_str().as_bytes().to_vec()));
        for section in &self.sections {
            parts.push(section.name.as_bytes().to_vec());
            parts.push(section.max.to_le_bytes().to_vec());
        }
        if !self.most.is_empty() {
            parts.push(self.most.iter().flat_map(|most| most.to_le_bytes()).collect());
        }
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        Digest::of_parts("yinshu psi several v1", &parts)
    }

    /// Refuses an agreement that no run can have.
    fn check(&self) -> Result<(), PsiError> {
        if !PARTIES.contains(&self.parties.len()) {
            return Err(PsiError::BadCircle { detail: "three to five parties are possible" });
        }
        if !self.most.is_empty() && self.most.len() != self.parties.len() {
            return Err(PsiError::BadCircle { detail: "the parties' bounds are not one for each" });
        }
        let terms = crate::Terms {
            learns: crate::Learns::Receiver,
            sections: self.sections.clone(),
            max_peer_items: 0,
            own_items: None,
            context: self.context,
        };
        terms.check()
    }
}

#[cfg(test)]
mod tests;

//! The standard ECDH-PSI interconnection, for meeting parties of other makes: SecretFlow's, and whoever
//! follows PPCA's documents of 2023.
//!
//! C. Meadows, IEEE S&P 1986; B. Huberman, M. Franklin, T. Hogg, EC 1999, as published by the interconnection
//! project (`org.interconnection.v2`) and run by SecretFlow. Transport: [`yinshu_net::interconn`].
//!
//! # Rounds
//!
//! Ranks 0 and 1 have sets X and Y and keys a and b, fresh in every run. H maps an item to a point: see
//! [`Suite`].
//!
//! | # | from | lane | what | in batches of |
//! |---|---|---|---|---|
//! | 1 | 1 → 0 | main | what it can do and wants: suites, encodings, how many items, who learns | 1 |
//! | 2 | 0 → 1 | main | what was chosen of that, or a refusal with its code | 1 |
//! | 3 | both | main | H(x)·a, H(y)·b | 4,096 |
//! | 4 | to whoever learns | second | the other's points times the own key, in the same order, cut | the same |
//!
//! Rounds 3 and 4 of both directions run at once. Who learns compares the second-stage points of its own
//! items, which came back, with those of the peer's items, which it computed itself.
//!
//! # Where profiles differ
//!
//! | | [`Profile::SecretFlow`] | [`Profile::Ppca`] |
//! |---|---|---|
//! | first message number | 1 | 0 |
//! | suites, in our order of preference | Curve25519, SM2 with SHA-256 | SM2 with SM3, SM2 with SHA-256, Curve25519 |
//! | end of a stream | an extra empty batch | the flag on the last batch |
//! | second stage | the last 12 bytes of the encoding, whatever was negotiated | negotiated: the low bits of the abscissa, or whole points |
//! | `io_param` of the answer | a `PsiDataIoProposal` | a `PsiDataIoResult` |
//! | handshake | may be left out: SecretFlow's library has none, its `ic_main` does | always |
//!
//! [`Profile::Spu`] is the first of these without a handshake, with batches in a protocol buffer of SecretFlow's
//! own ([`msg::PsiDataBatchProto`]): its library has left the standard there from `spu` 0.9.3b0 on.
//!
//! PPCA's mandatory suite, SM2 with SM3 and try-and-*increment*, is not here: the documents do not pin the
//! increment down, so that two implementations would find no match and no error.
//!
//! # Bytes
//! With n items here and p bytes a point (32 or 33), p·n go out and 12·n come back; each batch adds about 20
//! bytes, keys and HTTP/2 about 150 more.
//!
//! # Security
//!
//! *Adversary.* Semi-honest, as in [`crate::ecdh`], and **weaker** than it in ways that the standard fixes; where
//! both parties run Yinshu, use `yinshu psi run`.
//! - *The map to the curve is bare SHA-256 or SM3 of the item*, without a domain: the same item gives the same
//!   point in every run, contract and column. Keys are fresh in every run here, so that what travels cannot be
//!   linked between runs; a party that reuses its key can be asked about one set with the points of another.
//!   X25519 takes any digest for an abscissa, of the curve or of its twist; there is no proof in the random
//!   oracle model as for hashing to ristretto255 by RFC 9380.
//! - *Try-and-rehash takes time that depends on the item.* Both stages run over many items at once, and only
//!   the total shows; who can time single items on this machine learns about them.
//! - *Nothing binds the run to a contract*: no digest of terms is compared, and there are no quotas for each column,
//!   no commitment to what was asked. [`Terms::max_peer_items`] is the one bound.
//! - *The transport knows no identities*: see [`yinshu_net::interconn`].
//! - *Fairness*: both learn at about the same time; either can stop before the other has everything.
//!
//! *Who learns* gets: which of its own items the peer has. *Both* get: how many different items the peer has
//! (SecretFlow's handshake says: with duplicates). Where the peer learns, it learns which of *its* items we
//! have, and the positions of the matches in the order in which we sent; we send in random order. Who does
//! not learn gets no second-stage points.
//!
//! *A peer that does not follow.* Points must be canonical encodings of points of the curve other than the
//! neutral one; an X25519 product of zero (a point of low order) ends the run, as do batches out of order,
//! counts that do not fit, more items than announced or accepted, anything after the end, and an answer that chooses what
//! was not offered. What passes is believed: a peer can claim items that it does not have, and guess
//! items as fast as [`Terms::max_peer_items`] allows.
//!
//! *Quantum computers* find the keys of recorded runs, and can then test guesses.
//!
//! *Errors.* With 96 bits, two different items of sets of 2^20 collide with probability 2^-56.

mod cipher;
pub mod error;
pub mod exchange;
pub mod handshake;
pub mod msg;
mod run;

pub use error::Misstep;
pub use run::{Outcome, key, run};

use serde::{Deserialize, Serialize};

/// Items in a batch, as all implementations have it by default.
pub const BATCH: usize = 4096;

/// Which reading of the standard the peer follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// As SecretFlow runs it: its `ic_main`, and its library up to `spu` 0.9.2b0 in `ic_mode`.
    SecretFlow,
    /// As its library runs it from `spu` 0.9.3b0 on: batches in a protocol buffer of its own, no handshake.
    Spu,
    /// As PPCA's documents of 2023 have it.
    Ppca,
}

impl Profile {
    /// The number of the first message of a channel.
    pub fn first(self) -> u64 {
        match self {
            Self::SecretFlow | Self::Spu => 1,
            Self::Ppca => 0,
        }
    }

    /// Suites in order of preference.
    pub fn suites(self) -> Vec<Suite> {
        match self {
            Self::SecretFlow | Self::Spu => vec![Suite::Curve25519Sha256, Suite::Sm2Sha256],
            Self::Ppca => vec![Suite::Sm2Sm3, Suite::Sm2Sha256, Suite::Curve25519Sha256],
        }
    }

    /// Whether a stream ends with an empty batch, or with a flag on its last.
    pub(crate) fn ends_empty(self) -> bool {
        self != Self::Ppca
    }
}

/// A curve, a hash, and how the hash becomes a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suite {
    /// X25519 (RFC 7748) with SHA-256 of the item as the abscissa; points are 32 bytes.
    Curve25519Sha256,
    /// SM2 (GB/T 32918) with SHA-256: the digest is the abscissa, hashed again while no point has it; the
    /// ordinate is the even one. Points are X9.62 compressed, 33 bytes.
    Sm2Sha256,
    /// The same with SM3.
    Sm2Sm3,
}

/// Who learns the intersection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learner {
    /// Rank 0 alone.
    Zero,
    /// Rank 1 alone.
    One,
    /// Both.
    Both,
}

impl Learner {
    /// As in the handshake: a rank, or -1.
    pub fn to_rank(self) -> i32 {
        match self {
            Self::Zero => 0,
            Self::One => 1,
            Self::Both => -1,
        }
    }

    /// Whether the party of this rank learns.
    pub fn includes(self, rank: u32) -> bool {
        match self {
            Self::Zero => rank == 0,
            Self::One => rank == 1,
            Self::Both => true,
        }
    }
}

/// What this side brings to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How the standard is read.
    pub profile: Profile,
    /// Our rank: 0 or 1.
    pub rank: u32,
    /// Who learns; both sides must mean the same.
    pub learner: Learner,
    /// Suites, the most wanted first; rank 0's order counts.
    pub suites: Vec<Suite>,
    /// Whether to shake hands. Without, both sides must know suite and learner beforehand.
    pub handshake: bool,
    /// The most items accepted from the peer.
    pub max_peer_items: u64,
}

impl Terms {
    /// The usual ones of a profile.
    pub fn new(profile: Profile, rank: u32, learner: Learner) -> Self {
        let (suites, max_peer_items, handshake) = (profile.suites(), 1 << 28, profile != Profile::Spu);
        Self { profile, rank, learner, suites, handshake, max_peer_items }
    }

    fn we_learn(&self) -> bool {
        self.learner.includes(self.rank)
    }

    fn they_learn(&self) -> bool {
        self.learner.includes(1 - self.rank)
    }
}

#[cfg(test)]
mod tests;

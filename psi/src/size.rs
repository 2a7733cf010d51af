//! How many entries do we share? The size of the intersection, not the entries: Diffie–Hellman over
//! ristretto255 with a shuffle between.
//!
//! E. De Cristofaro, P. Gasti, G. Tsudik, "Fast and Private Computation of Cardinality of Set Intersection and
//! Union", CANS 2012, figure 1, without its second blinding (the tokens here are made from evaluations that the
//! receiver unblinds itself); it is also the protocol of M. Ion and others, "On Deploying Secure Computation:
//! Private Intersection-Sum-with-Cardinality", EuroS&P 2020, without the sums. Group and hashing are those of
//! [`crate::ecdh`], and so are most messages.
//!
//! # Rounds
//!
//! The receiver R has entries X and a key a; the sender S has entries Y and a key `b_s` for every section s.
//! All keys are fresh in every run. H hashes an entry (section and item) to the group, F to a token.
//!
//! | # | from | what | in chunks of |
//! |---|---|---|---|
//! | 1 | R → S | digest of the terms and of what is opened, commitment to X, size of each section of X | 1 |
//! | 1 | R → S | H(x)^a for every x in X, by section; a random point for one that repeats another | 4,096 |
//! | 2 | S → R | those points to the power of their section's `b_s`, **shuffled** | 4,096 |
//! | 2 | S → R | a sign of life after each 65,536 of S's entries, then the number of tokens | 1 |
//! | 2 | S → R | F(H(y)^b_s) for every y in Y, cut to t bytes, sorted; random ones for repeats | 8,192 |
//! | 3 | R → S | only where both learn: the sizes | 1 |
//!
//! R raises what came back to 1/a and counts how many of the F(H(x)^b_s) are among the tokens.
//!
//! # What is opened
//!
//! - [`Opens::Total`]: one number. S shuffles all points together.
//! - [`Opens::Sections`]: one number for each section (a district by age group, or alternative keys). S
//!   shuffles each section by itself.
//! - [`Opens::Noisy`]: one number with noise of a stated (ε, δ). Both sides know 2s *dummies*, which R blinds
//!   like entries. S draws d = Z + s ([`crate::noise`]), computes the tokens of all dummies, shows those of d of them
//!   and random ones for the others, and keeps d. R counts |X ∩ Y| + d and takes s off. Where both learn, R adds noise of its own to
//!   what it tells S, who takes d off: S sees |X ∩ Y| + Z' with a Z' that it does not know. Dummies hashed to
//!   the group differ from every entry, and nobody sees which point or token is a dummy's.
//!
//! # Cost
//!
//! With n = |X|, m = |Y| (each with 2s more where noise is added), one multiplication for each y, three for
//! each x. On the wire ([`cost`]), kinds and lengths included: 66 + 8·sections + 64n + 2·c(n) bytes for the points,
//! 9·(⌊m/65536⌋ + 1) + t·m + c(m) for the tokens, and 1 + 8·sizes where both learn; t is
//! [`crate::ecdh::token::token_bytes`]. R keeps 32 bytes for each x, S 32 for each x and 52 for each y.
//!
//! # Security
//!
//! *Adversary.* Semi-honest. Assumptions: decisional Diffie–Hellman in ristretto255, random oracles H and F.
//! Not secure against a quantum computer, one who records the run today included.
//!
//! *R learns* the sizes opened, and how many tokens S shows (|Y|, or [`crate::Terms::own_items`]; the signs of
//! life then still tell |Y| to the nearest 65,536). *S learns* how many entries R has in each section, repeats
//! included, and where both learn the sizes, as R tells them. Neither learns which entries are shared: R gets
//! its points back in an order that S alone knows; S sees R's points blinded.
//!
//! *Noise.* For two sets of the other side that differ in one entry the sizes differ by at most one, so that
//! what a side sees is (ε, δ)-differentially private ([`crate::noise::Privacy`]), ε at most 4 and δ below 2^-40 in any
//! run. Runs add up: k runs give (kε, kδ); this module does not count them, its caller does. The sizes of the sets themselves are shown without noise.
//!
//! *Guessing.* The size for a set of one entry says whether S holds it, and two sizes say so of their
//! difference: only noise, and a count of runs that the caller keeps, bound this. Quotas are S's. There is no smallest
//! size: S does not learn it before R does, and a caller that withholds small sizes on R's side binds an R that follows
//! the protocol.
//!
//! *A party that does not follow the protocol.* Form is checked as in [`crate::ecdh`]. What passes is believed:
//! - R can send one entry and random points, so that the size says whether S holds it. It can raise sections
//!   to keys of its own and tell them apart although only the total is opened, and leave its dummies out so
//!   that it sees the size without noise.
//! - S can answer with fewer or foreign points and tokens, so that the size is wrong, at most min(n, m) always.
//! - R can tell S any sizes that are possible.
//!
//! *Time.* Exponents are used in constant time, and the noise costs the same whatever it is, but for the coins of its
//! sampling. Sorting and counting take time that depends on a party's own
//! entries and result.
//!
//! *Errors.* Tokens of different entries collide with probability at most 2^-40 over a whole run.

pub mod msg;
pub mod receiver;
mod run;
pub mod sender;
mod token;

pub use receiver::Received;
pub use run::{receive, send, send_recorded};
pub use sender::Sent;

use crate::cost::Cost;
use crate::ecdh::msg::{POINTS_CHUNK, TOKENS_CHUNK, WORKING_EVERY};
use crate::noise::Privacy;
use crate::{PsiError, Terms};
use serde::{Deserialize, Serialize};
use yinshu_crypto::hash::Digest;

/// Domain separation tag: protocol, version, and the suite identifier of RFC 9380 appendix B.
pub const DST: &[u8] = b"YINSHU-PSI-SIZE-V01-with-ristretto255_XMD:SHA-512_R255MAP_RO_";

/// What a run opens; the same on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Opens {
    /// How many entries are shared over all sections.
    Total,
    /// How many are shared in each section.
    Sections,
    /// How many are shared over all sections, with noise.
    Noisy(Privacy),
}

/// The sizes that a run opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sizes {
    /// Over all sections.
    Total(u64),
    /// Of each section, in the terms' order.
    Sections(Vec<u64>),
    /// Over all sections, with noise: it can be below zero or above either set.
    Noisy(i64),
}

impl Opens {
    /// The largest noise; 0 where there is none.
    fn bound(self) -> Result<u64, PsiError> {
        match self {
            Self::Noisy(privacy) => privacy.bound().ok_or(PsiError::BadPrivacy),
            Self::Total | Self::Sections => Ok(0),
        }
    }

    /// The terms under which the run opens: bound to this protocol, its version and what it opens.
    fn bind(self, terms: &Terms) -> Terms {
        let (kind, privacy) = match self {
            Self::Total => (1, [0; 12]),
            Self::Sections => (2, [0; 12]),
            Self::Noisy(privacy) => (3, privacy.to_bytes()),
        };
        let context = Digest::of_parts("yinshu psi size terms v1", &[&[kind], &privacy, &terms.context.0]);
        Terms { context, ..terms.clone() }
    }

    /// How many numbers are opened.
    fn count(self, sections: usize) -> usize {
        if self == Self::Sections { sections } else { 1 }
    }
}

/// What a run costs on the wire with `receiver_items` entries in `sections` sections and `sender_items` entries: exact.
/// [`crate::Learns::Both`] adds 1 byte, 8 for each number opened, and a round.
///
/// # Errors
/// [`PsiError::BadPrivacy`]: the noise is not one that a run takes.
pub fn cost(opens: Opens, receiver_items: u64, sender_items: u64, sections: u64) -> Result<Cost, PsiError> {
    let dummies = 2 * opens.bound()?;
    let (points, tokens) = (receiver_items + dummies, sender_items + dummies);
    let bytes = 32 * points + points.div_ceil(POINTS_CHUNK as u64);
    let token_bytes = crate::ecdh::token::token_bytes(points, tokens) as u64;
    let signs = 9 * (sender_items / WORKING_EVERY + 1);
    let shown = token_bytes * tokens + tokens.div_ceil(TOKENS_CHUNK as u64);
    let (bytes_to_sender, bytes_to_receiver) = (66 + 8 * sections + bytes, bytes + signs + shown);
    Ok(Cost { bytes_to_sender, bytes_to_receiver, rounds: 2 })
}

#[cfg(test)]
mod tests;

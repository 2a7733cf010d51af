//! Intersection by an oblivious key-value store and subfield vector oblivious linear evaluation (VOLE).
//!
//! S. Raghuraman, P. Rindal, "Blazing Fast PSI from Improved OKVS and Subfield VOLE", CCS 2022 (RR22), figure 4;
//! in the malicious case P. Rindal, P. Schoppmann, "VOLE-PSI: Fast OPRF and Circuit-PSI from Vector-OLE",
//! EUROCRYPT 2021 (RS21), figure 5, which RR22 takes over. The store is that of [`crate::okvs`], the VOLE
//! that of [`yinshu_ot::vole`].
//!
//! # Rounds
//!
//! The receiver R has n entries X, the sender S shows m tokens. P is the store of {(x, v(x))}, where v is H^B of
//! figure 4; VOLE gives S a random Δ and B, R random A and C = A·Δ + B of the length ℓ of P.
//!
//! | # | from | what | in chunks of |
//! |---|---|---|---|
//! | 1 | R → S | digest of the terms, commitment to X, n, the seed of all hashing (step 1) | 1 |
//! | 2 | S → R | m; *malicious:* a commitment to a coin (RS21) | 1 |
//! | 2… | both | VOLE (step 2): its first message is S's. R encodes X meanwhile, S hashes its entries | |
//! | 5 | R → S | A' = A + P (step 3) | 32,768 |
//! | 5 | R → S | *malicious:* R's coin | 1 |
//! | 6 | S → R | *malicious:* S's coin | 1 |
//! | 6 | S → R | F(y) = H^o(Decode(B', y) + Δ·v(y)) with B' = B + A'·Δ, for all y, cut, sorted (step 4); random ones for repeats | 32,768 |
//! | 7 | R → S | only where both learn: how many tokens matched, and their positions | 16,384 |
//!
//! R has F(x) = H^o(Decode(C, x)) and merges it with the sorted tokens (step 5). The numbers are those of the
//! semi-honest case; a malicious VOLE takes more rounds between.
//!
//! # Cost
//!
//! With ℓ = 1.18 n ([`Wire::Fast`]) or 1.09 n ([`Wire::Compact`]) and t = 40 + log2 n + log2 m: 8·ℓ bytes to S
//! (16·ℓ where values are of GF(2^128)), and to R t·m bits rounded up to bytes, or about (t − log2 m + 1.6)·m bits in
//! a Golomb–Rice code. The VOLE adds about a quarter of a megabyte for 2^20 entries, a third in GF(2^128).
//! [`cost`] is exact but for the code. Computing is a few hundred nanoseconds for each x and each y.
//!
//! # Security
//!
//! *Adversary.* [`Security::SemiHonest`]: either party may look at all it receives, and follows the protocol
//! (RR22, theorem C.1). Assumptions: those of the VOLE, and that the hash of evaluations is correlation robust
//! (fixed-key AES under a key of the run, see [`yinshu_crypto::permutation`]). [`Security::Malicious`]: either
//! party may send whatever it likes (RS21, theorem 4, with |B| = |F| = 2^128, tokens of 128 bits, and SHA-256
//! as the random oracle H^o of evaluation, coins and item). Items stand for random oracles of what they were
//! made from ([`crate::Item::new`]). Both hold against a quantum computer as far as the base transfers of the
//! VOLE do.
//!
//! *R learns* which of its entries S holds, and m (the number of S's entries, or the larger number S chose in
//! [`crate::Terms::own_items`]). *S learns* n, repeats included. Where both learn, S also learns which of its entries
//! R holds; R learns first and can keep it to itself. *Nobody else* learns anything but the sizes, if the
//! channel is private.
//!
//! *Guessing.* R learns of every value it puts into X whether S holds it. A semi-honest R asks about the n that it
//! announces, and S holds n against its quota. A malicious R can test more: P has ℓ = n + slack + w
//! words (w = 128 or 256, the width of a band), all of them free, so that ℓ items decode to their values (RS21,
//! section 4), 128 or 256 even where n = 0. And it need not stop there: of Q candidates it can hash, some set of
//! n' > ℓ may have values that fit by chance, each with 2^-128. That has probability below 2^-40 once
//! 128·(n' − ℓ) ≥ log2 C(Q, n') + 40: for n = 2^20 and [`Wire::Fast`] n' is at most 1.38 n for Q = 2^37 and
//! 1.82 n for Q = 2^64. That is a bound; how to find such sets is not known. [`most_guesses`] calculates it for
//! Q = 2^64, and that is what S holds against its quota in the malicious case ([`charged`]): n is refused where the
//! quota is below [`most_guesses`] of n, so that quotas are agreed at twice the entries and a few hundred more. The
//! commitment to X is R's word: the protocol does not prove that P holds these entries. A quota holds for one
//! run: nothing carries over, because Δ is fresh.
//!
//! *A party that does not follow the protocol*, malicious case. R cannot make S's tokens depend on more than
//! the items in P; S cannot choose a y whose token R takes for another's, because H^o hashes the item; a false
//! correlation, coin or commitment ends the run. S can leave entries out or add some, R can announce other matches
//! than it found (where both learn): they lie about their own input, which nobody can prevent. Altered words
//! or tokens make R miss matches and never see one that is not there. *Semi-honest case:* frames are checked for
//! kind, length and turn, tokens must ascend; what passes is believed. A receiver that deviates can learn
//! something of Δ: use the malicious case where that is to be feared.
//!
//! *Time.* Δ is secret and used in constant time. The places of R's noise in the VOLE are not: R reads and writes at
//! addresses that depend on them (in its trees, and where it puts the noise into the code), so that another
//! process on R's machine that watches the cache may learn them, and with them R's A. Sorting, encoding, looking for repeats and matching take time
//! that depends on a party's own entries and result (`vartime_…`).
//!
//! *Errors.* Encoding fails with probability at most 2^-40 over the seed; two different entries have one
//! token with probability at most 2^-40 over a whole run, and a value decodes by chance with at most 2^-40
//! ([`Settings`]: more than 2^24 tokens take GF(2^128)). Where a set is divided, [`crate::partition`] sees to it that
//! the latter two hold over all partitions together.

pub mod coding;
mod cost;
mod guesses;
pub(crate) mod hash;
pub mod msg;
pub mod receiver;
mod run;
pub mod sender;
mod settings;

pub use cost::{bytes_per_entry, cost};
pub use guesses::{charged, most_guesses};
pub use run::{Asked, receive, send};
pub(crate) use run::{receive_one_of, send_one_of};
pub use settings::{Security, Settings, Wire};

use crate::{PsiError, Terms};
use yinshu_crypto::hash::Digest;

/// How many evaluations are hashed in one task.
const CHUNK: usize = 1 << 12;

/// The protocol has one section: its quota is the length of the store.
fn one_section(terms: &Terms) -> Result<(), PsiError> {
    match terms.sections.len() {
        1 => Ok(()),
        found => Err(PsiError::BadSections { found, max: 1 }),
    }
}

/// All that both sides agreed on before the correlation: the opening, with the terms and the settings, and the number of
/// tokens of the answer. The correlation, the sender's coin and the outputs are of this run alone.
fn run_digest(open: &msg::OpenPackage, settings: Settings, tokens: u64) -> Digest {
    Digest::of_parts("yinshu psi rr22 run v2", &[&open.encode(settings), &tokens.to_le_bytes()])
}

#[cfg(test)]
mod tests;

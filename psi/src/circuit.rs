//! Circuit intersection: neither side learns which entries are shared; both hold exclusive-or shares of one bit for
//! each place of a table, and of the sender's payloads, for secure computation to go on with.
//!
//! B. Pinkas, T. Schneider, O. Tkachenko, A. Yanai, "Efficient Circuit-Based PSI with Linear Communication",
//! EUROCRYPT 2019 (PSTY19), with the oblivious programmable function from a key-value store and VOLE of P. Rindal,
//! P. Schoppmann, "VOLE-PSI", EUROCRYPT 2021, section 5 (RS21), on the parts of S. Raghuraman, P. Rindal, CCS
//! 2022 ([`crate::rr22`]). Two things are done otherwise:
//! - The receiver puts its n entries into the function, not its m bins: for an empty bin it takes a random
//!   value itself, of which the sender sees nothing.
//! - One key stands for an item in a bin, in the receiver's store and in the hint, and its place decides the bin.
//!
//! # Rounds
//!
//! The receiver R has n entries X, the sender S shows k rows (y, payload). R puts X into m bins, one entry in each at
//! most, by cuckoo hashing with three hash functions and no stash ([`cuckoo`]); S has a random tag `r_b`, which is what
//! its transfers chose, and picks a random mask `w_b` for each bin b. F is the function that S can
//! evaluate anywhere, and R on each entry in the one bin where it lies. (On an entry in its other bins R must not: from
//! two entries that share a bin, the tags found for it would be equal if both match.)
//!
//! | # | from | what | in chunks of |
//! |---|---|---|---|
//! | 1 | R → S | digest of the terms, commitment to X, n, the seed of all hashing | 1 |
//! | 2 | S → R | k | 1 |
//! | 2–4 | both | VOLE, S has Δ ([`yinshu_ot::vole`]) | |
//! | 5 | R → S | A + P, where P is the store of X | 32,768 |
//! | 5–7… | both | 1-out-of-16 transfers, R the one with Δ ([`yinshu_ot::sixteen`]); S evaluates F meanwhile, and makes the hint | |
//! | 8 | S → R | hint: the store that gives (`r_b` ‖ payload + `w_b`) + H(F(y, b)) for each y in its three bins b | 256 KiB |
//! | 9 | R → S | tables to look up S's tags in, four bits at a time (`equality`) | 960 KiB |
//! | 10–13… | both | twice: S's masked pieces of what came out, R's tables for them | 256, 960 KiB |
//!
//! R's tag in bin b is what the hint gives for its entry x there plus H(F(x, b)), or random if the bin is empty: equal to
//! `r_b` exactly where S has R's entry, but for chance. Of ℓ bits of tag, a look-up makes one shared bit of four, and
//! so on until one is left: (ℓ − 1)/3 transfers a bin, three levels, 64 bins in a word. Thirteen rounds up to 2^19
//! transfers; two more for each 2^19 more, and for each frame of the later levels, while both parties compute.
//!
//! # What comes out
//!
//! [`Shares`], bin by bin, and the digest of the run, the same on both sides, for what follows to bind itself to. R alone
//! knows which entry is in which bin ([`Received::bins_of`]); S knows nothing of it.
//! *Membership:* the exclusive-or of both shares is 1 where R's entry is one of S's, else 0 (empty bins are 0).
//! *Payloads:* where the bit is 1, the exclusive-or of both shares is S's payload; where it is 0, it is
//! **random**, not zero, and whoever sees it knows that there is no match. [`Shares::masked`] makes zeros of these, by
//! two products of a bit and a string for each bin ([`cost_of_mask`]). A circuit that multiplies in the bit anyway, as
//! a sum does, takes [`Shares::unmasked`], and must never open one before it did.
//! *R's own payloads* need no protocol: R's share is the payload in its bin ([`Received::place`]), S's is zero.
//!
//! # Cost
//!
//! m = 1.27 n, ℓ = 40 + ⌈log2 m⌉ or the next 4j or 4j + 1, p bytes of payload. To S: 8 · 1.18 n for the store,
//! 1.9·m·(ℓ − 1)/3 for tables, 0.7 a transfer for its correlation; to R: (⌈ℓ/8⌉ + p) · 1.18 · 3k for the hint, half a
//! byte for each piece of the later levels, 0.2 a transfer. With n = k = 2^20 and p = 8: 79 MB to S, 69 MB to R:
//! [`cost()`], exactly. Computing is for 27 million transfers, then for the hint.
//!
//! Until the end R keeps two bytes for each transfer (40 a bin), S five bits; four expansions under way take
//! 40 MB. All else grows with the sets: the hint as it is encoded, as it travels, and as it is decoded.
//!
//! # Security
//!
//! *Adversary.* Semi-honest: either party may look at all it receives, and follows the protocol (PSTY19, theorem
//! 1; RS21, section 5). Assumptions: those of [`yinshu_ot::vole`] and [`yinshu_ot::sixteen`] (learning parity with
//! regular noise over GF(2^64) and GF(2^4)), and that the hash of evaluations is correlation robust (fixed-key AES under
//! a key of the run). That S's tags are its transfers' choices makes them no less random to R.
//!
//! *R learns* k, the number of S's rows (or the larger number S chose in [`crate::Terms::own_items`]). *S learns* n,
//! repeats included, and so m. Nothing else: not the size of the intersection. *Nobody else* learns anything but
//! the sizes, if the channel is private. The seed is R's, drawn after X is fixed; that the run goes on says, of X, that
//! this seed is not one in 2^40 that would not do.
//!
//! *A receiver that does not follow the protocol* learns which entries S has, within the protocol, whatever is done with
//! the shares. It need not put its entries where the table has them: P has 1.18 n + 128 words, all of them free. If R
//! encodes two entries that have bin b in common, both under their keys of b, the hint gives it a tag for each. Equal
//! tags mean that both are S's, and then the sum of what it has for payloads, each with `w_b`, is that of both payloads. With
//! one entry that it knows to be S's, R tests every other one of that bin. It can use all words for that:
//! [`most_guesses`] says how many, for *any* quota of at least n. And it need not stop there: values have 64 bits
//! ([`MOST_ROWS`] is for S's rows only), and of Q candidates that R hashes, more fit by chance: with n = 2^20 up to 1.7 n
//! for Q = 2^37 and 4 n for Q = 2^64 (a bound as in [`crate::rr22`], *Guessing*; how to find such sets is not known).
//! Nothing here notices. **Agree on this protocol only with an R that is trusted to follow it.**
//!
//! *A sender that does not*, and messages that are altered: kinds, lengths, turns and counts are checked, and what
//! passes is believed. Such messages make wrong shares, which nobody notices here; through what is done with them
//! S may learn something of X.
//!
//! *Pads.* Evaluations are hashed by one function in a run, without an index, under a key that hashes all that both sides
//! agreed on. An R that computes it on guesses of evaluations tests each against all 3k cells at once: what is left of
//! 128 bits is 128 − log2 3k, 104 for the most rows.
//!
//! *Time.* Δ, pads, tables and shares are secret and used in constant time. The places of noise are not: the party
//! without Δ reads and writes at addresses that depend on them (in its trees, and where it puts the noise into the
//! code), so that another process on its machine that watches the cache may learn them, and with them its A. In VOLE
//! that is R, and A hides P; in the transfers it is S, and A is its tags; where payloads are masked it is either one,
//! and A hides its shares of bits. Hashing into bins, sorting, encoding and looking for repeats take time that
//! depends on a party's own entries (`vartime_…`).
//!
//! *Errors.* The bit is 1 in a bin where it should be 0 with probability at most 2^-40 over a whole run
//! ([`tag_bits`]). No table exists for X with probability at most 2^-40 ([`cuckoo::security`]), and no store with at most
//! 2^-40 ([`crate::okvs`]). R finds that out beside the VOLE, of which no message depends on X, and ends the run
//! before it sends A + P: S sees nothing of X but the commitment, and that this seed would not do. Another run has
//! another seed.
//!
//! *The store of bins.* What [`crate::okvs`] says of failure is for keys at random places. R's keys are not, as
//! the table chooses one of three for each entry, and a key's place decides both its bin and where its band starts.
//! It is no worse: the placer compares bins and never asks which they are, so that it commutes with every renaming
//! of them, and as the three bins of an entry are uniform, the set of n bins that are taken is too. Within its bin, a place
//! is uniform. So keys come to the bins as a sample without replacement: to each 0 or 1, with variance 0.17, where keys
//! at random places come with variance 0.79. An expectation of a convex function of how many come to some bins,
//! such as the exponential that bounds how long rows wait for columns, is at most that with replacement (W. Hoeffding,
//! "Probability Inequalities for Sums of Bounded Random Variables", 1963, theorem 4).

mod cell;
mod cost;
pub mod cuckoo;
mod equality;
mod guesses;
mod hash;
pub mod msg;
pub mod receiver;
mod run;
pub mod sender;
mod shares;

pub use cost::cost;
pub use guesses::most_guesses;
pub use receiver::Received;
pub use run::{Asked, receive, send, send_recorded};
pub use sender::Sent;
pub use shares::{Masked, Shares, cost_of_mask};

use crate::{Learns, PsiError, Terms};
use msg::{AcceptPackage, OpenPackage};
use yinshu_crypto::hash::Digest;

/// The most bytes of a payload.
pub const MOST_PAYLOAD: usize = 32;

/// The most rows of a sender: with so many, values of 64 bits in the function are enough (as in RR22, section 4: one of
/// a row's three keys decodes to its value by chance with probability 2^-64, any of all with at most 2^-40).
pub const MOST_ROWS: u64 = (1 << 24) / 3;

/// The statistical security parameter.
const STATISTICAL_BITS: u32 = 40;

/// Bits of a tag for so many bins: at least λ + ⌈log2 m⌉, so that any tag is equal by chance with probability at most 2^-40
/// (PSTY19, section 5), and a multiple of four or one more, as they are compared four at a time.
pub fn tag_bits(bins: usize) -> u32 {
    let least = STATISTICAL_BITS + usize::BITS - bins.saturating_sub(1).leading_zeros();
    if least % 4 > 1 { least.next_multiple_of(4) } else { least }
}

/// All that both sides agreed on before the correlations.
fn run_digest(open: &OpenPackage, accept: &AcceptPackage) -> Digest {
    Digest::of_parts("yinshu psi circuit run v2", &[&open.encode(), &accept.encode()])
}

/// Checks what both sides bring: one section, and payloads not too long; binds the terms to this protocol, its
/// version and the payloads' length.
fn bind(terms: &Terms, payload_bytes: usize) -> Result<Terms, PsiError> {
    terms.check()?;
    if terms.sections.len() != 1 {
        return Err(PsiError::BadSections { found: terms.sections.len(), max: 1 });
    }
    if terms.learns == Learns::Both {
        return Err(PsiError::NobodyLearns);
    }
    if payload_bytes > MOST_PAYLOAD {
        return Err(PsiError::PayloadTooLong { found: payload_bytes, max: MOST_PAYLOAD });
    }
    let parts: [&[u8]; 2] = [&[payload_bytes as u8], &terms.context.0];
    Ok(Terms { context: Digest::of_parts("yinshu psi circuit terms v1", &parts), ..terms.clone() })
}

#[cfg(test)]
mod tests;

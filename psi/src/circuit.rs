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
//! [`Shares`], bin by bin. R alone knows which entry is in which bin ([`Received::bins_of`]); S knows nothing of it.
//! *Membership:* the exclusive-or of both shares is 1 where R's entry is one of S's, else 0 (empty bins are 0).
//! *Payloads:* where the bit is 1, the exclusive-or of both shares is S's payload; where it is 0, it is
//! **random**, not zero. To make it zero takes one product of a bit and a string for each bin, which nearly
//! every circuit that follows makes anyway (a sum multiplies by the bit), so it is not made twice. What follows
//! must therefore never open a payload of which it has not multiplied in the bit.
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
//! *A party that does not follow the protocol.* Kinds, lengths, turns and counts are checked. What passes is
//! believed: altered messages make wrong shares, which nobody notices here; a party that deviates may learn
//! something of the other's set through what is done with the shares.
//!
//! *Time.* Tags, masks, bits and Δ are used in constant time. Hashing into bins, sorting, encoding and looking
//! for repeats take time that depends on a party's own entries (`vartime_…`).
//!
//! *Errors.* The bit is 1 in a bin where it should be 0 with probability at most 2^-40 over a whole run
//! ([`tag_bits`]); no table exists for X with probability at most 2^-40 ([`cuckoo::security`]), then the run ends before
//! anything that depends on X is sent but its commitment; no store exists with probability at most 2^-40 ([`crate::okvs`]).

mod cell;
mod cost;
pub mod cuckoo;
mod equality;
mod hash;
pub mod msg;
pub mod receiver;
mod run;
pub mod sender;
mod shares;

pub use cost::cost;
pub use receiver::Received;
pub use run::{Asked, receive, send, send_recorded};
pub use sender::Sent;
pub use shares::Shares;

use crate::{PsiError, Terms};
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

/// Checks what both sides bring: one section, and payloads not too long; binds the terms to this protocol, its
/// version and the payloads' length.
fn bind(terms: &Terms, payload_bytes: usize) -> Result<Terms, PsiError> {
    terms.check()?;
    if terms.sections.len() != 1 {
        return Err(PsiError::BadSections { found: terms.sections.len(), max: 1 });
    }
    if payload_bytes > MOST_PAYLOAD {
        return Err(PsiError::PayloadTooLong { found: payload_bytes, max: MOST_PAYLOAD });
    }
    let parts: [&[u8]; 2] = [&[payload_bytes as u8], &terms.context.0];
    Ok(Terms { context: Digest::of_parts("yinshu psi circuit terms v1", &parts), ..terms.clone() })
}

#[cfg(test)]
mod tests;

//! What may be opened.
//!
//! In a [`Security::Malicious`] run every number that a party makes for others is a claim that each of the two others
//! records as far as it concerns it; [`verify`] has all claims proved that were not yet, and turns shares into [`Verified`]
//! ones. Nothing else makes these, and only they open ([`crate::araki16::open`]): a protocol that opens something unchecked
//! does not compile,
//!
//! ```compile_fail,E0308
//! use yinshu_mpc::{Context, MpcError, Shares, Z64, araki16};
//!
//! fn too_early(context: &mut Context, x: &Shares<Z64>) -> Result<Vec<Z64>, MpcError> {
//!     araki16::open(context, x)
//! }
//! ```
//!
//! and all that a party sends before is hidden by masks: what products and moved rows send, and proofs. Claims are also
//! proved whenever those waiting are about 2^19 products or more, so that memory does not grow with the computation: only
//! an output that is by itself the sum of more products ([`crate::araki16::gram`] over more rows), and rows that are moved
//! together, are proved at once however many they are, at 32 bytes and more for each product; and vectors of which every two are
//! multiplied, up to 2^22 elements of them at 16 bytes.
//!
//! The first error of a check, a channel or a peer ends a run: nothing is sent or received after it, whatever the job makes
//! of it, so that a job cannot pass over it and open something unchecked. (Calls that neither send nor receive, as those on
//! empty vectors, still succeed.)
//!
//! # What is claimed, and how it is proved
//!
//! | what | claim | known to the party before | to the party after |
//! |---|---|---|---|
//! | products ([`crate::araki16`]) | x_i y_(i+1) + x_(i+1) y_i = L + r | x_i, y_i, L = z_i - x_i y_i - F(k_i) | x_(i+1), y_(i+1), r = F(k_(i+1)) |
//! | majorities ([`crate::bits`]) | x_i x_(i+1) = L + r | x_i, L | x_(i+1), r |
//! | moved rows ([`crate::permute`]) | row π(j) of x = L_j + r_j | x and L, or π and r | π and r, or x and L |
//!
//! Honest parties hold one sharing of every value, whatever the third does: they have one part in common, which came from
//! one of them, and each has one of the others. So if every claim holds, what they hold is what the computation says (E.
//! Boyle et al., CCS 2019, section 3). All claims of a party are weighted with random weights and become one claim about an
//! inner product, of which one verifier knows one side and the other verifier the other; that is proved in a logarithmic
//! number of rounds, with messages of 27 to 729 elements, of which one verifier has random shares and the other the rest
//! (D. Boneh et al., CRYPTO 2019, section 5).
//!
//! *Bits* are taken in GF(2^64): 64 claims are an element, whose bits are its coefficients.
//!
//! *Integers modulo 2^64* have no large set of points whose differences are units, so that polynomials say little there. The
//! usual way out are extensions of degree 47 and more (E. Boyle et al., section 4.2), 47 words for one. Here 48 random subsets
//! of all claims are drawn, and the claims of each are added: of claims that are wrong modulo 2^64 the sum is wrong with a
//! probability of 1/2 in each subset, whatever the errors are. What is left are 48 sums of products. The prover shares them over
//! the integers, each hidden by a share that is 97 bits longer at least; the verifiers, who know the sums of L and of r modulo
//! 2^64, compare them with the lowest words; then they draw a random prime of 52 bits, and a factor for each sum, and the prover
//! proves the sum of sums times factors modulo this prime (R. M. Karp, M. O. Rabin, 1987). A sum of less than 2^320 that is
//! wrong is wrong by a number with at most six prime factors of this size, of more than 2^45 that there are; and if one is wrong
//! modulo the prime, then the one with factors is wrong but for one choice of a factor. (Primes of this size, as processors
//! multiply eight numbers of 52 bits at a time: [`yinshu_crypto::residue`].)
//!
//! *Products of every two of some vectors* ([`crate::araki16::gram`]) are claimed for each pair, but the vectors are noted once.
//! With weights w_ij of the pairs, what is to be proved is Σ w_ij (<a_i, b_j> + <a_j, b_i>) = Σ_j <Σ_i w'_ij a_i, b_j>, where a
//! are the parts that the left verifier knows, b those that the right one knows, and w' is w made symmetric, twice w on the
//! diagonal: the side that is known to the left verifier is combined before the proof, and so the proof is of as many products as
//! the vectors have elements, however many pairs there are.
//!
//! # Cost
//!
//! Products and moved rows take no more bytes than where nobody cheats, but for moved rows of another form
//! ([`crate::permute`]). A call of [`verify`] with claims waiting takes 5 rounds, and 2
//! more for each time that vectors shrink by 8 to 64 on the way (13 rounds for half a million claims), and below 20 kB from
//! each party however many claims there are; twice that if there are claims about bits and about integers.
//!
//! # Security
//!
//! *Adversary.* One of three parties does what it wants, and may speak last in every round. Channels are authenticated and
//! secret. *Promised:* the honest parties open the right values or end the run (security with abort; one of them may have
//! opened something right while the other ended). A cheating party learns nothing but what is opened to it. What it
//! gets before is masked by keys that it does not have, whether it was checked or not, but for what the verifiers show each
//! other at the end of a proof; and an honest prover gets that far only where both answer and check are by one challenge.
//! Then what a verifier is shown is one random element and what follows from this and from its own.
//!
//! *Error.* A wrong claim passes with a probability below 2^-42 (6 / 2^45.1 by the prime, 61 / 2^51 by the points and factors,
//! 2^-48 by the subsets): `tests::soundness` adds it up. A run ends with the first that does not pass, so this is also the error of the
//! whole run.
//!
//! *Challenges* are from keys of the two verifiers that the prover does not have, and are sent to it in two halves, by each
//! verifier when it has all that comes before. There is nothing to grind: the prover has no say in them. Each verifier also
//! sends a digest of the whole challenge, and the prover ends the run, before it says anything that depends on the
//! challenge, unless both are those of the two halves together. Otherwise a verifier could send a wrong half: the prover
//! would answer another challenge than that by which the honest verifier checks, and the difference that the honest one
//! then shows would be a linear function, known to the cheater, of products of secrets. The digest (SHA-256, as a random
//! function) tells a prover nothing about the 128 random bits of the half that it does not have yet.
//!
//! *Who it was.* A claim that does not hold was false, or the other verifier lied about its side: the two look alike to the
//! honest verifier, and the error ([`MpcError::Cheated`]) names both. A frame that is malformed, of another step or missing
//! is the sender's.
//!
//! *What owners give* is not checked: a party may lie about its own input, as in every such protocol. What is sent in
//! [`crate::araki16::input`] is covered by digests that sender and receiver compare in the next check.

use crate::context::Context;
use crate::error::MpcError;
use crate::ring::Ring;
use crate::shares::Shares;
use serde::{Deserialize, Serialize};

mod bits;
pub(crate) mod claim;
mod field;
mod fold;
mod integers;
pub(crate) mod moved;
mod prime;
mod prove;
pub(crate) mod record;

#[cfg(test)]
mod tests;

/// What the parties are assumed to do: a part of the terms of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// All follow the protocol, and one may look at what it gets.
    SemiHonest,
    /// One may do what it wants: it is caught before anything opens.
    Malicious,
}

/// Where a party may deviate in a test.
#[cfg_attr(test, derive(Default))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Its summand of products.
    #[cfg_attr(test, default)]
    Reshare,
    /// A vector that was moved.
    Moved,
    /// A message of a proof.
    Proof,
    /// A half of a challenge, and so that it fits, the digest beside it.
    Challenge,
    /// That digest alone.
    Whole,
    /// What verifiers show each other.
    Verdict,
    /// A share that is opened.
    Opening,
    /// A digest of one.
    Digest,
    /// What is sent of an input.
    Input,
}

/// Shares that every computation behind them was checked for; only they open. [`verify`] makes them.
pub struct Verified<R: Ring>(Shares<R>);

impl<R: Ring> Verified<R> {
    /// The shares themselves, to compute with again.
    pub fn shares(&self) -> &Shares<R> {
        &self.0
    }
}

/// Checks all that was computed so far. Against parties that follow the protocol there is nothing to check.
///
/// # Errors
/// [`MpcError::Cheated`]: a party did not compute what was agreed on; else a failure of a channel or a misstep of a peer.
pub fn verify<R: Ring>(context: &mut Context, shares: Shares<R>) -> Result<Verified<R>, MpcError> {
    context.alive()?;
    check(context)?;
    context.compare_inputs()?;
    Ok(Verified(shares))
}

/// Has all claims proved that are waiting. Where one is not, the run is over.
pub(crate) fn check(context: &mut Context) -> Result<(), MpcError> {
    for integers in [true, false] {
        let mut record = context.take_record(integers);
        if record.size() > 0 {
            if integers {
                prove::integers(context, &record)?;
            } else {
                prove::bits(context, &record)?;
            }
            record.clear();
        }
        context.put_record(integers, record);
    }
    Ok(())
}

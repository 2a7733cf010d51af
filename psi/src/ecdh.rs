//! Intersection by Diffie–Hellman over ristretto255.
//!
//! C. Meadows, "A More Efficient Cryptographic Matchmaking Protocol", IEEE S&P 1986; B. Huberman,
//! M. Franklin, T. Hogg, "Enhancing Privacy and Trust in Electronic Communities", EC 1999; in the form of an
//! oblivious pseudorandom function: S. Jarecki, X. Liu, "Fast Secure Computation of Set Intersection",
//! SCN 2010. Group and hashing: RFC 9496 and RFC 9380 appendix B (see [`yinshu_crypto::group`]).
//!
//! # Rounds
//!
//! The receiver R has entries X, the sender S has entries Y and a key `b_s` for every section s, fresh in every
//! run. g is the generator. H hashes an entry (section and item) to the group, F to a token.
//!
//! | # | from | what | in chunks of |
//! |---|---|---|---|
//! | 1 | R → S | digest of the terms, commitment to X, size of each section of X | 1 |
//! | 1 | R → S | u = (H(x)·g^r)^2 for every x in X, with a fresh r for each | 4,096 |
//! | 2 | S → R | the public key K = g^(2·`b_s`) of every section, with the first answer | 1 |
//! | 2 | S → R | v = u^`b_s` for each of those points, s its section, as they arrive | 4,096 |
//! | 2 | S → R | a sign of life after each 65,536 of S's entries, then the number of tokens | 1 |
//! | 2 | S → R | F(y, K, H(y)^(4·`b_s`)) for every y in Y, cut to t bytes, sorted; random ones for repeats | 8,192 |
//! | 3 | R → S | only where both learn: how many tokens matched, and their positions | 16,384 |
//!
//! R divides what came back by K^r, has (v·K^-r)^2 = H(x)^(4·`b_s`) and so F(x, K, H(x)^(4·`b_s`)), and merges
//! it with the sorted tokens. (Squares, because their encodings are had in batches without a square root each;
//! in a group of odd order they lose nothing.)
//!
//! R keeps four chunks of points under way, so that both sides compute at once and neither buffers more
//! than half a megabyte.
//!
//! # Cost
//!
//! One multiplication for each y and one for each x by S; R's are of the fixed elements g and K, by tables, at
//! about a third of the price. All run in vector lanes ([`yinshu_crypto::lanes`]). An x costs both sides
//! somewhat more than a y, and six times the bytes: let the side with the smaller set receive. With n = |X|,
//! m = |Y|, s sections and c chunks the wire carries, kinds and lengths included,
//! 67 + 40s + 64n + 2·c(n) bytes for the keys and points, 9·(⌊m/65536⌋ + 1) + t·m + c(m) for the tokens, and
//! where both learn 9 + 1 to 5 for each match + c(matches). t is 10 to 13: [`token::token_bytes`]. S keeps 20
//! bytes for each y; R keeps 40 for each x, and nothing for each y.
//!
//! # Security
//!
//! *Adversary.* Semi-honest: either party may look at all it receives, and follows the protocol. Assumptions:
//! the one-more gap Diffie–Hellman assumption in ristretto255 and random oracles H and F (Jarecki, Kiayias,
//! Krawczyk, ASIACRYPT 2014); SHA-512 and SHA-256. Not secure against a quantum computer: one who records a
//! run today can then find the keys and test guesses.
//!
//! *Blinding.* R multiplies by g^r instead of raising to a power: the "multiplicative" blinding of S. Jarecki,
//! H. Krawczyk, J. Xu, "On the (In)Security of the Diffie-Hellman Oblivious PRF with Multiplicative Blinding",
//! PKC 2021.
//! - *S learns nothing of X from the points*, whatever it computes: each u is uniform and independent of x and
//!   of all other points but for a statistical distance of 2^-127 ([`yinshu_crypto::group::Blinds`]), which is
//!   below 2^-94 over the longest run.
//! - *R learns no evaluation beyond those asked for*: the assumption gives the adversary g^b to begin with, so
//!   that sending K gives nothing away.
//! - *What that paper warns of*: S may send a K that is not g^(2b) or a v that is not u^b, and R then evaluates
//!   some (K, d)-dependent function H(x)^(4b)·d. With a suitable d two such functions agree on one x of S's
//!   choice, so that an S that sees R's *outputs* could link runs or test a guess. Here K is hashed into every
//!   token, so that functions under different K have independent tokens and none are shared by two runs or two
//!   sections; only S's own tokens of this run are compared; and a semi-honest S sends what it should. What an
//!   S that deviates gains is stated below: it can choose for which of the points a match is lost.
//!
//! *R learns* which of its entries S holds, and how many tokens S shows (|Y|, or the larger number S chose in
//! [`crate::Terms::own_items`]; the signs of life then still tell |Y| to the nearest 65,536).
//! *S learns* how many entries R has in each section, repeats included. Where both learn, S also learns which
//! of its entries R holds; R learns first and can keep it to itself.
//! *Nobody else* learns anything but the sizes, if the channel is private.
//!
//! *Guessing.* R learns of every value it puts into X whether S holds it, whether or not R had the value
//! before: no protocol can tell a resident from a guess. The bounds are S's quotas: R cannot evaluate more
//! points in a section than [`crate::Section::max`] because each section has its own key, so that a point
//! raised in one section is useless in another; nothing carries over to another run because keys are fresh.
//! What R asked stays on record: S keeps a commitment to X with which R can be held to it.
//! The commitment is R's word: the protocol does not prove that the blinded points come from it.
//!
//! *A party that does not follow the protocol.* Every frame is checked for kind, exact length and turn; points
//! must be canonical and not the identity (the group has prime order: there are no others of low order);
//! tokens must ascend strictly; matches must be positions of real tokens. What passes these checks is believed:
//! - A valid point in place of another (from R, S or a channel without integrity): the evaluation is of another
//!   entry, so that R misses that one match. Nothing is revealed and nothing is noticed.
//! - Other valid tokens: R misses matches, or S claims to hold what it does not, which it can always do by
//!   adding to Y.
//! - Matches that are not: S is told wrong results. R can tell S anything it likes of S's own positions.
//! - Another K, or answers that are not the points' powers: R misses those matches. Where S sees the result,
//!   it learns from what is missing which points stood for which of its entries: the order in which R holds
//!   them within a section, and nothing of values for which it shows no token.
//!
//! *Time.* Exponents are secret and used in constant time. Sorting, looking for repeats and matching take
//! time that depends on a party's own entries and result (`vartime_…`).
//!
//! *Errors.* Two different entries collide in t bytes with probability at most 2^-40 over a whole run.

pub mod msg;
pub mod receiver;
mod run;
pub mod sender;
pub mod token;

pub use crate::outcome::{Received, Sent};
pub use run::{Asked, receive, send, send_recorded};
pub(crate) use run::{hear, receive_one_of, send_one_of, tell};

/// What a run between `receiver_items` and `sender_items` entries (or as many as the sender declares) in `sections`
/// sections costs, as under [Cost](self#cost): exact.
pub fn cost(receiver_items: u64, sender_items: u64, sections: u64) -> crate::cost::Cost {
    crate::cost::ecdh(receiver_items, sender_items, sections)
}

#[cfg(test)]
mod tests;

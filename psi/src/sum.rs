//! Private join and compute: sums of the sender's values over the entries that both hold, and how many those
//! are, without the entries.
//!
//! M. Ion and others, "On Deploying Secure Computation: Private Intersection-Sum-with-Cardinality",
//! EuroS&P 2020, figure 2 (Diffie–Hellman with additively homomorphic encryption), with three changes:
//! - The *owner of the values* counts the matches, and nothing is opened below the group size agreed; there the
//!   party that asks counts first. To that end the rows make one more trip: the asker raises, re-randomises
//!   and shuffles them.
//! - Values are encrypted under keys that both parties share by addition, so that the owner cannot look into
//!   the shuffled rows and the asker cannot look into any.
//! - Lifted ElGamal over ristretto255 in place of Paillier: [`yinshu_crypto::group::lifted`]. Values are cut
//!   into limbs of 16 bits, one slot each, so that the sums of limbs are small enough to be found.
//!
//! # Rounds
//!
//! The receiver R has entries X and a key a; the sender S has rows (y, v) with distinct y and a key `b_s` for
//! every section s. `J` are the keys made of both parties' shares, one for each limb of each column; E is
//! encryption under them. All keys are fresh in every run.
//!
//! | # | from | what |
//! |---|---|---|
//! | 1 | R → S | digest of the terms, columns and group size; commitment to X; size of each section of X |
//! | 1 | R → S | R's public shares; H(x)^a for every x, by section; a random point for a repeat |
//! | 2 | S → R | S's public shares; the number of rows; (H(y)^b_s, E(v)) for every row, **shuffled** |
//! | 3 | R → S | (H(y)^(a·b_s), E(v) re-randomised) for every row, **shuffled** |
//! | 4 | S → R | "too few", or the number of matches and E(Σv) re-randomised, less S's share |
//! | 5 | R → S | only where both learn, and enough matched: the sums |
//!
//! S raises R's points to `b_s`, finds which of the shuffled rows match, adds those up and counts them. R takes
//! its own share off and finds the sum of each limb by baby steps and giant steps.
//!
//! # Exactness
//!
//! A value of w bits (1 to 64, signed or not) is exact: its limbs are, and over c matches no limb's sum is
//! above c·(2^16 - 1), the bound to which logarithms are looked for ([`yinshu_crypto::group::lifted::Logs`]):
//! 2^36 for a million matches, found in 2^18 steps each way. Signed values travel with 2^(w-1) added, taken off
//! c times at the end. Several columns make means, variances (x, x²) and sums by group (a column for
//! each group, zero outside of it) from one run. A repeated entry's values are added up before the run.
//!
//! # Cost
//!
//! With n = |X|, m rows and L limbs: R 1 multiplication for each x, and for each row 1 and L + 1 of a fixed
//! base; S 1 for each x and for each row, and L + 1 of a fixed base for each row. On the wire, kinds and
//! lengths included: 66 + 8·sections + (1 + 32L) + 32n + c(n) from R, (1 + 32L) + 9 + 32(L + 2)m + c(m) from
//! S, the last two again from R, then 1 or 9 + 32(L + 1) from S, and 1 + 16·columns from R where both learn.
//! A frame holds 4,096 points, or ⌊2^17 / (32(L + 2))⌋ rows. Both keep 32(L + 2) bytes for each row.
//!
//! # Security
//!
//! *Adversary.* Semi-honest. Assumptions: decisional Diffie–Hellman in ristretto255, random oracle H. Not
//! secure against a quantum computer: one who records the run can then read the values.
//!
//! *R learns* how many rows S has (or [`crate::Terms::own_items`]), and whether at least k entries matched;
//! if so how many, and the sums; if not, nothing more, not even how many. *S learns* how many entries R
//! has in each section, and how many matched, always; the sums only where both learn, as R tells them. Neither
//! learns which matched: S gets its rows back in an order that R alone knows, re-randomised, and cannot decrypt
//! one without R; R never sees its points again.
//!
//! *Group size.* It is S that counts and that refuses, so R cannot open a small group by claiming a large one.
//! Two runs whose entries differ in one person differ by that person's values: how many runs there may be is
//! the contract's to say, and the log's to count. A sum over k people of whom R knows k - 1 is the last one's.
//!
//! *A party that does not follow the protocol.* Kinds, lengths, turns, points, counts, the group size, repeated
//! points among the matches and the bounds of sums are checked. What passes is believed:
//! - R can return rows whose ciphertexts it made itself, zero for all rows but one, and so learn the value of a
//!   row that matched, though not whose; or leave rows out. S cannot tell.
//! - S can choose its shares from R's, so that it alone knows a joint key and can look into the shuffled
//!   rows: it then learns the values of matching rows, which are its own, and so which match. It can sum other
//!   rows than those that match, or invent sums.
//! - R can tell S any sums that are possible.
//!
//! *Time.* Exponents and values are used in constant time; finding sums, sorting and matching take time that
//! depends on what the party itself learns.

pub mod msg;
pub mod receiver;
mod run;
pub mod sender;
pub mod value;

pub use receiver::Received;
pub use run::{receive, send, send_recorded};
pub use sender::Sent;
pub use value::{Column, Columns, Row};

use crate::Terms;
use serde::{Deserialize, Serialize};
use yinshu_crypto::hash::Digest;

/// Domain separation tag: protocol, version, and the suite identifier of RFC 9380 appendix B.
pub const DST: &[u8] = b"YINSHU-PSI-SUM-V01-with-ristretto255_XMD:SHA-512_R255MAP_RO_";

/// What is summed, and from how many matches on; the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asks {
    /// The sender's columns.
    pub columns: Columns,
    /// The fewest matches for which anything is opened.
    pub least: u64,
}

/// Sums over at least as many matches as agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opened {
    /// How many entries both hold.
    pub count: u64,
    /// The sum of each column over them.
    pub sums: Vec<i128>,
}

impl Asks {
    /// The terms under which the run opens: bound to this protocol, its version and what is summed.
    fn bind(&self, terms: &Terms) -> Terms {
        let columns = self.columns.digest();
        let parts: [&[u8]; 3] = [&columns.0, &self.least.to_le_bytes(), &terms.context.0];
        Terms { context: Digest::of_parts("yinshu psi sum terms v1", &parts), ..terms.clone() }
    }
}

#[cfg(test)]
mod tests;

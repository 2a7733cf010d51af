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
//! | 1 | R → S | R's public shares; H(x)^a for every x, **shuffled** within its section; a random point for a repeat |
//! | 2 | S → R | S's public shares; the number of rows; (H(y)^b_s, E(v)) for every row, **shuffled** |
//! | 3 | R → S | (H(y)^(a·b_s), E(v) re-randomised) for every row, **shuffled** |
//! | 4 | S → R | "too few", or the number of matches and E(Σv) re-randomised, less S's share |
//! | 5 | R → S | only where both learn, and enough matched: the sums |
//!
//! S raises R's points to `b_s`, finds which of the shuffled rows match, adds those up and counts them. R takes
//! its own share off and finds the sum of each limb by baby steps and giant steps. S decodes every point of every
//! row and refuses repeats whether they match or not, so that no refusal depends on a match.
//!
//! # Exactness
//!
//! A value of w bits (1 to 64, signed or not) is exact: its limbs are, and over c matches no limb's sum is
//! above c·(2^16 - 1), the bound to which logarithms are looked for ([`yinshu_crypto::group::lifted::Logs`]):
//! 2^36 for a million matches, found in 2^18 steps each way. Signed values travel with 2^(w-1) added, taken off
//! c times at the end. Several columns make means and variances (x, x²) from one run. A repeated entry's values
//! are added up before the run.
//!
//! *Not a column for each group.* The fewest matches are agreed for all columns together. In a column that is
//! zero for everybody but one person (a column for each district, an allowance that few get) the sum is that
//! person's value, however many match. Columns are for what everybody in the table has; a group that may be asked
//! about by itself is a run by itself, over that group's rows, with a smallest group of its own.
//!
//! # Cost
//!
//! With n = |X|, m rows and L limbs: R 1 multiplication for each x, and for each row 1, L + 1 of a fixed base and
//! L + 2 decodings; S 1 for each x and for each row, and L + 1 of a fixed base and L + 2 decodings for each row.
//! On the wire ([`cost`]), kinds and lengths included: 66 + 8·sections + (1 + 32L) + 32n + c(n) from R,
//! (1 + 32L) + 9 + 32(L + 2)m + c(m) from S, the last two again from R, then 1 or 9 + 32(L + 1) from S, and
//! 1 + 16·columns from R where both learn.
//! A frame holds 4,096 points, or ⌊2^17 / (32(L + 2))⌋ rows. R keeps 32(L + 2) bytes for each row, S its rows.
//!
//! # Security
//!
//! *Adversary.* Semi-honest. Assumptions: decisional Diffie–Hellman in ristretto255, random oracle H. Not
//! secure against a quantum computer: one who records the run can then read the values.
//!
//! *R learns* how many rows S has (or [`crate::Terms::own_items`]), and whether at least k entries matched;
//! if so how many, and the sums; if not, nothing more, not even how many. *S learns* how many entries R
//! has in each section, and how many matched in each, always; the sums only where both learn, as R tells them.
//! Neither learns which matched: S gets its rows back in an order that R alone knows, re-randomised, and cannot
//! decrypt one without R; R never sees its points again. S does see *where among R's points* the matches lie, and
//! R therefore shuffles each section first: the places say nothing of the order of R's table. A section with one
//! entry says all the same whether S holds that one.
//!
//! *Group size.* It is S that counts and that refuses, so R cannot open a small group by claiming a large one;
//! but S counts rows that R returned (see below). Two runs whose entries differ in one person differ by that
//! person's values: how many runs there may be is the contract's to say, and the log's to count. A sum over k
//! people of whom R knows k - 1 is the last one's.
//!
//! *An R that does not follow the protocol gets single values.* Kinds, lengths, turns, points, counts, the group
//! size, repeated points and the bounds of sums are checked, but nothing proves that R returned S's rows, raised
//! all to one key, and with their own ciphertexts. So these pass, and give R the value v of a person x that it
//! chose, where S holds x:
//! - R knows about 2k people whom S holds. It blinds x under a key a', those under a, returns one half of S's rows
//!   raised to a' with the ciphertexts as they came and the other half raised to a with zeros in place of the
//!   ciphertexts. With probability 1/2 the row of x is in the first half; about k of the others match; the sum is
//!   v.
//! - R knows nobody. It sends H(x)^(`a_i`) for k keys `a_1` … `a_k` in place of k entries, picks m/k of S's m rows
//!   and returns each of them k times, raised to each of the keys, one time with its ciphertext and else with
//!   zeros. With probability 1/k the row of x is among those picked; then there are k different points that match,
//!   all of them x, and the sum is v. Repeats are looked for among points, and these differ.
//! - R can return its own choice of rows or of values, and so open sums over any rows, though it does not know
//!   whose they are.
//!
//! The group size therefore binds an R that follows the protocol, and no other: **sums are for a recipient that is
//! trusted to run this program as it is.** What a cheating R gains is bounded by how many runs it gets.
//!
//! *An S that does not follow the protocol* can choose its shares from R's, so that it alone knows a joint key and
//! can look into the shuffled rows: it then learns the values of matching rows, which are its own, and so which
//! match. It can sum other rows than those that match, or invent sums. And R can tell S any sums that are possible.
//!
//! *Time.* Exponents and values are used in constant time. S checks and adds every row whether it matches or not;
//! that a look into a table finds something remains. Finding the sums takes R time that depends on them.

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
use crate::cost::Cost;
use crate::ecdh::msg::POINTS_CHUNK;
use crate::stream::Message;
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

/// What a run costs on the wire with `receiver_items` entries in `sections` sections and `sender_rows` rows, where
/// enough match: exact. Where too few do the last message is 1 byte; [`crate::Learns::Both`] adds 1 byte, 16 for each
/// column and a round.
pub fn cost(columns: &Columns, receiver_items: u64, sender_rows: u64, sections: u64) -> Cost {
    let slots = columns.slots();
    let shares = msg::SharesPackage::bytes(slots) as u64;
    let points = 32 * receiver_items + receiver_items.div_ceil(POINTS_CHUNK as u64);
    let width = msg::row_bytes(slots);
    let rows = sender_rows * width as u64 + sender_rows.div_ceil(Message::per_frame(width) as u64);
    Cost {
        bytes_to_sender: 66 + 8 * sections + shares + points + rows,
        bytes_to_receiver: shares + 9 + rows + msg::OutcomePackage::max_bytes(slots) as u64,
        // Without rows the receiver has nothing to say between the count and the outcome.
        rounds: if sender_rows == 0 { 2 } else { 4 },
    }
}

#[cfg(test)]
mod tests;

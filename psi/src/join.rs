//! Joins of two tables on several keys, with duplicates, on top of [`crate::intersect`] and [`crate::size`].
//!
//! A [`Plan`] names *alternatives* in the order in which they are tried (by citizen id, else by name and date of
//! birth), each made of one or more columns. It turns each party's rows into entries, one section for each
//! alternative, so that one run does for all; and what the run says of entries back into what it says of rows.
//! The parts of a key are preceded by their lengths before hashing. A row takes part in an alternative if it has a
//! value in each of the columns: what is missing equals nothing, as in SQL.
//!
//! # Which rows, by which key
//!
//! [`Plan::matching`] makes the entries for a run of [`crate::intersect`], [`Matching::rows`] says of each own row the
//! first alternative by which the other party holds it, and, where duplicates are counted, with how many of the
//! other's rows it makes a pair.
//!
//! | duplicates | entries | what is learnt of a key that both hold |
//! |---|---|---|
//! | [`Duplicates::Once`] | the key | that both hold it |
//! | [`Duplicates::Counted`] | the asker: (key, 1 … cap); the other: (key, 1 … b) for its b rows | b, up to the cap |
//!
//! *What is revealed* beyond the first alternative that matches: the receiver learns of each alternative by
//! itself whether it matches, also of those behind the first. Who must not learn that runs one alternative at a
//! time and leaves out the rows already matched. And the sizes of sets, which every run tells, are numbers of the
//! tables: the sender learns for each alternative how many different keys the receiver has; the receiver learns how
//! many the sender has over all alternatives, and where duplicates are counted how many rows with a key instead,
//! each key's rows up to the cap.
//!
//! # How many pairs, and no more
//!
//! [`Plan::counting`] makes the entries for a run of [`crate::size`] with [`crate::size::Opens::Sections`]. For each
//! alternative, three sections count, and of the intersection nothing but these three numbers is opened:
//!
//! | section | the receiver (left), a rows of a key | the sender (right), b rows | they share |
//! |---|---|---|---|
//! | pairs | (i, j) for i ≤ a, j ≤ cap | (i, j) for i ≤ cap, j ≤ b | a·b: the inner join |
//! | left | i for i ≤ a | i for i ≤ cap | a: left rows with a partner |
//! | right | j for j ≤ cap | j for j ≤ b | b: right rows with a partner |
//!
//! [`Counts`] makes of them the numbers of rows of inner, left, right and full outer joins and of the anti joins.
//! The price is that a key's entries are up to cap·(a + 1) + a, 2^20 + 2^11 at the most; a table that would make more than
//! [`crate::terms::MAX_ENTRIES`] is refused before they are made. *What is revealed* by the sizes of sections: the sender
//! learns for each alternative how many different keys the receiver has (the section "right" has cap for each) and how
//! many rows with a key, up to the cap for each key ("left"); the receiver learns (cap + 1)·rows + cap·keys of the sender
//! over all alternatives, which often tells both.
//!
//! The cap is public, and with the domain, the names and widths of the alternatives and the treatment of duplicates in
//! [`Plan::digest`] and [`Plan::counting_digest`], which belong in [`crate::Terms::context`]. Rows of a key beyond the cap
//! are left out, in a match the sender's, in a count both sides', and counted in [`Matching::over`] and
//! [`Counting::over`].

mod clear;
mod plan;

pub use clear::{counts, rows};
pub use plan::{Alternative, Counting, Counts, Duplicates, Found, MAX_CAP, Matching, Plan, Side};

#[cfg(test)]
mod tests;

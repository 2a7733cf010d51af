//! A long-lived base, and updates that cost what changed: insertions and deletions on both sides.
//!
//! The problem is that of S. Badrinarayanan, P. Miao, T. Xie, "Updatable Private Set Intersection", PoPETs
//! 2022(2); deletion with worst-case cost in S. Badrinarayanan, P. Miao, X. Shi, M. Tromanhauser, R. Zeng,
//! "Updatable Private Set Intersection Revisited", ASIACRYPT 2024. Their protocols hide when an entry was
//! inserted, at many encryptions for each change. This one is the oblivious pseudorandom function of
//! [`crate::ecdh`] (S. Jarecki, X. Liu, SCN 2010) under keys that live as long as the base: one
//! multiplication for a change of the sender, three for an insertion of the receiver, none for its deletions.
//! What it tells beyond those papers is stated below: read it before choosing it.
//!
//! # Rounds
//!
//! The sender S keeps a key `b_s` for each section and a table of its tokens F(y, H(y)^b_s). The receiver R
//! keeps S's tokens and those of its own entries. The first update, from empty bases, is the base run.
//!
//! | # | from | what | in chunks of |
//! |---|---|---|---|
//! | 1 | R ⇄ S | digest of all that was said since the base began, that of an update prepared, a nonce | 1 |
//! | 2 | R → S | commitment to R's insertions, their number in each section | 1 |
//! | 2 | R → S | H(x)^a for each of them, a fresh | 4,096 |
//! | 3 | S → R | the points raised to `b_s`, as they arrive | 4,096 |
//! | 3 | S → R | how many S deleted and inserted; their tokens, sorted | 8,192 |
//! | 4 | R → S | only where both learn: tokens of matches that vanished and appeared, sorted | 8,192 |
//! | 5 | R ⇄ S | the digest with this update: each has it on disk | 1 |
//!
//! # Cost
//!
//! With i insertions of R, d and e deletions and insertions of S, s sections, v and w matches that vanished
//! and appeared: 276 + 33 + 8s + 17 + 64i + 16(d + e) + 66 bytes and one for each chunk, where both learn
//! 17 + 16(v + w) more. Nothing depends on the size of the base, neither bytes nor computing: tables are
//! pages of 512 bytes found by the token itself, of which each change reads and writes one to three a side.
//! Disk: about 83 bytes for each own entry and 27 for each of the sender's at R, 85 at S, at most a
//! factor of 2.1 more: tables are rebuilt, a quarter larger, where what is in them outgrows them.
//!
//! # Security
//!
//! *Adversary.* Semi-honest, with the assumptions of [`crate::ecdh`]; every frame is hashed on both sides, and
//! an update becomes final only if both hashed the same.
//!
//! *R learns* the changes of the intersection, and beyond a fresh run in every interval:
//! - how many entries S inserted and deleted in each update;
//! - of every token whether and when S inserted and deleted it, as a pseudonym that stays the same: that an
//!   entry it cannot name came in the third update, went in the fifth and came again in the ninth;
//! - once R inserts an entry, the whole history of that entry at S since the base began. No forward privacy:
//!   what R recorded of the past opens when R asks later. No backward privacy of deletions either.
//!
//! *S learns* how many entries R inserts in each section and update (not how many it deletes). Where both
//! learn, S learns in which update each of its entries entered or left the intersection, whichever side
//! caused it; that R deleted a shared entry is learnt as that.
//!
//! *Quotas* count R's insertions over the life of the base, on S's disk before they are answered: an entry
//! deleted and inserted again counts twice, and so does one whose update was broken off.
//!
//! *Keys.* Who steals S's folder can compute tokens of guesses and, with R's tables, name S's entries of the
//! whole life of the base. R's folder holds R's entries. Both are for their owner alone (0700, 0600); keep
//! them where the tables they come from are. A new base ([`Base::discard`], [`Base::create`]) has new keys:
//! pseudonyms end, histories no longer open, quotas start anew. Contracts should say how often.
//!
//! *Crashes.* An update is prepared on both sides before either makes it final. If one side stops in
//! between, both decide alike when they meet again: final if either made it so or both prepared it, else
//! given up. [`Updated::resumed`] and [`Base::since`] hold what it changed; repeating the same insertions and
//! deletions changes nothing twice. Bases that fell apart (a restored backup) are refused with
//! [`Misstep::BaseDiffers`](crate::error::Misstep::BaseDiffers).
//!
//! *A party that does not follow the protocol* is held to what can be: tokens removed were there, tokens
//! added were not, matches that vanish were matches. Beyond that it is believed, as in [`crate::ecdh`].

mod base;
pub mod msg;
mod names;
mod run;
mod state;
mod table;
mod tape;
mod token;
mod wanted;

pub use base::{Base, Room};
pub use names::{Known, Names};
pub use run::{Asked, Updated, update_receiver, update_sender};
pub use state::{Changes, Journal, State};
pub use token::DST;
pub use wanted::Wanted;

#[cfg(test)]
mod tests;

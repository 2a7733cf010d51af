//! Sets larger than memory: divided on disk, and intersected one partition after another or several at once.
//!
//! Division by a hash that both sides share is the usual way to bound memory (B. Pinkas, T. Schneider,
//! M. Zohner, "Scalable Private Set Intersection Based on OT Extension", ACM TOPS 2018, hash entries to bins
//! padded to a public maximum; here a bin is a file and holds millions). Each partition is one run of a
//! two-party protocol, the [`Matcher`].
//!
//! ```text
//! agree ─▶ Plan ─▶ Spill::write ─▶ send / receive ─▶ Matches            (killed: Spill::open ─▶ send / receive)
//! ```
//!
//! # Rounds
//!
//! | # | from | what |
//! |---|---|---|
//! | 1 | R → S | terms, commitment to a contribution, number of entries in each section, room in memory |
//! | 1 | S → R | terms, contribution, number of entries, room in memory |
//! | 2 | R → S | the contribution; both derive salt, session, number and sizes of the partitions |
//! | 3 | R ⇄ S | session, commitment to the set, a nonce, which partitions are complete |
//! | … | | the protocol of each partition that either side lacks, dealt to the channels in turn, all at once |
//! | 4 | R ⇄ S | the end: both have everything on disk |
//!
//! # Cost
//!
//! (78 + 8s) + 86 + 33 + 2·(101 + ⌈P/8⌉) + 66 bytes beside the partitions' own, s sections and P partitions.
//! Padding: t = L/3 + √(L²/9 + 2L·n/P) entries in each partition, L ≈ 34 ([`size::capacity`]): 0.6 % at 2^27
//! entries in 64 partitions. Disk: 40 bytes for each entry, 6 for each match. Memory: [`Settings::memory`]
//! for the partitions being run, 32 MB while the set is divided.
//!
//! # Security
//!
//! *Sizes.* A partition's true size would tell how many of a party's entries have a hash that the peer can
//! compute for every value it can guess. So every partition of a side has one public size, a function of the
//! announced numbers alone: distinct entries, filled up with random ones that match nothing. That a partition
//! needs more has probability at most 2^-40 in a run (then it ends with [`PsiError::Overfull`], which tells
//! the peer only that it failed).
//!
//! *Salt.* It follows from contributions of both sides, of which the receiver's is committed to before the
//! sender's is seen: neither can choose it, and nobody who writes entries into a party's table before the
//! run can aim at one partition. A spill belongs to its session; it is not used for another.
//!
//! *What is learnt* is what the [`Matcher`] tells over padded sets, hence nothing of how a party's entries
//! lie; the number of entries of each side, which the plan states, and the memory either side offers.
//! Matches are learnt partition by partition: a party that breaks off has learnt those of the partitions run.
//!
//! *Quotas.* The sender cannot tell padding from entries: a receiver that breaks the protocol can ask about
//! as many values as there is padding. So [`crate::Section::max`] is held against the padded number,
//! [`Plan::askable`]: agree quotas a few per cent above the entries. That is what a receiver can ask whose points are
//! counted ([`Ecdh`]). With [`Rr22`] a receiver that cheats can test more in each partition: up to
//! [`crate::rr22::most_guesses`] of its public size, hence P times that in all, which [`Plan::askable`] does not count.
//! Hold a quota against that number where it has to bind such a receiver.
//!
//! *Errors.* A wrong match appears with probability at most 2^-40 over the whole run, not in each partition: the
//! matchers are told how many partitions there are, tokens are ⌈log2 P⌉ bits longer, and whether values of
//! GF(2^64) do is decided by the tokens of all partitions. A resumed run draws anew for what it repeats, so that the
//! bound holds for every attempt. (That no store of the items is found, with 2^-40 in each partition, costs an
//! attempt and nothing else.)
//!
//! *Resuming.* Every attempt draws all keys and randomness anew and has a nonce of each side in the context
//! of each partition's terms, so that no frame of an earlier attempt is accepted. What a broken partition
//! revealed is revealed again about the same entries, and nothing is learnt from that; that they are the same
//! is what each side says: the commitment to its set is held against the one at the start
//! ([`crate::error::Misstep::SetChanged`]). As with [`crate::terms::commitment`], the protocol does not prove
//! that the entries used are those committed to; a receiver may ask about other entries when it resumes, in
//! partitions that are repeated. `asked` hears of every attempt, so that repetition is on record. What an error leaves
//! behind is worth keeping or not by [`resumable`]: a connection, a process or a disk that failed, here or at the
//! peer, costs the partition that was being run and no more.
//!
//! *Several channels.* Channels share the partitions and nothing else: each partition has keys, randomness and a
//! context of its own, so that frames of one channel mean nothing in another, and which of them a partition goes over
//! follows from what both know is complete. The sender hears one opening for all. The first channel that fails ends the
//! others within a message of theirs, here and at the peer; what is told and kept is the error of that one.
//!
//! *On disk* entries and matches are encrypted ([`seal`]): whoever gets the disk without the [`Key`] learns
//! the numbers of entries and, from the lengths of files, those of each partition, how full it is and how much of it
//! matched. A folder that [`Spill::write`] makes is its owner's alone (0700); one that exists keeps its mode. Keep the key elsewhere, or
//! in memory if the run need not be resumed.

mod checkpoint;
pub(crate) mod disk;
mod load;
mod matcher;
mod matches;
pub mod msg;
mod plan;
mod progress;
mod run;
pub mod seal;
mod share;
pub mod size;
pub mod spill;

pub use checkpoint::{Checkpoint, Complete};
pub use matcher::{Ecdh, Matcher, Rr22};
pub use matches::Matches;
pub use plan::{Plan, Role, agree_receiver, agree_sender};
pub use progress::Progress;
pub use run::{Asked, Opening, Received, Report, Sent, receive, resumable, send};
pub use seal::Key;
pub use spill::{Record, Spill};

#[cfg(doc)]
use crate::PsiError;

/// What this side gives to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How much memory the partitions being run may take, in bytes.
    pub memory: u64,
    /// How many channels are used at most, each with a partition in memory.
    pub workers: u32,
}

impl Default for Settings {
    /// 512 MB and one channel.
    fn default() -> Self {
        Self { memory: 512 << 20, workers: 1 }
    }
}

#[cfg(test)]
pub(crate) mod tests;

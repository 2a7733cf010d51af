//! Hash-chained audit log, signed checkpoints, offline verification, provenance.
//!
//! An audit log is one file of JSON lines. Each line is a [`Record`] with exactly the seven fields
//! an audit record must have (时间, 用户, IP地址, 操作对象, 操作内容, 操作行为, 操作结果), the
//! lifecycle stage, the digest of the record before it, and a signature. Nobody who lacks the
//! signing key can change, remove, insert or reorder a record unseen; a tail cut off is seen against
//! a [`Checkpoint`] kept elsewhere.
//!
//! | room | holds |
//! |---|---|
//! | [`record`] | what is kept for good: fields, canonical bytes, the line form |
//! | [`log`] | appending: one writer, each record on disk before the call returns |
//! | [`checkpoint`] | a signed Merkle tree head (RFC 6962) in a text form |
//! | [`merkle`] | the tree itself, with inclusion and consistency proofs |
//! | [`verify`](mod@verify) | checking a log offline with the public key alone |
//! | [`budget`] | how much about single persons may come out of a data set, and has |
//! | [`export`] | CSV and JSONL for people and other systems |
//! | [`provenance`] | who, where, when and how of one result |
//! | [`signed`] | texts that people sign, with their signatures: contracts, policies |
//!
//! # What it promises, and what it cannot
//!
//! * A record whose append returned is on disk (`fsync`), complete, and chained.
//! * Whoever holds the signing key can write a new history from any point on. Only a checkpoint that
//!   left the machine (to the other party, to the inspector) stops that: hand checkpoints over often.
//! * A log whose tail and whose local checkpoint were both removed looks shorter and whole. The same
//!   remedy applies.
//! * Times are those of the writer's clock, as given by the caller; going backwards is reported and
//!   is not an error.
//! * Memory grows by 96 bytes a record, for the tree; the file is read as a stream.

pub mod budget;
mod chain;
pub mod checkpoint;
pub mod error;
pub mod export;
pub mod log;
pub mod merkle;
pub mod provenance;
pub mod record;
pub mod signed;
pub mod verify;

pub use budget::{Account, Amount, Budget, Charge, Price, Share, Total};
pub use checkpoint::Checkpoint;
pub use error::{AuditError, Break};
pub use export::Language;
pub use log::Log;
pub use provenance::{Bound, Provenance};
pub use record::{Entry, Record, Stage};
pub use signed::Signed;
pub use verify::{Verified, verify};

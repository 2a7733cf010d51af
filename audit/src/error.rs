//! What can go wrong with an audit log, each with a stable code.

use serde::Serialize;
use std::borrow::Cow;
use std::io;
use std::path::Path;

/// How a record breaks the chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "break", rename_all = "kebab-case")]
pub enum Break {
    /// The record's bytes are not those that were signed.
    #[error("it was changed ({detail})")]
    Changed {
        /// What showed it.
        detail: String,
    },
    /// One or more records that stood before this one are gone.
    #[error("records before it were removed")]
    Removed,
    /// This record does not belong here: a copy of an earlier one, a second follower of an earlier
    /// one, or a foreign one put between two that fit.
    #[error("it was inserted ({detail})")]
    Inserted {
        /// What showed it.
        detail: String,
    },
    /// Its predecessor stands later in the file.
    #[error("it is out of order: the record before it is number {predecessor}")]
    Reordered {
        /// Number of the record that should stand before it.
        predecessor: u64,
    },
    /// The record is whole, and signed by another key.
    #[error("it is not signed by this key")]
    WrongKey,
    /// The signature fails, and there is no later record to tell a change from another key.
    #[error("its signature does not verify: it was changed, or another key signed it")]
    BadSignature,
    /// The file ends within a record.
    #[error("the file ends within it, after {bytes} bytes")]
    Torn {
        /// Bytes after the last whole record.
        bytes: u64,
    },
}

/// An error of this crate. The `Display` form is one English sentence; the fields let a front end
/// say it in another language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum AuditError {
    /// Reading or writing failed.
    #[error("cannot {operation} {path}: {detail}")]
    Io {
        /// What was attempted.
        operation: Cow<'static, str>,
        /// The file.
        path: String,
        /// The system's words.
        detail: String,
    },
    /// No room on the disk. Nothing of the record was kept; the log is as it was before.
    #[error("the disk that holds {path} is full; the record was not written")]
    DiskFull {
        /// The log.
        path: String,
    },
    /// Another process writes to this log.
    #[error("the audit log {path} is in use by another process")]
    InUse {
        /// The log.
        path: String,
    },
    /// An earlier failure left the file in doubt; it must be opened anew.
    #[error("the audit log {path} must be opened again after a failed write")]
    Unusable {
        /// The log.
        path: String,
    },
    /// Something else moved, replaced, shortened or lengthened the file while it was open.
    #[error("the audit log {path} was changed by something else while it was open")]
    ChangedOutside {
        /// The log.
        path: String,
    },
    /// A required field is empty.
    #[error("the audit field {field} is empty")]
    EmptyField {
        /// The key.
        field: Cow<'static, str>,
    },
    /// A field is too long.
    #[error("the audit field {field} has {bytes} bytes; {max} is the most")]
    LongField {
        /// The key.
        field: Cow<'static, str>,
        /// Its length.
        bytes: usize,
        /// The most allowed.
        max: usize,
    },
    /// A field holds control characters or text-direction overrides.
    #[error("the audit field {field} holds characters that do not print")]
    UnprintableField {
        /// The key.
        field: Cow<'static, str>,
    },
    /// A single line that is not a record.
    #[error("not an audit record: {detail}")]
    BadLine {
        /// Why.
        detail: String,
    },
    /// The chain breaks.
    #[error("record {record} breaks the chain: {what}")]
    Broken {
        /// Number of the first bad record, from 1.
        record: u64,
        /// How.
        what: Break,
    },
    /// The log is shorter than a checkpoint says.
    #[error("the log holds {records} records, its checkpoint {checkpoint}: the tail was cut off")]
    Truncated {
        /// Records found.
        records: u64,
        /// Records at the checkpoint.
        checkpoint: u64,
    },
    /// The log has another history than the one a checkpoint was made of.
    #[error("the first {checkpoint} records are not those of the checkpoint: the log was written anew")]
    Rewritten {
        /// Records at the checkpoint.
        checkpoint: u64,
    },
    /// A checkpoint's text is malformed.
    #[error("not a checkpoint: {detail}")]
    BadCheckpoint {
        /// Why.
        detail: String,
    },
    /// A checkpoint was signed by another key, or changed.
    #[error("the checkpoint is not signed by this key")]
    CheckpointSignature,
    /// A Merkle proof does not hold.
    #[error("the {proof} proof does not hold")]
    BadProof {
        /// `inclusion` or `consistency`.
        proof: Cow<'static, str>,
    },
    /// A proof was asked for records the log does not hold.
    #[error("there is no record {record} in a log of {records}")]
    NoSuchRecord {
        /// The number asked for.
        record: u64,
        /// How many there are.
        records: u64,
    },
    /// A release would cost more of a data set's privacy budget than is left.
    #[error("data set {catalogue}: a release costs ρ = {asked}, and of the budget of {total} {left} is left")]
    BudgetSpent {
        /// The catalogue code.
        catalogue: String,
        /// What it costs.
        asked: String,
        /// What is left.
        left: String,
        /// The whole budget.
        total: String,
    },
    /// A release would add more to a δ than is left of what all releases may add.
    #[error("data set {catalogue}: a release adds {asked} to a δ, and {left} of {total} is left")]
    DeltaSpent {
        /// The catalogue code.
        catalogue: String,
        /// What it adds.
        asked: String,
        /// What is left.
        left: String,
        /// What all releases may add.
        total: String,
    },
    /// A record that charges a budget cannot be read, so that nothing can be counted.
    #[error("record {record} charges a privacy budget and cannot be read: {detail}")]
    BadCharge {
        /// Its number, from 1.
        record: u64,
        /// Why.
        detail: String,
    },
    /// Not an amount of privacy.
    #[error("{text} is not a decimal number of at most 18 digits after the point")]
    BadAmount {
        /// The text.
        text: String,
    },
    /// An amount of privacy beyond a billion.
    #[error("an amount of privacy is above a billion")]
    AmountTooLarge,
}

impl AuditError {
    /// The stable four-digit code.
    pub fn code(&self) -> u16 {
        match self {
            Self::Io { .. } => 7001,
            Self::DiskFull { .. } => 7002,
            Self::InUse { .. } => 7003,
            Self::Unusable { .. } => 7004,
            Self::ChangedOutside { .. } => 7005,
            Self::EmptyField { .. } => 7010,
            Self::LongField { .. } => 7011,
            Self::UnprintableField { .. } => 7012,
            Self::BadLine { .. } => 7013,
            Self::Broken { what, .. } => match what {
                Break::Changed { .. } => 7101,
                Break::Removed => 7102,
                Break::Inserted { .. } => 7103,
                Break::Reordered { .. } => 7104,
                Break::WrongKey => 7105,
                Break::BadSignature => 7106,
                Break::Torn { .. } => 7107,
            },
            Self::Truncated { .. } => 7201,
            Self::Rewritten { .. } => 7202,
            Self::BadCheckpoint { .. } => 7203,
            Self::CheckpointSignature => 7204,
            Self::BadProof { .. } => 7205,
            Self::NoSuchRecord { .. } => 7206,
            Self::BudgetSpent { .. } => 7301,
            Self::BadCharge { .. } => 7302,
            Self::BadAmount { .. } => 7303,
            Self::AmountTooLarge => 7304,
            Self::DeltaSpent { .. } => 7305,
        }
    }

    pub(crate) fn io(operation: &'static str, path: &Path, error: &io::Error) -> Self {
        let path = path.display().to_string();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { operation: operation.into(), path, detail: error.to_string() },
        }
    }

    pub(crate) fn changed(record: u64, detail: impl Into<String>) -> Self {
        Self::Broken { record, what: Break::Changed { detail: detail.into() } }
    }
}

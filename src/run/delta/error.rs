//! What is wrong with a package of changes, or with what a base's node kept beside it.

use serde::Serialize;

/// A package of changes that is not taken in, whole or in part: nothing of it is.
#[derive(Clone, Debug, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the message of each variant says what its fields are")]
pub enum UpdateError {
    #[error("{path} is not whole: {why}")]
    NotWhole { path: String, why: String },
    #[error("{path}, row {row}: {found:?} says neither that the row was inserted nor that it was deleted")]
    NoChange { path: String, row: u64, found: String },
    #[error("{path} is damaged: {reason}")]
    LedgerDamaged { path: String, reason: String },
}

impl UpdateError {
    /// The stable code.
    pub fn code(&self) -> u16 {
        match self {
            Self::NotWhole { .. } => 1911,
            Self::NoChange { .. } => 1912,
            Self::LedgerDamaged { .. } => 1913,
        }
    }
}

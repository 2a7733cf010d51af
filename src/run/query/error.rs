//! Why a question cannot be asked here.

use serde::Serialize;

/// A refusal, before anything is shared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the message of each variant says what its fields are")]
pub enum QueryError {
    #[error("the engine for SQL is not at {path}")]
    EngineMissing { path: String },
    #[error("{program} ended with an error: {reason}")]
    EngineFailed { program: String, reason: String },
    #[error("{program} said what cannot be read: {reason}")]
    EngineUnreadable { program: String, reason: String },
    #[error("{party} made another plan of the same question")]
    EnginesDiffer { party: String },
    #[error("the question is about our table {table}, and none was given")]
    TableNeeded { table: String },
    #[error("an unfinished run of {contract} had another table of ours")]
    TableChanged { contract: String },
    #[error("{party} has no table in the contract, and one was given")]
    NoTableOfOurs { party: String },
}

impl QueryError {
    /// The stable code of this refusal.
    pub fn code(&self) -> u16 {
        match self {
            Self::EngineMissing { .. } => 9450,
            Self::EngineFailed { .. } => 9451,
            Self::EngineUnreadable { .. } => 9452,
            Self::EnginesDiffer { .. } => 9453,
            Self::TableNeeded { .. } => 9454,
            Self::NoTableOfOurs { .. } => 9455,
            Self::TableChanged { .. } => 9456,
        }
    }
}

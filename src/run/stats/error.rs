//! Why a table cannot take part.

use serde::Serialize;

/// A refusal of one's own table, before anything of it is shared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the message of each variant says what its fields are")]
pub enum StatsError {
    #[error("row {row}: the value in column {column} is not within {min} to {max}")]
    OutOfBounds { column: String, row: u64, min: i64, max: i64 },
    #[error("row {row}: there is no usable value in column {column}")]
    NoValue { column: String, row: u64 },
    #[error("row {row} names a person that an earlier row names")]
    Repeated { row: u64 },
    #[error("more than the {max} rows that the contract allows")]
    TooManyRows { max: u64 },
    #[error("the table's encoding is guessed from its rows, and with noise it has to be said")]
    EncodingGuessed,
}

impl StatsError {
    /// The stable code of this refusal.
    pub fn code(&self) -> u16 {
        match self {
            Self::OutOfBounds { .. } => 9330,
            Self::NoValue { .. } => 9331,
            Self::Repeated { .. } => 9332,
            Self::TooManyRows { .. } => 9333,
            Self::EncodingGuessed => 9334,
        }
    }
}

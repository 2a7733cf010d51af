//! What a party tells the other where it ends a run.

use serde::Serialize;

/// Why a peer ended a run, as it says: one byte on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Its terms are other than ours.
    #[error("its terms are other than ours")]
    TermsDiffer,
    /// It speaks another version.
    #[error("it speaks another version of the protocol")]
    VersionDiffers,
    /// We have more entries than it accepts.
    #[error("we have more entries than it accepts")]
    TooManyEntries,
    /// It could not use what we sent.
    #[error("it could not use what it got from us")]
    Malformed,
    /// It stands in another session or on another state than we do.
    #[error("it stands in another session or on another state than we do")]
    StateDiffers,
    /// It failed for a reason of its own, which it keeps to itself.
    #[error("it failed for a reason of its own")]
    Failed,
    /// Another channel of the run failed, over which it says why.
    #[error("another channel of the run failed")]
    Stopped,
    /// A reason that this version does not know.
    #[error("for a reason that this version does not know")]
    Unknown,
}

impl Refusal {
    /// As on the wire.
    pub(crate) fn to_byte(self) -> u8 {
        match self {
            Self::TermsDiffer => 1,
            Self::VersionDiffers => 2,
            Self::TooManyEntries => 3,
            Self::Malformed => 4,
            Self::Failed => 5,
            Self::StateDiffers => 6,
            Self::Stopped => 7,
            Self::Unknown => 0,
        }
    }

    /// From the wire; every byte is a reason.
    pub(crate) fn from_byte(byte: u8) -> Self {
        match byte {
            1 => Self::TermsDiffer,
            2 => Self::VersionDiffers,
            3 => Self::TooManyEntries,
            4 => Self::Malformed,
            5 => Self::Failed,
            6 => Self::StateDiffers,
            7 => Self::Stopped,
            _ => Self::Unknown,
        }
    }
}

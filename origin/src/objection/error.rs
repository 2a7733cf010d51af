//! Why an objection is refused.

use super::track::State;
use jiff::Timestamp;
use serde::Serialize;
use std::io;
use std::path::Path;

/// Why an objection cannot be made, continued or believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ObjectionError {
    /// The step does not follow the last one, or is not this party's to take.
    #[error("{by} cannot make an objection {to} that is {}", from.map_or("not raised", State::name))]
    NotAllowed {
        /// Where it stands; `None` before it is raised.
        from: Option<State>,
        /// Where it was to go.
        to: State,
        /// Who tried.
        by: String,
    },
    /// A step would lie before the one it follows.
    #[error("a step at {at} lies before the one it follows")]
    Backwards {
        /// Its time.
        at: Timestamp,
    },
    /// A text is too long.
    #[error("the objection's {field} has {bytes} bytes; {max} is the most")]
    LongText {
        /// Which.
        field: String,
        /// Its length.
        bytes: usize,
        /// The most allowed.
        max: usize,
    },
    /// The id is not that of the claim: the claim was changed.
    #[error("the objection {id} is about something else than when it was raised")]
    WrongId {
        /// The id.
        id: String,
    },
    /// A group's number or root is not that of its subjects.
    #[error("the objection's group is not the one its root was made of")]
    WrongGroup,
    /// The provider did not sign the batch objected to.
    #[error("{provider} did not sign the batch objected to")]
    NotTheirs {
        /// The provider named.
        provider: String,
    },
    /// A step does not follow the one before.
    #[error(
        "step {step} of the objection does not follow the one before: a step was changed, removed or put in"
    )]
    BrokenTrack {
        /// Its number, from 1.
        step: u64,
    },
    /// A step is not signed by the party that is said to have taken it.
    #[error("step {step} of the objection is not signed by {by}")]
    StatusSignature {
        /// Its number, from 1.
        step: u64,
        /// The party named.
        by: String,
    },
    /// There is no step at all.
    #[error("the objection was never raised")]
    NeverRaised,
    /// Not an objection's file, or not spelled as one is written.
    #[error("{path} is not an objection: {detail}")]
    Malformed {
        /// The file.
        path: String,
        /// Why.
        detail: String,
    },
    /// The file on the disk has steps that this objection lacks.
    #[error("{path} holds another track of this objection; it is not overwritten")]
    Conflict {
        /// The file.
        path: String,
    },
    /// Reading or writing failed.
    #[error("cannot read or write {path}: {detail}")]
    Io {
        /// The file.
        path: String,
        /// The system's words.
        detail: String,
    },
}

impl ObjectionError {
    /// The code to read over the telephone.
    pub fn code(&self) -> u16 {
        match self {
            Self::NotAllowed { .. } => 5201,
            Self::Backwards { .. } => 5202,
            Self::LongText { .. } => 5203,
            Self::WrongId { .. } => 5204,
            Self::WrongGroup => 5205,
            Self::NotTheirs { .. } => 5206,
            Self::BrokenTrack { .. } => 5207,
            Self::StatusSignature { .. } => 5208,
            Self::NeverRaised => 5209,
            Self::Malformed { .. } => 5210,
            Self::Conflict { .. } => 5211,
            Self::Io { .. } => 5212,
        }
    }

    pub(super) fn io(path: &Path, error: &io::Error) -> Self {
        Self::Io { path: path.display().to_string(), detail: error.to_string() }
    }
}

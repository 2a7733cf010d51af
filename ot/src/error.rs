//! What goes wrong, and whose fault it is.

use serde::Serialize;
use yinshu_crypto::group::DecodeError;
use yinshu_net::{Fault, NetError, PartyId};

/// An error of a protocol of this crate. `code()` is stable; `fault()` says whose it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum OtError {
    /// 4250: the channel failed.
    #[error("{cause}")]
    Channel {
        /// What the channel says.
        cause: NetError,
    },
    /// 4251: more correlations than one run can make.
    #[error("{found} correlations are more than the {max} of one run")]
    TooMany {
        /// How many were asked for.
        found: usize,
        /// The most there may be.
        max: usize,
    },
    /// 4252: the peer ended the run.
    #[error("{peer} ended the run (reason {reason})")]
    Refused {
        /// Who ended it.
        peer: PartyId,
        /// The byte it gave as its reason.
        reason: u8,
    },
    /// 4260 to 4279: the peer broke the protocol.
    #[error("{peer} {misstep}")]
    Peer {
        /// Who.
        peer: PartyId,
        /// How.
        misstep: Misstep,
    },
}

impl OtError {
    /// A stable code: 4250 to 4252, or that of the [`Misstep`].
    pub fn code(&self) -> u16 {
        match self {
            Self::Channel { .. } => 4250,
            Self::TooMany { .. } => 4251,
            Self::Refused { .. } => 4252,
            Self::Peer { misstep, .. } => misstep.code(),
        }
    }

    /// Whose fault it was.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Channel { cause } => cause.fault(),
            Self::Refused { peer, .. } | Self::Peer { peer, .. } => Fault::Peer(peer.clone()),
            Self::TooMany { .. } => Fault::Local,
        }
    }
}

impl From<NetError> for OtError {
    fn from(cause: NetError) -> Self {
        Self::Channel { cause }
    }
}

/// How a peer broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Misstep {
    /// 4260: a message of another kind than the one due.
    #[error("sent a message of kind {found} where {expected} was due")]
    WrongMessage {
        /// The message that was due.
        expected: &'static str,
        /// The kind that came; 0 for an empty frame.
        found: u8,
    },
    /// 4261: a message of the wrong length.
    #[error("sent {found} bytes as {message}, which has {expected} here")]
    WrongLength {
        /// The message.
        message: &'static str,
        /// Its length in bytes by the state of the run.
        expected: usize,
        /// The length that came.
        found: usize,
    },
    /// 4262: not a group element.
    #[error("sent as point {index} what is none: {cause}")]
    BadPoint {
        /// Which of its points, from 0.
        index: u64,
        /// Why it is none.
        cause: DecodeError,
    },
    /// 4263: a consistency check failed: the peer deviated, or someone altered what it sent.
    #[error("sent what does not pass {check}")]
    FailedCheck {
        /// The check.
        check: &'static str,
    },
}

impl Misstep {
    /// A stable code: 4260 to 4263.
    pub fn code(&self) -> u16 {
        match self {
            Self::WrongMessage { .. } => 4260,
            Self::WrongLength { .. } => 4261,
            Self::BadPoint { .. } => 4262,
            Self::FailedCheck { .. } => 4263,
        }
    }

    pub(crate) fn by(self, peer: &PartyId) -> OtError {
        OtError::Peer { peer: peer.clone(), misstep: self }
    }
}

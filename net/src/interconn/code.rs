//! The error codes of the standard, and what they are here.

use crate::{NetError, PartyId};
use serde::Serialize;

/// An error code of the interconnection standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// 31100000: an error without a code of its own.
    Generic,
    /// 31100001: something that should not happen.
    Unexpected,
    /// 31100002: the network failed.
    Network,
    /// 31100100: the request cannot be used.
    InvalidRequest,
    /// 31100101: what the request is about cannot be used.
    InvalidResource,
    /// 31100200: the handshake found nothing that both can do.
    HandshakeRefused,
    /// 31100201: a version that the other side does not speak.
    UnsupportedVersion,
    /// 31100202: an algorithm that the other side does not have.
    UnsupportedAlgo,
    /// 31100203: parameters that the other side does not accept.
    UnsupportedParams,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Generic,
        Self::Unexpected,
        Self::Network,
        Self::InvalidRequest,
        Self::InvalidResource,
        Self::HandshakeRefused,
        Self::UnsupportedVersion,
        Self::UnsupportedAlgo,
        Self::UnsupportedParams,
    ];

    /// As on the wire.
    pub fn number(self) -> i32 {
        match self {
            Self::Generic => 31_100_000,
            Self::Unexpected => 31_100_001,
            Self::Network => 31_100_002,
            Self::InvalidRequest => 31_100_100,
            Self::InvalidResource => 31_100_101,
            Self::HandshakeRefused => 31_100_200,
            Self::UnsupportedVersion => 31_100_201,
            Self::UnsupportedAlgo => 31_100_202,
            Self::UnsupportedParams => 31_100_203,
        }
    }

    /// From the wire: `None` for success, [`Code::Generic`] for a number that the standard does not have.
    pub fn from_number(number: i32) -> Option<Self> {
        if number == 0 {
            return None;
        }
        Some(Self::ALL.into_iter().find(|code| code.number() == number).unwrap_or(Self::Generic))
    }

    /// What tells a peer of `error`.
    pub fn of(error: &NetError) -> Self {
        match error {
            NetError::Mismatch { .. } | NetError::Refused { .. } => Self::HandshakeRefused,
            NetError::FrameTooLong { .. }
            | NetError::Malformed { .. }
            | NetError::OutOfSequence { .. }
            | NetError::WindowExceeded { .. } => Self::InvalidRequest,
            NetError::Timeout { .. } | NetError::Unreachable { .. } => Self::Network,
            _ => Self::Generic,
        }
    }
}

/// What a peer's refusal of a push is here.
pub(super) fn refused(peer: &PartyId, number: i32, message: &str) -> NetError {
    let reason = crate::error::printable(message.as_bytes(), 200);
    NetError::PushRefused { peer: peer.clone(), number, reason }
}

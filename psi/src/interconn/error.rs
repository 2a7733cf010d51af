//! How a peer can break the standard; `PsiError::Interconn { peer, misstep: Misstep }` puts its name to it.

use crate::PsiError;
use serde::Serialize;
use yinshu_net::PartyId;

/// How a peer broke the standard or the terms.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Misstep {
    /// 4202: a handshake that cannot be read.
    #[error("sent a handshake {what} that cannot be used")]
    BadHandshake {
        /// `request` or `response`.
        what: &'static str,
    },
    /// 4203: a handshake of another version.
    #[error("shakes hands in version {found}, not {expected}")]
    HandshakeVersion {
        /// Ours.
        expected: i32,
        /// Theirs; 0 where it offers several and not this.
        found: i32,
    },
    /// 4204: a handshake without ECDH-PSI over elliptic curves.
    #[error("does not offer ECDH-PSI over elliptic curves")]
    NoSuchAlgorithm,
    /// 4205: no suite that both sides have.
    #[error("has none of our suites of curve, hash and encoding")]
    NoCommonSuite,
    /// 4206: the two sides do not mean the same party to learn.
    #[error("wants the result to go to rank {found}, we to rank {expected} (-1: both)")]
    LearnerDiffers {
        /// Ours.
        expected: i32,
        /// Theirs.
        found: i32,
    },
    /// 4207: a choice that was not offered.
    #[error("chose in the handshake what was not offered")]
    NotOffered,
    /// 4208: a batch that cannot be read, or of the other stage.
    #[error("sent as batch {index} of {stage:?} what is none")]
    BadBatch {
        /// The stage that was due.
        stage: &'static str,
        /// Which batch, from 0.
        index: u64,
    },
    /// 4209: a batch out of its turn.
    #[error("sent batch {found} of {stage:?} where {expected} was due")]
    WrongBatch {
        /// The stage.
        stage: &'static str,
        /// The batch that was due, from 0.
        expected: u64,
        /// The number that came.
        found: i32,
    },
    /// 4210: a batch whose count and bytes do not fit.
    #[error("sent batch {index} of {stage:?} with {found} items in {bytes} bytes")]
    WrongCount {
        /// The stage.
        stage: &'static str,
        /// Which batch, from 0.
        index: u64,
        /// The items it says it has.
        found: i32,
        /// The bytes of its points.
        bytes: usize,
    },
    /// 4211: more items than the handshake said.
    #[error("sent {found} items after it had announced {announced}")]
    MoreThanAnnounced {
        /// What was announced.
        announced: u64,
        /// What came so far.
        found: u64,
    },
    /// 4212: bytes that are no point to be used.
    #[error("sent point {index}, which cannot be used: {why}")]
    BadCurvePoint {
        /// Which of its points, from 0.
        index: u64,
        /// Why not.
        why: &'static str,
    },
    /// 4213: an empty batch that does not end its stream.
    #[error("sent batch {index} without items, and not as the last")]
    EmptyBatch {
        /// Which batch, from 0.
        index: u64,
    },
    /// 4214: an answer with other items than were asked about.
    #[error("answered batch {index} of {expected} items with {found}")]
    WrongAnswer {
        /// Which batch, from 0.
        index: u64,
        /// How many were asked about.
        expected: usize,
        /// How many came.
        found: i32,
    },
    /// 4215: a message after the end of its stream.
    #[error("went on sending after the end of {stage:?}")]
    AfterTheEnd {
        /// The stage.
        stage: &'static str,
    },
    /// 4216: more items than accepted.
    #[error("has {found} items, more than the {max} accepted")]
    TooManyItems {
        /// The most accepted.
        max: u64,
        /// How many it announced or sent.
        found: u64,
    },
}

impl Misstep {
    /// A stable code: 4202 to 4216.
    pub fn code(&self) -> u16 {
        match self {
            Self::BadHandshake { .. } => 4202,
            Self::HandshakeVersion { .. } => 4203,
            Self::NoSuchAlgorithm => 4204,
            Self::NoCommonSuite => 4205,
            Self::LearnerDiffers { .. } => 4206,
            Self::NotOffered => 4207,
            Self::BadBatch { .. } => 4208,
            Self::WrongBatch { .. } => 4209,
            Self::WrongCount { .. } => 4210,
            Self::MoreThanAnnounced { .. } => 4211,
            Self::BadCurvePoint { .. } => 4212,
            Self::EmptyBatch { .. } => 4213,
            Self::WrongAnswer { .. } => 4214,
            Self::AfterTheEnd { .. } => 4215,
            Self::TooManyItems { .. } => 4216,
        }
    }

    pub(crate) fn by(self, peer: &PartyId) -> PsiError {
        PsiError::Interconn { peer: peer.clone(), misstep: self }
    }
}

//! How a peer can break a protocol: one variant and one code for each check.

use super::{PsiError, Refusal};
use serde::Serialize;
use yinshu_crypto::group::DecodeError;
use yinshu_crypto::hash::Digest;
use yinshu_net::PartyId;

/// How a peer broke the protocol or the terms.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Misstep {
    /// 4090: what it revealed is not what it had committed to.
    #[error("revealed another contribution than it had committed to")]
    BadReveal,
    /// 4091: another session than ours.
    #[error("stands in another session or attempt than this side")]
    SessionDiffers,
    /// 4092: another set than the one committed to.
    #[error("resumes with another set than the one it had committed to")]
    SetChanged,
    /// 4093: another number of channels.
    #[error("uses {found} channels, not {expected}")]
    WorkersDiffer {
        /// Ours.
        expected: u32,
        /// Theirs.
        found: u32,
    },
    /// 4095: another state of the base.
    #[error("stands on another state of the base (ours is version {version})")]
    BaseDiffers {
        /// Ours.
        version: u64,
    },
    /// 4096: a change of an entry that cannot have changed so.
    #[error("reported as change {index} what cannot have changed")]
    BadChange {
        /// Which, from 0.
        index: u64,
    },
    /// 4097: it saw other messages than were sent.
    #[error("saw another course of the update than this side")]
    OutcomeDiffers,
    /// 4098: evaluations beyond the quota that holds for the life of a base.
    #[error("has asked about {found} entries in section {section:?} since the base began, more than {max}")]
    BaseQuota {
        /// The section.
        section: String,
        /// Its quota.
        max: u64,
        /// How many with those announced.
        found: u64,
    },
    /// 4101: a message of another kind than the one due.
    #[error("sent a message of kind {found} where {expected} was due")]
    WrongMessage {
        /// The message that was due.
        expected: &'static str,
        /// The kind that came; 0 for an empty frame.
        found: u8,
    },
    /// 4102: a message of the wrong length.
    #[error("sent {found} bytes as {message}, which has {expected} here")]
    WrongLength {
        /// The message.
        message: &'static str,
        /// Its length in bytes by the state of the run.
        expected: usize,
        /// The length that came.
        found: usize,
    },
    /// 4103: another version of the protocol.
    #[error("speaks version {found} of the protocol, not {expected}")]
    VersionDiffers {
        /// Ours.
        expected: u8,
        /// Theirs.
        found: u8,
    },
    /// 4104: other terms.
    #[error("opened the run under other terms (who learns, sections or contract)")]
    TermsDiffer,
    /// 4105: more entries in a section than its quota.
    #[error("asks about {found} entries in section {section:?}, more than its quota of {max}")]
    SectionQuota {
        /// The section.
        section: String,
        /// Its quota.
        max: u64,
        /// How many entries were announced.
        found: u64,
    },
    /// 4125: a receiver that cheats can test more values with these entries than the section's quota.
    #[error(
        "asks about {found} entries in section {section:?}, with which a receiver that cheats can test {testable}, \
         more than its quota of {max}"
    )]
    Testable {
        /// The section.
        section: String,
        /// Its quota.
        max: u64,
        /// How many entries were announced.
        found: u64,
        /// How many values can be tested with them.
        testable: u64,
    },
    /// 4106: more entries than accepted.
    #[error("has {found} entries, more than the {max} accepted")]
    TooManyEntries {
        /// The most accepted.
        max: u64,
        /// How many were announced.
        found: u64,
    },
    /// 4107: not a group element.
    #[error("sent as point {index} what is none: {cause}")]
    BadPoint {
        /// Which of its points, from 0.
        index: u64,
        /// Why it is none.
        cause: DecodeError,
    },
    /// 4108: tokens out of order or twice.
    #[error("sent token {index} out of order")]
    UnsortedToken {
        /// Which token, from 0.
        index: u64,
    },
    /// 4109: a report of progress that cannot be.
    #[error("reported {found} entries done where {expected} were next")]
    BadProgress {
        /// What was due.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// 4110: more matches than either set has entries.
    #[error("reported {found} matches where at most {max} are possible")]
    TooManyMatches {
        /// The most possible.
        max: u64,
        /// How many were reported.
        found: u64,
    },
    /// 4111: a match that is malformed, out of order or out of range.
    #[error("reported as match {index} what is no position after the one before")]
    BadMatch {
        /// Which match, from 0.
        index: u64,
    },
    /// 4052: sizes of intersections that no sets of the announced sizes have.
    #[error("reported sizes of intersections that no sets of these sizes have")]
    ImpossibleSizes,
    /// 4181: fewer tokens, or a smaller size, than the dummies alone make.
    #[error("announced {found} where the dummies alone make {min}")]
    TooFewTokens {
        /// The fewest possible.
        min: u64,
        /// What was announced.
        found: u64,
    },
    /// 4184: a sum that is not within the bound that its column and the count allow.
    #[error("opened as the sum of column {column} what is no sum of {count} of its values")]
    BadSum {
        /// Which column, from 0.
        column: usize,
        /// How many values were summed, as it says.
        count: u64,
    },
    /// 4185: one point twice where all are distinct.
    #[error("sent point {index} twice")]
    RepeatedPoint {
        /// Which of its points, from 0.
        index: u64,
    },
    /// 4186: a number of matches below the least that opens the sums.
    #[error("opened sums over {found} matches, fewer than the {min} agreed")]
    GroupTooSmall {
        /// The fewest agreed.
        min: u64,
        /// What was announced.
        found: u64,
    },
    /// 4113: a public key that is not a group element.
    #[error("sent as the public key of section {section} what is none: {cause}")]
    BadKey {
        /// Which section, from 0.
        section: usize,
        /// Why it is none.
        cause: DecodeError,
    },
    /// 4112: a match with a random token, which nobody can hold.
    #[error("reported as match {index} the position of a random token")]
    MatchedPadding {
        /// Which match, from 0.
        index: u64,
    },
    /// 4160: another public key than the one that was published.
    #[error("answers under the key {found}, not the published {expected}")]
    KeyDiffers {
        /// The digest of the published key.
        expected: Digest,
        /// The digest of the key it answers under.
        found: Digest,
    },
    /// 4161: a proof of evaluation that does not hold.
    #[error("cannot prove that it used its published key for points {index} and on")]
    BadProof {
        /// The first point of the batch, from 0.
        index: u64,
    },
    /// 4169: evaluations beyond the quota that holds for all runs under one key.
    #[error("would have asked about {found} entries in all under this key, more than {max}")]
    TotalQuota {
        /// The quota.
        max: u64,
        /// How many with those announced.
        found: u64,
    },
    /// 4163: more buckets than entries.
    #[error("asks for {found} buckets where at most {max} are possible")]
    TooManyBuckets {
        /// The most possible.
        max: u64,
        /// How many were announced.
        found: u64,
    },
    /// 4164: a bucket number out of order or out of range.
    #[error("asked as bucket {index} for what is no number after the one before")]
    BadBucket {
        /// Which of the numbers, from 0.
        index: u64,
    },
    /// 4165: a bucket with more entries than can be.
    #[error("has {found} entries in bucket {index}, where at most {max} are possible")]
    BucketTooFull {
        /// Which of the buckets asked for, from 0.
        index: u64,
        /// The most possible.
        max: u64,
        /// How many were announced.
        found: u64,
    },
    /// 4166: facts about a stored encoding that cannot be.
    #[error("states of its encoding what cannot be: {field}")]
    BadState {
        /// Which fact.
        field: &'static str,
    },
    /// 4167: an encoding with another number of entries than was stated.
    #[error("stated {declared} entries, but its encoding has {found}")]
    CountDiffers {
        /// What was stated.
        declared: u64,
        /// What there are.
        found: u64,
    },
    /// 4168: an entry of an encoding that is malformed or out of order.
    #[error("sent as entry {index} of its encoding what is none after the one before")]
    BadRecord {
        /// Which entry, from 0.
        index: u64,
    },
    /// 4121: other settings than ours.
    #[error("opened the run with other settings (security or wire)")]
    SettingsDiffer,
    /// 4122: tokens that are not in their code.
    #[error("sent as token {index} what is none")]
    BadToken {
        /// Which token, from 0.
        index: u64,
    },
    /// 4123: a coin other than the one committed to.
    #[error("opened its commitment to another coin")]
    BadCoin,
}

impl Misstep {
    /// A stable code: 4101 to 4199.
    pub fn code(&self) -> u16 {
        match self {
            Self::BadReveal => 4090,
            Self::SessionDiffers => 4091,
            Self::SetChanged => 4092,
            Self::WorkersDiffer { .. } => 4093,
            Self::BaseDiffers { .. } => 4095,
            Self::BadChange { .. } => 4096,
            Self::OutcomeDiffers => 4097,
            Self::BaseQuota { .. } => 4098,
            Self::WrongMessage { .. } => 4101,
            Self::WrongLength { .. } => 4102,
            Self::VersionDiffers { .. } => 4103,
            Self::TermsDiffer => 4104,
            Self::SectionQuota { .. } => 4105,
            Self::TooManyEntries { .. } => 4106,
            Self::BadPoint { .. } => 4107,
            Self::UnsortedToken { .. } => 4108,
            Self::BadProgress { .. } => 4109,
            Self::TooManyMatches { .. } => 4110,
            Self::BadMatch { .. } => 4111,
            Self::MatchedPadding { .. } => 4112,
            Self::BadKey { .. } => 4113,
            Self::SettingsDiffer => 4121,
            Self::BadToken { .. } => 4122,
            Self::BadCoin => 4123,
            Self::Testable { .. } => 4125,
            Self::ImpossibleSizes => 4052,
            Self::TooFewTokens { .. } => 4181,
            Self::BadSum { .. } => 4184,
            Self::RepeatedPoint { .. } => 4185,
            Self::GroupTooSmall { .. } => 4186,
            Self::KeyDiffers { .. } => 4160,
            Self::BadProof { .. } => 4161,
            Self::TotalQuota { .. } => 4169,
            Self::TooManyBuckets { .. } => 4163,
            Self::BadBucket { .. } => 4164,
            Self::BucketTooFull { .. } => 4165,
            Self::BadState { .. } => 4166,
            Self::CountDiffers { .. } => 4167,
            Self::BadRecord { .. } => 4168,
        }
    }

    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            Self::VersionDiffers { .. } => Refusal::VersionDiffers,
            Self::SectionQuota { .. }
            | Self::Testable { .. }
            | Self::TooManyEntries { .. }
            | Self::BaseQuota { .. }
            | Self::TotalQuota { .. } => Refusal::TooManyEntries,
            Self::SessionDiffers | Self::SetChanged | Self::BaseDiffers { .. } => Refusal::StateDiffers,
            Self::TermsDiffer | Self::SettingsDiffer => Refusal::TermsDiffer,
            _ => Refusal::Malformed,
        }
    }

    pub(crate) fn by(self, peer: &PartyId) -> PsiError {
        PsiError::Peer { peer: peer.clone(), misstep: self }
    }
}

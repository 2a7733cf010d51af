//! What goes wrong, and whose fault it is. What is wrong with one report is no error: see
//! [`Outcome`](crate::ledger::Outcome).

use crate::task::Role;
use serde::Serialize;
use yinshu_net::{Fault, NetError, PartyId};

/// An error of a run. `code()` is stable; `fault()` says whose it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ReportsError {
    /// 9600: the channel failed.
    #[error("{cause}")]
    Channel {
        /// What the channel says.
        cause: NetError,
    },
    /// 9601: the other aggregator ended the run.
    #[error("{peer} ended the run (reason {reason})")]
    Refused {
        /// Who.
        peer: PartyId,
        /// The code of the error there.
        reason: u16,
    },
    /// 9602: a file cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// 9603: the kept state of an aggregator was changed or is incomplete.
    #[error("{path} is damaged")]
    Damaged {
        /// The file.
        path: String,
    },
    /// 9604: a file is none of reports.
    #[error("{path} is no file of reports")]
    NotReports {
        /// The file.
        path: String,
    },
    /// 9605: a file or folder belongs to another task, or to the other aggregator.
    #[error("{path} is of another task")]
    OtherTask {
        /// The file or folder.
        path: String,
    },
    /// 9606: a measurement that the task does not admit.
    #[error("a measurement must be {wanted}")]
    BadMeasurement {
        /// What it has to be.
        wanted: String,
    },
    /// 9607: fewer reports than the smallest batch.
    #[error("the batch has {found} reports where {smallest} are the fewest of which anything is told")]
    TooFew {
        /// How many were accepted.
        found: u64,
        /// The fewest.
        smallest: u64,
    },
    /// 9608: a batch with more reports could overflow.
    #[error("a batch has at most {most} reports; collect it first")]
    Full {
        /// The most.
        most: u64,
    },
    /// 9609: the two aggregators have not judged the same reports.
    #[error("{peer} has judged other reports than we have")]
    OutOfStep {
        /// The other aggregator.
        peer: PartyId,
    },
    /// 9610: the other aggregator has closed the batch already.
    #[error("the last collection was not finished; collect first")]
    CollectFirst,
    /// 9611: figures that cannot have come of these reports.
    #[error("the figures cannot have come of the reports: {peer} or this aggregator has spoilt its share")]
    Impossible {
        /// The other aggregator.
        peer: PartyId,
    },
    /// 9612: a task that cannot be.
    #[error("{what}")]
    BadTask {
        /// What is wrong.
        what: &'static str,
    },
    /// 9613: not a key.
    #[error("not a key to which reports are encrypted")]
    BadKey,
    /// 9614: another process has the folder.
    #[error("{path} is in use by another process")]
    InUse {
        /// The folder.
        path: String,
    },
    /// 9615: the caller stopped.
    #[error("stopped: {why}")]
    Stopped {
        /// Why.
        why: String,
    },
    /// 9640: after an error the folder has to be opened again.
    #[error("{path} has to be opened again after an error")]
    Reopen {
        /// The folder.
        path: String,
    },
    /// 9641: what the other of the two aggregators does.
    #[error("this is not what the {found:?} does")]
    WrongRole {
        /// Who was asked to.
        found: Role,
    },
    /// 9616: reports of now do not count.
    #[error("the task takes no reports of now")]
    NotNow,
    /// 9617: a row of a table of which nothing can be reported.
    #[error("row {row} of the table must be {wanted}")]
    BadRow {
        /// Which.
        row: u64,
        /// What it has to be.
        wanted: String,
    },
    /// 9642: no batch was collected.
    #[error("no batch was collected yet")]
    NotCollected,
    /// 9630 to 9639: a peer broke the protocol.
    #[error("{peer} {misstep}")]
    Peer {
        /// Who.
        peer: PartyId,
        /// How.
        misstep: Misstep,
    },
}

impl ReportsError {
    /// A stable code: 9600 to 9617, 9640 to 9642, or that of the [`Misstep`].
    pub fn code(&self) -> u16 {
        match self {
            Self::Channel { .. } => 9600,
            Self::Refused { .. } => 9601,
            Self::File { .. } => 9602,
            Self::Damaged { .. } => 9603,
            Self::NotReports { .. } => 9604,
            Self::OtherTask { .. } => 9605,
            Self::BadMeasurement { .. } => 9606,
            Self::TooFew { .. } => 9607,
            Self::Full { .. } => 9608,
            Self::OutOfStep { .. } => 9609,
            Self::CollectFirst => 9610,
            Self::Impossible { .. } => 9611,
            Self::BadTask { .. } => 9612,
            Self::BadKey => 9613,
            Self::InUse { .. } => 9614,
            Self::Stopped { .. } => 9615,
            Self::Reopen { .. } => 9640,
            Self::WrongRole { .. } => 9641,
            Self::NotNow => 9616,
            Self::BadRow { .. } => 9617,
            Self::NotCollected => 9642,
            Self::Peer { misstep, .. } => misstep.code(),
        }
    }

    /// Whose fault it was, where that is known.
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Self::Channel { cause } => Some(cause.fault()),
            Self::Refused { peer, .. } | Self::Peer { peer, .. } => Some(Fault::Peer(peer.clone())),
            Self::OutOfStep { .. } | Self::Impossible { .. } => None,
            _ => Some(Fault::Local),
        }
    }

    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), reason: error.to_string() }
    }
}

impl From<NetError> for ReportsError {
    fn from(cause: NetError) -> Self {
        Self::Channel { cause }
    }
}

/// How a peer broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Misstep {
    /// 9630: a message of another kind than the one due.
    #[error("sent a message of kind {found} where {expected} was due")]
    WrongMessage {
        /// The message that was due.
        expected: &'static str,
        /// The kind that came; 0 for an empty frame.
        found: u8,
    },
    /// 9631: a message that is too short, too long, or holds what is not allowed.
    #[error("sent {expected} that is not well formed")]
    Malformed {
        /// The message that was due.
        expected: &'static str,
    },
    /// 9632: the peer has another task.
    #[error("has another task")]
    OtherTask,
    /// 9633: the peer is the same aggregator as this one.
    #[error("says that it is the {found:?} too")]
    SameRole {
        /// What both say.
        found: Role,
    },
    /// 9634: a message about another part of the reports than the one due.
    #[error("speaks of part {found} where {expected} is due")]
    WrongPart {
        /// The part that is due.
        expected: u64,
        /// The part of the message.
        found: u64,
    },
    /// 9635: the peer accepts a report that this aggregator has rejected.
    #[error("accepts a report that was rejected")]
    Overruled,
    /// 9636: the peer has another verification key.
    #[error("has another verification key")]
    OtherKey,
    /// 9637: the peer's part of the key is not the one it had committed to.
    #[error("opened another part of the key than it had committed to")]
    OtherPart,
    /// 9638: the peer asks again about reports, and not the same.
    #[error("asks again about a part of the reports, and not as before")]
    AskedOtherwise,
    /// 9639: the peer's account of what was decided differs from this aggregator's.
    #[error("has another account of what was decided")]
    OtherAccount,
}

impl Misstep {
    /// A stable code.
    pub fn code(&self) -> u16 {
        match self {
            Self::WrongMessage { .. } => 9630,
            Self::Malformed { .. } => 9631,
            Self::OtherTask => 9632,
            Self::SameRole { .. } => 9633,
            Self::WrongPart { .. } => 9634,
            Self::Overruled => 9635,
            Self::OtherKey => 9636,
            Self::OtherPart => 9637,
            Self::AskedOtherwise => 9638,
            Self::OtherAccount => 9639,
        }
    }

    /// Puts a name to it.
    pub(crate) fn by(self, peer: &PartyId) -> ReportsError {
        ReportsError::Peer { peer: peer.clone(), misstep: self }
    }
}

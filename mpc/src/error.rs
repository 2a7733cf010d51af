//! What goes wrong, and whose fault it is.

use crate::role::Role;
use serde::Serialize;
use yinshu_net::{Fault, NetError, PartyId};

/// An error of a computation. `code()` is stable; `fault()` says whose it was, where that is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum MpcError {
    /// 9201: a channel failed.
    #[error("{cause}")]
    Channel {
        /// What the channel says.
        cause: NetError,
    },
    /// 9202: another party ended the run, and names whom it found at fault.
    #[error("{peer} ended the run because of {culprit} (reason {reason})")]
    Elsewhere {
        /// Who told.
        peer: PartyId,
        /// Whom it names.
        culprit: PartyId,
        /// The code of the error there.
        reason: u16,
    },
    /// 9206: another party ended the run and says that it was because of this one.
    #[error("{peer} ended the run and says that our messages were wrong (reason {reason})")]
    Accused {
        /// Who says so.
        peer: PartyId,
        /// The code of the error that it saw or was told of.
        reason: u16,
    },
    /// 9220: what two parties say does not fit together; one of them cheated, and it cannot be told which.
    #[error("{check} do not fit: {first} or {second} cheated")]
    Cheated {
        /// What was checked.
        check: &'static str,
        /// Whose claim it was.
        first: PartyId,
        /// Who helped to check it, and may have lied in that.
        second: PartyId,
    },
    /// 9221: another party ended the run because of this one or the third, and cannot tell which: a check failed, or one of
    /// them, which may have waited for the other, was silent.
    #[error("{peer} ended the run and names nobody (reason {reason})")]
    Unproven {
        /// Who says so.
        peer: PartyId,
        /// The code of the error there.
        reason: u16,
    },
    /// 9203: vectors that must have one length have several.
    #[error("{what}: {found} values where {expected} belong")]
    Lengths {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many belong there.
        expected: usize,
    },
    /// 9204: more values than a run can have.
    #[error("{found} values are more than the {max} of one vector")]
    TooMany {
        /// How many.
        found: usize,
        /// The most.
        max: usize,
    },
    /// 9205: keys too long to sort by at once.
    #[error("keys of {found} bits are longer than the {max} that these rows can be sorted by")]
    TooManyBits {
        /// Bits of a key.
        found: usize,
        /// The most.
        max: usize,
    },
    /// 9207: numbers that could become larger than there is room for, by what was declared of them.
    #[error("{what} may need {found} bits where {max} fit")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// Bits that may be needed.
        found: u32,
        /// Bits that fit.
        max: u32,
    },
    /// 9208: a value that is not a number, or not within what was declared of its column.
    #[error("{what}: value {row} is not a number within the declared range")]
    OutOfRange {
        /// Of which column.
        what: &'static str,
        /// Where, counted from 0.
        row: usize,
    },
    /// 9209: keys that must be distinct are not.
    #[error("{what}: some key stands there more than once")]
    Repeated {
        /// Which keys.
        what: &'static str,
    },
    /// 9210: what is asked has no answer for this input.
    #[error("{what} cannot be computed from these values")]
    Undefined {
        /// What was asked.
        what: &'static str,
    },
    /// 9211: a computation of more steps than can be numbered.
    #[error("the computation takes more than {max} steps")]
    TooManySteps {
        /// The most.
        max: u32,
    },
    /// 9212: what is asked would show figures of fewer rows than may be shown.
    #[error("{what} would show figures of too few")]
    Exposing {
        /// What was asked.
        what: &'static str,
    },
    /// 9400: a question that cannot be: it names what is not there, or puts together what does not fit.
    #[error("the question makes no sense: {what}")]
    Senseless {
        /// Where.
        what: String,
    },
    /// 9401: an expression that could become too large, by the declared bounds of its columns.
    #[error("{expression} may need {found} bits where {max} fit")]
    Overflow {
        /// Which.
        expression: String,
        /// Bits that may be needed.
        found: u32,
        /// Bits that fit.
        max: u32,
    },
    /// 9402: a value beyond what is declared of its column.
    #[error("{table}, column {column}: the value of row {row} is not within the declared bounds")]
    CellOutOfRange {
        /// Which table.
        table: String,
        /// Which column.
        column: String,
        /// Which row, counted from 0.
        row: usize,
    },
    /// 9403: a value is missing where none may be.
    #[error("{table}, column {column}: the value of row {row} is missing")]
    CellMissing {
        /// Which table.
        table: String,
        /// Which column.
        column: String,
        /// Which row, counted from 0.
        row: usize,
    },
    /// 9404: more rows than agreed on.
    #[error("{table}: {found} rows are more than the {max} agreed on")]
    TooManyRows {
        /// Which table.
        table: String,
        /// How many.
        found: usize,
        /// The most.
        max: u64,
    },
    /// 9405: keys of the side of a join that must be distinct are not.
    #[error("{table}: some key stands there more than once")]
    RepeatedKeys {
        /// Which table.
        table: String,
    },
    /// 9406: a figure that there is only of all rows together.
    #[error("{figure} is told of all rows together, not by group")]
    OnlyTogether {
        /// Which.
        figure: String,
    },
    /// 9407: a figure that is the value of a single row, without leave.
    #[error("{figure} would be the value of a single row")]
    SingleRow {
        /// Which.
        figure: String,
    },
    /// 9408: a sum of values that can be negative, of which nobody can say how much one row has.
    #[error("{figure}: values below zero have no greatest part of their sum")]
    Negative {
        /// Which figure.
        figure: String,
    },
    /// 9409: more possible groups than can be told apart.
    #[error("groups by {key} need {found} bits where {max} fit")]
    TooManyGroups {
        /// The key with which they become too many.
        key: String,
        /// Bits that are needed.
        found: usize,
        /// Bits that fit.
        max: usize,
    },
    /// 9410: a condition on groups over a figure that is not a count or a sum.
    #[error("{figure} is not a count or sum, and cannot be in a condition on groups")]
    NotInHaving {
        /// Which.
        figure: String,
    },
    /// 9411: an owner shared values beyond what is declared, past its own node's check.
    #[error("the owner of {table} shared values beyond what is declared")]
    SharedOutOfRange {
        /// Which table.
        table: String,
    },
    /// 9412: what is asked is not available.
    #[error("{what} is not available")]
    Unavailable {
        /// What.
        what: String,
    },
    /// 9430: more different conditions in the figures of a question than are checked together.
    #[error("{found} different conditions in figures are more than {max}")]
    TooManyConditions {
        /// How many.
        found: usize,
        /// The most.
        max: usize,
    },
    /// 9431: so many sums of one owner's values that single ones could follow.
    #[error("{found} sums of the values of {tables} are more than {max}")]
    TooManySums {
        /// The tables of this owner.
        tables: String,
        /// How many.
        found: usize,
        /// The most.
        max: usize,
    },
    /// 9432: a power of a column, or a product of more than two.
    #[error("{figure} is of a product of more than two columns, or of a column with itself")]
    PowerOfColumn {
        /// Which.
        figure: String,
    },
    /// 9433: more quantiles than say nothing of single values.
    #[error("{found} quantiles are more than {max}, or stand twice")]
    TooManyQuantiles {
        /// How many.
        found: usize,
        /// The most.
        max: usize,
    },
    /// 9434: of what was added up beforehand, more values than rows.
    #[error("{figure}: an owner counted more values than rows")]
    MoreValuesThanRows {
        /// Which.
        figure: String,
    },
    /// 9435: rows of an analysis are of the same persons.
    #[error("several rows that count have the same key")]
    RepeatedPersons,
    /// 9436: what was kept of a run that was broken off is not the same at all three, and nothing goes on from it.
    #[error("what was kept of the earlier run differs")]
    KeptDiffers,
    /// 9301 to 9399: a peer broke the protocol.
    #[error("{peer} {misstep}")]
    Peer {
        /// Who.
        peer: PartyId,
        /// How.
        misstep: Misstep,
    },
}

impl MpcError {
    /// A stable code: 9201 to 9221, 9400 to 9412, 9430 to 9436, or that of the [`Misstep`].
    pub fn code(&self) -> u16 {
        match self {
            Self::Channel { .. } => 9201,
            Self::Elsewhere { .. } => 9202,
            Self::Accused { .. } => 9206,
            Self::Cheated { .. } => 9220,
            Self::Unproven { .. } => 9221,
            Self::Lengths { .. } => 9203,
            Self::TooMany { .. } => 9204,
            Self::TooManyBits { .. } => 9205,
            Self::TooLarge { .. } => 9207,
            Self::OutOfRange { .. } => 9208,
            Self::Repeated { .. } => 9209,
            Self::Undefined { .. } => 9210,
            Self::TooManySteps { .. } => 9211,
            Self::Exposing { .. } => 9212,
            Self::Senseless { .. } => 9400,
            Self::Overflow { .. } => 9401,
            Self::CellOutOfRange { .. } => 9402,
            Self::CellMissing { .. } => 9403,
            Self::TooManyRows { .. } => 9404,
            Self::RepeatedKeys { .. } => 9405,
            Self::OnlyTogether { .. } => 9406,
            Self::SingleRow { .. } => 9407,
            Self::Negative { .. } => 9408,
            Self::TooManyGroups { .. } => 9409,
            Self::NotInHaving { .. } => 9410,
            Self::SharedOutOfRange { .. } => 9411,
            Self::Unavailable { .. } => 9412,
            Self::TooManyConditions { .. } => 9430,
            Self::TooManySums { .. } => 9431,
            Self::PowerOfColumn { .. } => 9432,
            Self::TooManyQuantiles { .. } => 9433,
            Self::MoreValuesThanRows { .. } => 9434,
            Self::RepeatedPersons => 9435,
            Self::KeptDiffers => 9436,
            Self::Peer { misstep, .. } => misstep.code(),
        }
    }

    /// Whose fault it was, where that is known: a check that fails shows that one of two parties cheated and not which,
    /// and neither is named; nor is who accuses this party, which says otherwise.
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Self::Channel { cause } => Some(cause.fault()),
            Self::Elsewhere { culprit, .. } => Some(Fault::Peer(culprit.clone())),
            Self::Peer { peer, .. } => Some(Fault::Peer(peer.clone())),
            // Who accuses may be right: this party knows only that one of the two is at fault.
            Self::Accused { .. }
            | Self::Cheated { .. }
            | Self::Unproven { .. }
            | Self::SharedOutOfRange { .. }
            | Self::KeptDiffers
            | Self::MoreValuesThanRows { .. } => None,
            Self::Lengths { .. }
            | Self::TooMany { .. }
            | Self::TooManyBits { .. }
            | Self::TooLarge { .. }
            | Self::OutOfRange { .. }
            | Self::Repeated { .. }
            | Self::Undefined { .. }
            | Self::TooManySteps { .. }
            | Self::Exposing { .. }
            | Self::Senseless { .. }
            | Self::Overflow { .. }
            | Self::CellOutOfRange { .. }
            | Self::CellMissing { .. }
            | Self::TooManyRows { .. }
            | Self::RepeatedKeys { .. }
            | Self::OnlyTogether { .. }
            | Self::SingleRow { .. }
            | Self::Negative { .. }
            | Self::TooManyGroups { .. }
            | Self::NotInHaving { .. }
            | Self::Unavailable { .. }
            | Self::TooManyConditions { .. }
            | Self::TooManySums { .. }
            | Self::PowerOfColumn { .. }
            | Self::TooManyQuantiles { .. }
            | Self::RepeatedPersons => Some(Fault::Local),
        }
    }
}

impl From<NetError> for MpcError {
    fn from(cause: NetError) -> Self {
        Self::Channel { cause }
    }
}

/// How a peer broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Misstep {
    /// 9301: a message of another kind than the one due.
    #[error("sent a message of kind {found} where {expected} was due")]
    WrongMessage {
        /// The message that was due.
        expected: &'static str,
        /// The kind that came; 0 for an empty frame.
        found: u8,
    },
    /// 9302: a message of another length than the one due.
    #[error("sent {found} bytes where {expected} were due")]
    WrongLength {
        /// The length that was due.
        expected: usize,
        /// The length that came.
        found: usize,
    },
    /// 9303: a message of another step: something was lost, repeated, or another computation is being run.
    #[error("sent a message of step {found} in step {expected}")]
    WrongStep {
        /// The step that this party is in.
        expected: u32,
        /// The step of the message.
        found: u32,
    },
    /// 9304: the peer computes something else, or under other terms.
    #[error("computes something else: its terms are not ours")]
    OtherTerms,
    /// 9320: the peer shared another input than it says afterwards.
    #[error("shared another input than it says")]
    OtherInput,
    /// 9350: the peer shared a figure that no rows within its bounds come to.
    #[error("shared a figure that no rows within the agreed bounds come to")]
    Undeclared,
    /// 9351: the peer tells a provider that does not compute something else than the two others do.
    #[error("says something else than the two others")]
    Dissents,
    /// 9305: the peer says that it is another of the three than the order of the parties says.
    #[error("says that it is {found:?} where {expected:?} was due")]
    WrongRole {
        /// What the order of the parties says.
        expected: Role,
        /// What the peer says.
        found: Role,
    },
}

impl Misstep {
    /// A stable code.
    pub fn code(&self) -> u16 {
        match self {
            Self::WrongMessage { .. } => 9301,
            Self::WrongLength { .. } => 9302,
            Self::WrongStep { .. } => 9303,
            Self::OtherTerms => 9304,
            Self::WrongRole { .. } => 9305,
            Self::OtherInput => 9320,
            Self::Undeclared => 9350,
            Self::Dissents => 9351,
        }
    }

    /// Puts a name to it.
    pub(crate) fn by(self, peer: &PartyId) -> MpcError {
        MpcError::Peer { peer: peer.clone(), misstep: self }
    }
}

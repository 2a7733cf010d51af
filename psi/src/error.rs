//! What goes wrong in a run, and whose fault it is.

mod misstep;
mod refusal;

pub use misstep::Misstep;
pub use refusal::Refusal;

use serde::Serialize;
use yinshu_net::{Fault, NetError, PartyId};

/// An error of a run. `code()` is stable; `fault()` says whose it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PsiError {
    /// 4001: the channel failed.
    #[error("{cause}")]
    Channel {
        /// What the channel says.
        cause: NetError,
    },
    /// 4002: the number of sections is none or too many.
    #[error("the terms have {found} sections; 1 to {max} are possible")]
    BadSections {
        /// How many there are.
        found: usize,
        /// The most there may be.
        max: usize,
    },
    /// 4003: two sections have one name.
    #[error("the terms name section {section:?} twice")]
    SectionTwice {
        /// The name.
        section: String,
    },
    /// 4004: an entry is in a section that the terms do not have.
    #[error("an own entry is in section number {section}, but the terms have {sections}, numbered from 0")]
    UnknownSection {
        /// The number the entry has.
        section: u16,
        /// How many sections there are.
        sections: usize,
    },
    /// 4005: too many own entries for one run.
    #[error("{found} own entries are more than the {max} of one run")]
    TooManyEntries {
        /// How many there are (at least).
        found: u64,
        /// The most there may be.
        max: u64,
    },
    /// 4006: the receiver's own entries exceed a section's quota.
    #[error("{found} own entries in section {section:?} are more than its quota of {max}")]
    OwnQuota {
        /// The section.
        section: String,
        /// Its quota.
        max: u64,
        /// How many entries there are.
        found: u64,
    },
    /// 4007: the sender has more entries than it declared.
    #[error("the own entries are more than the {declared} declared")]
    MoreThanDeclared {
        /// What was declared.
        declared: u64,
    },
    /// 4008: reading the own entries failed.
    #[error("reading the own entries failed: {detail}")]
    Source {
        /// What the reader says.
        detail: String,
    },
    /// 4009: the program used the protocol out of order.
    #[error("the program left {step} before it was complete")]
    OutOfStep {
        /// The step that was left.
        step: &'static str,
    },
    /// 4010: the peer ended the run.
    #[error("{peer} ended the run: {reason}")]
    Refused {
        /// Who ended it.
        peer: PartyId,
        /// Why, as it says.
        reason: Refusal,
    },
    /// 4011: what the peer asks could not be recorded, so that it was not answered.
    #[error("what the peer asks was not answered, because it could not be recorded: {detail}")]
    Unrecorded {
        /// What the recorder says.
        detail: String,
    },
    /// 4050: another party of the run broke it, as this one says.
    #[error("{by} ended the run because of {party}")]
    Elsewhere {
        /// Who says so.
        by: PartyId,
        /// Who broke the run, by its word.
        party: PartyId,
    },
    /// 4051: the parties of a run of several cannot be what they are said to be.
    #[error("the parties of the run cannot be these: {detail}")]
    BadCircle {
        /// What is wrong.
        detail: &'static str,
    },
    /// 4180: a privacy that no noise gives, or only more than a run takes.
    #[error("no noise that a run takes gives the privacy asked for")]
    BadPrivacy,
    /// 4182: the columns of values are none, too many, or of an impossible width.
    #[error("the columns of values cannot be these: {detail}")]
    BadColumns {
        /// What is wrong.
        detail: &'static str,
    },
    /// 4183: a row's values are not those of the columns.
    #[error("the values of row {index} do not fit the columns: {detail}")]
    BadValues {
        /// Which row, from 0.
        index: u64,
        /// What is wrong.
        detail: &'static str,
    },
    /// 4190: payloads longer than a run takes.
    #[error("payloads of {found} bytes are longer than the {max} of a run")]
    PayloadTooLong {
        /// The length asked for.
        found: usize,
        /// The most possible.
        max: usize,
    },
    /// 4191: a row's payload is not of the length agreed.
    #[error("the payload of row {index} has {found} bytes, not {expected}")]
    BadPayload {
        /// Which row, from 0.
        index: u64,
        /// The length agreed.
        expected: usize,
        /// Its length.
        found: usize,
    },
    /// 4192: no table of the own items was found: with probability at most 2^-40 for each attempt.
    #[error("no table of the own items was found in {attempts} attempts")]
    Unplaced {
        /// How many seeds were tried.
        attempts: u32,
    },
    /// 4193: the terms let both learn, where nobody learns which entries are shared.
    #[error("of shares of matches nobody learns which entries are shared; the terms say both")]
    NobodyLearns,
    /// 4080: a file of a spill, a checkpoint or a base could not be read or written.
    #[error("{what} {path}: {detail}")]
    Storage {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: String,
        /// What the system says.
        detail: String,
    },
    /// 4081: a file is not what was written, or was written under another key.
    #[error("{path} is damaged or belongs to another key: {check}")]
    Damaged {
        /// The file.
        path: String,
        /// The check that failed.
        check: &'static str,
    },
    /// 4082: a run cannot be resumed, because something is not what it was.
    #[error("the run cannot be resumed: {what} differs from when it began")]
    ResumeDiffers {
        /// What differs.
        what: &'static str,
    },
    /// 4083: more entries fell into one partition than its public size.
    #[error("partition {partition} has more than its public size of {max} distinct entries")]
    Overfull {
        /// Which, from 0.
        partition: u32,
        /// Its public size.
        max: u64,
    },
    /// 4084: the sets cannot be divided within the memory of a party.
    #[error("{found} entries need more than {max} partitions in the memory given")]
    TooManyPartitions {
        /// How many entries the larger side has.
        found: u64,
        /// The most partitions there may be.
        max: u32,
    },
    /// 4085: a base has taken all the entries it has room for.
    #[error("the base has room for {max} entries of the {side} and no more")]
    BaseFull {
        /// Whose entries.
        side: &'static str,
        /// The most it holds.
        max: u64,
    },
    /// 4086: the folder is in use by another process.
    #[error("{path} is in use by another run")]
    InUse {
        /// The folder.
        path: String,
    },
    /// 4120: no key-value store of the own items exists: with probability at most 2^-40.
    #[error("no encoding of the own items was found")]
    Unencodable,
    /// 4124: against a receiver that cheats, so many own entries need a larger quota.
    #[error(
        "{found} own entries in section {section:?} need a quota of {testable}, which a receiver that cheats can \
         test with them, and it is {max}"
    )]
    OwnTestable {
        /// The section.
        section: String,
        /// Its quota.
        max: u64,
        /// How many entries there are.
        found: u64,
        /// How many values a receiver that cheats can test.
        testable: u64,
    },
    /// 4250 to 4279: the correlation under the protocol failed.
    #[error("{cause}")]
    Correlation {
        /// What went wrong there.
        cause: yinshu_ot::OtError,
    },
    /// 4200: over an interconnection, the own terms name no suite.
    #[error("no suite to offer is named")]
    NoSuite,
    /// 4150: a stored encoding, or a copy of one, cannot be read or written.
    #[error("{path}: {detail}")]
    Store {
        /// The file or folder.
        path: String,
        /// What the system says.
        detail: String,
    },
    /// 4151: a stored encoding, or a copy of one, was changed or damaged.
    #[error("{path} is damaged: {detail}")]
    DamagedStore {
        /// The file or folder.
        path: String,
        /// What does not hold.
        detail: String,
    },
    /// 4152: there is a stored encoding where one was to be created.
    #[error("{path} holds an encoding already")]
    StoreExists {
        /// The folder.
        path: String,
    },
    /// 4153: another program is changing the stored encoding.
    #[error("{path} is being changed by another program")]
    StoreBusy {
        /// The folder.
        path: String,
    },
    /// 4154: the stored encoding has other sections than the terms.
    #[error("the stored encoding has the sections {found}; the terms have {expected}")]
    StoreSections {
        /// Those of the encoding, separated by commas.
        found: String,
        /// Those of the terms, separated by commas.
        expected: String,
    },
    /// 4155: the terms let the holder of the large set learn, which this protocol cannot do.
    #[error("against a stored encoding the asking side alone learns; the terms say both")]
    OnlyAsker,
    /// 4156: a payload is longer than the encoding was made for.
    #[error("a payload has {found} bytes; the encoding holds at most {max} each")]
    LongPayload {
        /// Its length.
        found: usize,
        /// The most bytes.
        max: usize,
    },
    /// 4157: the own copy was made under another key of the holder.
    #[error("the own copy is of epoch {own}; the peer answers under epoch {found}")]
    StaleCopy {
        /// The copy's epoch.
        own: u64,
        /// The peer's.
        found: u64,
    },
    /// 4158: the own copy was fetched for fewer entries a run.
    #[error("the own copy is too coarse for {items} entries in one run")]
    CoarseCopy {
        /// How many entries there are.
        items: u64,
    },
    /// 4159: the stored encoding is not of what it is used for.
    #[error("{path} has the {what} {found}, not {expected}")]
    StoreSubject {
        /// The folder.
        path: String,
        /// What differs: the rules by which keys became entries, or the payload.
        what: &'static str,
        /// The encoding's: a short digest or a name.
        found: String,
        /// What is asked for.
        expected: String,
    },
    /// 4202 to 4249: over an interconnection, the peer broke the standard or the terms.
    #[error("{peer} {misstep}")]
    Interconn {
        /// Who.
        peer: PartyId,
        /// How.
        misstep: crate::interconn::Misstep,
    },
    /// 4201: over an interconnection, the peer refused the handshake.
    #[error("{peer} refused the handshake ({number}): {reason}")]
    HandshakeRefused {
        /// Who refused.
        peer: PartyId,
        /// The error code of the interconnection standard.
        number: i32,
        /// The peer's reason, at most 200 printable characters.
        reason: String,
    },
    /// 4101 and above: the peer broke the protocol or the terms.
    #[error("{peer} {misstep}")]
    Peer {
        /// Who.
        peer: PartyId,
        /// How.
        misstep: Misstep,
    },
}

impl PsiError {
    /// A stable code: 4001 to 4011, or that of the [`Misstep`].
    pub fn code(&self) -> u16 {
        match self {
            Self::Channel { .. } => 4001,
            Self::BadSections { .. } => 4002,
            Self::SectionTwice { .. } => 4003,
            Self::UnknownSection { .. } => 4004,
            Self::TooManyEntries { .. } => 4005,
            Self::OwnQuota { .. } => 4006,
            Self::MoreThanDeclared { .. } => 4007,
            Self::Source { .. } => 4008,
            Self::OutOfStep { .. } => 4009,
            Self::Refused { .. } => 4010,
            Self::Unrecorded { .. } => 4011,
            Self::Elsewhere { .. } => 4050,
            Self::BadCircle { .. } => 4051,
            Self::BadPrivacy => 4180,
            Self::BadColumns { .. } => 4182,
            Self::BadValues { .. } => 4183,
            Self::PayloadTooLong { .. } => 4190,
            Self::BadPayload { .. } => 4191,
            Self::Unplaced { .. } => 4192,
            Self::NobodyLearns => 4193,
            Self::Storage { .. } => 4080,
            Self::Damaged { .. } => 4081,
            Self::ResumeDiffers { .. } => 4082,
            Self::Overfull { .. } => 4083,
            Self::TooManyPartitions { .. } => 4084,
            Self::BaseFull { .. } => 4085,
            Self::InUse { .. } => 4086,
            Self::Interconn { misstep, .. } => misstep.code(),
            Self::NoSuite => 4200,
            Self::HandshakeRefused { .. } => 4201,
            Self::Store { .. } => 4150,
            Self::DamagedStore { .. } => 4151,
            Self::StoreExists { .. } => 4152,
            Self::StoreBusy { .. } => 4153,
            Self::StoreSections { .. } => 4154,
            Self::OnlyAsker => 4155,
            Self::LongPayload { .. } => 4156,
            Self::StaleCopy { .. } => 4157,
            Self::CoarseCopy { .. } => 4158,
            Self::StoreSubject { .. } => 4159,
            Self::Unencodable => 4120,
            Self::OwnTestable { .. } => 4124,
            Self::Correlation { cause } => cause.code(),
            Self::Peer { misstep, .. } => misstep.code(),
        }
    }

    /// Whose fault it was.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Channel { cause } => cause.fault(),
            Self::Correlation { cause } => cause.fault(),
            Self::Refused { peer, .. } | Self::HandshakeRefused { peer, .. } => Fault::Peer(peer.clone()),
            Self::Peer { peer, .. } | Self::Interconn { peer, .. } | Self::Elsewhere { party: peer, .. } => {
                Fault::Peer(peer.clone())
            }
            _ => Fault::Local,
        }
    }

    /// What to tell the peer when this ends the run; `None` when there is nobody to tell.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Channel { cause: NetError::FrameTooLong { .. } } => Some(Refusal::Malformed),
            Self::Channel { .. } | Self::Refused { .. } | Self::Elsewhere { .. } => None,
            // It would tell which tokens are random.
            Self::Peer { misstep: Misstep::MatchedPadding { .. }, .. } => None,
            Self::Peer { misstep, .. } => Some(misstep.refusal()),
            Self::Correlation { cause: yinshu_ot::OtError::Peer { .. } } => Some(Refusal::Malformed),
            _ => Some(Refusal::Failed),
        }
    }
}

impl From<NetError> for PsiError {
    fn from(cause: NetError) -> Self {
        Self::Channel { cause }
    }
}

impl From<yinshu_ot::OtError> for PsiError {
    /// What is not particular to the correlation is told as everywhere.
    fn from(cause: yinshu_ot::OtError) -> Self {
        match cause {
            yinshu_ot::OtError::Channel { cause } => Self::Channel { cause },
            yinshu_ot::OtError::Refused { peer, reason } => {
                Self::Refused { peer, reason: Refusal::from_byte(reason) }
            }
            cause => Self::Correlation { cause },
        }
    }
}

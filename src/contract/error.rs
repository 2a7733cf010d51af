//! Why a contract does not parse, or may not run.

use serde::Serialize;

/// A refusal. Everything from [`ContractError::NotSigned`] on is recorded in the audit log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the message of each variant says what its fields are")]
pub enum ContractError {
    #[error("{path} could not be read: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("{path} has {bytes} bytes: a contract has at most 1 MiB")]
    TooLong { path: String, bytes: u64 },
    #[error("{path} is not UTF-8 text")]
    NotText { path: String },
    #[error("{path}, line {line}: {reason}")]
    Malformed { path: String, line: usize, reason: String, nearest: String },
    #[error("contract format {found}; this build knows {known}")]
    Format { found: u32, known: u32 },
    #[error("{place}: {why}")]
    Incoherent { place: String, why: String },
    #[error("{party} has not signed contract {contract}")]
    NotSigned { contract: String, party: String },
    #[error(
        "the signature of {party} does not fit contract {contract}: it was changed after signing, or another key signed"
    )]
    BadSignature { contract: String, party: String },
    #[error("the administrator key of {party} in contract {contract} is not the one this node knows")]
    UnknownKey { contract: String, party: String },
    #[error("contract {contract} ended on {until}")]
    Expired { contract: String, until: String },
    #[error("contract {contract} begins on {from}")]
    NotYet { contract: String, from: String },
    #[error("this node ({me}) is not a party of contract {contract}")]
    NotAParty { contract: String, me: String },
    #[error("contract {contract} names a party {party} that this node does not know")]
    UnknownParty { contract: String, party: String },
    #[error("the catalogue has no data set {catalogue}")]
    NoDataset { catalogue: String },
    #[error("data set {catalogue} is not shared (不予共享)")]
    ShareRefused { catalogue: String },
    #[error("data set {catalogue} may not be used for {scenario}")]
    ScenarioRefused { catalogue: String, scenario: String },
    #[error("data set {catalogue} may not be used by {party}")]
    PartyRefused { catalogue: String, party: String },
    #[error("column {column} of data set {catalogue} may not be used")]
    ColumnRefused { catalogue: String, column: String },
    #[error(
        "contract asks for groups of {asked}; data set {catalogue} releases groups of {smallest} or more"
    )]
    GroupTooSmall { catalogue: String, asked: u32, smallest: u32 },
    #[error("contract lasts until {asked}; data set {catalogue} is available until {until}")]
    LastsTooLong { catalogue: String, asked: String, until: String },
    #[error("contract allows {asked} items; this node's limit is {limit}")]
    QuotaTooLarge { asked: u64, limit: u64 },
    #[error("contract {contract} has used its {limit} runs of today")]
    QuotaSpent { contract: String, limit: u32 },
    #[error("no contract with digest {digest} is held here")]
    NotHeld { digest: String },
    #[error("{party} is {role} of contract {contract}, and the session asks for the other role")]
    WrongRole { contract: String, party: String, role: String },
    #[error("no batch with manifest {manifest} was issued here under this contract")]
    NotIssued { manifest: String },
    #[error(
        "the audit log of {party} had {before} records and now shows {now}: records were cut off or rewritten"
    )]
    LogShrank { party: String, before: u64, now: u64 },
    #[error("the package with manifest {manifest} was not returned under contract {contract}")]
    OtherContract { contract: String, manifest: String },
    #[error("row {row}: the value in column {column} is no number of at most {decimals} decimals")]
    ValueUnfit { column: String, row: u64, decimals: u32 },
    #[error("{rows} rows have no usable value in column {column}, which is summed")]
    ValuesAbsent { column: String, rows: u64 },
    #[error("contract {contract} has had its {limit} runs")]
    RunsSpent { contract: String, limit: u32 },
    #[error("all runs of the contract may spend ε = {asked}; data set {catalogue} allows {most} in all")]
    PrivacySpent { catalogue: String, asked: String, most: String },
    #[error("data set {catalogue} has no stored encoding, which contract {contract} asks for")]
    NoEncoding { contract: String, catalogue: String },
    #[error("contract {contract} does not allow a run by {protocol}")]
    ProtocolRefused { contract: String, protocol: String },
    #[error("contract {contract} is incremental: it is run by psi update")]
    Incremental { contract: String },
    #[error("contract {contract} is not incremental: it is run by psi run or psi query")]
    NotIncremental { contract: String },
    #[error("contract {contract} is about a stored encoding, which is asked and not run against")]
    AskStored { contract: String },
    #[error("{path} could not be written: {reason}")]
    Unwritable { path: String, reason: String },
    #[error("contract {contract} is already signed by {party}")]
    AlreadySigned { contract: String, party: String },
    #[error("contract {contract} has {parties} parties, and this is not for so many")]
    WrongParties { contract: String, parties: usize },
    #[error(
        "contract {contract} has {parties} parties: joint statistics have three that compute, and those named outside"
    )]
    StatsParties { contract: String, parties: usize },
    #[error("{place}: up to {rows} rows within the declared bounds may need {bits} bits where {most} fit")]
    StatsOverflow { place: String, rows: u64, bits: u32, most: u32 },
    #[error("{figures}: no noise is made for these, and beside noise nothing is told exactly")]
    NotNoised { figures: String },
    #[error(
        "data set {catalogue} has no privacy budget, and contract {contract} asks for figures with noise"
    )]
    NoBudget { contract: String, catalogue: String },
    #[error("the rows named are not those of data set {catalogue}, whose budget is charged")]
    OtherRows { catalogue: String },
    #[error("contract {contract} is for {found}, not for {wanted}")]
    WrongScenario { contract: String, found: String, wanted: String },
}

impl ContractError {
    /// The stable code of this refusal.
    pub fn code(&self) -> u16 {
        match self {
            Self::Unreadable { .. } => 6001,
            Self::TooLong { .. } => 6002,
            Self::NotText { .. } => 6003,
            Self::Malformed { .. } => 6004,
            Self::Format { .. } => 6005,
            Self::Incoherent { .. } => 6006,
            Self::Unwritable { .. } => 6007,
            Self::AlreadySigned { .. } => 6008,
            Self::WrongScenario { .. } => 6009,
            Self::NotSigned { .. } => 6101,
            Self::BadSignature { .. } => 6102,
            Self::UnknownKey { .. } => 6103,
            Self::Expired { .. } => 6104,
            Self::NotYet { .. } => 6105,
            Self::NotAParty { .. } => 6106,
            Self::UnknownParty { .. } => 6107,
            Self::NoDataset { .. } => 6108,
            Self::ShareRefused { .. } => 6109,
            Self::ScenarioRefused { .. } => 6110,
            Self::PartyRefused { .. } => 6111,
            Self::ColumnRefused { .. } => 6112,
            Self::GroupTooSmall { .. } => 6113,
            Self::LastsTooLong { .. } => 6114,
            Self::QuotaTooLarge { .. } => 6115,
            Self::QuotaSpent { .. } => 6116,
            Self::NotHeld { .. } => 6117,
            Self::WrongRole { .. } => 6118,
            Self::NotIssued { .. } => 6119,
            Self::LogShrank { .. } => 6120,
            Self::OtherContract { .. } => 6121,
            Self::ProtocolRefused { .. } => 6122,
            Self::NoEncoding { .. } => 6123,
            Self::Incremental { .. } => 6130,
            Self::NotIncremental { .. } => 6131,
            Self::AskStored { .. } => 6124,
            Self::ValueUnfit { .. } => 6010,
            Self::WrongParties { .. } => 6011,
            Self::StatsOverflow { .. } => 6030,
            Self::StatsParties { .. } => 6031,
            Self::NotNoised { .. } => 6032,
            Self::NoBudget { .. } => 6132,
            Self::OtherRows { .. } => 6133,
            Self::ValuesAbsent { .. } => 6012,
            Self::RunsSpent { .. } => 6126,
            Self::PrivacySpent { .. } => 6127,
        }
    }

    pub(super) fn incoherent(place: &str, why: &str) -> Self {
        Self::Incoherent { place: place.to_owned(), why: why.to_owned() }
    }

    /// A TOML error, with the line counted from the start of the whole file.
    pub(super) fn malformed(path: &str, text: &str, error: &toml::de::Error, offset: usize) -> Self {
        let at = offset + error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
        let reason = error.message().to_owned();
        let nearest = crate::config::nearest_known(&reason);
        Self::Malformed { path: path.to_owned(), line, reason, nearest }
    }
}

//! The contract: what the parties agreed, signed by the administrator of each.
//!
//! A contract is one TOML file. What is signed is the file's own bytes up to the first
//! `[[signature]]` line, so what an administrator reads is what they sign; the signatures follow in
//! the same file, and each signs the digest under the domain `yinshu contract v1`. The two parts are
//! parsed apart: nothing that stands after the first signature can change what was agreed.
//!
//! The flow of types is the flow of trust: a [`Draft`] parses; [`Draft::approve`] makes an
//! [`Approved`] only when every party signed, the day is right, and the node's own catalogue allows
//! it (`approve.rs`). Only an [`Approved`] opens a session.

mod approve;
mod computing;
mod error;
mod origin;
mod psi;
mod query;
mod reports;
mod several;
mod sign;
mod stats;
mod template;

pub use approve::{Approved, Side, day_of};
pub use error::ContractError;
pub use origin::OriginTerms;
pub use psi::Duplicates;
pub use query::{QueryColumn, QueryTable, QueryTerms, Use};
pub use reports::{ReportKind, ReportsTerms};
pub use several::{Cells, Cut};
pub use sign::{DOMAIN, Signed};
#[cfg(test)]
pub(crate) use stats::tests as stats_texts;
pub use stats::{
    Correlation, Figure, Measure, NoiseOn, NoiseTerms, Noised, Of, Regression, Scope, Statistic, StatsTerms,
    TTest, Unusable, WeightedMean, quantile_name,
};
pub use template::{Blanks, Template};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::PublicKey;
use yinshu_data::table::{ColumnKind, TableSpec};
use yinshu_net::PartyId;

/// The contract format this build reads.
pub const FORMAT: u32 = 1;

/// Contracts are short; a longer file is not one.
const MAX_BYTES: u64 = 1 << 20;

/// What a contract is for (场景).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// Verification of returned data (属地返还核验).
    OriginVerify,
    /// Private set intersection (隐私求交).
    Psi,
    /// Joint statistics (联合统计).
    Stats,
    /// Reports of many (多端填报).
    Reports,
}

impl Scenario {
    /// The word that contracts, sessions and records use.
    pub fn word(self) -> &'static str {
        match self {
            Self::OriginVerify => "origin-verify",
            Self::Psi => "psi",
            Self::Stats => "stats",
            Self::Reports => "reports",
        }
    }
}

/// What was agreed: the part of the file that is signed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// `[contract]`.
    pub contract: Heading,
    /// `[elements]`: the six that approval requires (审批要素).
    pub elements: Elements,
    /// `[[party]]`: two of them, in any order; three to five for an intersection of several, and for statistics, of which three compute.
    #[serde(rename = "party")]
    pub parties: Vec<Party>,
    /// `[data]`.
    pub data: DataTerms,
    /// `[origin]`, for the scenario `origin-verify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<OriginTerms>,
    /// `[psi]`, for the scenario `psi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psi: Option<PsiTerms>,
    /// `[query]`, for the scenario `stats` in place of `[stats]`: a question in SQL over tables of several owners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<QueryTerms>,
    /// `[stats]`, for the scenario `stats`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<StatsTerms>,
    /// `[reports]`, for the scenario `reports`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports: Option<ReportsTerms>,
}

/// `[contract]`: identity, scenario and validity.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// Format of this file: 1.
    pub format: u32,
    /// The parties' own number for it (合同编号).
    pub id: String,
    /// Title, for people.
    pub title: String,
    /// What it is for.
    pub scenario: Scenario,
    /// First day on which it may run (UTC+8).
    pub valid_from: Date,
    /// Last day on which it may run (UTC+8).
    pub valid_until: Date,
}

/// `[elements]`: the six elements of approval, in the words of the parties.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elements {
    /// 数据内容.
    pub content: String,
    /// 数据范围.
    pub scope: String,
    /// 时间周期.
    pub period: String,
    /// 传输方式.
    pub transport: String,
    /// 安全管控手段.
    pub controls: String,
    /// 审核流程.
    pub review: String,
}

/// What a party is in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Holds the source; answers.
    Provider,
    /// Asks, and gets the result.
    Recipient,
}

/// `[[party]]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Its party name.
    pub name: PartyId,
    /// What people call it.
    pub title: String,
    /// What it is in this contract.
    pub role: Role,
    /// The key of the administrator who signs for it.
    pub admin_key: PublicKey,
    /// Among several: its own catalogue code, where it is not that of `[data]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
    /// Among several: what its own table calls the columns of `data.table`, where it is not the same.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub columns: std::collections::BTreeMap<String, String>,
    /// Among several: whether others can dial it. Providers unless they say no, the recipient if it says yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listens: Option<bool>,
}

/// `[data]`: what may be used, for what, and what may come out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataTerms {
    /// The provider's catalogue code (目录编码).
    pub catalogue: String,
    /// Purpose of use (用途).
    pub purpose: String,
    /// Smallest group of persons that anything shared may describe. For sums the provider counts before it opens
    /// anything; keys and sizes reach the recipient's node, which withholds a small group if it follows the protocol.
    pub min_group_size: u32,
    /// What people call the columns and divisions, for reports.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub captions: std::collections::BTreeMap<String, String>,
    /// The provider's table: its columns, how each is read and cleaned. Both sides clean alike.
    pub table: TableSpec,
}

/// `[psi]`: the terms of a private set intersection.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PsiTerms {
    /// The column, in the provider's table, whose values are intersected; where there are `keys`, the first of them.
    pub column: String,
    /// How both sides clean their keys.
    pub kind: ColumnKind,
    /// Who learns the intersection: the recipient alone, or both.
    pub learn: Learn,
    /// Ways to match a row, in the order in which they are tried, each one or more columns of `data.table` that
    /// must all be there and equal; by `column` alone where left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Vec<String>>,
    /// What becomes of several rows of one key.
    #[serde(default, skip_serializing_if = "Duplicates::is_once")]
    pub duplicates: Duplicates,
    /// The most rows of one key that count, where duplicates are counted or the result is `counts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<u32>,
    /// What is learnt: which keys are shared, or figures about them alone.
    #[serde(default)]
    pub result: PsiResult,
    /// The provider's whole-number columns that are summed over the shared keys, where `result` is `sums`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// Noise on the size, where `result` is `size`: what is told is (ε, δ)-differentially private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<yinshu_psi::noise::Privacy>,
    /// Most runs of this contract that are ever answered, counted in the provider's log; needed for sums and for
    /// noise, where every run tells more about single persons. Noise: the runs' ε add up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_runs: Option<u32>,
    /// The protocol; chosen by sizes and network where left open.
    #[serde(default)]
    pub protocol: PsiProtocol,
    /// What a party that breaks the protocol can do.
    #[serde(default)]
    pub security: Security,
    /// The cuts by which sets are divided into cells, none to two, where `result` is `regions`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Cut>,
    /// The key under which the provider's stored encoding was made (`yinshu psi prepare --show`), where the
    /// protocol is `unbalanced`: a provider that answers under another is caught.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding_key: Option<Digest>,
    /// Whether a base is kept, and what changed is asked about (`yinshu psi update`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incremental: bool,
    /// The provider's column whose value the recipient gets with each key that is shared, where the protocol is
    /// `unbalanced`: one of `data.table`, so that the catalogue must allow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// Most keys that the recipient may ask about in all its runs against one stored encoding, until the provider
    /// rotates its key, or in all updates of one base; repeats included. Required where the protocol is `unbalanced` or
    /// the contract `incremental`, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_total_keys: Option<u64>,
    /// Whether both sets are always divided on disk, whatever memory there is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partitioned: bool,
    /// Most keys the recipient may bring; where sets are divided, padding counts: a few in a hundred.
    pub max_recipient_keys: u64,
    /// Most keys the provider may bring.
    pub max_provider_keys: u64,
}

/// A column of the provider's that is summed over the shared keys. Every row with a key needs a value in it: what most
/// people do not have, and a column for each group, would open the value of the one who has it, however many match.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// The column in the provider's table.
    pub name: String,
    /// Width of its values in bits, 1 to 64, once they are whole numbers: each 16 cost time and traffic.
    pub bits: u32,
    /// Whether there are values below zero.
    #[serde(default)]
    pub signed: bool,
    /// Digits after the point: 2 for yuan and fen.
    #[serde(default)]
    pub decimals: u32,
}

/// What an intersection tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum PsiResult {
    /// Which keys are shared.
    #[default]
    Keys,
    /// How many are shared, and not which.
    Size,
    /// How many are shared, and the sums of the provider's values over them, and not which.
    Sums,
    /// How many pairs of rows have equal keys, and how many rows of each side have a partner: the rows of inner and
    /// outer joins, and not which.
    Counts,
    /// Among several: how many keys are in each intersection of their sets, cell by cell, and not which.
    Regions,
}

/// How an intersection is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum PsiProtocol {
    /// By what is quickest for the sizes and the network.
    #[default]
    Auto,
    /// Diffie–Hellman over ristretto255.
    Ecdh,
    /// Vector oblivious linear evaluation and an oblivious key-value store (Raghuraman and Rindal, 2022).
    Rr22,
    /// A stored encoding of the provider's large set, queried by a small one.
    Unbalanced,
}

/// What a party that breaks the protocol can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// It learns nothing more, and can make the result wrong.
    #[default]
    SemiHonest,
    /// It is caught.
    Malicious,
}

/// Who learns an intersection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learn {
    /// The recipient alone.
    Recipient,
    /// Both parties; among several, all.
    Both,
}

/// A contract file that parses and says something coherent; whether it may run is another matter.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What was agreed.
    pub terms: Terms,
    /// Digest of the bytes that are signed.
    pub digest: Digest,
    /// The signatures found in the file, not yet checked.
    pub signatures: Vec<Signed>,
    body: String,
}

impl Draft {
    /// Reads a contract file.
    pub fn read(path: &Path) -> Result<Self, ContractError> {
        let shown = path.display().to_string();
        let unreadable =
            |e: std::io::Error| ContractError::Unreadable { path: shown.clone(), reason: e.to_string() };
        let length = std::fs::metadata(path).map_err(unreadable)?.len();
        if length > MAX_BYTES {
            return Err(ContractError::TooLong { path: shown, bytes: length });
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let text = String::from_utf8(bytes).map_err(|_| ContractError::NotText { path: shown.clone() })?;
        Self::parse(&text, &shown)
    }

    /// Parses the text of a contract file; `path` is for messages.
    pub fn parse(text: &str, path: &str) -> Result<Self, ContractError> {
        // The last line of what is signed ends like every other, so that a signature can follow it.
        let text = &if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
        let (body, tail) = yinshu_audit::signed::split(text);
        let malformed = |e: toml::de::Error, offset: usize| ContractError::malformed(path, text, &e, offset);
        let terms: Terms = toml::from_str(body).map_err(|e| malformed(e, 0))?;
        let signatures = yinshu_audit::signed::signatures(tail).map_err(|e| malformed(e, body.len()))?;
        terms.check()?;
        Ok(Self { terms, digest: Digest::sha256(body.as_bytes()), signatures, body: body.to_owned() })
    }

    /// The words that are signed.
    pub fn text(&self) -> &str {
        &self.body
    }

    /// The same draft, if it asks a question in SQL, or if it does not.
    pub fn asking(self, asks: bool) -> Result<Self, ContractError> {
        if self.terms.query.is_some() == asks {
            return Ok(self);
        }
        let (found, wanted) = if asks { ("stats", "query") } else { ("query", "stats") };
        Err(ContractError::WrongScenario {
            contract: self.terms.contract.id,
            found: found.to_owned(),
            wanted: wanted.to_owned(),
        })
    }

    /// The same draft, if it is for this scenario.
    pub fn only(self, wanted: Scenario) -> Result<Self, ContractError> {
        let found = self.terms.contract.scenario;
        if found == wanted {
            return Ok(self);
        }
        Err(ContractError::WrongScenario {
            contract: self.terms.contract.id,
            found: found.word().to_owned(),
            wanted: wanted.word().to_owned(),
        })
    }

    /// The party of this role; the first where there are several.
    pub fn party(&self, role: Role) -> &Party {
        // `check` saw one of each.
        self.terms.parties.iter().find(|party| party.role == role).expect("a checked contract has both roles")
    }
}

impl Terms {
    /// Checks what the types cannot. Every refusal names the place.
    fn check(&self) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        if self.contract.format != FORMAT {
            return Err(ContractError::Format { found: self.contract.format, known: FORMAT });
        }
        if let Some(why) = bad_id(&self.contract.id) {
            return wrong("contract.id", why);
        }
        if self.contract.valid_from > self.contract.valid_until {
            return wrong("contract.valid_until", "it lies before valid_from");
        }
        for (place, text) in self.elements.all() {
            if text.trim().is_empty() {
                return wrong(place, "the element is required for approval and is empty");
            }
        }
        self.check_parties()?;
        if self.data.min_group_size == 0 {
            return wrong("data.min_group_size", "the smallest group is one person or more");
        }
        let found = (&self.origin, &self.psi, &self.stats, &self.query, &self.reports);
        match (self.contract.scenario, found) {
            (Scenario::OriginVerify, (Some(origin), None, None, None, None)) => self.check_origin(origin),
            (Scenario::Psi, (None, Some(psi), None, None, None)) if !self.has_column(&psi.column) => {
                wrong("psi.column", "data.table has no such column")
            }
            (Scenario::Psi, (None, Some(psi), None, None, None)) => self.check_psi(psi),
            (Scenario::Stats, (None, None, Some(stats), None, None)) => self.check_stats(stats),
            (Scenario::Stats, (None, None, None, Some(query), None)) => self.check_query(query),
            (Scenario::Reports, (None, None, None, None, Some(reports))) => self.check_reports(reports),
            _ => wrong("contract.scenario", "exactly the section of the scenario must be there"),
        }
    }

    fn has_column(&self, name: &str) -> bool {
        self.data.table.columns.iter().any(|column| column.name == name)
    }
}

/// The longest id, in bytes.
const MAX_ID: usize = 128;

/// Why an id is none. The audit log writes what does not print as something else and cuts what is long,
/// and quotas are counted by the id as the log has it: an id must stand there as it is.
fn bad_id(id: &str) -> Option<&'static str> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    match id {
        _ if id.trim().is_empty() || id.trim() != id => Some("it is empty, or begins or ends with a blank"),
        _ if id.len() > MAX_ID => Some("it is longer than 128 bytes"),
        _ if id.chars().any(hidden) => Some("it holds characters that do not print"),
        _ => None,
    }
}

impl Elements {
    /// The six, with their place in the file.
    pub fn all(&self) -> [(&'static str, &str); 6] {
        [
            ("elements.content", &self.content),
            ("elements.scope", &self.scope),
            ("elements.period", &self.period),
            ("elements.transport", &self.transport),
            ("elements.controls", &self.controls),
            ("elements.review", &self.review),
        ]
    }
}

#[cfg(test)]
mod tests;

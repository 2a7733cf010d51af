//! What can be wrong with a returned batch: thirteen kinds under four headings.
//!
//! A [`Defect`] names one row, cell, column or file. The list of defects stays with the county (it
//! holds full keys); what travels is the [`crate::report::Report`], which holds counts only.

use serde::{Deserialize, Serialize};
use std::fmt;
use yinshu_crypto::hash::Digest;

/// The four quality headings of a verification report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Heading {
    /// 完整性: is everything there?
    Completeness,
    /// 一致性: is it what the contract and the manifest say, and only that?
    Consistency,
    /// 准确性: is it right?
    Accuracy,
    /// 时效性: is it fresh?
    Timeliness,
}

impl Heading {
    /// All four, in the order of a report.
    pub const ALL: [Self; 4] = [Self::Completeness, Self::Consistency, Self::Accuracy, Self::Timeliness];
}

/// A kind of defect. In JSON: kebab-case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefectKind {
    /// Rows of a division on a day are not as many as the manifest says.
    CountMismatch,
    /// A local resident whom the source holds was not returned (found privately).
    MissingResident,
    /// A column of the contract is not in a file.
    MissingColumn,
    /// A row of a division that is not ours, old codes of merged divisions counted as ours.
    SurplusRow,
    /// A column that the contract does not allow.
    SurplusColumn,
    /// A row that repeats an earlier one in every column.
    DuplicateRow,
    /// A row with the key of an earlier one and other content.
    DuplicateKey,
    /// The birth date is not the one in the identifier (rule R11).
    BirthMismatch,
    /// The key cannot be used: lost digits, a wrong check character, none at all.
    InvalidKey,
    /// A field is not what the county's own table says.
    FieldDiffersLocal,
    /// A field is no longer what the source says (found privately).
    FieldDiffersSource,
    /// A file whose newest row is older than the promised cadence allows.
    StaleFile,
    /// A returned row whose key the source no longer holds (found privately).
    GoneFromSource,
}

impl DefectKind {
    /// All thirteen, in the order of a report.
    pub const ALL: [Self; 13] = [
        Self::CountMismatch,
        Self::MissingResident,
        Self::MissingColumn,
        Self::SurplusRow,
        Self::SurplusColumn,
        Self::DuplicateRow,
        Self::DuplicateKey,
        Self::BirthMismatch,
        Self::InvalidKey,
        Self::FieldDiffersLocal,
        Self::FieldDiffersSource,
        Self::StaleFile,
        Self::GoneFromSource,
    ];

    /// The heading it is reported under.
    pub fn heading(self) -> Heading {
        match self {
            Self::CountMismatch | Self::MissingResident | Self::MissingColumn => Heading::Completeness,
            Self::SurplusRow
            | Self::SurplusColumn
            | Self::DuplicateRow
            | Self::DuplicateKey
            | Self::BirthMismatch => Heading::Consistency,
            Self::InvalidKey | Self::FieldDiffersLocal | Self::FieldDiffersSource => Heading::Accuracy,
            Self::StaleFile | Self::GoneFromSource => Heading::Timeliness,
        }
    }

    /// Whether it can be found only together with the provider.
    pub fn is_private(self) -> bool {
        matches!(self, Self::MissingResident | Self::FieldDiffersSource | Self::GoneFromSource)
    }

    /// The name used in files, such as `surplus-row`.
    pub fn name(self) -> &'static str {
        match self {
            Self::CountMismatch => "count-mismatch",
            Self::MissingResident => "missing-resident",
            Self::MissingColumn => "missing-column",
            Self::SurplusRow => "surplus-row",
            Self::SurplusColumn => "surplus-column",
            Self::DuplicateRow => "duplicate-row",
            Self::DuplicateKey => "duplicate-key",
            Self::BirthMismatch => "birth-mismatch",
            Self::InvalidKey => "invalid-key",
            Self::FieldDiffersLocal => "field-differs-local",
            Self::FieldDiffersSource => "field-differs-source",
            Self::StaleFile => "stale-file",
            Self::GoneFromSource => "gone-from-source",
        }
    }
}

impl fmt::Display for DefectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What was expected and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Detail {
    /// Nothing more to say.
    #[default]
    None,
    /// Row counts.
    Counts {
        /// What the manifest says.
        promised: u64,
        /// What the files hold.
        found: u64,
    },
    /// The cleaning rule that refused or flagged a value.
    Rule {
        /// Rule number, such as `R04`.
        rule: String,
        /// The value, masked.
        masked: String,
    },
    /// The earlier row with the same key.
    Repeats {
        /// File of the earlier row.
        file: String,
        /// Row number of the earlier row.
        row: u64,
    },
    /// Two values that should be the same; the source's value is never known, so it is never here.
    Values {
        /// The returned value.
        returned: Option<String>,
        /// The county's own value.
        local: Option<String>,
    },
    /// The returned value that the source no longer holds.
    Returned {
        /// The value.
        value: Option<String>,
    },
    /// A file's newest update and the first day that would have been fresh enough.
    Age {
        /// Newest update in the file, as `YYYY-MM-DD`; none if no row has one.
        newest: Option<String>,
        /// The first day that would have been fresh enough, as `YYYY-MM-DD`.
        fresh_from: String,
    },
}

/// One defect. Which fields are set depends on the kind: see [`crate::truth`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    /// What is wrong.
    pub kind: DefectKind,
    /// Name of the file within the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Physical record number in the file, from 1, header included: what Excel shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Column, by its canonical name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Division code, six digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<String>,
    /// Day, as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// The full key; of several key columns, joined by `|`. A file with keys stays with the county.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Digest of the canonical row, for an objection: see [`crate::row_digest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_digest: Option<Digest>,
    /// What was expected and what was found.
    #[serde(default)]
    pub detail: Detail,
}

impl Defect {
    /// A defect of `kind` with nothing else set.
    pub fn new(kind: DefectKind) -> Self {
        Self {
            kind,
            file: None,
            row: None,
            column: None,
            division: None,
            day: None,
            key: None,
            row_digest: None,
            detail: Detail::None,
        }
    }
}

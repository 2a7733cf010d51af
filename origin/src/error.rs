//! What can stop a verification. A defect of the data is not an error: see [`crate::defect`].

use serde::Serialize;
use yinshu_net::Fault;

/// Why a verification could not be done.
#[derive(Debug, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum VerifyError {
    /// The terms contradict themselves.
    #[error("the terms name {column} as {role}, and that column is not among the contract's columns")]
    TermsColumn {
        /// The column named.
        column: String,
        /// What it is named as: `key`, `division`, `private field` and so on.
        role: String,
    },
    /// The terms lack something without which nothing can be verified.
    #[error("the terms give no {what}")]
    TermsMissing {
        /// What is missing.
        what: String,
    },
    /// The terms hold a value that makes no sense.
    #[error("the terms say {value} for {what}, which cannot be")]
    TermsValue {
        /// Of what.
        what: String,
        /// The value.
        value: String,
    },
    /// A table lacks a column that the terms need.
    #[error("{table} has no column {column}")]
    NoColumn {
        /// The table or file.
        table: String,
        /// The column.
        column: String,
    },
    /// A batch whose columns are not text.
    #[error("column {column} of {table} is not text")]
    NotText {
        /// The table or file.
        table: String,
        /// The column.
        column: String,
    },
    /// A batch whose row numbers are not as many as its rows.
    #[error("a batch of {table} has {rows} rows and {numbers} row numbers")]
    RowNumbers {
        /// The table or file.
        table: String,
        /// Rows.
        rows: u64,
        /// Row numbers.
        numbers: u64,
    },
    /// More rows, files or text than can be held.
    #[error("{what}: {found} is more than the {limit} that can be handled")]
    TooMany {
        /// What there is too much of.
        what: String,
        /// How many there are.
        found: u64,
        /// How many there may be.
        limit: u64,
    },
    /// The table could not be read.
    #[error("{table} could not be read: {reason}")]
    Table {
        /// The table or file.
        table: String,
        /// The code of the reading error.
        reading: u16,
        /// What the reader said.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The path.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// The index of the last batch is not one, was cut short, or was made with another secret.
    #[error("{path} is not an index of an earlier batch that this node wrote: {reason}")]
    BadIndex {
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More would be asked than the contract allows.
    #[error("{asked} tokens would be asked in section {section}, and the contract allows {quota}")]
    OverQuota {
        /// `key`, or a private field.
        section: String,
        /// How many would be asked.
        asked: u64,
        /// How many the contract allows.
        quota: u64,
    },
    /// The private matching failed.
    #[error("the private half failed: {reason}")]
    Private {
        /// The code of the matching error.
        matching: u16,
        /// What it said.
        reason: String,
        /// Whose fault it was.
        fault: Fault,
    },
}

impl VerifyError {
    /// The code to read over the telephone.
    pub fn code(&self) -> u16 {
        match self {
            Self::TermsColumn { .. } => 5101,
            Self::TermsMissing { .. } => 5102,
            Self::TermsValue { .. } => 5103,
            Self::NoColumn { .. } => 5111,
            Self::NotText { .. } => 5112,
            Self::RowNumbers { .. } => 5113,
            Self::TooMany { .. } => 5114,
            Self::Table { .. } => 5115,
            Self::File { .. } => 5121,
            Self::BadIndex { .. } => 5122,
            Self::OverQuota { .. } => 5131,
            Self::Private { .. } => 5132,
        }
    }

    /// Whose fault it was.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Private { fault, .. } => fault.clone(),
            _ => Fault::Local,
        }
    }

    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), reason: error.to_string() }
    }
}

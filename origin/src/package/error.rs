//! Why a package is refused or cannot be made.

use jiff::Timestamp;
use serde::Serialize;
use std::io;
use std::path::Path;
use yinshu_crypto::hash::Digest;

/// Why a package is refused (5001 to 5029) or cannot be made (5030 to 5049).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PackageError {
    /// A file's bytes are not those the manifest names.
    #[error("{file} was changed: its SHA-256 is {actual}, the manifest says {expected}")]
    ChangedFile {
        /// The file.
        file: String,
        /// By the manifest.
        expected: Digest,
        /// As found.
        actual: Digest,
    },
    /// A file has another length than the manifest names.
    #[error("{file} has {actual} bytes or more, the manifest says {expected}")]
    ChangedLength {
        /// The file.
        file: String,
        /// By the manifest.
        expected: u64,
        /// As found; reading stops one byte past what was expected.
        actual: u64,
    },
    /// A file that the manifest names, or the manifest or its signature, is not there.
    #[error("{file} is missing from the package")]
    MissingFile {
        /// The file.
        file: String,
    },
    /// A file that the manifest does not name.
    #[error("{file} is in the package and not in its manifest")]
    ExtraFile {
        /// The file.
        file: String,
    },
    /// The package is for somebody else.
    #[error("the package is for {recipient}, and this is {me}")]
    WrongRecipient {
        /// By the manifest.
        recipient: String,
        /// Who opens it.
        me: String,
    },
    /// The package has expired.
    #[error("the package expired at {expires}")]
    Expired {
        /// The end of its life.
        expires: Timestamp,
        /// Now.
        now: Timestamp,
    },
    /// The package's issue lies in the future.
    #[error("the package was issued at {issued}, which has not come yet")]
    NotYetValid {
        /// When it says it was issued.
        issued: Timestamp,
        /// Now.
        now: Timestamp,
    },
    /// The signature does not verify.
    #[error("the manifest was changed: its signature does not verify")]
    BadSignature,
    /// The signature file is not one.
    #[error("manifest.sig is not a signature: {detail}")]
    MalformedSignature {
        /// Why.
        detail: String,
    },
    /// The key that signed is not of any known provider.
    #[error("the package is signed by {key}, which is not the key of a known provider")]
    UnknownProvider {
        /// The key.
        key: String,
    },
    /// The key belongs to another party than the manifest names as provider.
    #[error("the manifest names {provider} as provider, and {signer} signed it")]
    WrongProvider {
        /// By the manifest.
        provider: String,
        /// Whose key signed.
        signer: String,
    },
    /// The manifest does not parse, or is not spelled as a manifest is written.
    #[error("the manifest is malformed: {detail}")]
    MalformedManifest {
        /// Why.
        detail: String,
    },
    /// The manifest has a format that this version does not know.
    #[error("the manifest has format {found}; this version knows format {known}")]
    UnknownFormat {
        /// By the manifest.
        found: u64,
        /// The one known.
        known: u32,
    },
    /// A file name that could lead out of the package or that some system reads differently.
    #[error("{file:?} is no name for a file in a package: {detail}")]
    UnsafeName {
        /// The name.
        file: String,
        /// Why not.
        detail: String,
    },
    /// Two files have one name, at least on systems that do not tell capitals apart.
    #[error("the manifest names {file:?} twice")]
    DuplicateName {
        /// The name.
        file: String,
    },
    /// A number in the manifest, or its size, is beyond every limit.
    #[error("{what} is {found}; {limit} is the most")]
    TooLarge {
        /// Of what.
        what: String,
        /// As found.
        found: u64,
        /// The most allowed.
        limit: u64,
    },
    /// Something in the folder is a link, a folder or a device where a plain file belongs.
    #[error("{file} is not a plain file")]
    NotAFile {
        /// What.
        file: String,
    },
    /// There is no such folder.
    #[error("{path} is not a folder that holds a package")]
    NotAPackage {
        /// The path.
        path: String,
    },
    /// Reading or writing failed.
    #[error("cannot read or write {path}: {detail}")]
    Io {
        /// The path.
        path: String,
        /// The system's words.
        detail: String,
    },
    /// The folder to be made exists already.
    #[error("{path} exists already")]
    Exists {
        /// The path.
        path: String,
    },
    /// What the package is to say contradicts itself.
    #[error("the package's terms are wrong: {detail}")]
    BadTerms {
        /// How.
        detail: String,
    },
    /// A file lacks a column that the terms name.
    #[error("{file} has no column {column}")]
    NoColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// A file is no table.
    #[error("{file} cannot be read as a table: {detail}")]
    Table {
        /// The file.
        file: String,
        /// The reader's code (2xxx).
        reading: u16,
        /// The reader's words.
        detail: String,
    },
}

impl PackageError {
    /// The code to read over the telephone.
    pub fn code(&self) -> u16 {
        match self {
            Self::ChangedFile { .. } => 5001,
            Self::MissingFile { .. } => 5002,
            Self::ExtraFile { .. } => 5003,
            Self::WrongRecipient { .. } => 5004,
            Self::Expired { .. } => 5005,
            Self::NotYetValid { .. } => 5006,
            Self::BadSignature => 5007,
            Self::UnknownProvider { .. } => 5008,
            Self::WrongProvider { .. } => 5009,
            Self::MalformedManifest { .. } => 5010,
            Self::UnknownFormat { .. } => 5011,
            Self::UnsafeName { .. } => 5012,
            Self::DuplicateName { .. } => 5013,
            Self::TooLarge { .. } => 5014,
            Self::NotAFile { .. } => 5015,
            Self::NotAPackage { .. } => 5016,
            Self::MalformedSignature { .. } => 5017,
            Self::ChangedLength { .. } => 5018,
            Self::Io { .. } => 5030,
            Self::Exists { .. } => 5031,
            Self::BadTerms { .. } => 5032,
            Self::NoColumn { .. } => 5033,
            Self::Table { .. } => 5034,
        }
    }

    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        Self::Io { path: path.display().to_string(), detail: error.to_string() }
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::MalformedManifest { detail: detail.into() }
    }
}

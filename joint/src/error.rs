//! What can go wrong here, each case with a stable code in 9001..=9099, and 9500..=9539 for SQL across departments.

use serde::Serialize;
use serde_json::{Map, Value};
use std::path::Path;
use yinshu_data::DataError;

/// A refusal or a failure.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JointError {
    /// The command line cannot be understood.
    #[error("{reason}")]
    Usage {
        /// What is wrong with it.
        reason: String,
    },
    /// The folder for the result holds something already.
    #[error("{path} is not empty")]
    OutTaken {
        /// The folder.
        path: String,
    },
    /// No table was given, or a folder without any.
    #[error("{path} holds no table (*.csv, *.tsv, *.txt, *.xlsx, *.parquet)")]
    NoTables {
        /// The folder.
        path: String,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {reason}")]
    Files {
        /// The path.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// A contract, a configuration or the description of a source cannot be used.
    #[error("{path} cannot be used: {reason}")]
    Description {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A table cannot be used: what `data` found, under its own code.
    #[error("{english}")]
    Table {
        /// The code of the [`DataError`].
        inner: u16,
        /// Its sentence.
        english: String,
        /// Its fields.
        fields: Map<String, Value>,
    },
    /// A source that only this machine can read was to be read on a cluster.
    #[error("{source_kind} is read over one connection and not on a cluster")]
    NotOnCluster {
        /// `postgres` or `mysql`.
        source_kind: String,
    },
    /// The scheduler does not answer.
    #[error("the scheduler {scheduler} does not answer: {reason}")]
    Unreachable {
        /// Its address.
        scheduler: String,
        /// What the network said.
        reason: String,
    },
    /// The cluster gave up the work.
    #[error("the cluster of {scheduler} could not finish: {reason}")]
    ClusterFailed {
        /// The scheduler's address.
        scheduler: String,
        /// What it said.
        reason: String,
    },
    /// What the executors wrote is not where it should be.
    #[error("{path} is not there: the executors do not share this folder")]
    NotShared {
        /// What is missing.
        path: String,
    },
    /// The plan failed here.
    #[error("the plan failed: {reason}")]
    Failed {
        /// What the engine said.
        reason: String,
    },
    /// The memory given is too little.
    #[error("the memory given is too little: {reason}")]
    Memory {
        /// What the engine said.
        reason: String,
    },
    /// `[query]` of the contract cannot be used.
    #[error("{place}: {reason}")]
    Terms {
        /// Where in it.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// The question is no SQL, or names what is not there.
    #[error("the question cannot be understood: {reason}")]
    Sql {
        /// What the parser said.
        reason: String,
    },
    /// The question asks for what no plan can say.
    #[error("{found} is not supported ({construct})")]
    Unsupported {
        /// What.
        construct: String,
        /// As it stands in the question.
        found: String,
    },
    /// A column is put to a use that its owner does not allow.
    #[error("{column} of {owner} is for {constraint}, and not for {wanted}")]
    NotAllowed {
        /// The column, with its table.
        column: String,
        /// Its owner.
        owner: String,
        /// What the owner allows.
        constraint: String,
        /// What the question does with it.
        wanted: String,
    },
    /// Neither side of a join has each key once.
    #[error("neither side of the join of {left} and {right} is known to have each key once")]
    NotUnique {
        /// The keys of the left side.
        left: String,
        /// Those of the right side.
        right: String,
    },
    /// A value or a sum could leave 64 bits.
    #[error("{expression} could leave 64 bits: {least} to {greatest}")]
    Overflow {
        /// Which.
        expression: String,
        /// The least it could be.
        least: String,
        /// The greatest.
        greatest: String,
    },
    /// A number without declared bounds would be computed with.
    #[error("{column} has no min and max")]
    NoBounds {
        /// The column, with its table.
        column: String,
    },
    /// An expression cannot be computed across tables.
    #[error("{expression} cannot be computed across tables")]
    NotSecure {
        /// Which.
        expression: String,
    },
    /// A text is compared that the column cannot be.
    #[error("{value} is none of the values of {column}")]
    NoSuchValue {
        /// The text.
        value: String,
        /// The column.
        column: String,
    },
    /// There could be too many groups.
    #[error("{key} could make {groups} groups, and {most} are the most")]
    TooManyGroups {
        /// By what.
        key: String,
        /// How many.
        groups: u64,
        /// How many there may be.
        most: u64,
    },
    /// A join compares columns of different kinds.
    #[error("{left} and {right} are of different kinds")]
    KeyKinds {
        /// One column.
        left: String,
        /// The other.
        right: String,
    },
    /// The contract has no such table.
    #[error("there is no table {table}")]
    NoSuchTable {
        /// The name.
        table: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A table comes in more than once, and it was not said which is meant.
    #[error("{table} comes in more than once")]
    ManyInputs {
        /// Its name.
        table: String,
        /// The numbers under which it comes in.
        inputs: Vec<usize>,
    },
    /// A cell is empty that must not be.
    #[error("{table}: row {row} has nothing in {column}")]
    CellMissing {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The row in the file.
        row: u64,
    },
    /// A number is not within its bounds.
    #[error("{table}: row {row} has a {column} that is not within {least} and {greatest}")]
    CellRange {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The row in the file.
        row: u64,
        /// The least.
        least: String,
        /// The greatest.
        greatest: String,
    },
    /// A cell is not of its column's kind: no number, infinite, no date.
    #[error("{table}: row {row} has a {column} that is not of its kind")]
    CellKind {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The row in the file.
        row: u64,
    },
    /// A text is none of the list.
    #[error("{table}: row {row} has a {column} that is none of its values")]
    CellValue {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The row in the file.
        row: u64,
    },
    /// More rows come out than the contract allows.
    #[error("{table} has more than {most} rows")]
    TooManyRows {
        /// The table.
        table: String,
        /// How many there may be.
        most: u64,
    },
    /// The owner's own part failed.
    #[error("the own part of {table} failed: {reason}")]
    LocalFailed {
        /// The table.
        table: String,
        /// What the engine said.
        reason: String,
    },
    /// Stopped by Ctrl-C.
    #[error("interrupted")]
    Interrupted {},
}

impl JointError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::Usage { .. } => 9001,
            Self::OutTaken { .. } => 9002,
            Self::NoTables { .. } => 9003,
            Self::Files { .. } => 9004,
            Self::Description { .. } => 9005,
            Self::Table { .. } => 9006,
            Self::NotOnCluster { .. } => 9007,
            Self::Unreachable { .. } => 9010,
            Self::ClusterFailed { .. } => 9011,
            Self::NotShared { .. } => 9012,
            Self::Failed { .. } => 9020,
            Self::Memory { .. } => 9021,
            Self::Interrupted {} => 9022,
            Self::Terms { .. } => 9500,
            Self::Sql { .. } => 9501,
            Self::Unsupported { .. } => 9502,
            Self::NotAllowed { .. } => 9503,
            Self::NotUnique { .. } => 9504,
            Self::Overflow { .. } => 9505,
            Self::NoBounds { .. } => 9506,
            Self::NotSecure { .. } => 9507,
            Self::NoSuchValue { .. } => 9508,
            Self::TooManyGroups { .. } => 9509,
            Self::KeyKinds { .. } => 9510,
            Self::NoSuchTable { .. } => 9511,
            Self::ManyInputs { .. } => 9512,
            Self::CellMissing { .. } => 9520,
            Self::CellRange { .. } => 9521,
            Self::CellKind { .. } => 9522,
            Self::CellValue { .. } => 9523,
            Self::TooManyRows { .. } => 9524,
            Self::LocalFailed { .. } => 9525,
        }
    }

    /// The code that people see: that of the table's own problem where it is one.
    #[must_use]
    pub fn shown_code(&self) -> u16 {
        if let Self::Table { inner, .. } = self { *inner } else { self.code() }
    }

    /// How the process ends, as of `yinshu`: 2 command line, 3 data, 4 network, 6 files, 70 a defect, 130 Ctrl-C.
    #[must_use]
    pub fn exit(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::NoTables { .. } | Self::Description { .. } => 2,
            Self::OutTaken { .. } | Self::NotOnCluster { .. } | Self::Memory { .. } => 2,
            Self::Table { inner: 2001..=2003, .. } | Self::Files { .. } | Self::NotShared { .. } => 6,
            Self::Table { inner: 2016..=2022, .. } => 2,
            Self::Table { inner: 2023, .. } | Self::Unreachable { .. } | Self::ClusterFailed { .. } => 4,
            Self::Table { .. } => 3,
            Self::Terms { .. } | Self::Sql { .. } | Self::Unsupported { .. } | Self::NotAllowed { .. } => 2,
            Self::NotUnique { .. } | Self::Overflow { .. } | Self::NoBounds { .. } => 2,
            Self::NotSecure { .. } | Self::NoSuchValue { .. } | Self::TooManyGroups { .. } => 2,
            Self::KeyKinds { .. } | Self::NoSuchTable { .. } | Self::ManyInputs { .. } => 2,
            Self::CellMissing { .. } | Self::CellRange { .. } | Self::CellKind { .. } => 3,
            Self::CellValue { .. } | Self::TooManyRows { .. } | Self::LocalFailed { .. } => 3,
            Self::Failed { .. } => 70,
            Self::Interrupted {} => 130,
        }
    }

    pub(crate) fn files(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |error| Self::Files { path, reason: error.to_string() }
    }
}

impl From<DataError> for JointError {
    fn from(error: DataError) -> Self {
        let fields = yinshu_beside::fields(&error);
        Self::Table { inner: error.code(), english: error.to_string(), fields }
    }
}

//! What can go wrong here, each case with a stable code in 9001..=9099.

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
        let fields = match serde_json::to_value(&error) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        Self::Table { inner: error.code(), english: error.to_string(), fields }
    }
}

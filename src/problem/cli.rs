//! What goes wrong in the shell around the work: the command line, files, configuration as text.

use super::{Coded, Problem};
use serde::Serialize;

/// Errors of the command line itself, and of the files it names.
#[derive(Debug, Clone, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CliError {
    /// An option that the command does not have.
    #[error("unknown option {given}")]
    UnknownOption {
        /// As typed.
        given: String,
        /// The nearest option there is, or nothing.
        nearest: String,
        /// The command's usage line.
        usage: String,
    },
    /// A command that does not exist.
    #[error("unknown command {given}")]
    UnknownCommand {
        /// As typed.
        given: String,
        /// The nearest command there is, or nothing.
        nearest: String,
        /// The commands there are.
        commands: Vec<String>,
    },
    /// A value that the option does not take.
    #[error("{option} does not take the value {given:?}")]
    BadValue {
        /// The option.
        option: String,
        /// As typed.
        given: String,
        /// What would be right, or why this is wrong.
        expected: String,
    },
    /// A required option or file is missing.
    #[error("missing: {}", missing.join(", "))]
    MissingOption {
        /// What is missing.
        missing: Vec<String>,
        /// The command's usage line.
        usage: String,
    },
    /// A command that needs a subcommand was given none.
    #[error("a command is missing")]
    MissingCommand {
        /// The commands there are.
        commands: Vec<String>,
    },
    /// Two options that cannot stand together, or one that stands twice.
    #[error("{option} cannot stand together with {other}")]
    Conflict {
        /// One.
        option: String,
        /// The other.
        other: String,
    },
    /// Too many or too few values.
    #[error("{option} was given a wrong number of values")]
    WrongCount {
        /// The option.
        option: String,
        /// The command's usage line.
        usage: String,
    },
    /// Any other fault of the command line.
    #[error("the command line cannot be read: {reason}")]
    BadCommandLine {
        /// What the parser said.
        reason: String,
    },
    /// `errors` was asked for a code that does not exist.
    #[error("there is no error code {given}")]
    NoSuchCode {
        /// As typed.
        given: String,
    },
    /// A configuration file has a key that does not exist.
    #[error("{place}: unknown key {key:?}")]
    UnknownKey {
        /// `file:line`.
        place: String,
        /// As written.
        key: String,
        /// The nearest known key, or nothing.
        nearest: String,
        /// The keys known there.
        known: Vec<String>,
    },
    /// A configuration file lacks a key.
    #[error("{place}: the key {key:?} is missing")]
    MissingKey {
        /// `file:line`.
        place: String,
        /// The key.
        key: String,
    },
    /// A configuration file gives a key a value it cannot have.
    #[error("{place}: {reason}")]
    BadSetting {
        /// `file:line`.
        place: String,
        /// What the parser said.
        reason: String,
    },
    /// A configuration file is not TOML.
    #[error("{place}: not TOML: {reason}")]
    NotToml {
        /// `file:line`.
        place: String,
        /// What the parser said.
        reason: String,
    },
    /// A configuration file names a choice that does not exist.
    #[error("{place}: unknown value {value:?}")]
    UnknownChoice {
        /// `file:line`.
        place: String,
        /// As written.
        value: String,
        /// The nearest known value, or nothing.
        nearest: String,
        /// The values known there.
        known: Vec<String>,
    },
    /// A file or folder to be made is there already.
    #[error("{path} already exists")]
    Exists {
        /// What stands in the way.
        path: String,
    },
    /// A party name that is not one.
    #[error("{name:?} is not a party name")]
    BadPartyName {
        /// As typed.
        name: String,
    },
    /// One person was given two roles.
    #[error("one person cannot be both {first} and {second}")]
    OnePersonTwoRoles {
        /// A role.
        first: String,
        /// Another.
        second: String,
    },
    /// A public key that is not one.
    #[error("{given} is neither a public key nor a file that holds one")]
    BadPublicKey {
        /// As typed.
        given: String,
    },
    /// A file could not be read.
    #[error("{path} cannot be read: {reason}")]
    Reading {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// A file could not be written.
    #[error("{path} cannot be written: {reason}")]
    Writing {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The disk is full.
    #[error("no room left on the disk for {path}")]
    DiskFull {
        /// The file.
        path: String,
    },
    /// A program that does the work of a command is not there.
    #[error("{program} is not at {path}")]
    ProgramMissing {
        /// Its name.
        program: String,
        /// Where it was looked for.
        path: String,
    },
    /// Two arguments name the same file, which would overwrite one.
    #[error("{path} would be overwritten")]
    SameFile {
        /// The file.
        path: String,
    },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// A step of the demonstration failed; its own message stands above.
    #[error("the step `yinshu {command}` failed")]
    StepFailed {
        /// The step.
        command: String,
        /// How its process ended.
        exit: Option<i32>,
    },
    /// A defect of this program.
    #[error("a defect in yinshu: {what}")]
    Internal {
        /// One English sentence for whoever repairs it.
        what: String,
    },
}

impl CliError {
    /// The stable code.
    pub fn code(&self) -> u16 {
        match self {
            Self::UnknownOption { .. } => 1001,
            Self::UnknownCommand { .. } => 1002,
            Self::BadValue { .. } => 1003,
            Self::MissingOption { .. } => 1004,
            Self::MissingCommand { .. } => 1005,
            Self::Conflict { .. } => 1006,
            Self::WrongCount { .. } => 1007,
            Self::BadCommandLine { .. } => 1008,
            Self::NoSuchCode { .. } => 1009,
            Self::UnknownKey { .. } => 1021,
            Self::MissingKey { .. } => 1022,
            Self::BadSetting { .. } => 1023,
            Self::NotToml { .. } => 1024,
            Self::UnknownChoice { .. } => 1025,
            Self::Exists { .. } => 1031,
            Self::BadPartyName { .. } => 1032,
            Self::OnePersonTwoRoles { .. } => 1033,
            Self::BadPublicKey { .. } => 1034,
            Self::Reading { .. } => 1061,
            Self::Writing { .. } => 1062,
            Self::DiskFull { .. } => 1063,
            Self::SameFile { .. } => 1064,
            Self::ProgramMissing { .. } => 1065,
            Self::Interrupted => 1098,
            Self::StepFailed { .. } => 1097,
            Self::Internal { .. } => 1099,
        }
    }
}

impl Coded for CliError {
    fn code(&self) -> u16 {
        Self::code(self)
    }
}

impl Problem {
    /// Ctrl-C.
    pub fn interrupted() -> Self {
        CliError::Interrupted.into()
    }
}

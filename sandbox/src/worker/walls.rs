//! What shuts a worker in, put up by itself before it touches data and never taken down again.
//!
//! | wall | what it keeps from |
//! |---|---|
//! | limits of the kernel | more memory, processor time and larger files than the policy allows; core dumps |
//! | Landlock | every file but the tables it was given, for reading, and its own folder; TCP; signals and abstract sockets outside |
//! | seccomp | every system call that counting does not need: sockets, programs, processes, traces, other files' handles |
//! | no new privileges | programs that are somebody else's when they run |
//!
//! # Security
//! All of them are allow-lists. They are put up while there is a single thread, so that none is outside of them. A call that
//! seccomp does not know ends the process; a file that Landlock does not know cannot be opened. Memory is limited as
//! data, all that the process can write to: what two processes could share cannot be mapped at all, so nothing is
//! beside it. Processes cannot be started (`clone` makes threads and nothing else), and so need not be counted; threads each
//! need memory. Pages cannot be made to run, but for compiled programs.
//!
//! Handles that whoever started the room left open without saying that they end with it come into the worker with it: a call
//! upon one of them ends the worker. Kernels know Landlock to different degrees; what one knows is put up, and one that does
//! not know it at all, or no seccomp, is refused, unless the operator has put `walls = "where-there-are"` into `room.toml`.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod limits;

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What happens where the machine cannot shut a worker in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strictness {
    /// It does not work.
    #[default]
    All,
    /// It works within the walls that there are: for machines on which nothing is at stake.
    WhereThereAre,
}

impl Strictness {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::WhereThereAre => "where-there-are",
        }
    }

    /// That of a word.
    pub(super) fn named(word: &str) -> Option<Self> {
        [Self::All, Self::WhereThereAre].into_iter().find(|known| known.word() == word)
    }
}

/// What a worker may use behind its walls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Yard<'a> {
    /// Files that may be read.
    pub(crate) files: &'a [PathBuf],
    /// The folder that may be written in.
    pub(crate) folder: &'a Path,
    /// Of processor time on each core.
    pub(crate) seconds: u64,
    /// Of memory, in MiB.
    pub(crate) memory_mib: u64,
    /// Of each file, in MiB.
    pub(crate) spill_mib: u64,
    /// Whether programs are compiled, so that pages are made to run.
    pub(crate) compiles: bool,
}

/// Puts the walls up around this process, which has a single thread.
///
/// # Errors
/// Which wall cannot be put up, for the operator.
#[cfg(target_os = "linux")]
pub(crate) fn enter(yard: &Yard<'_>, strictness: Strictness) -> Result<(), String> {
    let stands = |wall: Result<(), String>| match strictness {
        Strictness::All => wall,
        Strictness::WhereThereAre => Ok(()),
    };
    // Once files are shut out, nothing says any longer which handles there are.
    let strangers = calls::strangers();
    stands(limits::set(yard))?;
    stands(files::shut(yard))?;
    stands(strangers.and_then(|strangers| calls::shut(yard, &strangers)))
}

/// Puts a wall up around a program that speaks with a network: of the files there are those of the system that it needs to run,
/// and the folder that it may write in.
///
/// # Errors
/// As [`enter`].
#[cfg(target_os = "linux")]
pub(super) fn enclose(folder: &Path, program: &Path, strictness: Strictness) -> Result<(), String> {
    match (files::enclose(folder, program), strictness) {
        (Err(missing), Strictness::All) => Err(missing),
        _ => Ok(()),
    }
}

/// Walls are Linux's.
///
/// # Errors
/// There are none here.
#[cfg(not(target_os = "linux"))]
pub(super) fn enclose(_: &Path, _: &Path, strictness: Strictness) -> Result<(), String> {
    enter_elsewhere(strictness)
}

/// Walls are Linux's.
///
/// # Errors
/// There are none here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn enter(_: &Yard<'_>, strictness: Strictness) -> Result<(), String> {
    enter_elsewhere(strictness)
}

#[cfg(not(target_os = "linux"))]
fn enter_elsewhere(strictness: Strictness) -> Result<(), String> {
    match strictness {
        Strictness::All => Err("this operating system has neither Landlock nor seccomp".to_owned()),
        Strictness::WhereThereAre => Ok(()),
    }
}

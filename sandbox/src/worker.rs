//! The worker: a process of its own in which questions run, that is shut in and can be killed at any moment.
//!
//! ```text
//! the room                                                the worker: the same program, called again
//! job: the question as our own structures  ── stdin ──▶   read, looked at
//!                                                         walls: limits, Landlock, seccomp
//!                                                         tables of the question ─▶ engine
//! frames, each looked at  ◀── stdout ──                   what it came to
//! judged, released, recorded                              killed, its folder removed
//! ```
//!
//! # Security
//! *What the worker may learn.* The job (operators over numbered columns, limits, where the tables lie) and, of the files on the
//! machine, the registered tables that the question names; for noise over rows of which somebody may have several also keyed
//! digests of persons, by which what counts of them is chosen. It never has the room's key, the secret of the rounding, the log,
//! what was released before, the policies, users, whose row is whose, the sources with their passwords, or another data set:
//! nothing of it is in the job, its environment is empty, and the walls keep it from the files. Tables are granted file by
//! file, whole: a worker that was taken over sees every column and row of them.
//!
//! *What a worker that was taken over may try.* Open another file, connect, run a program, start or look at a process, leave
//! something behind: [`walls`] say why that fails. Use up the machine: memory, files and processor time are limited by the
//! kernel, and it is killed when the time is up. Confuse the room: every frame is held against what was asked, `reply`. Lie:
//! it can put what it saw into the figures of its own question. What it claims is judged like any other table, and no more
//! than that can be done about it here.
//!
//! *What whoever asked may learn.* How a worker ended is one code with one text, whether it was too slow, needed too much, failed
//! or was killed: [`SandboxError::Ended`]. The reason is in the log, for the operator.

mod child;
mod cluster;
mod courier;
mod folder;
pub(crate) mod frames;
pub(crate) mod job;
mod parent;
pub(crate) mod reply;
mod sheet;
mod sums;
mod task;
pub mod walls;

pub use child::called;
pub use cluster::Cluster;
pub(crate) use job::MOST_DIVIDED;
use job::{Bounds, Job, Wanted};
pub use parent::Workers;

use crate::dataset::Dataset;
use crate::disclosure::Computed;
use crate::engine::{self, Counting, Registered, Totals};
use crate::error::SandboxError;
use crate::policy::Limits;
use crate::program::gathered::{Gathered, Gathering};
use crate::question::{Question, Source};

/// The table of a question, computed in a worker.
///
/// # Errors
/// [`SandboxError::Ended`] however the worker ended; [`SandboxError::Walls`] where it cannot be shut in;
/// [`SandboxError::TooLarge`], which follows from the question alone.
pub(crate) async fn compute(
    workers: &Workers,
    question: &Question,
    dataset: &Dataset,
    registered: &Registered,
    limits: &Limits,
    largest: usize,
) -> Result<Computed, SandboxError> {
    engine::possible(question)?;
    let owners = registered.owners(dataset)?;
    let wanted = Wanted::of(question, dataset, registered, largest);
    let wanted = wanted.map_err(SandboxError::files(registered.folder()))?;
    let files = wanted.files();
    let bounds = Bounds::of(limits);
    let most = usize::try_from(limits.memory_mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
    let shape = reply::Shape::of(question, registered.persons, owners, largest, most);
    let done = workers.work(Job::Question(wanted), files, &bounds, reply::Table::new(shape)).await;
    done.map_err(|ending| ending.told(limits))
}

/// What noise is put on, added up in a worker.
///
/// # Errors
/// As [`compute`].
pub(crate) async fn totals(
    workers: &Workers,
    question: &Question,
    dataset: &Dataset,
    registered: &Registered,
    limits: &Limits,
    counting: Counting,
) -> Result<Totals, SandboxError> {
    let wanted = Wanted::of(question, dataset, registered, 0);
    let wanted = wanted.map_err(SandboxError::files(registered.folder()))?;
    let mut files = wanted.files();
    if !counting.bounding.single {
        files.push(
            std::path::absolute(registered.persons_file())
                .map_err(SandboxError::files(registered.folder()))?,
        );
    }
    let most = usize::try_from(limits.memory_mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
    let sums = sums::Sums::new(question, &counting, registered.persons, most);
    let done = workers.work(Job::Totals(wanted, counting), files, &Bounds::of(limits), sums).await;
    done.map_err(|ending| ending.told(limits))
}

/// What an aggregate comes to over the rows that are granted of a table. However the worker ended, it failed.
///
/// # Errors
/// [`SandboxError::Walls`], [`SandboxError::Worker`]: there was no worker.
pub(crate) async fn gathered(
    workers: &Workers,
    source: Source,
    gathering: &Gathering,
    dataset: &Dataset,
    registered: &Registered,
    limits: &Limits,
) -> Result<Gathered, SandboxError> {
    let wanted = Wanted::of(&Question::of_rows(source), dataset, registered, 0);
    let wanted = wanted.map_err(SandboxError::files(registered.folder()))?;
    let (files, bounds) = (wanted.files(), Bounds::of(limits));
    let awaited = sheet::Awaited::new(gathering, registered.persons);
    let job = Job::Program(wanted, gathering.clone());
    match workers.work(job, files, &bounds, awaited).await {
        Ok(gathered) => Ok(gathered),
        Err(ending) => match ending.told(limits) {
            SandboxError::Ended { reason, .. } => {
                Ok(Gathered { sheet: None, rows: 0, persons: 0, reason: Some(reason) })
            }
            other => Err(other),
        },
    }
}

#[cfg(test)]
mod tests;

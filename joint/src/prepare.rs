//! Preparing a set: the keys of many tables, cleaned, each once, divided into files.
//!
//! ```text
//! sources ─▶ ReadTables ─▶ distinct, partial ─▶ hash by key ─▶ distinct, final ─▶ WriteParts ─▶ prepared.json
//! (a task a group)                            (the shuffle)    (a task a part)
//! ```
//!
//! # What is done beforehand, and what is not
//! The salt by which a session divides sets on disk (`psi/src/partition.rs`) comes from both sides, so that nobody can aim
//! at a partition; it does not exist before they meet. So no partition of a session is made here. What is made here is
//! what takes the time and depends on no peer: reading, cleaning, and leaving out repeats. The hash that divides here is
//! DataFusion's own, is not secret, and leaves this department in no way: the files of a prepared set are only files.
//!
//! # The same keys
//! The set is the union of what `yinshu psi run` would take from each table by itself. Cleaning is the `data` crate's
//! [`Cleaner`](yinshu_data::Cleaner), one for each table, over its rows in their order, and not a function of single
//! values: rules R04 (digits lost in a spreadsheet) and R18 (wrong encoding) judge a column by what was seen of it so
//! far, so that a scalar function over shuffled batches would give other keys. A table is therefore one task's work:
//! many files keep many cores busy, one file keeps one busy reading and the others with what follows.
//!
//! # Failures
//! A source that cannot be used ends the run under the code of the `data` crate. Tasks that die are run again by the
//! cluster; what they left is not listed by the rows that the finished tasks return, and is deleted. `prepared.json` is
//! written last: a folder without it is no prepared set, and may be begun again.
//!
//! # On disk
//! Cleaned keys lie in the folder in the clear, as in the tables they come from: 0700 and 0600.

mod folder;
pub(crate) mod parts;
mod plan;
pub(crate) mod read;
mod sources;
#[cfg(test)]
mod tests;

use crate::cluster;
use crate::error::JointError;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use folder::Unfinished;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use yinshu_data::prepared::{Manifest, Part, without_aliases};
use yinshu_data::{CleanReport, Source, TableSpec};

pub use sources::{named, tables_in};

/// What to prepare.
#[derive(Clone, Debug)]
pub struct Job {
    /// The tables.
    pub sources: Vec<Source>,
    /// How each is cleaned. Its columns may have aliases.
    pub rules: TableSpec,
    /// The column of keys, by its name in `rules`.
    pub column: String,
    /// The folder to make.
    pub out: PathBuf,
    /// Into how many files the keys are divided.
    pub parts: usize,
}

/// Where the plan runs.
#[derive(Clone, Debug)]
pub enum Engine {
    /// In this process.
    Here {
        /// How many tasks at once.
        cores: usize,
        /// Bytes for keys held in memory; more are spilled to the folder.
        memory: usize,
    },
    /// On the cluster of this scheduler (`host:port`). The tables and the folder are on storage that all its executors
    /// share with this process, under the same paths.
    Cluster(String),
}

/// How many groups of tables are made for a cluster, whose cores are not known here.
const CLUSTER_GROUPS: usize = 1024;

/// Prepares a set, and says what is in it.
///
/// # Errors
/// [`JointError`]; the folder is then without `prepared.json`.
pub async fn prepare(job: &Job, engine: &Engine) -> Result<Manifest, JointError> {
    let column = job.rules.columns.iter().find(|column| column.name == job.column);
    if column.is_none() || job.parts == 0 || job.sources.is_empty() {
        let reason = format!("a column of the rules, a table and a part are needed ({})", job.column);
        return Err(JointError::Usage { reason });
    }
    job.rules.check()?;
    let sources = sources::located(&job.sources, engine)?;
    let unfinished = Unfinished::begin(&job.out)?;
    let groups = match engine {
        Engine::Here { cores, .. } => *cores,
        Engine::Cluster(_) => CLUSTER_GROUPS,
    };
    let plan = plan::of(job, sources::groups(&sources, groups), unfinished.path())?;
    let ran = match engine {
        Engine::Here { cores, memory } => here(plan, *cores, *memory, &unfinished).await,
        Engine::Cluster(scheduler) => cluster::run(plan, scheduler, job.parts).await,
    };
    // Which table failed is on disk: its code outlives the way from an executor.
    let report = unfinished.report(sources.len(), ran.is_ok());
    let done = match (ran, report) {
        (_, Err(error @ JointError::Table { .. })) | (Err(error), _) | (_, Err(error)) => Err(error),
        (Ok(batches), Ok(report)) => unfinished.finish(&batches, |parts| manifest(job, parts, report)),
    };
    if done.is_err() {
        unfinished.discard().await;
    }
    done
}

/// Deletes what an interrupted preparation left in its folder.
pub async fn discard(out: &Path) {
    Unfinished::of(out).discard().await;
}

fn manifest(job: &Job, parts: Vec<Part>, report: CleanReport) -> Manifest {
    Manifest {
        version: yinshu_data::prepared::VERSION,
        column: job.column.clone(),
        rules: without_aliases(job.rules.clone()),
        keys: parts.iter().map(|part| part.keys).sum(),
        parts,
        report,
    }
}

/// Runs the plan in this process.
async fn here(
    plan: Arc<dyn datafusion::physical_plan::ExecutionPlan>,
    cores: usize,
    memory: usize,
    unfinished: &Unfinished,
) -> Result<Vec<RecordBatch>, JointError> {
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
        .with_temp_file_path(unfinished.path())
        .build_arc()
        .map_err(|error| failed(&error))?;
    let config = SessionConfig::new().with_target_partitions(cores);
    let context = SessionContext::new_with_config_rt(config, runtime);
    datafusion::physical_plan::collect(plan, context.task_ctx()).await.map_err(|error| failed(&error))
}

fn failed(error: &DataFusionError) -> JointError {
    let reason = error.to_string();
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => JointError::Memory { reason },
        _ => JointError::Failed { reason },
    }
}

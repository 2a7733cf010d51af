//! A job whose parts another program does, on a cluster: a sandbox's questions, of some of the persons each.
//!
//! ```text
//! numbers 0..n, a task each ─▶ Work: `PROGRAM task AT OF`, the job on its stdin ─▶ (part, attempt, which piece, bytes) ─▶ files
//! ```
//!
//! This crate knows nothing of what is in a job or comes of it. Ballista decides where parts are done, does again what a dead
//! executor was doing, and brings back what came of them; parts need nothing of each other, so that nothing goes from executor to
//! executor.
//!
//! # Security
//! Which program does the work is said where an executor is started, and never by who sends a job. What a program that fails
//! says goes to the caller as the reason. A part may be done twice, where an executor is taken for dead that is not: the first that comes
//! counts. Of what comes back it is looked at that all parts are there, none without a piece before others, and that all of it together is no more than the caller takes.

mod work;

pub(crate) use work::{Place, Work};

use crate::cluster;
use crate::error::JointError;
use datafusion::arrow::array::{ArrayRef, AsArray as _, UInt32Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::ExecutionPlan;
use futures::TryStreamExt as _;
use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a job at most.
const MOST_OF_A_JOB: u64 = (64 << 20) + 4;

/// Reads a job to its end.
///
/// # Errors
/// [`JointError::Usage`]: it is too large, or cannot be read.
pub fn read(from: &mut impl Read) -> std::result::Result<Vec<u8>, JointError> {
    let mut job = Vec::new();
    let read = from.take(MOST_OF_A_JOB + 1).read_to_end(&mut job);
    match read.map_err(|error| error.to_string()) {
        Ok(size) if size as u64 <= MOST_OF_A_JOB => Ok(job),
        Ok(_) => Err(JointError::Usage { reason: format!("a job has {MOST_OF_A_JOB} bytes at most") }),
        Err(reason) => Err(JointError::Usage { reason }),
    }
}

/// Has the parts of a job done on the cluster of `scheduler`, and puts what comes of each into a file of `out` named by its number:
/// no more than `most` bytes of all.
///
/// # Errors
/// [`JointError::Unreachable`], [`JointError::ClusterFailed`], [`JointError::Files`].
pub async fn run(
    job: Vec<u8>,
    parts: usize,
    scheduler: &str,
    out: &Path,
    most: u64,
) -> std::result::Result<(), JointError> {
    let plan = planned(job, parts).map_err(|error| JointError::Failed { reason: error.to_string() })?;
    let mut rows = cluster::stream(plan, scheduler, parts).await?;
    let failed = |error: DataFusionError| cluster::failed(scheduler, &error);
    let unfit = |what: &str| failed(DataFusionError::Execution(what.to_owned()));
    let mut arrived = Arrived { out: out.to_owned(), parts: vec![None; parts], left: most };
    while let Some(batch) = rows.try_next().await.map_err(failed)? {
        let numbers = [0, 1, 2].map(|at| batch.column(at).as_primitive_opt::<UInt32Type>());
        let ([Some(part), Some(attempt), Some(piece)], Some(bytes)) =
            (numbers, batch.column(3).as_binary_opt::<i32>())
        else {
            return Err(unfit("what came is of no part"));
        };
        for row in 0..batch.num_rows() {
            let took = arrived.take(part.value(row), attempt.value(row), piece.value(row), bytes.value(row));
            took.map_err(JointError::files(out))?.map_err(unfit)?;
        }
    }
    match arrived.parts.iter().position(Option::is_none) {
        None => Ok(()),
        Some(part) => Err(unfit(&format!("nothing came of part {part}"))),
    }
}

/// What came so far.
struct Arrived {
    out: PathBuf,
    /// Of each part which attempt counts, and how many pieces of it came.
    parts: Vec<Option<(u32, u32)>>,
    /// Bytes that may still come.
    left: u64,
}

impl Arrived {
    /// Puts a piece down; what is wrong with one that is not the next of its part.
    fn take(
        &mut self,
        part: u32,
        attempt: u32,
        piece: u32,
        bytes: &[u8],
    ) -> std::io::Result<std::result::Result<(), &'static str>> {
        let Some(known) = self.parts.get_mut(part as usize) else { return Ok(Err("there is no such part")) };
        let (counts, pieces) = known.get_or_insert((attempt, 0));
        if *counts != attempt || piece < *pieces {
            return Ok(Ok(()));
        }
        if piece > *pieces {
            return Ok(Err("a piece of a part is missing"));
        }
        *pieces += 1;
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            return Ok(Err("more came than there is room for"));
        };
        self.left = left;
        // One that is there already is not one of these.
        let mut options = File::options();
        let options = if piece == 0 { options.write(true).create_new(true) } else { options.append(true) };
        options.open(self.out.join(part.to_string()))?.write_all(bytes)?;
        Ok(Ok(()))
    }
}

/// Parts by their numbers, a task each, and what does them.
fn planned(job: Vec<u8>, parts: usize) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("part", DataType::UInt32, false),
        Field::new("parts", DataType::UInt32, false),
    ]));
    let all = u32::try_from(parts).map_err(|error| DataFusionError::External(error.into()))?;
    let row = |part: u32| {
        let numbers = [part, all].map(|number| Arc::new(UInt32Array::from(vec![number])) as ArrayRef);
        Ok(vec![RecordBatch::try_new(Arc::clone(&schema), numbers.into())?])
    };
    let rows = (0..all).map(row).collect::<Result<Vec<_>>>()?;
    let leaf = MemorySourceConfig::try_new_exec(&rows, Arc::clone(&schema), None)?;
    Ok(Arc::new(Work::new(leaf, job.into(), None)))
}

#[cfg(test)]
mod tests;

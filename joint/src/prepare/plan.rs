//! The physical plan, the same on one machine and on a cluster.

use super::Job;
use super::parts::WriteParts;
use super::read::{ReadTables, Reading};
use super::sources::Numbered;
use crate::error::JointError;
use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, PhysicalGroupBy};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, Partitioning};
use std::path::Path;
use std::sync::Arc;

/// Reads the groups of tables, a task each, and writes their different keys below `unfinished`.
pub(super) fn of(
    job: &Job,
    groups: Vec<Vec<Numbered>>,
    unfinished: &Path,
) -> std::result::Result<Arc<dyn ExecutionPlan>, JointError> {
    let reading =
        Reading { rules: job.rules.clone(), column: job.column.clone(), reports: unfinished.to_path_buf() };
    build(reading, groups, job.parts, unfinished).map_err(|error| super::failed(&error))
}

fn build(
    reading: Reading,
    groups: Vec<Vec<Numbered>>,
    parts: usize,
    unfinished: &Path,
) -> Result<Arc<dyn ExecutionPlan>> {
    let column = reading.column.clone();
    // A leaf that the scheduler of a cluster knows how to cut into tasks: the names of tables, as rows.
    let schema = Arc::new(Schema::new(vec![Field::new("source", DataType::Utf8, false)]));
    let rows = |group: Vec<Numbered>| {
        let texts = group.iter().map(serde_json::to_string).collect::<std::result::Result<Vec<_>, _>>();
        let texts = texts.map_err(|error| datafusion::error::DataFusionError::External(error.into()))?;
        let array: ArrayRef = Arc::new(StringArray::from(texts));
        Ok(vec![RecordBatch::try_new(Arc::clone(&schema), vec![array])?])
    };
    let tables = groups.into_iter().map(rows).collect::<Result<Vec<_>>>()?;
    let leaf = MemorySourceConfig::try_new_exec(&tables, Arc::clone(&schema), None)?;
    let read: Arc<dyn ExecutionPlan> = Arc::new(ReadTables::new(leaf, reading));

    let key = col(&column, &read.schema())?;
    let group = PhysicalGroupBy::new_single(vec![(key, column.clone())]);
    let distinct = |mode, group, input: Arc<dyn ExecutionPlan>| -> Result<Arc<dyn ExecutionPlan>> {
        let schema = input.schema();
        Ok(Arc::new(AggregateExec::try_new(mode, group, vec![], vec![], input, schema)?))
    };
    let last = group.as_final();
    let partial = distinct(AggregateMode::Partial, group, read)?;
    let key = col(&column, &partial.schema())?;
    let hashed = Arc::new(RepartitionExec::try_new(partial, Partitioning::Hash(vec![key], parts))?);
    let once = distinct(AggregateMode::FinalPartitioned, last, hashed)?;
    Ok(Arc::new(WriteParts::new(once, unfinished.to_path_buf())))
}

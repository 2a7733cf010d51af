//! Tables with the columns of a score beside their own.
//!
//! ```text
//! scan ─▶ rows that are granted ─▶ person by person through the score ─▶ own columns and its columns
//! ```
//!
//! The score stands above the policy's own condition: it sees no row that is not granted. Batches end amid somebody's rows,
//! so that the last person of a batch waits for the next one.

use super::plan::{expr, needed};
use super::register::Registered;
use super::stored::{LINE, PERSON, Stored, in_order, named, schema};
use crate::dataset::Dataset;
use crate::error::SandboxError;
use crate::program::score::{Score, Scoring};
use crate::program::{MISSING, Machine, Rows};
use crate::question::{Question, Value};
use datafusion::arrow::array::{Array as _, ArrayRef, Int64Array};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::datasource::provider_as_source;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{LogicalPlanBuilder, TableSource};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties as _};
use datafusion::prelude::SessionContext;
use futures::StreamExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For each table of a question that has a score, the rows that are granted of it with the score's columns.
pub(super) async fn sources(
    question: &Question,
    dataset: &Dataset,
    registered: &Registered,
    cores: usize,
    context: &SessionContext,
) -> std::result::Result<Vec<Option<Arc<dyn TableSource>>>, SandboxError> {
    let mut all: Vec<Option<Arc<dyn TableSource>>> = Vec::new();
    for (at, source) in question.tables.iter().enumerate() {
        let Some(scored) = &source.scored else {
            all.push(None);
            continue;
        };
        let wanted = needed(question, at);
        let mut read: Vec<usize> =
            wanted.iter().copied().filter(|column| scored.gives(*column).is_none()).collect();
        read.extend(&scored.reads);
        read.sort_unstable();
        read.dedup();
        let stored = Stored::open(registered, dataset, source.table, &read, cores)?;
        let rows =
            granted(stored, source.rows.as_ref(), context).await.map_err(|e| SandboxError::engine(&e))?;
        let machine = Machine::new().map_err(|error| SandboxError::engine(&error))?;
        let score = scored.compiled(&machine).map_err(|error| SandboxError::engine(&error))?;
        let until = Instant::now() + Duration::from_secs(scored.seconds);
        let columns = wanted.iter().map(|column| match scored.gives(*column) {
            Some(output) => Place::Given(output),
            None => Place::Own(*column),
        });
        let with = Arc::new(With {
            rows,
            score,
            reads: scored.reads.clone(),
            columns: columns.collect(),
            schema: Arc::new(schema(wanted.iter().copied())),
            until,
        });
        let partitions = with.rows.output_partitioning().partition_count();
        let part = |part| Arc::new(Part { with: Arc::clone(&with), part }) as Arc<dyn PartitionStream>;
        let table = StreamingTable::try_new(Arc::clone(&with.schema), (0..partitions).map(part).collect());
        let table = table.map_err(|error| SandboxError::engine(&error))?;
        all.push(Some(provider_as_source(Arc::new(in_order(table, partitions)))));
    }
    Ok(all)
}

/// Rows that pass the policy's own condition.
async fn granted(
    stored: Stored,
    rows: Option<&Value>,
    context: &SessionContext,
) -> Result<Arc<dyn ExecutionPlan>> {
    let scanned = LogicalPlanBuilder::scan("s0", stored.provider(), None)?;
    let plan = match rows {
        Some(rows) => scanned.filter(expr(rows, 0))?,
        None => scanned,
    };
    context.state().create_physical_plan(&plan.build()?).await
}

/// Where a column comes from.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// From the table.
    Own(usize),
    /// From the score.
    Given(usize),
}

/// A table and a score.
struct With {
    rows: Arc<dyn ExecutionPlan>,
    score: Score,
    reads: Vec<usize>,
    columns: Vec<Place>,
    schema: SchemaRef,
    until: Instant,
}

/// A part of the rows.
struct Part {
    with: Arc<With>,
    part: usize,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("part", &self.part).finish_non_exhaustive()
    }
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.with.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.with.schema), 4);
        let out = stream.tx();
        let with = Arc::clone(&self.with);
        let rows = with.rows.execute(self.part, context);
        let runtime = tokio::runtime::Handle::current();
        stream.spawn_blocking(move || {
            let mut rows = rows?;
            let mut running = with.score.running();
            let mut waiting: Option<RecordBatch> = None;
            while let Some(batch) = runtime.block_on(rows.next()) {
                let batch = match waiting.take() {
                    None => batch?,
                    Some(before) => concat_batches(&before.schema(), [&before, &batch?])?,
                };
                let whole = whole_persons(&batch)?;
                waiting = Some(batch.slice(whole, batch.num_rows() - whole));
                let scored = with.scored(&batch.slice(0, whole), &mut running)?;
                // Whoever asked went away.
                if out.blocking_send(Ok(scored)).is_err() {
                    return Ok(());
                }
            }
            if let Some(last) = waiting {
                let _ = out.blocking_send(with.scored(&last, &mut running));
            }
            Ok(())
        });
        stream.build()
    }
}

/// How many rows there are before those of the last person.
fn whole_persons(batch: &RecordBatch) -> Result<usize> {
    let persons = numbers(batch, PERSON)?;
    let Some(last) = persons.len().checked_sub(1) else { return Ok(0) };
    let own = (0..=last).rev().take_while(|row| persons.value(*row) == persons.value(last));
    Ok(persons.len() - own.count())
}

fn numbers<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a Int64Array> {
    super::fold::column(batch, name).map_err(|error| DataFusionError::External(error.into()))
}

impl With {
    /// Rows of persons with what the score gives them.
    fn scored(&self, batch: &RecordBatch, running: &mut Scoring<'_>) -> Result<RecordBatch> {
        let raw = |column: &usize| {
            let values = numbers(batch, &named(*column))?;
            let value = |row| if values.is_null(row) { MISSING } else { values.value(row) };
            Ok((0..values.len()).map(value).collect::<Vec<i64>>())
        };
        let columns = self.reads.iter().map(raw).collect::<Result<Vec<_>>>()?;
        let slices: Vec<&[i64]> = columns.iter().map(Vec::as_slice).collect();
        let rows = Rows::of(numbers(batch, PERSON)?.values(), &slices);
        let rows =
            rows.ok_or_else(|| DataFusionError::Internal("columns are not equally long".to_owned()))?;
        let given = running.values(&rows, self.until);
        let given = given.map_err(|error| DataFusionError::External(error.into()))?;
        let given: Vec<ArrayRef> =
            given.into_iter().map(|values| Arc::new(Int64Array::from(values)) as ArrayRef).collect();
        let own = |name: &str| -> Result<ArrayRef> { Ok(Arc::new(numbers(batch, name)?.clone())) };
        let mut all = vec![own(PERSON)?, own(LINE)?];
        for column in &self.columns {
            all.push(match column {
                Place::Own(column) => own(&named(*column))?,
                Place::Given(output) => Arc::clone(&given[*output]),
            });
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), all)?)
    }
}

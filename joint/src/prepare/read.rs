//! The operator that reads and cleans tables: rows that name sources become rows of keys.

use super::sources::Numbered;
use crate::error::JointError;
use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::compute;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc::Sender;
use yinshu_data::clean::{CleanReport, Cleaner};
use yinshu_data::{DataError, TableSpec};

/// How tables are read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reading {
    pub(crate) rules: TableSpec,
    pub(crate) column: String,
    /// Where a report is left for each table.
    pub(crate) reports: PathBuf,
}

/// What is left on disk of one table read: the same, whoever reads it and however often.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Told {
    /// It was read to its end.
    Cleaned(Box<CleanReport>),
    /// It cannot be used.
    Failed { code: u16, english: String, fields: Map<String, Value> },
}

pub(super) fn told_path(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("table-{number:06}.json"))
}

/// Reads the tables that its input names.
#[derive(Debug)]
pub(crate) struct ReadTables {
    input: Arc<dyn ExecutionPlan>,
    reading: Reading,
    properties: Arc<PlanProperties>,
}

impl ReadTables {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, reading: Reading) -> Self {
        let field = Field::new(&reading.column, DataType::Utf8, false);
        let partitions = input.properties().output_partitioning().partition_count();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::new(Schema::new(vec![field]))),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { input, reading, properties: Arc::new(properties) }
    }

    pub(crate) fn reading(&self) -> &Reading {
        &self.reading
    }
}

impl DisplayAs for ReadTables {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadTables: {}", self.reading.column)
    }
}

impl ExecutionPlan for ReadTables {
    fn name(&self) -> &'static str {
        "ReadTables"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::new(children.swap_remove(0), self.reading.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (schema, reading) = (self.schema(), self.reading.clone());
        let named = self.input.execute(partition, context)?;
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&schema), 2);
        let out = stream.tx();
        stream.spawn(async move {
            let named: Vec<RecordBatch> = named.try_collect().await?;
            let reading = move || read_all(&named, &reading, &schema, &out);
            let read = tokio::task::spawn_blocking(reading).await;
            read.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?
        });
        Ok(stream.build())
    }
}

fn read_all(
    named: &[RecordBatch],
    reading: &Reading,
    schema: &SchemaRef,
    out: &Sender<Result<RecordBatch>>,
) -> Result<()> {
    let external = |error: serde_json::Error| DataFusionError::External(error.into());
    for text in named.iter().flat_map(|batch| batch.column(0).as_string::<i32>().iter().flatten()) {
        let table: Numbered = serde_json::from_str(text).map_err(external)?;
        let told = match read_one(&table, reading, schema, out) {
            Ok(Some(report)) => Told::Cleaned(Box::new(report)),
            // Nobody wants the keys any more.
            Ok(None) => return Ok(()),
            Err(error) => match JointError::from(error) {
                JointError::Table { inner, english, fields } => Told::Failed { code: inner, english, fields },
                other => return Err(DataFusionError::External(other.into())),
            },
        };
        let path = told_path(&reading.reports, table.number);
        super::folder::replace(&path, &serde_json::to_vec(&told).map_err(external)?)?;
        if let Told::Failed { english, .. } = told {
            return Err(DataFusionError::Execution(english));
        }
    }
    Ok(())
}

/// Reads one table to its end; `None` if the receiver went away.
fn read_one(
    table: &Numbered,
    reading: &Reading,
    schema: &SchemaRef,
    out: &Sender<Result<RecordBatch>>,
) -> std::result::Result<Option<CleanReport>, DataError> {
    let failed = |error: datafusion::arrow::error::ArrowError| DataError::Batch { reason: error.to_string() };
    let mut reader = yinshu_data::open(&table.source)?;
    let mut cleaner = Cleaner::new(&reading.rules, reader.columns())?;
    while let Some(raw) = reader.next_batch()? {
        let clean = cleaner.clean(&raw)?;
        let Some(keys) = clean.batch.column_by_name(&reading.column) else {
            return Err(DataError::BatchShape { expected: 1, found: 0 });
        };
        let usable = match keys.null_count() {
            0 => Arc::clone(keys),
            _ => compute::filter(keys, &compute::is_not_null(keys).map_err(failed)?).map_err(failed)?,
        };
        if usable.is_empty() {
            continue;
        }
        let batch = RecordBatch::try_new(Arc::clone(schema), vec![usable]).map_err(failed)?;
        if out.blocking_send(Ok(batch)).is_err() {
            return Ok(None);
        }
    }
    Ok(Some(cleaner.report().clone()))
}

//! Registered tables as they lie on disk, and how they are read: whole parts, in order, and nothing but the columns needed.

use super::register::Registered;
use crate::dataset::Dataset;
use crate::error::SandboxError;
use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::datasource::{TableProvider, provider_as_source};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{TableSource, col};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::PartitionStream;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc::Sender;

/// The column that says whom a row is about.
pub(super) const PERSON: &str = "person";

/// The column with the number of a row.
pub(super) const LINE: &str = "line";

/// What a column of a table is called in a file.
pub(super) fn named(column: usize) -> String {
    format!("c{column}")
}

/// What a file of these columns holds.
pub(super) fn schema(columns: impl Iterator<Item = usize>) -> Schema {
    let numbers = [PERSON, LINE].map(|name| Field::new(name, DataType::Int64, false));
    let columns = columns.map(|column| Field::new(named(column), DataType::Int64, true));
    Schema::new(numbers.into_iter().chain(columns).collect::<Vec<_>>())
}

/// A registered table.
pub(super) struct Stored {
    provider: Arc<dyn TableProvider>,
}

/// A table that is read in one part is said to be in the order of persons, as every part is.
pub(super) fn in_order(table: StreamingTable, parts: usize) -> StreamingTable {
    if parts == 1 { table.with_sort_order(vec![col(PERSON).sort(true, true)]) } else { table }
}

impl Stored {
    /// Opens a table to read some of its columns, in so many parts at once.
    pub(super) fn open(
        registered: &Registered,
        dataset: &Dataset,
        table: usize,
        needed: &[usize],
        cores: usize,
    ) -> std::result::Result<Self, SandboxError> {
        let path = registered.file(&dataset.tables[table].name);
        let files = SandboxError::files(&path);
        let file = File::open(&path).map_err(&files)?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new());
        let metadata = metadata.map_err(|error| SandboxError::engine(&error))?;
        let groups = match registered.some() {
            None => 0..metadata.metadata().num_row_groups(),
            Some(some) => within(&path, &metadata, some).map_err(|error| SandboxError::engine(&error))?,
        };
        let kept = dataset.tables[table].columns.len();
        let kept = (0..kept).filter(|column| !dataset.tables[table].is_entity(*column));
        // First come the numbers of the person and of the row, then the columns of the table without the person.
        let places = kept.enumerate().filter(|(_, column)| needed.contains(column)).map(|(at, _)| at + 2);
        let places: Vec<usize> = [0, 1].into_iter().chain(places).collect();
        let schema = Arc::new(schema(needed.iter().copied()));
        let parts = cores.clamp(1, groups.len().max(1));
        let part = |part: usize| {
            let from = groups.start + groups.len() * part / parts;
            let to = groups.start + groups.len() * (part + 1) / parts;
            Arc::new(Rows {
                path: path.clone(),
                metadata: metadata.clone(),
                groups: (from..to).collect(),
                some: registered.some(),
                places: places.clone(),
                schema: Arc::clone(&schema),
            }) as Arc<dyn PartitionStream>
        };
        let table = StreamingTable::try_new(Arc::clone(&schema), (0..parts).map(part).collect());
        let table = table.map_err(|error| SandboxError::engine(&error))?;
        Ok(Self { provider: Arc::new(in_order(table, parts)) })
    }

    pub(super) fn provider(self) -> Arc<dyn TableSource> {
        provider_as_source(self.provider)
    }
}

/// Some parts of a file, one after the other.
#[derive(Debug)]
struct Rows {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    groups: Vec<usize>,
    /// From whom on and up to whom, where it is not everybody.
    some: Option<[u64; 2]>,
    places: Vec<usize>,
    schema: SchemaRef,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), 4);
        let out = stream.tx();
        let (path, metadata, groups) = (self.path.clone(), self.metadata.clone(), self.groups.clone());
        let (some, places, schema) = (self.some, self.places.clone(), Arc::clone(&self.schema));
        stream.spawn_blocking(move || {
            let rows = Self { path, metadata, groups, some, places, schema };
            rows.read(&out)
        });
        stream.build()
    }
}

impl Rows {
    fn read(self, out: &Sender<Result<RecordBatch>>) -> Result<()> {
        if self.groups.is_empty() {
            return Ok(());
        }
        let outside =
            |error: datafusion::parquet::errors::ParquetError| DataFusionError::External(error.into());
        let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), self.places);
        let file = File::open(&self.path)?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata)
            .with_row_groups(self.groups)
            .with_projection(mask)
            .with_batch_size(8192)
            .build()
            .map_err(outside)?;
        for batch in reader {
            let batch = batch.map(|batch| match self.some {
                Some(some) => of(&batch, some),
                None => batch,
            });
            // Whoever asked went away.
            if out.blocking_send(batch.map_err(Into::into)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The rows of a batch that are of these persons, in whose order it is.
fn of(batch: &RecordBatch, [from, to]: [u64; 2]) -> RecordBatch {
    let persons = batch.column(0).as_primitive::<Int64Type>().values();
    let before =
        |bound: u64| persons.partition_point(|person| u64::try_from(*person).is_ok_and(|p| p < bound));
    let (start, end) = (before(from), before(to));
    batch.slice(start, end.saturating_sub(start))
}

/// The parts of a file in which rows of these persons lie.
fn within(path: &Path, metadata: &ArrowReaderMetadata, [from, to]: [u64; 2]) -> Result<Range<usize>> {
    let all = metadata.metadata().num_row_groups();
    // How many parts begin before a person: nobody's rows lie in two.
    let before = |bound: u64| {
        let (mut low, mut high) = (0, all);
        while low < high {
            let middle = low + (high - low) / 2;
            match first(path, metadata, middle)?.is_none_or(|person| person >= bound) {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        Ok::<usize, DataFusionError>(low)
    };
    let end = before(to)?;
    Ok(before(from.saturating_add(1))?.saturating_sub(1).min(end)..end)
}

/// The first person of a part of a file.
fn first(path: &Path, metadata: &ArrowReaderMetadata, part: usize) -> Result<Option<u64>> {
    let outside = |error: datafusion::parquet::errors::ParquetError| DataFusionError::External(error.into());
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(path)?, metadata.clone())
        .with_row_groups(vec![part])
        .with_projection(ProjectionMask::leaves(metadata.parquet_schema(), [0]))
        .with_batch_size(1)
        .with_limit(1)
        .build();
    match reader.map_err(outside)?.next() {
        None => Ok(None),
        Some(batch) => {
            let persons = batch?;
            let persons = persons.column(0).as_primitive::<Int64Type>().values();
            Ok(persons.first().and_then(|person| u64::try_from(*person).ok()))
        }
    }
}

#[cfg(test)]
mod tests;

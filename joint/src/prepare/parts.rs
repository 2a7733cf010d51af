//! The operator that writes parts: each partition of keys becomes a file, and a row that names it.

use datafusion::arrow::array::{ArrayRef, AsArray as _, StringArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;
use yinshu_data::prepared::Part;

/// Keys in a group of rows of a file: what one part being written holds in memory.
const GROUP_KEYS: usize = 1 << 17;

/// Writes each partition of its input to a file below a folder. What comes out are the files that count.
#[derive(Debug)]
pub(crate) struct WriteParts {
    input: Arc<dyn ExecutionPlan>,
    folder: PathBuf,
    properties: Arc<PlanProperties>,
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("file", DataType::Utf8, false),
        Field::new("keys", DataType::UInt64, false),
        Field::new("sha256", DataType::Utf8, false),
    ]))
}

/// The parts that rows of this operator name.
pub(super) fn named(batches: &[RecordBatch]) -> Vec<Part> {
    let rows = batches.iter().flat_map(|batch| {
        let (files, digests) = (batch.column(0).as_string::<i32>(), batch.column(2).as_string::<i32>());
        let keys = batch.column(1).as_primitive::<UInt64Type>();
        (0..batch.num_rows()).map(move |at| Part {
            file: files.value(at).to_owned(),
            keys: keys.value(at),
            sha256: digests.value(at).to_owned(),
        })
    });
    rows.collect()
}

impl WriteParts {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, folder: PathBuf) -> Self {
        let partitions = input.properties().output_partitioning().partition_count();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema()),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { input, folder, properties: Arc::new(properties) }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl DisplayAs for WriteParts {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WriteParts: {}", self.folder.display())
    }
}

impl ExecutionPlan for WriteParts {
    fn name(&self) -> &'static str {
        "WriteParts"
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
        Ok(Arc::new(Self::new(children.swap_remove(0), self.folder.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (input, folder) = (self.input.execute(partition, context)?, self.folder.clone());
        let written = futures::stream::once(write(input, folder)).try_filter_map(|row| async { Ok(row) });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema(), written.boxed())))
    }
}

/// Writes all that comes to one file; nothing, and no row, where nothing comes.
async fn write(mut input: SendableRecordBatchStream, folder: PathBuf) -> Result<Option<RecordBatch>> {
    let mut writer: Option<Writer> = None;
    while let Some(batch) = input.try_next().await? {
        if batch.num_rows() > 0 {
            match &mut writer {
                Some(writer) => writer.write(&batch)?,
                none => none.insert(Writer::create(&folder, batch.schema())?).write(&batch)?,
            }
        }
    }
    writer.map(Writer::finish).transpose()
}

/// One file in the making.
struct Writer {
    out: ArrowWriter<Hashed>,
    keys: u64,
}

/// A temporary file whose bytes are hashed on the way.
struct Hashed {
    out: BufWriter<NamedTempFile>,
    hash: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Writer {
    fn create(folder: &Path, schema: SchemaRef) -> Result<Self> {
        // 0600, and a name of its own: a task that is run again writes another file.
        let file = tempfile::Builder::new().prefix("part-").suffix(".parquet").tempfile_in(folder)?;
        let out = Hashed { out: BufWriter::with_capacity(256 << 10, file), hash: Sha256::new() };
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_max_row_group_row_count(Some(GROUP_KEYS))
            .build();
        Ok(Self { out: ArrowWriter::try_new(out, schema, Some(properties))?, keys: 0 })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.out.write(batch)?;
        self.keys += batch.num_rows() as u64;
        Ok(())
    }

    /// Keeps the file, and names it.
    fn finish(self) -> Result<RecordBatch> {
        let Hashed { out, hash } = self.out.into_inner()?;
        let file = out.into_inner().map_err(|error| DataFusionError::IoError(error.into_error()))?;
        file.as_file().sync_all()?;
        let (_, path) = file.keep().map_err(|error| DataFusionError::IoError(error.error))?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let columns: [ArrayRef; 3] = [
            Arc::new(StringArray::from(vec![name])),
            Arc::new(UInt64Array::from(vec![self.keys])),
            Arc::new(StringArray::from(vec![hex::encode(hash.finalize())])),
        ];
        Ok(RecordBatch::try_new(schema(), columns.into())?)
    }
}

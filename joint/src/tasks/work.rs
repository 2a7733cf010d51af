//! The operator that has parts of a job done: rows that number parts become rows of what came of them.

use datafusion::arrow::array::{ArrayRef, AsArray as _, BinaryArray, UInt32Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::TryStreamExt as _;
use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::sync::mpsc::Sender;

/// Bytes of a piece of what came of a part.
const PIECE: usize = 1 << 18;

/// Bytes of what a program that failed may say of it.
const MOST_OF_A_REASON: u64 = 2000;

/// Where parts are done: by which program, in which folder.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) program: PathBuf,
    pub(crate) folder: PathBuf,
}

/// Has the parts done that its input numbers.
#[derive(Debug)]
pub(crate) struct Work {
    input: Arc<dyn ExecutionPlan>,
    job: Arc<[u8]>,
    /// Nowhere but on executors that do such work.
    place: Option<Place>,
    properties: Arc<PlanProperties>,
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("part", DataType::UInt32, false),
        Field::new("attempt", DataType::UInt32, false),
        Field::new("piece", DataType::UInt32, false),
        Field::new("bytes", DataType::Binary, false),
    ]))
}

impl Work {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, job: Arc<[u8]>, place: Option<Place>) -> Self {
        let partitions = input.properties().output_partitioning().partition_count();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema()),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { input, job, place, properties: Arc::new(properties) }
    }

    pub(crate) fn job(&self) -> &[u8] {
        &self.job
    }
}

impl DisplayAs for Work {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Work: a job of {} bytes", self.job.len())
    }
}

impl ExecutionPlan for Work {
    fn name(&self) -> &'static str {
        "Work"
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
        Ok(Arc::new(Self::new(children.swap_remove(0), Arc::clone(&self.job), self.place.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(place) = self.place.clone() else {
            let what = "this executor does no parts of questions: it was started without --sandbox";
            return Err(DataFusionError::Execution(what.to_owned()));
        };
        let job = Arc::clone(&self.job);
        let numbers = self.input.execute(partition, context)?;
        let mut stream = RecordBatchReceiverStreamBuilder::new(schema(), 2);
        let out = stream.tx();
        stream.spawn(async move {
            let numbers: Vec<RecordBatch> = numbers.try_collect().await?;
            for batch in numbers {
                let [part, parts] = [0, 1].map(|at| batch.column(at).as_primitive::<UInt32Type>());
                for row in 0..batch.num_rows() {
                    done(&place, &job, (part.value(row), parts.value(row)), &out).await?;
                }
            }
            Ok(())
        });
        Ok(stream.build())
    }
}

/// Has a part done. The program ends with this, whether or not it is done.
async fn done(
    place: &Place,
    job: &[u8],
    (part, parts): (u32, u32),
    out: &Sender<Result<RecordBatch>>,
) -> Result<()> {
    let mut program = Command::new(&place.program)
        .args(["task", &part.to_string(), &parts.to_string()])
        .env_clear()
        .current_dir(&place.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| DataFusionError::Execution(format!("{}: {error}", place.program.display())))?;
    // A part may be done twice, where an executor was taken for dead.
    let attempt = program.id().unwrap_or_default();
    let pipes = (program.stdin.take(), program.stdout.take(), program.stderr.take());
    let (Some(mut to), Some(mut from), Some(said)) = pipes else {
        return Err(DataFusionError::Execution("it has no pipes".to_owned()));
    };
    let told = async {
        // What it does not read it does not do: that shows in how it ends.
        drop(to.write_all(job).await);
        drop(to);
        Ok::<(), DataFusionError>(())
    };
    let passed = async {
        for number in 0.. {
            let mut piece = Vec::with_capacity(PIECE);
            (&mut from).take(PIECE as u64).read_to_end(&mut piece).await?;
            if piece.is_empty() || out.send(Ok(row([part, attempt, number], &piece)?)).await.is_err() {
                break;
            }
        }
        drop(from);
        Ok::<(), DataFusionError>(())
    };
    let reason = async {
        let mut reason = Vec::new();
        said.take(MOST_OF_A_REASON).read_to_end(&mut reason).await?;
        Ok(String::from_utf8_lossy(&reason).into_owned())
    };
    let ((), (), reason) = tokio::try_join!(told, passed, reason)?;
    match program.wait().await?.success() {
        true => Ok(()),
        false => Err(DataFusionError::Execution(format!("part {part} of {parts}: {reason}"))),
    }
}

fn row(numbers: [u32; 3], bytes: &[u8]) -> Result<RecordBatch> {
    let numbers = numbers.map(|number| Arc::new(UInt32Array::from(vec![number])) as ArrayRef);
    let bytes = Arc::new(BinaryArray::from_vec(vec![bytes])) as ArrayRef;
    Ok(RecordBatch::try_new(schema(), numbers.into_iter().chain([bytes]).collect())?)
}

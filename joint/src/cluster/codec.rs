//! This crate's operators as bytes: a tag and JSON; everything else is Ballista's.

use crate::prepare::parts::WriteParts;
use crate::prepare::read::ReadTables;
use crate::tasks::{Place, Work};
use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use std::sync::Arc;

const READ: &[u8] = b"yinshu-joint read tables 1\n";
const WRITE: &[u8] = b"yinshu-joint write parts 1\n";
const WORK: &[u8] = b"yinshu-joint parts of a job 1\n";

/// Knows the operators of this crate and those of Ballista.
#[derive(Debug, Default)]
pub struct Codec {
    ballista: BallistaPhysicalExtensionCodec,
    /// Where parts of jobs are done, where they are.
    place: Option<Place>,
}

impl Codec {
    /// That of an executor on which parts of jobs are done.
    pub(crate) fn with(place: Option<Place>) -> Self {
        Self { place, ..Self::default() }
    }
}

fn json(error: serde_json::Error) -> DataFusionError {
    DataFusionError::External(error.into())
}

fn only(inputs: &[Arc<dyn ExecutionPlan>]) -> Result<Arc<dyn ExecutionPlan>> {
    match inputs {
        [input] => Ok(Arc::clone(input)),
        _ => Err(DataFusionError::Plan(format!("one input is needed, not {}", inputs.len()))),
    }
}

impl PhysicalExtensionCodec for Codec {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if let Some(reading) = bytes.strip_prefix(READ) {
            let reading = serde_json::from_slice(reading).map_err(json)?;
            return Ok(Arc::new(ReadTables::new(only(inputs)?, reading)));
        }
        if let Some(folder) = bytes.strip_prefix(WRITE) {
            let folder = serde_json::from_slice(folder).map_err(json)?;
            return Ok(Arc::new(WriteParts::new(only(inputs)?, folder)));
        }
        if let Some(job) = bytes.strip_prefix(WORK) {
            return Ok(Arc::new(Work::new(only(inputs)?, job.into(), self.place.clone())));
        }
        self.ballista.try_decode(bytes, inputs, context, converter)
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        if let Some(read) = node.downcast_ref::<ReadTables>() {
            bytes.extend(READ);
            return serde_json::to_writer(bytes, read.reading()).map_err(json);
        }
        if let Some(write) = node.downcast_ref::<WriteParts>() {
            bytes.extend(WRITE);
            return serde_json::to_writer(bytes, write.folder()).map_err(json);
        }
        if let Some(work) = node.downcast_ref::<Work>() {
            bytes.extend(WORK);
            bytes.extend(work.job());
            return Ok(());
        }
        self.ballista.try_encode(node, bytes, converter)
    }
}

//! The same plans on a Ballista cluster.
//!
//! ```text
//! yinshu-joint prepare --cluster H:P ──plan──▶ yinshu-joint scheduler ◀──asks for tasks── yinshu-joint executor (many)
//! ```
//!
//! Scheduler and executors are this binary, since they must know its operators ([`codec`]). Executors ask for work, so
//! that one may join or die at any time: what a dead one was doing, and what only it had finished, is done again by
//! the others.
//!
//! # Security
//! Ballista proves nobody's identity and encrypts nothing: whoever reaches a port of the cluster can have it read any
//! file that its user can read, and cleaned keys travel between executors in the clear. It belongs within one
//! department, on one machine or on a network of its own (a tunnel between machines where there is none), under a user
//! of its own that can read the tables and nothing else. Everything listens on 127.0.0.1 unless told otherwise. Between
//! departments there is only `yinshu`. Between tasks, executors keep keys in the clear in their work folder (0700); a
//! minute after the work is done the scheduler has them deleted.

pub mod codec;
mod executor;
mod scheduler;

pub use executor::{Executor, execute};
pub use scheduler::{Scheduler, schedule};

use crate::error::JointError;
use ballista_core::execution_plans::execute_physical_plan;
use ballista_core::extension::SessionConfigExt as _;
use codec::Codec;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures::TryStreamExt as _;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Runs a plan on the cluster of `scheduler` (`host:port`), and collects what comes of it.
pub(crate) async fn run(
    plan: Arc<dyn ExecutionPlan>,
    scheduler: &str,
    partitions: usize,
) -> Result<Vec<RecordBatch>, JointError> {
    let rows = stream(plan, scheduler, partitions).await?;
    rows.try_collect().await.map_err(|error| failed(scheduler, &error))
}

/// The cluster gave up.
pub(crate) fn failed(scheduler: &str, error: &DataFusionError) -> JointError {
    JointError::ClusterFailed { scheduler: scheduler.to_owned(), reason: error.to_string() }
}

/// Runs a plan on the cluster of `scheduler` (`host:port`); what comes of it comes when all of it is done.
pub(crate) async fn stream(
    plan: Arc<dyn ExecutionPlan>,
    scheduler: &str,
    partitions: usize,
) -> Result<SendableRecordBatchStream, JointError> {
    let unreachable = |error: std::io::Error| JointError::Unreachable {
        scheduler: scheduler.to_owned(),
        reason: error.to_string(),
    };
    drop(TcpStream::connect(scheduler).await.map_err(unreachable)?);
    let config = SessionConfig::new_with_ballista().with_target_partitions(partitions);
    let session = SessionContext::new_with_config(config.clone()).session_id();
    let (url, ballista, codec) = (format!("http://{scheduler}"), config.ballista_config(), Codec::default());
    let rows = execute_physical_plan::<PhysicalPlanNode>(url, &ballista, plan, &codec, session, config);
    rows.await.map_err(|error| failed(scheduler, &error))
}

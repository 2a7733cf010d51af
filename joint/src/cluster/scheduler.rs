//! The one that hands out tasks.

use super::codec::Codec;
use crate::error::JointError;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// How a scheduler runs.
#[derive(Clone, Debug)]
pub struct Scheduler {
    /// Where it listens; port 0 for any that is free.
    pub listen: SocketAddr,
    /// After how many seconds of silence an executor is taken for dead.
    pub patience: u64,
}

/// Seconds until what executors kept of finished work is deleted.
const KEPT: u64 = 60;

/// Hands out tasks until the process ends; `ready` is told the address.
///
/// # Errors
/// [`JointError::Unreachable`] where it cannot listen, [`JointError::ClusterFailed`].
pub async fn schedule(scheduler: &Scheduler, ready: impl FnOnce(SocketAddr)) -> Result<(), JointError> {
    let shown = scheduler.listen.to_string();
    let refused = |error: std::io::Error| JointError::Unreachable {
        scheduler: shown.clone(),
        reason: error.to_string(),
    };
    let failed = |error: ballista_core::error::BallistaError| JointError::ClusterFailed {
        scheduler: shown.clone(),
        reason: error.to_string(),
    };
    let listener = TcpListener::bind(scheduler.listen).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let config = SchedulerConfig {
        bind_host: address.ip().to_string(),
        external_host: address.ip().to_string(),
        bind_port: address.port(),
        executor_timeout_seconds: scheduler.patience,
        expire_dead_executor_interval_seconds: (scheduler.patience / 4).max(1),
        no_executors_grace_period_seconds: scheduler.patience,
        finished_job_data_clean_up_interval_seconds: KEPT,
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        override_physical_codec: Some(Arc::new(Codec::default())),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await.map_err(failed)?;
    let server = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config));
    let server = server.await.map_err(failed)?;
    ready(address);
    start_grpc_service_with_listener(listener, server).await.map_err(failed)
}

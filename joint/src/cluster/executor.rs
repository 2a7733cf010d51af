//! One that does tasks.

use super::codec::Codec;
use crate::error::JointError;
use crate::tasks::Place;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use std::fs::DirBuilder;
use std::net::{IpAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;

/// How an executor runs.
#[derive(Clone, Debug)]
pub struct Executor {
    /// The scheduler, as `host:port`.
    pub scheduler: String,
    /// The address under which other executors and clients reach this one.
    pub address: IpAddr,
    /// Its port; 0 for any that is free.
    pub port: u16,
    /// How many tasks at once.
    pub cores: usize,
    /// Bytes of memory for keys, all tasks together; more are spilled.
    pub memory: u64,
    /// Where keys lie between tasks: a folder below this one.
    pub work: PathBuf,
    /// The program that does parts of questions to a sandbox; without it none are done here.
    pub sandbox: Option<PathBuf>,
}

/// Seconds in which a scheduler that is just starting may be waited for.
const CONNECTING: u16 = 20;

/// Does tasks until the process is told to end (SIGTERM, Ctrl-C); `ready` is told the port.
///
/// # Errors
/// [`JointError::Unreachable`], [`JointError::Files`], [`JointError::ClusterFailed`].
pub async fn execute(executor: &Executor, ready: impl FnOnce(u16)) -> Result<(), JointError> {
    let parsed =
        executor.scheduler.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let Some((host, scheduler_port)) = parsed else {
        return Err(JointError::Usage { reason: format!("{} is not host:port", executor.scheduler) });
    };
    let unreachable = |error: std::io::Error| JointError::Unreachable {
        scheduler: executor.address.to_string(),
        reason: error.to_string(),
    };
    // The port is announced to the scheduler before it is listened at: it must be known.
    let free = |address: IpAddr| TcpListener::bind((address, 0)).and_then(|socket| socket.local_addr());
    let port = match executor.port {
        0 => free(executor.address).map_err(unreachable)?.port(),
        port => port,
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(&executor.work).map_err(JointError::files(&executor.work))?;
    let work = tempfile::Builder::new().prefix("executor-").tempdir_in(&executor.work);
    let work = work.map_err(JointError::files(&executor.work))?;
    let place = executor.sandbox.clone().map(|program| Place { program, folder: work.path().to_owned() });
    let config = ExecutorProcessConfig {
        bind_host: executor.address.to_string(),
        external_host: Some(executor.address.to_string()),
        port,
        scheduler_host: host.to_owned(),
        scheduler_port,
        scheduler_connect_timeout_seconds: CONNECTING,
        vcores: executor.cores,
        work_dir: Some(work.path().display().to_string()),
        memory_pool_size: Some(executor.memory),
        task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
        override_physical_codec: Some(Arc::new(Codec::with(place))),
        ..ExecutorProcessConfig::default()
    };
    ready(port);
    start_executor_process(Arc::new(config)).await.map_err(|error| JointError::ClusterFailed {
        scheduler: executor.scheduler.clone(),
        reason: error.to_string(),
    })
}

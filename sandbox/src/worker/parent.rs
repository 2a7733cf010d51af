//! The room's side: a worker is called, watched, and killed.

use super::cluster::Cluster;
use super::folder::Folder;
use super::frames::{self, Broken, Reply};
use super::job::{Bounds, Job, Order};
use super::walls::Strictness;
use crate::error::SandboxError;
use crate::policy::Limits;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

/// What a process is called with to be a worker.
pub(super) const NAME: &str = "worker";

/// The first frame, before any table is opened: the walls stand, or which of them cannot.
pub(super) const STANDS: u8 = b'S';
pub(super) const OPEN: u8 = b'O';

/// How the second begins: what was asked for follows in others, or why it does not.
pub(super) const DONE: u8 = b'D';
pub(super) const FAILED: u8 = b'F';

/// Bytes of a reason at most.
pub(super) const MOST_OF_A_REASON: usize = 2000;

/// How long a worker that said nothing has to be dead, so that it is known of what.
const DYING: Duration = Duration::from_millis(200);

/// How work is given to workers.
#[derive(Debug, Clone)]
pub struct Workers {
    /// Where their folders are.
    folder: PathBuf,
    program: PathBuf,
    walls: Strictness,
    /// Where questions are divided among other machines, those.
    cluster: Option<Cluster>,
}

/// How a worker ended that did not do its work, with the reason for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It could not be called.
    Uncalled(String),
    /// It cannot be shut in on this machine.
    Open(String),
    /// The cluster's scheduler was not reached.
    Away(String),
    /// Anything else: it was too slow, failed, was killed, or what it said cannot be used.
    Ended(String),
}

impl Ending {
    /// As whoever asked is told of it.
    pub(crate) fn told(self, limits: &Limits) -> SandboxError {
        match self {
            Self::Uncalled(reason) => SandboxError::Worker { reason },
            Self::Open(reason) => SandboxError::Walls { reason },
            Self::Away(reason) => SandboxError::NoCluster { reason },
            Self::Ended(reason) => {
                SandboxError::Ended { seconds: limits.seconds, memory_mib: limits.memory_mib, reason }
            }
        }
    }
}

impl Workers {
    /// Workers whose folders are under `root`: this program, called again.
    #[must_use]
    pub fn new(root: &Path, walls: Strictness) -> Self {
        // By this name it is the same program even where a newer one was put in its place meanwhile.
        let same = Path::new("/proc/self/exe");
        let program = match same.exists() {
            true => same.to_owned(),
            false => std::env::current_exe().unwrap_or_default(),
        };
        Self { folder: root.join("work"), program, walls, cluster: None }
    }

    /// The same, who divide questions among the machines of a cluster, where there is one.
    #[must_use]
    pub fn on(self, cluster: Option<Cluster>) -> Self {
        Self { cluster, ..self }
    }

    /// The same, by another program: one that begins with [`super::called`].
    #[must_use]
    pub fn by(self, program: &Path) -> Self {
        Self { program: program.to_owned(), ..self }
    }

    /// Gives a job to a worker that may read `files`, and puts together what it says. The worker is dead when this returns,
    /// and is killed when nobody waits for this any longer.
    #[cfg(not(test))]
    pub(crate) async fn work<R: Reply>(
        &self,
        job: Job,
        files: Vec<PathBuf>,
        bounds: &Bounds,
        reply: R,
    ) -> Result<R::Whole, Ending> {
        self.given(job, files, bounds, reply).await
    }

    /// Gives a job to a worker, or to as many as it is divided among.
    async fn given<R: Reply>(
        &self,
        job: Job,
        files: Vec<PathBuf>,
        bounds: &Bounds,
        reply: R,
    ) -> Result<R::Whole, Ending> {
        match &self.cluster {
            Some(cluster) if job.divided().is_some() => {
                self.divided(cluster, job, files, bounds, reply).await
            }
            _ => self.called(job, files, bounds, reply).await,
        }
    }

    /// Has a job done on a cluster, and what comes of it put together by a worker here.
    async fn divided<R: Reply>(
        &self,
        cluster: &Cluster,
        job: Job,
        files: Vec<PathBuf>,
        bounds: &Bounds,
        reply: R,
    ) -> Result<R::Whole, Ending> {
        let uncalled = |error: std::io::Error| Ending::Uncalled(error.to_string());
        let folder = Folder::new(&self.folder).map_err(uncalled)?;
        let own = std::path::absolute(folder.own()).map_err(uncalled)?;
        let order = Order { job, files, folder: PathBuf::new(), bounds: bounds.clone(), walls: self.walls };
        let done = async {
            cluster.run(&self.program, &order, &own).await?;
            let job = Job::Together { of: Box::new(order.job), parts: cluster.parts };
            self.called_in(&own, job, Vec::new(), bounds, reply).await
        };
        match tokio::time::timeout(Duration::from_secs(bounds.seconds), done).await {
            Ok(done) => done,
            Err(_) => Err(Ending::Ended("the time was up".to_owned())),
        }
    }

    /// The binary of unit tests is no worker: there the job is done here, by way of the same bytes.
    #[cfg(test)]
    pub(crate) async fn work<R: Reply>(
        &self,
        job: Job,
        files: Vec<PathBuf>,
        bounds: &Bounds,
        reply: R,
    ) -> Result<R::Whole, Ending> {
        if !self.program.ends_with("exe") {
            return self.given(job, files, bounds, reply).await;
        }
        let folder = Folder::new(&self.folder).map_err(|error| Ending::Uncalled(error.to_string()))?;
        let order = Order { job, files, folder: folder.own(), bounds: bounds.clone(), walls: self.walls };
        let mut sent = Vec::new();
        frames::send(&mut sent, &order.written()).map_err(|error| Ending::Uncalled(error.to_string()))?;
        let order = Order::read(&mut &sent[..]).map_err(|error| Ending::Ended(error.to_string()))?;
        let mut said = [&1u32.to_le_bytes()[..], &[STANDS]].concat();
        super::child::answered(&order, super::child::done(&order).await, &mut said)
            .map_err(|error| Ending::Ended(error.to_string()))?;
        heard(&mut &said[..], reply).await
    }

    /// Gives a job to a worker with a folder of its own.
    pub(super) async fn called<R: Reply>(
        &self,
        job: Job,
        files: Vec<PathBuf>,
        bounds: &Bounds,
        reply: R,
    ) -> Result<R::Whole, Ending> {
        let uncalled = |error: std::io::Error| Ending::Uncalled(error.to_string());
        let folder = Folder::new(&self.folder).map_err(uncalled)?;
        let own = std::path::absolute(folder.own()).map_err(uncalled)?;
        self.called_in(&own, job, files, bounds, reply).await
    }

    async fn called_in<R: Reply>(
        &self,
        own: &Path,
        job: Job,
        files: Vec<PathBuf>,
        bounds: &Bounds,
        reply: R,
    ) -> Result<R::Whole, Ending> {
        let uncalled = |error: std::io::Error| Ending::Uncalled(error.to_string());
        let own = own.to_owned();
        let mut worker = Command::new(&self.program)
            .arg(NAME)
            .env_clear()
            .current_dir(&own)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(uncalled)?;
        let order = Order { job, files, folder: own, bounds: bounds.clone(), walls: self.walls };
        let limit = Duration::from_secs(bounds.seconds);
        let done = tokio::time::timeout(limit, asked(&mut worker, &order, reply)).await;
        match done {
            Ok(Ok(whole)) => {
                worker.kill().await.map_err(uncalled)?;
                Ok(whole)
            }
            Ok(Err(Ending::Ended(reason))) => Err(Ending::Ended(post_mortem(worker, reason).await)),
            Ok(Err(other)) => Err(other),
            Err(_) => Err(Ending::Ended(post_mortem(worker, "the time was up".to_owned()).await)),
        }
    }
}

/// Tells a worker what to do and hears what it says.
async fn asked<R: Reply>(worker: &mut Child, order: &Order, reply: R) -> Result<R::Whole, Ending> {
    let (Some(mut to), Some(mut from)) = (worker.stdin.take(), worker.stdout.take()) else {
        return Err(Ending::Uncalled("it has no pipes".to_owned()));
    };
    let mut sent = Vec::new();
    frames::send(&mut sent, &order.written()).map_err(|error| Ending::Uncalled(error.to_string()))?;
    let told = async {
        // What it does not read it does not do: that shows when it says nothing.
        drop(to.write_all(&sent).await);
        // It lives as long as this is open.
        to
    };
    let (to, heard) = tokio::join!(told, heard(&mut from, reply));
    drop(to);
    heard
}

/// What a worker says.
async fn heard<R: Reply>(
    from: &mut (impl tokio::io::AsyncRead + Unpin),
    mut reply: R,
) -> Result<R::Whole, Ending> {
    let ended = |broken: Broken| Ending::Ended(broken.to_string());
    let reason = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    let first = frames::next(from, MOST_OF_A_REASON + 1).await.map_err(ended)?;
    match first.split_first() {
        Some((&STANDS, [])) => {}
        // Who saw a row cannot say this any more: it is no way to tell anybody anything.
        Some((&OPEN, text)) => return Err(Ending::Open(reason(text))),
        _ => return Err(Ending::Ended("it did not say whether it is shut in".to_owned())),
    }
    let second = frames::next(from, MOST_OF_A_REASON + 1).await.map_err(ended)?;
    match second.split_first() {
        Some((&DONE, [])) => {}
        Some((&FAILED, text)) => return Err(Ending::Ended(reason(text))),
        _ => return Err(Ending::Ended("it said neither that it is done nor that it is not".to_owned())),
    }
    loop {
        let frame = frames::next(from, reply.most()).await.map_err(ended)?;
        if reply.take(&frame).map_err(ended)? {
            return reply.whole().map_err(ended);
        }
    }
}

/// Kills a worker, and says for the operator what is known of how it ended.
async fn post_mortem(mut worker: Child, reason: String) -> String {
    let status = match tokio::time::timeout(DYING, worker.wait()).await {
        Ok(Ok(status)) => Some(status.to_string()),
        _ => None,
    };
    // It is dead by now, or is after this.
    let _ = worker.kill().await;
    let mut last = Vec::new();
    if let Some(said) = worker.stderr.take() {
        let mut said = said.take(MOST_OF_A_REASON as u64);
        let _ = tokio::time::timeout(DYING, said.read_to_end(&mut last)).await;
    }
    let last = String::from_utf8_lossy(&last);
    let parts = [Some(reason), status, Some(last.trim().to_owned()).filter(|last| !last.is_empty())];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

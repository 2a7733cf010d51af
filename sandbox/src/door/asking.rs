//! Runs a question for somebody who may go away: so many at once, and none longer than anybody waits for it.
//!
//! A question runs on a thread of its own, since what it records and what it is judged against is on disks. When the request
//! goes away (the call is cancelled, the connection breaks, the server stops) the future of the question is dropped there:
//! its worker is ended with it, and the log says so.

use super::Settings;
use super::desk::{Asked, Caller, Run};
use crate::error::SandboxError;
use crate::room::Deed;
use crate::session;
use datafusion::arrow::record_batch::RecordBatch;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Whose turn it is.
pub(super) struct Turns {
    running: Arc<Semaphore>,
    /// Requests of each user that run or wait.
    of_one: Arc<Mutex<BTreeMap<String, u64>>>,
    most: u64,
    longest: Duration,
}

/// A place in the queue; it ends with whatever holds it.
pub(super) struct Place {
    user: String,
    of_one: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut of_one = self.of_one.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = of_one.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                of_one.remove(&self.user);
            }
        }
    }
}

impl Turns {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            running: Arc::new(Semaphore::new(settings.questions)),
            of_one: Arc::default(),
            most: settings.requests_of_one,
            longest: settings.longest,
        }
    }

    /// A place for one more request of a user.
    pub(super) fn place(&self, user: &str) -> Result<Place, SandboxError> {
        let mut of_one = self.of_one.lock().unwrap_or_else(PoisonError::into_inner);
        let count = of_one.entry(user.to_owned()).or_default();
        if *count >= self.most {
            return Err(SandboxError::Busy { user: user.to_owned(), most: self.most });
        }
        *count += 1;
        Ok(Place { user: user.to_owned(), of_one: Arc::clone(&self.of_one) })
    }

    /// Asks a question and lays out its answer.
    pub(super) async fn ask(
        &self,
        caller: Caller,
        Asked { policy, run, spend, columns }: Asked,
        place: Place,
    ) -> Result<RecordBatch, SandboxError> {
        let digest = hex::encode(Sha256::digest(run.text()));
        let gone = (caller.clone(), policy.clone(), digest);
        let asked = async move {
            let (room, of) = (&caller.room, (&*policy, &*caller.user));
            let answer = match &run {
                Run::Question(text) => session::ask_at(room, of.0, of.1, text, spend).await?,
                Run::Score { program, question } => {
                    session::submit(room, of, program, question, spend).await?
                }
                Run::Aggregate(program) => session::gather(room, of, program).await?,
            };
            columns.batch(&answer)
        };
        self.run(asked, gone, place).await
    }

    /// Runs something of somebody's on a thread of its own, for as long as this is waited for.
    async fn run<T: Send + 'static>(
        &self,
        asked: impl Future<Output = Result<T, SandboxError>> + Send + 'static,
        (caller, policy, digest): (Caller, String, String),
        place: Place,
    ) -> Result<T, SandboxError> {
        let run = async {
            let turn = Arc::clone(&self.running).acquire_owned().await;
            let turn = turn.map_err(|error| SandboxError::engine(&error))?;
            // Dropped with this future, whatever ends it.
            let (here, gone) = oneshot::channel::<()>();
            let either = async move {
                // Until it has really ended, even where nobody waits for it.
                let _held = (turn, place);
                tokio::select! {
                    answer = asked => answer,
                    _ = gone => {
                        let deed = Deed::new(&caller.user, &policy, "sandbox.release", "cancelled");
                        caller.room.record(deed.with(json!({ "question": digest })))?;
                        Err(SandboxError::Unable)
                    }
                }
            };
            let runtime = tokio::runtime::Handle::current();
            let answered = tokio::task::spawn_blocking(move || runtime.block_on(either)).await;
            drop(here);
            answered.map_err(|error| SandboxError::engine(&error))?
        };
        tokio::time::timeout(self.longest, run).await.unwrap_or(Err(SandboxError::Unable))
    }
}

#[cfg(test)]
mod tests;

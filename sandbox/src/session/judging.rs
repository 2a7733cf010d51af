//! Disclosure control within what is left of the time of a question.

use crate::disclosure::{self, Computed, History, HistoryError, JudgeError, Released, Rules, Waiting};
use crate::error::SandboxError;
use crate::policy::Limits;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What of a table may be seen, if that is known in time: computing and judging have the seconds of the policy together. Where
/// nobody waits for it any longer nothing is put into the history, as nothing was released. With it comes how many sets of rows
/// were released for the first time, of which there are no more than the limits say.
pub(super) async fn judged(
    computed: Computed,
    rules: Rules,
    history: PathBuf,
    secret: [u8; 32],
    limits: &Limits,
    began: Instant,
) -> Result<(Released, usize), SandboxError> {
    let ended = || SandboxError::Ended {
        seconds: limits.seconds,
        memory_mib: limits.memory_mib,
        reason: "the time was up while it was judged".to_owned(),
    };
    let whom = Arc::new(());
    let until = began.checked_add(Duration::from_secs(limits.seconds)).ok_or_else(ended)?;
    let waiting = Waiting { until, whom: Arc::downgrade(&whom) };
    let room = usize::try_from(limits.new_sets_a_question).unwrap_or(usize::MAX);
    // It is computed in one go, and waits for the history where another is judged.
    let judging = tokio::task::spawn_blocking(move || {
        let mut history = History::open_kept(&history)?.waited_for(waiting).with_room(room);
        let released = disclosure::judge(&computed, &rules, &mut history, &secret)?;
        Ok((released, history.added()))
    });
    let judged = tokio::time::timeout_at(until.into(), judging).await.map_err(|_| ended())?;
    match judged.map_err(|error| SandboxError::engine(&error))? {
        Ok(released) => Ok(released),
        Err(JudgeError::History(HistoryError::Late)) => Err(ended()),
        Err(error) => Err(SandboxError::History { reason: error.to_string() }),
    }
}

#[cfg(test)]
mod tests;

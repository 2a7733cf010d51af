//! What was read of histories, kept for the next who judges.
//!
//! It is taken out while the file is locked and put back before that is over: nobody else in this process has it meanwhile, and
//! other processes' releases are read when it is taken out again. What is kept is bounded: the histories that were used last,
//! as many as fit.

use super::Heard;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// As much memory is kept between questions, of all histories together.
const MOST_BYTES: usize = 1 << 31;

/// Those that were used last stand last.
static KEPT: Mutex<Vec<(File, Heard)>> = Mutex::new(Vec::new());

/// Which file: another one under the same name is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct File {
    device: u64,
    number: u64,
    /// A number is given again when its file is gone.
    made: SystemTime,
}

impl File {
    /// Nothing where files cannot be told apart: then what was read is not kept.
    pub(super) fn of(file: &std::fs::File) -> Option<Self> {
        let data = file.metadata().ok()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Some(File { device: data.dev(), number: data.ino(), made: data.created().ok()? })
        }
        #[cfg(not(unix))]
        {
            drop(data);
            None
        }
    }

    /// What was read of it, if that is kept.
    pub(super) fn take(&self) -> Option<Heard> {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(file, _)| file == self)?;
        Some(kept.remove(place).1)
    }

    /// Keeps what was read of it, and of others what there is room for.
    pub(super) fn keep(&self, read: Heard) {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(file, _)| file != self);
        kept.push((*self, read));
        let mut bytes = 0;
        let from = kept.iter().rposition(|(_, read)| {
            bytes += read.bytes();
            bytes > MOST_BYTES
        });
        kept.drain(..from.map_or(0, |last| last + 1));
    }
}

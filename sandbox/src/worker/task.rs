//! A part of a question on an executor of a cluster: a worker is called there as the room calls one.
//!
//! `yinshu-joint executor` calls `yinshu-sandbox task AT OF` in a folder of its own, with the job on its standard input. What the
//! worker says is passed on frame by frame, up to an empty one that says that it is all of it. However the worker ended
//! that did not do its work stands on the standard error output, and goes back to the room's operator.

use super::frames::{self, Broken, Reply};
use super::job::{Job, Order};
use super::parent::{Ending, Workers};
use std::io::{BufWriter, Stdout, Write as _};
use std::path::Path;
use std::process::ExitCode;

/// What a process is called with to work out a part.
pub(super) const NAME: &str = "task";

/// Frames that are passed on as they come.
struct Passed {
    to: BufWriter<Stdout>,
    /// Bytes that may still come.
    left: usize,
}

impl Reply for Passed {
    type Whole = ();

    fn most(&self) -> usize {
        self.left
    }

    fn take(&mut self, frame: &[u8]) -> Result<bool, Broken> {
        self.left =
            self.left.checked_sub(frame.len()).ok_or(Broken::Unfit("a part is larger than memory"))?;
        let passed = frames::send(&mut self.to, frame).and_then(|()| self.to.flush());
        passed.map_err(|_| Broken::Unfit("nobody takes it"))?;
        Ok(frame.is_empty())
    }

    fn whole(self) -> Result<(), Broken> {
        Ok(())
    }
}

/// Has one of so many parts of a job worked out.
pub(super) fn main(at: usize, parts: usize) -> ExitCode {
    let done = ordered(at, parts).and_then(|order| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let left = usize::try_from(order.bounds.memory_mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
        let passed = Passed { to: BufWriter::new(std::io::stdout()), left };
        let workers = Workers::new(Path::new("."), order.walls);
        let done = workers.called(order.job, order.files, &order.bounds, passed);
        runtime.block_on(done).map_err(|ending| match ending {
            Ending::Uncalled(reason)
            | Ending::Open(reason)
            | Ending::Away(reason)
            | Ending::Ended(reason) => reason,
        })
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = std::io::stderr().write_all(reason.as_bytes());
            ExitCode::FAILURE
        }
    }
}

/// The job that came, as that of one part.
fn ordered(at: usize, parts: usize) -> Result<Order, String> {
    let order = Order::read(&mut std::io::stdin()).map_err(|broken| broken.to_string())?;
    let Order { job, files, folder, bounds, walls } = order;
    let order = Order { job: Job::Part { of: Box::new(job), at, parts }, files, folder, bounds, walls };
    // Looked at once more: whether it can be divided so.
    let mut sent = Vec::new();
    frames::send(&mut sent, &order.written()).map_err(|error| error.to_string())?;
    Order::read(&mut &sent[..]).map_err(|broken| broken.to_string())
}

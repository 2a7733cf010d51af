//! Two channel ends in one process, for tests and for running both sides of a protocol locally.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::channel::{Channel, MAX_FRAME, WINDOW};
use crate::meter::{Counter, Meter};
use crate::{NetError, PartyId};

/// How long an end waits for the other before [`NetError::Timeout`], unless set otherwise.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The channel of `a` to `b` and that of `b` to `a`. Dropping an end closes it.
pub fn pair(a: PartyId, b: PartyId) -> (MemoryChannel, MemoryChannel) {
    let (there, back) = (Arc::new(Pipe::default()), Arc::new(Pipe::default()));
    let end = |peer, out: &Arc<Pipe>, into: &Arc<Pipe>| MemoryChannel {
        peer,
        out: Arc::clone(out),
        into: Arc::clone(into),
        counter: Counter::default(),
        patience: PATIENCE,
    };
    (end(b, &there, &back), end(a, &back, &there))
}

/// One end of a [`pair`].
pub struct MemoryChannel {
    peer: PartyId,
    out: Arc<Pipe>,
    into: Arc<Pipe>,
    counter: Counter,
    patience: Duration,
}

impl MemoryChannel {
    /// The same end with another patience.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn timeout(&self) -> NetError {
        NetError::Timeout { peer: self.peer.clone(), seconds: self.patience.as_secs() }
    }
}

#[derive(Default)]
struct Pipe {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Vec<u8>>,
    bytes: usize,
    closed: bool,
}

impl Pipe {
    /// Waits until `ready`; false when the deadline came first.
    fn wait(&self, deadline: Instant, ready: impl Fn(&Queue) -> bool) -> (MutexGuard<'_, Queue>, bool) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        while !ready(&queue) {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return (queue, false) };
            queue = self.changed.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        (queue, true)
    }

    fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.changed.notify_all();
    }
}

impl Channel for MemoryChannel {
    fn peer(&self) -> &PartyId {
        &self.peer
    }

    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        if frame.len() > MAX_FRAME {
            return Err(NetError::SendTooLong { peer: self.peer.clone(), len: frame.len(), max: MAX_FRAME });
        }
        let fits = |q: &Queue| q.closed || q.frames.is_empty() || q.bytes + frame.len() <= WINDOW;
        let (mut queue, ready) = self.out.wait(Instant::now() + self.patience, fits);
        if !ready {
            drop(queue);
            return Err(self.timeout());
        }
        if queue.closed {
            return Err(NetError::Closed { peer: self.peer.clone() });
        }
        queue.bytes += frame.len();
        self.counter.sent(frame.len());
        queue.frames.push_back(frame);
        drop(queue);
        self.out.changed.notify_all();
        Ok(())
    }

    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        let (mut queue, ready) =
            self.into.wait(Instant::now() + self.patience, |q| q.closed || !q.frames.is_empty());
        if !ready {
            drop(queue);
            return Err(self.timeout());
        }
        let Some(frame) = queue.frames.pop_front() else {
            return Err(NetError::Closed { peer: self.peer.clone() });
        };
        queue.bytes -= frame.len();
        drop(queue);
        self.into.changed.notify_all();
        self.counter.received(frame.len());
        if frame.len() > max {
            return Err(NetError::FrameTooLong { peer: self.peer.clone(), len: frame.len(), max });
        }
        Ok(frame)
    }

    fn phase(&mut self, name: &'static str) {
        self.counter.phase(name);
    }

    fn meter(&self) -> Meter {
        self.counter.snapshot()
    }

    fn close(&mut self) -> Result<(), NetError> {
        self.out.close();
        self.into.close();
        Ok(())
    }
}

impl Drop for MemoryChannel {
    fn drop(&mut self) {
        self.out.close();
        self.into.close();
    }
}

#[cfg(test)]
mod tests;

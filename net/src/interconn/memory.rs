//! Two ends of a link in one process, and a link that tampers: for tests.

use super::{Code, Lane, Link};
use crate::meter::Traffic;
use crate::{NetError, PartyId};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is under way from one end to the other.
#[derive(Default)]
struct Way {
    lanes: Mutex<([VecDeque<Vec<u8>>; 2], bool)>,
    changed: Condvar,
}

impl Way {
    fn lanes(&self) -> MutexGuard<'_, ([VecDeque<Vec<u8>>; 2], bool)> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lanes().1 = true;
        self.changed.notify_all();
    }
}

/// What is done to a value on its way: the values that go in its place.
pub type Meddling = Box<dyn Fn(Lane, u64, Vec<u8>) -> Vec<Vec<u8>> + Send + Sync>;

/// One end. Dropping it closes both directions.
pub struct MemoryLink {
    peer: PartyId,
    out: Arc<Way>,
    into: Arc<Way>,
    counts: Mutex<([u64; 2], Traffic)>,
    meddling: Option<Meddling>,
    patience: Duration,
}

/// The ends of rank 0 and of rank 1.
pub fn pair() -> (MemoryLink, MemoryLink) {
    let (to_one, to_zero) = (Arc::new(Way::default()), Arc::new(Way::default()));
    let end = |peer: &str, out: &Arc<Way>, into: &Arc<Way>| MemoryLink {
        peer: PartyId::new(peer).expect("a good name"),
        out: Arc::clone(out),
        into: Arc::clone(into),
        counts: Mutex::default(),
        meddling: None,
        patience: Duration::from_secs(10),
    };
    (end("rank-1", &to_one, &to_zero), end("rank-0", &to_zero, &to_one))
}

impl MemoryLink {
    /// The same end, whose values are changed on their way; they are counted from 0 on each lane.
    #[must_use]
    pub fn meddled(mut self, meddling: Meddling) -> Self {
        self.meddling = Some(meddling);
        self
    }

    /// The same end, which waits no longer than this for a value.
    #[must_use]
    pub fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn counts(&self) -> MutexGuard<'_, ([u64; 2], Traffic)> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link for MemoryLink {
    fn peer(&self) -> &PartyId {
        &self.peer
    }

    fn send(&self, lane: Lane, value: Vec<u8>) -> Result<(), NetError> {
        let at = {
            let mut counts = self.counts();
            counts.1.bytes_sent += value.len() as u64;
            counts.1.frames_sent += 1;
            counts.0[lane as usize] += 1;
            counts.0[lane as usize] - 1
        };
        let values = match &self.meddling {
            Some(meddling) => meddling(lane, at, value),
            None => vec![value],
        };
        let mut lanes = self.out.lanes();
        if lanes.1 {
            return Err(NetError::Closed { peer: self.peer.clone() });
        }
        lanes.0[lane as usize].extend(values);
        drop(lanes);
        self.out.changed.notify_all();
        Ok(())
    }

    fn recv(&self, lane: Lane, max: usize) -> Result<Vec<u8>, NetError> {
        let peer = self.peer.clone();
        let waiting =
            |lanes: &mut ([VecDeque<Vec<u8>>; 2], bool)| lanes.0[lane as usize].is_empty() && !lanes.1;
        let waited = self.into.changed.wait_timeout_while(self.into.lanes(), self.patience, waiting);
        let mut lanes = waited.unwrap_or_else(PoisonError::into_inner).0;
        match lanes.0[lane as usize].pop_front() {
            Some(value) if value.len() > max => Err(NetError::FrameTooLong { peer, len: value.len(), max }),
            Some(value) => {
                let mut counts = self.counts();
                counts.1.bytes_received += value.len() as u64;
                counts.1.frames_received += 1;
                Ok(value)
            }
            None if lanes.1 => Err(NetError::Closed { peer }),
            None => Err(NetError::Timeout { peer, seconds: self.patience.as_secs() }),
        }
    }

    fn waits(&self, lane: Lane) -> bool {
        !self.into.lanes().0[lane as usize].is_empty()
    }

    fn abort(&self, _: Code, _: &str) {
        self.out.close();
        self.into.close();
    }

    fn traffic(&self) -> Traffic {
        self.counts().1
    }
}

impl Drop for MemoryLink {
    fn drop(&mut self) {
        self.out.close();
    }
}

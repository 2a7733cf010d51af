//! Record a run, then run one party alone against the record.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

use super::Direction;
use crate::meter::Counter;
use crate::{Channel, Meter, NetError, PartyId};

/// One frame of a recorded run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which way it went.
    pub direction: Direction,
    /// Its bytes.
    pub frame: Vec<u8>,
}

/// All frames of one end of a channel, in the order in which that end saw them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// Who was on the other end.
    pub peer: PartyId,
    /// The frames.
    pub steps: Vec<Step>,
}

/// A channel that records what passes.
pub struct Recorder<C> {
    inner: C,
    steps: Vec<Step>,
}

impl<C: Channel> Recorder<C> {
    /// Records from here on.
    pub fn new(inner: C) -> Self {
        Self { inner, steps: Vec::new() }
    }

    /// What was recorded.
    pub fn into_transcript(self) -> Transcript {
        Transcript { peer: self.inner.peer().clone(), steps: self.steps }
    }
}

impl<C: Channel> Channel for Recorder<C> {
    fn peer(&self) -> &PartyId {
        self.inner.peer()
    }

    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        self.inner.send(frame.clone())?;
        self.steps.push(Step { direction: Direction::Sent, frame });
        Ok(())
    }

    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        let frame = self.inner.recv(max)?;
        self.steps.push(Step { direction: Direction::Received, frame: frame.clone() });
        Ok(frame)
    }

    fn phase(&mut self, name: &'static str) {
        self.inner.phase(name);
    }

    fn meter(&self) -> Meter {
        self.inner.meter()
    }

    fn close(&mut self) -> Result<(), NetError> {
        self.inner.close()
    }
}

/// A channel on which the peer says what it said in a [`Transcript`], and on which we must say the same as
/// well: a party with the same input and the same randomness runs alone. The order between a send and a
/// receive may differ from the record (threads), that within each direction may not.
pub struct Replay {
    peer: PartyId,
    sent: VecDeque<(usize, Vec<u8>)>,
    received: VecDeque<Vec<u8>>,
    steps: usize,
    counter: Counter,
}

impl Replay {
    /// Starts at the beginning.
    pub fn new(transcript: Transcript) -> Self {
        let steps = transcript.steps.len();
        let (mut sent, mut received) = (VecDeque::new(), VecDeque::new());
        for (i, step) in transcript.steps.into_iter().enumerate() {
            match step.direction {
                Direction::Sent => sent.push_back((i, step.frame)),
                Direction::Received => received.push_back(step.frame),
            }
        }
        Self { peer: transcript.peer, sent, received, steps, counter: Counter::default() }
    }

    /// Checks that the whole record was played.
    ///
    /// # Errors
    /// [`NetError::ReplayDiffers`].
    pub fn finish(self) -> Result<(), NetError> {
        if let Some((step, _)) = self.sent.front() {
            return Err(self.differs(*step, "this frame was not sent".to_owned()));
        }
        if !self.received.is_empty() {
            return Err(self.differs(self.steps, format!("{} frames were not read", self.received.len())));
        }
        Ok(())
    }

    fn differs(&self, step: usize, detail: String) -> NetError {
        NetError::ReplayDiffers { peer: self.peer.clone(), step, detail }
    }
}

impl Channel for Replay {
    fn peer(&self) -> &PartyId {
        &self.peer
    }

    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        let Some((step, recorded)) = self.sent.pop_front() else {
            return Err(self.differs(self.steps, "a frame too many was sent".to_owned()));
        };
        if let Some(at) = (0..frame.len().max(recorded.len())).find(|&i| frame.get(i) != recorded.get(i)) {
            let lens = format!("{} bytes sent, {} recorded", frame.len(), recorded.len());
            return Err(self.differs(step, format!("byte {at} is another ({lens})")));
        }
        self.counter.sent(frame.len());
        Ok(())
    }

    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        let Some(frame) = self.received.pop_front() else {
            return Err(NetError::Closed { peer: self.peer.clone() });
        };
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
        Ok(())
    }
}

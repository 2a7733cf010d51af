//! A channel that does to chosen frames what an adversary or a defect would.

use std::collections::VecDeque;

use super::Direction;
use crate::{Channel, MAX_FRAME, Meter, NetError, PartyId};

/// What is done to a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Inverts one bit, counted from the first byte's lowest, modulo the frame's length. An empty frame
    /// stays as it is.
    Flip {
        /// Which.
        bit: usize,
    },
    /// Replaces the whole frame.
    Replace {
        /// By what.
        frame: Vec<u8>,
    },
    /// The frame is never seen again.
    Drop,
    /// The frame arrives twice.
    Duplicate,
    /// The frame arrives after the one that follows it. If none follows before the direction turns, it
    /// never arrives.
    Reorder,
    /// Keeps the first bytes alone.
    Truncate {
        /// How many.
        keep: usize,
    },
    /// Appends zero bytes, up to [`MAX_FRAME`].
    Oversize {
        /// How many.
        extra: usize,
    },
}

impl Action {
    /// What goes on instead of `frame`, and what is held back until after the next one.
    fn apply(&self, mut frame: Vec<u8>) -> (Vec<Vec<u8>>, Option<Vec<u8>>) {
        match self {
            Self::Flip { bit } => {
                let bits = frame.len() * 8;
                if let Some(at) = bit.checked_rem(bits) {
                    frame[at / 8] ^= 1 << (at % 8);
                }
                (vec![frame], None)
            }
            Self::Replace { frame } => (vec![frame.clone()], None),
            Self::Drop => (vec![], None),
            Self::Duplicate => (vec![frame.clone(), frame], None),
            Self::Reorder => (vec![], Some(frame)),
            Self::Truncate { keep } => {
                frame.truncate(*keep);
                (vec![frame], None)
            }
            Self::Oversize { extra } => {
                let len = frame.len().saturating_add(*extra).min(MAX_FRAME);
                frame.resize(len, 0);
                (vec![frame], None)
            }
        }
    }
}

/// A channel with rules: what to do to the k-th frame of a direction.
pub struct Tamper<C> {
    inner: C,
    rules: Vec<(Direction, u64, Action)>,
    sent: u64,
    received: u64,
    held_out: Option<Vec<u8>>,
    held_in: Option<Vec<u8>>,
    ready: VecDeque<Vec<u8>>,
}

impl<C: Channel> Tamper<C> {
    /// A channel that does nothing yet.
    pub fn new(inner: C) -> Self {
        let (held_out, held_in) = (None, None);
        Self { inner, rules: Vec::new(), sent: 0, received: 0, held_out, held_in, ready: VecDeque::new() }
    }

    /// Adds a rule for frame number `nth` (from 0) of a direction.
    #[must_use]
    pub fn rule(mut self, direction: Direction, nth: u64, action: Action) -> Self {
        self.rules.push((direction, nth, action));
        self
    }

    fn tampered(&self, direction: Direction, nth: u64, frame: Vec<u8>) -> (Vec<Vec<u8>>, Option<Vec<u8>>) {
        match self.rules.iter().find(|(d, n, _)| (*d, *n) == (direction, nth)) {
            Some((_, _, action)) => action.apply(frame),
            None => (vec![frame], None),
        }
    }
}

impl<C: Channel> Channel for Tamper<C> {
    fn peer(&self) -> &PartyId {
        self.inner.peer()
    }

    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        let nth = self.sent;
        self.sent += 1;
        let late = self.held_out.take();
        let (now, held) = self.tampered(Direction::Sent, nth, frame);
        self.held_out = held;
        now.into_iter().chain(late).try_for_each(|frame| self.inner.send(frame))
    }

    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        let frame = loop {
            if let Some(frame) = self.ready.pop_front() {
                break frame;
            }
            let frame = self.inner.recv(MAX_FRAME)?;
            let nth = self.received;
            self.received += 1;
            let late = self.held_in.take();
            let (now, held) = self.tampered(Direction::Received, nth, frame);
            self.held_in = held;
            self.ready.extend(now.into_iter().chain(late));
        };
        if frame.len() > max {
            return Err(NetError::FrameTooLong { peer: self.peer().clone(), len: frame.len(), max });
        }
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

//! What the peer has pushed and nobody has read yet, bounded.

use super::Lane;
use crate::{NetError, PartyId};
use prost::bytes::Bytes;
use std::collections::BTreeMap;

/// The longest value, in bytes.
pub(super) const MAX_VALUE: usize = 4 << 20;

/// How many bytes of one lane may wait to be read.
pub(super) const LANE_WINDOW: usize = 16 << 20;

/// What a message or chunk costs beside its bytes, so that empty ones cost something too.
const OVERHEAD: usize = 256;

/// The most chunks of one value.
const MAX_CHUNKS: usize = 1 << 10;

/// How far ahead of the message that is due others may come.
const AHEAD: u64 = 1 << 16;

/// A message of one lane, whole or a part.
pub(super) struct Push {
    pub(super) lane: Lane,
    pub(super) n: u64,
    pub(super) seq: u64,
    pub(super) value: Bytes,
    /// Length of the whole and offset in it, where this is a part.
    pub(super) chunk: Option<(u64, u64)>,
}

/// What became of a push.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is kept.
    Kept,
    /// There is no room now.
    Full,
    /// It was there before; nothing changed.
    Twice,
}

/// A value in the making: parts by offset.
#[derive(Default)]
struct Parts {
    total: usize,
    got: usize,
    at: BTreeMap<usize, Bytes>,
}

#[derive(Default)]
struct Queue {
    /// The number that is due.
    due: u64,
    whole: BTreeMap<u64, (Vec<Bytes>, u64)>,
    parts: BTreeMap<u64, Parts>,
    held: usize,
}

/// The queues of all lanes.
pub(super) struct Mailbox {
    peer: PartyId,
    lanes: [Queue; 2],
}

impl Mailbox {
    /// Empty; the first message of each lane has the number `first`.
    pub(super) fn new(peer: PartyId, first: u64) -> Self {
        let queue = || Queue { due: first, ..Queue::default() };
        Self { peer, lanes: [queue(), queue()] }
    }

    fn malformed(&self, what: &str) -> NetError {
        NetError::Malformed { peer: self.peer.clone(), what: what.to_owned() }
    }

    /// Takes a push in, or says why it cannot be.
    pub(super) fn put(&mut self, push: Push) -> Result<Taken, NetError> {
        let too_long = |len: usize| NetError::FrameTooLong { peer: self.peer.clone(), len, max: MAX_VALUE };
        let queue = &self.lanes[push.lane as usize];
        if push.n < queue.due || queue.whole.contains_key(&push.n) {
            return Ok(Taken::Twice);
        }
        if push.n - queue.due > AHEAD {
            let (peer, expected) = (self.peer.clone(), queue.due);
            return Err(NetError::OutOfSequence { peer, expected, found: push.n });
        }
        if push.value.len() > MAX_VALUE {
            return Err(too_long(push.value.len()));
        }
        // What is due is always taken: were it to wait for room, nothing would ever make room.
        let cost = push.value.len() + OVERHEAD;
        if push.n != queue.due && queue.held + cost > LANE_WINDOW {
            return Ok(Taken::Full);
        }
        match push.chunk {
            None if queue.parts.contains_key(&push.n) => Err(self.malformed("value: whole and in chunks")),
            None => {
                let queue = &mut self.lanes[push.lane as usize];
                queue.held += cost;
                queue.whole.insert(push.n, (vec![push.value], push.seq));
                Ok(Taken::Kept)
            }
            Some((total, offset)) => {
                let total = usize::try_from(total).unwrap_or(usize::MAX);
                if total > MAX_VALUE {
                    return Err(too_long(total));
                }
                let offset = usize::try_from(offset).unwrap_or(usize::MAX);
                self.put_part(&push, total, offset)
            }
        }
    }

    fn put_part(&mut self, push: &Push, total: usize, offset: usize) -> Result<Taken, NetError> {
        let len = push.value.len();
        if len == 0 || offset.saturating_add(len) > total {
            return Err(self.malformed("chunk: outside its value"));
        }
        let queue = &mut self.lanes[push.lane as usize];
        let parts = queue.parts.entry(push.n).or_insert_with(|| Parts { total, ..Parts::default() });
        let before = parts.at.range(..=offset).next_back().map(|(at, part)| (*at, part.len()));
        let after = parts.at.range(offset..).next().map(|(at, _)| *at);
        let wrong = if parts.at.len() == MAX_CHUNKS {
            Some("value: in too many chunks")
        } else if parts.total != total {
            Some("chunk: of a value of another length")
        } else if before == Some((offset, len)) {
            return Ok(Taken::Twice);
        } else if before.is_some_and(|(at, len)| at + len > offset)
            || after.is_some_and(|at| offset + len > at)
        {
            Some("chunk: overlaps another")
        } else {
            None
        };
        if let Some(what) = wrong {
            return Err(self.malformed(what));
        }
        parts.at.insert(offset, push.value.clone());
        parts.got += len;
        queue.held += len + OVERHEAD;
        if parts.got == parts.total {
            let done = queue.parts.remove(&push.n).expect("it was just filled");
            queue.whole.insert(push.n, (done.at.into_values().collect(), push.seq));
        }
        Ok(Taken::Kept)
    }

    /// The message of a lane that is due, and its sequence number.
    pub(super) fn take(&mut self, lane: Lane, max: usize) -> Option<Result<(Vec<u8>, u64), NetError>> {
        let queue = &mut self.lanes[lane as usize];
        let (parts, seq) = queue.whole.remove(&queue.due)?;
        queue.due += 1;
        let len: usize = parts.iter().map(Bytes::len).sum();
        queue.held = queue.held.saturating_sub(len + OVERHEAD * parts.len());
        if len > max {
            return Some(Err(NetError::FrameTooLong { peer: self.peer.clone(), len, max }));
        }
        Some(Ok((parts.concat(), seq)))
    }

    /// Whether the message of a lane that is due is here.
    pub(super) fn due(&self, lane: Lane) -> bool {
        let queue = &self.lanes[lane as usize];
        queue.whole.contains_key(&queue.due)
    }

    /// Whether anything of a lane waits to be read.
    pub(super) fn waits(&self, lane: Lane) -> bool {
        let queue = &self.lanes[lane as usize];
        !queue.whole.is_empty() || !queue.parts.is_empty()
    }
}

#[cfg(test)]
mod tests;

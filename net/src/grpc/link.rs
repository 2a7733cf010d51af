//! One end of a session, apart from any connection: what is unsent, unacknowledged and unread. No I/O
//! and no clock: connections come and go around it.
//!
//! Every DATA and CLOSE has a number. What is not acknowledged is kept, and sent again over the next
//! connection from where the other side says it stopped; the receiver takes numbers in order and without
//! gaps alone, so that nothing is lost or doubled. Two windows' worth of memory a session is the most a
//! peer can make us keep: one of what it has not acknowledged, one of what we have not read.

use prost::bytes::Bytes;
use std::collections::VecDeque;

use super::wire::{Envelope, Kind};
use crate::channel::{MAX_FRAME, WINDOW};
use crate::error::printable;
use crate::session::{MAX_REASON, malformed};
use crate::{NetError, PartyId};

/// What a frame costs of the window besides its bytes, so that empty frames are bounded too.
const FRAME_COST: u64 = 64;
/// The window in cost.
const LIMIT: u64 = WINDOW as u64 + 64 * 1024;
/// At most so many frames are left unacknowledged when a chance to acknowledge comes by.
const UNACKNOWLEDGED: u64 = 32;

fn cost(frame: &[u8]) -> u64 {
    frame.len() as u64 + FRAME_COST
}

/// What goes out in order.
enum Item {
    Data(Bytes),
    Close,
}

/// What a connection has to do next.
pub(super) enum Next {
    /// Send this.
    Send(Envelope),
    /// Send this, and end the session.
    Last(Envelope),
    /// Nothing; `owes` when something received is still to be acknowledged.
    Idle { owes: bool },
    /// Both sides have closed and know it.
    Finished,
    /// A newer connection has taken over.
    Superseded,
}

/// One end of a session.
pub(super) struct Link {
    peer: PartyId,
    /// Counts connections; only the newest may act.
    generation: u64,
    outbox: VecDeque<Item>,
    /// The number of the first item in the outbox.
    first: u64,
    /// The number of the next item to go out over this connection.
    cursor: u64,
    /// The cost of all data put out, and how much of it the peer's application has read.
    put: u64,
    credit: u64,
    inbox: VecDeque<Bytes>,
    /// The number last received, the cost of all received, and of all read.
    received: u64,
    taken: u64,
    consumed: u64,
    /// `received` and `consumed` as last told to the peer.
    told: (u64, u64),
    /// We have closed; the application is gone and what still comes is dropped; the peer has closed.
    closing: bool,
    deaf: bool,
    peer_closed: bool,
    ended: Option<NetError>,
    /// What to tell the peer about why it ended.
    farewell: Option<(u16, String)>,
}

impl Link {
    pub(super) fn new(peer: PartyId) -> Self {
        Self {
            peer,
            generation: 0,
            outbox: VecDeque::new(),
            first: 1,
            cursor: 1,
            put: 0,
            credit: 0,
            inbox: VecDeque::new(),
            received: 0,
            taken: 0,
            consumed: 0,
            told: (0, 0),
            closing: false,
            deaf: false,
            peer_closed: false,
            ended: None,
            farewell: None,
        }
    }

    // ---- the application's side

    /// Whether a frame of this length may be put out now, or never.
    pub(super) fn may_put(&self, len: usize) -> Result<bool, NetError> {
        if let Some(e) = &self.ended {
            return Err(e.clone());
        }
        if self.closing || self.peer_closed {
            return Err(NetError::Closed { peer: self.peer.clone() });
        }
        Ok(self.put - self.credit + len as u64 + FRAME_COST <= LIMIT)
    }

    /// Puts a frame out, after [`Link::may_put`].
    pub(super) fn put(&mut self, frame: Vec<u8>) {
        self.put += cost(&frame);
        self.outbox.push_back(Item::Data(frame.into()));
    }

    /// The next frame, if there is one. What came before an error or a close is read first.
    pub(super) fn take_frame(&mut self) -> Result<Option<Bytes>, NetError> {
        if let Some(frame) = self.inbox.pop_front() {
            self.consumed += cost(&frame);
            return Ok(Some(frame));
        }
        match &self.ended {
            _ if self.peer_closed => Err(NetError::Closed { peer: self.peer.clone() }),
            Some(e) => Err(e.clone()),
            None if self.closing => Err(NetError::Closed { peer: self.peer.clone() }),
            None => Ok(None),
        }
    }

    /// Closes our direction behind what is still to be sent.
    pub(super) fn close(&mut self) {
        if !self.closing && self.ended.is_none() {
            self.closing = true;
            self.outbox.push_back(Item::Close);
        }
    }

    /// The application is gone: nobody will read what still comes.
    pub(super) fn abandon(&mut self) {
        self.close();
        self.deaf = true;
        self.consumed += self.inbox.drain(..).map(|f| cost(&f)).sum::<u64>();
    }

    /// Whether everything that was sent, the close included, is at the peer. A peer that has closed and
    /// gone may owe us the acknowledgement of our close, but not of data.
    pub(super) fn flushed(&self) -> Result<bool, NetError> {
        let data_left = self.outbox.iter().any(|item| matches!(item, Item::Data(_)));
        match &self.ended {
            _ if self.outbox.is_empty() => Ok(true),
            Some(_) if self.peer_closed && !data_left => Ok(true),
            Some(e) => Err(e.clone()),
            None => Ok(self.peer_closed && !data_left),
        }
    }

    /// Ends the session with an error; the first one counts. A `farewell` is told to the peer.
    pub(super) fn fail(&mut self, error: NetError, farewell: bool) {
        if self.ended.is_none() && !self.over() {
            if farewell {
                self.farewell = Some((error.code(), error.to_string()));
            }
            self.ended = Some(error);
        }
    }

    /// Tells the peer why we end the session.
    pub(super) fn abort(&mut self, code: u16, reason: &str) {
        if self.ended.is_none() {
            self.farewell = Some((code, printable(reason.as_bytes(), MAX_REASON)));
            self.ended = Some(NetError::Closed { peer: self.peer.clone() });
        }
    }

    // ---- the connection's side

    /// Whether nothing more will happen, with or without a connection.
    pub(super) fn over(&self) -> bool {
        let nothing_owed = self.closing && self.outbox.is_empty() && self.peer_closed;
        nothing_owed || (self.ended.is_some() && self.farewell.is_none())
    }

    /// Whether the peer has closed and owes us nothing that matters: no reason to connect again.
    pub(super) fn peer_is_done(&self) -> bool {
        self.peer_closed && !self.outbox.iter().any(|item| matches!(item, Item::Data(_)))
    }

    /// Whether both have closed, and at most the acknowledgement of our close is owed: a peer that ends with the session
    /// may never send it.
    pub(super) fn both_closed(&self) -> bool {
        self.closing && self.peer_is_done()
    }

    pub(super) fn ended(&self) -> Option<&NetError> {
        self.ended.as_ref()
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// An envelope of this kind with our acknowledgements.
    pub(super) fn envelope(&mut self, kind: Kind, sequence: u64, frame: Bytes) -> Envelope {
        self.told = (self.received, self.consumed);
        let (received, consumed) = self.told;
        Envelope { kind: kind.into(), sequence, received, consumed, frame }
    }

    /// A new connection takes over, on which the peer has said OPEN: what it has not received goes out
    /// again. Returns the number of this connection.
    pub(super) fn attach(&mut self, open: &Envelope) -> Result<u64, NetError> {
        self.acknowledge(open)?;
        self.cursor = self.first;
        self.generation += 1;
        Ok(self.generation)
    }

    /// What connection number `generation` sends next.
    pub(super) fn next(&mut self, generation: u64) -> Next {
        if generation != self.generation {
            return Next::Superseded;
        }
        if let Some((code, reason)) = self.farewell.take() {
            let frame = [&code.to_be_bytes()[..], reason.as_bytes()].concat();
            return Next::Last(self.envelope(Kind::Reject, 0, frame.into()));
        }
        if self.ended.is_some() {
            return Next::Finished;
        }
        let at = usize::try_from(self.cursor - self.first).expect("the outbox is in memory");
        if let Some(item) = self.outbox.get(at) {
            let (kind, frame) = match item {
                Item::Data(frame) => (Kind::Data, frame.clone()),
                Item::Close => (Kind::Close, Bytes::new()),
            };
            let sequence = self.cursor;
            self.cursor += 1;
            return Next::Send(self.envelope(kind, sequence, frame));
        }
        let (received, consumed) = self.told;
        let owes = (received, consumed) != (self.received, self.consumed);
        let urgent = self.received - received >= UNACKNOWLEDGED
            || self.consumed - consumed >= LIMIT / 4
            || (self.peer_closed && received != self.received);
        if urgent {
            return Next::Send(self.envelope(Kind::Ack, 0, Bytes::new()));
        }
        if self.over() { Next::Finished } else { Next::Idle { owes } }
    }

    /// An acknowledgement, which also keeps the connection alive; none if another has taken over.
    pub(super) fn acknowledgement(&mut self, generation: u64) -> Option<Envelope> {
        (generation == self.generation).then(|| self.envelope(Kind::Ack, 0, Bytes::new()))
    }

    /// Takes what came over a connection. An error ends the session and is the peer's fault, or is what
    /// the peer said in its farewell.
    pub(super) fn receive(&mut self, envelope: Envelope) -> Result<(), NetError> {
        if self.ended.is_some() {
            return Ok(());
        }
        match envelope.kind() {
            Kind::Data | Kind::Close => {}
            Kind::Ack if envelope.frame.is_empty() => return self.acknowledge(&envelope),
            Kind::Reject => return Err(rejection(&self.peer, &envelope.frame)),
            _ => return Err(malformed(&self.peer, "envelope")),
        }
        self.acknowledge(&envelope)?;
        let (expected, found) = (self.received + 1, envelope.sequence);
        if found != expected || self.peer_closed {
            return Err(NetError::OutOfSequence { peer: self.peer.clone(), expected, found });
        }
        if envelope.kind() == Kind::Close {
            if !envelope.frame.is_empty() {
                return Err(malformed(&self.peer, "envelope"));
            }
            self.peer_closed = true;
        } else {
            self.keep(envelope.frame)?;
        }
        self.received = expected;
        Ok(())
    }

    fn keep(&mut self, frame: Bytes) -> Result<(), NetError> {
        if frame.len() > MAX_FRAME {
            return Err(NetError::FrameTooLong { peer: self.peer.clone(), len: frame.len(), max: MAX_FRAME });
        }
        let price = cost(&frame);
        if self.taken + price - self.consumed > LIMIT {
            return Err(NetError::WindowExceeded { peer: self.peer.clone(), window: WINDOW });
        }
        self.taken += price;
        if self.deaf {
            self.consumed += price;
        } else {
            self.inbox.push_back(frame);
        }
        Ok(())
    }

    /// Drops what the peer has received, and widens the window by what it has read.
    fn acknowledge(&mut self, envelope: &Envelope) -> Result<(), NetError> {
        let last = self.first + self.outbox.len() as u64 - 1;
        let sane = (self.first - 1..=last).contains(&envelope.received)
            && (self.credit..=self.put).contains(&envelope.consumed);
        if !sane {
            return Err(malformed(&self.peer, "acknowledgement"));
        }
        while self.first <= envelope.received {
            self.outbox.pop_front();
            self.first += 1;
        }
        self.cursor = self.cursor.max(self.first);
        self.credit = envelope.consumed;
        Ok(())
    }
}

/// What a REJECT says.
pub(super) fn rejection(peer: &PartyId, frame: &[u8]) -> NetError {
    let Some((code, reason)) = frame.split_first_chunk::<2>() else {
        return malformed(peer, "rejection");
    };
    let code = u16::from_be_bytes(*code);
    if code == (NetError::SessionLost { peer: peer.clone() }).code() {
        return NetError::SessionLost { peer: peer.clone() };
    }
    NetError::Refused { peer: peer.clone(), code, reason: printable(reason, MAX_REASON) }
}

#[cfg(test)]
mod tests;

//! The blocking face of a session, for plain threads.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

use super::link::Link;
use super::{Engine, Network};
use crate::channel::{Channel, MAX_FRAME};
use crate::meter::{Counter, Meter};
use crate::session::{self, Hello, Strand};
use crate::{NetError, PartyId};

/// A session between its two faces: the application's threads, and the connections that carry it.
pub(super) struct Carried {
    pub(super) peer: PartyId,
    link: Mutex<Link>,
    /// Tells waiting threads that something came.
    pub(super) changed: Condvar,
    /// Tells the connection that there is something to do.
    pub(super) wake: Notify,
    /// When the peer was last heard.
    pub(super) heard: Mutex<Instant>,
}

impl Carried {
    pub(super) fn new(peer: PartyId) -> Arc<Self> {
        Arc::new(Self {
            link: Mutex::new(Link::new(peer.clone())),
            peer,
            changed: Condvar::new(),
            wake: Notify::new(),
            heard: Mutex::new(Instant::now()),
        })
    }

    pub(super) fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the session with an error, on both faces.
    pub(super) fn fail(&self, error: NetError, farewell: bool) {
        self.link().fail(error, farewell);
        self.changed.notify_all();
        self.wake.notify_one();
    }

    pub(super) fn now_heard(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(super) fn silent_for(&self) -> Duration {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// The error for a peer that was silent for too long.
    pub(super) fn timeout(&self) -> NetError {
        NetError::Timeout { peer: self.peer.clone(), seconds: self.silent_for().as_secs() }
    }

    /// Waits until `ready` has an answer; [`NetError::Timeout`] when that takes longer than `patience`.
    fn wait<T>(
        &self,
        patience: Duration,
        mut ready: impl FnMut(&mut Link) -> Result<Option<T>, NetError>,
    ) -> Result<T, NetError> {
        let begun = Instant::now();
        let mut link = self.link();
        loop {
            if let Some(answer) = ready(&mut link)? {
                return Ok(answer);
            }
            let Some(left) = patience.checked_sub(begun.elapsed()) else {
                return Err(NetError::Timeout { peer: self.peer.clone(), seconds: patience.as_secs() });
            };
            link = self.changed.wait_timeout(link, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A [`Channel`] over gRPC. It survives lost connections. Dropping it closes it without waiting, and the
/// peer reads [`NetError::Closed`] after what was sent.
pub struct GrpcChannel {
    carried: Arc<Carried>,
    counter: Counter,
    patience: Duration,
    /// What the other side said when we met.
    theirs: Hello,
    /// From where the session was opened, on the side that was dialled.
    address: Option<String>,
    // Keeps the runtime that carries the session.
    engine: Arc<Engine>,
}

impl GrpcChannel {
    pub(super) fn new(carried: Arc<Carried>, theirs: Hello, patience: Duration, engine: Arc<Engine>) -> Self {
        let mut counter = Counter::default();
        counter.phase(session::PHASE);
        Self { carried, counter, patience, theirs, address: None, engine }
    }

    /// Counts a greeting that travelled in the opening envelope, as it would be counted over memory.
    pub(super) fn count_greeting(&mut self, sent: bool, hello: &Hello) {
        let len = hello.encode().len();
        if sent { self.counter.sent(len) } else { self.counter.received(len) }
    }

    pub(super) fn met(&mut self, theirs: Hello) {
        self.theirs = theirs;
    }

    pub(super) fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    pub(super) fn came_from(&mut self, address: String) {
        self.address = Some(address);
    }

    /// The address (`ip:port`) from which the other side opened the session; none on the side that dials.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// What the other side said when we met.
    pub fn theirs(&self) -> &Hello {
        &self.theirs
    }

    /// As the connector: dials a further strand of this session, with the same greeting but for its number.
    ///
    /// # Errors
    /// As [`super::Network::connect`].
    pub fn dial_strand(&self, address: &str, strand: Strand) -> Result<Self, NetError> {
        let network = Network { engine: Arc::clone(&self.engine) };
        network.connect(address, &Hello { strand, ..self.theirs.mirrored() })
    }

    /// As the listener: answers the greeting with our own values, and compares them.
    ///
    /// # Errors
    /// [`NetError::Mismatch`] (the other side finds it too) and those of the channel.
    pub fn welcome(&mut self, mine: &Hello) -> Result<(), NetError> {
        let theirs = self.theirs.clone();
        session::welcome(self, &theirs, mine)
    }

    /// As the listener: answers the greeting with a refusal, which the other side gets as
    /// [`NetError::Refused`].
    ///
    /// # Errors
    /// Those of the channel.
    pub fn refuse(&mut self, code: u16, reason: &str) -> Result<(), NetError> {
        session::refuse(self, code, reason)
    }

    /// Ends the session at any later time and tells the peer why; it gets [`NetError::Refused`] after
    /// what it has already received. Does not wait.
    pub fn abort(self, code: u16, reason: &str) {
        self.carried.link().abort(code, reason);
        self.carried.changed.notify_all();
        self.carried.wake.notify_one();
    }
}

impl Channel for GrpcChannel {
    fn peer(&self) -> &PartyId {
        &self.carried.peer
    }

    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        let len = frame.len();
        if len > MAX_FRAME {
            return Err(NetError::SendTooLong { peer: self.peer().clone(), len, max: MAX_FRAME });
        }
        let mut frame = Some(frame);
        self.carried.wait(self.patience, |link| {
            Ok(link.may_put(len)?.then(|| link.put(frame.take().unwrap_or_default())))
        })?;
        self.carried.wake.notify_one();
        self.counter.sent(len);
        Ok(())
    }

    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        let frame = self.carried.wait(self.patience, Link::take_frame)?;
        // The peer may be waiting for the window.
        self.carried.wake.notify_one();
        self.counter.received(frame.len());
        if frame.len() > max {
            return Err(NetError::FrameTooLong { peer: self.peer().clone(), len: frame.len(), max });
        }
        Ok(frame.into())
    }

    fn phase(&mut self, name: &'static str) {
        self.counter.phase(name);
    }

    fn meter(&self) -> Meter {
        self.counter.snapshot()
    }

    fn close(&mut self) -> Result<(), NetError> {
        self.carried.link().close();
        self.carried.wake.notify_one();
        self.carried.wait(self.patience, |link| Ok(link.flushed()?.then_some(())))
    }
}

impl Drop for GrpcChannel {
    fn drop(&mut self) {
        self.carried.link().abandon();
        self.carried.wake.notify_one();
    }
}

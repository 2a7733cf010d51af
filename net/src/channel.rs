//! What protocols stand on: ordered, reliable, bounded frames to one peer.

use crate::{Meter, NetError, PartyId};

/// The longest frame, in bytes (1 MiB).
pub const MAX_FRAME: usize = 1 << 20;

/// How many bytes may be on their way in one direction before [`Channel::send`] waits for the peer to
/// read (8 MiB). Two peers that both send more than this before either reads wait for each other until
/// the time-out: a protocol must read in step.
pub const WINDOW: usize = 8 << 20;

/// Ordered, reliable, bounded frames to one peer. Calls block; a channel is used from one thread at a
/// time.
pub trait Channel: Send {
    /// Who is on the other end.
    fn peer(&self) -> &PartyId;

    /// Sends one frame of at most [`MAX_FRAME`] bytes. Returns when the frame is accepted for sending,
    /// which waits while more than [`WINDOW`] bytes are unread by the peer.
    ///
    /// # Errors
    /// [`NetError::SendTooLong`], [`NetError::Closed`], [`NetError::Timeout`] and whatever ended the
    /// channel.
    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError>;

    /// Receives the next frame, which must be no longer than `max` bytes: a bound the caller knows from
    /// the state of its protocol, never from the wire.
    ///
    /// # Errors
    /// [`NetError::FrameTooLong`] (the peer's fault), [`NetError::Closed`], [`NetError::Timeout`] and
    /// whatever ended the channel.
    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError>;

    /// Starts a named phase: what follows is counted there too. Naming an earlier phase again adds to it.
    fn phase(&mut self, name: &'static str);

    /// What has been sent and received so far.
    fn meter(&self) -> Meter;

    /// Flushes and closes: returns once the peer's end holds everything that was sent. The peer can
    /// still read what is underway; its next read after that is [`NetError::Closed`].
    fn close(&mut self) -> Result<(), NetError>;
}

impl<C: Channel + ?Sized> Channel for Box<C> {
    fn peer(&self) -> &PartyId {
        (**self).peer()
    }
    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        (**self).send(frame)
    }
    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        (**self).recv(max)
    }
    fn phase(&mut self, name: &'static str) {
        (**self).phase(name);
    }
    fn meter(&self) -> Meter {
        (**self).meter()
    }
    fn close(&mut self) -> Result<(), NetError> {
        (**self).close()
    }
}

impl<C: Channel + ?Sized> Channel for &mut C {
    fn peer(&self) -> &PartyId {
        (**self).peer()
    }
    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        (**self).send(frame)
    }
    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        (**self).recv(max)
    }
    fn phase(&mut self, name: &'static str) {
        (**self).phase(name);
    }
    fn meter(&self) -> Meter {
        (**self).meter()
    }
    fn close(&mut self) -> Result<(), NetError> {
        (**self).close()
    }
}

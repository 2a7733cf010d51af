//! Channels that are lent to a computation.

use std::sync::mpsc;
use yinshu_net::grpc::GrpcChannel;
use yinshu_net::meter::Meter;
use yinshu_net::{Channel, NetError, PartyId};

/// A channel that comes back when the computation is over: the states of the logs still go over it.
pub(super) struct Lent {
    pub(super) channel: Option<GrpcChannel>,
    pub(super) back: mpsc::Sender<GrpcChannel>,
}

impl Lent {
    fn inner(&mut self) -> &mut GrpcChannel {
        self.channel.as_mut().expect("it is there until this is dropped")
    }
}

impl Channel for Lent {
    fn peer(&self) -> &PartyId {
        self.channel.as_ref().expect("it is there until this is dropped").peer()
    }
    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        self.inner().send(frame)
    }
    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        self.inner().recv(max)
    }
    fn phase(&mut self, name: &'static str) {
        self.inner().phase(name);
    }
    fn meter(&self) -> Meter {
        self.channel.as_ref().expect("it is there until this is dropped").meter()
    }
    /// The mesh closes it.
    fn close(&mut self) -> Result<(), NetError> {
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(channel) = self.channel.take() {
            // Where nobody takes it back, it is closed by being dropped.
            let _ = self.back.send(channel);
        }
    }
}

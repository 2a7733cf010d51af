//! A mesh's channels lent to a computation of three on secret shares, which closes none of them: the states of the logs
//! still go over them.

use super::mesh::Mesh;
use crate::node::randomness;
use crate::problem::Problem;
use std::sync::mpsc;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::{Context, MpcError, Role, Security};
use yinshu_net::grpc::GrpcChannel;
use yinshu_net::meter::Meter;
use yinshu_net::{Channel, NetError, PartyId};

/// Computes with the two others of a mesh, whose channels are used and stay open; under these terms.
pub(in crate::run) fn over<T>(
    mesh: &mut Mesh,
    (terms, security): (Digest, Security),
    job: impl FnOnce(&mut Context) -> Result<T, MpcError>,
) -> Result<Result<T, MpcError>, Problem> {
    let approved = mesh.approved.clone();
    let draft = approved.draft();
    let role = Role::ALL[mesh.own];
    let (back, returned) = mpsc::channel();
    let mut lent: Vec<Lent> = std::mem::take(&mut mesh.channels)
        .into_iter()
        .map(|channel| Lent { channel: Some(channel), back: back.clone() })
        .collect();
    let mut take = |role: Role| {
        let name = &draft.terms.parties[role.number()].name;
        let at = lent.iter().position(|channel| channel.peer() == name);
        at.map(|at| Box::new(lent.swap_remove(at)) as Box<dyn Channel>)
    };
    let (Some(previous), Some(next)) = (take(role.previous()), take(role.next())) else {
        return Err(Problem::internal("a mesh without one of its parties"));
    };
    let joined = Context::join(role, previous, next, &terms, security, &mut randomness());
    let found = joined.and_then(|context| context.run(job));
    drop(lent);
    mesh.channels = returned.try_iter().collect();
    mesh.channels.sort_by_key(|channel| draft.number(channel.peer()));
    Ok(found)
}

/// A channel that comes back when the computation is over: the states of the logs still go over it.
struct Lent {
    channel: Option<GrpcChannel>,
    back: mpsc::Sender<GrpcChannel>,
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

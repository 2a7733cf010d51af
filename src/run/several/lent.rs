//! A mesh's channels lent to a computation of three on secret shares, which closes none of them: the states of the logs
//! still go over them.

use super::mesh::Mesh;
use crate::node::randomness;
use crate::problem::Problem;
use std::sync::mpsc;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::outside::{Intake, Provider};
use yinshu_mpc::{Context, MpcError, Role, Security};
use yinshu_net::grpc::GrpcChannel;
use yinshu_net::meter::Meter;
use yinshu_net::{Channel, NetError, PartyId};

/// Computes with the two others of a mesh, whose channels are used and stay open; under these terms. Parties of the contract
/// after the third only provide.
pub(in crate::run) fn over<T>(
    mesh: &mut Mesh,
    (terms, security): (Digest, Security),
    job: impl FnOnce(&mut Context, &mut [Intake]) -> Result<T, MpcError>,
) -> Result<Result<T, MpcError>, Problem> {
    let role = Role::ALL[mesh.own];
    let (mut lent, returned) = Lent::all(mesh);
    let providers = lent.split_off(Role::ALL.len() - 1);
    let mut two = lent.into_iter();
    let (Some(earlier), Some(later)) = (two.next(), two.next()) else {
        return Err(Problem::internal("a mesh without one of its parties"));
    };
    // The first has the second after it and the third before it, and the last one the other way round.
    let [previous, next] = if role == Role::Second { [earlier, later] } else { [later, earlier] };
    let joined = Context::join(role, Box::new(previous), Box::new(next), &terms, security, &mut randomness());
    let mut outside = Vec::with_capacity(providers.len());
    let found = joined.and_then(|context| {
        context.run(|context| {
            context.provided_by(providers.iter().map(|channel| channel.peer().clone()).collect());
            for channel in providers {
                outside.push(Intake::meet(Box::new(channel), role, &terms)?);
            }
            job(context, &mut outside)
        })
    });
    outside.into_iter().for_each(|provider| provider.part(&found));
    returned.to(mesh);
    Ok(found)
}

/// Shares with the three that compute what `job` does, as a provider that does not; under these terms.
pub(in crate::run) fn hand_over(
    mesh: &mut Mesh,
    terms: &Digest,
    job: impl FnOnce(&mut Provider) -> Result<(), MpcError>,
) -> Result<(), Problem> {
    let (mut lent, returned) = Lent::all(mesh);
    lent.truncate(Role::ALL.len());
    let channels: Vec<Box<dyn Channel>> =
        lent.into_iter().map(|channel| Box::new(channel) as Box<dyn Channel>).collect();
    let channels = channels.try_into().map_err(|_| Problem::internal("a mesh without one of its parties"))?;
    let met = Provider::meet(channels, terms, &mut randomness());
    let provided = met.and_then(|mut provider| match job(&mut provider) {
        Ok(()) => provider.finish(),
        Err(error) => {
            provider.refuse(error.code());
            Err(error)
        }
    });
    returned.to(mesh);
    Ok(provided?)
}

/// Where lent channels come back to.
struct Returned(mpsc::Receiver<GrpcChannel>);

impl Returned {
    /// Gives back the channels of a mesh, all of which are dropped by now.
    fn to(self, mesh: &mut Mesh) {
        mesh.channels = self.0.try_iter().collect();
        let draft = mesh.approved.draft();
        mesh.channels.sort_by_key(|channel| draft.number(channel.peer()));
    }
}

/// A channel that comes back when the computation is over: the states of the logs still go over it.
struct Lent {
    channel: Option<GrpcChannel>,
    back: mpsc::Sender<GrpcChannel>,
}

impl Lent {
    /// All channels of a mesh, in the order of the contract.
    fn all(mesh: &mut Mesh) -> (Vec<Self>, Returned) {
        let (back, returned) = mpsc::channel();
        let lend = |channel| Self { channel: Some(channel), back: back.clone() };
        (std::mem::take(&mut mesh.channels).into_iter().map(lend).collect(), Returned(returned))
    }

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

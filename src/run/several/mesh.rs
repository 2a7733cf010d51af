//! How three to five parties meet: a channel between every two of them.
//!
//! | # | who | what |
//! |---|---|---|
//! | 1 | recipient → each provider | greets, under the contract's digest, as in a session of two |
//! | 2 | recipient → each provider | once all have welcomed it: the run's number, 16 bytes |
//! | 3 | provider → provider | greets in a session whose id follows from the run's number and the two names |
//!
//! A provider that says in the contract that it does not listen dials the recipient, before step 1, and all other
//! providers. Of two providers the later one of the contract dials, unless the other says in the contract that it does not
//! listen. A session of step 3 may arrive before step 2 does: it waits among the [`Arrivals`](crate::run::Arrivals).

use super::Went;
use crate::cli::Ui;
use crate::config::ConfigError;
use crate::contract::{Approved, ContractError, Party};
use crate::node::{Actor, Deed, Node, outcome, randomness};
use crate::problem::Problem;
use crate::run::session::{exchange, greeting, network};
use serde_json::json;
use std::net::ToSocketAddrs as _;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use yinshu_audit::Stage;
use yinshu_crypto::hash::Digest;
use yinshu_net::grpc::{GrpcChannel, Listener, Network};
use yinshu_net::{Channel, NetError, PartyId, SessionId, Strand};
use yinshu_psi::several::Circle;

/// How long the last words to the others may take.
const PARTING: Duration = Duration::from_secs(2);

/// The session that `from` opens with `to` in a run.
fn session_of(run: SessionId, from: &PartyId, to: &PartyId) -> SessionId {
    let parts = [run.0.as_slice(), from.as_str().as_bytes(), to.as_str().as_bytes()];
    let digest = Digest::of_parts("yinshu psi several session v1", &parts);
    SessionId(*digest.0.first_chunk().expect("a digest has 32 bytes"))
}

/// Dials a party for a session.
fn dial(
    node: &Node,
    network: &Network,
    approved: &Approved,
    (other, session): (&PartyId, SessionId),
) -> Result<GrpcChannel, Problem> {
    let address = node.config.peer(other)?.address.as_ref();
    let address = address.ok_or_else(|| ConfigError::NoAddress { name: other.to_string() })?;
    Ok(network.connect(address, &greeting(node, approved, other, session))?)
}

/// One party's channels to all others.
pub(in crate::run) struct Mesh {
    /// The contract, approved here.
    pub(in crate::run) approved: Approved,
    /// This party's number.
    pub(in crate::run) own: usize,
    /// The run.
    pub(in crate::run) run: SessionId,
    /// To the others, in the order of the contract once all are there.
    pub(in crate::run) channels: Vec<GrpcChannel>,
    /// Keeps a session that came in resumable.
    listener: Option<Listener>,
    network: Network,
}

impl Mesh {
    fn new(node: &Node, approved: Approved, run: SessionId) -> Result<Self, Problem> {
        let own = approved.draft().number(&node.config.node.name);
        let own = own.ok_or_else(|| Problem::internal("approved, and no party of the contract"))?;
        Ok(Self { approved, own, run, channels: Vec::new(), listener: None, network: network(node)? })
    }

    fn party(&self, number: usize) -> &Party {
        &self.approved.draft().terms.parties[number]
    }

    fn others(&self) -> Vec<usize> {
        (0..self.approved.draft().terms.parties.len()).filter(|&party| party != self.own).collect()
    }

    /// As the recipient: meets all others, then tells them that the run begins.
    pub(in crate::run) fn dial(node: &Node, approved: Approved) -> Result<Self, Problem> {
        let mut mesh = Self::new(node, approved, SessionId::random(&mut randomness()))?;
        let (called, calling): (Vec<_>, Vec<_>) =
            mesh.others().into_iter().partition(|&party| mesh.party(party).listens());
        let met = calling.into_iter().try_for_each(|party| mesh.hear(node, party));
        let met = met.and_then(|()| called.into_iter().try_for_each(|party| mesh.meet(node, party)));
        let draft = mesh.approved.clone();
        mesh.channels.sort_by_key(|channel| draft.draft().number(channel.peer()));
        let names: Vec<&PartyId> = mesh.others().into_iter().map(|party| &mesh.party(party).name).collect();
        node.record(Deed {
            action: "session.open",
            object: &mesh.approved.draft().terms.contract.id,
            content: json!({ "session": mesh.run, "peers": names, "purpose": mesh.purpose() }),
            result: outcome(met.as_ref().err().map(Problem::code)),
            stage: Stage::Transfer,
            by: Actor::Operator,
        })?;
        let run = mesh.run;
        let begun = met.and_then(|()| {
            mesh.channels.iter_mut().try_for_each(|channel| {
                channel.phase("meet");
                Ok(channel.send(run.0.to_vec())?)
            })
        });
        match begun {
            Ok(()) => Ok(mesh),
            Err(problem) => Err(mesh.part(problem, false)),
        }
    }

    /// As a provider that nobody can dial: dials the recipient.
    pub(in crate::run) fn call(node: &Node, approved: &Approved) -> Result<GrpcChannel, Problem> {
        let session = SessionId::random(&mut randomness());
        let recipient = &approved.draft().terms.parties[approved.draft().recipient()].name;
        let met = dial(node, &network(node)?, approved, (recipient, session));
        node.record(Deed {
            action: "session.open",
            object: &approved.draft().terms.contract.id,
            content: json!({ "session": session, "peer": recipient }),
            result: outcome(met.as_ref().err().map(Problem::code)),
            stage: Stage::Transfer,
            by: Actor::Operator,
        })?;
        met
    }

    /// As the recipient: waits for a provider that nobody can dial, and for no other.
    fn hear(&mut self, node: &Node, party: usize) -> Result<(), Problem> {
        let address = node.config.node.listen.as_ref().ok_or(ConfigError::NoListen)?;
        let unusable = |detail: String| NetError::CannotListen { address: address.clone(), detail };
        let found = address.to_socket_addrs().map_err(|e| unusable(e.to_string()))?.next();
        let found = found.ok_or_else(|| unusable("no address".to_owned()))?;
        let listener = self.network.listen(found, |_| {})?;
        let (stopper, patience) = (listener.stopper(), node.config.limits.peer_timeout_seconds);
        let (met, late) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            if late.recv_timeout(Duration::from_secs(patience)) == Err(mpsc::RecvTimeoutError::Timeout) {
                stopper.stop();
            }
        });
        let other = self.party(party).name.clone();
        let draft = self.approved.clone();
        loop {
            let absent = NetError::Timeout { peer: other.clone(), seconds: patience };
            let (hello, mut channel) = listener.accept().map_err(|_| absent)?;
            if hello.from == other
                && hello.contract == draft.draft().digest.0
                && hello.purpose == self.purpose()
            {
                node.record(Deed {
                    action: "session.join",
                    object: &draft.draft().terms.contract.id,
                    content: json!({ "session": self.run, "peer": other, "purpose": hello.purpose }),
                    result: outcome(None),
                    stage: Stage::Transfer,
                    by: Actor::Operator,
                })?;
                channel.welcome(&greeting(node, &self.approved, &other, hello.session))?;
                self.channels.push(channel);
                drop(met);
                self.listener = Some(listener);
                return Ok(());
            }
            let refusal = ContractError::NotHeld { digest: Digest(hello.contract).short() };
            // It may be gone; we wait for another.
            let _ = channel.refuse(refusal.code(), &refusal.to_string());
        }
    }

    /// As a provider that the recipient has met: hears that the run begins, and meets the other providers.
    pub(in crate::run) fn gather(
        node: &Node,
        approved: Approved,
        mut first: GrpcChannel,
    ) -> Result<Self, Problem> {
        first.phase("meet");
        let run = first.recv(16)?;
        let unknown =
            || NetError::Malformed { peer: first.peer().clone(), what: "number of a run".to_owned() };
        let run = SessionId(run.try_into().map_err(|_| unknown())?);
        let mut mesh = Self::new(node, approved, run)?;
        mesh.channels.push(first);
        let recipient = mesh.approved.draft().recipient();
        let providers = mesh.others().into_iter().filter(|&party| party != recipient);
        let met = providers.collect::<Vec<_>>().into_iter().try_for_each(|party| mesh.join(node, party));
        if let Err(problem) = met {
            return Err(mesh.part(problem, false));
        }
        let draft = mesh.approved.clone();
        mesh.channels.sort_by_key(|channel| draft.draft().number(channel.peer()));
        Ok(mesh)
    }

    fn purpose(&self) -> &'static str {
        self.approved.draft().terms.contract.scenario.word()
    }

    /// Dials a party.
    fn meet(&mut self, node: &Node, party: usize) -> Result<(), Problem> {
        let (me, other) = (&self.party(self.own).name, &self.party(party).name);
        let session = session_of(self.run, me, other);
        let channel = dial(node, &self.network, &self.approved, (other, session))?;
        self.channels.push(channel);
        Ok(())
    }

    /// Dials another provider, or waits for it.
    fn join(&mut self, node: &Node, party: usize) -> Result<(), Problem> {
        let (me, other) = (self.party(self.own), self.party(party));
        if !me.dials(other, self.own > party) {
            let patience = Duration::from_secs(node.config.limits.peer_timeout_seconds);
            let channel = node.arrivals.take(
                session_of(self.run, &other.name, &me.name),
                Strand::FIRST.number,
                patience,
            );
            let channel = channel.filter(|channel| channel.peer() == &other.name);
            let absent = || NetError::Timeout { peer: other.name.clone(), seconds: patience.as_secs() };
            let channel = channel.ok_or_else(absent)?;
            self.channels.push(channel);
            return Ok(());
        }
        let other = other.name.clone();
        let met = self.meet(node, party);
        node.record(Deed {
            action: "session.join",
            object: &self.approved.draft().terms.contract.id,
            content: json!({ "session": self.run, "peer": other, "purpose": self.purpose() }),
            result: outcome(met.as_ref().err().map(Problem::code)),
            stage: Stage::Transfer,
            by: Actor::Operator,
        })?;
        met
    }

    /// The channels as the protocol takes them.
    pub(in crate::run) fn circle(&mut self) -> Result<Circle<'_>, yinshu_psi::PsiError> {
        let parties = &self.approved.draft().terms.parties;
        let names: Vec<PartyId> = parties.iter().map(|party| party.name.clone()).collect();
        let channels = self.channels.iter_mut().map(|channel| channel as &mut dyn Channel);
        Circle::new(&names[self.own], &names, channels)
    }

    /// The channel to a party.
    pub(in crate::run) fn channel(&mut self, party: usize) -> Option<&mut GrpcChannel> {
        let name = &self.approved.draft().terms.parties[party].name;
        self.channels.iter_mut().find(|channel| channel.peer() == name)
    }

    /// Exchanges the states of the logs with all others and closes. Everybody goes by the order of the contract,
    /// first by the earlier of two, so that nobody waits in a ring.
    pub(in crate::run) fn end(&mut self, node: &Node) -> Result<(), Problem> {
        for channel in &mut self.channels {
            let peer = node.config.peer(channel.peer())?;
            exchange(channel, node, peer)?;
        }
        Ok(self.channels.iter_mut().try_for_each(Channel::close)?)
    }

    /// [`Self::end`] where there is nothing else to do: what went over the channels. Where it fails, a result that was `written`
    /// before is there all the same, and is said to be.
    pub(in crate::run) fn ended(
        mut self,
        node: &Node,
        (ui, written): (&Ui, Option<&Path>),
    ) -> Result<Vec<Went>, Problem> {
        let Err(problem) = self.end(node) else { return Ok(self.traffic()) };
        if let Some(path) = written {
            ui.note("ui-written-before", &[("path", path.display().to_string().into())]);
        }
        Err(self.part(problem, false))
    }

    /// What went over the channels.
    pub(in crate::run) fn traffic(&self) -> Vec<Went> {
        let went =
            |channel: &GrpcChannel| Went { party: channel.peer().clone(), traffic: channel.meter().total };
        self.channels.iter().map(went).collect()
    }

    /// Ends all sessions because of `problem`, which is given back. Where the protocol has `told` the others why, what
    /// it said is only sent out.
    pub(in crate::run) fn part(self, problem: Problem, told: bool) -> Problem {
        let (code, reason) = (problem.code(), problem.for_peer());
        let (done, over) = mpsc::channel();
        let parting = self.channels.len();
        for mut channel in self.channels {
            let (done, reason) = (done.clone(), reason.clone());
            std::thread::spawn(move || {
                if told {
                    // Who cannot be told finds out by itself.
                    let _ = channel.close();
                } else {
                    channel.abort(code, &reason);
                }
                let _ = done.send(());
            });
        }
        let begun = Instant::now();
        for _ in 0..parting {
            let left = PARTING.saturating_sub(begun.elapsed());
            if over.recv_timeout(left).is_err() {
                break;
            }
        }
        if !told {
            // A farewell is sent by the network's own threads, which end with the process.
            std::thread::sleep(PARTING / 10);
        }
        drop((self.listener, self.network));
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_of_a_run_differ_by_pair_and_direction() {
        let name = |name: &str| PartyId::new(name).expect("a name");
        let run = SessionId([7; 16]);
        let ids = [("a", "b"), ("b", "a"), ("a", "c")].map(|(a, b)| session_of(run, &name(a), &name(b)));
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
        assert_ne!(session_of(SessionId([8; 16]), &name("a"), &name("b")), ids[0]);
    }
}

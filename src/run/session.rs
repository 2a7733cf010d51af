//! A session: two approved ends of one contract, met over the network.

use crate::config::{ConfigError, Peer, refuse_exposed};
use crate::contract::{Approved, ContractError, Side};
use crate::node::{Actor, Deed, Node, outcome, randomness};
use crate::problem::Problem;
use crate::report_page::Seal;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use yinshu_audit::merkle::Head;
use yinshu_audit::{Checkpoint, Stage};
use yinshu_crypto::hash::Digest;
use yinshu_net::grpc::{GrpcChannel, Network, Settings};
use yinshu_net::session::{Hello, SessionId, Strand};
use yinshu_net::tls::{Fingerprint, Identity, Peers};
use yinshu_net::{Channel, NetError, PartyId};

/// The version of what is spoken under a contract, raised when a message changes.
pub(super) const VERSION: u16 = 2;

/// A channel to the other party, which has matched the contract's digest and our version.
pub struct Session {
    /// The contract, approved here.
    pub approved: Approved,
    /// The channel.
    pub channel: GrpcChannel,
    /// The session's id, in both logs.
    pub id: SessionId,
    /// At most how long a message takes there and back, in seconds: a third of what it took to meet (TCP, TLS
    /// and the greeting take one each).
    pub round_trip: f64,
}

impl Session {
    /// Round trips of a session beside its protocol's: TCP, TLS and the greeting before it; the states of both logs
    /// after it.
    pub const ROUND_TRIPS: f64 = 4.0;

    /// Dials the other party of the contract. That a session was opened, or that it was refused, is
    /// recorded here and, by its own node, there.
    pub fn open(node: &Node, approved: Approved) -> Result<Self, Problem> {
        let hello = greeting(node, &approved, approved.peer(), SessionId::random(&mut randomness()));
        let begun = Instant::now();
        let met = dial(node, &approved, &hello);
        let round_trip = begun.elapsed().as_secs_f64() / 3.0;
        node.record(Deed {
            action: "session.open",
            object: &approved.draft().terms.contract.id,
            content: json!({ "session": hello.session, "peer": approved.peer(), "purpose": hello.purpose }),
            result: outcome(met.as_ref().err().map(Problem::code)),
            stage: Stage::Transfer,
            by: Actor::Operator,
        })?;
        Ok(Self { channel: met?, id: hello.session, approved, round_trip })
    }

    /// The contract's digest, under which protocols run.
    pub fn contract(&self) -> Digest {
        self.approved.draft().digest
    }
}

/// What we say when we meet another party of a contract.
pub(super) fn greeting(node: &Node, approved: &Approved, to: &PartyId, session: SessionId) -> Hello {
    let scenario = approved.draft().terms.contract.scenario;
    Hello {
        from: node.config.node.name.clone(),
        to: to.clone(),
        session,
        purpose: scenario.word().to_owned(),
        protocol: "ecdh-psi".to_owned(),
        version: VERSION,
        contract: approved.draft().digest.0,
        strand: Strand::FIRST,
    }
}

/// The longest consistency proof, in bytes: RFC 6962 section 2.1.2 needs fewer than 64 hashes.
const MAX_PROOF: usize = 64 * 32;

/// The longest checkpoint that is read from a peer, in bytes.
const MAX_CHECKPOINT: usize = 4 << 10;

impl Session {
    /// Hands our log's signed state to the peer and keeps the peer's, each with the proof that it
    /// continues the state that was handed over before: from then on neither can cut, change or insert
    /// a record unnoticed. A log that does not continue is refused, and the state kept before stays.
    pub fn exchange_checkpoints(&mut self, node: &Node) -> Result<Seal, Problem> {
        let peer = node.config.peer(self.approved.peer())?;
        let head = exchange(&mut self.channel, node, peer)?;
        Ok(Seal { party: peer.title.clone(), records: head.size, root: head.root })
    }
}

/// | from | what | bytes |
/// |---|---|---|
/// | both | how many records of the other's log the state has that we hold; 0 for none | 8, little-endian |
/// | both | our log's state, signed | up to 4,096 |
/// | both | the proof that it continues the state with that many records (RFC 6962 section 2.1.2) | 32 a hash |
pub(super) fn exchange(channel: &mut dyn Channel, node: &Node, peer: &Peer) -> Result<Head, Problem> {
    channel.phase("checkpoints");
    let path = node.folder.peer_checkpoint(peer.name.as_str());
    let before = kept(&path)?;
    channel.send(before.as_ref().map_or(0, |c| c.head().size).to_le_bytes().to_vec())?;
    let malformed = |what: &str| NetError::Malformed { peer: peer.name.clone(), what: what.to_owned() };
    let known = channel.recv(8)?.try_into().map_err(|_| malformed("number of records"))?;
    let (ours, proof) = state(node, u64::from_le_bytes(known))?;
    channel.send(ours.to_string().into_bytes())?;
    channel.send(proof.iter().flat_map(|hash| hash.0).collect())?;
    let theirs = channel.recv(MAX_CHECKPOINT)?;
    let theirs: Checkpoint = String::from_utf8_lossy(&theirs).parse()?;
    let proof = channel.recv(MAX_PROOF)?;
    let (hashes, rest) = proof.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(malformed("proof").into());
    }
    let hashes: Vec<Digest> = hashes.iter().copied().map(Digest).collect();
    let head = theirs.verify(&peer.node_key)?;
    if let Some(before) = before.as_ref().map(Checkpoint::head)
        && head.verify_consistency(&before, &hashes).is_err()
    {
        let party = peer.name.to_string();
        return Err(ContractError::LogShrank { party, before: before.size, now: head.size }.into());
    }
    let _one_at_a_time = node.handed.lock().unwrap_or_else(PoisonError::into_inner);
    // A session beside this one may have kept another state meanwhile, of which nothing proves that it
    // agrees with this one: it stays, and the next session is held to it.
    if kept(&path)? == before {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| Problem::writing(folder, &e))?;
        }
        theirs.save(&path)?;
    }
    Ok(head)
}

/// The state of a peer's log that was kept last.
fn kept(path: &Path) -> Result<Option<Checkpoint>, Problem> {
    if path.exists() { Ok(Some(Checkpoint::load(path)?)) } else { Ok(None) }
}

/// Our log's state, and the proof that it continues the one of `known` records.
fn state(node: &Node, known: u64) -> Result<(Checkpoint, Vec<Digest>), Problem> {
    let mut log = node.open_log()?;
    let checkpoint = log.checkpoint()?;
    // Of more records than there are nothing can be proved: that is for the peer to find.
    let provable = (1..=checkpoint.head().size).contains(&known);
    let proof = if provable { log.prove_consistency(known)? } else { Vec::new() };
    Ok((checkpoint, proof))
}

fn dial(node: &Node, approved: &Approved, hello: &Hello) -> Result<GrpcChannel, Problem> {
    debug_assert!(matches!(approved.side(), Side::Recipient), "the recipient dials");
    let peer = node.config.peer(approved.peer())?;
    let address = peer.address.as_ref();
    let address = address.ok_or_else(|| ConfigError::NoAddress { name: peer.name.to_string() })?;
    Ok(network(node)?.connect(address, hello)?)
}

/// This node on the network: its identity and the certificates it accepts.
pub fn network(node: &Node) -> Result<Network, Problem> {
    let read = |path: &Path| fs::read_to_string(path).map_err(|e| Problem::reading(path, &e));
    let (certificate, key) = (node.folder.certificate(), node.folder.tls_key());
    refuse_exposed(&key)?;
    let key = yinshu_crypto::secret::Secret::new(read(&key)?);
    let identity = Identity::from_pem(&read(&certificate)?, key.expose())?;
    let mut peers = Peers::new();
    for peer in &node.config.peers {
        let path = node.folder.at(&peer.certificate);
        peers.pin(peer.name.clone(), Fingerprint::of_pem(&read(&path)?)?)?;
    }
    let limits = &node.config.limits;
    let (grace, usual) = (Duration::from_secs(limits.peer_timeout_seconds), Settings::default());
    let settings = Settings {
        grace,
        // However short the time, a live peer is heard several times in it.
        keep_alive: usual.keep_alive.min(grace / 4),
        silence: usual.silence.min(grace / 2),
        // One party alone cannot hold every place.
        max_sessions: (limits.sessions, limits.sessions.div_ceil(2)),
        max_strands: limits.psi_workers.max(1),
        ..usual
    };
    Ok(Network::new(node.config.node.name.clone(), &identity, peers, settings)?)
}

#[cfg(test)]
pub(super) mod tests;

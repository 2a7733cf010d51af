//! A session: two approved ends of one contract, met over the network.

use crate::config::ConfigError;
use crate::contract::{Approved, ContractError, Side};
use crate::node::{Actor, Deed, Node, outcome, randomness};
use crate::problem::Problem;
use crate::report_page::Seal;
use serde_json::json;
use std::fs;
use std::time::Duration;
use yinshu_audit::{Checkpoint, Stage};
use yinshu_crypto::hash::Digest;
use yinshu_net::Channel as _;
use yinshu_net::grpc::{GrpcChannel, Network, Settings};
use yinshu_net::session::{Hello, SessionId};
use yinshu_net::tls::{Fingerprint, Identity, Peers};

/// The version of what is spoken under a contract, raised when a message changes.
pub(super) const VERSION: u16 = 1;

/// A channel to the other party, which has matched the contract's digest and our version.
pub struct Session {
    /// The contract, approved here.
    pub approved: Approved,
    /// The channel.
    pub channel: GrpcChannel,
    /// The session's id, in both logs.
    pub id: SessionId,
}

impl Session {
    /// Dials the other party of the contract. That a session was opened, or that it was refused, is
    /// recorded here and, by its own node, there.
    pub fn open(node: &Node, approved: Approved) -> Result<Self, Problem> {
        let hello = greeting(node, &approved, SessionId::random(&mut randomness()));
        let met = dial(node, &approved, &hello);
        node.record(Deed {
            action: "session.open",
            object: &approved.draft().terms.contract.id,
            content: json!({ "session": hello.session, "peer": approved.peer(), "purpose": hello.purpose }),
            result: outcome(met.as_ref().err().map(Problem::code)),
            stage: Stage::Transfer,
            by: Actor::Operator,
        })?;
        Ok(Self { channel: met?, id: hello.session, approved })
    }

    /// The contract's digest, under which protocols run.
    pub fn contract(&self) -> Digest {
        self.approved.draft().digest
    }
}

/// What we say when we meet the other party of a contract.
pub(super) fn greeting(node: &Node, approved: &Approved, session: SessionId) -> Hello {
    let scenario = approved.draft().terms.contract.scenario;
    Hello {
        from: node.config.node.name.clone(),
        to: approved.peer().clone(),
        session,
        purpose: scenario.word().to_owned(),
        protocol: "ecdh-psi".to_owned(),
        version: VERSION,
        contract: approved.draft().digest.0,
    }
}

/// The longest checkpoint that is read from a peer, in bytes.
const MAX_CHECKPOINT: usize = 4 << 10;

impl Session {
    /// Hands our log's signed state to the peer and keeps the peer's: from now on neither can cut its
    /// log's tail unnoticed. A log that became shorter, or another one of the same length, is refused.
    pub fn exchange_checkpoints(&mut self, node: &Node) -> Result<Seal, Problem> {
        self.channel.phase("checkpoints");
        let ours = node.open_log()?.checkpoint()?;
        self.channel.send(ours.to_string().into_bytes())?;
        let bytes = self.channel.recv(MAX_CHECKPOINT)?;
        let peer = node.config.peer(self.approved.peer())?;
        let theirs: Checkpoint = String::from_utf8_lossy(&bytes).parse()?;
        let head = theirs.verify(&peer.node_key)?;
        let path = node.folder.peer_checkpoint(peer.name.as_str());
        if path.exists() {
            let before = Checkpoint::load(&path)?.head();
            if head.size < before.size || (head.size == before.size && head.root != before.root) {
                let party = peer.name.to_string();
                return Err(ContractError::LogShrank { party, before: before.size, now: head.size }.into());
            }
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| Problem::writing(folder, &e))?;
        }
        theirs.save(&path)?;
        Ok(Seal { party: peer.title.clone(), records: head.size, root: head.root })
    }
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
    let read = |path: &std::path::Path| fs::read_to_string(path).map_err(|e| Problem::reading(path, &e));
    let (certificate, key) = (node.folder.certificate(), node.folder.tls_key());
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
        max_sessions: (limits.sessions, limits.sessions),
        ..usual
    };
    Ok(Network::new(node.config.node.name.clone(), &identity, peers, settings)?)
}

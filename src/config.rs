//! `yinshu.toml`: what a node is, whom it knows, what it holds, and for whom.
//!
//! Deny by default: a data set that is not listed here does not exist for anyone, a scenario or a
//! party that an entry does not name is refused, and an unknown key is an error.

use crate::contract::Scenario;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::{PublicKey, SigningKey};
use yinshu_data::Source;
use yinshu_net::PartyId;

/// The name of the file in a node's folder.
pub const FILE: &str = "yinshu.toml";

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// This node.
    pub node: NodeSection,
    /// The three roles; one person never holds two.
    pub people: People,
    /// How much this node lets others ask for.
    #[serde(default)]
    pub limits: Limits,
    /// The parties this node knows.
    #[serde(default, rename = "peer", skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Peer>,
    /// The data this node holds and lets contracts name.
    #[serde(default, rename = "dataset", skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<Dataset>,
    /// The cluster on which `yinshu-joint` prepares large sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Cluster>,
}

/// `[cluster]`: read by `yinshu-joint prepare -C`; this node itself does not use it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// The scheduler, as `host:port`.
    pub scheduler: String,
}

/// `[node]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSection {
    /// The party name, `[a-z0-9-]{1,64}`.
    pub name: PartyId,
    /// What people call it: 县大数据中心.
    pub title: String,
    /// `address:port` to listen on. Left out, the node only dials out and needs no open port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// What people call the system, for provenance records (处理系统).
    #[serde(default = "default_system")]
    pub system: String,
}

fn default_system() -> String {
    concat!("yinshu ", env!("CARGO_PKG_VERSION")).into()
}

/// `[people]`: roles (管理、审计、操作).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// Signs contracts (管理员).
    pub administrator: String,
    /// Reads the log (审计员).
    pub auditor: String,
    /// Runs jobs (操作员).
    pub operator: String,
}

/// `[limits]`: what this node lets a peer ask for, whatever a contract says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Sessions served at once.
    pub sessions: usize,
    /// Seconds without a word from the peer before it is called dead.
    pub peer_timeout_seconds: u64,
    /// Runs that one contract may have in one calendar day (UTC+8).
    pub runs_per_day: u32,
    /// Most items a peer may bring to one private intersection.
    pub peer_items: u64,
    /// Bytes of memory for the keys of one private intersection: sets that need more are divided on disk.
    pub psi_memory: u64,
    /// Most workers that share the parts of divided sets with a peer's, each over a channel of its own; they share
    /// `psi_memory` too.
    pub psi_workers: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 4,
            peer_timeout_seconds: 120,
            runs_per_day: 8,
            peer_items: 200_000_000,
            psi_memory: 1 << 30,
            psi_workers: 4,
        }
    }
}

/// `[[peer]]`: a party this node knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Its party name.
    pub name: PartyId,
    /// What people call it.
    pub title: String,
    /// `address:port` to dial. Left out where the peer dials us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its TLS certificate (PEM), relative to the node's folder: exactly this one is accepted.
    pub certificate: PathBuf,
    /// The key with which its administrator signs contracts.
    pub admin_key: PublicKey,
    /// The key with which its node signs packages, checkpoints and its log.
    pub node_key: PublicKey,
}

/// The sharing attribute of a data set (共享属性).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// 无条件共享: any contract signed by all parties.
    Unconditional,
    /// 有条件共享: only contracts that carry this node's own approval.
    Conditional,
    /// 不予共享: no contract, whoever signed it.
    Refused,
}

/// `[[dataset]]`: an entry of this node's catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// Its catalogue code (目录编码), which contracts name.
    pub catalogue: String,
    /// What people call it.
    pub title: String,
    /// The system the data come from (来源系统).
    pub source_system: String,
    /// Class of the data (数据分类), for labels and records.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// Level of the data (数据分级): 核心, 重要, 一般 or a sub-level.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub level: String,
    /// The sharing attribute.
    pub share: Share,
    /// What may be done with it; a scenario that is not named is refused.
    pub scenarios: Vec<Scenario>,
    /// For whom; a party that is not named is refused.
    pub parties: Vec<PartyId>,
    /// The columns that contracts may name.
    pub columns: Vec<String>,
    /// The smallest group that any contract over it may release.
    pub min_group_size: u32,
    /// The most ε that all runs of one contract may spend together where sizes are told with noise; contracts add up.
    #[serde(default = "default_epsilon")]
    pub max_epsilon: f64,
    /// The most ρ that all that is ever told of it with noise may cost, whoever asks and by whatever contract; nothing is
    /// where there is none. What is spent stands in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_budget: Option<yinshu_audit::Amount>,
    /// No contract over it may last longer than this day.
    pub available_until: Date,
    /// Where the rows are.
    pub source: Source,
    /// The folder of their stored encoding (`yinshu psi prepare`), for contracts of the unbalanced protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<PathBuf>,
}

/// A person's presence changes no probability by more than a factor of e over all runs of a contract.
fn default_epsilon() -> f64 {
    1.0
}

/// Why a configuration was refused.
#[derive(Debug, Clone, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ConfigError {
    /// The file could not be read.
    #[error("{path} could not be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The file is not TOML, a value has the wrong type, or a key is unknown.
    #[error("{path}, line {line}: {reason}")]
    Malformed {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        reason: String,
        /// The nearest known key where one is unknown, else empty.
        nearest: String,
    },
    /// One person was given two roles.
    #[error("{person} holds two of the roles administrator, auditor and operator")]
    TwoRoles {
        /// Who.
        person: String,
    },
    /// A party name stands twice, or a peer has this node's own name.
    #[error("the party name {name} stands for two parties")]
    NameTwice {
        /// The name.
        name: String,
    },
    /// A catalogue code stands twice.
    #[error("the catalogue code {catalogue} stands for two data sets")]
    CatalogueTwice {
        /// The code.
        catalogue: String,
    },
    /// A key file does not hold a key.
    #[error("{path} does not hold a private key")]
    BadKeyFile {
        /// The file.
        path: String,
    },
    /// A private key can be read by others.
    #[error("{path} can be read by other users of this machine")]
    KeyExposed {
        /// The file.
        path: String,
    },
    /// A peer was named that the configuration does not know.
    #[error("no [[peer]] is named {name}")]
    UnknownPeer {
        /// The name asked for.
        name: String,
    },
    /// A peer without an address was to be dialled.
    #[error("the peer {name} has no address to dial")]
    NoAddress {
        /// The peer.
        name: String,
    },
    /// The node was to serve and has nothing to listen on.
    #[error("[node] has no `listen` address")]
    NoListen,
}

impl ConfigError {
    /// The stable code of this refusal.
    pub fn code(&self) -> u16 {
        match self {
            Self::Unreadable { .. } => 1101,
            Self::TwoRoles { .. } => 1102,
            Self::NameTwice { .. } => 1103,
            Self::CatalogueTwice { .. } => 1104,
            Self::BadKeyFile { .. } => 1105,
            Self::KeyExposed { .. } => 1106,
            Self::UnknownPeer { .. } => 1107,
            Self::NoAddress { .. } => 1108,
            Self::NoListen => 1109,
            Self::Malformed { .. } => 1110,
        }
    }
}

impl Config {
    /// Reads and checks a node's `yinshu.toml`.
    pub fn load(folder: &Folder) -> Result<Self, ConfigError> {
        let path = folder.config();
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|e| ConfigError::Unreadable { path: shown.clone(), reason: e.to_string() })?;
        let config: Self = parse_toml(&text, &shown)?;
        config.check()?;
        Ok(config)
    }

    /// Checks what the types cannot: distinct roles, distinct names.
    pub fn check(&self) -> Result<(), ConfigError> {
        let roles = [&self.people.administrator, &self.people.auditor, &self.people.operator];
        for (i, person) in roles.iter().enumerate() {
            if roles[..i].contains(person) {
                return Err(ConfigError::TwoRoles { person: (*person).clone() });
            }
        }
        let mut names = vec![&self.node.name];
        for peer in &self.peers {
            if names.contains(&&peer.name) {
                return Err(ConfigError::NameTwice { name: peer.name.to_string() });
            }
            names.push(&peer.name);
        }
        for (i, set) in self.datasets.iter().enumerate() {
            if self.datasets[..i].iter().any(|other| other.catalogue == set.catalogue) {
                return Err(ConfigError::CatalogueTwice { catalogue: set.catalogue.clone() });
            }
        }
        Ok(())
    }

    /// The peer of this name.
    pub fn peer(&self, name: &PartyId) -> Result<&Peer, ConfigError> {
        self.peers
            .iter()
            .find(|peer| &peer.name == name)
            .ok_or_else(|| ConfigError::UnknownPeer { name: name.to_string() })
    }

    /// The data set with this catalogue code.
    pub fn dataset(&self, catalogue: &str) -> Option<&Dataset> {
        self.datasets.iter().find(|set| set.catalogue == catalogue)
    }
}

/// Parses any of Yinshu's TOML files; an error carries its line and, for an unknown key, the nearest
/// known one.
pub fn parse_toml<T: serde::de::DeserializeOwned>(text: &str, path: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        let line = text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
        let reason = e.message().to_owned();
        let nearest = nearest_known(&reason);
        ConfigError::Malformed { path: path.to_owned(), line, reason, nearest }
    })
}

/// The known key nearest to an unknown one, read from serde's message (``unknown field `a`,
/// expected one of `b`, `c` ``); empty for any other message, or where none is near.
pub fn nearest_known(message: &str) -> String {
    if !message.starts_with("unknown ") {
        return String::new();
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = quoted.next().unwrap_or_default();
    crate::problem::nearest(unknown, quoted).unwrap_or_default().to_owned()
}

/// Where a node keeps its things, relative to its folder.
#[derive(Debug, Clone)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// `yinshu.toml`.
    pub fn config(&self) -> PathBuf {
        self.0.join(FILE)
    }
    /// The node's signing key: packages, its log, checkpoints.
    pub fn node_key(&self) -> PathBuf {
        self.0.join("keys/node.key")
    }
    /// The administrator's signing key: contracts. Keep it elsewhere when not signing.
    pub fn admin_key(&self) -> PathBuf {
        self.0.join("keys/admin.key")
    }
    /// The node's TLS certificate, handed to peers.
    pub fn certificate(&self) -> PathBuf {
        self.0.join("keys/tls.pem")
    }
    /// The key of that certificate.
    pub fn tls_key(&self) -> PathBuf {
        self.0.join("keys/tls.key")
    }
    /// The node's public card, to hand to peers.
    pub fn card(&self) -> PathBuf {
        self.0.join("card.toml")
    }
    /// The secret under which indexes of batches mark people.
    pub fn index_key(&self) -> PathBuf {
        self.0.join("keys/index.key")
    }
    /// Manifests of the packages that this node signed, by digest.
    pub fn issued(&self) -> PathBuf {
        self.0.join("issued")
    }
    /// Contracts that this node may be asked to run.
    pub fn contracts(&self) -> PathBuf {
        self.0.join("contracts")
    }
    /// The audit log.
    pub fn audit_log(&self) -> PathBuf {
        self.0.join("audit/log.jsonl")
    }
    /// The last signed state of a peer's log that the peer handed us.
    pub fn peer_checkpoint(&self, peer: &str) -> PathBuf {
        self.0.join("audit/peers").join(format!("{peer}.checkpoint"))
    }
    /// What a run keeps of sets that it divided on disk, until it is finished: the contract's digest.
    pub fn work(&self, contract: &Digest) -> PathBuf {
        self.0.join("work").join(contract.to_string())
    }
    /// A contract's long-lived base: the contract's digest.
    pub fn base(&self, contract: &Digest) -> PathBuf {
        self.0.join("bases").join(contract.to_string())
    }
    /// Results of runs.
    pub fn results(&self) -> PathBuf {
        self.0.join("results")
    }
    /// A path of the configuration, made absolute.
    pub fn at(&self, path: &Path) -> PathBuf {
        self.0.join(path)
    }
}

/// Reads a private key, and refuses one that other users can read.
pub fn read_key(path: &Path) -> Result<SigningKey, ConfigError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|e| ConfigError::Unreadable { path: shown.clone(), reason: e.to_string() })?;
    let text = yinshu_crypto::secret::Secret::new(text);
    refuse_exposed(path)?;
    text.expose().parse().map_err(|_| ConfigError::BadKeyFile { path: shown })
}

/// Refuses a file that other users can read or write: every private key is looked at with this.
pub fn refuse_exposed(path: &Path) -> Result<(), ConfigError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map_or(0, |m| m.permissions().mode());
        if mode & 0o077 != 0 {
            return Err(ConfigError::KeyExposed { path: path.display().to_string() });
        }
    }
    Ok(())
}

//! Which protocol a run uses: the contract names it or leaves it open, the recipient proposes, the provider
//! holds the proposal against the contract.
//!
//! | from | what | bytes |
//! |---|---|---|
//! | provider | how many items it will show, which every protocol tells; with [`OVER`] more than its memory holds | 8 |
//! | recipient | the way it proposes, with [`PARTS`] divided on disk ([`super::large`]) | 1 |
//!
//! The recipient goes on at once: a provider whose contract does not allow that way ends the session instead of
//! answering the first message, and nothing waits for a consent that says no more.

use crate::contract::{ContractError, PsiProtocol, PsiResult, PsiTerms, Security};
use crate::problem::Problem;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, NetError};
use yinshu_psi::cost::Cost;
use yinshu_psi::ecdh;
use yinshu_psi::partition::{self, Matcher};
use yinshu_psi::rr22::{self, Settings, Wire};
use yinshu_psi::unbalanced;
use yinshu_psi::{Entry, Progress, PsiError, Received, Sent, Terms};

/// The program without any keys.
const PROGRAM: u64 = 20 << 20;

/// A key: its item and section, its text, and where that ends.
const KEY: u64 = 34 + 18 + 5;

/// Set in the number of items: they must be divided.
const OVER: u64 = 1 << 63;

/// Set in the way: both sets are divided on disk.
const PARTS: u8 = 0x80;

/// A way, and whether both sets are divided on disk.
pub(super) type Agreed = (Way, bool);

/// Told how many items the recipient asks about and its commitment to them; an error ends the run.
pub(super) type Asked<'a> = &'a mut dyn FnMut(&[u64], &Digest) -> Result<(), String>;

/// How an intersection is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Diffie–Hellman over ristretto255.
    Ecdh,
    /// VOLE and a key-value store, against parties that follow the protocol.
    Rr22,
    /// The same with tokens packed as tightly as they go.
    Rr22Compact,
    /// VOLE and a key-value store, against parties that do not.
    Rr22Malicious,
    /// The provider's stored encoding, looked up in a copy that is fetched or updated first.
    #[value(skip)]
    Copy,
    /// The provider's stored encoding, looked up in buckets that the provider sees.
    #[value(skip)]
    Buckets,
}

impl Way {
    /// The ways that a contract can leave open.
    pub const ALL: [Self; 4] = [Self::Ecdh, Self::Rr22, Self::Rr22Compact, Self::Rr22Malicious];

    /// Whether it answers from a stored encoding.
    pub fn is_stored(self) -> bool {
        matches!(self, Self::Copy | Self::Buckets)
    }

    fn to_byte(self) -> u8 {
        match self {
            Self::Ecdh => 1,
            Self::Rr22 => 2,
            Self::Rr22Compact => 3,
            Self::Rr22Malicious => 4,
            Self::Copy => 5,
            Self::Buckets => 6,
        }
    }

    /// Whether the contract lets a run go this way.
    pub fn allowed(self, psi: &PsiTerms) -> bool {
        let named = match psi.protocol {
            PsiProtocol::Auto => !self.is_stored(),
            PsiProtocol::Ecdh => self == Self::Ecdh,
            PsiProtocol::Rr22 => self != Self::Ecdh && !self.is_stored(),
            PsiProtocol::Unbalanced => self.is_stored(),
        };
        let withstands = psi.security == Security::SemiHonest || self == Self::Rr22Malicious;
        // Figures about the intersection come from Diffie–Hellman alone.
        named && withstands && (psi.result == PsiResult::Keys || self == Self::Ecdh)
    }
}

impl Way {
    /// Runs the recipient's side of the protocol.
    pub(super) fn receive(
        self,
        channel: &mut dyn Channel,
        entries: &[Entry],
        terms: &Terms,
        rng: &mut impl CryptoRng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Received, PsiError> {
        match self.settings() {
            None => ecdh::receive(channel, entries, terms, rng, progress),
            Some(settings) => rr22::receive(channel, entries, terms, &settings, rng, progress),
        }
    }

    /// Runs the provider's side of the protocol.
    pub(super) fn send(
        self,
        channel: &mut dyn Channel,
        entries: &[Entry],
        terms: &Terms,
        rng: &mut impl CryptoRng,
        asked: Asked<'_>,
    ) -> Result<Sent, PsiError> {
        match self.settings() {
            None => {
                let entries = entries.iter().copied().map(Ok::<_, std::convert::Infallible>);
                let asked = &mut |open: &ecdh::msg::OpenPackage| asked(&open.counts, &open.commitment);
                ecdh::send_recorded(channel, entries, terms, rng, asked, &mut |_| {})
            }
            Some(settings) => {
                let asked = &mut |open: &rr22::msg::OpenPackage| asked(&[open.count], &open.commitment);
                rr22::send(channel, entries, terms, &settings, rng, asked, &mut |_| {})
            }
        }
    }
}

impl Way {
    /// Bytes and rounds between `own` items of the recipient and `peer` of the provider.
    pub fn cost(self, own: u64, peer: u64) -> Cost {
        match self.settings() {
            // Of a copy its first fetch, and no payloads.
            None if self == Self::Copy => unbalanced::copy_cost(own, peer, 0),
            None if self == Self::Buckets => unbalanced::bucket_cost(own, peer, super::stored::CROWD, 0),
            None => ecdh::cost(own, peer, 1),
            Some(settings) => rr22::cost(own, peer, &settings),
        }
    }

    /// Peak memory of the larger party in bytes, roughly: the program, its keys, and what the protocol keeps.
    pub fn memory(self, own: u64, peer: u64) -> u64 {
        // A stored encoding stays on the disk.
        PROGRAM + self.each() * if self.is_stored() { own } else { own.max(peer) }
    }

    /// How many items of either side a run within `memory` bytes has, whichever way it goes.
    pub(super) fn most(memory: u64) -> u64 {
        memory.saturating_sub(PROGRAM) / Self::Rr22Malicious.each()
    }

    fn each(self) -> u64 {
        match (self, self.settings()) {
            (Self::Copy | Self::Buckets, _) => 250,
            (_, None) => 130,
            (_, Some(settings)) => KEY + rr22::bytes_per_entry(&settings),
        }
    }

    /// What runs in each partition of sets that are divided.
    pub(super) fn matcher(self) -> Box<dyn Matcher + Send> {
        match self.settings() {
            None => Box::new(partition::Ecdh),
            Some(settings) => Box::new(partition::Rr22(settings)),
        }
    }

    fn settings(self) -> Option<Settings> {
        let (security, wire) = match self {
            Self::Ecdh | Self::Copy | Self::Buckets => return None,
            Self::Rr22 => (rr22::Security::SemiHonest, Wire::Fast),
            Self::Rr22Compact => (rr22::Security::SemiHonest, Wire::Compact),
            Self::Rr22Malicious => (rr22::Security::Malicious, Wire::Fast),
        };
        Some(Settings { security, wire })
    }
}

/// The recipient's side: `choose` is told how many items the provider has, and whether they must be divided.
pub(super) fn propose(
    channel: &mut dyn Channel,
    choose: impl FnOnce(u64, bool) -> Agreed,
) -> Result<Agreed, Problem> {
    channel.phase("agree");
    let malformed = |channel: &dyn Channel, what: &str| NetError::Malformed {
        peer: channel.peer().clone(),
        what: what.to_owned(),
    };
    let items = channel.recv(8)?.try_into().map(u64::from_le_bytes);
    let items = items.map_err(|_| malformed(channel, "number of items"))?;
    let (way, divided) = choose(items & !OVER, items & OVER != 0);
    let proposed = [way.to_byte() | if divided { PARTS } else { 0 }];
    channel.send(proposed.to_vec())?;
    Ok((way, divided))
}

/// The provider's side: `items`, and whether they must be divided.
pub(super) fn accept(
    channel: &mut dyn Channel,
    contract: &str,
    psi: &PsiTerms,
    (items, over): (u64, bool),
) -> Result<Agreed, Problem> {
    channel.phase("agree");
    channel.send((items | if over { OVER } else { 0 }).to_le_bytes().to_vec())?;
    let proposed = channel.recv(1)?;
    let divided = proposed.first().is_some_and(|byte| byte & PARTS != 0);
    let ways = Way::ALL.into_iter().chain([Way::Copy, Way::Buckets]);
    let way = { ways }.find(|way| proposed.len() == 1 && way.to_byte() == proposed[0] & !PARTS);
    match way {
        Some(way) if way.allowed(psi) && (!divided || psi.divisible()) && (divided || !over) => {
            Ok((way, divided))
        }
        Some(way) => {
            let protocol = serde_json::to_value(way).ok().and_then(|v| v.as_str().map(str::to_owned));
            let protocol = protocol.unwrap_or_default();
            Err(ContractError::ProtocolRefused { contract: contract.to_owned(), protocol }.into())
        }
        None => {
            let peer = channel.peer().clone();
            Err(NetError::Malformed { peer, what: "proposal of a protocol".to_owned() }.into())
        }
    }
}

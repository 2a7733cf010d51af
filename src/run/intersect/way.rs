//! Which protocol a run uses: the contract names it or leaves it open, the recipient proposes, the provider
//! holds the proposal against the contract.
//!
//! | from | what | bytes |
//! |---|---|---|
//! | recipient | the way it proposes | 1 |
//! | provider | the same, where the contract allows it | 1 |
//!
//! How many items each side has is for the protocols to say, each in its own way.

use crate::contract::{ContractError, PsiProtocol, PsiResult, PsiTerms, Security};
use crate::problem::Problem;
use rand::CryptoRng;
use serde::Serialize;
use yinshu_net::{Channel, NetError};
use yinshu_psi::ecdh::{self, Asked};
use yinshu_psi::{Entry, Progress, PsiError, Received, Sent, Terms};

/// How an intersection is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
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
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Ecdh, Self::Rr22, Self::Rr22Compact, Self::Rr22Malicious];

    /// The way of a contract that leaves it open: the quickest that it allows.
    pub fn usual(psi: &PsiTerms) -> Self {
        let order = [Self::Ecdh];
        order.into_iter().find(|way| way.allowed(psi)).unwrap_or(Self::Ecdh)
    }

    fn to_byte(self) -> u8 {
        match self {
            Self::Ecdh => 1,
            Self::Rr22 => 2,
            Self::Rr22Compact => 3,
            Self::Rr22Malicious => 4,
        }
    }

    /// Whether the contract lets a run go this way.
    pub fn allowed(self, psi: &PsiTerms) -> bool {
        let named = match psi.protocol {
            PsiProtocol::Auto => true,
            PsiProtocol::Ecdh => self == Self::Ecdh,
            PsiProtocol::Rr22 => self != Self::Ecdh,
            PsiProtocol::Unbalanced => false,
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
        match self {
            Self::Ecdh => ecdh::receive(channel, entries, terms, rng, progress),
            _ => unreachable!("rr22"),
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
        match self {
            Self::Ecdh => {
                let entries = entries.iter().copied().map(Ok::<_, std::convert::Infallible>);
                ecdh::send_recorded(channel, entries, terms, rng, asked, &mut |_| {})
            }
            _ => unreachable!("rr22"),
        }
    }
}

/// The recipient's side.
pub(super) fn propose(channel: &mut dyn Channel, way: Way) -> Result<(), Problem> {
    channel.phase("agree");
    channel.send(vec![way.to_byte()])?;
    if channel.recv(1)? != [way.to_byte()] {
        let peer = channel.peer().clone();
        return Err(NetError::Malformed { peer, what: "answer to the protocol proposed".to_owned() }.into());
    }
    Ok(())
}

/// The provider's side.
pub(super) fn accept(channel: &mut dyn Channel, contract: &str, psi: &PsiTerms) -> Result<Way, Problem> {
    channel.phase("agree");
    let proposed = channel.recv(1)?;
    let way = Way::ALL.into_iter().find(|way| [way.to_byte()] == proposed[..]);
    match way {
        Some(way) if way.allowed(psi) => {
            channel.send(proposed)?;
            Ok(way)
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

//! What travels when parties meet.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::error::printable;
use crate::frame::{BadFrame, FrameReader, put_text};
use crate::session::MAX_REASON;
use crate::{NetError, PartyId};

const MAGIC: &[u8; 8] = b"yinshu/1";
const WELCOME: u8 = 1;
const REFUSAL: u8 = 2;

/// The name of one session: 16 random bytes, written as 32 hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(pub [u8; 16]);

impl SessionId {
    /// A new id, which no one can guess.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        Self(id)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

impl FromStr for SessionId {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id)?;
        Ok(Self(id))
    }
}

impl TryFrom<String> for SessionId {
    type Error = hex::FromHexError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.to_string()
    }
}

/// Which strand of its session a channel is. The first opens the session; the others follow once both sides have
/// agreed how many there are, so that work that does not depend on itself goes over several channels at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Strand {
    /// Its number, from 0.
    pub number: u16,
    /// How many there are; 1 for the first, which opens the session before that is agreed.
    pub of: u16,
}

impl Strand {
    /// The one that opens a session.
    pub const FIRST: Self = Self { number: 0, of: 1 };

    /// Whether it opens a session, rather than following another strand of it.
    pub fn opens(self) -> bool {
        self == Self::FIRST
    }
}

impl fmt::Display for Strand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.number, self.of)
    }
}

/// What a party says when it meets another: who it is, whom it wants, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hello {
    /// Who speaks.
    pub from: PartyId,
    /// Who is spoken to.
    pub to: PartyId,
    /// The session, chosen by the connector.
    pub session: SessionId,
    /// What the session is for, such as `origin-verify`: 1 to 64 of `a`–`z`, `0`–`9`, `-`, `.`.
    pub purpose: String,
    /// The protocol's name, such as `ecdh-psi`; as `purpose`.
    pub protocol: String,
    /// The protocol's version.
    pub version: u16,
    /// The SHA-256 digest of the contract both have signed.
    #[serde(serialize_with = "as_hex")]
    pub contract: [u8; 32],
    /// Which strand of the session.
    pub strand: Strand,
}

fn as_hex<S: serde::Serializer>(digest: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&hex::encode(digest))
}

fn is_label(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    (1..=Hello::MAX_LABEL).contains(&text.len()) && text.bytes().all(allowed)
}

impl Hello {
    /// The longest purpose or protocol name, in bytes.
    pub const MAX_LABEL: usize = 64;
    /// The longest encoding, in bytes.
    pub const MAX: usize = 8 + 16 + 2 + 32 + 4 * 65 + 4;

    /// Checks the labels.
    ///
    /// # Errors
    /// [`NetError::BadSetting`] naming `purpose` or `protocol`.
    pub fn check(&self) -> Result<(), NetError> {
        for (setting, label) in [("purpose", &self.purpose), ("protocol", &self.protocol)] {
            if !is_label(label) {
                let shown = printable(label.as_bytes(), Self::MAX_LABEL);
                let detail = format!("{shown:?} is not 1 to 64 of a-z, 0-9, '-' and '.'");
                return Err(NetError::BadSetting { setting: setting.to_owned(), detail });
            }
        }
        Ok(())
    }

    /// The same session seen from the other side: what a listener that agrees with everything answers.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        Self { from: self.to.clone(), to: self.from.clone(), ..self.clone() }
    }

    /// The bytes that travel. Labels that [`Hello::check`] refuses are cut to 64 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::MAX);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.session.0);
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.contract);
        for text in [self.from.as_str(), self.to.as_str(), &self.purpose, &self.protocol] {
            put_text(&mut out, &printable(text.as_bytes(), Self::MAX_LABEL));
        }
        // A session of one channel is greeted as ever.
        if !self.strand.opens() {
            out.extend_from_slice(&self.strand.number.to_be_bytes());
            out.extend_from_slice(&self.strand.of.to_be_bytes());
        }
        out
    }

    /// Reads what [`Hello::encode`] wrote; anything else is refused.
    ///
    /// # Errors
    /// [`BadFrame`].
    pub fn decode(frame: &[u8]) -> Result<Self, BadFrame> {
        let mut r = FrameReader::new(frame);
        if r.array::<8>()? != *MAGIC {
            return Err(BadFrame);
        }
        let session = SessionId(r.array()?);
        let version = r.u16()?;
        let contract = r.array()?;
        let from = PartyId::new(r.text(PartyId::MAX)?).map_err(|_| BadFrame)?;
        let to = PartyId::new(r.text(PartyId::MAX)?).map_err(|_| BadFrame)?;
        let purpose = r.text(Self::MAX_LABEL)?.to_owned();
        let protocol = r.text(Self::MAX_LABEL)?.to_owned();
        let strand = match r.rest() {
            [] => Strand::FIRST,
            &[a, b, c, d] if [a, b] != [0, 0] => {
                Strand { number: u16::from_be_bytes([a, b]), of: u16::from_be_bytes([c, d]) }
            }
            // Number 0 among them: the first is greeted without.
            _ => return Err(BadFrame),
        };
        if !is_label(&purpose) || !is_label(&protocol) {
            return Err(BadFrame);
        }
        Ok(Self { from, to, session, purpose, protocol, version, contract, strand })
    }

    /// Checks that this greeting is from `peer` to `me`.
    pub(crate) fn check_parties(&self, peer: &PartyId, me: &PartyId) -> Result<(), NetError> {
        same(peer, "from", peer.as_str(), self.from.as_str())?;
        same(peer, "to", me.as_str(), self.to.as_str())
    }

    /// Compares what both sides mean by the session; `theirs` came from `peer`.
    pub(crate) fn compare(&self, theirs: &Self, peer: &PartyId) -> Result<(), NetError> {
        same(peer, "session", &self.session.to_string(), &theirs.session.to_string())?;
        same(peer, "strand", &self.strand.to_string(), &theirs.strand.to_string())?;
        same(peer, "purpose", &self.purpose, &theirs.purpose)?;
        same(peer, "protocol", &self.protocol, &theirs.protocol)?;
        same(peer, "version", &self.version.to_string(), &theirs.version.to_string())?;
        same(peer, "contract", &hex::encode(self.contract), &hex::encode(theirs.contract))
    }
}

fn same(peer: &PartyId, field: &str, ours: &str, theirs: &str) -> Result<(), NetError> {
    if ours == theirs {
        return Ok(());
    }
    let (peer, field) = (peer.clone(), field.to_owned());
    Err(NetError::Mismatch { peer, field, ours: ours.to_owned(), theirs: theirs.to_owned() })
}

/// The answer to a greeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The listener's own greeting.
    Welcome(Hello),
    /// It will not take part.
    Refusal {
        /// Its error code.
        code: u16,
        /// Its reason: printable, at most [`MAX_REASON`] bytes.
        reason: String,
    },
}

impl Reply {
    /// The longest encoding, in bytes.
    pub const MAX: usize = 1 + 2 + MAX_REASON;

    /// The bytes that travel.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Welcome(hello) => [&[WELCOME][..], &hello.encode()].concat(),
            Self::Refusal { code, reason } => {
                [&[REFUSAL][..], &code.to_be_bytes(), printable(reason.as_bytes(), MAX_REASON).as_bytes()]
                    .concat()
            }
        }
    }

    /// Reads what [`Reply::encode`] wrote. A reason that does not print is made to.
    ///
    /// # Errors
    /// [`BadFrame`].
    pub fn decode(frame: &[u8]) -> Result<Self, BadFrame> {
        let mut r = FrameReader::new(frame);
        match r.u8()? {
            WELCOME => Ok(Self::Welcome(Hello::decode(r.rest())?)),
            REFUSAL => {
                let code = r.u16()?;
                let reason = r.rest();
                if reason.len() > MAX_REASON {
                    return Err(BadFrame);
                }
                Ok(Self::Refusal { code, reason: printable(reason, MAX_REASON) })
            }
            _ => Err(BadFrame),
        }
    }
}

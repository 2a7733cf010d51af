//! What goes wrong between parties, and whose fault it was.

use serde::Serialize;

use crate::{Fault, PartyId};

/// An error of a channel, a session or a transport. `code()` is stable; `fault()` says whose it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NetError {
    /// 3001: not a party name.
    #[error("{name:?} is not a party name: 1 to 64 of a-z, 0-9 and '-'")]
    BadPartyId {
        /// The start of what was given, made printable.
        name: String,
    },
    /// 3002: a frame longer than the state of the protocol allows.
    #[error("{peer} sent a frame of {len} bytes where at most {max} are allowed")]
    FrameTooLong {
        /// Who sent it.
        peer: PartyId,
        /// Its length in bytes.
        len: usize,
        /// The most that is allowed here, in bytes.
        max: usize,
    },
    /// 3003: a frame to be sent is longer than frames may be.
    #[error("a frame of {len} bytes for {peer} is longer than {max}")]
    SendTooLong {
        /// Who it was for.
        peer: PartyId,
        /// Its length in bytes.
        len: usize,
        /// The most a frame may have, in bytes.
        max: usize,
    },
    /// 3004: the channel is closed.
    #[error("the channel to {peer} is closed")]
    Closed {
        /// Who was on the other end.
        peer: PartyId,
    },
    /// 3005: nothing was heard for too long.
    #[error("nothing was heard from {peer} for {seconds} s")]
    Timeout {
        /// Who was silent.
        peer: PartyId,
        /// For how long, in seconds.
        seconds: u64,
    },
    /// 3006: the peer sent something that does not decode.
    #[error("{peer} sent what is not a valid {what}")]
    Malformed {
        /// Who sent it.
        peer: PartyId,
        /// What was expected.
        what: String,
    },
    /// 3007: the peer sent a frame out of its turn: lost, doubled or reordered on its way.
    #[error("{peer} sent frame {found} where frame {expected} was due")]
    OutOfSequence {
        /// Who sent it.
        peer: PartyId,
        /// The number that was due.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// 3008: the peer sent more than it was given leave to.
    #[error("{peer} sent more than the {window} bytes it may have underway")]
    WindowExceeded {
        /// Who sent it.
        peer: PartyId,
        /// The window in bytes.
        window: usize,
    },
    /// 3009: the two sides do not mean the same session.
    #[error("{peer} and this side differ in {field}: theirs is {theirs}, ours is {ours}")]
    Mismatch {
        /// Who greeted with something else.
        peer: PartyId,
        /// What differs: `session`, `from`, `to`, `protocol`, `version` or `contract`.
        field: String,
        /// Our value.
        ours: String,
        /// Their value.
        theirs: String,
    },
    /// 3010: the peer will not take part.
    #[error("{peer} refused ({code}): {reason}")]
    Refused {
        /// Who refused.
        peer: PartyId,
        /// The peer's error code.
        code: u16,
        /// The peer's reason, at most 512 printable bytes.
        reason: String,
    },
    /// 3011: a certificate that is not pinned for any party.
    #[error("the certificate {fingerprint} shown by {address} is not that of any configured party")]
    UnknownCertificate {
        /// Who showed it: an address.
        address: String,
        /// The certificate's fingerprint.
        fingerprint: String,
    },
    /// 3012: a pinned certificate outside its dates.
    #[error("the certificate of {party} shown by {address} is not valid now: {detail}")]
    ExpiredCertificate {
        /// Whose certificate it is.
        party: PartyId,
        /// Who showed it: an address.
        address: String,
        /// From when to when it is valid.
        detail: String,
    },
    /// 3013: a pinned certificate, but another party's.
    #[error("{address} is {found}, not {expected}")]
    WrongParty {
        /// Who answered: an address.
        address: String,
        /// Who should have.
        expected: PartyId,
        /// Whose certificate it showed.
        found: PartyId,
    },
    /// 3014: the TLS handshake failed for another reason (an older version, no certificate, not TLS at all).
    #[error("no secure connection with {address}: {detail}")]
    Handshake {
        /// The other end's address.
        address: String,
        /// What the TLS library says.
        detail: String,
    },
    /// 3015: the other side did not accept our certificate.
    #[error("{address} did not accept our certificate: {detail}")]
    OurCertificateRefused {
        /// The other end's address.
        address: String,
        /// The alert it sent.
        detail: String,
    },
    /// 3016: the peer could not be reached.
    #[error("{peer} at {address} could not be reached for {seconds} s: {detail}")]
    Unreachable {
        /// Who.
        peer: PartyId,
        /// Where.
        address: String,
        /// For how long it was tried, in seconds.
        seconds: u64,
        /// What the last attempt said.
        detail: String,
    },
    /// 3017: the peer has forgotten the session: it restarted, or too long passed.
    #[error("{peer} no longer knows the session: it was restarted or away for too long")]
    SessionLost {
        /// Who forgot.
        peer: PartyId,
    },
    /// 3018: too many sessions of one party, or in all.
    #[error("{peer} has too many sessions open ({max})")]
    TooManySessions {
        /// Who asked for one more.
        peer: PartyId,
        /// The limit.
        max: usize,
    },
    /// 3019: a session id that belongs to another party, or is used again with another greeting.
    #[error("{peer} asked for a session that is not its own")]
    SessionTaken {
        /// Who asked.
        peer: PartyId,
    },
    /// 3020: our own certificate or key cannot be used.
    #[error("this certificate or key cannot be used: {detail}")]
    BadIdentity {
        /// Why.
        detail: String,
    },
    /// 3021: the port cannot be opened.
    #[error("cannot listen on {address}: {detail}")]
    CannotListen {
        /// The address asked for.
        address: String,
        /// What the operating system says.
        detail: String,
    },
    /// 3022: a network setting that cannot be used.
    #[error("network setting {setting}: {detail}")]
    BadSetting {
        /// Which.
        setting: String,
        /// Why.
        detail: String,
    },
    /// 3023: a replayed run did something else than the recorded one.
    #[error("the replay of {peer} differs from the record at step {step}: {detail}")]
    ReplayDiffers {
        /// Whose record it is.
        peer: PartyId,
        /// The step, from 0.
        step: usize,
        /// How.
        detail: String,
    },
    /// 3024: this side is shutting down.
    #[error("this side is shutting down")]
    ShuttingDown,
    /// 3025: over an interconnection link, the peer does not take what we send.
    #[error("{peer} refused what was pushed to it ({number}): {reason}")]
    PushRefused {
        /// Who refused.
        peer: PartyId,
        /// The error code of the interconnection standard.
        number: i32,
        /// The peer's reason, at most 200 printable bytes.
        reason: String,
    },
    /// 3026: a strand of a session that is not open, not of this party, or not under the same contract.
    #[error("{peer} asked for strand {number} of a session that it has not open here")]
    StrandWithoutSession {
        /// Who asked.
        peer: PartyId,
        /// The strand's number.
        number: u16,
    },
    /// 3027: a strand that the session has already.
    #[error("{peer} asked for strand {number} twice")]
    StrandTaken {
        /// Who asked.
        peer: PartyId,
        /// The strand's number.
        number: u16,
    },
    /// 3028: a strand whose number does not fit how many there are, or more strands than agreed.
    #[error("{peer} asked for strand {number} of {of}, where {agreed} are possible")]
    StrandNumber {
        /// Who asked.
        peer: PartyId,
        /// The strand's number.
        number: u16,
        /// How many it says there are.
        of: u16,
        /// How many were agreed on, or are possible.
        agreed: u16,
    },
}

impl NetError {
    /// A stable code: 3001 to 3028.
    pub fn code(&self) -> u16 {
        match self {
            Self::BadPartyId { .. } => 3001,
            Self::FrameTooLong { .. } => 3002,
            Self::SendTooLong { .. } => 3003,
            Self::Closed { .. } => 3004,
            Self::Timeout { .. } => 3005,
            Self::Malformed { .. } => 3006,
            Self::OutOfSequence { .. } => 3007,
            Self::WindowExceeded { .. } => 3008,
            Self::Mismatch { .. } => 3009,
            Self::Refused { .. } => 3010,
            Self::UnknownCertificate { .. } => 3011,
            Self::ExpiredCertificate { .. } => 3012,
            Self::WrongParty { .. } => 3013,
            Self::Handshake { .. } => 3014,
            Self::OurCertificateRefused { .. } => 3015,
            Self::Unreachable { .. } => 3016,
            Self::SessionLost { .. } => 3017,
            Self::TooManySessions { .. } => 3018,
            Self::SessionTaken { .. } => 3019,
            Self::BadIdentity { .. } => 3020,
            Self::CannotListen { .. } => 3021,
            Self::BadSetting { .. } => 3022,
            Self::ReplayDiffers { .. } => 3023,
            Self::ShuttingDown => 3024,
            Self::PushRefused { .. } => 3025,
            Self::StrandWithoutSession { .. } => 3026,
            Self::StrandTaken { .. } => 3027,
            Self::StrandNumber { .. } => 3028,
        }
    }

    /// Whose fault it was.
    pub fn fault(&self) -> Fault {
        match self {
            Self::FrameTooLong { peer, .. }
            | Self::Malformed { peer, .. }
            | Self::OutOfSequence { peer, .. }
            | Self::WindowExceeded { peer, .. }
            | Self::Mismatch { peer, .. }
            | Self::Refused { peer, .. }
            | Self::SessionLost { peer }
            | Self::TooManySessions { peer, .. }
            | Self::SessionTaken { peer }
            | Self::PushRefused { peer, .. }
            | Self::StrandWithoutSession { peer, .. }
            | Self::StrandTaken { peer, .. }
            | Self::StrandNumber { peer, .. }
            | Self::ExpiredCertificate { party: peer, .. } => Fault::Peer(peer.clone()),
            Self::Closed { .. }
            | Self::Timeout { .. }
            | Self::Unreachable { .. }
            | Self::UnknownCertificate { .. }
            | Self::WrongParty { .. }
            | Self::Handshake { .. } => Fault::Network,
            Self::BadPartyId { .. }
            | Self::SendTooLong { .. }
            | Self::OurCertificateRefused { .. }
            | Self::BadIdentity { .. }
            | Self::CannotListen { .. }
            | Self::BadSetting { .. }
            | Self::ReplayDiffers { .. }
            | Self::ShuttingDown => Fault::Local,
        }
    }
}

/// At most `max` bytes of foreign text, with control characters (terminal escapes, line breaks) and
/// invalid UTF-8 replaced.
pub(crate) fn printable(text: &[u8], max: usize) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut out = String::new();
    for c in String::from_utf8_lossy(&text[..text.len().min(max)]).chars().map(shown) {
        if out.len() + c.len_utf8() > max {
            break;
        }
        out.push(c);
    }
    out
}

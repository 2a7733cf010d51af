//! Who is who: self-signed certificates, pinned by their SHA-256 fingerprint, under TLS 1.3 (RFC 8446).
//!
//! There is no certificate authority: an administrator hands the fingerprint of the own certificate to
//! the other side by another way (paper, phone), and [`Peers`] maps it to a party. A certificate that is
//! not pinned is refused whatever signed it. The dates and the signatures are checked by webpki and
//! graviola. Key exchange offers X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem) first, so that what is
//! recorded today stays closed to a quantum computer later.

mod cpu;
mod identity;
mod pin;

pub use identity::{Fingerprint, Identity};
pub use pin::Peers;
pub(crate) use pin::{Tls, Verdict};

use jiff::Timestamp;
use std::sync::Arc;

/// What tells the time for checking certificates.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

#[cfg(test)]
mod tests;

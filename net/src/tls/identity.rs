//! The own certificate and key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use jiff::Timestamp;
use rand_core::CryptoRng;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use zeroize::Zeroizing;

use crate::{NetError, PartyId};

/// PKCS #8 around a 32-byte Ed25519 seed (RFC 8410, section 7; the example in its section 10.3).
const PKCS8_ED25519: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The SHA-256 digest of a certificate's DER, written in groups of four hexadecimal characters. Any
/// grouping by `:`, `-` or spaces, and either case, is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Of a certificate's DER.
    pub fn of(certificate: &[u8]) -> Self {
        Self(sha2::Sha256::digest(certificate).into())
    }

    /// Of the first certificate in a PEM text.
    ///
    /// # Errors
    /// [`NetError::BadIdentity`].
    pub fn of_pem(pem: &str) -> Result<Self, NetError> {
        Ok(Self::of(&certificate(pem)?))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, pair) in self.0.chunks(2).enumerate() {
            write!(f, "{}{:02x}{:02x}", if i == 0 { "" } else { ":" }, pair[0], pair[1])?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = NetError;
    fn from_str(text: &str) -> Result<Self, NetError> {
        let digits: String =
            text.chars().filter(|c| !matches!(c, ':' | '-') && !c.is_whitespace()).take(65).collect();
        let mut digest = [0; 32];
        hex::decode_to_slice(digits, &mut digest)
            .map_err(|_| bad_identity("a fingerprint is 64 hexadecimal characters"))?;
        Ok(Self(digest))
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = NetError;
    fn try_from(text: String) -> Result<Self, NetError> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

/// A party's certificate and private key. The key is wiped on drop and never printed.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: Zeroizing<Vec<u8>>,
}

impl Identity {
    /// A new Ed25519 key and a certificate for it, signed by itself, valid from `from` to `to`.
    ///
    /// # Errors
    /// [`NetError::BadIdentity`] when the dates are not in order or before 1970.
    pub fn generate<R: CryptoRng + ?Sized>(
        party: &PartyId,
        from: Timestamp,
        to: Timestamp,
        rng: &mut R,
    ) -> Result<Self, NetError> {
        if from >= to {
            return Err(bad_identity("a certificate must end after it begins"));
        }
        let mut serial = [0; 16];
        rng.fill_bytes(&mut serial);
        // RFC 5280, section 4.1.2.2: positive, and not zero.
        serial[0] = serial[0] & 0x7f | 0x40;
        let mut name = rcgen::DistinguishedName::new();
        name.push(rcgen::DnType::CommonName, party.as_str());
        let mut params = rcgen::CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970(from)?;
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970(to)?;
        params.serial_number = Some(serial.to_vec().into());
        params.distinguished_name = name;
        params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth, rcgen::ExtendedKeyUsagePurpose::ClientAuth];

        let key = Ed25519::new(rng);
        let certificate = params.self_signed(&key).map_err(bad_identity)?;
        let mut pkcs8 = Zeroizing::new(Vec::with_capacity(48));
        pkcs8.extend_from_slice(&PKCS8_ED25519);
        pkcs8.extend_from_slice(&*Zeroizing::new(key.key.to_bytes()));
        Ok(Self { certificate: certificate.der().clone(), key: pkcs8 })
    }

    /// Reads a certificate and a PKCS #8 private key from PEM. Keys of Ed25519, ECDSA P-256 and P-384,
    /// and RSA are usable. Whether the key fits the certificate is checked when it is used.
    ///
    /// # Errors
    /// [`NetError::BadIdentity`].
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, NetError> {
        let key = match PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(bad_identity)? {
            PrivateKeyDer::Pkcs8(key) => Zeroizing::new(key.secret_pkcs8_der().to_vec()),
            _ => return Err(bad_identity("the private key is not PKCS #8 (BEGIN PRIVATE KEY)")),
        };
        Ok(Self { certificate: certificate(certificate_pem)?, key })
    }

    /// The certificate in PEM (RFC 7468).
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate).to_string()
    }

    /// The private key in PEM, to be written to a file that only its owner can read.
    pub fn key_pem(&self) -> Zeroizing<String> {
        pem("PRIVATE KEY", &self.key)
    }

    /// The certificate's fingerprint, to be told to the other parties.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.fingerprint())
    }
}

pub(crate) fn bad_identity(detail: impl fmt::Display) -> NetError {
    NetError::BadIdentity { detail: detail.to_string() }
}

fn certificate(pem: &str) -> Result<CertificateDer<'static>, NetError> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(bad_identity)
}

fn since_1970(at: Timestamp) -> Result<Duration, NetError> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| bad_identity("a date before 1970"))?;
    Ok(Duration::from_secs(seconds))
}

fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let text = Zeroizing::new(STANDARD.encode(der));
    let mut out = Zeroizing::new(String::with_capacity(text.len() + text.len() / 64 + 64));
    out.push_str(&format!("-----BEGIN {label}-----\n"));
    for line in text.as_bytes().chunks(64) {
        out.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// An Ed25519 key as rcgen wants to see it.
struct Ed25519 {
    key: ed25519_dalek::SigningKey,
    public: [u8; 32],
}

impl Ed25519 {
    fn new<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let key = ed25519_dalek::SigningKey::generate(rng);
        Self { public: key.verifying_key().to_bytes(), key }
    }
}

impl rcgen::PublicKeyData for Ed25519 {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }
    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

impl rcgen::SigningKey for Ed25519 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.key.sign(message).to_bytes().to_vec())
    }
}

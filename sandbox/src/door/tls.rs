//! TLS 1.3 at the door: a certificate of the operator's, or one made here whose fingerprint is handed to researchers.
//!
//! Clients show no certificate: they log in. The key exchange offers X25519MLKEM768 first. A certificate made here is for ECDSA
//! over P-256, which every driver knows, and for the names under which the server is reached.

use super::users::Digest;
use crate::dataset::wrong;
use crate::error::SandboxError;
use crate::room::{own_alone, private};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivateSec1KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SignatureScheme};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// An ECPrivateKey of P-256 (RFC 5915) around 32 bytes: what stands before the key, and what behind.
const SEC1_BEFORE: [u8; 7] = [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
const SEC1_BEHIND: [u8; 12] = [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// How long a certificate made here lasts.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 365);

const ALPN: &[u8] = b"h2";

/// The certificate and the key of a server, as files.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The certificate, and those above it.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// What a certificate was made for.
#[derive(Serialize, Deserialize)]
struct Made {
    names: Vec<String>,
    until: Timestamp,
}

impl Identity {
    /// Where a certificate made here lies in a room.
    fn own(root: &Path) -> Self {
        let folder = root.join("door");
        Self { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") }
    }

    /// The one made here before, or a new one for these names; it is made anew once it ended.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`]: a name is none.
    pub fn self_signed(
        root: &Path,
        names: &[String],
        now: Timestamp,
        dice: &mut impl CryptoRng,
    ) -> Result<Self, SandboxError> {
        let (folder, own) = (root.join("door"), Self::own(root));
        let about = folder.join("made.toml");
        let made = fs::read_to_string(&about).ok().and_then(|text| toml::from_str::<Made>(&text).ok());
        if made.is_some_and(|made| made.names == names && now < made.until) && own.certificate.exists() {
            return Ok(own);
        }
        fs::create_dir_all(&folder).map_err(SandboxError::files(&folder))?;
        own_alone(&folder)?;
        let until = now.checked_add(LASTS).unwrap_or(Timestamp::MAX);
        let (certificate, key) = made_for(names, now, until, dice)?;
        let made = toml::to_string(&Made { names: names.to_vec(), until })
            .map_err(|error| wrong("made.toml", &error.to_string()))?;
        for path in [&own.key, &own.certificate, &about] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(SandboxError::files(path)(error));
                }
                _ => {}
            }
        }
        for (path, text) in [(&own.certificate, &certificate), (&own.key, &*key), (&about, &made)] {
            private(path)
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(SandboxError::files(path))?;
        }
        Ok(own)
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, SandboxError> {
        certificates(&self.certificate)
    }

    /// SHA-256 of the certificate, by which people compare it.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn fingerprint(&self) -> Result<String, SandboxError> {
        let certificates = self.certificates()?;
        let digest: Digest = Sha256::digest(&certificates[0]).into();
        let pairs: Vec<String> =
            digest.chunks(2).map(|pair| format!("{:02x}{:02x}", pair[0], pair[1])).collect();
        Ok(pairs.join(":"))
    }

    /// The settings of a server that has this certificate.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`]: the certificate or the key cannot be used.
    pub(super) fn server(&self) -> Result<Arc<ServerConfig>, SandboxError> {
        let unusable =
            |error: &dyn std::fmt::Display| wrong(&self.key.display().to_string(), &error.to_string());
        let text = fs::read(&self.key).map(Zeroizing::new).map_err(SandboxError::files(&self.key))?;
        let key = PrivateKeyDer::from_pem_slice(&text).map_err(|error| unusable(&error))?;
        let mut config = ServerConfig::builder_with_provider(provider()?)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| unusable(&error))?
            .with_no_client_auth()
            .with_single_cert(self.certificates()?, key)
            .map_err(|error| unusable(&error))?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        Ok(Arc::new(config))
    }
}

/// The settings of a client that trusts the certificates of a file, and no others.
///
/// # Errors
/// [`SandboxError::Files`], [`SandboxError::Description`].
pub(super) fn client(trusted: &Path) -> Result<Arc<ClientConfig>, SandboxError> {
    let unusable = |error: &dyn std::fmt::Display| wrong(&trusted.display().to_string(), &error.to_string());
    let mut roots = RootCertStore::empty();
    for certificate in certificates(trusted)? {
        roots.add(certificate).map_err(|error| unusable(&error))?;
    }
    let mut config = ClientConfig::builder_with_provider(provider()?)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| unusable(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SandboxError> {
    let text = fs::read(path).map_err(SandboxError::files(path))?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(wrong(&path.display().to_string(), "there is no certificate in it")),
        Err(error) => Err(wrong(&path.display().to_string(), &error.to_string())),
    }
}

/// What TLS is made of; graviola does not run on every processor.
fn provider() -> Result<Arc<CryptoProvider>, SandboxError> {
    macro_rules! found {
        ($detect:ident: $($feature:tt),*) => {
            [$(($feature, std::arch::$detect!($feature))),*]
        };
    }
    #[cfg(target_arch = "x86_64")]
    let found =
        found!(is_x86_feature_detected: "aes", "ssse3", "avx", "avx2", "adx", "bmi1", "bmi2", "pclmulqdq");
    #[cfg(target_arch = "aarch64")]
    let found = found!(is_aarch64_feature_detected: "aes", "sha2", "pmull", "neon");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let found = [("x86-64 or aarch64", false)];
    let missing: Vec<&str> = found.into_iter().filter(|(_, here)| !here).map(|(name, _)| name).collect();
    match missing.is_empty() {
        true => Ok(Arc::new(rustls_graviola::default_provider())),
        false => Err(wrong("TLS", &format!("this processor lacks {}", missing.join(", ")))),
    }
}

/// A certificate for these names and its key, both in PEM.
fn made_for(
    names: &[String],
    now: Timestamp,
    until: Timestamp,
    dice: &mut impl CryptoRng,
) -> Result<(String, Zeroizing<String>), SandboxError> {
    let unusable = |error: &dyn std::fmt::Display| wrong("names", &error.to_string());
    let key = P256::new(dice)?;
    let mut params = rcgen::CertificateParams::new(names).map_err(|error| unusable(&error))?;
    let since_1970 = |at: Timestamp| Duration::from_secs(u64::try_from(at.as_second()).unwrap_or_default());
    // Clocks of clients may be behind.
    let from = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
    params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970(from);
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970(until);
    let mut serial = [0; 16];
    dice.fill_bytes(&mut serial);
    // RFC 5280, section 4.1.2.2: positive, and not zero.
    serial[0] = serial[0] & 0x7f | 0x40;
    params.serial_number = Some(serial.to_vec().into());
    let mut name = rcgen::DistinguishedName::new();
    name.push(rcgen::DnType::CommonName, format!("yinshu-sandbox {}", hex::encode(&serial[..4])));
    params.distinguished_name = name;
    params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key).map_err(|error| unusable(&error))?;
    Ok((pem("CERTIFICATE", certificate.der()).to_string(), pem("EC PRIVATE KEY", &key.sec1)))
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

/// A key as rcgen wants to see it; TLS's own implementation signs.
struct P256 {
    sec1: Zeroizing<Vec<u8>>,
    key: Arc<dyn rustls::sign::SigningKey>,
    public: Vec<u8>,
}

impl P256 {
    fn new(dice: &mut impl CryptoRng) -> Result<Self, SandboxError> {
        let provider = provider()?;
        // One number in 2³² is not below the order of the group.
        for _ in 0..8 {
            let mut sec1 = Zeroizing::new(SEC1_BEFORE.to_vec());
            let mut scalar = Zeroizing::new([0; 32]);
            dice.fill_bytes(&mut *scalar);
            sec1.extend_from_slice(&*scalar);
            sec1.extend_from_slice(&SEC1_BEHIND);
            let der = PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(sec1.to_vec()));
            let Ok(key) = provider.key_provider.load_private_key(der) else { continue };
            let spki = key.public_key().ok_or_else(|| wrong("TLS", "a key has no public half"))?;
            // The end of it is the point, not compressed.
            let public = spki[spki.len().saturating_sub(65)..].to_vec();
            return Ok(Self { sec1, key, public });
        }
        Err(wrong("TLS", "no key could be made"))
    }
}

impl rcgen::PublicKeyData for P256 {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for P256 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signer = self.key.choose_scheme(&[SignatureScheme::ECDSA_NISTP256_SHA256]);
        let signed = signer.and_then(|signer| signer.sign(message).ok());
        signed.ok_or(rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests;

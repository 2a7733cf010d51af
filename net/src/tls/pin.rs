//! Pinned certificates in place of an authority, and the TLS settings built on them.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    ServerConfig, SignatureScheme,
};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::identity::bad_identity;
use super::{Clock, Fingerprint, Identity};
use crate::{NetError, PartyId};

/// Which certificate is whose. A party may have several, so that a new one can be pinned before the old
/// one is taken away.
#[derive(Clone, Debug, Default)]
pub struct Peers(BTreeMap<Fingerprint, PartyId>);

impl Peers {
    /// Nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Pins a certificate for a party.
    ///
    /// # Errors
    /// [`NetError::BadSetting`] when it is pinned for another party.
    pub fn pin(&mut self, party: PartyId, certificate: Fingerprint) -> Result<(), NetError> {
        if let Some(other) = self.0.get(&certificate).filter(|&other| *other != party) {
            let detail = format!("{certificate} is pinned for both {other} and {party}");
            return Err(NetError::BadSetting { setting: "peers".to_owned(), detail });
        }
        self.0.insert(certificate, party);
        Ok(())
    }

    /// Whose certificate this is.
    pub fn party(&self, certificate: Fingerprint) -> Option<&PartyId> {
        self.0.get(&certificate)
    }

    /// Whether a certificate is pinned for this party.
    pub fn knows(&self, party: &PartyId) -> bool {
        self.0.values().any(|p| p == party)
    }
}

/// What one handshake found out about the other end, for errors and logs.
#[derive(Default, Debug)]
pub(crate) struct Verdict {
    /// The party whose pinned certificate was shown and accepted.
    pub(crate) party: OnceLock<PartyId>,
    /// Why it was not accepted.
    pub(crate) refused: OnceLock<NetError>,
}

/// TLS of this node.
pub(crate) struct Tls {
    own: Arc<SingleCertAndKey>,
    peers: Arc<Peers>,
    provider: Arc<CryptoProvider>,
    clock: Arc<dyn TimeProvider>,
}

const ALPN: &[u8] = b"h2";

impl Tls {
    pub(crate) fn new(identity: &Identity, peers: Peers, clock: Option<Clock>) -> Result<Self, NetError> {
        super::cpu::check()?;
        let provider = Arc::new(rustls_graviola::default_provider());
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key().to_vec()));
        let own =
            CertifiedKey::from_der(vec![identity.certificate()], der, &provider).map_err(bad_identity)?;
        let clock: Arc<dyn TimeProvider> = match clock {
            Some(clock) => Arc::new(Injected(clock)),
            None => Arc::new(DefaultTimeProvider),
        };
        Ok(Self { own: Arc::new(own.into()), peers: Arc::new(peers), provider, clock })
    }

    /// Settings for one incoming connection; `verdict` receives what comes of it.
    pub(crate) fn server(
        &self,
        address: &str,
        verdict: &Arc<Verdict>,
    ) -> Result<Arc<ServerConfig>, NetError> {
        let pinned = self.pinned(None, address, verdict);
        let mut config =
            ServerConfig::builder_with_details(Arc::clone(&self.provider), Arc::clone(&self.clock))
                .with_protocol_versions(&[&rustls::version::TLS13])
                .map_err(bad_identity)?
                .with_client_cert_verifier(pinned)
                .with_cert_resolver(Arc::clone(&self.own) as _);
        config.alpn_protocols = vec![ALPN.to_vec()];
        // No resumption: each connection shows its certificate, and its dates are checked anew.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        Ok(Arc::new(config))
    }

    /// Settings for one outgoing connection to `expected`.
    pub(crate) fn client(
        &self,
        expected: &PartyId,
        address: &str,
        verdict: &Arc<Verdict>,
    ) -> Result<Arc<ClientConfig>, NetError> {
        let pinned = self.pinned(Some(expected.clone()), address, verdict);
        let mut config =
            ClientConfig::builder_with_details(Arc::clone(&self.provider), Arc::clone(&self.clock))
                .with_protocol_versions(&[&rustls::version::TLS13])
                .map_err(bad_identity)?
                .dangerous()
                .with_custom_certificate_verifier(pinned)
                .with_client_cert_resolver(Arc::clone(&self.own) as _);
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.resumption = Resumption::disabled();
        config.enable_sni = false;
        Ok(Arc::new(config))
    }

    pub(crate) fn peers(&self) -> &Peers {
        &self.peers
    }

    fn pinned(&self, expected: Option<PartyId>, address: &str, verdict: &Arc<Verdict>) -> Arc<Pinned> {
        Arc::new(Pinned {
            peers: Arc::clone(&self.peers),
            provider: Arc::clone(&self.provider),
            expected,
            address: address.to_owned(),
            verdict: Arc::clone(verdict),
        })
    }
}

struct Injected(Clock);

impl fmt::Debug for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Injected")
    }
}

impl TimeProvider for Injected {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from((self.0)().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// Accepts pinned certificates alone. The shown certificate must be pinned; it is then its own only root
/// for webpki, which checks dates, usage and its signature; the provider checks the handshake's.
#[derive(Debug)]
struct Pinned {
    peers: Arc<Peers>,
    provider: Arc<CryptoProvider>,
    expected: Option<PartyId>,
    address: String,
    verdict: Arc<Verdict>,
}

impl Pinned {
    /// The pinned party and the root store for its certificate.
    fn find(&self, shown: &CertificateDer<'_>) -> Result<(PartyId, RootCertStore), Error> {
        let fingerprint = Fingerprint::of(shown);
        let address = self.address.clone();
        let Some(party) = self.peers.party(fingerprint) else {
            let fingerprint = fingerprint.to_string();
            return Err(self.refuse(NetError::UnknownCertificate { address, fingerprint }));
        };
        if let Some(expected) = self.expected.as_ref().filter(|&e| e != party) {
            let (expected, found) = (expected.clone(), party.clone());
            return Err(self.refuse(NetError::WrongParty { address, expected, found }));
        }
        let mut root = RootCertStore::empty();
        root.add(shown.clone().into_owned())?;
        Ok((party.clone(), root))
    }

    /// Keeps our own typed error; the other end gets the alert `certificate_unknown`.
    fn refuse(&self, error: NetError) -> Error {
        let _ = self.verdict.refused.set(error);
        Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
    }

    /// Keeps what webpki decided about the certificate of `party`.
    fn judge<T>(&self, party: PartyId, result: Result<T, Error>) -> Result<T, Error> {
        use CertificateError as C;
        match &result {
            Ok(_) => {
                let _ = self.verdict.party.set(party);
            }
            Err(Error::InvalidCertificate(
                why @ (C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. }),
            )) => {
                let address = self.address.clone();
                let detail = why.to_string();
                let _ = self.verdict.refused.set(NetError::ExpiredCertificate { party, address, detail });
            }
            Err(_) => {}
        }
        result
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (party, root) = self.find(end_entity)?;
        let checked = ParsedCertificate::try_from(end_entity).and_then(|certificate| {
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, &root, &[], now, algorithms)
        });
        self.judge(party, checked.map(|()| ServerCertVerified::assertion()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Naming our peers to whoever connects would tell a stranger who they are.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let (party, root) = self.find(end_entity)?;
        let checked = WebPkiClientVerifier::builder_with_provider(Arc::new(root), Arc::clone(&self.provider))
            .build()
            .map_err(|e| Error::General(e.to_string()))
            .and_then(|webpki| webpki.verify_client_cert(end_entity, &[], now));
        self.judge(party, checked)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        ServerCertVerifier::verify_tls12_signature(self, message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        ServerCertVerifier::verify_tls13_signature(self, message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ServerCertVerifier::supported_verify_schemes(self)
    }
}

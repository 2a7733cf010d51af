use super::*;
use crate::{NetError, PartyId};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, NamedGroup, ServerConnection};

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn identity(name: &str, seed: u64) -> Identity {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let party = PartyId::new(name).unwrap();
    Identity::generate(&party, at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), &mut rng).unwrap()
}

fn tls(own: &Identity, name: &str, peer: &Identity, now: &str) -> Tls {
    let mut peers = Peers::new();
    peers.pin(PartyId::new(name).unwrap(), peer.fingerprint()).unwrap();
    let now = at(now);
    Tls::new(own, peers, Some(Arc::new(move || now))).unwrap()
}

/// A handshake in memory: the two verdicts, and the client once connected.
fn handshake(client: &Tls, server: &Tls, expected: &str) -> (Arc<Verdict>, Arc<Verdict>, Option<NamedGroup>) {
    let (cv, sv) = (Arc::new(Verdict::default()), Arc::new(Verdict::default()));
    let expected = PartyId::new(expected).unwrap();
    let config = client.client(&expected, "there", &cv).unwrap();
    let mut c = ClientConnection::new(config, ServerName::try_from("yinshu.invalid").unwrap()).unwrap();
    let mut s = ServerConnection::new(server.server("here", &sv).unwrap()).unwrap();
    for _ in 0..6 {
        let mut wire = Vec::new();
        while c.wants_write() {
            c.write_tls(&mut wire).unwrap();
        }
        let mut wire = &wire[..];
        while !wire.is_empty() {
            s.read_tls(&mut wire).unwrap();
            if s.process_new_packets().is_err() {
                return (cv, sv, None);
            }
        }
        let mut wire = Vec::new();
        while s.wants_write() {
            s.write_tls(&mut wire).unwrap();
        }
        let mut wire = &wire[..];
        while !wire.is_empty() {
            c.read_tls(&mut wire).unwrap();
            if c.process_new_packets().is_err() {
                return (cv, sv, None);
            }
        }
    }
    assert!(!c.is_handshaking() && !s.is_handshaking());
    let group = c.negotiated_key_exchange_group().map(rustls::crypto::SupportedKxGroup::name);
    assert_eq!(c.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(c.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    (cv, sv, group)
}

#[test]
fn pinned_parties_meet_with_a_post_quantum_key_exchange() {
    let (a, b) = (identity("county", 1), identity("province", 2));
    let (client, server) =
        (tls(&a, "province", &b, "2026-06-01T00:00:00Z"), tls(&b, "county", &a, "2026-06-01T00:00:00Z"));
    let (cv, sv, group) = handshake(&client, &server, "province");
    assert_eq!(group, Some(NamedGroup::X25519MLKEM768));
    assert_eq!(cv.party.get().unwrap().as_str(), "province");
    assert_eq!(sv.party.get().unwrap().as_str(), "county");
}

#[test]
fn an_expired_or_early_certificate_is_refused_by_either_side() {
    let (a, b) = (identity("county", 1), identity("province", 2));
    for wrong in ["2027-01-01T00:00:01Z", "2025-12-31T23:59:59Z"] {
        let good = "2026-06-01T00:00:00Z";
        let (cv, _, group) =
            handshake(&tls(&a, "province", &b, wrong), &tls(&b, "county", &a, good), "province");
        assert_eq!(group, None);
        assert!(
            matches!(cv.refused.get(), Some(NetError::ExpiredCertificate { party, .. }) if party.as_str() == "province")
        );
        let (_, sv, group) =
            handshake(&tls(&a, "province", &b, good), &tls(&b, "county", &a, wrong), "province");
        assert_eq!(group, None);
        assert!(
            matches!(sv.refused.get(), Some(NetError::ExpiredCertificate { party, .. }) if party.as_str() == "county")
        );
    }
}

#[test]
fn a_certificate_that_is_not_pinned_is_refused_though_it_has_the_same_name() {
    let (a, b, again) = (identity("county", 1), identity("province", 2), identity("county", 3));
    let now = "2026-06-01T00:00:00Z";
    let (_, sv, _) = handshake(&tls(&again, "province", &b, now), &tls(&b, "county", &a, now), "province");
    let refused = sv.refused.get().unwrap();
    let shown = again.fingerprint().to_string();
    assert!(matches!(refused, NetError::UnknownCertificate { fingerprint, .. } if *fingerprint == shown));
    let (cv, _, _) = handshake(&tls(&a, "province", &again, now), &tls(&b, "county", &a, now), "province");
    assert!(matches!(cv.refused.get(), Some(NetError::UnknownCertificate { .. })));
}

#[test]
fn a_pinned_certificate_of_another_party_is_refused() {
    let (a, b) = (identity("county", 1), identity("city", 2));
    let now = "2026-06-01T00:00:00Z";
    let (cv, _, _) = handshake(&tls(&a, "city", &b, now), &tls(&b, "county", &a, now), "province");
    assert!(matches!(cv.refused.get(), Some(NetError::WrongParty { found, .. }) if found.as_str() == "city"));
}

#[test]
fn identity_survives_pem_and_never_prints_its_key() {
    let a = identity("county", 1);
    let (cert, key) = (a.certificate_pem(), a.key_pem());
    let again = Identity::from_pem(&cert, &key).unwrap();
    assert_eq!(again.fingerprint(), a.fingerprint());
    assert_eq!(Fingerprint::of_pem(&cert).unwrap(), a.fingerprint());
    assert_eq!(*again.key_pem(), *key);
    let shown = format!("{a:?}");
    assert!(!shown.contains(&hex::encode(&a.key()[16..])) && shown.contains(&a.fingerprint().to_string()));
    assert!(Identity::from_pem("nonsense", &key).is_err());
    assert!(Identity::from_pem(&cert, "nonsense").is_err());
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let (a, b) = (identity("county", 1), identity("county", 2));
    let mixed = Identity::from_pem(&a.certificate_pem(), &b.key_pem()).unwrap();
    assert!(matches!(Tls::new(&mixed, Peers::new(), None), Err(NetError::BadIdentity { .. })));
}

#[test]
fn fingerprints_are_read_in_any_grouping() {
    let print = identity("county", 1).fingerprint();
    let plain = hex::encode_upper(print.0);
    let openssl: Vec<_> = print.0.iter().map(|b| format!("{b:02X}")).collect();
    for text in [print.to_string(), plain, openssl.join(":"), print.to_string().replace(':', " ")] {
        assert_eq!(text.parse::<Fingerprint>().unwrap(), print);
    }
    for bad in ["", "ab:cd", &"zz".repeat(32), &"ab".repeat(33)] {
        assert!(bad.parse::<Fingerprint>().is_err());
    }
    let mut peers = Peers::new();
    peers.pin(PartyId::new("a").unwrap(), print).unwrap();
    assert!(peers.pin(PartyId::new("b").unwrap(), print).is_err());
}

#[test]
fn dates_must_be_in_order() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let party = PartyId::new("a").unwrap();
    let (early, late) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    assert!(Identity::generate(&party, late, early, &mut rng).is_err());
    assert!(Identity::generate(&party, at("1969-01-01T00:00:00Z"), late, &mut rng).is_err());
}

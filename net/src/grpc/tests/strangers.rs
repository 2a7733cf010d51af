//! Who must not get in, and what is told about it.

use super::*;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// A county with this identity and clock meets the rig's listener; its error, and what the listener told.
fn turned_away(rig: &Rig, own: &Identity, province: &Identity, now: &str) -> (NetError, Notice) {
    let county = network("county", own, &[("province", province)], quick(), now);
    let error = county.connect(&rig.address(), &hello(1)).err().unwrap();
    (error, rig.notice(|n| matches!(n, Notice::Refused { .. })))
}

#[test]
fn an_unknown_certificate_is_refused_on_both_sides() {
    let rig = rig();
    let forged = identity("county", 77);
    let (near, far) = turned_away(&rig, &forged, &identity("province", 2), NOW);
    assert!(matches!(&near, NetError::OurCertificateRefused { .. }), "{near}");
    assert_eq!(near.code(), 3015);
    let Notice::Refused { party: None, address, error } = far else { panic!("{far:?}") };
    assert!(address.starts_with("127.0.0.1:"));
    let shown = forged.fingerprint().to_string();
    assert_eq!(error, NetError::UnknownCertificate { address, fingerprint: shown });
}

#[test]
fn an_unknown_listener_is_refused_by_the_connector() {
    let rig = rig();
    let (near, _) = turned_away(&rig, &identity("county", 1), &identity("province", 77), NOW);
    assert!(matches!(&near, NetError::UnknownCertificate { .. }), "{near}");
}

#[test]
fn the_wrong_party_is_named() {
    let rig = rig();
    let (a, b) = (identity("county", 1), identity("province", 2));
    // What answers there is pinned, but for the city.
    let peers = [("city", &b), ("province", &identity("province", 5))];
    let county = network("county", &a, &peers, quick(), NOW);
    let e = county.connect(&rig.address(), &hello(1)).err().unwrap();
    let (expected, found) = (party("province"), party("city"));
    assert_eq!(e, NetError::WrongParty { address: rig.address(), expected, found });
}

#[test]
fn an_expired_certificate_is_refused_by_whoever_sees_it() {
    let rig = rig();
    let (a, b) = (identity("county", 1), identity("province", 2));
    let (near, _) = turned_away(&rig, &a, &b, "2027-02-01T00:00:00Z");
    assert!(
        matches!(&near, NetError::ExpiredCertificate { party: p, .. } if *p == party("province")),
        "{near}"
    );

    // The other way round: the listener's clock is ahead.
    let late = network("province", &b, &[("county", &a)], quick(), "2027-02-01T00:00:00Z");
    let (listener, notices) = listen(&late);
    let county = network("county", &a, &[("province", &b)], quick(), NOW);
    let near = county.connect(&listener.address().to_string(), &hello(1)).err().unwrap();
    assert!(
        matches!(&near, NetError::OurCertificateRefused { detail, .. } if detail == "CertificateExpired"),
        "{near}"
    );
    let far = noticed(&notices, |n| matches!(n, Notice::Refused { .. }));
    assert!(
        matches!(&far, Notice::Refused { error: NetError::ExpiredCertificate { party: p, .. }, .. } if *p == party("county")),
        "{far:?}"
    );
}

/// A ClientHello of TLS 1.2 (RFC 5246, section 7.4.1.2): one suite, no extensions, so no supported_versions.
fn tls12_client_hello() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0xc0, 0x2b, 1, 0]);
    let mut message = vec![1, 0, 0, body.len() as u8];
    message.extend(body);
    let mut record = vec![22, 3, 1, 0, message.len() as u8];
    record.extend(message);
    record
}

#[test]
fn garbage_plaintext_and_old_tls_do_not_disturb_the_port() {
    let rig = rig();
    let knocks: [&[u8]; 4] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        &[0xff; 4096],
        &tls12_client_hello(),
    ];
    for knock in knocks {
        let mut tcp = TcpStream::connect(rig.listener.address()).unwrap();
        tcp.write_all(knock).unwrap();
        let mut answer = Vec::new();
        let _ = tcp.read_to_end(&mut answer);
        // An alert at most (RFC 8446, section 5.1), and the end.
        assert!(answer.is_empty() || answer[0] == 21, "{answer:?}");
        if knock == tls12_client_hello() {
            // protocol_version or handshake_failure or missing_extension, fatal.
            assert_eq!((answer[0], answer[5]), (21, 2));
        }
        let own = tcp.local_addr().unwrap().to_string();
        let told = rig.notice(|n| matches!(n, Notice::Refused { address, .. } if *address == own));
        assert!(matches!(told, Notice::Refused { party: None, error: NetError::Handshake { .. }, .. }));
    }
    let (a, b) = rig.meet(&rig.address(), 1);
    exchange(a, b, 3);
}

#[test]
fn who_says_nothing_is_let_go() {
    let rig = rig_with(Settings { handshake: Duration::from_millis(200), ..quick() });
    let mut tcp = TcpStream::connect(rig.listener.address()).unwrap();
    assert!(matches!(tcp.read(&mut [0; 8]), Ok(0) | Err(_)));
    rig.notice(|n| matches!(n, Notice::Refused { error: NetError::Handshake { .. }, .. }));
}

#[test]
fn a_session_cannot_be_taken_by_another_party() {
    let rig = rig();
    let (mut a, mut b) = rig.meet(&rig.address(), 1);
    let city = network("city", &identity("city", 3), &[("province", &identity("province", 2))], quick(), NOW);
    // The city knows the id, and asks for it in its own name.
    let e = city.connect(&rig.address(), &Hello { from: party("city"), ..hello(1) }).err().unwrap();
    assert!(matches!(&e, NetError::Refused { code: 3019, .. }), "{e}");
    let told = rig.notice(|n| matches!(n, Notice::Refused { party: Some(_), .. }));
    let want = NetError::SessionTaken { peer: party("city") };
    assert!(matches!(told, Notice::Refused { error, .. } if error == want));
    a.send(vec![1]).unwrap();
    assert_eq!(b.recv(1).unwrap(), [1]);
}

#[test]
fn a_party_cannot_pose_as_another() {
    let rig = rig();
    let (mut a, mut b) = rig.meet(&rig.address(), 1);
    // The city's certificate, but the county's greeting: the very one that is open.
    let posing =
        network("county", &identity("city", 3), &[("province", &identity("province", 2))], quick(), NOW);
    let e = posing.connect(&rig.address(), &hello(1)).err().unwrap();
    assert!(matches!(&e, NetError::Refused { code: 3009, .. }), "{e}");
    b.send(vec![1]).unwrap();
    assert_eq!(a.recv(1).unwrap(), [1]);
}

#[test]
fn sessions_of_one_party_are_limited() {
    let rig = rig_with(Settings { max_sessions: (9, 2), ..quick() });
    let _open = [rig.meet(&rig.address(), 1), rig.meet(&rig.address(), 2)];
    let e = rig.county.connect(&rig.address(), &hello(3)).err().unwrap();
    assert!(matches!(&e, NetError::Refused { code: 3018, .. }), "{e}");
}

#[test]
fn opening_and_ending_in_a_loop_is_limited() {
    let rig = rig_with(Settings { max_sessions: (9, 1), grace: Duration::from_secs(600), ..quick() });
    let stopper = rig.listener.stopper();
    let opened = std::thread::scope(|s| {
        s.spawn(|| {
            while let Ok((theirs, mut channel)) = rig.listener.accept() {
                channel.welcome(&theirs.mirrored()).unwrap();
            }
        });
        // The one before may take a moment to end on the other side: only who waits in vain is refused.
        let opens = |id: &u8| {
            (0..100).any(|_| match rig.county.connect(&rig.address(), &hello(*id)) {
                Ok(mut channel) => channel.close().is_ok(),
                Err(NetError::Refused { code: 3018, .. }) => {
                    std::thread::sleep(Duration::from_millis(20));
                    false
                }
                Err(other) => panic!("{other}"),
            })
        };
        let opened = (0..40u8).take_while(opens).count();
        stopper.stop();
        opened
    });
    assert_eq!(opened, 16);
}

#[test]
fn a_session_says_from_where_it_was_opened() {
    let rig = rig();
    let (a, b) = rig.meet(&rig.address(), 1);
    let told = rig.notice(|n| matches!(n, Notice::Opened { .. }));
    assert!(matches!(told, Notice::Opened { address, .. } if Some(address.as_str()) == b.address()));
    assert_eq!(a.address(), None);
}

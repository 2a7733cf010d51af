//! Several channels of one session.

use super::*;

fn strand(id: u8, number: u16, of: u16) -> Hello {
    Hello { strand: Strand { number, of }, ..hello(id) }
}

/// What opening this says; it is not answered where it is let in.
fn refused(rig: &Rig, hello: &Hello) -> u16 {
    match rig.county.connect(&rig.address(), hello).err() {
        Some(NetError::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

impl Rig {
    fn join(&self, hello: &Hello) -> (GrpcChannel, GrpcChannel) {
        std::thread::scope(|s| {
            let far = s.spawn(|| {
                let (theirs, mut channel) = self.listener.accept().unwrap();
                channel.welcome(&theirs.mirrored()).unwrap();
                channel
            });
            (self.county.connect(&self.address(), hello).unwrap(), far.join().unwrap())
        })
    }
}

#[test]
fn strands_carry_beside_each_other_and_count_as_one_session() {
    let rig = rig_with(Settings { max_sessions: (1, 1), max_strands: 4, ..quick() });
    let mut pairs = vec![rig.meet(&rig.address(), 1)];
    pairs.extend((1..4).map(|number| rig.join(&strand(1, number, 4))));
    std::thread::scope(|s| {
        for (a, b) in pairs {
            s.spawn(move || exchange(a, b, 20));
        }
    });
}

#[test]
fn a_strand_belongs_to_an_open_session_of_its_party_and_contract() {
    let rig = rig_with(Settings { max_strands: 4, ..quick() });
    assert_eq!(refused(&rig, &strand(1, 1, 2)), 3026, "no such session");
    let (near, far) = rig.meet(&rig.address(), 1);
    assert_eq!(refused(&rig, &strand(2, 1, 2)), 3026, "another session");
    assert_eq!(refused(&rig, &Hello { contract: [8; 32], ..strand(1, 1, 2) }), 3026, "another contract");
    assert_eq!(refused(&rig, &Hello { purpose: "psi".into(), ..strand(1, 1, 2) }), 3026, "another purpose");
    assert_eq!(refused(&rig, &strand(1, 2, 2)), 3028, "number 2 of 2");
    assert_eq!(refused(&rig, &strand(1, 1, 0)), 3028, "one of none");
    assert_eq!(refused(&rig, &strand(1, 1, 5)), 3028, "more than the node lets one have");
    let told =
        rig.notice(|n| matches!(n, Notice::Refused { error: NetError::StrandNumber { of: 5, .. }, .. }));
    assert!(matches!(told, Notice::Refused { party: Some(p), .. } if p == party("county")));

    let pair = rig.join(&strand(1, 1, 2));
    assert_eq!(refused(&rig, &strand(1, 1, 3)), 3019, "taken, and by another greeting");
    drop((near, far, pair));
}

#[test]
fn another_party_cannot_join() {
    let rig = rig();
    let (near, far) = rig.meet(&rig.address(), 1);
    let (a, b) = (identity("city", 3), identity("province", 2));
    let city = network("city", &a, &[("province", &b)], quick(), NOW);
    let joining = Hello { from: party("city"), ..strand(1, 1, 2) };
    let refused = city.connect(&rig.address(), &joining).err();
    assert!(matches!(refused, Some(NetError::Refused { code: 3026, .. })), "{refused:?}");
    drop((near, far));
}

#[test]
fn a_strand_of_a_session_that_has_ended_is_refused() {
    let rig = rig();
    let (mut near, mut far) = rig.meet(&rig.address(), 1);
    std::thread::scope(|s| {
        s.spawn(move || near.close().unwrap());
        far.close().unwrap();
    });
    drop(far);
    // The last acknowledgement may still be underway.
    let ended = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        let joined = rig.county.connect(&rig.address(), &strand(1, 1, 2));
        matches!(joined, Err(NetError::Refused { code: 3026, .. }))
    });
    assert!(ended);
}

#[test]
fn a_strand_survives_a_lost_connection_of_its_own() {
    let rig = rig();
    let proxy = proxy::Proxy::to(rig.listener.address());
    let first = rig.meet(&rig.address(), 1);
    let (a, b) = std::thread::scope(|s| {
        let far = s.spawn(|| {
            let (theirs, mut channel) = rig.listener.accept().unwrap();
            channel.welcome(&theirs.mirrored()).unwrap();
            channel
        });
        (rig.county.connect(&proxy.address(), &strand(1, 1, 2)).unwrap(), far.join().unwrap())
    });
    std::thread::scope(|s| {
        s.spawn(|| exchange(first.0, first.1, 100));
        s.spawn(|| exchange(a, b, 100));
        std::thread::sleep(Duration::from_millis(30));
        proxy.cut();
    });
}

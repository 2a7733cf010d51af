use super::*;
use crate::frame::BadFrame;
use crate::memory;
use proptest::prelude::*;

const SHORT: std::time::Duration = std::time::Duration::from_secs(20);

fn party(name: &str) -> PartyId {
    PartyId::new(name).unwrap()
}

fn hello() -> Hello {
    Hello {
        from: party("county"),
        to: party("province"),
        session: SessionId([7; 16]),
        purpose: "origin-verify".into(),
        protocol: "ecdh-psi".into(),
        version: 1,
        contract: [9; 32],
        strand: Strand::FIRST,
    }
}

fn strand(number: u16, of: u16) -> Hello {
    Hello { strand: Strand { number, of }, ..hello() }
}

/// Runs a meeting in which the listener answers `mine`; what each side got.
fn meet(
    theirs: &Hello,
    mine: impl Fn(&Hello) -> Hello + Sync,
) -> (Result<Hello, NetError>, Result<(), NetError>) {
    let (a, b) = memory::pair(party("county"), party("province"));
    let (mut a, mut b) = (a.with_patience(SHORT), b.with_patience(SHORT));
    std::thread::scope(|s| {
        let mine = &mine;
        let far = s.spawn(move || {
            let heard = hear(&mut b, &party("province"))?;
            welcome(&mut b, &heard, &mine(&heard))
        });
        (greet(&mut a, theirs), far.join().unwrap())
    })
}

#[test]
fn agreeing_parties_meet() {
    let (near, far) = meet(&hello(), Hello::mirrored);
    assert_eq!(near, Ok(hello().mirrored()));
    assert_eq!(far, Ok(()));
}

#[test]
fn each_difference_is_named_on_both_sides() {
    type Change = fn(&mut Hello);
    let changes: [(&str, Change); 6] = [
        ("strand", |h| h.strand = Strand { number: 1, of: 2 }),
        ("session", |h| h.session = SessionId([8; 16])),
        ("purpose", |h| h.purpose = "psi".into()),
        ("protocol", |h| h.protocol = "rr22".into()),
        ("version", |h| h.version = 2),
        ("contract", |h| h.contract = [1; 32]),
    ];
    for (field, change) in changes {
        let (near, far) = meet(&hello(), |h| {
            let mut mine = h.mirrored();
            change(&mut mine);
            mine
        });
        let (near, far) = (near.unwrap_err(), far.unwrap_err());
        let NetError::Mismatch { peer, field: f, ours, theirs } = near else { panic!("{near}") };
        assert_eq!((peer, f.as_str()), (party("province"), field));
        let swapped = NetError::Mismatch {
            peer: party("county"),
            field: field.into(),
            ours: theirs.clone(),
            theirs: ours.clone(),
        };
        assert_eq!(far, swapped);
        assert_ne!(ours, theirs);
    }
}

#[test]
fn a_greeting_for_someone_else_is_refused() {
    let stranger = Hello { to: party("elsewhere"), ..hello() };
    let (near, far) = meet(&stranger, Hello::mirrored);
    assert!(matches!(far, Err(NetError::Mismatch { ref field, .. }) if field == "to"), "{far:?}");
    assert!(matches!(near, Err(NetError::Closed { .. })));
    let forged = Hello { from: party("other"), ..hello() };
    let (_, far) = meet(&forged, Hello::mirrored);
    assert!(matches!(far, Err(NetError::Mismatch { ref field, .. }) if field == "from"), "{far:?}");
}

#[test]
fn a_refusal_arrives_with_its_code_and_a_printable_reason() {
    let (mut a, mut b) = memory::pair(party("county"), party("province"));
    a.send(hello().encode()).unwrap();
    hear(&mut b, &party("province")).unwrap();
    let reason = format!("合同已过期\u{1b}[2J{}", "x".repeat(900));
    refuse(&mut b, 6003, &reason).unwrap();
    let Err(NetError::Refused { peer, code, reason }) = await_answer(&mut a, &hello()) else { panic!() };
    assert_eq!((peer, code), (party("province"), 6003));
    assert!(reason.starts_with("合同已过期") && reason.len() <= MAX_REASON && !reason.contains('\u{1b}'));
}

#[test]
fn labels_are_checked_before_they_are_sent() {
    assert_eq!(hello().check(), Ok(()));
    for bad in ["", "A", "a b", &"x".repeat(65)] {
        assert!(Hello { purpose: bad.into(), ..hello() }.check().is_err());
    }
}

#[test]
fn longest_greeting_fits_its_bound() {
    let long = "x".repeat(64);
    let h = Hello {
        from: party(&long),
        to: party(&long),
        purpose: long.clone(),
        protocol: long,
        ..strand(u16::MAX, 1)
    };
    assert_eq!(h.encode().len(), Hello::MAX);
    assert!(Reply::Welcome(h).encode().len() <= Reply::MAX);
}

#[test]
fn truncated_and_padded_greetings_are_refused() {
    let whole = hello().encode();
    for cut in 0..whole.len() {
        assert_eq!(Hello::decode(&whole[..cut]), Err(BadFrame));
    }
    assert_eq!(Hello::decode(&[&whole[..], &[0]].concat()), Err(BadFrame));
    // A first strand has no number, so that each greeting is written in one way.
    for of in [0, 1, 2] {
        assert_eq!(Hello::decode(&[&whole[..], &[0, 0, 0, of]].concat()), Err(BadFrame));
    }
    let whole = strand(1, 2).encode();
    assert_eq!(Hello::decode(&whole), Ok(strand(1, 2)));
    for cut in 1..4 {
        assert_eq!(Hello::decode(&whole[..whole.len() - cut]), Err(BadFrame));
    }
    assert_eq!(Hello::decode(&[&whole[..], &[0]].concat()), Err(BadFrame));
}

proptest! {
    #[test]
    fn decoding_never_panics_and_is_canonical(bytes in prop::collection::vec(any::<u8>(), 0..600), flip in 0usize..340) {
        let _ = Reply::decode(&bytes);
        let mut near = if flip % 2 == 0 { hello() } else { strand(3, 5) }.encode();
        let at = flip % near.len();
        near[at] ^= bytes.first().copied().unwrap_or(1) | 1;
        if let Ok(h) = Hello::decode(&near) {
            prop_assert_eq!(h.encode(), near);
        }
    }
}

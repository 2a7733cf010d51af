//! Terms that differ, quotas, and failures of one side's own: both sides learn why.

use super::*;
use crate::error::Refusal;
use crate::terms::MAX_SECTIONS;
use yinshu_net::Fault;
use yinshu_net::testkit::{Action, Direction, Tamper};

fn peer(name: &str) -> Fault {
    Fault::Peer(PartyId::new(name).unwrap())
}

fn run_under(x: &[Entry], ours: &Terms, y: &[Entry], theirs: &Terms) -> (PsiError, PsiError) {
    let (receiver, sender) = pair(memory::PATIENCE);
    let outcome = run_over(receiver, sender, (x, ours), (y, theirs));
    (outcome.received.unwrap_err(), outcome.sent.unwrap_err())
}

fn refused(error: &PsiError) -> Refusal {
    match error {
        PsiError::Refused { reason, .. } => *reason,
        other => panic!("not a refusal: {other}"),
    }
}

#[test]
fn other_terms() {
    let ours = terms(Learns::Receiver, 2);
    let mut renamed = ours.clone();
    renamed.sections[1].name = "other".into();
    let others = [
        Terms { learns: Learns::Both, ..ours.clone() },
        Terms { context: Digest::sha256(b"another contract"), ..ours.clone() },
        terms(Learns::Receiver, 1),
        terms(Learns::Receiver, 3),
        renamed,
    ];
    for theirs in others {
        // Many points: the refusal comes while more of them are under way.
        let (received, sent) = run_under(&entries(0, 0..20_000), &ours, &entries(0, 0..3), &theirs);
        assert_eq!((sent.code(), sent.fault()), (4104, peer(RECEIVER)));
        assert_eq!((received.code(), received.fault()), (4010, peer(SENDER)));
        assert_eq!(refused(&received), Refusal::TermsDiffer);
    }
}

#[test]
fn limits_of_one_side_may_differ() {
    let ours = terms(Learns::Receiver, 1);
    let mut theirs = Terms { max_peer_items: 3, own_items: Some(9), ..ours.clone() };
    theirs.sections[0].max = 3;
    let (receiver, sender) = pair(memory::PATIENCE);
    let (x, y) = (entries(0, 0..3), entries(0, 2..6));
    assert!(run_over(receiver, sender, (&x, &ours), (&y, &theirs)).received.is_ok());
}

#[test]
fn quotas_of_the_sender() {
    let ours = terms(Learns::Receiver, 2);
    let mut theirs = ours.clone();
    theirs.sections[1].max = 4;
    let x = [entries(0, 0..50), entries(1, 0..5)].concat();
    let (received, sent) = run_under(&x, &ours, &[], &theirs);
    assert_eq!((sent.code(), sent.fault()), (4105, peer(RECEIVER)));
    assert_eq!(refused(&received), Refusal::TooManyEntries);

    let theirs = Terms { max_peer_items: 54, ..ours.clone() };
    let (received, sent) = run_under(&x, &ours, &[], &theirs);
    assert_eq!(sent.code(), 4106);
    assert_eq!(refused(&received), Refusal::TooManyEntries);
}

#[test]
fn quota_of_the_receiver() {
    let ours = Terms { max_peer_items: 8, ..terms(Learns::Both, 1) };
    let (received, sent) = run_under(&entries(0, 0..3), &ours, &entries(0, 0..9), &terms(Learns::Both, 1));
    assert_eq!((received.code(), received.fault()), (4106, peer(SENDER)));
    assert_eq!(refused(&sent), Refusal::TooManyEntries);
}

#[test]
fn own_entries_beyond_the_terms() {
    let mut ours = terms(Learns::Receiver, 1);
    ours.sections[0].max = 2;
    let cases = [(entries(0, 0..3), 4006), (entries(1, 0..1), 4004)];
    for (x, code) in cases {
        let (received, sent) = run_under(&x, &ours, &[], &ours);
        assert_eq!((received.code(), received.fault()), (code, Fault::Local));
        assert_eq!((refused(&sent), sent.fault()), (Refusal::Failed, peer(RECEIVER)));
    }
    let theirs = Terms { own_items: Some(4), ..ours.clone() };
    for (y, code) in [(entries(0, 0..5), 4007), (entries(7, 0..1), 4004)] {
        let (received, sent) = run_under(&entries(0, 0..2), &ours, &y, &theirs);
        assert_eq!((sent.code(), sent.fault()), (code, Fault::Local));
        assert_eq!(refused(&received), Refusal::Failed);
    }
}

#[test]
fn impossible_terms() {
    let twice = Section { name: "s0".into(), max: 1 };
    let mut repeated = terms(Learns::Receiver, 1);
    repeated.sections.push(twice);
    let cases = [
        (terms(Learns::Receiver, 0), 4002),
        (terms(Learns::Receiver, MAX_SECTIONS + 1), 4002),
        (repeated, 4003),
    ];
    for (terms, code) in cases {
        let (receiver, sender) = pair(memory::PATIENCE);
        let outcome = run_over(receiver, sender, (&[], &terms), (&[], &terms));
        assert_eq!(outcome.received.unwrap_err().code(), code);
    }
    assert!(run(&entries(1_023, [1]), &entries(1_023, [1]), &terms(Learns::Both, MAX_SECTIONS)).sent.is_ok());
}

#[test]
fn a_source_that_fails_in_the_middle() {
    let (mut receiver, mut sender) = pair(memory::PATIENCE);
    let terms = terms(Learns::Receiver, 1);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let rows =
                (0..40_000).map(|n| if n == 33_333 { Err("row 33333 is gone") } else { Ok(entry(0, n)) });
            let error = send(&mut sender, rows, &terms, &mut rng(1), &mut |_| {}).unwrap_err();
            assert_eq!(error, PsiError::Source { detail: "row 33333 is gone".into() });
            assert_eq!((error.code(), error.fault()), (4008, Fault::Local));
        });
        let error = receive(&mut receiver, &[entry(0, 1)], &terms, &mut rng(2), &mut |_| {}).unwrap_err();
        assert_eq!(refused(&error), Refusal::Failed);
    });
}

#[test]
fn another_version() {
    let (receiver, sender) = pair(memory::PATIENCE);
    let terms = terms(Learns::Receiver, 1);
    let tamper = Tamper::new(receiver).rule(Direction::Sent, 0, Action::Flip { bit: 9 });
    let outcome = run_over(tamper, sender, (&[], &terms), (&[], &terms));
    let error = outcome.sent.unwrap_err();
    assert_eq!(error.to_string(), "county speaks version 0 of the protocol, not 2");
    assert_eq!(error.code(), 4103);
    assert_eq!(refused(&outcome.received.unwrap_err()), Refusal::VersionDiffers);
}

#[test]
fn a_refusal_of_an_unknown_kind_is_a_refusal() {
    for byte in 0..=255 {
        assert_eq!(crate::wire::refusal(&[255, byte]).unwrap().to_byte(), if byte <= 7 { byte } else { 0 });
    }
    assert_eq!(crate::wire::refusal(&[255]), None);
    assert_eq!(crate::wire::refusal(&[255, 1, 1]), None);
}

#[test]
fn errors_are_told_by_kind_and_fields() {
    let error =
        crate::error::Misstep::BadPoint { index: 3, cause: yinshu_crypto::group::DecodeError::Identity };
    let error = error.by(&PartyId::new(SENDER).unwrap());
    assert_eq!(
        serde_json::to_string(&error).unwrap(),
        r#"{"kind":"peer","peer":"province","misstep":{"kind":"bad-point","index":3,"cause":{"kind":"identity"}}}"#
    );
    assert_eq!(
        error.to_string(),
        "province sent as point 3 what is none: the bytes encode the identity element"
    );
}

#[test]
fn what_is_asked_is_recorded_before_anything_is_answered() {
    let terms = terms(Learns::Receiver, 2);
    let (x, y) = (entries(1, 0..5), entries(1, 3..9));
    let run = |answer: Result<(), String>| {
        let (mut receiver, mut sender) = pair(memory::PATIENCE);
        let (mut seen, x, y, terms) = (None, &x, &y, &terms);
        let (received, sent) = std::thread::scope(|scope| {
            let receiving = scope.spawn(move || receive(&mut receiver, x, terms, &mut rng(1), &mut |_| {}));
            let source = y.iter().map(|entry| Ok::<_, String>(*entry));
            let mut asked = |open: &msg::OpenPackage| {
                seen = Some((open.counts.clone(), open.commitment));
                answer.clone()
            };
            let sent = send_recorded(&mut sender, source, terms, &mut rng(2), &mut asked, &mut |_| {});
            (receiving.join().unwrap(), sent)
        });
        (received, sent, seen.unwrap(), sender.meter().total.frames_sent)
    };
    let (received, sent, seen, _) = run(Ok(()));
    let sent = sent.unwrap();
    assert_eq!(seen, (sent.peer_items, sent.peer_commitment));
    assert_eq!(received.unwrap().commitment, seen.1);

    let (received, sent, _, frames) = run(Err("the disk is full".into()));
    let sent = sent.unwrap_err();
    assert_eq!((sent.code(), sent.fault()), (4011, Fault::Local));
    assert_eq!(refused(&received.unwrap_err()), Refusal::Failed);
    assert_eq!(frames, 1, "the refusal alone");
}

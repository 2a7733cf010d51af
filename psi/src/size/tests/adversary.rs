//! Every message altered in every way, terms that differ, quotas, and lies that are noticed.

use super::super::msg::SizesPackage;
use super::*;
use yinshu_net::Fault;
use yinshu_net::testkit::Direction::{Received as In, Sent as Out};
use yinshu_net::testkit::{Action, Direction, Recorder, Tamper};

/// A message, its direction and number, and the codes by the bits that are flipped.
type Altered = (&'static str, Direction, u64, &'static [(usize, u16)]);

/// The receiver holds three entries, of which the sender's five include two.
fn sides() -> (Vec<Entry>, Vec<Entry>) {
    (entries(0, [10, 11, 99]), entries(0, 7..12))
}

fn tampered(direction: Direction, nth: u64, action: Action, patience: Duration) -> Outcome {
    let (receiver, sender) = pair(patience);
    let (x, y) = sides();
    let terms = terms(Learns::Both, 1);
    let receiver = Tamper::new(receiver).rule(direction, nth, action);
    run_over((receiver, sender), (&x, &y), (&terms, &terms), Opens::Total, 7)
}

/// The code of what the party that gets the altered message makes of it, 10,000 more for the channel's own;
/// 0 where nothing is wrong.
fn verdict(direction: Direction, outcome: Outcome) -> u16 {
    let (victim, peer) = match direction {
        Out => (outcome.sent.err(), RECEIVER),
        In => (outcome.received.err(), SENDER),
    };
    match victim {
        None => 0,
        Some(PsiError::Channel { cause }) => 10_000 + cause.code(),
        Some(error) => {
            assert_eq!(error.fault(), Fault::Peer(PartyId::new(peer).unwrap()), "{error}");
            error.code()
        }
    }
}

const LONG: u16 = 13_002;
const SILENT: u16 = 13_005;

#[test]
fn every_message_altered_in_every_way() {
    use Action::{Drop, Duplicate, Flip, Oversize, Reorder, Truncate};
    let table = [
        // message, direction, nth, then: flip of the kind, empty, short, long, drop, duplicate, reorder
        ("open", Out, 0, [4101, 4101, 4102, 4102, 4101, 4101, 4101]),
        ("blinded", Out, 1, [4101, 4101, 4102, LONG, SILENT, LONG, SILENT]),
        ("evaluated", In, 0, [4101, 4101, 4102, LONG, 4101, LONG, 4101]),
        ("token count", In, 1, [4101, 4101, 4102, LONG, LONG, 4101, LONG]),
        ("tokens", In, 2, [4101, 4101, 4102, LONG, SILENT, 0, SILENT]),
        ("sizes", Out, 2, [4101, 4101, 4102, LONG, SILENT, 0, SILENT]),
    ];
    let (empty, short, long) = (Truncate { keep: 0 }, Truncate { keep: 1 }, Oversize { extra: 1 });
    let actions = [Flip { bit: 4 }, empty, short, long, Drop, Duplicate, Reorder];
    for (message, direction, nth, expected) in table {
        for (action, expected) in actions.iter().zip(expected) {
            let patience = Duration::from_millis(if expected == SILENT { 300 } else { 20_000 });
            let found = verdict(direction, tampered(direction, nth, action.clone(), patience));
            // Who waits in vain may hear first that the other gave up.
            let ok = found == expected || (expected == SILENT && (found == 13_004 || found == LONG));
            assert!(ok, "{message}: {action:?}: {found} for {expected}");
        }
    }
}

/// What a flipped bit in the content of each message comes to: refused, or believed where it can be true.
#[test]
fn bits_of_every_content_flipped() {
    let table: [Altered; 5] = [
        // The version, the terms, the commitment (which is noted and not looked at), the number of entries.
        ("open", Out, 0, &[(8, 4103), (16, 4104), (300, 0), (8 * 68 + 4, 4105)]),
        // The lowest bit of a point's encoding is its sign, which is even; the highest is none.
        ("blinded", Out, 1, &[(8, 4107), (8 * 33, 4107), (8 * 96 + 7, 4107)]),
        ("evaluated", In, 0, &[(8, 4107), (8 * 33, 4107), (8 * 96 + 7, 4107)]),
        ("token count", In, 1, &[(9, 4102), (60, 4106)]),
        ("sizes", Out, 2, &[(8, 0), (10, 4110), (60, 4110)]),
    ];
    for (message, direction, nth, bits) in table {
        for &(bit, expected) in bits {
            let found =
                verdict(direction, tampered(direction, nth, Action::Flip { bit }, Duration::from_secs(20)));
            assert_eq!(found, expected, "{message}, bit {bit}");
        }
    }
}

/// A token with another first bit: out of order and refused, or another token and believed.
#[test]
fn bits_of_tokens_flipped() {
    let flipped = |token: usize| {
        let flip = Action::Flip { bit: 8 * (1 + 10 * token) + 7 };
        verdict(In, tampered(In, 2, flip, memory::PATIENCE))
    };
    let found: Vec<u16> = (0..5).map(flipped).collect();
    assert!(found.iter().all(|code| [0, 4108].contains(code)) && found.contains(&4108), "{found:?}");
}

/// What the sender does with a size that cannot be does not depend on its noise, which a refusal would tell.
#[test]
fn a_noisy_size_that_cannot_be_says_nothing_of_the_noise() {
    let (x, y) = sides();
    let (terms, opens) = (terms(Learns::Both, 1), Opens::Noisy(NOISE));
    let told = |size: u64, seed: u64| {
        let (receiver, sender) = pair(memory::PATIENCE);
        let frame = SizesPackage { sizes: vec![size] }.encode();
        let receiver = Tamper::new(receiver).rule(Out, 2, Action::Replace { frame });
        run_over((receiver, sender), (&x, &y), (&terms, &terms), opens, seed)
    };
    for seed in 0..8 {
        // 14 either way: the receiver's count is at most 3 + 28, and with its own noise 3 + 56.
        assert_eq!(told(0, seed).sent.unwrap().sizes, Some(Sizes::Noisy(-14)));
        assert_eq!(told(59, seed).sent.unwrap().sizes, Some(Sizes::Noisy(17)));
        assert_eq!(verdict(Out, told(60, seed)), 4110);
    }
}

#[test]
fn a_peer_that_stops_half_way_is_named() {
    for frames in 0..3 {
        let (mut receiver, sender) = pair(Duration::from_secs(20));
        let (x, y) = sides();
        let terms = terms(Learns::Both, 1);
        std::thread::scope(|scope| {
            let sending = scope.spawn(move || {
                let mut sender = sender;
                for _ in 0..frames {
                    sender.recv(1 << 20).unwrap();
                }
            });
            let error =
                receive(&mut receiver, &x, &terms, Opens::Total, &mut rng(1), &mut |_| {}).unwrap_err();
            let PsiError::Channel { cause } = error else { panic!("{error}") };
            assert!(cause.to_string().contains(SENDER), "{cause}");
            sending.join().unwrap();
        });
        drop(y);
    }
}

fn frames() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (receiver, sender) = pair(memory::PATIENCE);
    let (x, y) = sides();
    let terms = terms(Learns::Both, 1);
    let mut recorder = Recorder::new(receiver);
    run_over((&mut recorder, sender), (&x, &y), (&terms, &terms), Opens::Total, 7).unwrap();
    let steps = recorder.into_transcript().steps;
    let of = |direction| steps.iter().filter(|s| s.direction == direction).map(|s| s.frame.clone()).collect();
    (of(Out), of(In))
}

fn replaced(direction: Direction, nth: usize, alter: impl FnOnce(&mut Vec<u8>)) -> Outcome {
    let (sent, received) = frames();
    let mut frame = if direction == Out { sent } else { received }.swap_remove(nth);
    alter(&mut frame);
    tampered(direction, nth as u64, Action::Replace { frame }, memory::PATIENCE)
}

#[test]
fn contents_are_checked() {
    let bad_point = |frame: &mut Vec<u8>| frame[33..65].fill(0);
    assert_eq!(verdict(Out, replaced(Out, 1, bad_point)), 4107);
    let outcome = replaced(In, 0, bad_point);
    assert_eq!(outcome.sent.as_ref().unwrap_err().code(), 4010, "the sender is told");
    assert_eq!(verdict(In, outcome), 4107);
    let number = |number: u64| move |frame: &mut Vec<u8>| frame[1..9].copy_from_slice(&number.to_le_bytes());
    assert_eq!(verdict(In, replaced(In, 1, number(u64::MAX))), 4106);
    assert_eq!(verdict(In, replaced(In, 1, number(6))), 4102);
    assert_eq!(verdict(Out, replaced(Out, 2, number(4))), 4110);
    assert_eq!(verdict(Out, replaced(Out, 2, number(3))), 0, "what is possible is believed");
    let equal = |frame: &mut Vec<u8>| frame.copy_within(11..21, 1);
    assert_eq!(verdict(In, replaced(In, 2, equal)), 4108);
    let version = |frame: &mut Vec<u8>| frame[1] = 9;
    assert_eq!(verdict(Out, replaced(Out, 0, version)), 4103);
    let announced = |frame: &mut Vec<u8>| frame[66..74].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(verdict(Out, replaced(Out, 0, announced)), 4105);
}

#[test]
fn another_valid_point_changes_the_size_and_nothing_is_noticed() {
    use yinshu_crypto::group::Element;
    let put = |frame: &mut Vec<u8>| frame[1..33].copy_from_slice(&Element::generator().encode());
    let (received, sent) = replaced(Out, 1, put).unwrap();
    assert_eq!((received.sizes, sent.sizes), (Sizes::Total(1), Some(Sizes::Total(1))));
}

#[test]
fn what_is_opened_must_be_agreed() {
    let (x, y) = sides();
    let terms = terms(Learns::Receiver, 1);
    for (ours, theirs) in [
        (Opens::Total, Opens::Sections),
        (Opens::Noisy(NOISE), Opens::Total),
        (Opens::Noisy(NOISE), Opens::Noisy(Privacy::ONE)),
    ] {
        let (mut receiver, mut sender) = pair(memory::PATIENCE);
        std::thread::scope(|scope| {
            let (y, t) = (&y, &terms);
            let sending = scope.spawn(move || {
                let y = y.iter().map(|entry| Ok::<_, String>(*entry));
                let sent = send(&mut sender, y, t, theirs, &mut rng(1), &mut |_| {});
                drop(sender);
                sent.unwrap_err().code()
            });
            let error = receive(&mut receiver, &x, t, ours, &mut rng(2), &mut |_| {}).unwrap_err();
            assert_eq!((error.code(), sending.join().unwrap()), (4010, 4104), "{error}");
        });
    }
    let nothing = Opens::Noisy(Privacy { numerator: 0, ..NOISE });
    let outcome = run(&x, &y, &terms, nothing);
    assert_eq!(outcome.received.unwrap_err().code(), 4180);
}

#[test]
fn what_cannot_be_recorded_is_not_answered() {
    let (x, y) = sides();
    let terms = terms(Learns::Receiver, 1);
    let (mut receiver, mut sender) = pair(memory::PATIENCE);
    std::thread::scope(|scope| {
        let t = &terms;
        let sending = scope.spawn(move || {
            let y = y.into_iter().map(Ok::<_, String>);
            let asked = &mut |_: &crate::ecdh::msg::OpenPackage| Err("the disk is full".to_owned());
            let sent = send_recorded(&mut sender, y, (t, Opens::Total), &mut rng(1), asked, &mut |_| {});
            sent.unwrap_err().code()
        });
        let error = receive(&mut receiver, &x, t, Opens::Total, &mut rng(2), &mut |_| {}).unwrap_err();
        assert_eq!((error.code(), sending.join().unwrap()), (4010, 4011));
    });
}

#[test]
fn own_limits() {
    let two = entries(0, 0..2);
    let declared = Terms { own_items: Some(1), ..terms(Learns::Receiver, 1) };
    assert_eq!(run(&two, &two, &declared, Opens::Total).sent.unwrap_err().code(), 4007);
    let other = entries(3, 0..2);
    assert_eq!(run(&two, &other, &terms(Learns::Receiver, 1), Opens::Total).sent.unwrap_err().code(), 4004);
}

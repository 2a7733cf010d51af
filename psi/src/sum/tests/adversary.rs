//! Every message altered in every way, terms that differ, and lies that are noticed.

use super::*;
use yinshu_net::Fault;
use yinshu_net::testkit::Direction::{Received as In, Sent as Out};
use yinshu_net::testkit::{Action, Direction, Recorder, Tamper};

/// The receiver holds three entries, of which the sender's five rows include two.
fn sides() -> (Vec<Entry>, Vec<Row>) {
    (entries([10, 11, 99]), rows(7..12))
}

fn tampered(direction: Direction, nth: u64, action: Action, patience: Duration) -> Outcome {
    let (receiver, sender) = pair(patience);
    let (x, y) = sides();
    let (terms, asks) = (terms(Learns::Both, 1), asks(2));
    let receiver = Tamper::new(receiver).rule(direction, nth, action);
    run_over((receiver, sender), (&x, &y), ((&terms, &asks), (&terms, &asks)))
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
        ("receiver's shares", Out, 1, [4101, 4101, 4102, LONG, 4101, LONG, 4101]),
        ("blinded", Out, 2, [4101, 4101, 4102, LONG, SILENT, 4101, SILENT]),
        ("sender's shares", In, 0, [4101, 4101, 4102, LONG, 4101, LONG, 4101]),
        ("row count", In, 1, [4101, 4101, 4102, LONG, LONG, 4101, LONG]),
        ("rows", In, 2, [4101, 4101, 4102, LONG, SILENT, LONG, SILENT]),
        ("shuffled rows", Out, 3, [4101, 4101, 4102, LONG, SILENT, LONG, SILENT]),
        ("outcome", In, 3, [4101, 4101, 4102, LONG, SILENT, 0, SILENT]),
        ("sums", Out, 4, [4101, 4101, 4102, LONG, SILENT, 0, SILENT]),
    ];
    let (empty, short, long) = (Truncate { keep: 0 }, Truncate { keep: 1 }, Oversize { extra: 1 });
    let actions = [Flip { bit: 5 }, empty, short, long, Drop, Duplicate, Reorder];
    for (message, direction, nth, expected) in table {
        for (action, expected) in actions.iter().zip(expected) {
            let patience = Duration::from_millis(if expected == SILENT { 400 } else { 20_000 });
            let found = verdict(direction, tampered(direction, nth, action.clone(), patience));
            // Who waits in vain may hear first that the other gave up.
            let ok = found == expected || (expected == SILENT && (found == 13_004 || found == LONG));
            assert!(ok, "{message}: {action:?}: {found} for {expected}");
        }
    }
}

fn frames() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (receiver, sender) = pair(memory::PATIENCE);
    let (x, y) = sides();
    let (terms, asks) = (terms(Learns::Both, 1), asks(2));
    let mut recorder = Recorder::new(receiver);
    run_over((&mut recorder, sender), (&x, &y), ((&terms, &asks), (&terms, &asks))).unwrap();
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
fn undisturbed() {
    let (received, sent) = tampered(Out, 99, Action::Drop, memory::PATIENCE).unwrap();
    let opened = Opened { count: 2, sums: vec![-19, 21 * 1_000_003] };
    assert_eq!((received.opened, sent.told), (Some(opened.clone()), Some(opened)));
}

#[test]
fn what_is_no_point_is_refused_everywhere() {
    let bad = |at: usize| move |frame: &mut Vec<u8>| frame[at..at + 32].fill(0);
    for (direction, nth, at) in
        [(Out, 1, 1), (Out, 2, 33), (In, 0, 33), (In, 2, 1), (In, 2, 65), (Out, 3, 1), (In, 3, 9)]
    {
        assert_eq!(verdict(direction, replaced(direction, nth, bad(at))), 4107, "{direction:?} {nth} {at}");
    }
}

#[test]
fn numbers_are_bounded() {
    let number = |number: u64| move |frame: &mut Vec<u8>| frame[1..9].copy_from_slice(&number.to_le_bytes());
    assert_eq!(verdict(In, replaced(In, 1, number(u64::MAX))), 4106);
    assert_eq!(verdict(In, replaced(In, 1, number(6))), 4102);
    assert_eq!(verdict(In, replaced(In, 3, number(4))), 4110, "more matches than entries");
    assert_eq!(verdict(In, replaced(In, 3, number(1))), 4186, "fewer than agreed");
    // The same sums for more matches: the limbs are within their bounds, but what was added is taken off.
    assert_eq!(verdict(In, replaced(In, 3, number(3))), 0);
    let announced = |frame: &mut Vec<u8>| frame[66..74].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(verdict(Out, replaced(Out, 0, announced)), 4105);
    let huge = |frame: &mut Vec<u8>| frame[1..17].copy_from_slice(&(1i128 << 41).to_le_bytes());
    assert_eq!(verdict(Out, replaced(Out, 4, huge)), 4184);
    let possible = |frame: &mut Vec<u8>| frame[1..17].copy_from_slice(&5i128.to_le_bytes());
    assert_eq!(verdict(Out, replaced(Out, 4, possible)), 0, "what is possible is believed");
}

#[test]
fn a_sum_that_is_none_is_noticed() {
    use yinshu_crypto::group::Element;
    let put = |frame: &mut Vec<u8>| frame[41..73].copy_from_slice(&Element::generator().encode());
    assert_eq!(verdict(In, replaced(In, 3, put)), 4184);
}

#[test]
fn one_row_returned_twice_is_noticed() {
    let width = 32 * 9;
    let all_the_same = |at: usize| {
        move |frame: &mut Vec<u8>| {
            let row = frame[1 + at * width..1 + (at + 1) * width].to_vec();
            frame[1..].chunks_exact_mut(width).for_each(|one| one.copy_from_slice(&row));
        }
    };
    let codes = [0, 1, 2, 3, 4].map(|at| verdict(Out, replaced(Out, 3, all_the_same(at))));
    assert_eq!(codes.iter().filter(|&&code| code == 4185).count(), 2, "the two that match: {codes:?}");
}

#[test]
fn what_is_summed_must_be_agreed() {
    let (x, y) = sides();
    let terms = terms(Learns::Receiver, 1);
    let other = vec![column("balance", 40, true), column("wages", 63, false)];
    let other = Asks { columns: other.try_into().unwrap(), least: 2 };
    for theirs in [asks(3), other] {
        let outcome = run_over(pair(memory::PATIENCE), (&x, &y), ((&terms, &asks(2)), (&terms, &theirs)));
        let codes = (outcome.received.unwrap_err().code(), outcome.sent.unwrap_err().code());
        assert_eq!(codes, (4010, 4104));
    }
}

#[test]
fn what_cannot_be_recorded_is_not_answered() {
    let (x, y) = sides();
    let (terms, asks) = (terms(Learns::Receiver, 1), asks(0));
    let (mut receiver, mut sender) = pair(memory::PATIENCE);
    std::thread::scope(|scope| {
        let agreed = (&terms, &asks);
        let sending = scope.spawn(move || {
            let y = y.into_iter().map(Ok::<_, String>);
            let asked = &mut |_: &crate::ecdh::msg::OpenPackage| Err("the disk is full".to_owned());
            let sent = send_recorded(&mut sender, y, agreed, &mut rng(1), asked, &mut |_| {});
            sent.unwrap_err().code()
        });
        let error = receive(&mut receiver, &x, agreed.0, agreed.1, &mut rng(2), &mut |_| {}).unwrap_err();
        assert_eq!((error.code(), sending.join().unwrap()), (4010, 4011));
    });
}

#[test]
fn a_peer_that_stops_half_way_is_named() {
    for frames in 0..4 {
        let (mut receiver, mut sender) = pair(Duration::from_secs(20));
        let (x, _) = sides();
        let (terms, asks) = (terms(Learns::Both, 1), asks(2));
        std::thread::scope(|scope| {
            scope.spawn(move || (0..frames).for_each(|_| drop(sender.recv(1 << 20))));
            let error = receive(&mut receiver, &x, &terms, &asks, &mut rng(1), &mut |_| {}).unwrap_err();
            let PsiError::Channel { cause } = error else { panic!("{error}") };
            assert!(cause.to_string().contains(SENDER), "{cause}");
        });
    }
}

//! Every message altered in every way: what is noticed, by whom, and what exactly happens where nothing can be.

use super::*;
use yinshu_crypto::group::Element;
use yinshu_net::Fault;
use yinshu_net::testkit::Direction::{Received as In, Sent as Out};
use yinshu_net::testkit::{Action, Direction, Recorder, Tamper};

/// What the party that gets the altered message makes of it.
#[derive(Clone, Copy, Debug)]
enum Notice {
    /// An error of this code that names the peer.
    Code(u16),
    /// The channel ends or times out.
    Network,
    /// Nothing: the message was the last of its direction and had already done its work.
    Nothing,
}
use Notice::{Code, Network, Nothing};

/// The receiver holds three entries, of which the sender's five include two.
fn sides() -> (Vec<Entry>, Vec<Entry>) {
    (entries(0, [10, 11, 99]), entries(0, 7..12))
}

fn tampered(direction: Direction, nth: u64, action: Action, patience: Duration) -> Outcome {
    let (receiver, sender) = pair(patience);
    let (x, y) = sides();
    let terms = terms(Learns::Both, 1);
    run_over(Tamper::new(receiver).rule(direction, nth, action), sender, (&x, &terms), (&y, &terms))
}

fn check(message: &str, direction: Direction, nth: u64, action: &Action, expected: Notice) {
    println!("{message}: {action:?}");
    // Where a time-out is due there is no use in being patient.
    let patience = if matches!(expected, Network) { Duration::from_secs(1) } else { memory::PATIENCE };
    let outcome = tampered(direction, nth, action.clone(), patience);
    // What goes out of the receiver is altered for the sender, and the other way about.
    let (received, sent) = (outcome.received.map(|r| r.matched), outcome.sent.map(|s| s.matched));
    let (victim, liar) = if direction == Out { (sent.err(), SENDER) } else { (received.err(), RECEIVER) };
    let peer = if liar == SENDER { RECEIVER } else { SENDER };
    match (expected, victim) {
        (Code(code), Some(error)) => {
            assert_eq!(error.code().max(cause(&error)), code, "{message} {action:?}: {error}");
            assert_eq!(error.fault(), Fault::Peer(PartyId::new(peer).unwrap()), "{error}");
        }
        (Network, Some(error)) => assert_eq!(error.fault(), Fault::Network, "{message} {action:?}: {error}"),
        (Nothing, None) => {}
        (expected, victim) => panic!("{message} {action:?}: {expected:?} expected, {victim:?} found"),
    }
}

/// The channel's own code, 0 if the error is not the channel's; those are below 4000 and `max` would hide them.
fn cause(error: &PsiError) -> u16 {
    match error {
        PsiError::Channel { cause } => 10_000 + cause.code(),
        _ => 0,
    }
}

/// FrameTooLong, of the channel.
const TOO_LONG: Notice = Code(13_002);

#[test]
fn every_message_altered_in_every_way() {
    use Action::{Drop, Duplicate, Flip, Oversize, Reorder, Truncate};
    let flip = Flip { bit: 3 }; // of the kind
    let (empty, short, long) = (Truncate { keep: 0 }, Truncate { keep: 1 }, Oversize { extra: 1 });
    let table = [
        // message, direction, nth, then: flip, empty, short, long, drop, duplicate, reorder
        ("open", Out, 0, [4101, 4101, 4102, 4102].map(Code), [Code(4101), Code(4101), Code(4101)]),
        ("blinded", Out, 1, [Code(4101), Code(4101), Code(4102), TOO_LONG], [Network, TOO_LONG, Network]),
        ("keys", In, 0, [Code(4101), Code(4101), Code(4102), TOO_LONG], [TOO_LONG, Code(4101), TOO_LONG]),
        (
            "evaluated",
            In,
            1,
            [Code(4101), Code(4101), Code(4102), TOO_LONG],
            [Code(4101), TOO_LONG, Code(4101)],
        ),
        (
            "token count",
            In,
            2,
            [Code(4101), Code(4101), Code(4102), TOO_LONG],
            [TOO_LONG, Code(4101), TOO_LONG],
        ),
        ("tokens", In, 3, [Code(4101), Code(4101), Code(4102), TOO_LONG], [Network, Nothing, Network]),
        ("match count", Out, 2, [Code(4101), Code(4101), Code(4102), TOO_LONG], [Code(4101); 3]),
        ("matches", Out, 3, [4101, 4101, 4111, 4102].map(Code), [Network, Nothing, Network]),
    ];
    for (message, direction, nth, content, order) in table {
        let actions = [flip.clone(), empty.clone(), short.clone(), long.clone(), Drop, Duplicate, Reorder];
        for (action, expected) in actions.into_iter().zip(content.into_iter().chain(order)) {
            check(message, direction, nth, &action, expected);
        }
    }
}

/// The frames of an undisturbed run as the receiver sees them: sent, received.
fn frames() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (receiver, sender) = pair(memory::PATIENCE);
    let (x, y) = sides();
    let terms = terms(Learns::Both, 1);
    let mut recorder = Recorder::new(receiver);
    run_over(&mut recorder, sender, (&x, &terms), (&y, &terms)).unwrap();
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
    assert_eq!((received.matched, sent.matched), (vec![true, true, false], Some(vec![3, 4])));
}

#[test]
fn another_valid_point_loses_that_entry_and_nothing_else() {
    let point = Element::generator().encode();
    for (direction, nth) in [(Out, 1), (In, 1)] {
        let (received, sent) =
            replaced(direction, nth, |frame| frame[1..33].copy_from_slice(&point)).unwrap();
        assert_eq!((received.matched, sent.matched), (vec![false, true, false], Some(vec![4])));
    }
}

#[test]
fn what_is_no_point_is_refused() {
    let identity = [0; 32];
    let negative = {
        let mut one = [0; 32];
        one[0] = 1;
        one
    };
    for bad in [identity, negative, [0xff; 32]] {
        let put = |frame: &mut Vec<u8>| frame[33..65].copy_from_slice(&bad);
        let error = replaced(Out, 1, put).sent.unwrap_err();
        assert!(matches!(
            &error,
            PsiError::Peer { misstep: crate::error::Misstep::BadPoint { index: 1, .. }, .. }
        ));
        let outcome = replaced(In, 1, put);
        assert_eq!(outcome.received.unwrap_err().code(), 4107);
        assert_eq!(outcome.sent.unwrap_err().code(), 4010, "the sender is told");
    }
}

#[test]
fn another_public_key_loses_all_entries() {
    let point = Element::generator().encode();
    let (received, sent) = replaced(In, 0, |frame| frame[1..].copy_from_slice(&point)).unwrap();
    assert_eq!((received.matched, sent.matched), (vec![false; 3], Some(vec![])));
}

#[test]
fn what_is_no_public_key_is_refused() {
    for bad in [[0; 32], [0xff; 32]] {
        let outcome = replaced(In, 0, |frame| frame[1..].copy_from_slice(&bad));
        let error = outcome.received.unwrap_err();
        assert_eq!((error.code(), error.fault()), (4113, Fault::Peer(PartyId::new(SENDER).unwrap())));
        assert_eq!(outcome.sent.unwrap_err().code(), 4010, "the sender is told");
    }
}

#[test]
fn other_tokens_lose_matches_and_must_ascend() {
    // The last token made the highest possible: whatever it stood for is not found any more.
    let highest = |frame: &mut Vec<u8>| frame.iter_mut().rev().take(10).for_each(|byte| *byte = 0xff);
    let (received, _) = replaced(In, 3, highest).unwrap();
    let found = received.matched.iter().filter(|&&hit| hit).count();
    assert!((1..=2).contains(&found) && !received.matched[2]);

    let equal = |frame: &mut Vec<u8>| frame.copy_within(11..21, 1);
    let error = replaced(In, 3, equal).received.unwrap_err();
    assert!(matches!(
        error,
        PsiError::Peer { misstep: crate::error::Misstep::UnsortedToken { index: 1 }, .. }
    ));
    let swapped = |frame: &mut Vec<u8>| {
        frame.copy_within(1..11, 31);
    };
    assert_eq!(replaced(In, 3, swapped).received.unwrap_err().code(), 4108);
}

#[test]
fn counts_are_bounded() {
    let count = |count: u64| move |frame: &mut Vec<u8>| frame[1..9].copy_from_slice(&count.to_le_bytes());
    for absurd in [(1 << 20) + 1, u64::MAX] {
        assert_eq!(replaced(In, 2, count(absurd)).received.unwrap_err().code(), 4106);
    }
    // Another count than there are tokens: the length of what follows gives it away.
    assert_eq!(replaced(In, 2, count(6)).received.unwrap_err().code(), 4102);
    for absurd in [4, u64::MAX] {
        assert_eq!(replaced(Out, 2, count(absurd)).sent.unwrap_err().code(), 4110);
    }
    let announced = |frame: &mut Vec<u8>| frame[66..74].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(replaced(Out, 0, announced).sent.unwrap_err().code(), 4105);
}

#[test]
fn matches_are_believed_if_they_can_be() {
    let put = |body: &'static [u8]| {
        move |frame: &mut Vec<u8>| {
            frame.truncate(1);
            frame.extend(body);
        }
    };
    // Positions 0 and 1 are real tokens, whatever they stand for: the receiver's word is taken.
    let matched = replaced(Out, 3, put(&[0, 0])).sent.unwrap().matched.unwrap();
    assert_eq!(matched.len(), 2);
    for (body, code) in [
        (&[5, 0][..], 4111),                              // beyond the tokens
        (&[4, 0], 4111),                                  // the second is
        (&[0x80, 0x00, 0], 4111),                         // a longer form of zero
        (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0], 4111), // too long a number
        (&[1], 4111),                                     // one too few
        (&[1, 1, 1], 4102),                               // one too many
    ] {
        assert_eq!(replaced(Out, 3, put(body)).sent.unwrap_err().code(), code, "{body:?}");
    }
}

#[test]
fn a_match_with_padding_is_a_lie() {
    let (receiver, sender) = pair(memory::PATIENCE);
    let terms = Terms { own_items: Some(4), ..terms(Learns::Both, 1) };
    let x = entries(0, [1]);
    // The sender has one entry, matched, and three random tokens: any other position is a lie.
    let recorded = {
        let (receiver, sender) = pair(memory::PATIENCE);
        let mut recorder = Recorder::new(receiver);
        run_over(&mut recorder, sender, (&x, &terms), (&x, &terms)).unwrap();
        recorder.into_transcript().steps
    };
    let real = recorded.iter().rfind(|step| step.direction == Out).unwrap().frame[1];
    let lie = Action::Replace { frame: vec![8, (real + 1) % 4] };
    let outcome = run_over(Tamper::new(receiver).rule(Out, 3, lie), sender, (&x, &terms), (&x, &terms));
    assert_eq!(outcome.sent.unwrap_err().code(), 4112);
    assert!(outcome.received.is_ok());
}

/// The sender knows afterwards, and the receiver sees the same as if it had told the truth.
#[test]
fn random_tokens_are_not_told_apart() {
    let terms = Terms { own_items: Some(4), ..terms(Learns::Both, 1) };
    let (x, y) = (entries(0, [1, 2, 3]), entries(0, [1]));
    let mut codes = Vec::new();
    for positions in [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]] {
        let (receiver, sender) = pair(memory::PATIENCE);
        let (mut recorder, mut matches) = (Recorder::new(receiver), vec![8, positions[0]]);
        matches.push(positions[1] - positions[0] - 1);
        let count = [vec![7], 2u64.to_le_bytes().to_vec()].concat();
        let tamper = Tamper::new(&mut recorder).rule(Out, 2, Action::Replace { frame: count }).rule(
            Out,
            3,
            Action::Replace { frame: matches },
        );
        let outcome = run_over(tamper, sender, (&x, &terms), (&y, &terms));
        codes.push(outcome.sent.unwrap_err().code());
        assert!(outcome.received.is_ok());
        let steps = recorder.into_transcript().steps;
        let heard = steps.iter().filter(|step| step.direction != Out);
        assert!(heard.clone().all(|step| crate::wire::refusal(&step.frame).is_none()));
    }
    assert_eq!(codes, [4112; 6]);
}

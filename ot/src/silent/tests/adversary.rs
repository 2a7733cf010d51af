//! Every message altered in every way.

use super::*;
use yinshu_net::Fault;
use yinshu_net::testkit::Direction::{Received as In, Sent as Out};
use yinshu_net::testkit::{Action, Direction, Tamper};

const N: usize = 100;

/// A run whose receiver sits behind a channel that alters one frame: what it sends, or what it gets.
fn tampered(direction: Direction, nth: u64, action: &Action, security: Security) -> Outcome<F64> {
    let (sender, receiver) = pair(Duration::from_secs(1));
    run_over(sender, Tamper::new(receiver).rule(direction, nth, action.clone()), N, security)
}

/// Messages in the order of the protocol, as the receiver sees them.
const MESSAGES: [(&str, Direction, u64); 7] = [
    ("choices", In, 0),
    ("keys", Out, 0),
    ("corrections", Out, 1),
    ("trees", In, 1),
    ("challenge", Out, 2),
    ("value", In, 2),
    ("opening", Out, 3),
];

/// The error of the party that gets the altered message.
fn victim(outcome: Outcome<F64>, direction: Direction) -> (OtError, &'static str) {
    if direction == In {
        (outcome.received.err().expect("the receiver notices"), SENDER)
    } else {
        (outcome.sent.err().expect("the sender notices"), RECEIVER)
    }
}

#[test]
fn malformed_messages_are_their_senders_fault() {
    for (message, direction, nth) in MESSAGES {
        let actions = [
            (Action::Flip { bit: 3 }, 4260),
            (Action::Truncate { keep: 0 }, 4260),
            (Action::Truncate { keep: 1 }, 4261),
            (Action::Replace { frame: vec![200; 10] }, 4260),
            (Action::Oversize { extra: 1 }, 4250),
            (Action::Replace { frame: vec![255, 4] }, 4252),
        ];
        for (action, code) in actions {
            let (error, peer) = victim(tampered(direction, nth, &action, Security::Malicious), direction);
            assert_eq!(error.code(), code, "{message} {action:?}: {error}");
            assert_eq!(error.fault(), Fault::Peer(PartyId::new(peer).unwrap()), "{message}: {error}");
        }
    }
}

#[test]
fn lost_and_doubled_messages_end_the_run() {
    for (message, direction, nth) in MESSAGES {
        let last = message == "opening";
        for action in [Action::Drop, Action::Duplicate, Action::Reorder] {
            let outcome = tampered(direction, nth, &action, Security::Malicious);
            let ended = outcome.sent.is_err() || outcome.received.is_err();
            // What comes after the last message is for whoever uses the channel next.
            let harmless = action == Action::Duplicate && (last || message == "value");
            assert!(ended || harmless, "{message} {action:?}");
        }
    }
}

/// Bits all over every message: either somebody notices, or it was a bit that nobody looked at.
#[test]
fn altered_contents_are_caught_or_without_effect() {
    let sizes = [8192, 9216, 50_000, 80_000, 96, 16, 48];
    for ((message, direction, nth), bytes) in MESSAGES.into_iter().zip(sizes) {
        let mut caught = 0;
        for step in 0..12 {
            let bit = 8 + (bytes * 8 - 1) * step / 11;
            let outcome = tampered(direction, nth, &Action::Flip { bit }, Security::Malicious);
            match (outcome.sent, outcome.received) {
                (Ok(sent), Ok(received)) => {
                    let mut expected = sent.b.clone();
                    F64::mul_add_each(&mut expected, &received.a, sent.delta);
                    assert!(expected == received.c, "{message} bit {bit} was not noticed");
                }
                (Err(OtError::Peer { .. }), _) | (_, Err(OtError::Peer { .. })) => caught += 1,
                (sent, received) => panic!("{message} bit {bit}: {:?} {:?}", sent.err(), received.err()),
            }
        }
        assert!(caught >= 4, "{message}: only {caught} of 12");
    }
}

/// Semi-honest runs check nothing, and that is why they are not for peers that deviate.
#[test]
fn without_checks_the_correlation_breaks() {
    let outcome = tampered(Out, 1, &Action::Flip { bit: 8 + 64 * 60 }, Security::SemiHonest);
    assert!(outcome.sent.is_ok() && outcome.received.is_ok());
}

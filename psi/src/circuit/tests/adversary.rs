//! Every message altered in every way, and sides that do not meet.

use super::*;
use yinshu_net::Fault;
use yinshu_net::testkit::Direction::{Received as In, Sent as Out};
use yinshu_net::testkit::{Action, Direction, Recorder, Tamper};

/// The receiver holds three entries, of which the sender's five rows include two.
fn sides() -> (Vec<Entry>, Vec<Row>) {
    (entries([10, 11, 99]), rows(7..12, 8))
}

fn over(receiver: impl Channel, sender: impl Channel) -> Outcome {
    let ((x, y), terms) = (sides(), terms());
    run_over(receiver, sender, (&x, &terms, 8), (&y, &terms, 8))
}

fn tampered(direction: Direction, nth: usize, action: Action, millis: u64) -> Outcome {
    let (receiver, sender) = pair(Duration::from_millis(millis));
    over(Tamper::new(receiver).rule(direction, nth as u64, action), sender)
}

/// A frame of an undisturbed run as the receiver sees it.
struct Seen {
    direction: Direction,
    /// Which of its direction.
    nth: usize,
    /// Is it the last of its direction?
    last: bool,
    frame: Vec<u8>,
}

fn frames() -> Vec<Seen> {
    let (receiver, sender) = pair(memory::PATIENCE);
    let mut recorder = Recorder::new(receiver);
    over(&mut recorder, sender).unwrap();
    let steps = recorder.into_transcript().steps;
    let all = |direction| steps.iter().filter(|step| step.direction == direction).count();
    let mut next = [0, 0];
    let mut seen = |step: &yinshu_net::testkit::Step| {
        let next = &mut next[usize::from(step.direction == In)];
        *next += 1;
        let (nth, last) = (*next - 1, *next == all(step.direction));
        Seen { direction: step.direction, nth, last, frame: step.frame.clone() }
    };
    steps.iter().map(&mut seen).collect()
}

/// The error of the one who gets the altered message, and whom that one must blame.
fn victim(direction: Direction, outcome: &Outcome) -> (Option<&PsiError>, &'static str) {
    match direction {
        Out => (outcome.sent.as_ref().err(), RECEIVER),
        In => (outcome.received.as_ref().err(), SENDER),
    }
}

#[test]
fn every_message_of_another_kind_or_length() {
    for Seen { direction, nth, frame, .. } in frames() {
        let actions = [
            Action::Flip { bit: 3 }, // of the kind
            Action::Truncate { keep: 0 },
            Action::Truncate { keep: 1 },
            Action::Truncate { keep: frame.len() - 1 },
            Action::Oversize { extra: 1 },
        ];
        for action in actions {
            let what = format!("{direction:?} {nth}, {action:?}");
            let outcome = tampered(direction, nth, action, 20_000);
            let (error, liar) = victim(direction, &outcome);
            let error = error.unwrap_or_else(|| panic!("{what}: not noticed"));
            assert_eq!(error.fault(), Fault::Peer(PartyId::new(liar).unwrap()), "{what}: {error}");
        }
    }
}

#[test]
fn every_message_lost_twice_or_late() {
    for Seen { direction, nth, last, .. } in frames() {
        for action in [Action::Drop, Action::Duplicate, Action::Reorder] {
            let what = format!("{direction:?} {nth}, {action:?}");
            let outcome = tampered(direction, nth, action.clone(), 250);
            match victim(direction, &outcome).0 {
                Some(error) => assert!(!matches!(error.fault(), Fault::Local), "{what}: {error}"),
                // The last of its direction, twice: it did its work, and nobody reads on.
                None => assert!(last && action == Action::Duplicate, "{what}: not noticed"),
            }
        }
    }
}

/// One bit of each message's body: the run ends, with an error or with shares (wrong ones: see Security).
#[test]
fn one_bit_of_every_message() {
    for Seen { direction, nth, frame, .. } in frames() {
        for bit in [8 + frame.len() % 7, 4 * frame.len() + 3, 8 * frame.len() - 2] {
            let outcome = tampered(direction, nth, Action::Flip { bit }, 20_000);
            for error in [outcome.received.as_ref().err(), outcome.sent.as_ref().err()].into_iter().flatten()
            {
                assert!(matches!(error.fault(), Fault::Peer(_)), "{direction:?} {nth}, bit {bit}: {error}");
            }
        }
    }
}

#[test]
fn a_peer_that_stops_half_way() {
    for Seen { direction, nth, .. } in frames().into_iter().step_by(2) {
        let (receiver, sender) = pair(Duration::from_millis(250));
        let all = |tamper: Tamper<MemoryChannel>, nth| tamper.rule(direction, nth, Action::Drop);
        let receiver = (nth as u64..60).fold(Tamper::new(receiver), all);
        let outcome = over(receiver, sender);
        assert!(outcome.received.is_err() || outcome.sent.is_err(), "{direction:?} from {nth} on");
    }
}

fn replaced(direction: Direction, nth: usize, alter: impl FnOnce(&mut Vec<u8>)) -> Outcome {
    let mut frame = frames().into_iter().find(|seen| seen.direction == direction && seen.nth == nth);
    let mut frame = frame.take().unwrap().frame;
    alter(&mut frame);
    tampered(direction, nth, Action::Replace { frame }, 20_000)
}

#[test]
fn counts_are_bounded() {
    let put = |at: usize, count: u64| {
        move |frame: &mut Vec<u8>| frame[at..at + 8].copy_from_slice(&count.to_le_bytes())
    };
    for absurd in [(1 << 20) + 1, u64::MAX] {
        assert_eq!(replaced(In, 0, put(1, absurd)).codes(), [Some(4106), Some(4010)]);
        assert_eq!(replaced(Out, 0, put(66, absurd)).codes(), [Some(4010), Some(4105)]);
    }
    // Another count than there is: lengths give it away.
    assert!(replaced(In, 0, put(1, 6)).received.is_err());
    assert!(replaced(Out, 0, put(66, 400)).sent.is_err());
}

#[test]
fn sides_that_do_not_meet() {
    let (x, y) = sides();
    let base = terms();
    let meet = |one: &Terms, two: &Terms, a, b| {
        let (receiver, sender) = pair(memory::PATIENCE);
        run_over(receiver, sender, (&x, one, a), (&y, two, b)).codes()
    };
    assert_eq!(meet(&base, &base, 8, 8), [None, None]);
    assert_eq!(meet(&base, &base, 4, 8), [Some(4010), Some(4104)]);
    assert_eq!(meet(&Terms { learns: Learns::Both, ..base.clone() }, &base, 8, 8), [Some(4193), Some(4010)]);
    let mut strict = base.clone();
    strict.sections[0].max = 2;
    assert_eq!(meet(&base, &strict, 8, 8), [Some(4010), Some(4105)]);
    assert_eq!(meet(&strict, &base, 8, 8)[0], Some(4006));
    let few = Terms { max_peer_items: 2, ..base.clone() };
    assert_eq!(meet(&base, &few, 8, 8), [Some(4010), Some(4106)]);
    assert_eq!(meet(&few, &base, 8, 8), [Some(4106), Some(4010)]);
    assert_eq!(meet(&base, &Terms { own_items: Some(4), ..base.clone() }, 8, 8)[1], Some(4007));
    let much = Terms { own_items: Some(MOST_ROWS + 1), ..base.clone() };
    assert_eq!(meet(&base, &much, 8, 8)[1], Some(4005));
    let mut two = base.clone();
    two.sections.push(Section { name: "more".into(), max: 1 });
    assert_eq!(meet(&two, &two, 8, 8), [Some(4002), Some(4002)]);
    assert_eq!(meet(&base, &base, 33, 33), [Some(4190), Some(4190)]);
    assert_eq!(meet(&base, &base, 7, 7)[1], Some(4191));
}

#[test]
fn what_cannot_be_recorded_is_not_answered() {
    let ((x, mut y), terms) = (sides(), terms());
    let (mut receiver, mut sender) = pair(memory::PATIENCE);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let asked =
                &mut |open: &OpenPackage| Err(format!("{} entries, and the disk is full", open.count));
            let sent = send_recorded(&mut sender, &y, (&terms, 8), &mut rng(1), asked, &mut |_| {});
            assert_eq!(sent.err().map(|error| error.code()), Some(4011));
        });
        let received = receive(&mut receiver, &x, &terms, 8, &mut rng(2), &mut |_| {});
        assert_eq!(received.err().map(|error| error.code()), Some(4010));
    });
    y[0].0.section = 1;
    let sent = send(&mut sender, &y, &terms, 8, &mut rng(1), &mut |_| {});
    assert_eq!(sent.err().map(|error| error.code()), Some(4004));
}

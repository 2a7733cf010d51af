//! Every message altered in every way, and sides that do not meet.

use super::*;
use crate::error::Misstep;
use yinshu_net::Fault;
use yinshu_net::testkit::Direction::{Received as In, Sent as Out};
use yinshu_net::testkit::{Action, Direction, Recorder, Tamper};

/// The receiver holds three entries, of which the sender's five include two.
fn sides() -> (Vec<Entry>, Vec<Entry>) {
    (entries([10, 11, 99]), entries(7..12))
}

fn over(receiver: impl Channel, sender: impl Channel, settings: Settings) -> Outcome {
    let ((x, y), terms) = (sides(), terms(Learns::Both));
    run_over(receiver, sender, Side(&x, &terms, settings), Side(&y, &terms, settings))
}

fn tampered(direction: Direction, nth: usize, action: Action, settings: Settings, millis: u64) -> Outcome {
    let (receiver, sender) = pair(Duration::from_millis(millis));
    over(Tamper::new(receiver).rule(direction, nth as u64, action), sender, settings)
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

fn frames(settings: Settings) -> Vec<Seen> {
    let (receiver, sender) = pair(memory::PATIENCE);
    let mut recorder = Recorder::new(receiver);
    over(&mut recorder, sender, settings).unwrap();
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
    for settings in [FAST, MALICIOUS_COMPACT] {
        for Seen { direction, nth, frame, .. } in frames(settings) {
            let actions = [
                Action::Flip { bit: 3 }, // of the kind
                Action::Truncate { keep: 0 },
                Action::Truncate { keep: 1 },
                Action::Truncate { keep: frame.len() - 1 },
                Action::Oversize { extra: 1 },
            ];
            for action in actions {
                let what = format!("{settings:?}, {direction:?} {nth}, {action:?}");
                let outcome = tampered(direction, nth, action, settings, 20_000);
                let (error, liar) = victim(direction, &outcome);
                let error = error.unwrap_or_else(|| panic!("{what}: not noticed"));
                assert_eq!(error.fault(), Fault::Peer(PartyId::new(liar).unwrap()), "{what}: {error}");
            }
        }
    }
}

#[test]
fn every_message_lost_twice_or_late() {
    for settings in [FAST, MALICIOUS] {
        for Seen { direction, nth, last, .. } in frames(settings) {
            for action in [Action::Drop, Action::Duplicate, Action::Reorder] {
                let what = format!("{settings:?}, {direction:?} {nth}, {action:?}");
                let outcome = tampered(direction, nth, action.clone(), settings, 700);
                match victim(direction, &outcome).0 {
                    Some(error) => assert!(!matches!(error.fault(), Fault::Local), "{what}: {error}"),
                    // The last of its direction, twice: it did its work, and nobody reads on.
                    None => assert!(last && action == Action::Duplicate, "{what}: not noticed"),
                }
            }
        }
    }
}

/// Bits of a message's body: one near its beginning, one in its middle, one at its end.
fn bits(frame: &[u8]) -> [usize; 3] {
    [8 + frame.len() % 7, 4 * frame.len() + 3, 8 * frame.len() - 2]
}

/// Do both find no more than there is?
fn no_wrong_match(outcome: &Outcome, what: &str) {
    if let Ok(received) = &outcome.received {
        assert!(!received.matched[2], "{what}: a wrong match");
    }
    if let Ok(Sent { matched: Some(matched), .. }) = &outcome.sent {
        assert!(matched.iter().all(|at| [3, 4].contains(at)), "{what}: a wrong match of the sender's");
    }
}

/// One bit of each message's body, semi-honest: nothing is checked but kinds, lengths, turns and order, and still nobody
/// sees a match that is not one (the matches themselves, which R tells S, are R's word).
#[test]
fn one_bit_of_every_message() {
    for settings in [FAST, COMPACT] {
        for Seen { direction, nth, frame, .. } in frames(settings) {
            for bit in bits(&frame) {
                let what = format!("{settings:?}, {direction:?} {nth} (kind {}), bit {bit}", frame[0]);
                let mut outcome = tampered(direction, nth, Action::Flip { bit }, settings, 20_000);
                if direction == Out && [7, 8].contains(&frame[0]) {
                    outcome.sent = Err(PsiError::Unencodable);
                }
                no_wrong_match(&outcome, &what);
            }
        }
    }
}

/// Messages of the correlation from R (keys, corrections, challenge, opening) after its opening, and from S
/// (choices, trees, value) after its answer.
const CORRELATION: [usize; 2] = [4, 3];

/// One bit of each message's body, malicious. The opening, the answer, all of the correlation and S's coin are bound to
/// one another: a bit of them ends the run on both sides, with the name of a check on the side that was cheated.
#[test]
fn one_bit_of_what_is_checked_ends_the_run() {
    for settings in [MALICIOUS, MALICIOUS_COMPACT] {
        for Seen { direction, nth, frame, .. } in frames(settings) {
            let coin = usize::from(direction == In);
            if nth > CORRELATION[coin] + coin {
                continue;
            }
            for bit in bits(&frame) {
                let what = format!("{settings:?}, {direction:?} {nth} (kind {}), bit {bit}", frame[0]);
                let outcome = tampered(direction, nth, Action::Flip { bit }, settings, 20_000);
                let errors = [outcome.received.err(), outcome.sent.err()]
                    .map(|error| error.unwrap_or_else(|| panic!("{what}: one side ended well")));
                let named =
                    |error: &PsiError| matches!(error, PsiError::Peer { .. } | PsiError::Correlation { .. });
                assert!(errors.iter().any(named), "{what}: {errors:?}");
                assert!(errors.iter().all(|error| error.fault() != Fault::Local), "{what}: {errors:?}");
            }
        }
    }
}

/// One bit of what is a party's own input (R's words, S's tokens) or R's coin, malicious. Nobody can tell another
/// input from a false one (RS21: the ideal functionality takes whatever a corrupt party gives), so that the run may end
/// well. What follows then is this, because H^o hashes word, coins and item into a token of 128 bits:
///
/// - of words: what is no match stays none, and a match whose row covers the word is lost;
/// - of R's coin: S's tokens have nothing to do with R's, so that there is no match at all;
/// - of tokens: one token, hence one match at most, is lost, unless they no longer ascend, which ends the run.
#[test]
fn one_bit_of_an_input_can_only_lose_matches() {
    for settings in [MALICIOUS, MALICIOUS_COMPACT] {
        let all = frames(settings);
        let from_r = |seen: &&Seen| seen.direction == Out && seen.nth > CORRELATION[0];
        let kinds: Vec<u8> = all.iter().filter(from_r).map(|seen| seen.frame[0]).collect();
        assert_eq!(kinds, [3, 4, 7, 8], "words, coin, matches");
        for Seen { direction, nth, frame, .. } in all {
            let input = match direction {
                Out => nth > CORRELATION[0] && [3, 4].contains(&frame[0]),
                In => nth > CORRELATION[1] + 1,
            };
            for bit in bits(&frame).into_iter().filter(|_| input) {
                let what = format!("{settings:?}, {direction:?} {nth} (kind {}), bit {bit}", frame[0]);
                let outcome = tampered(direction, nth, Action::Flip { bit }, settings, 20_000);
                no_wrong_match(&outcome, &what);
                match &outcome.received {
                    Err(error) => {
                        assert!(direction == In && error.fault() != Fault::Local, "{what}: {error}");
                        assert!(outcome.sent.is_err(), "{what}");
                    }
                    Ok(received) => {
                        let found = received.matched.iter().filter(|matched| **matched).count();
                        assert!(frame[0] != 4 || direction == In || found == 0, "{what}: {found}");
                        // A gap of the Golomb–Rice code shifts all tokens after it.
                        let shifted = settings == MALICIOUS_COMPACT || direction == Out;
                        assert!(shifted || found >= 1, "{what}: {found}");
                    }
                }
            }
        }
    }
}

fn replaced(
    direction: Direction,
    nth: usize,
    settings: Settings,
    alter: impl FnOnce(&mut Vec<u8>),
) -> Outcome {
    let mut frame = frames(settings).into_iter().find(|seen| seen.direction == direction && seen.nth == nth);
    let mut frame = frame.take().unwrap().frame;
    alter(&mut frame);
    tampered(direction, nth, Action::Replace { frame }, settings, 20_000)
}

#[test]
fn undisturbed() {
    for settings in ALL {
        let (received, sent) = tampered(Out, 99, Action::Drop, settings, 20_000).unwrap();
        assert_eq!((received.matched, sent.matched), (vec![true, true, false], Some(vec![3, 4])));
    }
}

#[test]
fn a_coin_other_than_the_committed_one() {
    // Messages of the correlation have kinds of their own: the sender's coin is its last but the tokens.
    let tokens = frames(MALICIOUS).into_iter().find(|seen| seen.direction == In && seen.last).unwrap().nth;
    let outcome = replaced(In, tokens - 1, MALICIOUS, |frame| frame[1] ^= 1);
    let error = outcome.received.unwrap_err();
    assert!(matches!(&error, PsiError::Peer { misstep: Misstep::BadCoin, .. }), "{error}");
    assert_eq!(outcome.sent.unwrap_err().code(), 4010, "the sender is told");
}

#[test]
fn counts_are_bounded() {
    let put = |at: usize, count: u64| {
        move |frame: &mut Vec<u8>| frame[at..at + 8].copy_from_slice(&count.to_le_bytes())
    };
    for absurd in [(1 << 20) + 1, u64::MAX] {
        assert_eq!(replaced(In, 0, FAST, put(1, absurd)).received.unwrap_err().code(), 4106);
        assert_eq!(replaced(Out, 0, FAST, put(67, absurd)).sent.unwrap_err().code(), 4105);
    }
    // Another count than there are tokens, and another number of entries than there are: lengths give it away.
    assert!(replaced(In, 0, FAST, put(1, 6)).received.is_err());
    assert!(replaced(Out, 0, FAST, put(67, 400)).sent.is_err());
}

/// Against a receiver that cheats the quota is held against what it can test, not against what it says.
#[test]
fn quotas_bind_what_can_be_tested() {
    let (x, y) = sides();
    let most = most_guesses(3, &MALICIOUS);
    assert!(most > 3 && charged(3, &MALICIOUS) == most && charged(3, &FAST) == 3);
    let limited = |max| {
        let mut terms = terms(Learns::Receiver);
        terms.sections[0].max = max;
        terms
    };
    let meet = |one: &Terms, two: &Terms| {
        let (receiver, sender) = pair(memory::PATIENCE);
        run_over(receiver, sender, Side(&x, one, MALICIOUS), Side(&y, two, MALICIOUS))
    };
    let (open, enough, tight) = (limited(1 << 20), limited(most), limited(most - 1));
    meet(&enough, &enough).unwrap();
    let outcome = meet(&open, &tight);
    let error = outcome.sent.unwrap_err();
    let testable = Misstep::Testable { section: "items".into(), max: most - 1, found: 3, testable: most };
    assert_eq!(error, testable.by(&PartyId::new(RECEIVER).unwrap()));
    assert_eq!((error.code(), outcome.received.unwrap_err().code()), (4125, 4010));
    assert_eq!(meet(&tight, &open).received.unwrap_err().code(), 4124);
}

#[test]
fn sides_that_do_not_meet() {
    let (x, y) = sides();
    let base = terms(Learns::Both);
    let meet = |one: &Terms, two: &Terms, a, b| {
        let (receiver, sender) = pair(memory::PATIENCE);
        let outcome = run_over(receiver, sender, Side(&x, one, a), Side(&y, two, b));
        (outcome.received.unwrap_err().code(), outcome.sent.unwrap_err().code())
    };
    assert_eq!(meet(&base, &base, FAST, COMPACT), (4010, 4121));
    assert_eq!(meet(&base, &base, MALICIOUS, FAST), (4010, 4121));
    assert_eq!(meet(&terms(Learns::Receiver), &base, FAST, FAST), (4010, 4104));
    let mut strict = base.clone();
    strict.sections[0].max = 2;
    assert_eq!(meet(&base, &strict, FAST, FAST), (4010, 4105));
    assert_eq!(meet(&strict, &base, FAST, FAST).0, 4006);
    let few = Terms { max_peer_items: 2, ..base.clone() };
    assert_eq!(meet(&base, &few, FAST, FAST), (4010, 4106));
    assert_eq!(meet(&few, &base, FAST, FAST).0, 4106);
    let declared = Terms { own_items: Some(4), ..base.clone() };
    assert_eq!(meet(&base, &declared, FAST, FAST).1, 4007);
    let mut two = base.clone();
    two.sections.push(Section { name: "more".into(), max: 1 });
    assert_eq!(meet(&two, &two, FAST, FAST), (4002, 4002));
}

#[test]
fn what_cannot_be_recorded_is_not_answered() {
    let ((x, y), terms) = (sides(), terms(Learns::Both));
    let (mut receiver, mut sender) = pair(memory::PATIENCE);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let asked = &mut |_: &msg::OpenPackage| Err("the disk is full".to_owned());
            let sent = send(&mut sender, &y, &terms, &FAST, &mut rng(1), asked, &mut |_| {});
            assert_eq!(sent.unwrap_err().code(), 4011);
        });
        let received = receive(&mut receiver, &x, &terms, &FAST, &mut rng(2), &mut |_| {});
        assert_eq!(received.unwrap_err().code(), 4010);
    });
    let other = [Entry { section: 1, ..x[0] }];
    let error = send(&mut sender, &other, &terms, &FAST, &mut rng(1), &mut |_| Ok(()), &mut |_| {});
    assert_eq!(error.unwrap_err().code(), 4004);
}

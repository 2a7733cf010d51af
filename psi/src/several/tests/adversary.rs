//! Every message altered in every way: the run ends for all, and everybody names the culprit.

use super::*;
use yinshu_net::testkit::Direction::Sent as Out;
use yinshu_net::testkit::{Action, Tamper};
use yinshu_net::{Fault, NetError};

fn sets() -> Vec<Vec<Entry>> {
    vec![entries(0, 0..6), entries(0, 2..8), entries(0, 4..12), entries(0, 0..12)]
}

/// The party that an error names.
fn named(error: &PsiError) -> Option<String> {
    match (error, error.fault()) {
        (_, Fault::Peer(party)) => Some(party.to_string()),
        (PsiError::Channel { cause: NetError::Timeout { peer, .. } | NetError::Closed { peer } }, _) => {
            Some(peer.to_string())
        }
        _ => None,
    }
}

/// Runs with the `nth` frame from `liar` to `victim` altered; what came of it for each party.
fn tampered(
    task: &Task,
    (liar, victim, nth): (usize, usize, u64),
    action: &Action,
    patience: u64,
) -> Vec<Option<PsiError>> {
    let wrap = |party: usize, peer: usize, channel: MemoryChannel| -> Box<dyn Channel> {
        if (party, peer) == (liar, victim) {
            Box::new(Tamper::new(channel).rule(Out, nth, action.clone()))
        } else {
            Box::new(channel)
        }
    };
    let patience = Duration::from_millis(patience);
    let all = run_over(&sets(), &agreement(4, 1), task, (patience, None), &wrap);
    all.into_iter().map(|(result, _)| result.err()).collect()
}

/// The victim's code and, of all others but the liar, whether each names the liar (or is already done).
fn check(message: &str, task: &Task, route: (usize, usize, u64), action: &Action, expected: &[u16]) {
    let short = expected.contains(&4001);
    let errors = tampered(task, route, action, if short { 300 } else { 20_000 });
    let (liar, victim, _) = route;
    let found = errors[victim].as_ref().map_or(0, PsiError::code);
    assert!(expected.contains(&found), "{message} {action:?}: {found} for {expected:?}: {errors:?}");
    // Where the victim did not catch it but missed a frame, it fell silent or heard that others had (4050): who is named
    // first is a race of those who wait, and for `who_vanishes_is_named_by_all`.
    if matches!(found, 0 | 4001 | 4050) {
        return;
    }
    for (party, error) in errors.iter().enumerate().filter(|(party, _)| *party != liar) {
        // A party whose part was over before is done; all others name the liar.
        if let Some(error) = error {
            assert_eq!(
                named(error).as_deref(),
                Some(NAMES[liar]),
                "{message} {action:?}, party {party}: {errors:?}"
            );
        }
    }
    // The liar, which means no harm here, hears who caught it, or from others that it is to blame.
    let told = errors[liar].as_ref().map(|error| (error.code(), named(error)));
    let by_victim = (4010, Some(NAMES[victim].to_owned()));
    let by_others = (4050, Some(NAMES[liar].to_owned()));
    assert!(
        told.is_none_or(|told| told == by_victim || told == by_others),
        "{message} {action:?}: the liar is told: {errors:?}"
    );
}

const WRONG: &[u16] = &[4101, 4102, 4001, 4050];
const CAUGHT: &[u16] = &[4101];
const LENGTH: &[u16] = &[4102, 4001, 4050];

fn every_way(message: &str, task: &Task, route: (usize, usize, u64), last: bool) {
    use Action::{Drop, Duplicate, Flip, Oversize, Reorder, Truncate};
    check(message, task, route, &Flip { bit: 2 }, CAUGHT);
    check(message, task, route, &Truncate { keep: 0 }, CAUGHT);
    check(message, task, route, &Truncate { keep: 1 }, LENGTH);
    check(message, task, route, &Oversize { extra: 1 }, LENGTH);
    check(message, task, route, &Drop, WRONG);
    check(message, task, route, &Reorder, WRONG);
    let twice: &[u16] = if last { &[0] } else { WRONG };
    check(message, task, route, &Duplicate, twice);
}

#[test]
fn every_message_of_sizes_altered() {
    let task = Task::Sizes(Opens { comparer: 3, only: None });
    // From party 1 to party 2, its neighbour: the opening, three sets. To party 3, the comparer: tokens.
    every_way("opening", &task, (1, 2, 0), false);
    for step in 1..=3 {
        every_way("ring", &task, (1, 2, step), step == 3);
    }
    every_way("tokens", &task, (1, 3, 1), true);
    every_way("sizes", &task, (3, 1, 1), true);
}

#[test]
fn every_message_of_an_intersection_altered() {
    let task = Task::Intersection(0);
    every_way("opening", &task, (1, 2, 0), false);
    every_way("seed of zero shares", &task, (1, 2, 1), true);
    every_way("blinded", &task, (0, 2, 1), true);
    every_way("evaluated", &task, (2, 0, 1), false);
    every_way("seed of a store", &task, (2, 0, 2), false);
    every_way("store", &task, (2, 0, 3), true);
}

#[test]
fn contents_are_checked() {
    let zeros = |kind: u8, bytes: usize| Action::Replace { frame: [vec![kind], vec![0; bytes]].concat() };
    let sizes = Task::Sizes(Opens { comparer: 3, only: None });
    check("ring", &sizes, (1, 2, 1), &zeros(41, 6 * 32), &[4107]);
    check("tokens", &sizes, (1, 3, 1), &zeros(31, 8 * 10), &[4108]);
    check("sizes", &sizes, (3, 1, 1), &zeros(32, 8 * 15), &[4052]);
    let intersection = Task::Intersection(0);
    check("blinded", &intersection, (0, 2, 1), &zeros(34, 6 * 32), &[4107]);
    check("evaluated", &intersection, (2, 0, 1), &zeros(35, 6 * 32), &[4107]);
    // A store of zeros is one of random shares: the receiver finds nothing.
    let columns = crate::okvs::Params::new(8, crate::okvs::Width::Narrow).columns();
    let errors = tampered(&intersection, (2, 0, 3), &zeros(37, 16 * columns), 20_000);
    assert!(errors.iter().all(Option::is_none), "{errors:?}");
}

/// A channel on which the second point of every frame of one kind equals the first.
struct Doubling<C>(C, u8);

impl<C: Channel> Channel for Doubling<C> {
    fn peer(&self) -> &PartyId {
        self.0.peer()
    }
    fn send(&mut self, mut frame: Vec<u8>) -> Result<(), NetError> {
        if frame.first() == Some(&self.1) && frame.len() >= 65 {
            frame.copy_within(1..33, 33);
        }
        self.0.send(frame)
    }
    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        self.0.recv(max)
    }
    fn phase(&mut self, name: &'static str) {
        self.0.phase(name);
    }
    fn meter(&self) -> Meter {
        self.0.meter()
    }
    fn close(&mut self) -> Result<(), NetError> {
        self.0.close()
    }
}

#[test]
fn a_point_sent_twice_is_found_at_the_next_stop_whoever_compares() {
    for (liar, comparer) in (0..4).flat_map(|liar| (0..4).map(move |comparer| (liar, comparer))) {
        for kind in 41..=43 {
            let task = Task::Sizes(Opens { comparer, only: None });
            let wrap = |party: usize, _: usize, channel: MemoryChannel| -> Box<dyn Channel> {
                if party == liar { Box::new(Doubling(channel, kind)) } else { Box::new(channel) }
            };
            let start = (Duration::from_secs(20), None);
            let all = run_over(&sets(), &agreement(4, 1), &task, start, &wrap);
            let errors: Vec<_> = all.into_iter().map(|(result, _)| result.unwrap_err()).collect();
            assert_eq!(errors[(liar + 1) % 4].code(), 4185, "{liar} {comparer} {kind}: {errors:?}");
            for error in errors.iter().zip(0..).filter(|(_, party)| *party != liar).map(|(error, _)| error) {
                assert_eq!(
                    named(error).as_deref(),
                    Some(NAMES[liar]),
                    "{liar} {comparer} {kind}: {errors:?}"
                );
            }
        }
    }
}

#[test]
fn what_fails_in_own_hands_is_told_as_that() {
    let agreement = agreement(3, 1);
    let mut channels = mesh(3, Duration::from_secs(20));
    let (own, rest) = channels.split_first_mut().unwrap();
    let borrowed = own.iter_mut().map(|channel| channel as &mut dyn Channel);
    let mut circle = Circle::new(&agreement.parties[0], &agreement.parties, borrowed).unwrap();
    // As where two of its own tokens collide, which is nobody's fault.
    let error = crate::error::Misstep::UnsortedToken { index: 1 }.by(&agreement.parties[0]);
    assert_eq!(circle.part(error).code(), 4108);
    for other in rest {
        let told = other[0].recv(2).unwrap();
        assert_eq!(crate::wire::refusal(&told), Some(crate::error::Refusal::Failed));
    }
}

#[test]
fn who_vanishes_is_named_by_all() {
    for task in [Task::Sizes(Opens { comparer: 3, only: None }), Task::Intersection(0)] {
        for (absent, name) in NAMES[..4].iter().enumerate() {
            let start = (Duration::from_millis(500), Some(absent));
            let all = run_over(&sets(), &agreement(4, 1), &task, start, &|_, _, channel| Box::new(channel));
            for (party, (result, _)) in all.iter().enumerate().filter(|(party, _)| *party != absent) {
                let error = result.as_ref().unwrap_err();
                assert_eq!(named(error).as_deref(), Some(*name), "party {party}: {error}");
            }
        }
    }
}

/// A channel that goes dead after some frames were sent.
struct Dying<C>(C, u64);

impl<C: Channel> Channel for Dying<C> {
    fn peer(&self) -> &PartyId {
        self.0.peer()
    }
    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        if self.1 == 0 {
            return Err(NetError::ShuttingDown);
        }
        self.1 -= 1;
        self.0.send(frame)
    }
    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        self.0.recv(max)
    }
    fn phase(&mut self, name: &'static str) {
        self.0.phase(name);
    }
    fn meter(&self) -> Meter {
        self.0.meter()
    }
    fn close(&mut self) -> Result<(), NetError> {
        self.0.close()
    }
}

#[test]
fn who_stops_half_way_is_named_by_all() {
    for task in [Task::Sizes(Opens { comparer: 3, only: None }), Task::Intersection(0)] {
        for frames in 0..3 {
            let wrap = |party: usize, _: usize, channel: MemoryChannel| -> Box<dyn Channel> {
                if party == 2 { Box::new(Dying(channel, frames)) } else { Box::new(channel) }
            };
            let start = (Duration::from_millis(800), None);
            let all = run_over(&sets(), &agreement(4, 1), &task, start, &wrap);
            for (party, (result, _)) in all.iter().enumerate().filter(|(party, _)| *party != 2) {
                // With its last frame sent a party is of no more need to some.
                let Err(error) = result else { continue };
                assert_eq!(named(error).as_deref(), Some(NAMES[2]), "after {frames}, party {party}: {error}");
            }
            assert!(frames > 1 || all[0].0.is_err(), "who needs all has nothing");
        }
    }
}

#[test]
fn other_agreements_are_refused() {
    let parties = sets();
    let task = Task::Sizes(Opens { comparer: 3, only: None });
    let other = Task::Sizes(Opens { comparer: 3, only: Some(vec![15]) });
    std::thread::scope(|scope| {
        let mut running = Vec::new();
        for (number, channels) in mesh(4, Duration::from_secs(20)).into_iter().enumerate() {
            let (set, task) = (&parties[number], if number == 1 { &other } else { &task });
            running.push(scope.spawn(move || {
                let channels =
                    channels.into_iter().map(|channel| Box::new(channel) as Box<dyn Channel>).collect();
                party(number, channels, set, &agreement(4, 1), task).0.unwrap_err()
            }));
        }
        let errors: Vec<PsiError> = running.into_iter().map(|party| party.join().unwrap()).collect();
        assert!(errors.iter().any(|error| error.code() == 4104), "{errors:?}");
        assert!(errors.iter().all(|error| matches!(error.code(), 4104 | 4010 | 4050)), "{errors:?}");
    });
}

#[test]
fn what_cannot_be_recorded_ends_the_run_for_all() {
    let parties = sets();
    let opens = Opens { comparer: 3, only: None };
    std::thread::scope(|scope| {
        let mut running = Vec::new();
        for (number, mut channels) in mesh(4, Duration::from_secs(20)).into_iter().enumerate() {
            let (set, opens) = (&parties[number], &opens);
            running.push(scope.spawn(move || {
                let agreement = agreement(4, 1);
                let borrowed = channels.iter_mut().map(|channel| channel as &mut dyn Channel);
                let mut circle =
                    Circle::new(&agreement.parties[number], &agreement.parties, borrowed).unwrap();
                let asked = &mut |_: &PartyId, _: &_| if number == 2 { Err("full".into()) } else { Ok(()) };
                sizes(&mut circle, set, (&agreement, opens), &mut rng(1), asked, &mut |_| {}).unwrap_err()
            }));
        }
        let errors: Vec<PsiError> = running.into_iter().map(|party| party.join().unwrap()).collect();
        assert_eq!(errors[2].code(), 4011);
        for party in [0, 1, 3] {
            assert_eq!(named(&errors[party]).as_deref(), Some(NAMES[2]), "{errors:?}");
        }
    });
}

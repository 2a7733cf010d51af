//! Every message beside the partitions' own altered in every way.

use super::*;
use yinshu_net::testkit::Direction::{Received as In, Sent as Out};
use yinshu_net::testkit::{Action, Direction, Tamper};
use yinshu_net::{Fault, NetError};

fn code(error: &PsiError) -> u16 {
    match error {
        PsiError::Channel { cause } => cause.code(),
        error => error.code(),
    }
}

/// What the victim of an alteration says; that it ends and whom it names is checked here.
fn noticed(direction: Direction, results: (Option<PsiError>, Option<PsiError>)) -> u16 {
    let (received, sent) = results;
    let (victim, peer) = if direction == Out { (sent, RECEIVER) } else { (received, SENDER) };
    let error = victim.expect("the victim notices");
    let fault = error.fault();
    assert!(fault == Fault::Peer(PartyId::new(peer).unwrap()) || fault == Fault::Network, "{error}");
    code(&error)
}

const TIMEOUT: u16 = 3005;
const CLOSED: u16 = 3004;
const TOO_LONG: u16 = 3002;

fn impatient() -> (MemoryChannel, MemoryChannel) {
    let (a, b) = pair();
    (a.with_patience(Duration::from_millis(400)), b.with_patience(Duration::from_millis(400)))
}

fn actions() -> [Action; 5] {
    [
        Action::Flip { bit: 1 },
        Action::Truncate { keep: 0 },
        Action::Truncate { keep: 5 },
        Action::Oversize { extra: 1 },
        Action::Drop,
    ]
}

#[test]
fn every_message_of_the_plan() {
    let terms = terms(Learns::Receiver, 1);
    for (message, direction, nth) in [("greet", Out, 0), ("answer", In, 0), ("reveal", Out, 1)] {
        let expected = [4101, 4101, 4102, TOO_LONG, TIMEOUT];
        for (action, expected) in actions().into_iter().zip(expected) {
            let (receiver, mut sender) = impatient();
            let mut receiver = Tamper::new(receiver).rule(direction, nth, action.clone());
            let settings = Settings::default();
            let results = std::thread::scope(|scope| {
                let terms = &terms;
                let sending = scope
                    .spawn(move || agree_sender(&mut sender, 10, &Ecdh, terms, &settings, &mut rng(1)).err());
                let plan = agree_receiver(&mut receiver, &[5], &Ecdh, terms, &settings, &mut rng(2));
                drop(receiver);
                (plan.err(), sending.join().unwrap())
            });
            let found = noticed(direction, results);
            // A lost greeting leaves both waiting; who gives up first closes on the other.
            let lost = expected == TIMEOUT && [CLOSED, TIMEOUT].contains(&found);
            assert!(found == expected || lost, "{message} {action:?}: {found}");
        }
    }
}

/// Alters one byte range of a message of the plan.
fn altered(direction: Direction, nth: u64, at: usize, bytes: &'static [u8]) -> (u16, u16) {
    let terms = terms(Learns::Receiver, 1);
    let (receiver, sender) = impatient();
    struct Put<C>(C, Direction, u64, usize, &'static [u8], u64);
    impl<C: Channel> Channel for Put<C> {
        fn peer(&self) -> &PartyId {
            self.0.peer()
        }
        fn send(&mut self, mut frame: Vec<u8>) -> Result<(), NetError> {
            if self.1 == Out && self.5 == self.2 {
                frame[self.3..self.3 + self.4.len()].copy_from_slice(self.4);
            }
            self.5 += u64::from(self.1 == Out);
            self.0.send(frame)
        }
        fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
            let mut frame = self.0.recv(max)?;
            if self.1 == In && self.5 == self.2 {
                frame[self.3..self.3 + self.4.len()].copy_from_slice(self.4);
            }
            self.5 += u64::from(self.1 == In);
            Ok(frame)
        }
        fn phase(&mut self, _: &'static str) {}
        fn meter(&self) -> yinshu_net::Meter {
            self.0.meter()
        }
        fn close(&mut self) -> Result<(), NetError> {
            self.0.close()
        }
    }
    let (mut receiver, mut sender) = (Put(receiver, direction, nth, at, bytes, 0), sender);
    let settings = Settings::default();
    std::thread::scope(|scope| {
        let terms = &terms;
        let sending =
            scope.spawn(move || agree_sender(&mut sender, 10, &Ecdh, terms, &settings, &mut rng(1)).err());
        let plan = agree_receiver(&mut receiver, &[5], &Ecdh, terms, &settings, &mut rng(2)).err();
        drop(receiver);
        let code = |error: Option<PsiError>| error.map_or(0, |error| code(&error));
        (code(plan), code(sending.join().unwrap()))
    })
}

#[test]
fn contents_of_the_plan() {
    assert_eq!(altered(Out, 0, 1, &[9]), (4010, 4103), "version");
    assert_eq!(altered(Out, 0, 2, &[9; 4]), (4010, 4104), "terms");
    assert_eq!(altered(Out, 0, 34, &[9; 4]).1, 4090, "commitment");
    assert_eq!(altered(Out, 0, 78, &[0xff; 8]), (4010, 4106), "count");
    assert_eq!(altered(In, 0, 1, &[9]), (4103, 4010), "version");
    assert_eq!(altered(In, 0, 2, &[9; 4]), (4104, 4010), "terms");
    assert_eq!(altered(In, 0, 78, &[0xff; 8]), (4106, 4010), "count");
    assert_eq!(altered(Out, 1, 1, &[9; 4]).1, 4090, "contribution");
    // No memory at all: the sets cannot be divided.
    assert_eq!(altered(In, 0, 66, &[0; 8]), (4084, 4010), "memory");
}

#[test]
fn every_message_beside_the_partitions() {
    let terms = terms(Learns::Receiver, 1);
    let (x, y) = (entries(0, 0..60), entries(0, 30..90));
    let plan = agree((&x, &y), (&terms, &terms), &Clear, room(80, 1, &Clear)).0.unwrap();
    // Frames of the receiver: ready, for each partition two of `Clear`, end; and as many come in and more.
    let (end_out, end_in) = (1 + 2 * u64::from(plan.partitions), 1 + 3 * u64::from(plan.partitions));
    for (message, direction, nth, expected) in [
        ("ready", Out, 0, [4101, 4101, 4102, TOO_LONG, TIMEOUT]),
        ("ready", In, 0, [4101, 4101, 4102, TOO_LONG, 4101]),
        ("end", Out, end_out, [4101, 4101, 4102, TOO_LONG, TIMEOUT]),
        ("end", In, end_in, [4101, 4101, 4102, TOO_LONG, TIMEOUT]),
    ] {
        for (action, expected) in actions().into_iter().zip(expected) {
            let disk = Disk::new();
            let spill_x = disk.spill(&plan, Role::Receiver, &x).unwrap();
            let spill_y = disk.spill(&plan, Role::Sender, &y).unwrap();
            let (receiver, sender) = impatient();
            let tamper = Tamper::new(receiver).rule(direction, nth, action.clone());
            let (received, sent) =
                run_over((vec![tamper], vec![sender]), (&spill_x, &spill_y), &Clear, &terms, 3);
            let found = noticed(direction, (received.err(), sent.err()));
            let lost = action == Action::Drop && [CLOSED, TIMEOUT].contains(&found);
            assert!(found == expected || lost, "{message} {direction:?} {action:?}: {found}");
        }
    }
}

#[test]
fn other_channels_than_agreed() {
    let terms = terms(Learns::Receiver, 1);
    let (x, y) = (entries(0, 0..60), entries(0, 30..90));
    let plan = agree((&x, &y), (&terms, &terms), &Clear, room(60, 2, &Clear)).0.unwrap();
    let run = |ends: (Vec<MemoryChannel>, Vec<MemoryChannel>)| {
        let disk = Disk::new();
        let spill_x = disk.spill(&plan, Role::Receiver, &x).unwrap();
        let spill_y = disk.spill(&plan, Role::Sender, &y).unwrap();
        run_over(ends, (&spill_x, &spill_y), &Clear, &terms, 3)
    };
    let (receivers, mut senders) = channels(2);
    let extra = senders.pop().unwrap();
    let (received, sent) = run((receivers, senders));
    assert_eq!((received.unwrap_err().code(), sent.unwrap_err().code()), (4010, 4093));
    drop(extra);
    // Two channels crossed: the second partition's terms meet the first's.
    let (receivers, senders) = channels(3);
    let (mut receivers, mut senders) = (receivers, senders);
    receivers.swap(1, 2);
    let (received, sent) = run((receivers, std::mem::take(&mut senders)));
    assert!([4104, 4010, 4001].contains(&received.unwrap_err().code()));
    assert!([4104, 4010, 4001].contains(&sent.unwrap_err().code()));
}

/// One altered message of one of three channels ends all of them on both sides, long before the partitions are done.
#[test]
fn one_of_several_channels() {
    let terms = terms(Learns::Both, 1);
    let (x, y) = (entries(0, 0..400), entries(0, 100..600));
    let plan = agree((&x, &y), (&terms, &terms), &Clear, room(60, 3, &Clear)).0.unwrap();
    assert!(plan.partitions >= 12, "{}", plan.partitions);
    let patient = |(a, b): (MemoryChannel, MemoryChannel)| {
        // Longer than the test may take: nobody may wait for a time-out but over the channel that lost a message.
        let patience = Duration::from_secs(600);
        (a.with_patience(patience), b.with_patience(patience))
    };
    // Of each partition the receiver sends two frames and gets three: the digest of the terms first.
    for (at, direction, nth) in [(1, Out, 0), (2, In, 0), (1, In, 3), (2, Out, 2), (0, Out, 3)] {
        for action in [Action::Flip { bit: 1 }, Action::Truncate { keep: 5 }, Action::Oversize { extra: 40 }]
        {
            let disk = Disk::new();
            let spill_x = disk.spill(&plan, Role::Receiver, &x).unwrap();
            let spill_y = disk.spill(&plan, Role::Sender, &y).unwrap();
            let (receivers, senders): (Vec<_>, Vec<_>) = (0..3).map(|_| patient(pair())).unzip();
            let tamper = |(number, channel)| match number == at {
                true => Tamper::new(channel).rule(direction, nth, action.clone()),
                false => Tamper::new(channel),
            };
            let receivers = (0..).zip(receivers).map(tamper).collect();
            let (received, sent) = run_over((receivers, senders), (&spill_x, &spill_y), &Clear, &terms, 3);
            let (received, sent) = (received.unwrap_err(), sent.unwrap_err());
            let (victim, other, peer) =
                if direction == Out { (sent, received, RECEIVER) } else { (received, sent, SENDER) };
            let about = format!("{direction:?} {nth} of channel {at}, {action:?}: {victim}; {other}");
            assert!([4104, TOO_LONG].contains(&code(&victim)), "{about}");
            assert_eq!(victim.fault(), Fault::Peer(PartyId::new(peer).unwrap()), "{about}");
            // The other side is told why, or finds the channel closed by who could not read on.
            let told = matches!(other, PsiError::Refused { .. });
            assert!(told || code(&other) == CLOSED, "{about}");
            let complete = [&spill_x, &spill_y].map(|spill| {
                let kept = Checkpoint::read(spill).unwrap().expect("it began");
                kept.parts.iter().flatten().count() as u32
            });
            assert!(complete.iter().all(|&complete| complete < plan.partitions), "{about}: {complete:?}");
        }
    }
}

#[test]
fn a_message_lost_over_one_channel_ends_all_in_time() {
    let terms = terms(Learns::Receiver, 1);
    let (x, y) = (entries(0, 0..400), entries(0, 100..600));
    let plan = agree((&x, &y), (&terms, &terms), &Clear, room(60, 3, &Clear)).0.unwrap();
    for (at, direction, nth) in [(0, Out, 1), (1, In, 0), (2, Out, 0)] {
        let disk = Disk::new();
        let spill_x = disk.spill(&plan, Role::Receiver, &x).unwrap();
        let spill_y = disk.spill(&plan, Role::Sender, &y).unwrap();
        let (receivers, senders): (Vec<_>, Vec<_>) = (0..3).map(|_| impatient()).unzip();
        let tamper = |(number, channel)| match number == at {
            true => Tamper::new(channel).rule(direction, nth, Action::Drop),
            false => Tamper::new(channel),
        };
        let receivers = (0..).zip(receivers).map(tamper).collect();
        let begun = std::time::Instant::now();
        let (received, sent) = run_over((receivers, senders), (&spill_x, &spill_y), &Clear, &terms, 3);
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
        let codes = [received.unwrap_err(), sent.unwrap_err()].map(|error| code(&error));
        // Who gives up first tells the other, over that channel or as it closes it; what comes in the place of a lost
        // message is none either.
        let expected = if direction == Out { TIMEOUT } else { TOO_LONG };
        assert!(codes.contains(&expected), "{codes:?}");
        assert!(codes.iter().all(|code| [expected, CLOSED, 4010].contains(code)), "{codes:?}");
    }
}

#[test]
fn quotas_hold_for_the_padding_too() {
    let limited = |max| {
        let mut terms = terms(Learns::Receiver, 1);
        terms.sections[0].max = max;
        terms
    };
    let (x, y) = (entries(0, 0..1_000), entries(0, 0..1_000));
    let settings = room(300, 1, &Clear);
    let (tight, open) = (limited(1_000), limited(1 << 20));
    let plan = agree((&x, &y), (&open, &open), &Clear, settings).0.unwrap();
    let askable = plan.askable(&Clear)[0];
    assert!(askable > 1_000);
    let (own, _) = agree((&x, &y), (&tight, &open), &Clear, settings);
    let section = "s0".to_string();
    assert_eq!(own.unwrap_err(), PsiError::OwnQuota { section, max: 1_000, found: askable });
    let (_, theirs) = agree((&x, &y), (&open, &tight), &Clear, settings);
    assert_eq!(theirs.unwrap_err().code(), 4105);
    // What cannot be divided.
    let none = Settings { memory: 0, workers: 1 };
    let (x, y) = (entries(0, 0..5_000), entries(0, 0..5_000));
    let (one, other) = agree((&x, &y), (&open, &open), &Clear, none);
    assert_eq!((one.unwrap_err().code(), other.unwrap_err().code()), (4084, 4010));
}

//! Killed at every frame on either side, and resumed.

use super::*;
use yinshu_net::testkit::Direction::{Received as In, Sent as Out};
use yinshu_net::testkit::{Action, Recorder, Tamper};
use yinshu_net::{Meter, NetError};

/// A channel that dies before its frame number `frames`, counting both directions.
pub(crate) struct Mortal {
    inner: Option<MemoryChannel>,
    peer: PartyId,
    frames: u64,
}

impl Mortal {
    pub(crate) fn new(inner: MemoryChannel, frames: u64) -> Self {
        Self { peer: inner.peer().clone(), inner: Some(inner), frames }
    }

    fn alive(&mut self) -> Result<&mut MemoryChannel, NetError> {
        match self.frames.checked_sub(1) {
            Some(left) => self.frames = left,
            None => self.inner = None,
        }
        self.inner.as_mut().ok_or(NetError::Closed { peer: self.peer.clone() })
    }
}

impl Channel for Mortal {
    fn peer(&self) -> &PartyId {
        &self.peer
    }
    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        self.alive()?.send(frame)
    }
    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        self.alive()?.recv(max)
    }
    fn phase(&mut self, _: &'static str) {}
    fn meter(&self) -> Meter {
        Meter::default()
    }
    fn close(&mut self) -> Result<(), NetError> {
        self.alive()?.close()
    }
}

fn prepare(
    x: &[Entry],
    y: &[Entry],
    terms: &Terms,
    settings: Settings,
    matcher: &impl Matcher,
) -> (Disk, Plan) {
    let plan = agree((x, y), (terms, terms), matcher, settings).0.unwrap();
    let disk = Disk::new();
    disk.spill(&plan, Role::Receiver, x).unwrap();
    disk.spill(&plan, Role::Sender, y).unwrap();
    (disk, plan)
}

/// Runs with one side dying at a frame, then resumes until it is done; says whether the first run failed.
fn killed(victim: Role, frames: u64, workers: u32) -> bool {
    let (x, y) = (entries(0, 0..400), entries(0, 100..600));
    let terms = terms(Learns::Both, 1);
    let (disk, plan) = prepare(&x, &y, &terms, room(110, workers, &Clear), &Clear);
    assert!(plan.partitions >= 6);
    let spills = || (disk.open(Role::Receiver), disk.open(Role::Sender));
    let (spill_x, spill_y) = spills();
    let (receivers, senders) = channels(workers);
    let mortal = |channels: Vec<MemoryChannel>, role| {
        let frames = |at| if role == victim && at == 0 { frames } else { u64::MAX };
        channels
            .into_iter()
            .zip(0..)
            .map(|(channel, at)| Mortal::new(channel, frames(at)))
            .collect::<Vec<_>>()
    };
    let ends = (mortal(receivers, Role::Receiver), mortal(senders, Role::Sender));
    let (received, sent) = run_over(ends, (&spill_x, &spill_y), &Clear, &terms, 50);
    let failed = received.is_err() || sent.is_err();
    drop((spill_x, spill_y));
    // Each opens its folder anew, as a new process does.
    let (spill_x, spill_y) = spills();
    let done = |spill: &Spill| {
        let kept = Checkpoint::read(spill).unwrap();
        kept.map_or(vec![false; plan.partitions as usize], |kept| {
            kept.parts.iter().map(Option::is_some).collect()
        })
    };
    let both = done(&spill_x).iter().zip(done(&spill_y)).filter(|(x, y)| **x && *y).count() as u32;
    let (received, sent, asked) = std::thread::scope(|scope| {
        let (mut receivers, mut senders) = channels(workers);
        let (terms, spill_y) = (&terms, &spill_y);
        let sending = scope.spawn(move || {
            let mut asked = 0;
            let mut hear = |opening: &Opening| {
                asked = opening.partitions;
                Ok(())
            };
            let sent =
                send(&mut senders, spill_y, &Clear, terms, &mut rng(60), &mut hear, &mut |_| {}).unwrap();
            (positions(sent.matched.unwrap()).unwrap(), asked)
        });
        let received = receive(&mut receivers, &spill_x, &Clear, terms, &mut rng(61), &mut |_| {}).unwrap();
        let received = positions(received.matched).unwrap();
        let (sent, asked) = sending.join().unwrap();
        (received, sent, asked)
    });
    assert_eq!((received, Some(sent)), oracle(&x, &y, &terms), "{victim:?} killed at frame {frames}");
    assert_eq!(asked, plan.partitions - both, "only what either side lacks is repeated");
    failed
}

#[test]
fn at_every_frame_of_either_side() {
    for victim in [Role::Receiver, Role::Sender] {
        let mut frames = 0;
        while killed(victim, frames, 1) {
            frames += 1;
        }
        println!("{victim:?}: {frames} frames");
        assert!(frames > 30);
    }
}

#[test]
fn with_two_workers() {
    for victim in [Role::Receiver, Role::Sender] {
        let failures = (0..24).filter(|&frames| killed(victim, frames, 2)).count();
        assert!(failures > 10);
    }
}

#[test]
fn a_resumed_run_blinds_anew_and_takes_no_old_frames() {
    let (x, y) = (entries(0, 0..60), entries(0, 30..90));
    let terms = terms(Learns::Receiver, 1);
    let (disk, _) = prepare(&x, &y, &terms, room(50, 1, &Ecdh), &Ecdh);
    let (spill_x, spill_y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let attempt = |seed, kill: Option<u64>| {
        let (receiver, sender) = pair();
        let mut recorder = Recorder::new(receiver);
        let rule = |tamper: Tamper<MemoryChannel>| match kill {
            Some(nth) => tamper.rule(In, nth, Action::Drop),
            None => tamper,
        };
        let sender = rule(Tamper::new(sender.with_patience(Duration::from_millis(300))));
        let ends = (vec![&mut recorder], vec![sender]);
        let learnt = run_over(ends, (&spill_x, &spill_y), &Ecdh, &terms, seed);
        let steps = recorder.into_transcript().steps;
        let sent: Vec<_> =
            steps.into_iter().filter(|step| step.direction == Out).map(|step| step.frame).collect();
        (learnt, sent)
    };
    // The first partition's blinded points are lost on their way: that partition is repeated.
    let ((received, _), first) = attempt(1, Some(2));
    received.unwrap_err();
    let ((received, sent), second) = attempt(100, None);
    sent.unwrap();
    assert_eq!(received.unwrap(), oracle(&x, &y, &terms).0);
    let points = |frames: &[Vec<u8>]| frames.iter().find(|frame| frame[0] == 2).unwrap().clone();
    let (first_points, second_points) = (points(&first), points(&second));
    assert_eq!(first_points.len(), second_points.len());
    let shared =
        second_points[1..].chunks(32).filter(|p| first_points[1..].chunks(32).any(|q| q == *p)).count();
    assert_eq!(shared, 0, "no point travels twice");
    let open = |frames: &[Vec<u8>]| frames.iter().find(|frame| frame[0] == 1).unwrap().clone();
    assert_ne!(open(&first)[2..34], open(&second)[2..34], "the terms of a partition are new in each attempt");
}

#[test]
fn another_peer_set_or_terms_is_refused() {
    let (x, y) = (entries(0, 0..60), entries(0, 30..90));
    let agreed = terms(Learns::Receiver, 1);
    let (disk, plan) = prepare(&x, &y, &agreed, room(50, 1, &Clear), &Clear);
    let (spill_x, spill_y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let run = |ends: (Vec<MemoryChannel>, Vec<MemoryChannel>), spill_y: &Spill, terms: &Terms| {
        run_over(ends, (&spill_x, spill_y), &Clear, terms, 9)
    };
    run(channels(1), &spill_y, &agreed).0.unwrap();
    let named = |receiver: &str, sender: &str| {
        let (r, s) = memory::pair(PartyId::new(receiver).unwrap(), PartyId::new(sender).unwrap());
        (vec![r], vec![s])
    };
    let (received, sent) = run(named(RECEIVER, "other"), &spill_y, &agreed);
    assert_eq!(received.unwrap_err(), PsiError::ResumeDiffers { what: "the peer" });
    assert_eq!(sent.unwrap_err().code(), 4010, "the sender is told");
    let other = terms(Learns::Both, 1);
    let (received, sent) = run(channels(1), &spill_y, &other);
    assert_eq!((received.unwrap_err().code(), sent.unwrap_err().code()), (4082, 4082));
    // The sender resumes in the same session with another set.
    let elsewhere = Disk::new();
    let changed = elsewhere.spill(&plan, Role::Sender, &entries(0, 31..91)).unwrap();
    let (received, sent) = run(channels(1), &changed, &agreed);
    assert_eq!(received.unwrap_err().code(), 4092);
    assert!(matches!(sent.unwrap_err(), PsiError::Refused { .. } | PsiError::Channel { .. }));
    // Another session.
    let (again, _) =
        prepare(&x, &y, &Terms { context: Digest::ZERO, ..agreed.clone() }, room(50, 1, &Clear), &Clear);
    let stranger = again.open(Role::Sender);
    let received = run(channels(1), &stranger, &agreed).0;
    assert_eq!(received.unwrap_err().code(), 4010);
    // Everything is still there, without a peer.
    let kept = Matches::kept(&spill_x).unwrap().unwrap();
    assert_eq!(positions(kept).unwrap(), oracle(&x, &y, &agreed).0);
}

#[test]
fn what_is_nobodys_doing_is_resumed() {
    use crate::error::{Misstep, Refusal};
    let peer = || PartyId::new("peer").unwrap();
    let channel = |cause| PsiError::Channel { cause };
    let refused = |reason| PsiError::Refused { peer: peer(), reason };
    let aborted = NetError::Refused { peer: peer(), code: 1063, reason: "a full disk".into() };
    for error in [
        channel(NetError::SessionLost { peer: peer() }),
        channel(NetError::Closed { peer: peer() }),
        channel(NetError::Timeout { peer: peer(), seconds: 1 }),
        channel(aborted),
        refused(Refusal::Failed),
        refused(Refusal::Stopped),
        refused(Refusal::Unknown),
        PsiError::Storage { what: "writing", path: "spill".into(), detail: "full".into() },
        PsiError::Unrecorded { detail: "full".into() },
    ] {
        assert!(resumable(&error), "{error}");
    }
    for error in [
        Misstep::SetChanged.by(&peer()),
        refused(Refusal::StateDiffers),
        refused(Refusal::Malformed),
        PsiError::Overfull { partition: 0, max: 1 },
        PsiError::Damaged { path: "spill".into(), check: "MAC" },
        channel(NetError::FrameTooLong { peer: peer(), len: 2, max: 1 }),
    ] {
        assert!(!resumable(&error), "{error}");
    }
}

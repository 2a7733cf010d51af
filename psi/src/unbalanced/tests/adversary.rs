//! Every message altered in every way: what is noticed and by whom.

use super::*;
use Action::{Drop, Duplicate, Flip, Oversize, Reorder, Truncate};
use yinshu_net::testkit::Direction::{Received as In, Sent as Out};
use yinshu_net::testkit::{Action, Direction, Recorder, Step, Tamper};

/// What the party that gets the altered message makes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Notice {
    /// An error of this code that names the peer.
    Code(u16),
    /// The frame is longer than any that could be due.
    TooLong,
    /// The channel ends or times out.
    Network,
    /// Nothing: the message was the last of its direction and had already done its work.
    Nothing,
}
use Notice::{Code, Network, Nothing, TooLong};

/// The seven ways: a bit of the kind, empty, cut, longer, dropped, twice, after the next.
fn actions() -> [Action; 7] {
    let (empty, short, long) = (Truncate { keep: 0 }, Truncate { keep: 1 }, Oversize { extra: 1 });
    [Flip { bit: 4 }, empty, short, long, Drop, Duplicate, Reorder]
}

fn patience(expected: Notice) -> Duration {
    // Where a time-out is due there is no use in being patient.
    if expected == Network { Duration::from_millis(400) } else { memory::PATIENCE }
}

fn judge(what: &str, expected: Notice, victim: Option<PsiError>, liar: &str) {
    match (expected, victim) {
        (Code(code), Some(error)) => {
            assert_eq!(error.code(), code, "{what}: {error}");
            assert_eq!(error.fault(), Fault::Peer(liar.parse().unwrap()), "{what}: {error}");
        }
        (TooLong, Some(PsiError::Channel { cause })) => assert_eq!(cause.code(), 3002, "{what}: {cause}"),
        (Network, Some(error)) => assert_eq!(error.fault(), Fault::Network, "{what}: {error}"),
        (Nothing, None) => {}
        (expected, victim) => panic!("{what}: {expected:?} expected, {victim:?} found"),
    }
}

struct Stage {
    encoding: Encoding,
    _folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { encoding: create_labelled(folder.path(), 0..40), _folder: folder }
    }

    fn run(&self, direction: Direction, nth: u64, action: Action, expected: Notice) -> Outcome {
        let (asker, holder) = patient(patience(expected));
        let channels = (Tamper::new(asker).rule(direction, nth, action), holder);
        let x = entries(0, [3, 5, 99]);
        let find = query(Where::Buckets { least: 2 }, true);
        run_over(channels, &x, (&self.encoding, &terms(1)), &terms(1), &find)
    }

    fn copy(
        &self,
        folder: &Path,
        direction: Direction,
        nth: u64,
        action: Action,
        expected: Notice,
    ) -> Fetched {
        let (asker, holder) = patient(patience(expected));
        let channels = (Tamper::new(asker).rule(direction, nth, action), holder);
        copy_over(channels, &self.encoding, folder, (&terms(1), &terms(1)), None)
    }
}

#[test]
fn every_online_message_altered_in_every_way() {
    let stage = Stage::new();
    let undisturbed = stage.run(Out, 99, Drop, Nothing);
    assert_eq!(undisturbed.asked.unwrap().matched, [true, true, false]);
    let w = Code(4101);
    let l = Code(4102);
    let table = [
        // message, direction, nth, then: flip, empty, short, long; drop, duplicate, reorder
        ("open", Out, 0, [w, w, l, l, w, w, w]),
        ("blinded", Out, 1, [w, w, l, TooLong, Network, TooLong, Network]),
        ("state", In, 0, [w, w, l, TooLong, TooLong, w, TooLong]),
        ("evaluated", In, 1, [w, w, l, l, Network, TooLong, Network]),
        ("buckets", Out, 2, [w, w, l, TooLong, TooLong, w, TooLong]),
        ("numbers", Out, 3, [w, w, l, TooLong, Network, Nothing, Network]),
        ("sizes", In, 2, [w, w, l, TooLong, TooLong, w, TooLong]),
        ("rows", In, 3, [w, w, l, TooLong, Network, Nothing, Network]),
    ];
    for (message, direction, nth, expected) in table {
        for (action, expected) in actions().into_iter().zip(expected) {
            let what = format!("{message}: {action:?}");
            let outcome = stage.run(direction, nth, action, expected);
            let (asked, answered) = (outcome.asked.map(|_| ()), outcome.answered.map(|_| ()));
            // What goes out of the asker is altered for the holder, and the other way about.
            match direction {
                Out => judge(&what, expected, answered.err(), ASKER),
                In => judge(&what, expected, asked.err(), HOLDER),
            }
        }
    }
}

#[test]
fn every_copying_message_altered_in_every_way() {
    let stage = Stage::new();
    let (w, l) = (Code(4101), Code(4102));
    let table = [
        ("fetch", Out, 0, [w, w, l, TooLong, Network, Nothing, Network]),
        ("offer", In, 0, [w, w, l, TooLong, TooLong, w, TooLong]),
        ("packed", In, 1, [w, w, Code(4168), l, Network, Nothing, Network]),
    ];
    for (message, direction, nth, expected) in table {
        for (action, expected) in actions().into_iter().zip(expected) {
            let what = format!("{message}: {action:?}");
            let folder = tempfile::tempdir().unwrap();
            let (fetched, offered, ..) = stage.copy(folder.path(), direction, nth, action, expected);
            let (asker, holder) = (fetched.map(|_| ()), offered.map(|_| ()));
            let broken = asker.is_err();
            match direction {
                Out => judge(&what, expected, holder.err(), ASKER),
                In => judge(&what, expected, asker.err(), HOLDER),
            }
            assert_eq!(Copy::open(folder.path()).is_err(), broken, "{what}: a copy is whole or not there");
        }
    }
}

/// The frames of an undisturbed run as the asker sees them: sent, received.
fn frames(stage: &Stage) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (asker, holder) = pair();
    let mut recorder = Recorder::new(asker);
    let find = query(Where::Buckets { least: 2 }, true);
    let x = entries(0, [3, 5, 99]);
    run_over((&mut recorder, holder), &x, (&stage.encoding, &terms(1)), &terms(1), &find).asked.unwrap();
    split(&recorder.into_transcript().steps)
}

fn split(steps: &[Step]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let of = |direction| steps.iter().filter(|s| s.direction == direction).map(|s| s.frame.clone()).collect();
    (of(Out), of(In))
}

/// The code of the victim's error when `alter` was done to a frame; 0 for none.
fn altered(stage: &Stage, direction: Direction, nth: usize, alter: impl FnOnce(&mut Vec<u8>)) -> u16 {
    let (sent, received) = frames(stage);
    let mut frame = if direction == Out { sent } else { received }.swap_remove(nth);
    alter(&mut frame);
    let outcome = stage.run(direction, nth as u64, Action::Replace { frame }, Code(0));
    let (asked, answered) = (outcome.asked.map(|_| ()), outcome.answered.map(|_| ()));
    let (victim, liar, other) =
        if direction == Out { (answered, ASKER, asked) } else { (asked, HOLDER, answered) };
    let Err(error) = victim else { return 0 };
    assert_eq!(error.fault(), Fault::Peer(liar.parse().unwrap()), "{error}");
    if let Err(other) = other {
        assert_eq!(other.code(), 4010, "the liar is told: {other}");
    }
    error.code()
}

fn put(at: usize, bytes: impl AsRef<[u8]>) -> impl FnOnce(&mut Vec<u8>) {
    move |frame| frame[at..at + bytes.as_ref().len()].copy_from_slice(bytes.as_ref())
}

#[test]
fn openings_that_cannot_be() {
    let stage = Stage::new();
    assert_eq!(altered(&stage, Out, 0, put(1, [9])), 4103);
    assert_eq!(altered(&stage, Out, 0, put(2, [0; 32])), 4104);
    assert_eq!(altered(&stage, Out, 0, put(66, [4])), 4166);
    assert_eq!(altered(&stage, Out, 0, put(67, u64::MAX.to_le_bytes())), 4105);
    assert_eq!(altered(&stage, Out, 0, put(67, ((1u64 << 20) + 1).to_le_bytes())), 4105);
}

#[test]
fn states_that_cannot_be() {
    let stage = Stage::new();
    // Epoch, version, entries, length of payloads, public key.
    assert_eq!(altered(&stage, In, 0, put(1, [0; 8])), 4166);
    assert_eq!(altered(&stage, In, 0, put(9, [0; 8])), 4166);
    assert_eq!(altered(&stage, In, 0, put(17, u64::MAX.to_le_bytes())), 4106);
    assert_eq!(altered(&stage, In, 0, put(25, [7, 0, 0, 0])), 4166);
    assert_eq!(altered(&stage, In, 0, put(25, u32::MAX.to_le_bytes())), 4166);
    assert_eq!(altered(&stage, In, 0, put(29, [0; 32])), 4166);
    assert_eq!(altered(&stage, In, 0, put(29, [0xff; 32])), 4166);
    // Another key: the proof does not hold for it.
    let other = yinshu_crypto::group::Element::generator().encode();
    assert_eq!(altered(&stage, In, 0, put(29, other)), 4161);
}

#[test]
fn points_that_are_none_and_proofs_that_do_not_hold() {
    let stage = Stage::new();
    let other = yinshu_crypto::group::Element::generator().encode();
    for bad in [[0; 32], [0xff; 32]] {
        assert_eq!(altered(&stage, Out, 1, put(33, bad)), 4107);
        assert_eq!(altered(&stage, In, 1, put(33, bad)), 4107);
    }
    // A valid point in place of another, in either direction, and any bit of the proof.
    assert_eq!(altered(&stage, In, 1, put(33, other)), 4161);
    for at in [97, 100, 128, 129, 160] {
        assert_eq!(altered(&stage, In, 1, |frame| frame[at] ^= 1), 4161, "byte {at} of the proof");
    }
    assert_eq!(altered(&stage, In, 1, |frame| frame[1..65].rotate_left(32)), 4161);
    // The holder cannot tell one point from another: the asker notices, since the proof is of the other one.
    let (sent, _) = frames(&stage);
    let mut frame = sent[1].clone();
    put(33, other)(&mut frame);
    let outcome = stage.run(Out, 1, Action::Replace { frame }, Code(0));
    assert_eq!(outcome.asked.unwrap_err().code(), 4161);
}

#[test]
fn buckets_that_cannot_be() {
    let stage = Stage::new();
    // 40 entries in buckets of at least 4 on average: 3 bits, 3 buckets.
    assert_eq!(frames(&stage).0[2], [5, 3, 3, 0, 0, 0]);
    assert_eq!(altered(&stage, Out, 2, put(1, [33])), 4166);
    assert_eq!(altered(&stage, Out, 2, put(2, [4])), 4163);
    assert_eq!(altered(&stage, Out, 2, put(2, u32::MAX.to_le_bytes())), 4163);
    assert_eq!(altered(&stage, Out, 2, put(1, [1])), 4163, "one bit has two buckets");
    assert_eq!(altered(&stage, Out, 3, put(9, 8u32.to_le_bytes())), 4164);
    assert_eq!(altered(&stage, Out, 3, |frame| frame.copy_within(1..5, 5)), 4164);
    assert_eq!(altered(&stage, In, 2, put(1, 41u32.to_le_bytes())), 4165);
    assert_eq!(altered(&stage, In, 2, put(1, u32::MAX.to_le_bytes())), 4165);
    // Another size than there are entries: the length of what follows gives it away.
    assert_eq!(altered(&stage, In, 2, |frame| frame[1] -= 1), 4001);
}

#[test]
fn payloads_that_do_not_open() {
    let stage = Stage::new();
    assert_eq!(altered(&stage, In, 3, |_| ()), 0);
    // Every payload is altered: those of the own entries among them.
    let division = bucket::Division::choose(3, 40, 2);
    let stride = division.part_bytes() + label::sealed_bytes(24);
    let spoil = |frame: &mut Vec<u8>| {
        frame[1..].chunks_exact_mut(stride).for_each(|row| row[stride - 1] ^= 1);
    };
    let (_, received) = frames(&stage);
    let mut frame = received[3].clone();
    spoil(&mut frame);
    let honest = stage.run(Out, 99, Drop, Nothing);
    let cheated = stage.run(In, 3, Action::Replace { frame }, Nothing);
    let asked = cheated.asked.unwrap();
    assert_eq!((asked.matched, asked.unreadable), (vec![true, true, false], vec![0, 1]));
    assert_eq!(asked.payloads, Some(vec![None; 3]));
    assert_eq!(honest.asked.unwrap().unreadable, [0; 0]);
    // The holder cannot tell whether what it spoiled was looked at.
    assert!(cheated.answered.is_ok());
    assert_eq!(cheated.holder.total, honest.holder.total);
}

/// A copy that its holder spoiled tells the holder nothing either.
#[test]
fn payloads_of_a_copy_that_do_not_open() {
    let (stage, folder) = (Stage::new(), tempfile::tempdir().unwrap());
    let (asker, holder) = pair();
    let mut recorder = Recorder::new(asker);
    copy_over((&mut recorder, holder), &stage.encoding, folder.path(), (&terms(1), &terms(1)), None)
        .0
        .unwrap();
    let (_, received) = split(&recorder.into_transcript().steps);
    let mut frame = received[1].clone();
    let labels = frame.len() - 40 * label::sealed_bytes(24);
    frame[labels..].iter_mut().for_each(|byte| *byte ^= 1);
    let folder = tempfile::tempdir().unwrap();
    let (copy, _) = stage.copy(folder.path(), In, 1, Action::Replace { frame }, Nothing).0.unwrap();
    let (x, find) = (entries(0, [3, 99, 3]), query(Where::Copy(&copy), true));
    let outcome = run_over(pair(), &x, (&stage.encoding, &terms(1)), &terms(1), &find);
    let asked = outcome.asked.unwrap();
    assert_eq!((asked.matched, asked.unreadable), (vec![true, false, true], vec![0, 2]));
    assert!(outcome.answered.is_ok());
}

#[test]
fn offers_that_cannot_be() {
    let stage = Stage::new();
    let (asker, holder) = pair();
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::new(asker);
    let channels = (&mut recorder, holder);
    copy_over(channels, &stage.encoding, folder.path(), (&terms(1), &terms(1)), None).0.unwrap();
    let (sent, received) = split(&recorder.into_transcript().steps);
    let with = |direction, nth: usize, alter: &dyn Fn(&mut Vec<u8>)| {
        let mut frame = if direction == Out { &sent } else { &received }[nth].clone();
        alter(&mut frame);
        let folder = tempfile::tempdir().unwrap();
        let action = Action::Replace { frame };
        let (fetched, offered, ..) = stage.copy(folder.path(), direction, nth as u64, action, Code(0));
        assert_eq!(Copy::open(folder.path()).is_err(), fetched.is_err());
        if direction == Out { offered.err() } else { fetched.err() }.map_or(0, |error| error.code())
    };
    let bytes = |at: usize, bytes: Vec<u8>| move |frame: &mut Vec<u8>| put(at, &bytes)(frame);
    assert_eq!(with(Out, 0, &bytes(1, vec![9])), 4103);
    assert_eq!(with(Out, 0, &bytes(2, vec![1; 32])), 4104);
    assert_eq!(with(Out, 0, &bytes(58, vec![16])), 4166);
    assert_eq!(with(In, 0, &bytes(1, vec![0; 8])), 4166);
    assert_eq!(with(In, 0, &bytes(17, vec![0xff; 8])), 4106);
    assert_eq!(with(In, 0, &bytes(29, vec![0; 32])), 4166);
    // What it continues, how many rows, how wide.
    for (at, value) in
        [(125, vec![1]), (133, vec![41]), (133, vec![39]), (133, vec![0xff; 8]), (141, vec![0])]
    {
        assert_eq!(with(In, 0, &bytes(at, value.clone())), 4166, "{at} {value:?}");
    }
    for width in [7, 16, 255] {
        assert_eq!(with(In, 0, &bytes(141, vec![width])), 4166);
    }
    // Deletions in a whole: fewer entries than were stated.
    let heads_gone = |frame: &mut Vec<u8>| {
        let frames = copying::Frames::new(9, 40, label::sealed_bytes(24));
        let mut package = copying::PackedPackage::decode(frame, &frames, 40, None, 0).unwrap();
        package.heads[7][15] = 1;
        *frame = package.encode(&frames, None).unwrap();
    };
    assert_eq!(received[0][141], 9, "the width");
    assert_eq!(with(In, 1, &heads_gone), 4167);
    assert_eq!(with(In, 1, &|frame: &mut Vec<u8>| frame[1..].fill(0xff)), 4168);
}

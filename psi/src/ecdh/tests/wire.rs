//! The wire of version 2, byte for byte, and frames that must be refused.
//!
//! `wire-v2.txt` holds a run's frames as the receiver sees them. `wire-v2-negative.txt` holds altered frames:
//! who reads it, which of the frames it reads it replaces, the code of the refusal, and the frame.

use super::*;
use std::fmt::Write as _;
use yinshu_net::testkit::{Direction, Recorder, Replay, Step, Transcript};

const WIRE: &str = include_str!("wire-v2.txt");
const NEGATIVE: &str = include_str!("wire-v2-negative.txt");

/// Two sections, repeats on both sides, one match in each section, one padding token; both learn.
fn scene() -> (Vec<Entry>, Vec<Entry>, Terms) {
    let x = [entries(0, [1, 2, 1]), entries(1, [2, 5])].concat();
    let y = [entries(1, [5, 6, 5]), entries(0, [2, 9])].concat();
    (x, y, Terms { own_items: Some(6), ..terms(Learns::Both, 2) })
}

fn transcript() -> Transcript {
    let line = |line: &str| {
        let (direction, frame) = line.split_once(' ').unwrap();
        let direction = if direction == "sent" { Direction::Sent } else { Direction::Received };
        Step { direction, frame: hex::decode(frame).unwrap() }
    };
    Transcript { peer: PartyId::new(SENDER).unwrap(), steps: WIRE.lines().map(line).collect() }
}

/// The same run as the sender sees it.
fn mirrored(mut transcript: Transcript) -> Transcript {
    transcript.peer = PartyId::new(RECEIVER).unwrap();
    for step in &mut transcript.steps {
        step.direction = match step.direction {
            Direction::Sent => Direction::Received,
            Direction::Received => Direction::Sent,
        };
    }
    transcript
}

/// One party alone against a record; the seeds are those of `run_over`.
fn alone(party: &str, channel: &mut Replay) -> Result<(), PsiError> {
    let (x, y, terms) = scene();
    if party == RECEIVER {
        return receive(channel, &x, &terms, &mut rng(8), &mut |_| {}).map(drop);
    }
    let y = y.into_iter().map(Ok::<_, String>);
    send(channel, y, &terms, &mut rng(7), &mut |_| {}).map(drop)
}

#[test]
fn the_wire_is_what_it_was() {
    let (receiver, sender) = pair(memory::PATIENCE);
    let (x, y, terms) = scene();
    let mut recorder = Recorder::new(receiver);
    run_over(&mut recorder, sender, (&x, &terms), (&y, &terms)).unwrap();
    let mut text = String::new();
    for step in recorder.into_transcript().steps {
        let direction = if step.direction == Direction::Sent { "sent" } else { "received" };
        writeln!(text, "{direction} {}", hex::encode(step.frame)).unwrap();
    }
    assert_eq!(text, WIRE, "the wire changed: raise msg::VERSION, or undo it. It is now\n{text}");
}

#[test]
fn each_party_runs_alone_against_the_record() {
    for (party, transcript) in [(RECEIVER, transcript()), (SENDER, mirrored(transcript()))] {
        let mut replay = Replay::new(transcript);
        alone(party, &mut replay).unwrap();
        replay.finish().unwrap();
    }
}

#[test]
fn negative_vectors_are_refused() {
    for line in NEGATIVE.lines().filter(|line| !line.starts_with('#')) {
        let [party, nth, code, frame] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let mut record = if party == RECEIVER { transcript() } else { mirrored(transcript()) };
        let nth: usize = nth.parse().unwrap();
        let read = record.steps.iter_mut().filter(|step| step.direction == Direction::Received).nth(nth);
        read.unwrap().frame = hex::decode(frame).unwrap();
        let error = alone(party, &mut Replay::new(record)).expect_err(line);
        assert_eq!(error.code().to_string(), code, "{line}: {error}");
    }
}

#[test]
fn decoders_take_what_encoders_give() {
    use msg::{
        CountPackage, KeysPackage, Kind, MatchesPackage, OpenPackage, TokensPackage, WhileWorking,
        WorkingPackage,
    };
    let terms = terms(Learns::Both, 3);
    let open = OpenPackage { terms: terms.digest(), commitment: Digest::sha256(b"c"), counts: vec![1, 2, 3] };
    assert_eq!(OpenPackage::decode(&open.encode(), &terms), Ok(open));
    let keys = KeysPackage { keys: vec![yinshu_crypto::group::Element::generator().encode(); 3] };
    assert_eq!(KeysPackage::decode(&keys.encode(), 3), Ok(keys));
    let positions: Vec<u64> = vec![0, 1, 127, 128, 255, 300, 20_000, 3_000_000, u64::from(u32::MAX) - 2];
    let matches = MatchesPackage { positions };
    assert_eq!(MatchesPackage::decode(&matches.encode(0), 9, 0, 0, u64::from(u32::MAX) - 1), Ok(matches));
    let count = CountPackage { count: u64::MAX };
    assert_eq!(CountPackage::decode(&count.encode(Kind::MatchCount), Kind::MatchCount), Ok(count));
    for while_working in [WhileWorking::Ready(count), WhileWorking::Working(WorkingPackage { done: 1 })] {
        assert_eq!(WhileWorking::decode(&while_working.encode()), Ok(while_working));
    }
    let tokens = TokensPackage { tokens: vec![[0; 16], token::cut([7; 16], 10)] };
    assert_eq!(TokensPackage::decode(&tokens.encode(10), 2, 10, 0, None), Ok(tokens));
}

mod random {
    use super::super::msg::*;
    use super::super::{Learns, terms};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn decoders_never_panic(kind in 0u8..11, body in proptest::collection::vec(any::<u8>(), 0..120)) {
            let frame = [vec![kind], body].concat();
            let _ = OpenPackage::decode(&frame, &terms(Learns::Both, 2));
            let _ = PointsPackage::decode(&frame, Kind::Blinded, 2);
            let _ = KeysPackage::decode(&frame, 2);
            let _ = WhileWorking::decode(&frame);
            let _ = TokensPackage::decode(&frame, 5, 10, 0, None);
            let _ = MatchesPackage::decode(&frame, 5, 0, 0, u64::from(u32::MAX) - 1);
        }
    }
}

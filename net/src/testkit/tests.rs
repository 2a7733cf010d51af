use super::*;
use crate::{Channel, MAX_FRAME, NetError, memory};
use std::time::Duration;

fn two() -> (memory::MemoryChannel, memory::MemoryChannel) {
    memory::pair("a".parse().unwrap(), "b".parse().unwrap())
}

const FRAMES: [&[u8]; 4] = [b"zero", b"one", b"two", b"three"];

/// What the other end reads when frame 1 is treated thus, on the way out and on the way in.
fn seen(action: &Action) -> Vec<Vec<u8>> {
    let by_sender = {
        let (a, mut b) = two();
        let mut a = Tamper::new(a).rule(Direction::Sent, 1, action.clone());
        FRAMES.iter().for_each(|f| a.send(f.to_vec()).unwrap());
        a.close().unwrap();
        std::iter::from_fn(|| b.recv(MAX_FRAME).ok()).collect::<Vec<_>>()
    };
    let (mut a, b) = two();
    let mut b = Tamper::new(b).rule(Direction::Received, 1, action.clone());
    FRAMES.iter().for_each(|f| a.send(f.to_vec()).unwrap());
    a.close().unwrap();
    let by_receiver: Vec<_> = std::iter::from_fn(|| b.recv(MAX_FRAME).ok()).collect();
    assert_eq!(by_sender, by_receiver);
    by_sender
}

#[test]
fn every_action_is_seen() {
    let [zero, one, two, three] = FRAMES;
    let one_long: &[u8] = b"one\0\0";
    let cases: [(Action, &[&[u8]]); 7] = [
        (Action::Flip { bit: 8 }, &[zero, b"ooe", two, three]),
        (Action::Replace { frame: b"x".to_vec() }, &[zero, b"x", two, three]),
        (Action::Drop, &[zero, two, three]),
        (Action::Duplicate, &[zero, one, one, two, three]),
        (Action::Reorder, &[zero, two, one, three]),
        (Action::Truncate { keep: 2 }, &[zero, b"on", two, three]),
        (Action::Oversize { extra: 2 }, &[zero, one_long, two, three]),
    ];
    for (action, want) in cases {
        assert_eq!(seen(&action), want, "{action:?}");
    }
}

#[test]
fn an_oversized_frame_trips_the_readers_bound() {
    let (a, mut b) = two();
    let mut a = Tamper::new(a).rule(Direction::Sent, 0, Action::Oversize { extra: usize::MAX });
    a.send(vec![1; 4]).unwrap();
    assert!(matches!(b.recv(4), Err(NetError::FrameTooLong { len: MAX_FRAME, max: 4, .. })));
    let (mut a, b) = two();
    let mut b = Tamper::new(b).rule(Direction::Received, 0, Action::Oversize { extra: 1 });
    a.send(vec![1; 4]).unwrap();
    assert!(matches!(b.recv(4), Err(NetError::FrameTooLong { len: 5, max: 4, .. })));
}

#[test]
fn a_dropped_frame_ends_in_a_timeout() {
    let (a, b) = two();
    let mut b = b.with_patience(Duration::from_millis(20));
    let mut a = Tamper::new(a).rule(Direction::Sent, 0, Action::Drop);
    a.send(vec![1]).unwrap();
    assert!(matches!(b.recv(1), Err(NetError::Timeout { .. })));
}

/// Squares what it is sent.
fn serve(channel: &mut dyn Channel) -> Result<(), NetError> {
    channel.phase("squares");
    for _ in 0..3 {
        let n = channel.recv(1)?[0];
        channel.send(vec![n * n])?;
    }
    channel.close()
}

fn record() -> (Transcript, crate::Meter) {
    let (mut a, b) = two();
    let server = std::thread::spawn(move || {
        let mut b = Recorder::new(b);
        serve(&mut b).unwrap();
        (b.meter(), b.into_transcript())
    });
    for n in [3, 5, 7] {
        a.send(vec![n]).unwrap();
        assert_eq!(a.recv(1).unwrap(), [n * n]);
    }
    let (meter, transcript) = server.join().unwrap();
    (transcript, meter)
}

#[test]
fn one_party_runs_alone_against_the_record() {
    let (transcript, meter) = record();
    assert_eq!(transcript.steps.len(), 6);
    let mut replay = Replay::new(transcript);
    serve(&mut replay).unwrap();
    assert_eq!(replay.meter(), meter);
    replay.finish().unwrap();
}

#[test]
fn a_run_that_differs_from_the_record_says_where() {
    let (mut transcript, _) = record();
    transcript.steps[3].frame[0] ^= 1;
    let e = serve(&mut Replay::new(transcript.clone())).unwrap_err();
    assert!(matches!(e, NetError::ReplayDiffers { step: 3, .. }), "{e}");
    transcript.steps[3].frame[0] ^= 1;
    transcript.steps.push(Step { direction: Direction::Sent, frame: vec![] });
    let mut replay = Replay::new(transcript);
    serve(&mut replay).unwrap();
    assert!(matches!(replay.finish(), Err(NetError::ReplayDiffers { step: 6, .. })));
}

//! Bytes and rounds, exactly.

use super::msg::{MATCHES_CHUNK, POINTS_CHUNK, TOKENS_CHUNK, WORKING_EVERY};
use super::*;

/// Bytes (receiver to sender, sender to receiver) as [`crate::ecdh`] states them, matches aside.
fn stated(n: u64, m: u64, sections: u64) -> (u64, u64) {
    let chunks = |count: u64, size: usize| count.div_ceil(size as u64);
    let t = token::token_bytes(n, m) as u64;
    let points = 32 * n + chunks(n, POINTS_CHUNK);
    let tokens = 9 * (m / WORKING_EVERY + 1) + t * m + chunks(m, TOKENS_CHUNK);
    (66 + 8 * sections + points, 1 + 32 * sections + points + tokens)
}

#[test]
fn bytes_are_as_stated() {
    // The last three need a second chunk of points, of tokens, and a sign of life.
    for (n, m, sections) in [(0, 0, 1), (1, 1, 1), (10, 70, 3), (4_097, 5, 2), (3, 8_193, 1), (2, 65_537, 1)]
    {
        let outcome = run(&entries(0, 0..n), &entries(0, 0..m), &terms(Learns::Receiver, sections));
        let traffic = outcome.receiver_meter.total;
        let expected = stated(u64::from(n), u64::from(m), sections as u64);
        assert_eq!((traffic.bytes_sent, traffic.bytes_received), expected, "{n} by {m}, {sections} sections");
        let other = outcome.sender_meter.total;
        assert_eq!((other.bytes_received, other.bytes_sent), expected);
        assert!(outcome.received.unwrap().matched.iter().zip(0..).all(|(&hit, value)| hit == (value < m)));
    }
}

#[test]
fn bytes_of_matches() {
    // Equal sets match at every position: differences of zero, one byte each.
    let n = MATCHES_CHUNK as u32 + 5;
    let outcome = run(&entries(0, 0..n), &entries(0, 0..n), &terms(Learns::Both, 1));
    let matches = outcome.receiver_meter.phase("matches").unwrap();
    assert_eq!((matches.bytes_sent, matches.frames_sent), (9 + u64::from(n) + 2, 3));
    assert_eq!(outcome.sent.unwrap().matched.unwrap().len(), n as usize);
}

#[test]
fn rounds_are_as_stated() {
    let rounds = |n, learns| {
        let outcome = run(&entries(0, 0..n), &entries(0, 0..10), &terms(learns, 1));
        (outcome.receiver_meter.total.rounds, outcome.sender_meter.total.rounds)
    };
    assert_eq!(rounds(0, Learns::Receiver), (2, 2));
    assert_eq!(rounds(100, Learns::Receiver), (2, 2));
    assert_eq!(rounds(100, Learns::Both), (3, 3));
    // Four chunks leave before the first is awaited; the sender answers each.
    assert_eq!(rounds(4 * POINTS_CHUNK as u32, Learns::Receiver), (2, 8));
    // From the fifth chunk on one leaves for each that comes.
    assert_eq!(rounds(5 * POINTS_CHUNK as u32, Learns::Receiver), (4, 10));
}

#[test]
fn token_lengths() {
    for ((x, y), bytes) in [
        ((0, 0), 10),
        ((1, 1), 10),
        ((1 << 20, 1 << 20), 10),
        ((1 << 20, (1 << 20) + 1), 11),
        ((330_000, 2_900_000), 11),
        ((1 << 32, 1 << 32), 13),
        ((u64::MAX, u64::MAX), 16),
    ] {
        assert_eq!(token::token_bytes(x, y), bytes, "{x} by {y}");
    }
}

#[test]
fn progress_ends_complete() {
    use crate::{Phase, Progress};
    let (mut receiver, mut sender) = pair(memory::PATIENCE);
    let terms = terms(Learns::Both, 1);
    let (x, y) = (entries(0, 0..5_000), entries(0, 0..9_000));
    let (mut seen_by_receiver, mut seen_by_sender) = (vec![], vec![]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let source = y.iter().map(|entry| Ok::<_, String>(*entry));
            send(&mut sender, source, &terms, &mut rng(1), &mut |p| seen_by_sender.push(p)).unwrap();
        });
        receive(&mut receiver, &x, &terms, &mut rng(2), &mut |p| seen_by_receiver.push(p)).unwrap();
    });
    let last = |seen: &[Progress], phase| seen.iter().rfind(|p| p.phase == phase).map(|p| (p.done, p.total));
    for seen in [&seen_by_receiver, &seen_by_sender] {
        assert_eq!(last(seen, Phase::Points), Some((5_000, Some(5_000))));
        assert_eq!(last(seen, Phase::Match), Some((9_000, Some(9_000))));
        assert_eq!(last(seen, Phase::Return).map(|(done, _)| done), Some(5_000));
    }
    assert_eq!(last(&seen_by_sender, Phase::Tokens), Some((9_000, Some(9_000))));
}

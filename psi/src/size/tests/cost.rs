//! Bytes and rounds, exactly.

use super::*;
use crate::ecdh::msg::{POINTS_CHUNK, TOKENS_CHUNK, WORKING_EVERY};
use crate::ecdh::token::token_bytes;

/// Bytes (receiver to sender, sender to receiver) as [`crate::size`] states them.
fn stated(n: u64, m: u64, sections: u64, dummies: u64) -> (u64, u64) {
    let chunks = |count: u64, size: usize| count.div_ceil(size as u64);
    let t = token_bytes(n + dummies, m + dummies) as u64;
    let points = 32 * (n + dummies) + chunks(n + dummies, POINTS_CHUNK);
    let tokens = 9 * (m / WORKING_EVERY + 1) + t * (m + dummies) + chunks(m + dummies, TOKENS_CHUNK);
    (66 + 8 * sections + points, points + tokens)
}

#[test]
fn bytes_and_rounds_are_as_stated() {
    for (n, m, sections, opens) in [
        (0, 0, 1, Opens::Total),
        (1, 1, 1, Opens::Sections),
        (10, 70, 3, Opens::Sections),
        (4_097, 5, 2, Opens::Total),
        (3, 8_193, 1, Opens::Total),
        (2, 65_537, 1, Opens::Total),
        (20, 30, 1, Opens::Noisy(NOISE)),
    ] {
        let dummies = 2 * opens.bound().unwrap();
        let cost = cost(opens, n.into(), m.into(), sections as u64).unwrap();
        for learns in [Learns::Receiver, Learns::Both] {
            let outcome = run(&entries(0, 0..n), &entries(0, 0..m), &terms(learns, sections), opens);
            let traffic = outcome.meter.total;
            let (there, back) = stated(u64::from(n), u64::from(m), sections as u64, dummies);
            assert_eq!((there, back), (cost.bytes_to_sender, cost.bytes_to_receiver));
            let told = if learns == Learns::Both { 1 + 8 * opens.count(sections) as u64 } else { 0 };
            assert_eq!((traffic.bytes_sent, traffic.bytes_received), (there + told, back), "{n} by {m}");
            assert_eq!(traffic.rounds, cost.rounds + u64::from(learns == Learns::Both));
        }
    }
}

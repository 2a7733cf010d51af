//! Bytes and rounds.

use super::*;

#[test]
fn as_stated() {
    for (x, y, bytes) in [(0, 0, 0), (1, 2, 8), (3_000, 70, 0), (100, 20_000, 32)] {
        let outcome = run(&entries(0..x), &rows(0..y, bytes), &terms(), bytes);
        let total = &outcome.receiver_meter.total;
        let found = Cost {
            bytes_to_sender: total.bytes_sent,
            bytes_to_receiver: total.bytes_received,
            rounds: total.rounds,
        };
        assert_eq!(found, cost(x.into(), y.into(), bytes), "{x} by {y}, {bytes} bytes");
        assert_eq!(total.rounds, ROUNDS, "{x} by {y}");
        assert_eq!(outcome.sender_meter.total.bytes_sent, total.bytes_received);
        outcome.unwrap();
    }
}

/// Rounds of a run with one round of expansions and one frame for each level.
const ROUNDS: u64 = 13;

/// As the documentation says.
#[test]
fn a_million() {
    let Cost { bytes_to_sender, bytes_to_receiver, .. } = cost(1 << 20, 1 << 20, 8);
    assert!((75_000_000..80_000_000).contains(&bytes_to_sender), "{bytes_to_sender}");
    assert!((65_000_000..70_000_000).contains(&bytes_to_receiver), "{bytes_to_receiver}");
}

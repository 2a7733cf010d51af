//! Bytes and rounds.

use super::*;
use crate::okvs::{Params, Width};

/// What this protocol's own messages take, to the sender and to the receiver.
fn own_bytes(x: u64, y: u64, bytes: usize) -> [u64; 2] {
    let bins = cuckoo::bins(x);
    let words = Params::new(x, Width::Narrow).columns();
    let to_sender = msg::OpenPackage::BYTES + 8 * words + words.div_ceil(msg::WORDS_CHUNK);
    let cells = Params::new(3 * y, Width::Narrow).columns();
    let width = tag_bits(bins).div_ceil(8) as usize + bytes;
    let hint = width * cells + cells.div_ceil(msg::HintPackage::chunk(width));
    let (mut planes, mut tree) = (tag_bits(bins) as usize, 0);
    while planes > 1 {
        let level = planes / 2 * bins.div_ceil(64);
        tree += 16 * level + level.div_ceil(msg::BITS_CHUNK);
        planes = planes.div_ceil(2);
    }
    [(to_sender + tree) as u64, (msg::AcceptPackage::BYTES + hint + tree) as u64]
}

#[test]
fn as_stated() {
    for (x, y, bytes) in [(0, 0, 0), (1, 2, 8), (3_000, 70, 0), (100, 20_000, 32)] {
        let outcome = run(&entries(0..x), &rows(0..y, bytes), &terms(), bytes);
        let meter = &outcome.receiver_meter;
        let own: Vec<_> =
            ["open", "words", "hint", "equality"].iter().filter_map(|name| meter.phase(name)).collect();
        let found = [
            own.iter().map(|phase| phase.bytes_sent).sum::<u64>(),
            own.iter().map(|phase| phase.bytes_received).sum::<u64>(),
        ];
        assert_eq!(found, own_bytes(x.into(), y.into(), bytes), "{x} by {y}, {bytes} bytes");
        let total = &meter.total;
        // Eight up to the hint; six levels, there and back.
        assert_eq!(total.rounds, ROUNDS, "{x} by {y}");
        assert_eq!(outcome.sender_meter.total.bytes_sent, total.bytes_received);
        outcome.unwrap();
    }
}

/// Rounds of a run of one block.
const ROUNDS: u64 = 20;

#[test]
fn a_million() {
    let [to_sender, to_receiver] = own_bytes(1 << 20, 1 << 20, 8);
    assert!((28_000_000..33_000_000).contains(&to_sender), "{to_sender}");
    assert!((78_000_000..84_000_000).contains(&to_receiver), "{to_receiver}");
}

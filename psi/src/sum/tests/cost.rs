//! Bytes and rounds, exactly.

use super::msg::row_bytes;
use super::*;
use crate::stream::Message;

#[test]
fn bytes_and_rounds_are_as_stated() {
    let chunks = |count: usize| count.div_ceil(4_096) as u64;
    for (n, m, sections, least) in
        [(0, 0, 1, 0), (3, 5, 1, 0), (4_097, 3, 2, 0), (5, 600, 3, 1), (5, 7, 1, 6)]
    {
        for learns in [Learns::Receiver, Learns::Both] {
            let asks = asks(least);
            let (x, y) = (entries(0..n), rows(0..m));
            let outcome = run(&x, &y, &terms(learns, sections), &asks);
            let (limbs, n, m) = (asks.columns.slots(), n as usize, m as usize);
            assert_eq!(limbs, 7);
            let opened = n.min(m) as u64 >= least;
            let rows = Message::bytes(m, row_bytes(limbs));
            let shares = 1 + 32 * limbs as u64;
            let told = if opened && learns == Learns::Both { 1 + 16 * 2 } else { 0 };
            let there = 66 + 8 * sections as u64 + shares + 32 * n as u64 + chunks(n) + rows + told;
            let outcome_bytes = if opened { 9 + 32 * (limbs as u64 + 1) } else { 1 };
            let back = shares + 9 + rows + outcome_bytes;
            let traffic = outcome.meter.total;
            assert_eq!((traffic.bytes_sent, traffic.bytes_received), (there, back), "{n} by {m}");
            // Without rows the receiver has nothing to say between the count and the outcome.
            let rounds = if m == 0 { 2 } else { 4 } + u64::from(told > 0);
            assert_eq!(traffic.rounds, rounds);
        }
    }
}

//! Bytes and rounds, exactly.

use super::*;

#[test]
fn bytes_and_rounds_are_as_stated() {
    for (n, m, sections, least) in
        [(0, 0, 1, 0), (3, 5, 1, 0), (4_097, 3, 2, 0), (5, 600, 3, 1), (5, 7, 1, 6)]
    {
        for learns in [Learns::Receiver, Learns::Both] {
            let asks = asks(least);
            let (x, y) = (entries(0..n), rows(0..m));
            let outcome = run(&x, &y, &terms(learns, sections), &asks);
            let limbs = asks.columns.slots() as u64;
            assert_eq!(limbs, 7);
            let (opened, both) = (u64::from(n.min(m)) >= least, learns == Learns::Both);
            let stated = cost(&asks.columns, n.into(), m.into(), sections as u64);
            let told = if opened && both { 1 + 16 * 2 } else { 0 };
            let withheld = if opened { 0 } else { 8 + 32 * (limbs + 1) };
            let expected = (stated.bytes_to_sender + told, stated.bytes_to_receiver - withheld);
            let traffic = outcome.meter.total;
            assert_eq!((traffic.bytes_sent, traffic.bytes_received), expected, "{n} by {m}");
            assert_eq!(traffic.rounds, stated.rounds + u64::from(told > 0));
        }
    }
}

/// The formula of the module's documentation.
#[test]
fn the_cost_is_the_one_documented() {
    let (columns, n, m, sections) = (asks(0).columns, 5_000, 1_000, 3);
    let (l, c_n, c_m) = (7, 2, 3);
    assert_eq!(m * 32 * (l + 2), 288_000, "three frames of 128 KiB");
    let stated = cost(&columns, n, m, sections);
    let rows = 32 * (l + 2) * m + c_m;
    assert_eq!(stated.bytes_to_sender, 66 + 8 * sections + (1 + 32 * l) + 32 * n + c_n + rows);
    assert_eq!(stated.bytes_to_receiver, (1 + 32 * l) + 9 + rows + 9 + 32 * (l + 1));
}

//! Bytes, rounds and pages: the same for a small base and a large one.

use super::*;
use yinshu_net::Meter;

fn measured(base: u64, learns: Learns) -> (Meter, Meter, [u64; 2]) {
    let terms = terms(learns, 1);
    let disk = Disk::new(&terms);
    let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let first = (entries(0..base), vec![]);
    update((&mut x, &mut y), (&first, &first), &terms, 1);
    // 12 and 7 inserted, of which 5 match; 4 and 3 deleted, of which all matched.
    let step_x = (entries(10_000..10_012), entries(0..4));
    let step_y = (entries(10_007..10_014), entries(4..7));
    let (mut receiver, mut sender) = pair();
    let (received, sent) =
        update_over((&mut receiver, &mut sender), (&mut x, &mut y), (&step_x, &step_y), &terms, 9);
    let (received, _) = (received.unwrap(), sent.unwrap());
    assert_eq!((received.changes.appeared.len(), received.changes.vanished.len()), (5, 7));
    let size = |role| std::fs::metadata(disk.folder(role).join("last")).unwrap().len();
    (receiver.meter(), sender.meter(), [size(Role::Receiver), size(Role::Sender)])
}

#[test]
fn an_update_costs_what_changed() {
    for learns in [Learns::Receiver, Learns::Both] {
        let [(small, _, small_disk), (large, other, large_disk)] =
            [20, 4_000].map(|base| measured(base, learns));
        assert_eq!(
            (small.total.bytes_sent, small.total.bytes_received),
            (large.total.bytes_sent, large.total.bytes_received)
        );
        assert_eq!(small.total.rounds, large.total.rounds);
        let (i, d, e, v, w) = (12, 3, 7, 7, 5);
        let both = if learns == Learns::Both { 17 + 16 * (v + w) + 2 } else { 0 };
        let stated = 276 + 33 + 8 + 17 + 64 * i + 2 + 16 * (d + e) + 2 + both + 66;
        assert_eq!(large.total.bytes_sent + large.total.bytes_received, stated);
        assert_eq!(other.total.bytes_sent, large.total.bytes_received);
        // Pages written: at most three for each change at the receiver, one at the sender, and neighbours.
        for ((small, large), pages) in small_disk.iter().zip(large_disk).zip([3 * 16 + 10 + 8, 10 + 12 + 4]) {
            let most = pages * 521 + 1_000;
            assert!(*small <= most && large <= most, "{small} and {large} against {most}");
        }
    }
}

#[test]
fn rounds_are_as_stated() {
    let (meter, ..) = measured(20, Learns::Receiver);
    assert_eq!(meter.total.rounds, 6, "turns: meet, meet, ask and points, answers, prepared, prepared");
}

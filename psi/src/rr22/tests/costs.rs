//! Bytes and rounds, as [`cost`] says.

use super::*;

fn check(n: u32, m: u32, settings: Settings) {
    let outcome = run(&entries(0..n), &entries(0..m), &terms(Learns::Receiver), settings);
    let expected = cost(n.into(), m.into(), &settings);
    let (receiver, sender) = (outcome.receiver_meter.total, outcome.sender_meter.total);
    for (rounds, to_sender, to_receiver) in [
        (receiver.rounds, receiver.bytes_sent, receiver.bytes_received),
        (sender.rounds, sender.bytes_received, sender.bytes_sent),
    ] {
        let what = format!("{n} by {m}, {settings:?}: {to_sender} and {to_receiver}, {expected:?}");
        assert_eq!(to_sender, expected.bytes_to_sender, "{what}");
        let bound = if settings.wire == Wire::Fast { 0 } else { to_receiver / 100 + 64 };
        assert!(to_receiver.abs_diff(expected.bytes_to_receiver) <= bound, "{what}");
        assert_eq!(rounds, expected.rounds, "{what}");
    }
    assert!(outcome.received.unwrap().matched.iter().zip(0..).all(|(&hit, value)| hit == (value < m)));
}

#[test]
fn as_stated() {
    for settings in ALL {
        for (n, m) in [(0, 0), (1, 1), (0, 5), (5, 0), (1_000, 70), (3, 33_000), (30_000, 3)] {
            check(n, m, settings);
        }
    }
}

#[test]
fn a_million() {
    let million = |settings| cost(1 << 20, 1 << 20, &settings);
    let megabytes = |settings| million(settings).bytes() as f64 / 1e6;
    assert!(megabytes(FAST) < 20.9, "{}", megabytes(FAST));
    assert!(megabytes(COMPACT) < 17.5, "{}", megabytes(COMPACT));
    assert!(megabytes(MALICIOUS) < 37.1, "{}", megabytes(MALICIOUS));
    assert_eq!((million(FAST).rounds, million(MALICIOUS).rounds), (6, 8));
}

#[test]
fn matches_come_on_top() {
    let outcome = run(&entries(0..300), &entries(0..300), &terms(Learns::Both), FAST);
    let (total, expected) = (outcome.receiver_meter.total, cost(300, 300, &FAST));
    assert_eq!(total.bytes_sent, expected.bytes_to_sender + 9 + 301);
    assert_eq!(total.rounds, expected.rounds + 1);
}

#[test]
fn ecdh_too() {
    use crate::ecdh;
    for (n, m, sections) in [(0u32, 0u32, 1u16), (10, 70, 3), (4_097, 5, 2), (3, 8_193, 1), (20_481, 1, 1)] {
        let section = |number| Section { name: format!("s{number}"), max: 1 << 20 };
        let terms = Terms { sections: (0..sections).map(section).collect(), ..terms(Learns::Receiver) };
        let (mut receiver, mut sender) = pair(memory::PATIENCE);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let y = entries(0..m).into_iter().map(Ok::<_, String>);
                ecdh::send(&mut sender, y, &terms, &mut rng(1), &mut |_| {}).unwrap();
            });
            ecdh::receive(&mut receiver, &entries(0..n), &terms, &mut rng(2), &mut |_| {}).unwrap();
        });
        let (total, cost) = (receiver.meter().total, ecdh::cost(n.into(), m.into(), sections.into()));
        assert_eq!((total.bytes_sent, total.bytes_received), (cost.bytes_to_sender, cost.bytes_to_receiver));
        assert_eq!(total.rounds, cost.rounds, "{n} by {m}");
    }
}

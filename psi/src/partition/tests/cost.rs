//! Bytes and rounds beside those of the partitions.

use super::*;

#[test]
fn bytes_and_rounds_of_the_plan() {
    for sections in [1, 3] {
        let terms = terms(Learns::Receiver, sections);
        let (mut receiver, mut sender) = pair();
        let settings = Settings::default();
        std::thread::scope(|scope| {
            let terms = &terms;
            scope.spawn(move || agree_sender(&mut sender, 10, &Ecdh, terms, &settings, &mut rng(1)).unwrap());
            let counts = vec![5; sections];
            agree_receiver(&mut receiver, &counts, &Ecdh, terms, &settings, &mut rng(2)).unwrap();
        });
        let traffic = receiver.meter().total;
        let expected = (78 + 8 * sections as u64 + 33, 86);
        assert_eq!((traffic.bytes_sent, traffic.bytes_received), expected);
        assert_eq!(traffic.rounds, 3, "turns: greet, answer, reveal");
    }
}

#[test]
fn bytes_beside_the_partitions() {
    let terms = terms(Learns::Receiver, 1);
    let (x, y) = (entries(0, 0..100), entries(0, 0..1_000));
    let plan = agree((&x, &y), (&terms, &terms), &Ecdh, room(90, 1, &Ecdh)).0.unwrap();
    let disk = Disk::new();
    let spills =
        [(Role::Receiver, &x), (Role::Sender, &y)].map(|(role, set)| disk.spill(&plan, role, set).unwrap());
    let (mut receivers, senders) = channels(1);
    let borrowed: Vec<&mut MemoryChannel> = receivers.iter_mut().collect();
    let (received, sent) = run_over((borrowed, senders), (&spills[0], &spills[1]), &Ecdh, &terms, 1);
    assert_eq!(received.unwrap().len(), 100);
    sent.unwrap();
    let meter = receivers[0].meter();
    let ready = 101 + u64::from(plan.partitions).div_ceil(8);
    for (phase, bytes) in [("meet", ready), ("end", 33)] {
        let phase = meter.phase(phase).unwrap();
        assert_eq!((phase.bytes_sent, phase.bytes_received, phase.rounds), (bytes, bytes, 2));
    }
    // Each partition costs what the protocol says of its public size, whatever lies in it.
    let points = meter.phase("points").unwrap();
    let chunk = 1 + 32 * plan.size(Role::Receiver);
    assert_eq!(points.bytes_sent, u64::from(plan.partitions) * chunk);
}

/// Bytes of a token in one of so many runs.
fn width(matcher: &impl Matcher, runs: u32) -> u64 {
    let (x, y) = (entries(0, 0..64), entries(0, 32..96));
    let (mut receiver, mut sender) = pair();
    let terms = terms(Learns::Receiver, 1);
    std::thread::scope(|scope| {
        let (terms, own) = (&terms, y.clone());
        scope.spawn(move || matcher.send(&mut sender, own, terms, runs, &mut rng(1), &mut |_| {}).unwrap());
        matcher.receive(&mut receiver, &x, terms, runs, &mut rng(2), &mut |_| {}).unwrap();
    });
    receiver.meter().phase("tokens").unwrap().bytes_received / 64
}

/// What holds of one run with probability 2^-40 would fail in 2^10 partitions with 2^-30.
#[test]
fn tokens_grow_with_the_number_of_partitions() {
    use crate::rr22::{Security, Settings, Wire};
    let fast = Rr22(Settings { security: Security::SemiHonest, wire: Wire::Fast });
    // 40 + 6 + 6 bits, of which ten bytes are the least of one and whole bytes of the other; and 32 more.
    assert_eq!((width(&Ecdh, 1), width(&Ecdh, u32::MAX)), (10, 11));
    assert_eq!((width(&fast, 1), width(&fast, u32::MAX)), (7, 11));
    // And the partitions of a run are told how many they are.
    let terms = terms(Learns::Receiver, 1);
    let (x, y) = (entries(0, 0..100), entries(0, 0..1_000));
    let plan = agree((&x, &y), (&terms, &terms), &fast, room(400, 1, &fast)).0.unwrap();
    let disk = Disk::new();
    let spills =
        [(Role::Receiver, &x), (Role::Sender, &y)].map(|(role, set)| disk.spill(&plan, role, set).unwrap());
    let (mut receivers, senders) = channels(1);
    let borrowed: Vec<&mut MemoryChannel> = receivers.iter_mut().collect();
    let (received, _) = run_over((borrowed, senders), (&spills[0], &spills[1]), &fast, &terms, 1);
    assert_eq!(received.unwrap().len(), 100);
    let log2 = |n: u64| n.next_power_of_two().ilog2();
    let sizes = [plan.size(Role::Receiver), plan.size(Role::Sender)];
    let alone = 40 + log2(sizes[0]) + log2(sizes[1]);
    let together = alone + log2(plan.partitions.into());
    assert!(alone.div_ceil(8) < together.div_ceil(8), "{plan:?}: else this tells nothing");
    let shown = receivers[0].meter().phase("tokens").unwrap().bytes_received;
    let tokens = u64::from(plan.partitions) * sizes[1] * u64::from(together.div_ceil(8));
    assert_eq!(shown, tokens + u64::from(plan.partitions), "one frame each");
}

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

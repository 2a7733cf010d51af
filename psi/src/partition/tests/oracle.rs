//! Against the function in the clear.

use super::*;
use rand::RngExt;

#[test]
fn shapes_that_are_special() {
    let n = 3_000;
    let (none, one, many) = (entries(0, []), entries(0, [7]), entries(0, 0..n));
    let (disjoint, half) = (entries(0, n..2 * n), entries(0, n / 2..n + n / 2));
    for learns in [Learns::Receiver, Learns::Both] {
        let terms = terms(learns, 1);
        let settings = room(400, 1, &Clear);
        for (x, y) in [
            (&none, &none),
            (&none, &many),
            (&many, &none),
            (&one, &many),
            (&many, &one),
            (&many, &many),
            (&many, &disjoint),
            (&half, &many),
        ] {
            check(x, y, &terms, &Clear, settings);
        }
        let plan = check(&half, &many, &terms, &Clear, settings);
        assert!(plan.partitions > 8 && plan.size(Role::Receiver) <= 400, "{plan:?}");
    }
}

#[test]
fn a_hundred_random_shapes() {
    let seed = 20_261_122;
    println!("seed {seed}");
    let mut rng = rng(seed);
    for round in 0..100 {
        let sections = 1 + round % 3;
        let terms = terms(if round % 2 == 0 { Learns::Both } else { Learns::Receiver }, sections);
        let mut set = |most: usize, values: u64| -> Vec<Entry> {
            let count = rng.random_range(0..=most);
            let one = |_| entry(rng.random_range(0..sections as u16), rng.random_range(0..values));
            (0..count).map(one).collect()
        };
        let values = [50, 1_000, 100_000][round % 3];
        let (x, y) = (set(2_000, values), set(if round % 5 == 0 { 20 } else { 2_000 }, values));
        check(&x, &y, &terms, &Clear, room(300, 1 + round as u32 % 3, &Clear));
    }
}

#[test]
fn one_item_repeated_beyond_a_partition() {
    // 50,000 times one item lie in one partition that holds 2,000 distinct ones at most.
    let x: Vec<Entry> = [vec![entry(0, 1); 50_000], entries(0, 0..5_000)].concat();
    let y: Vec<Entry> = [entries(0, 0..2_000), vec![entry(0, 1); 20_000]].concat();
    let plan = check(&x, &y, &terms(Learns::Both, 1), &Clear, room(6_000, 1, &Clear));
    assert!(plan.partitions > 5);
    // What fills the memory with distinct ones is what the plan promised.
    assert!(plan.size(Role::Receiver) <= 6_000);
}

#[test]
fn the_real_protocol_in_each_partition() {
    let (x, y) = (entries(0, 0..300), entries(0, 200..700));
    for (learns, workers) in [(Learns::Receiver, 1), (Learns::Both, 2)] {
        let plan = check(&x, &y, &terms(learns, 1), &Ecdh, room(200, workers, &Ecdh));
        assert!(plan.partitions > 3, "{plan:?}");
    }
}

#[test]
fn rr22_in_each_partition() {
    use crate::rr22::{Security, Settings, Wire};
    let (x, y) = (entries(0, 0..300), entries(0, 200..700));
    let settings = [
        (Security::SemiHonest, Wire::Fast, Learns::Receiver),
        (Security::SemiHonest, Wire::Compact, Learns::Both),
        (Security::Malicious, Wire::Fast, Learns::Both),
    ];
    for (security, wire, learns) in settings {
        let matcher: Box<dyn Matcher + Send> = Box::new(Rr22(Settings { security, wire }));
        check(&x, &y, &terms(learns, 1), &matcher, room(300, 1, &matcher));
    }
}

#[test]
fn repeats_are_named_once_on_request() {
    let x = [entries(0, 0..400), entries(0, 100..500), entries(0, 0..9)].concat();
    let (y, terms) = (entries(0, 300..900), terms(Learns::Both, 1));
    let plan = agree((&x, &y), (&terms, &terms), &Clear, room(300, 1, &Clear)).0.unwrap();
    let disk = Disk::new();
    let once = disk.spill(&plan, Role::Receiver, &x).unwrap().once();
    let other = disk.spill(&plan, Role::Sender, &y).unwrap();
    let (received, _) = run_over(channels(1), (&once, &other), &Clear, &terms, 5);
    // 300 to 399 first stand among the first 400, 400 to 499 in what follows.
    assert_eq!(received.unwrap(), (300..400).chain(700..800).collect::<Vec<u64>>());
}

#[test]
fn what_is_declared_hides_what_there_is() {
    let terms = Terms { own_items: Some(5_000), ..terms(Learns::Both, 1) };
    let (x, y) = (entries(0, 0..1_000), entries(0, 0..100));
    let plan = check(&x, &y, &terms, &Clear, room(900, 1, &Clear));
    assert_eq!(plan.shown, 5_000);
}

#[test]
fn every_partition_has_its_public_size() {
    let (x, y) = (entries(0, 0..2_000), entries(1, 0..3_000));
    let terms = terms(Learns::Receiver, 2);
    let plan = agree((&x, &y), (&terms, &terms), &Clear, room(700, 1, &Clear)).0.unwrap();
    let disk = Disk::new();
    for (role, set) in [(Role::Receiver, &x), (Role::Sender, &y)] {
        let spill = disk.spill(&plan, role, set).unwrap();
        let mut real = 0;
        for partition in 0..plan.partitions {
            let padded = load::padded(&spill, partition, &mut rng(3)).unwrap();
            assert_eq!(padded.len() as u64, plan.size(role));
            assert!(padded.is_sorted());
            real += padded.iter().filter(|entry| set.contains(entry)).count();
            for (section, size) in (0..).zip(plan.capacities(role)) {
                let count = padded.iter().filter(|entry| entry.section == section).count() as u64;
                assert!(role == Role::Sender || count == size);
            }
        }
        assert_eq!(real, set.len());
    }
}

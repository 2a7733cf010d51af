//! Both shares together are the intersection in the clear, whatever the shapes.

use super::*;
use proptest::prelude::*;
use rand_core::Rng;

#[test]
fn shapes() {
    let shapes: [(Vec<u32>, Vec<u32>); 8] = [
        (vec![], vec![]),
        (vec![], (0..10).collect()),
        ((0..10).collect(), vec![]),
        (vec![5], vec![5]),
        (vec![5], vec![6]),
        ((0..500).collect(), (0..500).rev().collect()),
        ((0..300).collect(), (300..900).collect()),
        (vec![1, 2, 1, 1, 3, 2], vec![2, 2, 9, 1, 2, 9]),
    ];
    for (bytes, (x, y)) in [0, 8, 1, 32, 16, 9, 0, 3].into_iter().zip(shapes) {
        let what = format!("{} by {}, {bytes} bytes", x.len(), y.len());
        let (x, y) = (entries(x), rows(y, bytes));
        let (received, sent) = run(&x, &y, &terms(), bytes).unwrap();
        check(&received, &sent, &x, &y, &what);
        assert_eq!((received.peer_items, sent.peer_items), (y.len() as u64, x.len() as u64));
        assert_eq!(received.commitment, sent.peer_commitment);
    }
}

#[test]
fn a_hundred_random_runs() {
    let seed = 11;
    let mut rng = rng(seed);
    for round in 0..100 {
        let size = |rng: &mut ChaCha20Rng| [0, 1, 2, 30, 300, 700][rng.next_u32() as usize % 6];
        let (n, m) = (size(&mut rng), size(&mut rng));
        // A universe that makes many matches and repeats, or few.
        let universe = [n.max(1), 2 * (n + m) + 1, u32::MAX][rng.next_u32() as usize % 3];
        let mut values = |count: u32| (0..count).map(|_| rng.next_u32() % universe).collect::<Vec<_>>();
        let (x, y) = (values(n), values(m));
        let bytes = [0, 4, 8, 24][round % 4];
        let (x, y) = (entries(x), rows(y, bytes));
        let (received, sent) = run(&x, &y, &terms(), bytes).unwrap();
        check(&received, &sent, &x, &y, &format!("seed {seed}, round {round}: {n} by {m} of {universe}"));
    }
}

#[test]
fn more_items_than_the_least_table() {
    let (x, y) = (entries(0..6_000), rows(3_000..12_000, 8));
    let (received, sent) = run(&x, &y, &terms(), 8).unwrap();
    assert_eq!(received.shares.bins, 7_620);
    check(&received, &sent, &x, &y, "6000 by 9000");
}

/// Several frames of words, of the hint and of the first level, and several rounds of transfers.
#[test]
fn several_frames_of_everything() {
    several_frames(30_000);
}

/// Several frames of the later levels too.
#[test]
#[ignore = "takes long"]
fn several_frames_of_every_level() {
    several_frames(120_000);
}

fn several_frames(n: u32) {
    let (x, y) = (entries(0..n), rows(n / 2..n / 2 + n, 8));
    let outcome = run(&x, &y, &terms(), 8);
    let total = outcome.receiver_meter.total;
    let found = Cost {
        bytes_to_sender: total.bytes_sent,
        bytes_to_receiver: total.bytes_received,
        rounds: total.rounds,
    };
    assert_eq!(found, cost(n.into(), n.into(), 8));
    let (received, sent) = outcome.unwrap();
    // Not by the oracle's search through all rows.
    let mut home = vec![None; received.shares.bins];
    (0..n).zip(&*received.bins_of).for_each(|(value, &bin)| home[bin as usize] = Some(value));
    for (bin, value) in home.into_iter().enumerate() {
        let (bit, found) = opened(&received, &sent, bin);
        let shared = value.filter(|&value| value >= n / 2);
        assert_eq!(bit, shared.is_some(), "bin {bin}");
        if let Some(value) = shared {
            assert_eq!(found, payload(value, 8), "bin {bin}");
        }
    }
}

#[test]
fn of_rows_of_one_entry_the_first_counts() {
    let y = [(entry(1), vec![1]), (entry(2), vec![2]), (entry(1), vec![3])];
    let (received, sent) = run(&entries([1]), &y, &terms(), 1).unwrap();
    assert_eq!((sent.duplicates, sent.own_items, sent.rows), (1, 3, 3));
    assert_eq!(opened(&received, &sent, received.bins_of[0] as usize), (true, vec![1]));
}

#[test]
fn declared_rows_hide_how_many_there_are() {
    let declared = Terms { own_items: Some(500), ..terms() };
    let (x, y) = (entries(0..50), rows(40..60, 8));
    let (received, sent) = run(&x, &y, &declared, 8).unwrap();
    assert_eq!((received.peer_items, sent.rows, sent.own_items), (500, 500, 20));
    check(&received, &sent, &x, &y, "declared");
}

#[test]
fn a_share_alone_says_nothing() {
    let (x, y) = (entries(0..2_000), rows(0..2_000, 8));
    let (received, sent) = run(&x, &y, &terms(), 8).unwrap();
    for shares in [&received.shares, &sent.shares] {
        let ones: u32 = shares.membership.iter().map(|word| word.count_ones()).sum();
        // Within six standard deviations of half.
        assert!(ones.abs_diff(shares.bins as u32 / 2) < 160, "{ones} of {}", shares.bins);
        let ones: u32 = shares.unmasked().iter().map(|byte| byte.count_ones()).sum();
        assert!(ones.abs_diff(shares.bins as u32 * 32) < 1_300, "{ones}");
    }
    // What does not match has no payload: both shares make something else than any row's, and not zero.
    let taken: Vec<usize> = received.bins_of.iter().map(|&bin| bin as usize).collect();
    let empty = (0..received.shares.bins).find(|bin| !taken.contains(bin)).unwrap();
    let (bit, payload) = opened(&received, &sent, empty);
    assert!(!bit && payload != [0; 8] && y.iter().all(|(_, other)| *other != payload));
}

#[test]
fn own_payloads_by_bin() {
    let x = entries([4, 7, 4, 9]);
    let (received, _) = run(&x, &rows([7], 0), &terms(), 0).unwrap();
    let placed = received.place(&[[1u8, 1], [2, 2], [3, 3], [4, 4]], 2).unwrap();
    let at = |index: usize| &placed[2 * received.bins_of[index] as usize..][..2];
    assert_eq!((at(0), at(1), at(2), at(3)), (&[1, 1][..], &[2, 2][..], &[1, 1][..], &[4, 4][..]));
    assert_eq!(placed.iter().filter(|byte| **byte != 0).count(), 6);
    assert_eq!(received.place(&[[1u8, 1]], 2).unwrap_err().code(), 4191);
    assert_eq!(received.place(&[[1u8, 1]; 4], 3).unwrap_err().code(), 4191);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn any_sets(
        x in proptest::collection::vec(0u32..200, 0..120),
        y in proptest::collection::vec(0u32..200, 0..120),
        bytes in 0usize..=MOST_PAYLOAD,
    ) {
        let (x, y) = (entries(x), rows(y, bytes));
        let (received, sent) = run(&x, &y, &terms(), bytes).unwrap();
        check(&received, &sent, &x, &y, "property");
    }
}

//! The protocol equals the function in the clear.

use super::*;
use crate::plain;
use rand_core::Rng as _;
use std::collections::BTreeSet;

fn check(x: &[Entry], y: &[Entry], terms: &Terms, settings: Settings) -> (Received, Sent) {
    let (received, sent) = run(x, y, terms, settings).unwrap();
    let expected = plain::intersect(x, y);
    assert_eq!(received.matched, expected.receiver);
    assert_eq!(sent.matched, (terms.learns == Learns::Both).then_some(expected.sender));
    let distinct = |of: &[Entry]| of.iter().collect::<BTreeSet<_>>().len();
    assert_eq!(received.duplicates as usize, x.len() - distinct(x));
    assert_eq!(sent.duplicates as usize, y.len() - distinct(y));
    assert_eq!(sent.own_items, y.len() as u64);
    assert_eq!(sent.tokens, terms.own_items.unwrap_or(y.len() as u64));
    assert_eq!(received.peer_items, sent.tokens);
    assert_eq!(sent.peer_items, [x.len() as u64]);
    assert_eq!(received.commitment, sent.peer_commitment);
    assert_eq!(crate::terms::commitment(received.salt.expose(), x), sent.peer_commitment);
    (received, sent)
}

#[test]
fn every_shape() {
    let cases: [(&str, Vec<Entry>, Vec<Entry>); 9] = [
        ("both empty", vec![], vec![]),
        ("receiver empty", vec![], entries(0..5)),
        ("sender empty", entries(0..5), vec![]),
        ("one, shared", entries([1]), entries([1])),
        ("one, not shared", entries([1]), entries([2])),
        ("equal", entries(0..300), entries((0..300).rev())),
        ("disjoint", entries(0..200), entries(200..500)),
        ("all the same", entries([4; 150]), entries([4; 140])),
        ("repeats on both sides", entries([1, 2, 1, 3, 3, 9]), entries([3, 3, 1, 7, 7, 3])),
    ];
    for ((name, x, y), settings) in cases.iter().flat_map(|case| ALL.map(|settings| (case, settings))) {
        println!("{name}, {settings:?}");
        check(x, y, &terms(Learns::Both), settings);
    }
    check(&cases[5].1, &cases[5].2, &terms(Learns::Receiver), FAST);
}

/// 100 random shapes: sizes from 0 to thousands, unequal, with repeats and any share in common.
#[test]
fn a_hundred_random_shapes() {
    let mut rng = rng(2026);
    for shape in 0..100 {
        let mut below = |bound: u32| rng.next_u32() % bound;
        let (log_x, log_y) = (below(12), below(12));
        let range = 1 + below(1 << 1.max(log_x.max(log_y)));
        let mut side = |log: u32| -> Vec<Entry> {
            let count = below(1 << log);
            entries((0..count).map(|_| below(range)).collect::<Vec<_>>())
        };
        let (x, y) = (side(log_x), side(log_y));
        let own_items = (below(3) == 0).then_some(y.len() as u64 + u64::from(below(50)));
        let learns = if below(2) == 0 { Learns::Both } else { Learns::Receiver };
        println!("shape {shape}: {} by {} below {range}, {learns:?}, {own_items:?}", x.len(), y.len());
        check(&x, &y, &Terms { own_items, ..terms(learns) }, ALL[shape % 4]);
    }
}

#[test]
fn more_than_one_chunk_of_everything() {
    let (x, y) = (entries(0..40_000), entries(20_000..60_000));
    for settings in [FAST, COMPACT, MALICIOUS] {
        let (received, _) = check(&x, &y, &terms(Learns::Both), settings);
        assert_eq!(received.matched.iter().filter(|&&hit| hit).count(), 20_000);
    }
}

#[test]
fn large_keys() {
    let key = |last: u8| {
        let mut key = vec![b'k'; 1 << 20];
        key.push(last);
        Entry::from(Item::new("long", &[&key]))
    };
    let (received, _) = check(&[key(1), key(2)], &[key(2), key(3)], &terms(Learns::Both), FAST);
    assert_eq!(received.matched, [false, true]);
}

//! The protocol equals the function in the clear.

use super::*;
use crate::plain;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn check(x: &[Entry], y: &[Entry], terms: &Terms) -> (Received, Sent) {
    let (received, sent) = run(x, y, terms).unwrap();
    let expected = plain::intersect(x, y);
    assert_eq!(received.matched, expected.receiver);
    assert_eq!(sent.matched, (terms.learns == Learns::Both).then_some(expected.sender));
    let distinct = |of: &[Entry]| of.iter().collect::<BTreeSet<_>>().len();
    assert_eq!(received.duplicates as usize, x.len() - distinct(x));
    assert_eq!(sent.duplicates as usize, y.len() - distinct(y));
    assert_eq!(sent.own_items, y.len() as u64);
    assert_eq!(sent.tokens, terms.own_items.unwrap_or(y.len() as u64));
    assert_eq!(received.peer_items, sent.tokens);
    assert_eq!(sent.peer_items.iter().sum::<u64>(), x.len() as u64);
    assert_eq!(received.commitment, sent.peer_commitment);
    assert_eq!(crate::terms::commitment(received.salt.expose(), x), sent.peer_commitment);
    (received, sent)
}

#[test]
fn every_shape() {
    let cases: [(&str, Vec<Entry>, Vec<Entry>); 9] = [
        ("both empty", vec![], vec![]),
        ("receiver empty", vec![], entries(0, 0..5)),
        ("sender empty", entries(0, 0..5), vec![]),
        ("one, shared", entries(0, [1]), entries(0, [1])),
        ("one, not shared", entries(0, [1]), entries(0, [2])),
        ("equal", entries(0, 0..300), entries(0, (0..300).rev())),
        ("disjoint", entries(0, 0..200), entries(0, 200..500)),
        ("all the same", entries(0, [4; 150]), entries(0, [4; 140])),
        ("repeats on both sides", entries(0, [1, 2, 1, 3, 3, 9]), entries(0, [3, 3, 1, 7, 7, 3])),
    ];
    for (name, x, y) in cases {
        for learns in [Learns::Receiver, Learns::Both] {
            println!("{name}, {learns:?}");
            check(&x, &y, &terms(learns, 1));
        }
    }
}

#[test]
fn more_than_one_chunk_of_everything() {
    let (x, y) = (entries(0, 0..9_000), entries(0, 4_000..21_000));
    let (received, _) = check(&x, &y, &terms(Learns::Both, 1));
    assert_eq!(received.matched.iter().filter(|&&hit| hit).count(), 5_000);
}

#[test]
fn sections_do_not_mix() {
    let x = [entries(1, 0..10), entries(0, 5..15), entries(2, 0..3)].concat();
    let y = [entries(0, 0..10), entries(2, 10..20), entries(1, 8..12)].concat();
    let (received, sent) = check(&x, &y, &terms(Learns::Both, 4));
    assert_eq!(received.matched.iter().filter(|&&hit| hit).count(), 2 + 5);
    assert_eq!(sent.peer_items, [10, 10, 3, 0]);
}

#[test]
fn padding_hides_the_senders_number() {
    for learns in [Learns::Receiver, Learns::Both] {
        let terms = Terms { own_items: Some(50), ..terms(learns, 1) };
        let (received, _) = check(&entries(0, 0..20), &entries(0, [3, 3, 19, 40]), &terms);
        assert_eq!(received.peer_items, 50);
    }
}

#[test]
fn fresh_keys_in_every_run() {
    use yinshu_net::testkit::Recorder;
    let x = entries(0, 0..3);
    let first_points = |seed| {
        let (receiver, mut sender) = pair(memory::PATIENCE);
        let terms = terms(Learns::Receiver, 1);
        let (x, t) = (&x, &terms);
        std::thread::scope(|scope| {
            let run = scope.spawn(move || {
                let mut receiver = Recorder::new(receiver);
                receive(&mut receiver, x, t, &mut rng(seed), &mut |_| {}).unwrap();
                receiver.into_transcript().steps[1].frame.clone()
            });
            let y = x.iter().map(|entry| Ok::<_, String>(*entry));
            send(&mut sender, y, t, &mut rng(0), &mut |_| {}).unwrap();
            run.join().unwrap()
        })
    };
    assert_eq!(first_points(1), first_points(1));
    assert_ne!(first_points(1), first_points(2));
}

fn side() -> impl Strategy<Value = Vec<Entry>> {
    proptest::collection::vec((0u16..3, 0u32..25).prop_map(|(section, value)| entry(section, value)), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn random_sets(x in side(), y in side(), both: bool, padding in proptest::option::of(60u64..90)) {
        let learns = if both { Learns::Both } else { Learns::Receiver };
        check(&x, &y, &Terms { own_items: padding, ..terms(learns, 3) });
    }
}

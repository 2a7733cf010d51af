//! The protocol equals the function in the clear.

use super::*;
use crate::plain;
use proptest::prelude::*;

fn check(x: &[Entry], y: &[Entry], terms: &Terms, opens: Opens) -> (Received, Sent) {
    let (received, sent) = run(x, y, terms, opens).unwrap();
    let sections = plain::sizes(x, y, terms.sections.len());
    let total: u64 = sections.iter().sum();
    let both = terms.learns == Learns::Both;
    match opens {
        Opens::Total => assert_eq!(received.sizes, Sizes::Total(total)),
        Opens::Sections => assert_eq!(received.sizes, Sizes::Sections(sections)),
        Opens::Noisy(privacy) => {
            let near = |sizes: &Sizes| match sizes {
                Sizes::Noisy(noisy) => noisy.abs_diff(total as i64) <= privacy.bound().unwrap(),
                _ => false,
            };
            assert!(near(&received.sizes) && sent.sizes.iter().all(near), "{received:?} {sent:?} of {total}");
        }
    }
    match opens {
        Opens::Noisy(_) => assert_eq!(sent.sizes.is_some(), both),
        _ => assert_eq!(sent.sizes, both.then(|| received.sizes.clone())),
    }
    assert_eq!(received.duplicates, plain::repeats(x));
    assert_eq!(sent.duplicates, plain::repeats(y));
    assert_eq!((sent.own_items, sent.tokens), (y.len() as u64, received.peer_items));
    assert_eq!(received.peer_items, terms.own_items.unwrap_or(y.len() as u64));
    assert_eq!(sent.peer_items.iter().sum::<u64>(), x.len() as u64);
    assert_eq!(crate::terms::commitment(received.salt.expose(), x), sent.peer_commitment);
    (received, sent)
}

const ALL: [Opens; 3] = [Opens::Total, Opens::Sections, Opens::Noisy(NOISE)];

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
            for opens in ALL {
                println!("{name}, {learns:?}, {opens:?}");
                check(&x, &y, &terms(learns, 1), opens);
            }
        }
    }
}

#[test]
fn more_than_one_chunk_of_everything() {
    check(&entries(0, 0..9_000), &entries(0, 4_000..21_000), &terms(Learns::Both, 1), Opens::Total);
}

#[test]
fn sections_do_not_mix() {
    let x = [entries(1, 0..10), entries(0, 5..15), entries(2, 0..3)].concat();
    let y = [entries(0, 0..10), entries(2, 10..20), entries(1, 8..12)].concat();
    let (received, _) = check(&x, &y, &terms(Learns::Both, 4), Opens::Sections);
    assert_eq!(received.sizes, Sizes::Sections(vec![5, 2, 0, 0]));
}

/// What the receiver sees differs from the truth as the noise is distributed, and what the sender sees as
/// well, and the two noises do not go together.
#[test]
fn noise_is_independent_on_both_sides() {
    let (x, y, terms) = (entries(0, 0..4), entries(0, 2..7), terms(Learns::Both, 1));
    let runs = 300;
    let (mut here, mut there, mut together) = (0.0, 0.0, 0.0);
    for seed in 0..runs {
        let channels = pair(memory::PATIENCE);
        let outcome = run_over(channels, (&x, &y), (&terms, &terms), Opens::Noisy(NOISE), 1_000 + 2 * seed);
        let (received, sent) = outcome.unwrap();
        let (Sizes::Noisy(a), Some(Sizes::Noisy(b))) = (received.sizes, sent.sizes) else { panic!() };
        let (a, b) = ((a - 2) as f64, (b - 2) as f64);
        (here, there, together) = (here + a * a, there + b * b, together + a * b);
    }
    // The variance of discrete Laplace at ε = 2 is 2e^-2/(1 - e^-2)^2 = 0.362, the standard deviation of a square 1.01;
    // five standard errors.
    let runs = runs as f64;
    for variance in [here / runs, there / runs] {
        assert!((0.362 - 0.291..0.362 + 0.291).contains(&variance), "{variance}");
    }
    assert!((together / runs).abs() < 0.105, "{together}");
}

fn side() -> impl Strategy<Value = Vec<Entry>> {
    let entry = (0u16..3, 0u32..25).prop_map(|(section, value)| entries(section, [value])[0]);
    proptest::collection::vec(entry, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_sets(x in side(), y in side(), both: bool, padding in proptest::option::of(60u64..90), at in 0..3usize) {
        let learns = if both { Learns::Both } else { Learns::Receiver };
        check(&x, &y, &Terms { own_items: padding, ..terms(learns, 3) }, ALL[at]);
    }
}

//! The protocols equal the functions in the clear.

use super::*;
use crate::plain;
use proptest::prelude::*;

fn check_sizes(sets: &[Vec<Entry>], sections: usize, opens: &Opens) {
    let all = run(sets, &agreement(sets.len(), sections), &Task::Sizes(opens.clone()));
    let regions: Vec<Regions> =
        plain::regions(sets, sections).iter().map(|section| Regions::from_numbers(section)).collect();
    for (number, (done, _)) in all.iter().enumerate() {
        let Done::Sized(sized) = done else { panic!() };
        assert_eq!(sized.sizes, Sizes::of(&regions, opens), "party {number}");
        assert_eq!(sized.regions, (number == opens.comparer).then(|| regions.clone()), "party {number}");
        assert_eq!(sized.facts.duplicates, plain::repeats(&sets[number]));
        let salt = sized.facts.salt.expose();
        assert_eq!(sized.facts.commitments[number], crate::terms::commitment(salt, &sets[number]));
        for (counts, party) in sized.facts.counts.iter().zip(0..) {
            let held = |section: usize| regions[section].intersection(1 << party);
            assert_eq!(*counts, (0..sections).map(held).collect::<Vec<_>>());
        }
    }
}

fn check_intersection(sets: &[Vec<Entry>], sections: usize, receiver: usize) {
    let all = run(sets, &agreement(sets.len(), sections), &Task::Intersection(receiver));
    for (number, (done, _)) in all.iter().enumerate() {
        let Done::Intersected(found) = done else { panic!() };
        let expected = (number == receiver).then(|| plain::intersect_all(sets, receiver));
        assert_eq!(found.matched, expected, "party {number}");
        assert_eq!(found.facts.duplicates, plain::repeats(&sets[number]));
    }
}

fn all_regions(comparer: usize) -> Opens {
    Opens { comparer, only: None }
}

fn shapes() -> Vec<(&'static str, Vec<Vec<Entry>>)> {
    let set = |values: std::ops::Range<u32>| entries(0, values);
    vec![
        ("all empty", vec![vec![]; 3]),
        ("one empty", vec![set(0..5), vec![], set(0..5), set(3..9)]),
        ("one entry each, the same", vec![set(1..2); 5]),
        ("one entry each, others", (0..4).map(|n| set(n..n + 1)).collect()),
        ("equal", vec![set(0..150); 3]),
        ("disjoint", (0..5).map(|n| set(30 * n..30 * n + 30)).collect()),
        ("overlapping", (0..5).map(|n| set(10 * n..60 + 5 * n)).collect()),
        ("unequal", vec![set(0..3), set(1..200), set(2..40)]),
        ("repeats", vec![entries(0, [1, 2, 1, 3]), entries(0, [3, 3, 1]), entries(0, [1, 1, 1, 9])]),
    ]
}

#[test]
fn every_shape() {
    for (name, sets) in shapes() {
        for last in [0, sets.len() - 1] {
            println!("{name}, party {last}");
            check_sizes(&sets, 1, &all_regions(last));
            check_intersection(&sets, 1, last);
        }
    }
}

#[test]
fn more_than_one_frame_of_everything() {
    let sets = [entries(0, 0..9_000), entries(0, 4_000..5_000), entries(0, 100..4_600)];
    check_sizes(&sets, 1, &all_regions(1));
    check_intersection(&sets, 1, 0);
    check_intersection(&sets, 1, 1);
}

#[test]
fn only_what_is_named_is_opened() {
    let sets: Vec<_> = (0..4).map(|n| entries(0, 5 * n..40)).collect();
    check_sizes(&sets, 1, &Opens { comparer: 2, only: Some(vec![0b1111, 0b0011]) });
    check_sizes(&sets, 1, &Opens { comparer: 2, only: Some(vec![]) });
}

#[test]
fn regions_add_up() {
    let regions = Regions::from_numbers(
        &plain::regions(&[entries(0, 0..10), entries(0, 5..12), entries(0, 9..20)], 1)[0],
    );
    assert_eq!((regions.exactly(0b001), regions.exactly(0b011), regions.exactly(0b111)), (5, 4, 1));
    assert_eq!((regions.intersection(0b011), regions.intersection(0b100), regions.union(0b111)), (5, 11, 20));
    assert_eq!((regions.exactly(0), regions.exactly(8), regions.union(0)), (0, 0, 0));
}

fn sets() -> impl Strategy<Value = Vec<Vec<Entry>>> {
    let entry = (0u16..2, 0u32..20).prop_map(|(section, value)| entries(section, [value])[0]);
    proptest::collection::vec(proptest::collection::vec(entry, 0..25), 3..=5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_sets(sets in sets(), at in 0usize..5, named: bool) {
        let party = at % sets.len();
        let only = named.then(|| vec![3, 5, 7]);
        check_sizes(&sets, 2, &Opens { comparer: party, only });
        check_intersection(&sets, 2, party);
    }
}

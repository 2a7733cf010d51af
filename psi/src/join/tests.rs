use super::*;
use crate::size::{self, Opens, Sizes};
use crate::{Entry, Learns, Terms, intersect};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::hash::Digest;
use yinshu_net::{PartyId, memory};

type Table = Vec<Vec<Option<String>>>;

/// By id, else by name and date of birth.
fn plan() -> Plan {
    let alternative =
        |name: &str, columns: &[usize]| Alternative { name: name.into(), columns: columns.into() };
    Plan {
        domain: "people".into(),
        alternatives: vec![alternative("id", &[0]), alternative("name, birth", &[1, 2])],
    }
}

fn table(rows: &[[&str; 3]]) -> Table {
    let cell = |cell: &&str| (!cell.is_empty()).then(|| (*cell).to_owned());
    rows.iter().map(|row| row.iter().map(cell).collect()).collect()
}

fn terms(sections: Vec<crate::Section>) -> Terms {
    Terms {
        learns: Learns::Receiver,
        sections,
        max_peer_items: 1 << 20,
        own_items: None,
        context: Digest::ZERO,
    }
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn two<T: Send>(
    send: impl FnOnce(&mut memory::MemoryChannel) + Send,
    receive: impl FnOnce(&mut memory::MemoryChannel) -> T,
) -> T {
    let name = |name: &str| PartyId::new(name).unwrap();
    let (mut here, mut there) = memory::pair(name("left"), name("right"));
    std::thread::scope(|scope| {
        scope.spawn(move || send(&mut there));
        receive(&mut here)
    })
}

fn matched(plan: &Plan, duplicates: Duplicates, left: &Table, right: &Table) -> Vec<Option<Found>> {
    let own = plan.matching(Side::Receiver, duplicates, left).unwrap();
    let other = plan.matching(Side::Sender, duplicates, right).unwrap();
    let terms = terms(plan.sections(1 << 20));
    let source = other.entries.iter().map(|entry: &Entry| Ok::<_, String>(*entry));
    let received = two(
        |channel| drop(intersect::send(channel, source, &terms, &mut rng(1), &mut |_| {}).unwrap()),
        |channel| intersect::receive(channel, &own.entries, &terms, &mut rng(2), &mut |_| {}).unwrap(),
    );
    own.rows(&received.matched)
}

fn counted(plan: &Plan, cap: u32, left: &Table, right: &Table) -> (Vec<Counts>, u64) {
    let own = plan.counting(Side::Receiver, cap, left).unwrap();
    let other = plan.counting(Side::Sender, cap, right).unwrap();
    let terms = terms(plan.counting_sections(1 << 20));
    let source = other.entries.iter().map(|entry: &Entry| Ok::<_, String>(*entry));
    let received = two(
        |channel| {
            drop(size::send(channel, source, &terms, Opens::Sections, &mut rng(1), &mut |_| {}).unwrap());
        },
        |channel| {
            size::receive(channel, &own.entries, &terms, Opens::Sections, &mut rng(2), &mut |_| {}).unwrap()
        },
    );
    let Sizes::Sections(sizes) = received.sizes else { panic!() };
    (sizes.as_chunks().0.iter().map(Counts::of).collect(), own.over + other.over)
}

#[test]
fn alternatives_are_tried_in_order() {
    let left = table(&[
        ["1", "Wang", "1990"],
        ["", "Li", "1985"],
        ["9", "Zhao", "1970"],
        ["", "", ""],
        ["8", "Qian", ""],
        ["1", "Sun", "2000"],
    ]);
    let right = table(&[
        ["1", "Wang", "1990"],
        ["1", "", ""],
        ["7", "Li", "1985"],
        ["", "Zhao", "1970"],
        ["", "Qian", ""],
    ]);
    let found = |alternative, pairs| Some(Found { alternative, pairs });
    let once = [found(0, 1), found(1, 1), found(1, 1), None, None, found(0, 1)];
    assert_eq!(matched(&plan(), Duplicates::Once, &left, &right), once);
    let counted = [found(0, 2), found(1, 1), found(1, 1), None, None, found(0, 2)];
    assert_eq!(matched(&plan(), Duplicates::Counted { cap: 3 }, &left, &right), counted);
}

#[test]
fn parts_of_keys_do_not_run_together() {
    let (left, right) = (table(&[["", "ab", "c"]]), table(&[["", "a", "bc"]]));
    assert_eq!(matched(&plan(), Duplicates::Once, &left, &right), [None]);
}

#[test]
fn joins_are_counted_and_outer_joins_with_them() {
    let left = table(&[["1", "", ""], ["1", "", ""], ["2", "", ""], ["3", "", ""], ["", "", ""]]);
    let right = table(&[["1", "", ""], ["1", "", ""], ["1", "", ""], ["2", "", ""], ["4", "", ""]]);
    let (counts, over) = counted(&plan(), 3, &left, &right);
    assert_eq!((counts[0], over), (Counts { pairs: 7, left: 3, right: 4 }, 0));
    // (1,1) six times, (2,2); then 3 and the row without a key on the left; 4 on the right.
    assert_eq!((counts[0].left_outer(5), counts[0].right_outer(5), counts[0].full_outer(5, 5)), (9, 8, 10));
    assert_eq!(counts[1], Counts { pairs: 0, left: 0, right: 0 });
    // A cap of two: the third row of 1 on the right is left out, and said to be.
    let (counts, over) = counted(&plan(), 2, &left, &right);
    assert_eq!((counts[0], over), (Counts { pairs: 5, left: 3, right: 3 }, 1));
}

#[test]
fn plans_that_cannot_be() {
    let rows = table(&[["1", "", ""]]);
    let code = |plan: &Plan, duplicates| plan.matching(Side::Sender, duplicates, &rows).unwrap_err().code();
    let none = Plan { alternatives: vec![], ..plan() };
    assert_eq!(code(&none, Duplicates::Once), 4182);
    assert_eq!(code(&plan(), Duplicates::Counted { cap: 0 }), 4182);
    assert_eq!(plan().counting(Side::Sender, MAX_CAP + 1, &rows).unwrap_err().code(), 4182);
    let mut other = plan();
    other.alternatives[1].columns = vec![];
    assert_eq!(code(&other, Duplicates::Once), 4182);
    other.alternatives[1].columns = vec![3];
    assert_eq!(code(&other, Duplicates::Once), 4182);
}

/// Only the sender leaves rows out of a match; in a count both sides do.
#[test]
fn rows_beyond_the_cap_are_counted_where_they_are_left_out() {
    let three = table(&[["1", "", ""], ["1", "", ""], ["1", "", ""]]);
    let over = |side| {
        let matching = plan().matching(side, Duplicates::Counted { cap: 1 }, &three).unwrap().over;
        (matching, plan().counting(side, 1, &three).unwrap().over)
    };
    assert_eq!((over(Side::Sender), over(Side::Receiver)), ((2, 2), (0, 2)));
    assert_eq!(matched(&plan(), Duplicates::Counted { cap: 1 }, &three, &three).len(), 3);
}

#[test]
fn entries_are_counted_before_they_are_made() {
    let rows = table(&[["1", "a", "b"], ["1", "a", ""], ["1", "a", "b"], ["2", "", "b"]]);
    for side in [Side::Sender, Side::Receiver] {
        for duplicates in [Duplicates::Once, Duplicates::Counted { cap: 2 }] {
            let made = plan().matching(side, duplicates, &rows).unwrap().entries.len() as u64;
            // By id three rows of 1 and one of 2; by name and birth two rows of one key.
            assert_eq!(made, [3, 1, 2].map(|count| duplicates.shown(side, count)).iter().sum::<u64>());
        }
        let made = plan().counting(side, 2, &rows).unwrap().entries.len() as u64;
        assert_eq!(made, [3, 1, 2].map(|count| plan::counted(count, 2)).iter().sum::<u64>());
    }
    let most = crate::terms::MAX_ENTRIES;
    assert_eq!(plan::room([most].into_iter()), Ok(()));
    for many in [vec![most, 1], vec![u64::MAX, 5], vec![plan::counted(1 << 20, MAX_CAP); 1 << 13]] {
        assert_eq!(plan::room(many.into_iter()).unwrap_err().code(), 4005);
    }
}

/// Sides whose keys differ in meaning differ in the digest, whatever the places of their columns.
#[test]
fn the_digest_says_what_must_be_agreed() {
    let mut places = plan();
    places.alternatives[1].columns = vec![7, 0];
    assert_eq!(places.digest(Duplicates::Once), plan().digest(Duplicates::Once));
    let (mut domain, mut name, mut width, mut fewer) = (plan(), plan(), plan(), plan());
    domain.domain = "persons".into();
    name.alternatives[0].name = "number".into();
    width.alternatives[1].columns = vec![1];
    fewer.alternatives.pop();
    let plans = [plan(), domain, name, width, fewer];
    let mut digests: Vec<Digest> = plans.iter().map(|plan| plan.digest(Duplicates::Once)).collect();
    digests.extend([1, 2].map(|cap| plan().digest(Duplicates::Counted { cap })));
    digests.extend([1, 2].map(|cap| plan().counting_digest(cap)));
    let different: std::collections::BTreeSet<[u8; 32]> = digests.iter().map(|digest| digest.0).collect();
    assert_eq!(different.len(), digests.len());
}

/// Terms bound to it do not open a run between sides that differ.
#[test]
fn sides_with_other_caps_do_not_meet() {
    let bound = |cap| Terms { context: plan().counting_digest(cap), ..terms(plan().counting_sections(99)) };
    let rows = table(&[["1", "", ""]]);
    let (own, other) = (bound(2), bound(3));
    let entries = |side, cap| plan().counting(side, cap, &rows).unwrap().entries;
    let source: Vec<Entry> = entries(Side::Sender, 3);
    let code = two(
        |channel| {
            let source = source.iter().map(|entry| Ok::<_, String>(*entry));
            let sent = size::send(channel, source, &other, Opens::Sections, &mut rng(1), &mut |_| {});
            assert_eq!(sent.unwrap_err().code(), 4104);
        },
        |channel| {
            let own_entries = entries(Side::Receiver, 2);
            let got = size::receive(channel, &own_entries, &own, Opens::Sections, &mut rng(2), &mut |_| {});
            got.unwrap_err().code()
        },
    );
    assert_eq!(code, 4010);
}

fn rows() -> impl Strategy<Value = Table> {
    let cell = |most: u32| proptest::option::weighted(0.8, (0..most).prop_map(|value| value.to_string()));
    let row = (cell(8), cell(3), cell(3)).prop_map(|(id, name, birth)| vec![id, name, birth]);
    proptest::collection::vec(row, 0..15)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_tables(left in rows(), right in rows(), cap in 1u32..4) {
        for duplicates in [Duplicates::Once, Duplicates::Counted { cap }] {
            let found = matched(&plan(), duplicates, &left, &right);
            prop_assert_eq!(found, super::rows(&plan(), duplicates, &left, &right));
        }
        let (counts, over) = counted(&plan(), 15, &left, &right);
        prop_assert_eq!((counts, over), (super::counts(&plan(), &left, &right), 0));
    }
}

//! Online runs against the oracle in the clear.

use super::*;
use crate::plain::intersect;
use proptest::prelude::*;
use yinshu_net::testkit::{Direction, Recorder};

const LEAST: Where<'static> = Where::Buckets { least: 2 };

#[test]
fn hundred_shapes() {
    let mut seed = rng(77);
    let mut draw = |below: u32| seed.next_u32() % below;
    for shape in 0..100u32 {
        // Empty, one, equal, disjoint, and whatever comes; with repeats on both sides.
        let (x, y): (Vec<u32>, Vec<u32>) = match shape % 5 {
            0 => (vec![], (0..draw(20)).collect()),
            1 => ((0..draw(20)).collect(), vec![]),
            2 => ((0..30).collect(), (0..30).collect()),
            3 => ((0..20).collect(), (100..100 + draw(200)).collect()),
            _ => {
                let (few, many) = (draw(60), draw(600));
                ((0..few).map(|_| draw(300)).collect(), (0..many).map(|_| draw(300)).collect())
            }
        };
        let sections = 1 + (shape / 5 % 3) as u16;
        let place = |value: &u32| entry((value % u32::from(sections)) as u16, *value);
        let (x, y): (Vec<Entry>, Vec<Entry>) = (x.iter().map(place).collect(), y.iter().map(place).collect());
        let folder = tempfile::tempdir().unwrap();
        let terms = terms(usize::from(sections));
        let rows = y.iter().map(|entry| Ok::<_, String>(Row::from(*entry)));
        let (encoding, _) =
            Encoding::create(folder.path(), &Layout::of(&terms), rows, &mut rng(1), &mut |_| {}).unwrap();
        let expected = intersect(&x, &y).receiver;
        let (copy, _folder) = copied(&encoding, &terms);
        for (find, verify) in [(LEAST, shape % 2 == 0), (Where::Copy(&copy), shape % 2 == 1)] {
            let (asked, answered) = run(&x, &encoding, &terms, find, verify).unwrap();
            assert_eq!(asked.matched, expected, "shape {shape}");
            assert_eq!(asked.payloads, None);
            assert_eq!(asked.peer_items, encoding.stats().entries);
            assert_eq!(answered.peer_items.iter().sum::<u64>(), x.len() as u64);
            assert_eq!(answered.peer_commitment, asked.commitment);
            let opened = crate::terms::commitment(asked.salt.expose(), &x);
            assert_eq!(opened, asked.commitment);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn any_sets(
        x in prop::collection::vec(0u32..60, 0..30),
        y in prop::collection::vec(0u32..60, 0..60),
        least in 0u32..5,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let encoding = create_labelled(folder.path(), y.iter().copied());
        let asked = entries(0, x.iter().copied());
        let expected = intersect(&asked, &entries(0, y)).receiver;
        let (found, _) = run(&asked, &encoding, &terms(1), Where::Buckets { least }, false).unwrap();
        let payloads: Vec<_> =
            x.iter().zip(&expected).map(|(&value, &held)| held.then(|| payload(value))).collect();
        prop_assert_eq!(found.matched, expected);
        prop_assert_eq!(found.payloads, Some(payloads));
    }
}

#[test]
fn payloads_open_for_what_is_held_alone() {
    let folder = tempfile::tempdir().unwrap();
    let encoding = create_labelled(folder.path(), 0..300);
    let (copy, _folder) = copied(&encoding, &terms(1));
    let x = entries(0, [5, 1_000, 5, 299, 300]);
    for find in [LEAST, Where::Copy(&copy)] {
        let (asked, _) = run(&x, &encoding, &terms(1), find, true).unwrap();
        let expected = [Some(payload(5)), None, Some(payload(5)), Some(payload(299)), None];
        assert_eq!(asked.payloads, Some(expected.to_vec()));
        assert_eq!((asked.matched, asked.duplicates), (vec![true, false, true, true, false], 1));
    }
}

#[test]
fn an_item_is_found_in_its_section_alone() {
    let folder = tempfile::tempdir().unwrap();
    let terms = terms(2);
    let rows = [Ok::<_, String>(Row::from(entry(0, 1))), Ok(Row::from(entry(1, 2)))];
    let (encoding, _) =
        Encoding::create(folder.path(), &Layout::of(&terms), rows, &mut rng(1), &mut |_| {}).unwrap();
    let x = [entry(1, 1), entry(0, 1), entry(1, 2), entry(0, 2)];
    let (asked, answered) = run(&x, &encoding, &terms, LEAST, true).unwrap();
    assert_eq!(asked.matched, [false, true, true, false]);
    assert_eq!(answered.peer_items, [2, 2]);
}

#[test]
fn several_chunks_and_buckets() {
    let folder = tempfile::tempdir().unwrap();
    let encoding = create(folder.path(), 0..3_000);
    let x = entries(0, 2_000..2_000 + 5_000);
    let (asked, answered) = run(&x, &encoding, &terms(1), Where::Buckets { least: 8 }, true).unwrap();
    assert!(asked.matched.iter().zip(2_000..).all(|(&held, value)| held == (value < 3_000)));
    // 3000 / 16 → 2^7 buckets, all of them asked for.
    assert_eq!((answered.buckets, answered.shown), (128, 3_000));
}

#[test]
fn quotas_are_refused_before_anything_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let encoding = create(folder.path(), 0..10);
    let (wide, mut tight) = (terms(1), terms(1));
    tight.sections[0].max = 3;
    let x = entries(0, 0..4);
    let outcome = run_over(pair(), &x, (&encoding, &tight), &wide, &query(LEAST, false));
    assert_eq!(outcome.answered.unwrap_err().code(), 4105);
    assert_eq!(outcome.asked.unwrap_err().code(), 4010);
    tight.sections[0].max = 10;
    tight.max_peer_items = 3;
    let outcome = run_over(pair(), &x, (&encoding, &tight), &wide, &query(LEAST, false));
    assert_eq!(outcome.answered.unwrap_err().code(), 4106);
    // The asker keeps to its own quota before it sends anything.
    tight.sections[0].max = 3;
    let outcome = run_over(pair(), &x, (&encoding, &wide), &tight, &query(LEAST, false));
    assert_eq!(outcome.asked.unwrap_err().code(), 4006);
}

#[test]
fn what_is_not_recorded_is_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let encoding = create(folder.path(), 0..10);
    let (mut asker, mut holder) = pair();
    let terms = terms(1);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let error =
                ask(&mut asker, &entries(0, 0..4), &terms, &query(LEAST, false), &mut rng(1), &mut |_| {});
            assert_eq!(error.unwrap_err().code(), 4010);
            assert_eq!(asker.meter().total.frames_received, 1, "the refusal and nothing else");
        });
        let mut seen = Vec::new();
        let mut refuse = |open: &msg::OpenPackage| {
            seen = open.counts.clone();
            Err(Declined::Unrecorded("the disk is full".to_string()))
        };
        let error =
            answer(&mut holder, &encoding, &terms, &mut rng(2), &mut refuse, &mut |_| {}).unwrap_err();
        assert_eq!(error, PsiError::Unrecorded { detail: "the disk is full".into() });
        assert_eq!(seen, [4]);
    });
}

#[test]
fn a_quota_over_all_runs_is_refused_as_the_askers_doing() {
    let folder = tempfile::tempdir().unwrap();
    let encoding = create(folder.path(), 0..10);
    let (mut asker, mut holder) = pair();
    let terms = terms(1);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let refused =
                ask(&mut asker, &entries(0, 0..4), &terms, &query(LEAST, false), &mut rng(1), &mut |_| {});
            let peer = HOLDER.parse().unwrap();
            let reason = crate::error::Refusal::TooManyEntries;
            assert_eq!(refused.unwrap_err(), PsiError::Refused { peer, reason });
        });
        let mut refuse = |_: &msg::OpenPackage| Err(Declined::TotalQuota { max: 100, found: 103 });
        let error =
            answer(&mut holder, &encoding, &terms, &mut rng(2), &mut refuse, &mut |_| {}).unwrap_err();
        assert_eq!((error.code(), error.fault()), (4169, Fault::Peer(ASKER.parse().unwrap())));
    });
}

#[test]
fn terms_that_do_not_fit_are_refused_here() {
    let folder = tempfile::tempdir().unwrap();
    let encoding = create(folder.path(), 0..10);
    let both = Terms { learns: Learns::Both, ..terms(1) };
    let (mut asker, mut holder) = pair();
    let mut answer = |terms: &Terms| {
        answer(&mut holder, &encoding, terms, &mut rng(2), &mut |_| Ok(()), &mut |_| {}).unwrap_err().code()
    };
    assert_eq!(answer(&both), 4155);
    assert_eq!(answer(&terms(2)), 4154);
    let x = entries(0, 0..2);
    let error = ask(&mut asker, &x, &both, &query(LEAST, false), &mut rng(1), &mut |_| {}).unwrap_err();
    assert_eq!(error.code(), 4155);
}

#[test]
fn another_key_than_the_contract_names_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create(folder.path(), 0..10);
    let (copy, _folder) = copied(&encoding, &terms(1));
    let x = entries(0, 0..2);
    let known = Query { key: Some(encoding.stats().key), ..query(LEAST, true) };
    let outcome = run_over(pair(), &x, (&encoding, &terms(1)), &terms(1), &known);
    assert_eq!(outcome.asked.unwrap().matched, [true, true]);

    encoding.rotate(&layout(None), plain(0..10), &mut rng(4), &mut |_| {}).unwrap();
    let outcome = run_over(pair(), &x, (&encoding, &terms(1)), &terms(1), &known);
    assert_eq!(outcome.asked.unwrap_err().code(), 4160);
    assert_eq!(outcome.answered.unwrap_err().code(), 4010);
    let outcome = run_over(pair(), &x, (&encoding, &terms(1)), &terms(1), &query(Where::Copy(&copy), true));
    assert_eq!(outcome.asked.unwrap_err(), PsiError::StaleCopy { own: 1, found: 2 });

    // Another holder of the same epoch.
    let folder = tempfile::tempdir().unwrap();
    let rows = plain(0..10);
    let other = Encoding::create(folder.path(), &layout(None), rows, &mut rng(5), &mut |_| {}).unwrap().0;
    let outcome = run_over(pair(), &x, (&other, &terms(1)), &terms(1), &query(Where::Copy(&copy), false));
    assert_eq!(outcome.asked.unwrap_err().code(), 4160);
}

#[test]
fn a_holder_that_uses_another_key_is_caught_by_its_proof() {
    let folder = tempfile::tempdir().unwrap();
    let honest = create(folder.path(), 0..10);
    let stranger = tempfile::tempdir().unwrap();
    let rows = plain(0..10);
    let mut cheat =
        Encoding::create(stranger.path(), &layout(None), rows, &mut rng(5), &mut |_| {}).unwrap().0;
    // It says that it has the honest holder's key and answers with its own.
    cheat.store.manifest.published = honest.stats().published;
    let x = entries(0, 0..2);
    let known = Query { key: Some(honest.stats().key), ..query(LEAST, true) };
    let outcome = run_over(pair(), &x, (&cheat, &terms(1)), &terms(1), &known);
    let error = outcome.asked.unwrap_err();
    assert_eq!((error.code(), error.fault()), (4161, Fault::Peer(HOLDER.parse().unwrap())));
    assert_eq!(outcome.answered.unwrap_err().code(), 4010);
    // Who does not verify finds nothing even in the cheat's own table, since it takes the honest key off its points.
    let outcome = run_over(pair(), &x, (&cheat, &terms(1)), &terms(1), &Query { verify: false, ..known });
    assert_eq!(outcome.asked.unwrap().matched, [false, false], "and notices nothing");
}

#[test]
fn a_holder_that_raises_points_to_another_key_than_its_stores() {
    let (folder, stranger) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut cheat = create(folder.path(), 0..10);
    let rows = plain(0..10);
    let other = Encoding::create(stranger.path(), &layout(None), rows, &mut rng(5), &mut |_| {}).unwrap().0;
    let (copy, _folder) = copied(&cheat, &terms(1));
    cheat.keys = other.keys;
    let x = entries(0, 0..12);
    for find in [LEAST, Where::Copy(&copy)] {
        // Who verifies names it; who does not finds nothing, and notices nothing.
        let outcome = run_over(pair(), &x, (&cheat, &terms(1)), &terms(1), &query(find, true));
        assert_eq!(outcome.asked.unwrap_err().code(), 4161);
        let outcome = run_over(pair(), &x, (&cheat, &terms(1)), &terms(1), &query(find, false));
        assert_eq!(outcome.asked.unwrap().matched, [false; 12]);
        assert!(outcome.answered.is_ok());
    }
}

/// All blinded points of a run, as the holder gets them.
fn blinded_points(x: &[Entry], encoding: &Encoding, terms: &Terms) -> Vec<[u8; 32]> {
    let (asker, holder) = pair();
    let mut recorder = Recorder::new(asker);
    run_over((&mut recorder, holder), x, (encoding, terms), terms, &query(LEAST, true)).asked.unwrap();
    let steps = recorder.into_transcript().steps;
    let blinded = steps.iter().filter(|step| step.direction == Direction::Sent && step.frame[0] == 3);
    blinded.flat_map(|step| step.frame[1..].as_chunks().0.to_vec()).collect()
}

/// Equal points would tell the holder that an item is in two sections, or twice in one.
#[test]
fn no_two_blinded_points_are_equal() {
    let folder = tempfile::tempdir().unwrap();
    let terms = terms(3);
    let (encoding, _) =
        Encoding::create(folder.path(), &Layout::of(&terms), plain(0..5), &mut rng(1), &mut |_| {}).unwrap();
    let x = [(0, 1), (1, 1), (2, 1), (0, 1), (1, 7), (2, 7), (2, 7)]
        .map(|(section, value)| entry(section, value));
    let points = blinded_points(&x, &encoding, &terms);
    assert_eq!(points.len(), 7);
    assert_eq!(points.iter().collect::<std::collections::BTreeSet<_>>().len(), 7);
}

#[test]
fn a_copy_for_fewer_items_is_too_coarse() {
    let folder = tempfile::tempdir().unwrap();
    let encoding = create(folder.path(), 0..300);
    let mut few = terms(1);
    few.sections[0].max = 1;
    let (copy, _folder) = copied(&encoding, &few);
    // 40 bits, and twice 9 for the entries among themselves: with 2 to spare 60.
    assert_eq!(copy.stats().width, 8);
    let x = entries(0, 0..70_000);
    let outcome = run_over(pair(), &x, (&encoding, &terms(1)), &terms(1), &query(Where::Copy(&copy), false));
    assert_eq!(outcome.asked.unwrap_err(), PsiError::CoarseCopy { items: 70_000 });
}

//! Copies: whole, updated, and of something else.

use super::*;
use std::collections::BTreeSet;

/// Which of the values below `end` a copy makes the asker find.
fn found(copy: &Copy, encoding: &Encoding, end: u32) -> BTreeSet<u32> {
    let (asked, _) = run(&entries(0, 0..end), encoding, &terms(1), Where::Copy(copy), false).unwrap();
    (0..end).filter(|&value| asked.matched[value as usize]).collect()
}

#[test]
fn whole_and_then_what_changed() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut encoding = create_labelled(store.path(), 0..2_000);
    let (first, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    assert_eq!(copied, Copied { version: 1, entries: 2_000, whole: true, rows: 2_000 });
    assert_eq!(found(&first, &encoding, 2_100), (0..2_000).collect());

    encoding.insert(rows(1_990..2_010), &mut rng(2), &mut |_| {}).unwrap();
    encoding.delete(gone(0..10), &mut rng(2), &mut |_| {}).unwrap();
    let (second, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    // What was inserted again as it was is no change.
    assert_eq!(copied, Copied { version: 3, entries: 2_000, whole: false, rows: 20 });
    assert_eq!(second.verify().unwrap().entries, 2_000);
    assert_eq!(found(&second, &encoding, 2_100), (10..2_010).collect());
    assert_eq!(found(&first, &encoding, 2_100), (0..2_000).collect(), "what was open stays as it was");

    let (third, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    assert_eq!(copied, Copied { version: 3, entries: 2_000, whole: false, rows: 0 });
    assert_eq!(third.stats(), Copy::open(folder.path()).unwrap().stats());
}

#[test]
fn many_changes_one_after_another() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut encoding = create(store.path(), 0..100);
    let mut oracle: BTreeSet<u32> = (0..100).collect();
    for step in 0..25u32 {
        let batch = (step * 13 % 150)..(step * 13 % 150) + 1 + step % 9;
        if step % 2 == 0 {
            encoding.delete(gone(batch.clone()), &mut rng(2), &mut |_| {}).unwrap();
            oracle.retain(|value| !batch.contains(value));
        } else {
            encoding.insert(plain(batch.clone()), &mut rng(2), &mut |_| {}).unwrap();
            oracle.extend(batch);
        }
        // Sometimes several changes lie between two fetches.
        if step % 3 != 1 {
            let (copy, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
            assert_eq!(
                (copied.entries, copy.verify().unwrap().version),
                (oracle.len() as u64, u64::from(step) + 2)
            );
            assert_eq!(found(&copy, &encoding, 170), oracle);
        }
    }
}

#[test]
fn another_key_makes_a_copy_anew() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut encoding = create(store.path(), 0..100);
    let key = encoding.stats().key;
    fetched(&encoding, folder.path(), &terms(1)).unwrap();
    encoding.rotate(&layout(Some(10)), plain(50..80), &mut rng(6), &mut |_| {}).unwrap();
    // Who knows the old key notices; who knows none gets the new one.
    let outcome = copy_over(pair(), &encoding, folder.path(), (&terms(1), &terms(1)), Some(key));
    assert_eq!(outcome.0.err().unwrap().code(), 4160);
    assert_eq!(Copy::open(folder.path()).unwrap().stats().entries, 100, "nothing was changed");
    let (copy, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    assert_eq!((copied.whole, copied.entries, copy.stats().published.epoch), (true, 30, 2));
    assert_eq!(found(&copy, &encoding, 100), (50..80).collect());
    assert_eq!(copy.stats().payload, Some(10));
}

#[test]
fn a_larger_run_makes_a_copy_anew() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let encoding = create(store.path(), 0..100);
    let mut few = terms(1);
    few.sections[0].max = 1;
    assert_eq!(fetched(&encoding, folder.path(), &few).unwrap().0.stats().width, 7);
    let (copy, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    assert_eq!((copied.whole, copy.stats().width), (true, 9));
}

#[test]
fn an_empty_encoding_has_a_copy() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut encoding = create(store.path(), []);
    let (copy, _) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    assert!(found(&copy, &encoding, 5).is_empty());
    encoding.insert(plain(0..2), &mut rng(2), &mut |_| {}).unwrap();
    let (copy, _) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    assert_eq!(found(&copy, &encoding, 5), BTreeSet::from([0, 1]));
}

#[test]
fn copies_are_small() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let encoding = create(store.path(), 0..10_000);
    let (_, _, asker, _) = copy_over(pair(), &encoding, folder.path(), (&terms(1), &terms(1)), None);
    let terms = terms(1);
    // ⌈(40 + 20 + 14 + 2) / 8⌉ = 10 bytes a token, of which 14 bits are in the order.
    let bits = asker.total.bytes_received * 8 / 10_000;
    assert!((66..=70).contains(&bits), "{bits} bits for each of {}", terms.sections[0].max);
    assert_eq!(asker.total.rounds, 2);
    assert_eq!(asker.total.bytes_sent, copying::FetchPackage::BYTES as u64);
}

#[test]
fn too_many_entries_are_refused() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let encoding = create(store.path(), 0..100);
    let few = Terms { max_peer_items: 99, ..terms(1) };
    let (fetched, offered, ..) = copy_over(pair(), &encoding, folder.path(), (&few, &terms(1)), None);
    assert_eq!(fetched.err().unwrap().code(), 4106);
    // What it gives may all be under way before it hears the refusal.
    match offered {
        Ok(offered) => assert_eq!(offered.rows, 100),
        Err(error) => assert_eq!(error.code(), 4010, "{error}"),
    }
    assert!(Copy::open(folder.path()).is_err());
}

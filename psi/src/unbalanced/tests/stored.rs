//! The stored encoding: what is in it, what changes cost, and what happens to it.

use super::*;
use crate::unbalanced::store::merge::Rows;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;

/// The values below `end` that the encoding holds, with their payloads.
fn held(encoding: &Encoding, end: u32) -> BTreeMap<u32, Option<Vec<u8>>> {
    let all = entries(0, 0..end);
    let mut merge = encoding.store.merge();
    let mut row = Vec::new();
    let outputs = evaluate::outputs(&encoding.keys, &all);
    let mut held = BTreeMap::new();
    for (value, output) in (0..).zip(&outputs) {
        if merge.find(&evaluate::token(output), &mut row).unwrap() {
            let sealed = &row[store::ROW_HEAD..];
            held.insert(value, (!sealed.is_empty()).then(|| label::open(output, sealed).unwrap()));
        }
    }
    held
}

fn values(encoding: &Encoding, end: u32) -> BTreeSet<u32> {
    held(encoding, end).into_keys().collect()
}

#[test]
fn what_is_put_in_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/store");
    let (encoding, changed) =
        Encoding::create(&path, &layout(None), plain((0..1_000).chain(0..10)), &mut rng(1), &mut |_| {})
            .unwrap();
    assert_eq!(changed, Changed { inserted: 1_000, duplicates: 10, ..Changed::default() });
    assert_eq!(values(&encoding, 1_500), (0..1_000).collect());
    let stats = Encoding::open(&path).unwrap().verify().unwrap();
    assert_eq!(stats, encoding.stats());
    assert_eq!((stats.entries, stats.version, stats.payload, stats.segments), (1_000, 1, None, 1));
    assert_eq!((stats.bytes, stats.published.epoch), (16_000, 1));
    let error = Encoding::create(&path, &layout(None), plain(0..1), &mut rng(1), &mut |_| {}).err().unwrap();
    assert_eq!(error.code(), 4152);
}

#[test]
fn nothing_can_be_put_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create(folder.path(), []);
    assert_eq!(encoding.verify().unwrap().entries, 0);
    assert!(values(&encoding, 10).is_empty());
    let changed = encoding.insert(plain(3..5), &mut rng(2), &mut |_| {}).unwrap();
    assert_eq!((changed.inserted, encoding.verify().unwrap().entries), (2, 2));
    assert_eq!(values(&encoding, 10), BTreeSet::from([3, 4]));
}

#[test]
fn changes_are_as_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create(folder.path(), 0..300);
    let mut oracle: BTreeSet<u32> = (0..300).collect();
    // Batches of uneven sizes, overlapping, with repeats and with what is not there.
    for step in 0..40u32 {
        let (start, count) = (step * 37 % 400, 1 + step * step % 60);
        let batch = start..start + count;
        let changed = if step % 3 == 0 {
            let changed = encoding.delete(gone(batch.clone()), &mut rng(2), &mut |_| {}).unwrap();
            assert_eq!(changed.deleted, batch.clone().filter(|value| oracle.remove(value)).count() as u64);
            changed
        } else {
            let twice = batch.clone().chain(batch.clone().take(3));
            let changed = encoding.insert(plain(twice), &mut rng(2), &mut |_| {}).unwrap();
            assert_eq!(changed.inserted, batch.clone().filter(|&value| oracle.insert(value)).count() as u64);
            assert_eq!(changed.duplicates, u64::from(count.min(3)));
            changed
        };
        assert_eq!(changed.inserted + changed.deleted + changed.unchanged, u64::from(count));
        assert_eq!(encoding.verify().unwrap().entries, oracle.len() as u64);
    }
    assert_eq!(values(&encoding, 500), oracle);
    assert_eq!(values(&Encoding::open(folder.path()).unwrap(), 500), oracle);
}

#[test]
fn payloads_follow_their_items() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create_labelled(folder.path(), 0..400);
    let other = Row { entry: entry(0, 7), payload: b"changed".to_vec() };
    let last = Row { entry: entry(0, 8), payload: b"last".to_vec() };
    let batch = [Row { payload: b"first".to_vec(), ..last.clone() }, other, last].map(Ok::<_, String>);
    let changed = encoding.insert(batch, &mut rng(3), &mut |_| {}).unwrap();
    assert_eq!((changed.replaced, changed.duplicates, changed.inserted), (2, 1, 0));
    let held = held(&encoding, 500);
    assert_eq!(held.len(), 400);
    for (value, found) in held {
        let expected = match value {
            7 => b"changed".to_vec(),
            8 => b"last".to_vec(),
            _ => payload(value),
        };
        assert_eq!(found, Some(expected));
    }
    let long = Row { entry: entry(0, 1), payload: vec![0; 25] };
    let error = encoding.insert([Ok::<_, String>(long)], &mut rng(3), &mut |_| {}).unwrap_err();
    assert_eq!(error, PsiError::LongPayload { found: 25, max: 24 });
}

#[test]
fn a_change_costs_in_proportion_to_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create(folder.path(), 0..20_000);
    let base = fs::metadata(folder.path().join("segment-000001")).unwrap().modified().unwrap();
    for step in 0..8 {
        let from = 20_000 + step * 16;
        encoding.insert(plain(from..from + 16), &mut rng(2), &mut |_| {}).unwrap();
        assert!(encoding.stats().segments <= 3, "small segments are merged");
        let sizes = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
        let small: u64 = sizes.map(|data| data.len()).filter(|&bytes| bytes < 320_000).sum();
        assert!(small < 20_000, "besides the base there are {small} bytes");
    }
    let now = fs::metadata(folder.path().join("segment-000001")).unwrap().modified().unwrap();
    assert_eq!(base, now, "the base was not touched");
    assert_eq!(values(&encoding, 20_200).len(), 20_128);
}

#[test]
fn rotation_changes_every_token() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create(folder.path(), 0..50);
    let before = encoding.stats();
    let old = Encoding::open(folder.path()).unwrap();
    let changed = encoding.rotate(&layout(None), plain(10..70), &mut rng(9), &mut |_| {}).unwrap();
    assert_eq!(changed.inserted, 60);
    let after = encoding.verify().unwrap();
    assert_eq!((after.entries, after.version, after.published.epoch), (60, 2, 2));
    assert_ne!(before.key, after.key);
    assert_eq!(values(&encoding, 100), (10..70).collect());
    assert_eq!(values(&old, 100), (0..50).collect(), "what was open stays as it was");
    assert!(!folder.path().join("key-1").exists() && folder.path().join("key-2").exists());
    assert_eq!(Encoding::open(folder.path()).unwrap().stats(), after);
}

#[test]
fn what_an_interrupted_change_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create(folder.path(), 0..50);
    for name in ["segment-000077", "run-000000", "tmp-abc", "key-2"] {
        fs::write(folder.path().join(name), b"half").unwrap();
    }
    fs::write(folder.path().join("notes"), b"somebody's own").unwrap();
    assert_eq!(Encoding::open(folder.path()).unwrap().verify().unwrap().entries, 50);
    encoding.delete(gone(0..1), &mut rng(2), &mut |_| {}).unwrap();
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let names: BTreeSet<String> = names.map(|name| name.into_string().unwrap()).collect();
    let expected = ["key-1", "lock", "manifest", "notes", "segment-000001", "segment-000002"];
    assert_eq!(names, expected.map(String::from).into());
}

#[test]
fn a_change_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create(folder.path(), 0..50);
    let before = encoding.stats();
    let broken = plain(60..70).into_iter().chain([Err("the table ends".to_string())]);
    let error = encoding.insert(broken, &mut rng(2), &mut |_| {}).unwrap_err();
    assert_eq!(error, PsiError::Source { detail: "the table ends".into() });
    let stranger = [Ok::<_, String>(Row::from(entry(1, 3)))];
    assert_eq!(encoding.insert(stranger, &mut rng(2), &mut |_| {}).unwrap_err().code(), 4004);
    assert_eq!(encoding.stats(), before);
    assert_eq!(Encoding::open(folder.path()).unwrap().verify().unwrap(), before);
}

#[test]
fn only_one_changes_it_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create(folder.path(), 0..5);
    let mut other = Encoding::open(folder.path()).unwrap();
    let lock = file::Lock::take(folder.path()).unwrap();
    let error = encoding.insert(plain(5..6), &mut rng(2), &mut |_| {}).unwrap_err();
    assert_eq!(error.code(), 4153);
    drop(lock);
    // Each sees what the other did before it changes anything.
    encoding.insert(plain(5..6), &mut rng(2), &mut |_| {}).unwrap();
    other.delete(gone(0..1), &mut rng(2), &mut |_| {}).unwrap();
    encoding.insert(plain(6..7), &mut rng(2), &mut |_| {}).unwrap();
    assert_eq!(values(&encoding, 10), (1..7).collect());
}

#[cfg(unix)]
#[test]
fn the_key_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    create(&folder.path().join("store"), 0..5);
    for (name, expected) in [("store/key-1", 0o600), ("store/segment-000001", 0o600), ("store", 0o700)] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "{name}");
    }
}

#[test]
fn every_altered_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create_labelled(folder.path(), 0..600);
    encoding.delete(gone(0..5), &mut rng(2), &mut |_| {}).unwrap();
    for name in ["manifest", "key-1", "segment-000001", "segment-000002"] {
        let path = folder.path().join(name);
        let good = fs::read(&path).unwrap();
        let noticed = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            Encoding::open(folder.path()).and_then(|encoding| encoding.verify()).err()
        };
        let step = (good.len() / 40).max(1);
        for at in (0..good.len()).step_by(step).chain([good.len() - 1]) {
            if name == "key-1" && at == good.len() - 1 {
                continue; // the last line break, which says nothing
            }
            let mut bad = good.clone();
            bad[at] ^= 1;
            let error = noticed(&bad).unwrap_or_else(|| panic!("{name} altered at {at}"));
            assert_eq!(error.code(), 4151, "{name} at {at}: {error}");
        }
        for bad in [&good[..good.len() / 2], &[]] {
            assert_eq!(noticed(bad).unwrap().code(), 4151, "{name} cut");
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(Encoding::open(folder.path()).err().unwrap().code(), 4150);
        fs::write(&path, good).unwrap();
    }
    assert_eq!(Encoding::open(folder.path()).unwrap().verify().unwrap().entries, 595);
}

#[test]
fn sorting_spills_and_keeps_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let shape = store::segment::Shape { label: 2 };
    let mut sorter = store::sorting::Sorter::with_limit(folder.path(), shape, 26 * 100);
    let token = |value: u32| {
        evaluate::cut(*Item::new("t", &[&value.to_le_bytes()]).as_bytes().first_chunk().unwrap(), 15)
    };
    for round in 0..5u8 {
        (0..333).for_each(|value| sorter.push(&token(value), false, &[round, value as u8]).unwrap());
    }
    let sorted = sorter.finish().unwrap();
    assert_eq!((sorted.pushed, sorted.segments.len()), (1_665, 14));
    let mut expected: Vec<_> = (0..333u32).map(|value| (token(value), vec![0, 4, value as u8])).collect();
    expected.sort();
    let (mut merge, mut row, mut found) =
        (store::merge::Merge::new(&sorted.segments), Vec::new(), Vec::new());
    while merge.next_row(&mut row).unwrap() {
        found.push((*row.first_chunk().unwrap(), row[15..].to_vec()));
    }
    assert_eq!(found, expected);
}

#[test]
fn layouts_that_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let twice = Layout { sections: vec!["a".into(), "a".into()], ..layout(None) };
    let none = Layout { sections: vec![], ..layout(None) };
    for (layout, code) in [(twice, 4003), (none, 4002), (layout(Some(MAX_PAYLOAD + 1)), 4156)] {
        let error =
            Encoding::create(folder.path(), &layout, plain([]), &mut rng(1), &mut |_| {}).err().unwrap();
        assert_eq!(error.code(), code);
    }
}

#[test]
fn labels_open_under_their_own_output_only() {
    let (one, mut two) = ([7; 64], [7; 64]);
    two[63] ^= 1;
    let sealed = label::seal(&one, [9; 12], b"payload", 30);
    assert_eq!(sealed.len(), label::sealed_bytes(30));
    assert_eq!(label::payload_bytes(sealed.len()), Some(30));
    assert_eq!(label::open(&one, &sealed), Some(b"payload".to_vec()));
    assert_eq!(label::open(&two, &sealed), None);
    for at in 0..sealed.len() {
        let mut bad = sealed.clone();
        bad[at] ^= 1;
        assert_eq!(label::open(&one, &bad), None);
    }
    assert_eq!(label::open(&one, &sealed[..20]), None);
}

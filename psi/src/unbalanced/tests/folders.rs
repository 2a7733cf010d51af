//! What cheats, failures and crashes leave in a folder.

use super::*;
use crate::unbalanced::store::merge::Rows;
use crate::unbalanced::store::{Limit, ROW_HEAD, Store, TOKEN_BYTES};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use yinshu_net::testkit::{Action, Direction, Recorder, Tamper};

/// Every file of a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    entries.map(|path| (name(&path), fs::read(&path).unwrap())).collect()
}

/// A folder with these files.
fn folder_of(files: &BTreeMap<String, Vec<u8>>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
    folder
}

/// Rows as they are, one after another.
struct Given {
    rows: std::vec::IntoIter<Vec<u8>>,
}

impl Given {
    fn of(tokens: impl IntoIterator<Item = [u8; TOKEN_BYTES]>) -> Self {
        let row = |token: [u8; TOKEN_BYTES]| [&token[..], &[0]].concat();
        Self { rows: tokens.into_iter().map(row).collect::<Vec<_>>().into_iter() }
    }
}

impl Rows for Given {
    fn next_row(&mut self, row: &mut Vec<u8>) -> Result<bool, PsiError> {
        self.rows.next().map(|next| *row = next).map_or(Ok(false), |()| Ok(true))
    }
}

const ANY: Limit<'static> = Limit { lineage: None, inserted: u64::MAX, confirm: &|_| Ok(()) };

/// The holder sends everything anew and marks an entry as deleted: fewer than it stated.
#[test]
fn a_refused_whole_leaves_the_copy_that_is_there() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let encoding = create_labelled(store.path(), 0..40);
    let mut few = terms(1);
    few.sections[0].max = 1;
    let (before, _) = fetched(&encoding, folder.path(), &few).unwrap();
    let held = files(folder.path());

    let (asker, holder) = pair();
    let mut recorder = Recorder::new(asker);
    let fresh = tempfile::tempdir().unwrap();
    copy_over((&mut recorder, holder), &encoding, fresh.path(), (&terms(1), &terms(1)), None).0.unwrap();
    let steps = recorder.into_transcript().steps;
    let mut frame =
        steps.into_iter().filter(|step| step.direction == Direction::Received).nth(1).unwrap().frame;
    let frames = copying::Frames::new(9, 40, label::sealed_bytes(24));
    let mut package = copying::PackedPackage::decode(&frame, &frames, 40, None, 0).unwrap();
    package.heads[7][TOKEN_BYTES] = 1;
    frame = package.encode(&frames, None).unwrap();

    let (asker, holder) = pair();
    let channels = (Tamper::new(asker).rule(Direction::Received, 1, Action::Replace { frame }), holder);
    let refused =
        copy_over(channels, &encoding, folder.path(), (&terms(1), &terms(1)), None).0.err().unwrap();
    assert_eq!(refused.code(), 4167, "{refused}");
    assert_eq!(files(folder.path()), held, "the folder is as it was");
    assert_eq!(Copy::open(folder.path()).unwrap().verify().unwrap(), before.stats());
    let (after, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    assert!(copied.whole);
    assert_eq!(after.verify().unwrap().entries, 40);
}

#[test]
fn a_copy_that_cannot_be_read_is_fetched_anew() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let encoding = create(store.path(), 0..900);
    fetched(&encoding, folder.path(), &terms(1)).unwrap();
    let segment = |folder: &Path| files(folder).into_keys().find(|name| name.starts_with("segment")).unwrap();
    let spoil: [&dyn Fn(&Path); 3] = [
        &|folder| fs::write(folder.join("manifest"), b"none").unwrap(),
        &|folder| fs::remove_file(folder.join(segment(folder))).unwrap(),
        &|folder| fs::write(folder.join(segment(folder)), b"short").unwrap(),
    ];
    for spoil in spoil {
        spoil(folder.path());
        assert!(Copy::open(folder.path()).is_err());
        let (copy, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
        assert!(copied.whole);
        assert_eq!(copy.verify().unwrap().entries, 900);
        assert_eq!(files(folder.path()).len(), 3, "lock, manifest and one segment");
    }
    // Damage among the entries shows when they are read, and from then on.
    let path = folder.path().join(segment(folder.path()));
    let mut bytes = fs::read(&path).unwrap();
    bytes[16..16 + 900 * ROW_HEAD].iter_mut().for_each(|byte| *byte ^= 4);
    fs::write(&path, bytes).unwrap();
    let (copy, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    assert!(!copied.whole);
    let find = query(Where::Copy(&copy), false);
    let outcome = run_over(pair(), &entries(0, 0..3), (&encoding, &terms(1)), &terms(1), &find);
    assert_eq!(outcome.asked.unwrap_err().code(), 4151);
    assert!(fetched(&encoding, folder.path(), &terms(1)).unwrap().1.whole);
}

#[test]
fn a_copy_does_not_go_where_an_encoding_is() {
    let (store, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let encoding = create(store.path(), 0..9);
    create(other.path(), 0..5);
    fs::write(other.path().join("manifest"), b"none").unwrap();
    let held = files(other.path());
    let (fetched, ..) = copy_over(pair(), &encoding, other.path(), (&terms(1), &terms(1)), None);
    assert_eq!(fetched.err().unwrap().code(), 4152);
    assert_eq!(files(other.path()), held);
}

#[test]
fn a_rotation_that_fails_keeps_the_encoding_and_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create(folder.path(), 0..50);
    let (before, held) = (encoding.stats(), files(folder.path()));
    let broken = plain(60..70).into_iter().chain([Err("the table ends".to_string())]);
    let error = encoding.rotate(&layout(Some(9)), broken, &mut rng(2), &mut |_| {}).unwrap_err();
    assert_eq!(error.code(), 4008);
    assert_eq!(files(folder.path()), held);
    // And where what was written is refused at the end.
    let mut store = Store::open(folder.path()).unwrap();
    let published = Published { epoch: 2, ..before.published.clone() };
    store.renew(published, 0, 15);
    let refuse = |_| Err(PsiError::TooManyEntries { found: 2, max: 1 });
    let limit = Limit { confirm: &refuse, ..ANY };
    let refused = store.apply(&mut Given::of([[1; 15], [2; 15]]), 2, &limit).unwrap_err();
    assert_eq!(refused.code(), 4005);
    assert_eq!(files(folder.path()), held);
    assert_eq!(Encoding::open(folder.path()).unwrap().verify().unwrap(), before);
    assert_eq!(encoding.insert(plain(50..52), &mut rng(2), &mut |_| {}).unwrap().inserted, 2);
}

/// A holder that inserts without end does not fill the asker's disk.
#[test]
fn a_change_stops_at_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path(), 0..5));
    let mut store = Store::open(folder.path()).unwrap();
    let held = files(folder.path());
    let mut endless = Given::of((0u8..200).map(|value| [value; 15]));
    let refuse = |found| Err(PsiError::TooManyEntries { found, max: 7 });
    let limit = Limit { inserted: 7, confirm: &refuse, ..ANY };
    let refused = store.apply(&mut endless, 2, &limit).unwrap_err();
    assert_eq!(refused, PsiError::TooManyEntries { found: 8, max: 7 });
    assert_eq!(endless.rows.len(), 192, "the rest was not even read");
    assert_eq!(files(folder.path()), held);
}

#[test]
fn tokens_that_a_copy_cannot_tell_apart_are_not_offered() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut encoding = create(store.path(), 0..30);
    let (mut one, mut two) = ([9; 15], [9; 15]);
    (one[14], two[14]) = (1, 2);
    encoding.store.apply(&mut Given::of([one, two]), 2, &ANY).unwrap();
    let (fetched, offered, ..) = copy_over(pair(), &encoding, folder.path(), (&terms(1), &terms(1)), None);
    assert_eq!(offered.unwrap_err().code(), 4150);
    assert_eq!(fetched.err().unwrap().code(), 4010);
    assert!(Copy::open(folder.path()).is_err());
}

#[test]
fn what_is_inserted_again_unchanged_changes_nothing() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut encoding = create_labelled(store.path(), 0..400);
    fetched(&encoding, folder.path(), &terms(1)).unwrap();
    let mut again = rows(0..400);
    again[7] = Ok(Row { entry: entry(0, 7), payload: b"new".to_vec() });
    let changed = encoding.insert(again, &mut rng(3), &mut |_| {}).unwrap();
    assert_eq!(changed, Changed { replaced: 1, unchanged: 399, ..Changed::default() });
    let (_, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    assert_eq!((copied.whole, copied.rows), (false, 1));
}

/// Every state in which a crash can leave the folder: what was written lies there, but the manifest is the old one;
/// or the manifest is the new one, and what it does not name any more is still there.
#[test]
fn a_crash_leaves_what_was_or_what_is_to_be() {
    let all = |encoding: &Encoding| encoding.verify().unwrap();
    let changes: [&dyn Fn(&mut Encoding); 3] = [
        &|encoding| _ = encoding.insert(plain(90..99), &mut rng(4), &mut |_| {}).unwrap(),
        &|encoding| _ = encoding.delete(gone(0..60), &mut rng(4), &mut |_| {}).unwrap(),
        &|encoding| _ = encoding.rotate(&layout(None), plain(5..9), &mut rng(4), &mut |_| {}).unwrap(),
    ];
    for change in changes {
        let folder = tempfile::tempdir().unwrap();
        let mut encoding = create(folder.path(), 0..80);
        let (before, old) = (all(&encoding), files(folder.path()));
        change(&mut encoding);
        let (after, new) = (all(&encoding), files(folder.path()));
        let both = |manifest: &BTreeMap<String, Vec<u8>>| {
            let mut files: BTreeMap<_, _> = old.clone().into_iter().chain(new.clone()).collect();
            files.insert("manifest".into(), manifest["manifest"].clone());
            files
        };
        let mut half = both(&old);
        let written = new.keys().filter(|name| !old.contains_key(*name)).cloned().collect::<BTreeSet<_>>();
        written.iter().for_each(|name| half.get_mut(name).unwrap().truncate(20));
        for (files_left, expected) in [(both(&old), &before), (half, &before), (both(&new), &after)] {
            let folder = folder_of(&files_left);
            let mut encoding = Encoding::open(folder.path()).unwrap();
            assert_eq!(all(&encoding), *expected);
            // The next change removes what is not named, and builds on the rest.
            let changed = encoding.insert(plain(500..502), &mut rng(6), &mut |_| {}).unwrap();
            assert_eq!((changed.inserted, all(&encoding).entries), (2, expected.entries + 2));
            let epoch = format!("key-{}", expected.published.epoch);
            let keys: Vec<_> =
                files(folder.path()).into_keys().filter(|name| name.starts_with("key")).collect();
            assert_eq!(keys, [epoch]);
            let segments = files(folder.path()).into_keys().filter(|name| name.starts_with("segment"));
            assert_eq!(segments.count(), encoding.stats().segments);
        }
    }
}

#[test]
fn an_encoding_opens_while_it_is_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoding = create(folder.path(), 0..3);
    std::thread::scope(|scope| {
        let rotating = scope.spawn(move || {
            for seed in 0..12 {
                encoding.rotate(&layout(None), plain(0..3), &mut rng(seed), &mut |_| {}).unwrap();
            }
        });
        while !rotating.is_finished() {
            Encoding::open(folder.path()).unwrap();
        }
    });
}

/// A holder that goes back to an older state and changes it otherwise has another version of the same number.
#[test]
fn versions_of_one_number_and_different_contents_are_told_apart() {
    let (store, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut encoding = create(store.path(), 0..400);
    encoding.insert(plain(400..403), &mut rng(2), &mut |_| {}).unwrap();
    let saved = files(store.path());
    encoding.insert(plain(500..503), &mut rng(2), &mut |_| {}).unwrap();
    let (_, copied) = fetched(&encoding, folder.path(), &terms(1)).unwrap();
    assert_eq!((copied.version, copied.whole), (3, true));

    let restored = folder_of(&saved);
    let mut other = Encoding::open(restored.path()).unwrap();
    other.insert(plain(600..603), &mut rng(2), &mut |_| {}).unwrap();
    assert_eq!(other.stats().version, 3);
    let (copy, copied) = fetched(&other, folder.path(), &terms(1)).unwrap();
    assert!(copied.whole, "not taken for what is there");
    let x = entries(0, [401, 501, 601]);
    let (asked, _) = run(&x, &other, &terms(1), Where::Copy(&copy), true).unwrap();
    assert_eq!(asked.matched, [true, false, true]);
    // From a version that both have had, only what changed is sent.
    other.delete(gone(601..602), &mut rng(2), &mut |_| {}).unwrap();
    assert!(!fetched(&other, folder.path(), &terms(1)).unwrap().1.whole);
}

#[test]
fn an_encoding_knows_what_it_is_of() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (bare, labelled) = (create(one.path(), 0..3), create_labelled(two.path(), 0..3));
    let (rules, other) = (Digest::sha256(b"rules"), Digest::sha256(b"others"));
    assert_eq!((bare.is_of(rules, None), labelled.is_of(rules, Some("row"))), (Ok(()), Ok(())));
    let wrong =
        [bare.is_of(other, None), bare.is_of(rules, Some("row")), labelled.is_of(rules, Some("name"))];
    assert!(
        wrong.into_iter().chain([labelled.is_of(rules, None)]).all(|told| told.unwrap_err().code() == 4159)
    );
    // It is a part of what is published, and so of what a contract names.
    let mut key = labelled.stats().published;
    let before = key.digest();
    key.subject = Layout { column: "name".into(), ..layout(Some(24)) }.subject();
    assert_ne!(key.digest(), before);
    assert_eq!(Layout { ..layout(Some(24)) }.subject(), labelled.stats().published.subject);
}

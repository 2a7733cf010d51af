//! What a history keeps, and what it makes of files that are not as it left them.

use std::fs;

use super::*;

/// A set that owns its members.
struct Set(RoaringBitmap, Digest);

fn told(members: impl IntoIterator<Item = u32>) -> Set {
    let members: RoaringBitmap = members.into_iter().collect();
    let digest = digest(Space::Persons, &members, &[]);
    Set(members, digest)
}

fn add(history: &mut History, Set(members, digest): &Set) {
    let told = Told { space: Space::Persons, persons: members.len(), members, layers: &[], digest: *digest };
    history.locked(|h| h.add(&[&told])).unwrap();
}

#[test]
fn what_was_released_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history");
    let (a, b) = (told(0..100), told(50..150));
    let mut history = History::create(&path).unwrap();
    add(&mut history, &a);
    drop(history);
    let mut history = History::open(&path).unwrap();
    assert!(history.knows(&a.1) && !history.knows(&b.1));
    add(&mut history, &b);
    let again = History::open(&path).unwrap();
    assert!(again.knows(&a.1) && again.knows(&b.1));
    assert_eq!(again.atoms(Space::Persons).sets(), 2);
}

#[test]
fn two_see_what_the_other_released() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history");
    let mut one = History::create(&path).unwrap();
    let mut two = History::open(&path).unwrap();
    let sets: Vec<Set> = (0..10).map(|i| told(i * 10..i * 10 + 30)).collect();
    for (i, set) in sets.iter().enumerate() {
        add(if i % 2 == 0 { &mut one } else { &mut two }, set);
    }
    let all = one.locked(|h| Ok::<_, HistoryError>(sets.iter().all(|s| h.knows(&s.1))));
    assert!(all.unwrap());
    let all = two.locked(|h| Ok::<_, HistoryError>(sets.iter().all(|s| h.knows(&s.1))));
    assert!(all.unwrap());
}

#[test]
fn many_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history");
    History::create(&path).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let mut history = History::open(path).unwrap();
                for i in 0..5 {
                    add(&mut history, &told([thread * 10 + i]));
                }
            });
        }
    });
    assert_eq!(History::open(&path).unwrap().atoms(Space::Persons).sets(), 20);
}

#[test]
fn a_lost_or_second_file_is_no_empty_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history");
    assert!(matches!(History::open(&path), Err(HistoryError::File(_))));
    History::create(&path).unwrap();
    assert!(matches!(History::create(&path), Err(HistoryError::File(_))));
    fs::write(&path, []).unwrap();
    assert!(matches!(History::open(&path), Err(HistoryError::Damaged(_))));
}

#[test]
fn every_changed_or_missing_byte_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history");
    let mut history = History::create(&path).unwrap();
    add(&mut history, &told(0..9));
    add(&mut history, &told(5..12));
    drop(history);
    let whole = fs::read(&path).unwrap();
    for i in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[i] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(History::open(&path), Err(HistoryError::Damaged(_))), "byte {i} changed");
        fs::write(&path, &whole[..i]).unwrap();
        assert!(matches!(History::open(&path), Err(HistoryError::Damaged(_))), "cut to {i}");
    }
}

#[test]
fn what_a_crash_left_behind_the_end_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history");
    let mut history = History::create(&path).unwrap();
    add(&mut history, &told(0..9));
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(&[7; 40]);
    fs::write(&path, &bytes).unwrap();
    let mut history = History::open(&path).unwrap();
    add(&mut history, &told(20..31));
    assert_eq!(History::open(&path).unwrap().atoms(Space::Persons).sets(), 2);
}

#[test]
fn one_that_became_shorter_is_found_while_it_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history");
    let mut history = History::create(&path).unwrap();
    let empty = fs::read(&path).unwrap();
    add(&mut history, &told(0..9));
    fs::write(&path, &empty).unwrap();
    let again = history.locked(|_| Ok::<_, HistoryError>(()));
    assert!(matches!(again, Err(HistoryError::Damaged(_))));
}

#[test]
fn one_that_is_kept_sees_what_others_released_since() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history");
    History::create(&path).unwrap();
    let (a, b, c) = (told(0..100), told(50..150), told(200..300));
    add(&mut History::open_kept(&path).unwrap(), &a);
    // As another process would.
    add(&mut History::open(&path).unwrap(), &b);
    let mut kept = History::open_kept(&path).unwrap();
    let known = kept.locked(|h| Ok::<_, HistoryError>([&a, &b, &c].map(|set| h.knows(&set.1))));
    assert_eq!(known.unwrap(), [true, true, false]);
    add(&mut kept, &c);
    let again = History::open(&path).unwrap();
    assert!([&a, &b, &c].iter().all(|set| again.knows(&set.1)), "it wrote behind what the other wrote");
}

#[test]
fn what_is_kept_is_of_that_file_alone_and_no_longer_than_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("history"), folder.path().join("other"));
    History::create(&path).unwrap();
    let empty = fs::read(&path).unwrap();
    add(&mut History::open_kept(&path).unwrap(), &told(0..9));
    // Another file under the same name, of which nothing was released.
    History::create(&other).unwrap();
    fs::rename(&other, &path).unwrap();
    let mut kept = History::open_kept(&path).unwrap();
    let known = kept.locked(|h| Ok::<_, HistoryError>(h.knows(&told(0..9).1)));
    assert!(!known.unwrap());
    // The same file, of which something was taken away.
    add(&mut kept, &told(0..9));
    fs::write(&path, &empty).unwrap();
    assert!(matches!(History::open_kept(&path), Err(HistoryError::Damaged(_))));
    assert!(matches!(History::open_kept(&path), Err(HistoryError::Damaged(_))), "it stays so");
}

#[test]
fn one_of_an_older_format_is_not_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history");
    History::create(&path).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[15] = b'1';
    let check = Sha256::digest(&bytes[..HEAD - 32]);
    bytes[HEAD - 32..].copy_from_slice(&check);
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(History::open(&path), Err(HistoryError::Older)));
    bytes[15] = b'3';
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(History::open(&path), Err(HistoryError::Damaged(_))), "it was changed");
}

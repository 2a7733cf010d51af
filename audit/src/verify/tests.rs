use super::*;
use crate::Break;
use crate::log::Log;
use crate::log::tests::{entry, key, other_key, sample_log, time};
use std::fs;

const N: u64 = 4;

fn log_lines(n: u64) -> Vec<Vec<u8>> {
    let (_dir, path) = sample_log(n);
    fs::read(path).expect("read").split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

fn check(bytes: &[u8]) -> Result<Verified, AuditError> {
    verify_bytes(bytes, &key().public(), None)
}

fn broken(lines: &[Vec<u8>]) -> (u64, Break) {
    match check(&lines.concat()) {
        Err(AuditError::Broken { record, what }) => (record, what),
        other => panic!("expected a break, found {other:?}"),
    }
}

/// Every byte of a small log replaced by each of several others: always found, and in the record
/// that was changed.
#[test]
fn every_changed_byte_is_found() {
    let lines = log_lines(3);
    let whole = lines.concat();
    assert_eq!(check(&whole).expect("sound").records, 3);
    let mut start = 0;
    for (number, line) in (1..).zip(&lines) {
        for at in start..start + line.len() {
            for other in [whole[at] ^ 1, whole[at] ^ 0x20, whole[at] ^ 0x80, b'\n', b'0', 0] {
                if other == whole[at] {
                    continue;
                }
                let mut bytes = whole.clone();
                bytes[at] = other;
                match check(&bytes) {
                    Err(AuditError::Broken { record, .. }) => {
                        assert_eq!(record, number, "byte {at} as {other}");
                    }
                    other => panic!("byte {at}: {other:?}"),
                }
            }
        }
        start += line.len();
    }
}

/// The same with all 255 other values, for the first record.
#[test]
fn every_value_of_every_byte_of_a_record_is_found() {
    let whole = log_lines(1).concat();
    for at in 0..whole.len() {
        for flip in 1..=255u8 {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            assert!(check(&bytes).is_err(), "byte {at} ^ {flip}");
        }
    }
}

#[test]
fn any_removed_or_added_byte_is_found() {
    let whole = log_lines(2).concat();
    for at in 0..whole.len() {
        let mut fewer = whole.clone();
        fewer.remove(at);
        assert!(check(&fewer).is_err(), "without byte {at}");
        for extra in [b' ', b'\n', b'0', b'"', 0] {
            let mut more = whole.clone();
            more.insert(at, extra);
            assert!(check(&more).is_err(), "with {extra} at {at}");
        }
    }
    for extra in [b' ', b'\n', b'{', 0] {
        assert!(check(&[&whole[..], &[extra]].concat()).is_err());
    }
}

#[test]
fn any_removed_record_is_found() {
    let lines = log_lines(N);
    for from in 0..N as usize - 1 {
        for to in from + 1..N as usize {
            let mut fewer = lines.clone();
            fewer.drain(from..to);
            assert_eq!(broken(&fewer), (from as u64 + 1, Break::Removed));
        }
    }
}

#[test]
fn any_swap_is_found() {
    let lines = log_lines(N);
    for a in 0..N as usize {
        for b in a + 1..N as usize {
            let mut swapped = lines.clone();
            swapped.swap(a, b);
            let (record, what) = broken(&swapped);
            assert_eq!(record, a as u64 + 1);
            assert!(matches!(what, Break::Reordered { .. }), "{a} {b}: {what}");
        }
    }
}

#[test]
fn any_copied_record_is_found() {
    let lines = log_lines(N);
    for from in 0..N as usize {
        for to in 0..=N as usize {
            let mut more = lines.clone();
            more.insert(to, lines[from].clone());
            let (record, what) = broken(&more);
            if from < to {
                assert!(
                    record == to as u64 + 1 && matches!(what, Break::Inserted { .. }),
                    "{from} {to}: {what}"
                );
            } else if from > to {
                assert!(
                    record == to as u64 + 1 && matches!(what, Break::Reordered { .. }),
                    "{from} {to}: {what}"
                );
            }
        }
    }
}

#[test]
fn a_foreign_record_is_found_wherever_it_stands() {
    let lines = log_lines(N);
    let mut tip = Digest::ZERO;
    for at in 0..=N as usize {
        for signer in [key(), other_key()] {
            let forged = Record::sign(&entry(99), time(at as i64), tip, &signer).expect("signed").to_line();
            let mut more = lines.clone();
            more.insert(at, forged.into_bytes());
            let own = signer.public() == key().public();
            if own && at == N as usize {
                check(&more.concat()).expect("that is an append");
                continue;
            }
            let (record, what) = broken(&more);
            // A record by the key itself fits its predecessor; it is its follower that then does not.
            let expected = if own { at as u64 + 2 } else { at as u64 + 1 };
            assert_eq!(record, expected, "{at} {own} {what}");
            if at < N as usize {
                assert!(matches!(what, Break::Inserted { .. }), "{at} {own}: {what}");
            } else {
                assert_eq!(what, Break::BadSignature);
            }
        }
        if at < N as usize {
            tip = Record::from_line(lines[at].trim_ascii_end()).expect("a record").digest();
        }
    }
}

#[test]
fn another_key_is_named_as_such() {
    let lines = log_lines(2);
    let found = verify_bytes(&lines.concat(), &other_key().public(), None);
    assert_eq!(found, Err(AuditError::Broken { record: 1, what: Break::WrongKey }));
    let found = verify_bytes(&lines[0], &other_key().public(), None);
    assert_eq!(found, Err(AuditError::Broken { record: 1, what: Break::BadSignature }));
}

/// A cut at every byte: found as torn within a record, and at a record's end by the checkpoint.
#[test]
fn every_truncation_is_found_against_a_checkpoint() {
    let (_dir, path) = sample_log(N);
    let checkpoint = Log::open(&path, key()).expect("opens").checkpoint().expect("saved");
    let whole = fs::read(&path).expect("read");
    for cut in 0..whole.len() {
        let found = verify_bytes(&whole[..cut], &key().public(), Some(&checkpoint));
        match found {
            Err(
                AuditError::Broken { what: Break::Torn { .. }, .. }
                | AuditError::Truncated { checkpoint: N, .. },
            ) => {}
            other => panic!("cut {cut}: {other:?}"),
        }
    }
    let verified = verify(&path, &key().public(), Some(&checkpoint)).expect("sound");
    assert_eq!((verified.checkpoint, verified.head), (Some(N), checkpoint.head()));
    // More records after the checkpoint are fine.
    let mut log = Log::open(&path, key()).expect("opens");
    log.append(&entry(9), time(9)).expect("appended");
    assert_eq!(verify(&path, &key().public(), Some(&checkpoint)).expect("sound").records, N + 1);
    // The whole log gone.
    drop(log);
    fs::remove_file(&path).expect("removed");
    let gone = AuditError::Truncated { records: 0, checkpoint: N };
    assert_eq!(verify(&path, &key().public(), Some(&checkpoint)), Err(gone.clone()));
    fs::write(&path, b"").expect("emptied");
    assert_eq!(verify(&path, &key().public(), Some(&checkpoint)), Err(gone));
    assert!(matches!(verify(&path.join("none"), &key().public(), None), Err(AuditError::Io { .. })));
}

#[test]
fn a_checkpoint_of_another_key_says_nothing() {
    let (_dir, path) = sample_log(2);
    let head = verify(&path, &key().public(), None).expect("sound").head;
    let foreign = Checkpoint::sign(head, &other_key());
    assert_eq!(verify(&path, &key().public(), Some(&foreign)), Err(AuditError::CheckpointSignature));
}

#[test]
fn time_going_backwards_is_a_warning() {
    let (_dir, path) = sample_log(3);
    let mut log = Log::open(&path, key()).expect("opens");
    for _ in 0..150 {
        log.append(&entry(4), time(1)).expect("appended");
        log.append(&entry(4), time(2)).expect("appended");
    }
    let verified = verify(&path, &key().public(), None).expect("sound");
    assert_eq!((verified.backwards.len(), verified.backwards_count), (100, 150));
    assert_eq!(verified.backwards[..2], [4, 6]);
}

#[test]
fn an_empty_log_is_sound() {
    let verified = check(b"").expect("sound");
    assert_eq!((verified.records, verified.tip, verified.first), (0, Digest::ZERO, None));
}

use super::*;
use crate::record::Stage;
use crate::{Break, verify};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::fs;
use std::sync::{Arc, Mutex};

pub(crate) fn key() -> SigningKey {
    SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(7))
}

pub(crate) fn other_key() -> SigningKey {
    SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(8))
}

pub(crate) fn time(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-11-21T14:00:00+08:00".parse().expect("a time");
    start + jiff::SignedDuration::from_secs(seconds)
}

pub(crate) fn entry(n: u64) -> Entry {
    Entry {
        user: "张三".into(),
        ip: "10.0.0.9".parse().expect("an address"),
        object: format!("sb_cbxx/{n}"),
        content: "核验".into(),
        action: "verify".into(),
        result: "成功".into(),
        stage: Stage::Processing,
    }
}

pub(crate) fn sample_log(records: u64) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("audit.jsonl");
    let mut log = Log::open(&path, key()).expect("begins");
    for n in 1..=records {
        log.append(&entry(n), time(n as i64)).expect("appended");
    }
    (dir, path)
}

#[test]
fn grows_over_several_openings() {
    let (_dir, path) = sample_log(3);
    let mut log = Log::open(&path, key()).expect("opens");
    assert_eq!((log.len(), log.torn()), (3, None));
    let done = log.append(&entry(4), time(4)).expect("appended");
    assert_eq!((done.number, done.checkpoint.is_none()), (4, true));
    let verified = verify(&path, &key().public(), None).expect("sound");
    assert_eq!((verified.records, verified.head, verified.tip), (4, log.head(), done.digest));
    assert_eq!((verified.first, verified.last), (Some(time(1)), Some(time(4))));
}

#[test]
fn one_writer_at_a_time() {
    let (_dir, path) = sample_log(1);
    let first = Log::open(&path, key()).expect("opens");
    assert!(matches!(Log::open(&path, key()), Err(AuditError::InUse { .. })));
    verify(&path, &key().public(), None).expect("reading needs no lock");
    drop(first);
    Log::open(&path, key()).expect("free again");
}

#[test]
fn threads_that_compete_never_interleave() {
    let (_dir, path) = sample_log(0);
    let done: Vec<u64> = std::thread::scope(|scope| {
        let spawn = |t: u64| {
            let path = &path;
            scope.spawn(move || {
                let mut written = 0;
                while written < 10 {
                    if let Ok(mut log) = Log::open(path, key()) {
                        log.append(&entry(t * 100 + written), time(1)).expect("appended");
                        written += 1;
                    }
                    std::thread::yield_now();
                }
                written
            })
        };
        let threads: Vec<_> = (0..4).map(spawn).collect();
        threads.into_iter().map(|t| t.join().expect("no panic")).collect()
    });
    assert_eq!(done.iter().sum::<u64>(), 40);
    assert_eq!(verify(&path, &key().public(), None).expect("sound").records, 40);
}

#[test]
fn another_key_may_not_continue() {
    let (_dir, path) = sample_log(2);
    let error = Log::open(&path, other_key()).expect_err("refused");
    assert_eq!(error, AuditError::Broken { record: 1, what: Break::WrongKey });
    let mut log = Log::open(&path, key()).expect("opens");
    log.checkpoint().expect("saved");
    drop(log);
    assert_eq!(Log::open(&path, other_key()).expect_err("refused"), AuditError::CheckpointSignature);
}

/// A crash at every byte of an append: whatever reached the file, opening works, no finished record
/// is lost, and the piece is reported and kept.
#[test]
fn crash_at_every_byte_of_an_append() {
    let (_dir, path) = sample_log(3);
    let whole = fs::read(&path).expect("read");
    let second =
        fs::read_to_string(&path).expect("read").match_indices('\n').nth(1).expect("two lines").0 + 1;
    for cut in second..=whole.len() {
        for zeroed in [false, true] {
            let (_dir, path) = sample_log(0);
            let mut left = whole[..cut].to_vec();
            if zeroed && cut > second {
                // Some file systems leave the length and not the bytes.
                left[second..].fill(0);
            }
            fs::write(&path, &left).expect("written");
            let mut log = Log::open(&path, key()).expect("opens");
            let torn = (cut - second) as u64;
            let finished = cut == whole.len() && !zeroed;
            assert_eq!(log.len(), if finished { 3 } else { 2 }, "cut {cut}");
            match log.torn() {
                None => assert!(torn == 0 || finished),
                Some(t) => {
                    assert_eq!((t.record, t.bytes), (3, torn), "cut {cut}");
                    assert_eq!(fs::read(&t.moved_to).expect("kept"), left[second..]);
                }
            }
            log.append(&entry(9), time(9)).expect("appended");
            let records = log.len();
            drop(log);
            assert_eq!(verify(&path, &key().public(), None).expect("sound").records, records);
        }
    }
}

#[test]
fn a_power_cut_page_of_zeros_with_its_newline_is_torn() {
    let (_dir, path) = sample_log(2);
    let mut bytes = fs::read(&path).expect("read");
    let good = bytes.len();
    bytes.extend([0; 300]);
    bytes.extend(b"\"}\n");
    fs::write(&path, &bytes).expect("written");
    let log = Log::open(&path, key()).expect("opens");
    assert_eq!(log.torn().map(|t| t.bytes), Some(303));
    assert_eq!(fs::read(&path).expect("read").len(), good);
    // Not so when more follows: that is no interrupted write.
    drop(log);
    let mut bytes = fs::read(&path).expect("read");
    bytes[20] = 0;
    fs::write(&path, &bytes).expect("written");
    assert!(matches!(Log::open(&path, key()), Err(AuditError::Broken { record: 1, .. })));
}

#[test]
fn pieces_are_never_overwritten() {
    let (_dir, path) = sample_log(1);
    let good = fs::read(&path).expect("read");
    let mut kept = Vec::new();
    for piece in ["{\"a", "{\"b", "{\"c"] {
        fs::write(&path, [&good[..], piece.as_bytes()].concat()).expect("written");
        let log = Log::open(&path, key()).expect("opens");
        kept.push(log.torn().expect("torn").moved_to.clone());
    }
    let read: Vec<String> = kept.iter().map(|k| fs::read_to_string(k).expect("kept")).collect();
    assert_eq!(read, ["{\"a", "{\"b", "{\"c"]);
}

#[test]
fn checkpoints_come_by_themselves_and_on_demand() {
    let (_dir, path) = sample_log(0);
    let mut log = Log::open(&path, key()).expect("opens").checkpoint_every(NonZeroU64::new(3).expect("3"));
    let mut saved = Vec::new();
    for n in 1..=7 {
        if let Some(c) = log.append(&entry(n), time(1)).expect("appended").checkpoint {
            saved.push(c.expect("saved").head());
        }
    }
    assert_eq!(saved.iter().map(|h| h.size).collect::<Vec<_>>(), [3, 6]);
    let last = log.checkpoint().expect("saved");
    assert_eq!(Checkpoint::load(&checkpoint::path_beside(&path)), Ok(last.clone()));
    let proof = log.prove_consistency(3).expect("3 <= 7");
    assert_eq!(last.head().verify_consistency(&saved[0], &proof), Ok(()));
    let other = Head { size: 3, ..last.head() };
    assert!(last.head().verify_consistency(&other, &proof).is_err());
    let leaf = log.chain.tree.leaf(4).expect("record 5");
    let path5 = log.prove_inclusion(5).expect("record 5");
    assert_eq!(last.head().verify_inclusion(&leaf, 4, &path5), Ok(()));
    assert!(log.prove_inclusion(0).is_err() && log.prove_inclusion(8).is_err());
    assert!(log.prove_consistency(0).is_err() && log.prove_consistency(8).is_err());
}

#[test]
fn a_log_shorter_than_its_checkpoint_is_refused_and_left_alone() {
    let (_dir, path) = sample_log(4);
    Log::open(&path, key()).expect("opens").checkpoint().expect("saved");
    let whole = fs::read(&path).expect("read");
    let cuts: Vec<usize> = (0..whole.len()).step_by(37).chain([whole.len() - 1]).collect();
    for cut in cuts {
        fs::write(&path, &whole[..cut]).expect("written");
        let error = Log::open(&path, key()).expect_err("refused");
        assert!(matches!(error, AuditError::Truncated { checkpoint: 4, .. }), "cut {cut}: {error}");
        assert_eq!(fs::read(&path).expect("read").len(), cut);
    }
    fs::remove_file(&path).expect("removed");
    let gone = AuditError::Truncated { records: 0, checkpoint: 4 };
    assert_eq!(Log::open(&path, key()).expect_err("refused"), gone);
    assert!(!path.exists());
}

#[test]
fn a_rewritten_log_is_refused() {
    let (_dir, path) = sample_log(3);
    Log::open(&path, key()).expect("opens").checkpoint().expect("saved");
    let saved = Checkpoint::load(&checkpoint::path_beside(&path)).expect("a checkpoint");
    // The same key writes another history of the same length.
    fs::remove_file(&path).expect("removed");
    fs::remove_file(checkpoint::path_beside(&path)).expect("removed");
    let mut log = Log::open(&path, key()).expect("begins");
    for n in 11..=13 {
        log.append(&entry(n), time(1)).expect("appended");
    }
    drop(log);
    saved.save(&checkpoint::path_beside(&path)).expect("saved");
    let rewritten = AuditError::Rewritten { checkpoint: 3 };
    assert_eq!(Log::open(&path, key()).expect_err("refused"), rewritten);
    assert_eq!(verify(&path, &key().public(), Some(&saved)).expect_err("refused"), rewritten);
}

#[test]
fn a_file_changed_while_open_takes_no_more_records() {
    for change in 0..4 {
        let (dir, path) = sample_log(2);
        let mut log = Log::open(&path, key()).expect("opens");
        match change {
            0 => fs::remove_file(&path).expect("removed"),
            1 => fs::rename(&path, dir.path().join("moved")).expect("moved"),
            2 => fs::write(&path, b"").expect("emptied"),
            _ => {
                let copy = fs::read(&path).expect("read");
                fs::remove_file(&path).expect("removed");
                fs::write(&path, copy).expect("replaced");
            }
        }
        let error = log.append(&entry(3), time(3)).expect_err("refused");
        assert!(matches!(error, AuditError::ChangedOutside { .. }), "{change}: {error}");
        let error = log.append(&entry(3), time(3)).expect_err("refused");
        assert!(matches!(error, AuditError::Unusable { .. }), "{change}: {error}");
    }
}

/// A disk in memory that fails as told.
#[derive(Default)]
struct Failing {
    bytes: Arc<Mutex<Vec<u8>>>,
    room: usize,
    cut_fails: bool,
    sync_fails: bool,
}

impl Disk for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut held = self.bytes.lock().expect("one thread");
        let fits = bytes.len().min(self.room - held.len());
        held.extend(&bytes[..fits]);
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
    fn sync(&mut self) -> io::Result<()> {
        if self.sync_fails { Err(io::Error::other("bad sector")) } else { Ok(()) }
    }
    fn cut(&mut self, len: u64) -> io::Result<()> {
        if self.cut_fails {
            return Err(io::Error::other("read only"));
        }
        self.bytes.lock().expect("one thread").truncate(len as usize);
        Ok(())
    }
    fn unmoved(&self, len: u64) -> io::Result<bool> {
        Ok(self.bytes.lock().expect("one thread").len() as u64 == len)
    }
}

fn on(disk: Failing) -> (tempfile::TempDir, Log, Arc<Mutex<Vec<u8>>>) {
    let (dir, path) = sample_log(0);
    let mut log = Log::open(&path, key()).expect("opens");
    let bytes = disk.bytes.clone();
    log.disk = Box::new(disk);
    (dir, log, bytes)
}

/// A disk that fills up within a record, at every possible byte: the record is refused by name, and a
/// later, shorter one is whole.
#[test]
fn full_disk_at_every_byte() {
    let long = Entry { content: "长".repeat(300), ..entry(2) };
    let first = Record::sign(&entry(1), time(1), Digest::ZERO, &key()).expect("signed").to_line().len();
    for room in first..first + 1200 {
        let (_dir, mut log, bytes) = on(Failing { room, ..Failing::default() });
        log.append(&entry(1), time(1)).expect("fits");
        let error = log.append(&long, time(2)).expect_err("does not fit");
        assert!(matches!(error, AuditError::DiskFull { .. }), "{error}");
        assert_eq!(error.code(), 7002);
        assert_eq!(log.len(), 1);
        let after = log.append(&entry(2), time(3));
        let held = bytes.lock().expect("one thread").clone();
        let verified = verify::verify_bytes(&held, &key().public(), None).expect("sound");
        assert_eq!(verified.records, 1 + u64::from(after.is_ok()));
    }
}

#[test]
fn a_disk_in_doubt_takes_no_more_records() {
    let first = Record::sign(&entry(1), time(1), Digest::ZERO, &key()).expect("signed").to_line().len();
    for disk in [
        Failing { room: first + 5, cut_fails: true, ..Failing::default() },
        Failing { room: 1 << 20, sync_fails: true, ..Failing::default() },
    ] {
        let (_dir, mut log, _) = on(disk);
        while log.append(&entry(1), time(1)).is_ok() {}
        let error = log.append(&entry(2), time(2)).expect_err("refused");
        assert!(matches!(error, AuditError::Unusable { .. }), "{error}");
    }
}

#[test]
fn garbage_is_not_a_log() {
    let (_dir, path) = sample_log(0);
    for garbage in [&b"\n"[..], b"{}\n", b"\xff\xfe\n\n", b"[[[[[[[[\n{}\n"] {
        fs::write(&path, garbage).expect("written");
        let error = Log::open(&path, key()).expect_err("refused");
        assert!(matches!(error, AuditError::Broken { record: 1, .. }), "{error}");
        assert_eq!(fs::read(&path).expect("untouched"), garbage);
    }
    fs::write(&path, [&b"x".repeat(100_000)[..], b"\n{}\n"].concat()).expect("written");
    assert!(matches!(Log::open(&path, key()), Err(AuditError::Broken { record: 1, .. })));
    // A folder, and a place that does not exist.
    assert!(matches!(Log::open(path.parent().expect("a folder"), key()), Err(AuditError::Io { .. })));
    assert!(matches!(Log::open(&path.join("x"), key()), Err(AuditError::Io { .. })));
}

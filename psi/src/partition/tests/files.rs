//! What lies on disk.

use super::*;
use crate::partition::spill::Manifest;
use proptest::prelude::*;

fn made(set: &[Entry]) -> (Disk, Plan) {
    let terms = terms(Learns::Receiver, 1);
    let plan = agree((set, set), (&terms, &terms), &Clear, room(200, 1, &Clear)).0.unwrap();
    let disk = Disk::new();
    disk.spill(&plan, Role::Receiver, set).unwrap();
    (disk, plan)
}

#[test]
fn nothing_in_the_clear_and_for_the_owner_alone() {
    let set = entries(0, 0..500);
    let (disk, plan) = made(&set);
    assert!(plan.partitions > 2);
    let folder = disk.folder(Role::Receiver);
    for path in files(&folder) {
        let bytes = std::fs::read(&path).unwrap();
        let shows = |entry: &Entry| bytes.windows(8).any(|window| window == &entry.item.as_bytes()[..8]);
        assert!(!set.iter().any(shows), "{path:?}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let set = entries(0, 0..500);
    let (disk, _) = made(&set);
    let folder = disk.folder(Role::Receiver);
    for path in files(&folder).into_iter().filter(|path| !path.ends_with("lock")) {
        let bytes = std::fs::read(&path).unwrap();
        for at in (0..bytes.len()).step_by(37).chain([bytes.len() - 1]) {
            let mut other = bytes.clone();
            other[at] ^= 1 << (at % 8);
            std::fs::write(&path, &other).unwrap();
            let opened = Spill::open(&folder, disk.key(Role::Receiver, 0));
            let error = opened.and_then(|spill| spill.verify()).unwrap_err();
            assert_eq!(error.code(), 4081, "{path:?} byte {at}: {error}");
        }
        for length in [0, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let opened = Spill::open(&folder, disk.key(Role::Receiver, 0));
            assert_eq!(opened.unwrap_err().code(), 4081);
        }
        std::fs::write(&path, &bytes).unwrap();
    }
    disk.open(Role::Receiver);
    let stranger = Spill::open(&folder, Key::random(&mut rng(99)));
    assert!(matches!(stranger.unwrap_err(), PsiError::Damaged { check: "key or MAC", .. }));
}

#[test]
fn a_spill_is_written_once_and_held_by_one() {
    let set = entries(0, 0..500);
    let (disk, plan) = made(&set);
    assert_eq!(disk.spill(&plan, Role::Receiver, &set).unwrap_err().code(), 4080);
    let held = disk.open(Role::Receiver);
    let again = Spill::open(&disk.folder(Role::Receiver), disk.key(Role::Receiver, 0));
    assert_eq!(again.unwrap_err().code(), 4086);
    held.discard().unwrap();
    assert!(!disk.folder(Role::Receiver).exists());
}

#[test]
fn sources_that_fail() {
    let set = entries(0, 0..500);
    let (_, plan) = made(&set);
    let write = |source: Vec<Result<Entry, String>>| {
        let disk = Disk::new();
        Spill::write(&disk.folder(Role::Sender), Key::random(&mut rng(1)), plan.clone(), Role::Sender, source)
            .unwrap_err()
            .code()
    };
    assert_eq!(write(vec![Ok(entry(0, 1)), Err("broken".into())]), 4008);
    assert_eq!(write(vec![Ok(entry(1, 1))]), 4004);
    assert_eq!(write((0..501).map(|value| Ok(entry(0, value))).collect()), 4007);
}

#[test]
fn more_than_the_public_size_ends_the_run() {
    // A plan for few entries whose numbers were declared too small cannot be written; one whose entries all
    // fall into one partition cannot be run.
    let terms = terms(Learns::Receiver, 1);
    let (x, y) = (entries(0, 0..1_000), entries(0, 0..1_000));
    let plan = agree((&x, &y), (&terms, &terms), &Clear, room(200, 1, &Clear)).0.unwrap();
    let aimed: Vec<Entry> =
        (0..).map(|value| entry(0, value)).filter(|e| plan.partition_of(e) == 2).take(900).collect();
    let disk = Disk::new();
    let spill_x = disk.spill(&plan, Role::Receiver, &aimed).unwrap();
    let spill_y = disk.spill(&plan, Role::Sender, &y).unwrap();
    let (received, sent) = run_over(channels(1), (&spill_x, &spill_y), &Clear, &terms, 3);
    assert_eq!(received.unwrap_err(), PsiError::Overfull { partition: 2, max: plan.size(Role::Receiver) });
    assert_eq!(sent.unwrap_err().code(), 4010);
}

#[test]
fn damaged_checkpoints_and_matches_are_noticed() {
    let set = entries(0, 0..300);
    let terms = terms(Learns::Receiver, 1);
    let (disk, plan) = made(&set);
    disk.spill(&plan, Role::Sender, &set).unwrap();
    let (spill_x, spill_y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    run_over(channels(1), (&spill_x, &spill_y), &Clear, &terms, 3).0.unwrap();
    for name in ["run", "match-00001"] {
        let path = disk.folder(Role::Receiver).join(name);
        let bytes = std::fs::read(&path).unwrap();
        for at in (0..bytes.len()).step_by(29) {
            let mut other = bytes.clone();
            other[at] ^= 4;
            std::fs::write(&path, &other).unwrap();
            let read = Matches::kept(&spill_x).map(|matches| matches.unwrap()).and_then(positions);
            assert_eq!(read.unwrap_err().code(), 4081, "{name} byte {at}");
        }
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(Matches::kept(&spill_x).unwrap().unwrap().count(), 300);
}

#[test]
fn decoders_take_what_encoders_give() {
    let set = entries(0, 0..300);
    let (disk, plan) = made(&set);
    assert_eq!(Plan::decode(&plan.encode()), Ok((plan.clone(), &[][..])));
    let bytes = std::fs::read(disk.folder(Role::Receiver).join("spill")).unwrap();
    assert_eq!(Manifest::decode(&bytes).unwrap().entries, 300);
    let record = Record { entry: entry(3, 4), position: (1 << 48) - 1 };
    assert_eq!(Record::decode(&record.encode()), record);
    let complete = Complete { matches: 9, attempt: Digest::sha256(b"a"), mac: Digest::sha256(b"m") };
    let checkpoint = Checkpoint {
        session: plan.session,
        own: Digest::sha256(b"o"),
        theirs: Digest::sha256(b"t"),
        peer: Digest::sha256(b"p"),
        parts: vec![None, Some(complete), None],
    };
    assert_eq!(Checkpoint::decode(&checkpoint.encode()), Ok(checkpoint));
}

/// The format is public: what it says of these bytes does not change.
#[test]
fn vectors() {
    let plan = Plan {
        session: Digest::sha256(b"session"),
        salt: [7; 32],
        bound: Digest::sha256(b"bound"),
        partitions: 10,
        workers: 1,
        shown: 100,
        asked: vec![100],
    };
    let homes: Vec<u32> = (0..8).map(|value| plan.partition_of(&entry(0, value))).collect();
    let encoded = Digest::sha256(&plan.encode()).short();
    let folder = root();
    let source = entries(0, 0..100).into_iter().map(Ok::<_, String>);
    let spill =
        Spill::write(&folder.path().join("s"), Key::random(&mut rng(1)), plan, Role::Sender, source).unwrap();
    let part = std::fs::read(folder.path().join("s/part-00003")).unwrap();
    assert_eq!((encoded.as_str(), homes), ("49b74e97", vec![8, 0, 6, 7, 2, 9, 4, 2]));
    let (commitment, part) = (spill.commitment().short(), Digest::sha256(&part).short());
    assert_eq!((commitment.as_str(), part.as_str()), ("74894859", "da34f592"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn decoders_never_panic(head in 0usize..4, body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let head = [&b""[..], b"YNSHPLAN\x02", b"YNSHPRUN\x02", &[83]][head];
        let bytes = [head, &body].concat();
        let _ = Plan::decode(&bytes);
        let _ = Manifest::decode(&bytes);
        let _ = Checkpoint::decode(&bytes);
        let _ = msg::Ready::decode(&bytes, Digest::ZERO, 20, 1);
        let _ = msg::Greet::decode(&bytes, Digest::ZERO, 2);
        let _ = msg::Answer::decode(&bytes, Digest::ZERO);
        let _ = msg::Reveal::decode(&bytes, Digest::ZERO);
        let _ = msg::End::decode(&bytes, Digest::ZERO);
    }
}
